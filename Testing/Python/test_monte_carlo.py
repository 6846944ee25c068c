"""The Monte Carlo of X-rays against what is known without it. Every tolerance is three of the stated standard errors."""

import numpy as np
import pytest
import torch
from RayEmbRegistrationLib.geometry import Camera, RigidTransform
from RayEmbRegistrationLib.simulation import spectrum as nist
from RayEmbRegistrationLib.simulation.monte_carlo import transport
from RayEmbRegistrationLib.simulation.monte_carlo.angles import COMPTON, RAYLEIGH, AngularLaws, energy_ratio, klein_nishina
from RayEmbRegistrationLib.simulation.monte_carlo.beam import Beam, monoenergetic
from RayEmbRegistrationLib.simulation.monte_carlo.body import Body
from RayEmbRegistrationLib.simulation.monte_carlo.detector import Detector, Grid
from RayEmbRegistrationLib.simulation.monte_carlo.primary import project_primary
from RayEmbRegistrationLib.simulation.monte_carlo.scatter import merge, work_share
from RayEmbRegistrationLib.simulation.monte_carlo.scene import Scene
from RayEmbRegistrationLib.simulation.monte_carlo.tables import load_tables
from RayEmbRegistrationLib.simulation.monte_carlo.transport import follow
from RayEmbRegistrationLib.simulation.monte_carlo.voxels import Voxels
from scipy.stats import chi2

pytestmark = pytest.mark.usefixtures("one_thread")

KEV = 60
MIDDLE_MM = 800.0  # from the source
POSE = RigidTransform(np.eye(3), np.array([0, 0, MIDDLE_MM]))
SIGMAS = 3.0


def block(size_mm, step_mm, names=("water",), density=None, material=None):
    """A body about the isocentre; depth is along k."""
    counts = np.round(np.array(size_mm) / step_mm).astype(int)
    matrix = np.diag([step_mm, step_mm, step_mm, 1.0])
    matrix[:3, 3] = -(counts - 1) / 2 * step_mm
    shape = counts[::-1]
    density = np.ones(shape, np.float32) if density is None else density
    return Body(density, np.zeros(shape, np.uint8) if material is None else material, matrix, names)


def camera(cells=8, field_mm=240.0):
    return Camera.from_detector((cells, cells), (field_mm / cells, field_mm / cells), 1000.0)


def scene_of(body, spectrum=None, detector=None, cells=8, field_mm=240.0, **choices):
    spectrum = monoenergetic(KEV) if spectrum is None else spectrum
    voxels, laws = Voxels.of(body, POSE, "cpu"), AngularLaws.of(body.names, "cpu")
    return Scene(voxels, laws, camera(cells, field_mm), detector or Detector(), spectrum, **choices)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def linear(material, kev=KEV):
    return load_tables().linear_attenuation(material)[kev - 5]


@pytest.mark.parametrize(("ours", "theirs"), [("water", "water"), ("bone", "bone"), ("aluminium", "aluminium")])
def test_cross_sections_are_those_of_nist(ours, theirs):
    energies = nist._ENERGY_KEV
    assert load_tables().attenuation(ours)[energies.astype(int) - 5] == pytest.approx(
        nist._MASS_ATTENUATION[theirs], rel=1e-3
    )


def test_energy_absorption_of_air_is_that_of_nist():
    # NISTIR 5632, dry air, cm2/g at 10, 15, 20, 30, 40, 50, 60, 80, 100 keV.
    published = [4.742, 1.334, 0.5389, 0.1537, 0.06833, 0.04098, 0.03041, 0.02407, 0.02325]
    tables = load_tables()
    rows = np.array([10, 15, 20, 30, 40, 50, 60, 80, 100]) - 5
    assert tables.energy_absorption[tables.row("air")][rows] == pytest.approx(published, rel=0.01)


def test_half_value_layers_are_those_of_spekpy():
    # SpekPy 2.5.4, 12 degrees: 80 kVp behind 2.5 and 3 mm Al, 70 and 120 kVp behind 3 mm.
    for kvp, filter_mm, published in ((80, 2.5, 2.734), (80, 3.0, 3.029), (70, 3.0, 2.656), (120, 3.0, 4.619)):
        assert Beam(kvp, (("aluminium", filter_mm),)).half_value_layer_mm() == pytest.approx(published, rel=0.01)


def first_interactions(monkeypatch, body, histories, field_mm=4.0):
    """Depth (mm from the source) of every photon's first interaction, in a pencil of rays."""
    depths = []

    def stop(scene, photons, material, generator, tally):
        depths.append(photons.place[2].clone())
        return photons[torch.zeros(0, dtype=torch.long)]

    monkeypatch.setattr(transport, "_interact", stop)
    scene = scene_of(body, field_mm=field_mm, window=False)
    follow(scene, histories, generator())
    return torch.cat(depths).numpy()


def test_slab_lets_through_what_beer_and_lambert_say(monkeypatch):
    """Of layers of bone and water, which delta tracking sees through the densest's attenuation."""
    material = np.zeros((25, 10, 10), np.uint8)
    material[8:12] = 1
    density = np.where(material == 1, np.float32(1.92), np.float32(1.0))
    body = block((40, 40, 100), 4.0, ("water", "bone"), density, material)
    histories = 40_000
    expected = np.exp(-84 * linear("water") - 16 * linear("bone"))
    passed = 1 - len(first_interactions(monkeypatch, body, histories)) / histories
    assert abs(passed - expected) < SIGMAS * np.sqrt(expected * (1 - expected) / histories)


def test_mean_free_path(monkeypatch):
    histories = 20_000
    body = block((40, 40, 1200), 20.0)
    depths = first_interactions(monkeypatch, body, histories) - (MIDDLE_MM - 600)
    free_path = 1 / linear("water")
    assert np.exp(-1200 / free_path) < 1e-9
    assert abs(depths.mean() - free_path) < SIGMAS * free_path / np.sqrt(histories)
    assert depths.std() == pytest.approx(free_path, rel=SIGMAS * np.sqrt(2 / histories))


@pytest.mark.parametrize("analogue", [False, True])
def test_energy_is_kept(analogue):
    scene = scene_of(block((160, 160, 160), 8.0), Beam(90).spectrum(), window=False, analogue=analogue, rays=1)
    tally = follow(scene, 2000, generator())
    assert tally.interactions > 2000
    assert tally.deposited + tally.escaped == pytest.approx(tally.emitted, rel=1e-4)


@pytest.mark.parametrize("kind", [COMPTON, RAYLEIGH])
@pytest.mark.parametrize("kev", [30, 80])
def test_angles_follow_their_law(kind, kev):
    """Chi square of drawn angles against the density that forced detection uses, integrated anew."""
    laws = AngularLaws.of(("bone", "water"), "cpu")
    count = 200_000
    whole = torch.ones(count, dtype=torch.long)
    cosines = laws.draw(kind * whole, whole, (kev - 5) * whole, torch.rand(count, generator=generator())).numpy()
    edges = 1 - 2 * np.linspace(0, 1, 41) ** 2
    fine = np.linspace(0, 1, 8001)
    middle = torch.as_tensor((fine[1:] + fine[:-1]) / 2)
    rows = torch.ones(8000, dtype=torch.long)
    energy = torch.full((8000,), float(kev))
    density = laws.density(kind * rows, rows, (kev - 5) * rows, energy, (1 - 2 * middle**2).float()).numpy()
    share = (density * 8 * np.pi * middle.numpy() / 8000).reshape(40, -1).sum(1)
    assert share.sum() == pytest.approx(1, abs=2e-3)
    counts = np.histogram(-cosines, bins=-edges)[0]
    expected = share / share.sum() * count
    kept = expected > 5
    statistic = ((counts - expected) ** 2 / expected)[kept].sum()
    assert statistic < chi2.ppf(0.999, kept.sum() - 1)


def test_klein_nishina_has_its_closed_form():
    """Integrated over all directions: W. Heitler, The quantum theory of radiation, 1954, section 22."""
    energy = torch.tensor(80.0, dtype=torch.float64)
    cosine = torch.linspace(-1, 1, 200_001, dtype=torch.float64)
    integral = float(torch.trapezoid(klein_nishina(energy, cosine), cosine)) * np.pi
    a = 80 / 510.999
    closed = 2 * np.pi * (
        (1 + a) / a**2 * (2 * (1 + a) / (1 + 2 * a) - np.log(1 + 2 * a) / a)
        + np.log(1 + 2 * a) / (2 * a) - (1 + 3 * a) / (1 + 2 * a) ** 2
    )  # fmt: skip
    assert integral == pytest.approx(closed, rel=1e-8)
    assert float(energy_ratio(energy, torch.tensor(-1.0))) == pytest.approx(1 / (1 + 2 * a))


def test_single_scatter_of_a_small_cube_has_its_closed_form():
    """A pencil of rays through a cube of little water: its solid angle, attenuation, the law, a cell's solid angle."""
    body = block((8, 8, 8), 4.0, density=np.full((2, 2, 2), 0.05, np.float32))
    scene = scene_of(body, cells=4, field_mm=300.0, most_interactions=1, window=False, rays=64, field_camera=camera(1, 4.0))
    shares = [work_share(scene, 5, number, 200_000) for number in range(8)]
    found = merge(shares)
    tables, row = load_tables(), KEV - 5
    offsets = (np.arange(24) + 0.5) / 24 * 300 - 150
    x, y = np.meshgrid(offsets, offsets)
    distance = np.sqrt(x**2 + y**2 + (1000 - MIDDLE_MM) ** 2)
    cosine = torch.as_tensor((1000 - MIDDLE_MM) / distance).float().ravel()
    expected = np.zeros(x.size)
    whole = torch.zeros(x.size, dtype=torch.long)
    for kind, process in ((COMPTON, tables.compton), (RAYLEIGH, tables.rayleigh)):
        energy = torch.full_like(cosine, KEV)
        law = scene.laws.density(kind + whole, whole, row + whole, energy, cosine)
        after = energy * energy_ratio(energy, cosine) if kind == COMPTON else energy
        lower = torch.floor(after - 5).long()
        part = after - 5 - lower
        response = (1 - part) * scene.detector.response(lower, after, cosine) + part * scene.detector.response(
            (lower + 1).clamp(max=145), after, cosine
        )
        linear_mm = process[tables.row("water")][row] * 0.05 / 10
        expected += linear_mm * (law * response * cosine).numpy()
    # 16 mm2 a metre away, 8 mm long, weakened by about as much once on the way.
    expected = (expected * 16 / 1000**2 * 8 * np.exp(-8 * 0.05 * linear("water"))).reshape(24, 24) / distance**2
    expected = expected.reshape(4, 6, 4, 6).mean((1, 3))
    assert found.relative_error < 0.02
    sums = [share.signal.sum() / share.histories for share in shares]
    assert abs(np.mean(sums) - expected.sum()) < SIGMAS * np.std(sums, ddof=1) / np.sqrt(len(sums))
    assert found.signal.sum() == pytest.approx(expected.sum(), rel=0.02)
    # Cells against each other, without the number of interactions that all of them share.
    shape = found.signal / found.signal.sum() * expected.sum() / expected
    assert np.abs(shape - 1).max() < 4 * found.relative_error


def test_forced_detection_agrees_with_counting():
    """The map of weights, splits and gambles beside that of photons that happen to arrive."""
    body = block((240, 240, 120), 8.0)
    beam = Beam(80).spectrum()
    forced = merge([work_share(scene_of(body, beam, cells=4), 1, number, 1500) for number in range(10)])
    counted = merge([work_share(scene_of(body, beam, cells=4, analogue=True), 2, number, 20_000) for number in range(10)])
    difference = (forced.signal - counted.signal) / np.hypot(forced.error, counted.error)
    assert (difference**2).sum() < chi2.ppf(0.999, 16) * 1.6  # errors of ten shares each: t of nine degrees, wider
    assert abs(forced.deposited_kev[0] - counted.deposited_kev[0]) < SIGMAS * np.hypot(
        forced.deposited_kev[1], counted.deposited_kev[1]
    )


def test_another_seed_lies_within_the_stated_error():
    scene = scene_of(block((160, 160, 80), 8.0), cells=6)
    first, again, other = (
        merge([work_share(scene, seed, number, 500) for number in range(16)], smoothing=1.0) for seed in (1, 1, 2)
    )
    assert np.array_equal(first.signal, again.signal)
    assert not np.array_equal(first.signal, other.signal)
    deviation = (first.signal - other.signal) / np.hypot(first.error, other.error)
    assert 0.4 < np.sqrt((deviation**2).mean()) < 1.8  # of 36 smoothed cells, about six of them independent


def test_rays_are_the_same_both_ways_and_exact():
    """Reciprocity of the traced rays; and against sums over small steps."""
    rng = np.random.default_rng(3)
    material = rng.integers(0, 2, (20, 18, 16)).astype(np.uint8)
    density = rng.uniform(0.2, 2, material.shape).astype(np.float32)
    voxels = Voxels.of(block((64, 72, 80), 4.0, ("water", "bone"), density, material), POSE, "cpu")
    a, b = rng.uniform(-60, 60, (2, 3, 200))
    a[2], b[2] = a[2] + 740, b[2] + 860
    length = np.linalg.norm(b - a, axis=0)
    rows = torch.full((200,), KEV - 5)

    def depth(start, end):
        start, way = (tuple(torch.as_tensor(part).float() for part in each) for each in (start, (end - start) / length))
        return voxels.optical_depth(start, way, rows, torch.as_tensor(length).float()).numpy()

    there, back = depth(a, b), depth(b, a)
    assert there == pytest.approx(back, rel=1e-3, abs=1e-3)
    steps = (np.arange(20_000) + 0.5) / 20_000
    for ray in range(5):
        points = a[:, ray, None] + (b - a)[:, ray, None] * steps
        flat, inside = voxels.index(voxels.points(tuple(torch.as_tensor(part).float() for part in points)))
        along = voxels.density[flat] * voxels.total[voxels.material[flat], KEV - 5] * inside
        assert there[ray] == pytest.approx(float(along.double().mean()) * length[ray], rel=3e-3)


def test_primary_of_a_slab_is_exact():
    """Polychromatic, energy-integrating and counting, with and without a grid."""
    body = block((160, 160, 100), 4.0)
    view = camera(9, 60.0)
    beam, tables = Beam(80, (("aluminium", 3.0), ("copper", 0.1))).spectrum(), load_tables()
    for detector in (Detector(), Detector("counting", threshold_kev=30), Detector(grid=Grid())):
        primary = project_primary(body, view, POSE, beam, detector)
        absorbed = 1 - np.exp(-tables.linear_attenuation("csi") * detector.csi_mm)
        gain = absorbed * (tables.energies if detector.kind == "energy" else tables.energies >= 30)
        passed = np.exp(-100 * tables.linear_attenuation("water"))
        if detector.grid:  # lead of this height is opaque: what passes is the gaps' share
            assert primary.open_signal[4, 4] / (beam * gain).sum() * 1e6 == pytest.approx(0.8, abs=0.02)
        else:
            assert primary.open_signal[4, 4] * 1e6 == pytest.approx((beam * gain).sum(), rel=1e-5)
        ratio = (beam * gain * passed).sum() / (beam * gain).sum()
        assert primary.signal[4, 4] / primary.open_signal[4, 4] == pytest.approx(ratio, rel=2e-3)


def test_grid_stops_what_comes_aslant():
    grid = Grid(ratio=10)
    row = torch.full((3,), 40)
    straight, little, much = grid.transmission(torch.tensor([0.0, 0.05, 0.5]), row).tolist()
    assert straight == pytest.approx(0.8, abs=0.02)
    assert straight > little > 5 * much
    # Beyond one over the ratio no ray passes between two strips.
    assert little == pytest.approx(0.8 - 0.05 * 10 * 0.8, abs=0.06)

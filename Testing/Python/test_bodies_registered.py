"""Bodies of metal where a CT is registered: read, put beside a CT, seen in the X-ray as opaque, and registered."""

import json

import numpy as np
import pytest
from implant_cases import CAMERA, FRONT, SIDE, SURFACES, picture
from RayEmbRegistrationLib.application.open_bodies import open_bodies
from RayEmbRegistrationLib.bodies.materials import MATERIALS
from RayEmbRegistrationLib.bodies.naming import parse_body
from RayEmbRegistrationLib.bodies.polydata import polydata_of
from RayEmbRegistrationLib.bodies.surface import Surface, read_surface
from RayEmbRegistrationLib.bodies.voxels import volume_of_surface
from RayEmbRegistrationLib.command_line.main import main
from RayEmbRegistrationLib.drr.attenuation import attenuation_from_hu
from RayEmbRegistrationLib.drr.joseph import JosephProjector
from RayEmbRegistrationLib.drr.opacity import SATURATION, saturated, saturated_slope
from RayEmbRegistrationLib.files.pose import read_poses
from RayEmbRegistrationLib.geometry import CTVolume, RigidTransform
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.tracking.poses import motion_between, moved
from RayEmbRegistrationLib.volumes.reading import CTReading
from RayEmbRegistrationLib.xray.conditioning import condition, find_field
from test_bodies import write


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The two lumps as models, the second open as well, and X-rays of the first in two cameras of a rig."""
    import cv2

    folder = tmp_path_factory.mktemp("bodies")
    for name, surface in SURFACES.items():
        write(folder / f"{name}.ply", polydata_of(surface))
    write(folder / "open.ply", polydata_of(Surface(SURFACES["lower"].points, SURFACES["lower"].faces[:-400])))
    write(folder / "small.ply", polydata_of(Surface(SURFACES["lower"].points / 1000, SURFACES["lower"].faces)))
    volume = volume_of_surface(SURFACES["upper"], MATERIALS["CoCr"], 1.0)
    projectors = {"upper": JosephProjector(attenuation_from_hu(volume.hu), volume.ras_from_ijk)}
    for number, place in enumerate((FRONT, SIDE)):
        pixels = picture(projectors, {"upper": RigidTransform()}, place, seed=number)
        (folder / f"cam{number}.png").write_bytes(cv2.imencode(".png", pixels.astype(np.uint8))[1].tobytes())
        content = {
            "K": CAMERA.K.tolist(),
            "image_size_px": list(CAMERA.image_size),
            "world_to_camera": place.matrix.tolist(),
        }
        (folder / f"cam{number}.json").write_text(
            json.dumps(content | {"pixel_spacing_mm": 0.8, "source_to_detector_mm": 1200.0})
        )
    return folder


def bodies_of(folder, *texts):
    return [parse_body(f"{folder}/{text}") for text in texts]


def milliliters(volume, label):
    return float((volume.labels == label).sum() * abs(np.linalg.det(volume.ras_from_ijk[:3, :3])) / 1000)


def test_several_bodies_are_one_volume_with_a_label_and_a_material_each(folder):
    opened = open_bodies(bodies_of(folder, "upper.ply:CoCr", "lower.ply:polyethylene"))
    for label, (name, material) in enumerate((("upper", "CoCr"), ("lower", "polyethylene")), 1):
        truth = abs(SURFACES[name].volume_mm3) / 1000
        assert milliliters(opened.volume, label) == pytest.approx(truth, rel=0.02)
        inner = opened.volume.hu[opened.volume.labels == label]
        assert np.percentile(inner, 80) == pytest.approx(MATERIALS[material].hounsfield(), rel=0.01)
        assert any(note == f"label {label} is {name}." for note in opened.notes)
    single = open_bodies(bodies_of(folder, "upper.ply:CoCr")).volume
    assert np.unique(single.labels).tolist() == [0, 1]


def test_a_body_beside_a_ct_keeps_its_labels_and_may_reach_out_of_it(folder):
    """The CT is coarse, and ends in the middle of the body, which shares its voxels by volume."""
    hu = np.full((30, 30, 20), 40.0, np.float32)
    labels = np.zeros(hu.shape, np.uint8)
    labels[5:25, 5:12, 5:15], hu[5:25, 5:12, 5:15] = 4, 700.0
    matrix = np.diag([2.0, 2.0, 2.0, 1.0])
    matrix[:3, 3] = (0.0, -55.0, -25.0)
    opened = open_bodies(bodies_of(folder, "upper.ply:steel"), CTReading(CTVolume(hu, matrix, labels), ("read",)))
    assert np.unique(opened.volume.labels).tolist() == [0, 4, 5]
    assert milliliters(opened.volume, 5) == pytest.approx(abs(SURFACES["upper"].volume_mm3) / 1000, rel=0.03)
    assert opened.notes[0] == "read"
    bone = opened.volume.index_from_ras(np.array([20.0, -45.0, 0.0])).round().astype(int)[::-1]
    assert opened.volume.hu[tuple(bone)] in (700.0, pytest.approx(MATERIALS["steel"].hounsfield(), rel=0.01))
    assert opened.volume.hu[opened.volume.labels == 4].max() == pytest.approx(700.0, abs=MATERIALS["steel"].hounsfield() / 2)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("open.ply:CoCr", "is not closed"),
        ("small.ply:CoCr", "may be in m"),
        ("upper.ply:CoCrr", "there is no material 'CoCrr'; choose one of CoCr"),
        ("upper.ply", "needs its material"),
        ("none.ply:CoCr", "there is no file"),
    ],
)
@pytest.mark.parametrize("verb", ["prepare", "drr", "register"])
def test_a_body_that_cannot_be_used_gets_a_sentence(folder, verb, body, said, capsys, tmp_path):
    others = {"prepare": [], "drr": ["--camera", f"{folder}/cam0.json", "--pose", f"{folder}/cam0.json"]}
    others["register"] = ["--xray", f"{folder}/cam0.png", "--camera", f"{folder}/cam0.json"]
    output = tmp_path / {"prepare": "ct.npz", "drr": "drr.png", "register": "result.json"}[verb]
    if verb == "drr":
        (tmp_path / "pose.json").write_text(json.dumps({"ras_to_camera": FRONT.matrix.tolist()}))
        others["drr"][-1] = str(tmp_path / "pose.json")
    assert main([verb, "--body", f"{folder}/{body}", *others[verb], "--output", str(output)]) == 2
    assert said in capsys.readouterr().err
    assert not output.exists()


def test_wrong_combinations_are_refused(folder, tmp_path, capsys):
    twice = bodies_of(folder, "upper.ply:CoCr", "upper.ply:steel")
    with pytest.raises(InputProblem, match="two bodies are called upper"):
        open_bodies(twice)
    far = CTVolume(np.full((20, 20, 20), 40.0, np.float32), np.diag([1.0, 1, 1, 1]), np.ones((20, 20, 20), np.uint8))
    moved_away = np.eye(4)
    moved_away[:3, 3] = 3000.0
    with pytest.raises(InputProblem, match="lie far outside the CT"):
        open_bodies(twice[:1], CTReading(CTVolume(far.hu, moved_away, far.labels)))
    assert main(["prepare", "--body", f"{folder}/upper.ply:CoCr", "--label", "2", "--output", str(tmp_path / "a.npz")]) == 2
    assert "--label and --series are of a CT" in capsys.readouterr().err


def shadow(value):
    """A blurred scene of bone with a saturated nail in it."""
    image = np.random.default_rng(3).normal(120, 3, (160, 160))
    image[:, 60:110] -= 40
    image[40:120, 80:88] = value
    return np.clip(image, 0, 255)


@pytest.mark.parametrize("value", [0.0, 255.0])
def test_what_is_registered_decides_whether_its_saturation_is_masked(value):
    """A nail beside a bone is masked; the nail that is registered is not, at the end of the scale where it is dense."""
    nail = np.zeros((160, 160), bool)
    nail[45:115, 82:86] = True
    beside = find_field(shadow(value))
    for flag in (False, True):
        assert not condition(beside, _camera(), flag).mask[nail].any()
    registered = find_field(shadow(value), registers_opaque=True)
    is_bright = value > 0
    assert condition(registered, _camera(), is_bright).mask[nail].all()
    assert not condition(registered, _camera(), not is_bright).mask[nail].any()
    image = condition(registered, _camera(), is_bright).image
    assert image[nail].min() > image[~nail & beside.mask].max() - 1e-6


def _camera():
    return type(CAMERA).from_detector((160, 160), (1.0, 1.0), 1000.0)


def test_opaque_line_integrals_saturate_with_their_derivative():
    import torch

    path = torch.tensor([0.0, 0.05, 1.0, 3.0, 400.0], dtype=torch.float64)
    assert saturated(path)[1] == pytest.approx(0.05, rel=0.02)
    assert saturated(path)[4] == pytest.approx(SATURATION)
    step = 1e-6
    torch.testing.assert_close(saturated_slope(path), (saturated(path + step) - saturated(path - step)) / (2 * step))


def test_an_implant_is_registered_by_two_views_as_a_body(folder, tmp_path, capsys):
    center = SURFACES["upper"].center
    start = moved(RigidTransform(), center, np.r_[np.radians((1.5, -1.0, 1.0)), 1.0, -2.0, 1.0])
    (tmp_path / "start.json").write_text(json.dumps({"ras_to_camera": (FRONT @ start).matrix.tolist()}))
    command = ["register", "--body", f"{folder}/upper.ply:CoCr", "--view", "any", "--init", str(tmp_path / "start.json")]
    for number in range(2):
        command += ["--xray", f"{folder}/cam{number}.png", "--camera", f"{folder}/cam{number}.json"]
    assert main([*command, "--refine-only", "--output", str(tmp_path / "result.json")]) in (0, 3)
    assert "upper.ply is cobalt-chromium" in capsys.readouterr().err
    motion = motion_between(FRONT, read_poses(tmp_path / "result.json")[0], center)
    assert np.linalg.norm(motion[3:]) < 1.0  # from 2.4; half of what a still's overlay is allowed
    assert np.degrees(np.linalg.norm(motion[:3])) < 5.0  # a lump with a dent and a bump
    result = json.loads((tmp_path / "result.json").read_text())
    assert any(one["name"] == "upper.ply" and one["role"] == "body 1" for one in result["inputs"])


def test_the_shape_that_is_read_is_the_shape_that_was_written(folder):
    assert read_surface(folder / "upper.ply").extent_mm == pytest.approx(SURFACES["upper"].extent_mm, abs=1e-3)

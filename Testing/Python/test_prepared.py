"""A prepared CT: saved and loaded it registers the same; what is not one is refused; stopping leaves nothing."""

import io
import pickle
import struct
import zipfile
from functools import cache

import numpy as np
import pytest
import torch
from long_form import short_or_long
from RayEmbRegistrationLib.command_line.console import BAD_INPUT
from RayEmbRegistrationLib.command_line.main import main
from RayEmbRegistrationLib.detector.networks.encoder import SmallEncoder
from RayEmbRegistrationLib.geometry import CTVolume
from RayEmbRegistrationLib.pose.prepared.file import DamagedFileError
from RayEmbRegistrationLib.pose.prepared.prepare import PrepareSettings, prepare, with_templates
from RayEmbRegistrationLib.pose.prepared.prepared_ct import PreparedCT
from RayEmbRegistrationLib.pose.strategies.fourier_search import SearchRange, search
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.progress import Cancelled
from RayEmbRegistrationLib.registration import RegistrationSettings, register
from RayEmbRegistrationLib.xray.radiograph import Radiograph
from registration_cases import (
    CAMERA,
    as_view,
    knee,
    knee_pose,
    knee_radiograph,
    moved,
    prepared_knee,
    prepared_knee_with_library,
    xray_of,
)
from scipy.ndimage import distance_transform_edt


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("prepared") / "knee.npz"
    prepared_knee_with_library().save(path)
    return path


@cache
def view():
    start = moved(knee_pose(), prepared_knee().center_ras, (1.0, -1.0, 1.0), (1.5, -1.0, 1.0))
    return as_view(xray_of(knee(), knee_pose()), bone_is_bright=True, start=start)


def test_loaded_registers_bit_by_bit_as_saved(file):
    saved, loaded = prepared_knee_with_library(), PreparedCT.load(file)
    settings = RegistrationSettings(refine_only=True)
    before, after = (register(p, [view()], settings).camera_from_ras.matrix for p in (saved, loaded))
    # Points are stored as float32 and so is the centre that rotations turn about: 1e-5 mm of 100.
    np.testing.assert_allclose(after, before, atol=2e-3)
    assert torch.equal(saved.attenuation, loaded.attenuation)
    np.testing.assert_array_equal(saved.ras_from_ijk, loaded.ras_from_ijk)
    np.testing.assert_array_equal(saved.labels, loaded.labels)
    assert (saved.view, saved.notes) == (loaded.view, loaded.notes)
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_loaded_searches_as_saved(file):
    found = []
    for prepared in (prepared_knee_with_library(), PreparedCT.load(file)):
        where = SearchRange(prepared.center_ras, (0.0,), (760.0,), (True,), count=5)
        image = knee_radiograph().image
        found.append(search(Radiograph(image, np.ones(image.shape, dtype=bool), CAMERA), prepared.library, where))
    for before, after in zip(*found, strict=True):
        assert after.score == pytest.approx(before.score, abs=1e-3)  # the library is stored as float16
        np.testing.assert_allclose(after.pose.matrix, before.pose.matrix, atol=1e-3)


def test_prepared_covers_the_bone_and_nothing_else():
    prepared = prepared_knee()
    labels = prepared.labels
    indices = np.linalg.solve(
        prepared.ras_from_ijk, np.c_[prepared.bone_points_ras, np.ones(len(prepared.bone_points_ras))].T
    )
    i, j, k = np.round(indices[:3]).astype(int)
    assert (labels[k, j, i] > 0).mean() > 0.99
    attenuation = prepared.attenuation.numpy()
    assert attenuation.min() > -0.1 * attenuation.max()  # noise about soft tissue, which is 0, may go below
    assert 0.01 < np.percentile(attenuation[attenuation > 0], 99) < 0.12  # 1/mm: cortical bone at 30 to 80 keV less water
    beyond = distance_transform_edt(labels == 0) > 1  # a bone's soft edge is a voxel wide
    assert np.abs(attenuation[beyond]).sum() < 1e-3 * attenuation.sum()


def test_a_bone_of_its_own_adds_up_to_the_whole():
    prepared = prepared_knee()
    whole = prepared.projector(2).render(knee_pose(), CAMERA)
    parts = sum(prepared.projector(2, label).render(knee_pose(), CAMERA) for label in (1, 2, 3, 4))
    rest = (whole - parts).abs().mean() / whole.mean()
    assert rest < 0.1  # the soft edge, a voxel of 2 mm wide, lies outside the labels: 7 % of the whole


def other_files(folder, good):
    whole = good.read_bytes()
    (folder / "truncated.npz").write_bytes(whole[: len(whole) // 2])
    (folder / "flipped.npz").write_bytes(whole[:3000] + bytes(b ^ 255 for b in whole[3000:3200]) + whole[3200:])
    (folder / "empty.npz").write_bytes(b"")
    (folder / "text.npz").write_text("{}")
    (folder / "pickle.npz").write_bytes(pickle.dumps({"attenuation": 1}))
    np.save(folder / "array.npy", np.zeros(3))
    np.savez(folder / "other.npz", image=np.zeros((3, 3)))
    np.savez(folder / "objects.npz", about=np.array([{"format": 1}], dtype=object), attenuation=np.zeros((2, 2, 2)))
    with zipfile.ZipFile(folder / "archive.npz", "w") as archive:
        archive.writestr("readme.txt", "nothing")
    (folder / "folder.npz").mkdir()
    return sorted(folder.iterdir())


def test_what_is_no_prepared_ct_is_refused_in_a_sentence(file, tmp_path):
    paths = [*other_files(tmp_path, file), tmp_path / "missing.npz"]
    assert len(paths) == 11
    for path in paths:
        with pytest.raises(InputProblem, match="prepare") as refused:
            PreparedCT.load(path)
        message = str(refused.value)
        assert isinstance(refused.value, DamagedFileError) == (path.name != "missing.npz")
        assert path.name in message
        assert "\n" not in message
        assert len(message) < 250


def member(content, name="attenuation", shape="(9999, 9999, 9999)"):
    """An archive whose array claims a size of its own."""
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    data = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + content
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{name}.npy", data)
    return memory.getvalue()


def test_absurd_sizes_are_damage_and_take_no_memory(tmp_path):
    """Not a MemoryError: that would be the fault of the moment, and this is the file's."""
    for number, content in enumerate((member(bytes(64)), member(b"", shape="(-1,)"), member(bytes(64), shape="(16, 'x')"))):
        path = tmp_path / f"{number}.npz"
        path.write_bytes(content)
        with pytest.raises(DamagedFileError, match=path.name):
            PreparedCT.load(path)


@pytest.mark.parametrize("seed", range(short_or_long(1, 3)))
def test_damage_anywhere_is_found(file, tmp_path, seed):
    rng, whole = np.random.default_rng(seed), file.read_bytes()
    sound = PreparedCT.load(file)
    path = tmp_path / "damaged.npz"
    for n in range(40):
        content = bytearray(whole)
        if n % 2:
            content = content[: int(rng.integers(len(content)))]
        else:
            content[int(rng.integers(len(content)))] ^= 1 << int(rng.integers(8))
        path.write_bytes(bytes(content))
        try:
            loaded = PreparedCT.load(path)
        except DamagedFileError:
            continue
        assert n % 2 == 0  # what was cut off never passes; a flipped bit may be one that nothing depends on, such as a date
        assert torch.equal(loaded.attenuation, sound.attenuation)
        np.testing.assert_array_equal(loaded.bone_points_ras, sound.bone_points_ras)


@pytest.mark.parametrize("fault", [MemoryError(), torch.OutOfMemoryError("CUDA out of memory")])
def test_memory_that_does_not_suffice_is_not_called_damage(file, monkeypatch, fault):
    def exhausted(*_, **__):
        raise fault

    monkeypatch.setattr(torch, "as_tensor", exhausted)
    with pytest.raises(type(fault)):
        PreparedCT.load(file)


def test_prepare_spares_what_was_trained_for_a_patient(tmp_path, capsys):
    output = tmp_path / "ct.npz"
    encoder, about = SmallEncoder(dimensions=4).eval(), {"trained_on": "one CT, views 'ap'"}
    with_templates(prepared_knee(), encoder, about).save(output)
    before = output.read_bytes()
    ct = tmp_path / "ct.nrrd"
    ct.write_bytes(b"not reached")
    assert main(["prepare", "--ct", str(ct), "--output", str(output)]) == BAD_INPUT
    assert "holds a detector trained for a patient" in capsys.readouterr().err
    assert output.read_bytes() == before
    output.write_bytes(before[:-100])
    assert main(["prepare", "--ct", str(ct), "--output", str(output)]) == BAD_INPUT
    assert "set aside as ct.npz.unreadable-1" in capsys.readouterr().err
    assert (tmp_path / "ct.npz.unreadable-1").read_bytes() == before[:-100]


def test_a_pickle_is_not_run(tmp_path):
    class Trap:
        def __reduce__(self):
            return (open, (str(tmp_path / "sprung"), "w"))

    (tmp_path / "trap.npz").write_bytes(pickle.dumps(Trap()))
    np.savez(tmp_path / "inside.npz", about=np.array([Trap()], dtype=object))
    for name in ("trap.npz", "inside.npz"):
        with pytest.raises(ValueError, match="prepared"):
            PreparedCT.load(tmp_path / name)
    assert not (tmp_path / "sprung").exists()


def test_a_failed_save_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "ct.npz"
    path.write_text("precious")

    def full(file, array, **how):
        file.write(b"half")
        raise OSError("no space left on device")

    monkeypatch.setattr(np.lib.format, "write_array", full)
    with pytest.raises(InputProblem, match="no space left on device"):
        prepared_knee().save(path)
    assert path.read_text() == "precious"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("hu", [0, -1000])
def test_no_bone_is_said(hu):
    rng = np.random.default_rng(0)
    values = (hu + rng.normal(0, 10, (30, 40, 40))).astype(np.int16)
    with pytest.raises(ValueError, match="bone"):
        prepare(CTVolume(values, np.eye(4)))


def test_an_unknown_prior_is_said():
    with pytest.raises(ValueError, match=r"'oblique' is unknown; choose one of ap, pa, lateral, right-lateral"):
        prepare(knee(), PrepareSettings(view="oblique"))


class Stop:
    """Says stop from the n-th time it is asked."""

    def __init__(self, after):
        self.after, self.asked = after, 0

    def __call__(self):
        self.asked += 1
        return self.asked > self.after


@pytest.mark.parametrize("after", [0, 2, 6])
def test_prepare_stops_when_asked(after):
    stop = Stop(after)
    with pytest.raises(Cancelled):
        prepare(knee(), PrepareSettings(), cancelled=stop)
    assert stop.asked == after + 1


@pytest.mark.parametrize("after", [0, 5])
def test_register_stops_when_asked_and_leaves_the_prepared_ct(after):
    from dataclasses import replace

    prepared, stop = prepared_knee_with_library(), Stop(after)
    before = prepared.attenuation.clone(), prepared.library.images.clone()
    with pytest.raises(Cancelled):
        register(prepared, [replace(view(), start=None)], cancelled=stop)
    assert stop.asked == after + 1
    assert torch.equal(before[0], prepared.attenuation)
    assert torch.equal(before[1], prepared.library.images)


def test_progress_runs_from_nothing_to_all():
    shares, stages = [], []
    prepare(knee(), PrepareSettings(), progress=lambda share, stage: (shares.append(share), stages.append(stage)))
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert len(shares) > 10
    assert all(stages)


def test_a_file_from_before_the_library_had_its_name_is_read(tmp_path):
    new, old = tmp_path / "new.npz", tmp_path / "old.npz"
    prepared = prepared_knee_with_library()
    prepared.save(new)
    with zipfile.ZipFile(new) as source, zipfile.ZipFile(old, "w") as target:
        for member in source.infolist():
            target.writestr(member.filename.replace("library_", "bank_"), source.read(member))
    assert "bank_images.npy" in zipfile.ZipFile(old).namelist()
    library = PreparedCT.load(old).library
    assert torch.equal(library.images, PreparedCT.load(new).library.images)
    assert library.pixel_mm == pytest.approx(prepared.library.pixel_mm)

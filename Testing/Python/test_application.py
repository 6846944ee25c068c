"""Around a registration: device and its fallback, prepared CTs found again, the DRR to look at."""

import multiprocessing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from RayEmbRegistrationLib import application
from RayEmbRegistrationLib.application import PreparedCache, Request, carry_out, checked_ct, content_key, with_fallback
from RayEmbRegistrationLib.detector.networks.encoder import SmallEncoder
from RayEmbRegistrationLib.geometry import CTVolume
from RayEmbRegistrationLib.geometry.c_arm import c_arm_of_camera_from_ras
from RayEmbRegistrationLib.pose.prepared import file as prepared_file
from RayEmbRegistrationLib.pose.prepared.prepare import with_templates
from RayEmbRegistrationLib.pose.settings import RegistrationSettings
from RayEmbRegistrationLib.registration import Cancelled, PreparedCT, PrepareSettings
from registration_cases import (
    CAMERA,
    as_view,
    errors,
    knee,
    knee_pose,
    line_integrals,
    moved,
    prepared_knee,
    prepared_knee_with_library,
    xray_of,
)

QUICK = PrepareSettings(library=False)


def test_a_ct_is_prepared_once(tmp_path, monkeypatch):
    calls = []

    def counting(*arguments):
        calls.append(arguments)
        return prepared_knee()

    monkeypatch.setattr(application.prepared_cache, "prepare", counting)
    cache = PreparedCache(tmp_path)
    assert not cache.has(knee(), QUICK)
    first = cache.get(knee(), QUICK)
    assert cache.get(knee(), QUICK) is first
    assert len(calls) == 1
    assert cache.size_bytes() > 1000

    again = PreparedCache(tmp_path)  # after a restart
    assert again.has(knee(), QUICK)
    loaded = again.get(knee(), QUICK)
    assert len(calls) == 1
    np.testing.assert_array_equal(loaded.attenuation, first.attenuation)

    again.get(knee(), replace(QUICK, library=True))  # a search needs more than was kept
    assert len(calls) == 2
    again.clear()
    assert again.size_bytes() == 0
    assert not again.has(knee(), QUICK)


def test_a_damaged_file_is_made_again(tmp_path, monkeypatch):
    monkeypatch.setattr(application.prepared_cache, "prepare", lambda *_: prepared_knee())
    cache = PreparedCache(tmp_path)
    cache.get(knee(), QUICK)
    path = next(tmp_path.glob("*.npz"))
    path.write_bytes(b"cut off")
    again = PreparedCache(tmp_path).get(knee(), QUICK)
    assert again.attenuation is prepared_knee().attenuation
    assert "set aside" in again.notes[-1]
    assert path.with_name(f"{path.name}.unreadable-1").read_bytes() == b"cut off"
    assert PreparedCT.load(path).notes == prepared_knee().notes


def test_a_file_that_memory_does_not_suffice_for_is_left_as_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr(application.prepared_cache, "prepare", lambda *_: prepared_knee())
    PreparedCache(tmp_path).get(knee(), QUICK)
    path = next(tmp_path.glob("*.npz"))
    before = path.read_bytes()

    def exhausted(*_):
        raise MemoryError

    monkeypatch.setattr(prepared_file, "_array", exhausted)
    with pytest.raises(MemoryError):
        PreparedCache(tmp_path).get(knee(), QUICK)
    assert path.read_bytes() == before
    assert sorted(file.suffix for file in tmp_path.iterdir()) in ([".lock", ".npz"], [".npz"])


def test_a_file_that_may_not_be_read_is_left_as_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr(application.prepared_cache, "prepare", lambda *_: prepared_knee())
    PreparedCache(tmp_path).get(knee(), QUICK)
    path = next(tmp_path.glob("*.npz"))
    before, real = path.read_bytes(), Path.open

    def protected(self, *arguments, **keywords):
        if self == path:
            raise PermissionError(13, "Permission denied", str(self))
        return real(self, *arguments, **keywords)

    monkeypatch.setattr(Path, "open", protected)
    assert "Permission denied" in PreparedCache(tmp_path).get(knee(), QUICK).notes[-1]
    monkeypatch.undo()
    assert path.read_bytes() == before


def trained(prepared):
    """As if its detector had been trained for this patient."""
    encoder, about = SmallEncoder(dimensions=4).eval(), {"trained_on": "one CT, views 'ap'", "steps": 7}
    return with_templates(prepared, encoder, about)


def test_what_was_trained_is_not_replaced_by_what_is_merely_prepared(tmp_path, monkeypatch):
    """Not when a library is wanted that it lacks, nor when another program trained while this one prepared."""
    fresh, better = prepared_knee_with_library(), trained(prepared_knee())
    monkeypatch.setattr(application.prepared_cache, "prepare", lambda *_: fresh)
    first = PreparedCache(tmp_path)
    first.put(knee(), QUICK, better)
    again = PreparedCache(tmp_path).get(knee(), replace(QUICK, library=True))
    assert again.encoder_about["steps"] == 7
    assert again.library is not None
    kept = PreparedCT.load(next(tmp_path.glob("*.npz")))
    assert kept.encoder_about["steps"] == 7
    assert kept.library is not None

    other = tmp_path / "other"

    def trains_meanwhile(*_):
        PreparedCache(other).put(knee(), QUICK, better)
        return prepared_knee()

    monkeypatch.setattr(application.prepared_cache, "prepare", trains_meanwhile)
    assert PreparedCache(other).get(knee(), QUICK).encoder_about["steps"] == 7
    assert PreparedCT.load(next(other.glob("*.npz"))).encoder_about["steps"] == 7


def test_a_full_disk_keeps_the_old_file_and_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(application.prepared_cache, "prepare", lambda *_: prepared_knee_with_library())
    PreparedCache(tmp_path).put(knee(), QUICK, prepared_knee())
    path = next(tmp_path.glob("*.npz"))
    before = path.read_bytes()

    def full(file, array, **how):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np.lib.format, "write_array", full)
    found = PreparedCache(tmp_path).get(knee(), replace(QUICK, library=True))
    assert "could not be kept" in found.notes[-1]
    assert found.library is not None
    assert path.read_bytes() == before


def use_cache(folder, number, count, answers):
    """One of several programs that save into one cache, again and again; each CT is saved by all of them."""
    torch.set_num_threads(1)
    application.prepared_cache.prepare = lambda *_: prepared_knee()
    wrong = 0
    for n in range(count):
        ct = knee()
        shifted = ct.ras_from_ijk.copy()
        shifted[0, 3] += n
        ct = replace(ct, ras_from_ijk=shifted)
        cache = PreparedCache(folder)
        found = cache.get(ct, QUICK)
        if number == 0:
            cache.put(ct, QUICK, replace(found, notes=("better",)))
        wrong += bool(found.notes and "better" not in found.notes)
        wrong += not torch.equal(PreparedCache(folder).get(ct, QUICK).attenuation, prepared_knee().attenuation)
    answers.put((number, wrong))


def test_two_programs_share_a_cache_and_lose_no_save(tmp_path):
    context = multiprocessing.get_context("spawn")
    answers, count = context.Queue(), 4
    programs = [context.Process(target=use_cache, args=(tmp_path, number, count, answers)) for number in range(2)]
    for program in programs:
        program.start()
    for program in programs:
        program.join(timeout=240)
    assert [program.exitcode for program in programs] == [0, 0]
    assert sorted(answers.get(timeout=5) for _ in programs) == [(0, 0), (1, 0)]
    files = sorted(tmp_path.glob("*.npz"))
    assert len(files) == count
    assert all(PreparedCT.load(file).notes == ("better",) for file in files)  # what the second prepared replaced none
    assert {file.suffix for file in tmp_path.iterdir()} <= {".npz", ".lock"}


def test_the_key_follows_the_content_and_not_the_name():
    ct = knee()
    same = CTVolume(ct.hu.copy(), ct.ras_from_ijk.copy(), ct.labels.copy())
    assert content_key(same, QUICK) == content_key(ct, QUICK)
    voxel = ct.hu.copy()
    voxel[0, 0, 0] += 1
    shifted = ct.ras_from_ijk.copy()
    shifted[0, 3] += 1e-3
    others = [replace(ct, hu=voxel), replace(ct, ras_from_ijk=shifted), replace(ct, labels=None)]
    keys = {content_key(other, QUICK) for other in others} | {content_key(ct, replace(QUICK, view="lateral"))}
    assert len(keys | {content_key(ct, QUICK)}) == 5


def test_memory_that_does_not_suffice_falls_back_to_the_processor():
    devices, stages = [], []

    def work(device):
        devices.append(device)
        if device != "cpu":
            raise torch.OutOfMemoryError("CUDA out of memory")
        return 7

    answer, device, notes = with_fallback(work, "cuda", lambda share, stage: stages.append(stage))
    assert (answer, device, devices) == (7, "cpu", ["cuda", "cpu"])
    assert "processor" in notes[0]
    assert "processor" in stages[0]


def test_another_fault_of_a_graphics_card_is_not_tried_again():
    devices = []

    def work(device):
        devices.append(device)
        raise RuntimeError("another fault")

    with pytest.raises(RuntimeError, match="another fault"):
        with_fallback(work, "cuda", lambda *_: None)
    assert devices == ["cuda"]


def test_a_device_that_is_not_there_is_said():
    if not torch.cuda.is_available():
        assert application.chosen_device("auto") == "cpu"
        with pytest.raises(ValueError, match="no cuda"):
            application.chosen_device("cuda")
    assert "processor" in application.device_in_words("cpu")


def test_what_is_no_ct_is_refused():
    with pytest.raises(ValueError, match="label map"):
        checked_ct(CTVolume(knee().labels.astype(np.int16), knee().ras_from_ijk), "bones")
    stored = np.where(knee().hu < 0, knee().hu + 65536.0, knee().hu)
    repaired = checked_ct(CTVolume(stored, knee().ras_from_ijk), "the CT")
    np.testing.assert_allclose(repaired.volume.hu, knee().hu, atol=1)
    assert "repaired" in repaired.notes[0]
    tilted = knee().ras_from_ijk.copy()
    tilted[:3, 2] += 0.2 * tilted[:3, 1]
    with pytest.raises(ValueError, match=r"the CT has a gantry tilt of 1\d\.\d degrees .*Crop Volume"):
        checked_ct(CTVolume(knee().hu, tilted), "the CT")


def test_a_request_is_carried_out_with_progress_and_cancelled(tmp_path):
    xray = xray_of(knee(), knee_pose())
    start = moved(knee_pose(), prepared_knee().center_ras, (1, -1, 1), (2, -1, 0))
    view = as_view(xray, start=start, bone_is_bright=xray.bone_is_bright)
    request = Request(knee(), (view,), RegistrationSettings(refine_only=True), "cpu")
    shares, poses = [], []
    outcome = carry_out(
        request, PreparedCache(tmp_path), lambda share, _: shares.append(share), preview=lambda _, found: poses.append(found)
    )
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert poses
    assert outcome.device == "cpu"
    assert errors(outcome.result.camera_from_ras, knee_pose(), prepared_knee()).in_plane_mm < 0.5
    assert outcome.drrs[0].shape == (CAMERA.height, CAMERA.width)
    with pytest.raises(Cancelled):
        carry_out(request, PreparedCache(tmp_path), cancelled=lambda: True)


def test_the_drr_to_look_at_is_that_of_the_pose():
    drr = application.drr_to_look_at(prepared_knee(), knee_pose(), CAMERA, 96)
    assert drr.shape == (96, 96)
    exact = line_integrals(prepared_knee().attenuation, prepared_knee().ras_from_ijk, CAMERA.resample(96, 96), knee_pose())
    assert np.corrcoef(drr.ravel(), exact.ravel())[0, 1] > 0.99


def test_c_arm_angles_start_at_the_bones_centre():
    view = as_view(xray_of(knee(), knee_pose())).with_geometry(
        primary_angle_deg=10.0, secondary_angle_deg=-5.0, in_plane_angle_deg=3.0, source_to_bone_mm=700.0
    )
    request = Request(knee(), (view,), from_angles=True)
    assert not request.needs_library
    view = request.views_with_starts(prepared_knee().center_ras)[0]
    np.testing.assert_allclose(view.start.apply(prepared_knee().center_ras), (0, 0, 700), atol=1e-9)
    assert c_arm_of_camera_from_ras(view.start).primary_deg == pytest.approx(10)
    assert replace(request, from_angles=False).needs_library

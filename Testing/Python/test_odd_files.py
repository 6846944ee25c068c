"""Every reader on what is no regular file, which would be waited for without end, and on names that are no UTF-8."""

import os
import shutil
import threading

import cv2
import numpy as np
import pytest
from dicom_files import dicom, save
from RayEmbRegistrationLib.application import open_ct, open_xray
from RayEmbRegistrationLib.detector.networks.encoder import SmallEncoder
from RayEmbRegistrationLib.detector.weights import load_encoder, save_weights
from RayEmbRegistrationLib.files.camera import read_camera
from RayEmbRegistrationLib.files.landmarks import read_points
from RayEmbRegistrationLib.files.pose import read_pose
from RayEmbRegistrationLib.files.result_file import read_result
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.registration import PreparedCT
from registration_cases import prepared_knee
from volume_files import dicom_slices, patient, saved

READERS = {
    "CT": open_ct,
    "X-ray": open_xray,
    "camera": read_camera,
    "pose": read_pose,
    "points": read_points,
    "result": read_result,
    "prepared": PreparedCT.load,
    "weights": load_encoder,
}


@pytest.mark.skipif(os.name != "posix", reason="pipes and devices are of POSIX systems")
@pytest.mark.parametrize("ending", ["", ".dcm", ".nrrd", ".json", ".npz"])
@pytest.mark.parametrize("kind", READERS)
def test_pipes_and_devices_are_refused_and_not_waited_for(tmp_path, kind, ending):
    pipe, said = tmp_path / f"pipe{ending}", []
    os.mkfifo(pipe)

    def read():
        for path in (pipe, "/dev/zero"):
            with pytest.raises(InputProblem, match=r"is (not a file|a device or a pipe); give"):
                READERS[kind](path)
            said.append(path)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    thread.join(20)
    assert said == [pipe, "/dev/zero"]


def test_a_pipe_beside_a_ct_is_no_label_map(tmp_path):
    path = saved(tmp_path / "ct.nrrd", patient())
    with pytest.raises(InputProblem, match="null is a device or a pipe"):
        open_ct(path, os.devnull)


def test_every_reader_takes_names_that_are_no_utf8(tmp_path, name_not_utf8):
    folder = tmp_path / name_not_utf8
    folder.mkdir()
    hu = patient()
    plain = saved(tmp_path / "plain.nrrd", hu)
    shutil.copy(plain, folder / f"{name_not_utf8}.nrrd")
    slices = dicom_slices(folder / f"slices-{name_not_utf8}", hu)
    for path, expected in ((folder / f"{name_not_utf8}.nrrd", hu), (slices, np.maximum(hu, -1024))):
        np.testing.assert_array_equal(open_ct(path).volume.hu, expected)

    picture = np.arange(64 * 48, dtype=np.uint16).reshape(48, 64)
    (folder / "x.png").write_bytes(cv2.imencode(".png", picture)[1].tobytes())
    camera = '{"pixel_spacing_mm": 2.0, "source_to_detector_mm": 1000.0, "image_size_px": [64, 48]}'
    (folder / "c.json").write_text(camera)
    np.testing.assert_array_equal(open_xray(folder / "x.png", folder / "c.json").pixels, picture)
    save(dicom("DX", picture), folder / "x.dcm")
    np.testing.assert_array_equal(open_xray(folder / "x.dcm", folder / "c.json").pixels, picture)

    save_weights(folder / "w.safetensors", SmallEncoder(dimensions=8), {"trained_on": "nothing"})
    assert load_encoder(folder / "w.safetensors")[1]["trained_on"] == "nothing"
    prepared_knee().save(folder / "p.npz")
    np.testing.assert_array_equal(PreparedCT.load(folder / "p.npz").ras_from_ijk, prepared_knee().ras_from_ijk)

"""The process in which damaged files are read: a line 'kind<TAB>path' in, a line of JSON out."""

from __future__ import annotations

import hashlib
import json
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "RayEmbRegistration")]

import numpy as np  # noqa: E402
from RayEmbRegistrationLib.problems import InputProblem  # noqa: E402

CT = ""  # the good CT that damaged labels belong to


def _digest(*arrays: np.ndarray | None) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(b"none" if array is None else repr(array.shape).encode() + np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _ct(path: Path) -> str:
    from RayEmbRegistrationLib.application.open_ct import open_ct

    volume = open_ct(path).volume
    return _digest(np.asarray(volume.hu, dtype=np.float64), volume.ras_from_ijk)


def _labels(path: Path) -> str:
    from RayEmbRegistrationLib.application.open_ct import open_ct

    return _digest(open_ct(CT, path).volume.labels)


def _xray(path: Path) -> str:
    from RayEmbRegistrationLib.xray.reading import read_xray

    view = read_xray(path)
    if not np.isfinite(view.pixels).all():
        raise AssertionError("pixels that are not finite")
    return _digest(view.pixels)


def _dicom_xray(path: Path) -> str:
    from RayEmbRegistrationLib.application.open_xray import open_xray

    view = open_xray(path)
    if not np.isfinite(view.camera.K).all():
        raise AssertionError("a camera that is not finite")
    return _digest(view.pixels)


def _camera(path: Path) -> str:
    from RayEmbRegistrationLib.files.camera import read_camera

    return _digest(read_camera(path, (128, 96), pixel_spacing_mm=(0.7, 0.7)).camera.K)


def _pose(path: Path) -> str:
    from RayEmbRegistrationLib.files.pose import read_poses

    return _digest(*[pose.matrix for pose in read_poses(path)])


def _landmarks(path: Path) -> str:
    from RayEmbRegistrationLib.files.landmarks import read_landmarks

    return _digest(*[view.points_ras for view in read_landmarks(path)])


def _points(path: Path) -> str:
    from RayEmbRegistrationLib.files.landmarks import read_points

    return _digest(read_points(path).points_ras)


def _result(path: Path) -> str:
    from RayEmbRegistrationLib.command_line.results import record_lines
    from RayEmbRegistrationLib.files.result_file import read_result

    return "\n".join(record_lines(read_result(path)))


def _weights(path: Path) -> str:
    from RayEmbRegistrationLib.detector.weights import load_encoder

    return str(load_encoder(path)[0].name)


def _prepared(path: Path) -> str:
    from RayEmbRegistrationLib.registration import PreparedCT

    return _digest(PreparedCT.load(path).attenuation.numpy())


def _training_state(path: Path) -> str:
    import torch
    from RayEmbRegistrationLib.detector.networks.encoder import SmallEncoder
    from RayEmbRegistrationLib.training.checkpoint import TrainingState

    encoder = SmallEncoder()
    averaged = {name: value.clone() for name, value in encoder.state_dict().items()}
    state = TrainingState(encoder, averaged, torch.optim.AdamW(encoder.parameters()))
    state.load(path, {"a": 1})
    return str(state.step)


READERS: dict[str, Callable[[Path], str]] = {
    "ct": _ct,
    "labels": _labels,
    "dicom-ct": _ct,
    "xray": _xray,
    "dicom-xray": _dicom_xray,
    "camera": _camera,
    "pose": _pose,
    "landmarks": _landmarks,
    "points": _points,
    "result": _result,
    "weights": _weights,
    "prepared": _prepared,
    "training-state": _training_state,
}


def answer(kind: str, path: Path) -> dict[str, str]:
    """What reading came to: 'read' with a digest of the values, 'refused' with the sentence, or 'traceback'."""
    try:
        return {"outcome": "read", "said": READERS[kind](path)}
    except InputProblem as problem:
        return {"outcome": "refused", "said": str(problem)}
    except BaseException:  # noqa: BLE001 - whatever else comes out is what is looked for
        return {"outcome": "traceback", "said": traceback.format_exc()}


def main() -> None:
    """Answer until the input ends."""
    global CT  # noqa: PLW0603
    CT = sys.argv[1]
    answers, sys.stdout = sys.stdout, sys.stderr  # what libraries print is no answer
    import RayEmbRegistrationLib.registration  # noqa: F401 - the imports' time is not the files'

    answers.write("ready\n")
    answers.flush()
    for line in sys.stdin:
        kind, name = line.rstrip("\n").split("\t")
        answers.write(json.dumps(answer(kind, Path(name))) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()

"""The fenced blocks of README and docs, and the small files that their commands read."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from plate_images import Plate, pincushion, s_shape, together
from RayEmbRegistrationLib.files.camera import CameraFile, write_camera
from RayEmbRegistrationLib.files.writing import write_json
from RayEmbRegistrationLib.geometry import CTVolume
from RayEmbRegistrationLib.simulation.cases import angles_from_ap, bone_center, c_arm_pose, default_camera, simulate_case
from RayEmbRegistrationLib.simulation.phantoms.phantom import make_pelvis_phantom
from RayEmbRegistrationLib.simulation.xray import SimulationSettings

REPOSITORY = Path(__file__).resolve().parents[2]
PAGES = (REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").rglob("*.md")))
FENCE = re.compile(r"(?:^<!-- test: (?P<how>\w+) -->\n)?^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)

FINER = 4  # shot.dcm has so many pixels for one of the others, which are coarse to be quick


@dataclass(frozen=True)
class Block:
    """One fenced block; ``how`` is what the comment before it says, such as parse, or empty."""

    page: str
    line: int
    language: str
    how: str
    text: str

    @property
    def lines(self) -> list[str]:
        lines = self.text.replace("\\\n", " ").splitlines()
        return [line for line in lines if line.strip() and not line.startswith("#")]

    @property
    def commands(self) -> list[list[str]]:
        return [shlex.split(line, comments=True) for line in self.lines]


def blocks(language: str) -> list[Block]:
    """All blocks of a language, in reading order."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for match in FENCE.finditer(text):
            line = text[: match.start("language")].count("\n") + 1
            block = Block(str(page.relative_to(REPOSITORY)), line, match["language"], match["how"] or "", match["text"])
            found += [block] if block.language == language else []
    return found


def sample_ct() -> CTVolume:
    """The pelvis of every example: coarse, so that it is prepared in seconds."""
    return make_pelvis_phantom(seed=0, spacing_mm=4.0)


def write_sample(folder: Path) -> None:
    """ct.nii.gz, bones.nrrd, xray.png, camera.json, a pair, a DICOM shot, a start pose, landmarks and folders of cases."""
    ct = sample_ct()
    write_volume(folder / "ct.nii.gz", ct.hu, ct)
    write_volume(folder / "bones.nrrd", ct.labels.astype(np.uint8), ct)
    camera, center = default_camera(96, 288.0), bone_center(ct)
    truth = write_xray(folder, "xray", ct, (4.0, 3.0, 2.0))
    write_json(folder / "start.json", {"ras_to_camera": truth.matrix})
    points = center + np.array([[40, 10, 30], [-45, 0, 20], [10, 30, -40], [-20, -30, 10], [0, 25, 45]])
    pairs = [{"ras": point, "px": camera.project(truth.apply(point)), "view": 0} for point in points]
    write_json(folder / "pairs.json", {"pairs": pairs})
    (folder / "pairs").mkdir()
    for name, angle in (("a", 0.0), ("b", 60.0)):
        pose = write_xray(folder, name, ct, (angle, 0.0, 0.0), in_rig=True)
        write_mayacam(folder / f"{name}.txt", camera, pose)
        write_pair_case(folder, name, pose)
    write_dicom(folder, camera)
    write_plates(folder)
    (folder / "xrays").mkdir()
    for ending, source in ((".png", "xray.png"), (".geometry.json", "camera.json"), (".truth.json", "start.json")):
        (folder / "xrays" / f"case{ending}").write_bytes((folder / source).read_bytes())


def write_xray(folder: Path, name: str, ct: CTVolume, turns_deg, in_rig: bool = False):
    """NAME.png and its camera, NAME.json or camera.json; returns the true pose, which stands for the rig's frame, too."""
    camera = default_camera(96, 288.0)
    truth = c_arm_pose(bone_center(ct), angles_from_ap(np.array(turns_deg)), np.array([5.0, -4.0, 760.0]))
    xray = simulate_case(ct, camera, truth, SimulationSettings(display="raw"), np.random.default_rng(0))
    cv2.imwrite(str(folder / f"{name}.png"), xray.pixels)
    write_camera(
        folder / ("camera.json" if name == "xray" else f"{name}.json"), CameraFile(camera, truth if in_rig else None)
    )
    return truth


def write_mayacam(path: Path, camera, camera_from_rig) -> None:
    """A camera with its place in the rig, as XMALab writes it."""
    matrices = {"camera matrix": camera.K, "rotation": camera_from_rig.rotation}
    matrices["translation"] = camera_from_rig.translation[:, None]
    text = "image size\n{},{}\n".format(*camera.image_size)
    for name, rows in matrices.items():
        text += f"\n{name}\n" + "".join(",".join(f"{value:.9g}" for value in row) + "\n" for row in rows)
    path.write_text(text, encoding="utf-8")


def write_plates(folder: Path) -> None:
    """plate.tif and plate_lateral.tif, of an intensifier for the X-rays above, and run.tif, a sequence of two frames."""
    fields = {"plate": pincushion(0.05), "plate_lateral": together(pincushion(0.05), s_shape(0.02))}
    images = [
        Plate(field, size=96, pitch=9.0, radius=2.0, noise=0.005, round_field=False).image() for field in fields.values()
    ]
    for name, image in zip(fields, images, strict=True):
        cv2.imwrite(str(folder / f"{name}.tif"), image.astype(np.uint16))
    cv2.imwritemulti(str(folder / "run.tif"), [image.astype(np.uint16) for image in images])


def write_pair_case(folder: Path, name: str, truth) -> None:
    """One view of a pair as a case, whose camera file names the group."""
    content = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    write_json(folder / "pairs" / f"{name}.geometry.json", {**content, "group": "rest"})
    write_json(folder / "pairs" / f"{name}.truth.json", {"ras_to_camera": truth.matrix})
    (folder / "pairs" / f"{name}.png").write_bytes((folder / f"{name}.png").read_bytes())


def write_volume(path: Path, values: np.ndarray, ct: CTVolume) -> None:
    import SimpleITK as sitk  # noqa: N813 - its customary name
    from RayEmbRegistrationLib.geometry.frames import itk_of_ras_from_ijk

    image, grid = sitk.GetImageFromArray(values), itk_of_ras_from_ijk(ct.ras_from_ijk)
    image.SetOrigin(grid.origin.tolist())
    image.SetSpacing(grid.spacing.tolist())
    image.SetDirection(grid.direction.ravel().tolist())
    sitk.WriteImage(image, str(path), useCompression=True)


def write_dicom(folder: Path, camera) -> None:
    """shot.dcm: the X-ray in pixels of a usual size, with the tags of an angiography system."""
    from dicom_files import dicom, save

    small = cv2.imread(str(folder / "xray.png"), cv2.IMREAD_UNCHANGED)
    pixels = cv2.resize(small, None, fx=FINER, fy=FINER, interpolation=cv2.INTER_LINEAR)
    spacing = [float(value) / FINER for value in camera.pixel_spacing_mm]
    about = {"DistanceSourceToDetector": camera.source_to_detector_mm, "ImagerPixelSpacing": spacing}
    dataset = dicom("XA", pixels.astype(np.uint16), **about)
    save(dataset, folder / "shot.dcm")

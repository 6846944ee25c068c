"""Which DICOM files are an X-ray that a pinhole camera describes; every other kind is refused with its reason."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.xray.making import check_image_size

from .intensity import sop_class_name
from .values import FrameAttributes, one_line

if TYPE_CHECKING:
    from pydicom import Dataset

_PROJECTIONS = ("XA", "RF", "DX", "CR", "RG", "PX", "IO", "MG", "RTIMAGE", "OT", "SC", "HC", "")
_VOLUMES = ("CT Image", "MR Image", "3D", "Tomosynthesis", "Positron", "Enhanced CT", "Enhanced MR")
# EOS imaging (formerly Biospace Med) and Lodox move a fan of rays along the patient; the words are those that their files
# hold in Manufacturer (0008,0070) and Manufacturer's Model Name (0008,1090).
_SLOT_SCANNERS = re.compile(r"\b(STEREOS|EOS ?IMAGING|EOS ?EDGE|EOS SYSTEM|BIOSPACE ?MED|LODOX|STATSCAN)")
# Densitometers scan with a pencil or a fan as well; Hologic makes C-arms, too, so that its name alone says nothing.
_DENSITOMETERS = re.compile(r"\b(LUNAR|IDXA|DEXA|DXA|HOLOGIC.*(DELPHI|QDR|HORIZON|DISCOVERY))\b")
_MOST_FRAMES = 1_000_000  # chosen: nine hours at 30 frames a second
_NO_PINHOLE = "no single point sees it, so that no camera (pinhole) describes it, and it cannot be registered"


def check_kind(dataset: Dataset, name: str) -> None:
    """Refuse what is no projection X-ray of one source point, or holds no image.

    Args:
        dataset: as read.
        name: of the file, for messages.

    Raises:
        InputProblem: says what the file is, and what to give.
    """
    attributes = FrameAttributes(dataset)
    if "DirectoryRecordSequence" in dataset:
        raise InputProblem(f"{name} is a DICOMDIR, the list of a disc's files; give one of the images it lists")
    reason = no_pinhole_reason(attributes)
    if reason:
        raise InputProblem(f"{name} is {reason}: {_NO_PINHOLE}; give an X-ray that was taken in one exposure")
    modality, kind = one_line(attributes.text("Modality") or ""), sop_class_name(attributes)
    if modality not in _PROJECTIONS or any(word in kind for word in _VOLUMES):
        what = kind.replace(" Storage", "") if kind else f"modality {modality}"
        hint = "give it as the CT" if modality == "CT" or "CT" in kind else "give a projection X-ray (XA, RF, DX, CR)"
        raise InputProblem(f"{name} is not an X-ray but: {what} (modality {modality or 'not stated'}); {hint}")
    if not any(keyword in dataset for keyword in ("PixelData", "FloatPixelData", "DoubleFloatPixelData")):
        raise InputProblem(f"{name} holds no image ({kind or 'DICOM'}); it may be a report or cut off")
    _check_size(attributes, name)
    _refuse_video(dataset, name)


def no_pinhole_reason(attributes: FrameAttributes) -> str:
    """What an X-ray is whose rays do not all come from one point; empty where nothing speaks against a pinhole.

    Detector Configuration (0018,7005) SLOT is "scanned detector, such as a slot scanner" (PS3.3 C.8.11.4.1.1); modality PX
    is panoramic, its tube turns about the head; a CT localizer is taken while the table moves.
    """
    maker = " ".join(filter(None, (attributes.text(k) for k in ("Manufacturer", "ManufacturerModelName"))))
    kinds = attributes.texts("ImageType")
    modality = attributes.text("Modality")
    words = (*kinds, attributes.text("DerivationDescription") or "")
    fan = "whose fan of rays moves along the patient"
    reasons = {
        f"from a slot scanner ((0018,7005) Detector Configuration is SLOT), {fan}": attributes.text("DetectorConfiguration")
        == "SLOT",
        f"from a slot scanner ({one_line(maker.title())}), {fan}": bool(_SLOT_SCANNERS.search(maker)),
        "a panoramic image (modality PX), whose tube turns about the head": modality == "PX",
        "from a bone densitometer, whose rays move along the patient": modality == "BMD"
        or (modality in ("OT", "DX", "CR") and bool(_DENSITOMETERS.search(maker))),
        f"a CT localizer (scout view), {fan}": modality == "CT" and "LOCALIZER" in kinds,
        "stitched from several exposures": any("STITCH" in word for word in words),
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def _check_size(attributes: FrameAttributes, name: str) -> None:
    """Rows, columns and frames, before memory is taken for them."""
    rows, columns = attributes.number("Rows"), attributes.number("Columns")
    if not rows or not columns or len(attributes.numbers("Rows")) + len(attributes.numbers("Columns")) > 2:
        raise InputProblem(f"{name} does not tell its number of rows and columns; it may be damaged")
    check_image_size(int(columns), int(rows), name)
    frames = attributes.raw("NumberOfFrames")
    count = attributes.number("NumberOfFrames")
    if frames is not None and (count is None or not 1 <= count <= _MOST_FRAMES or count % 1):
        raise InputProblem(f"{name} says that it has {one_line(frames)} frames, which cannot be; it may be damaged")


def _refuse_video(dataset: Dataset, name: str) -> None:
    syntax = dataset.file_meta.TransferSyntaxUID
    if any(word in syntax.name for word in ("MPEG", "HEVC")):
        what = syntax.name.split("/")[0].split(" High")[0].split(" Main")[0].strip()
        raise InputProblem(
            f"{name} is a video ({what}); export the frame that is to be registered as a single DICOM image or as PNG"
        )

"""Pictures and the page of an adjusted CT: each X-ray beside the DRR before and after."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from RayEmbRegistrationLib.application.metal_shadows import unplaced_shadows
from RayEmbRegistrationLib.application.pictures import drr_of_state
from RayEmbRegistrationLib.files.writing import write_text
from RayEmbRegistrationLib.geometry import Camera

from .figures import CYAN, contact_sheet, drr_picture, overlay_picture, write_png, xray_picture

if TYPE_CHECKING:
    from RayEmbRegistrationLib.application.reconstruct import Reconstruction
    from RayEmbRegistrationLib.pose.view import View
    from RayEmbRegistrationLib.reconstruction.metal.shown import ShownShadow

_SIDE_PX = 600  # chosen: three fit beside each other on a screen
_FINE_BITS = 4  # of a pixel, for smooth lines; chosen: sixteenths
_STYLE = (
    "body{font-family:sans-serif;margin:2em auto;max-width:70em;padding:0 1em}img{max-width:100%}"
    "td{padding:.2em 1em .2em 0;vertical-align:top}.no{color:#a00}.yes{color:#060}"
)


def write_adjusted_pictures(folder: Path, found: Reconstruction) -> list[str]:
    """xray1.png, before1.png, after1.png and sheet1.png and so on; names of the sheets.

    Where metal casts shadows and has no place in the CT, shadow1.png and so on, and the sheet has it, too.

    Raises:
        InputProblem: a file could not be written.
    """
    sheets = []
    plain, rigid = found.adjustment.rigid
    metal = None if found.metal is None else found.metal.body
    for number, (view, shadows) in enumerate(zip(found.views, unplaced_shadows(found), strict=True), 1):
        image, mask, camera = _small(view)
        before = drr_of_state(plain, rigid.state, view, camera)
        after = drr_of_state(found.adjustment.joint, found.adjustment.solved.state, view, camera, metal=metal)
        write_png(folder / f"xray{number}.png", xray_picture(image, mask, _SIDE_PX))
        write_png(folder / f"before{number}.png", drr_picture(before, _SIDE_PX))
        write_png(folder / f"after{number}.png", drr_picture(after, _SIDE_PX))
        panels = [
            ("X-ray", xray_picture(image, mask, _SIDE_PX)),
            ("CT as it was", overlay_picture(image, mask, before, side=_SIDE_PX)),
            ("adjusted", overlay_picture(image, mask, after, side=_SIDE_PX)),
        ]
        if shadows:
            panels.append(("metal's shadow", shadow_picture(image, mask, shadows, view.radiograph.camera)))
            write_png(folder / f"shadow{number}.png", panels[-1][1])
        name = f"sheet{number}.png"
        write_png(folder / name, contact_sheet(panels, "outlines of the DRR on the X-ray"))
        sheets.append(name)
    return sheets


def shadow_picture(image: np.ndarray, mask: np.ndarray, shadows: Sequence[ShownShadow], camera: Camera) -> np.ndarray:
    """(h, w, 3) an X-ray with the outlines of shadows.

    Args:
        image: (H, W) float, bone bright; of any size over the camera's field.
        mask: (H, W) bool of usable pixels.
        shadows: outlined in the camera's pixels.
        camera: of the X-ray.
    """
    import cv2

    picture = np.ascontiguousarray(xray_picture(image, mask, _SIDE_PX))
    scale = np.array(picture.shape[1::-1]) / np.array(camera.image_size)
    fine = 1 << _FINE_BITS
    for one in shadows:
        lines = [np.round(((line + 0.5) * scale - 0.5) * fine).astype(np.int32) for line in one.outlines_px]
        cv2.polylines(picture, lines, True, CYAN, 1, cv2.LINE_AA, _FINE_BITS)
    return picture


def _small(view: View) -> tuple[np.ndarray, np.ndarray, Camera]:
    """An X-ray, its mask and its camera at the pictures' size."""
    import cv2

    radiograph = view.radiograph
    scale = min(1.0, _SIDE_PX / max(radiograph.camera.image_size))
    size = round(radiograph.camera.width * scale), round(radiograph.camera.height * scale)
    image = cv2.resize(np.asarray(radiograph.image, dtype=np.float32), size, interpolation=cv2.INTER_AREA)
    mask = cv2.resize(radiograph.mask.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.5
    return image, mask, radiograph.camera.resample(*size)


def write_page(path: Path, content: Mapping[str, Any], sheets: Sequence[str], files: Sequence[tuple[str, str]]) -> None:
    """The page of it all, beside the pictures.

    Args:
        path: of the page.
        content: as ``adjustment_content`` made it.
        sheets: pictures to show.
        files: (name, what it is) of the files beside it.

    Raises:
        InputProblem: it could not be written.
    """
    rows = [("gate", content["gate"]["reason"])]
    for label, verdict in content["bone_verdicts"].items():
        state = "trusted" if verdict["trusted"] else "NOT trusted"
        moved = f"turned by {verdict['turned_deg']:.1f} degrees, its joint moved by {verdict['out_of_joint_mm']:.1f} mm"
        rows.append((f"bone {label}", f"{state}: {verdict['reason']}; {moved}"))
    metal = content["metal"]
    if metal is not None:
        rods = [f"a rod {rod['diameter_mm']:.1f} mm thick and {rod['length_mm']:.0f} mm long" for rod in metal["rods"]]
        known = metal["implant"]
        shape = ", ".join(rods) or ("the hull of its shadows" if known is None else known["name"])
        size = "" if metal["ml"] is None else f"; {shape}, {metal['ml']:.1f} ml"
        if known is not None:
            overlaps = ", ".join(f"{share:.2f}" for share in known["overlaps"])
            size += f", error expected {known['expected_mm']:.1f} mm; overlap with its shadows {overlaps}"
        rows.append(("new metal", f"{metal['reason']}{size}"))
        for one in metal["unplaced_shadows"]:
            sizes = [f"{each['length_mm']:.0f} mm long and {each['width_mm']:.0f} mm wide" for each in one["shadows"]]
            if sizes:
                rows.append(
                    (f"its shadow in {one['xray']}", f"{'; '.join(sizes)}, were it as far off as the middle of the bone")
                )
    told = content["uncertainty"]
    if told is not None:
        deviation = told["std_mm_median"]
        if deviation is not None:
            rows.append(("standard deviation", f"median {deviation:.2f} mm, at most {told['std_mm_most']:.2f} mm"))
        unseen = f"{100 * told['unseen_share']:.0f} % of what might have changed; over half in {told['unseen_ml']:.0f} ml"
        rows.append(("what no view sees", unseen))
        rows.append(("directions seen", f"{told['modes_seen']} of {told['modes']}"))
        rows.append(
            ("least Jacobian determinant", f"{told['least_jacobian']:.2f} (1: nothing stretched; 0 or less: folded)")
        )
    table = "".join(f"<tr><td>{html.escape(name)}</td><td>{html.escape(text)}</td></tr>" for name, text in rows)
    pictures = "".join(f'<p><img src="{name}" alt="X-ray, CT as it was, adjusted"></p>' for name in sheets)
    links = "".join(f'<li><a href="{name}">{name}</a>: {html.escape(what)}</li>' for name, what in files)
    notes = "".join(f"<li>{html.escape(note)}</li>" for note in content["notes"])
    trusted = content["trusted"]
    verdict = "trusted" if trusted else "NOT trusted" if content["accepted"] else "the CT is left as it is"
    write_text(
        path,
        f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{content["what"]}</title><style>{_STYLE}</style>\n'
        f"<h1>{content['what'].capitalize().replace('ct', 'CT').replace('x-rays', 'X-rays')}</h1>\n"
        f'<p class="{"yes" if trusted else "no"}"><b>{verdict}</b>: {html.escape(content["reason"])}</p>\n'
        f"<p>{html.escape(content['what_it_is_not'])}</p>\n{pictures}\n<table>{table}</table>\n"
        f"<h2>Files</h2><ul>{links}</ul>\n<h2>Notes</h2><ul>{notes}</ul>\n</html>\n",
    )

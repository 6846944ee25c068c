"""One page on a registration, as HTML that holds its pictures: what was registered, what it is worth, how it was found.

It is kept to the tags that Qt's rich text knows, so that an application can print it as PDF.
"""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from RayEmbRegistrationLib.files.result import ResultFile, VerdictRecord, ViewRecord
from RayEmbRegistrationLib.files.targets import TargetRecord
from RayEmbRegistrationLib.geometry.c_arm import c_arm_of_camera_from_ras

CITATION = (
    "RayEmbRegistration, as its file CITATION.cff says; landmarks after P. Shrestha, C. Xie, Y. Yoshii, I. Kitahara: "
    "RayEmb: Arbitrary Landmark Detection in X-Ray Images Using Ray Embedding Subspace, ACCV 2024, arXiv:2410.08152"
)
_COLORS = {True: "#1d7a37", False: "#b45309", None: "#666666"}  # chosen: dark enough for white paper, apart for all eyes
_SIGNS = {True: "&#10004; trusted", False: "&#10008; not trusted", None: "? not assessed"}
_USES = {"overlay": "Overlay on the X-ray", "position": "Position in space"}
_BESIDE = 2  # chosen: cameras of so many X-rays fit beside each other
_MOST_NOTES, _MOST_TARGETS = 6, 12  # chosen: the page has room for so many
_MOST_POINTS = 4  # chosen: of a target with more only the middle is told


@dataclass(frozen=True)
class PagePicture:
    """A picture of the page.

    Attributes:
        title: below it.
        content: of a PNG or JPEG file.
    """

    title: str
    content: bytes


@dataclass(frozen=True)
class Page:
    """What the page shows beside the result file.

    Attributes:
        pictures: overlays first, then the scene in 3D.
        tables: title to (columns, rows), such as the motion of bones.
        comment: the user's.
        verdict: what is said where the result file has no quality.
    """

    pictures: Sequence[PagePicture] = ()
    tables: Mapping[str, tuple[Sequence[str], Sequence[Sequence[str]]]] = field(default_factory=dict)
    comment: str = ""
    verdict: str = "not assessed"


def report_page(record: ResultFile, page: Page, picture_px: int = 300) -> str:
    """The page as HTML; ``picture_px`` is how wide each picture is shown."""
    parts = [
        "<html><head><meta charset='utf-8'><title>Registration of a CT to X-rays</title></head>",
        "<body style='font-family: sans-serif; font-size: 8pt'>",
        _title(record),
        _verdicts(record, page.verdict),
        _pictures(page.pictures, picture_px),
        _views(record.views),
        "".join(_section(title, _table(columns, rows)) for title, (columns, rows) in page.tables.items()),
        _targets(record),
        _how(record, page.comment),
        f"<p style='color: #666666'>For research use, not for clinical use. To cite: {html.escape(CITATION)}.</p>",
        "</body></html>",
    ]
    return "\n".join(part for part in parts if part)


def _title(record: ResultFile) -> str:
    ct = record.provenance.ct.get("name", "") or "CT"
    xrays = ", ".join(view.xray for view in record.views)
    created = record.provenance.created.replace("T", " ")
    return f"<p style='font-size: 13pt'><b>{html.escape(ct)} registered to {html.escape(xrays)}</b></p><p>{created}</p>"


def _verdicts(record: ResultFile, otherwise: str) -> str:
    quality = record.quality
    if quality is None:
        return f"<p style='color: {_COLORS[None]}; font-size: 11pt'><b>{_SIGNS[None]}</b>: {html.escape(otherwise)}</p>"
    rows = []
    for purpose, verdict in quality.verdicts.items() or {quality.purpose: quality.verdict}.items():
        asked = " (asked for)" if purpose == quality.purpose else ""
        sign = f"<span style='color: {_COLORS[verdict.trusted]}'><b>{_SIGNS[verdict.trusted]}</b></span>"
        name = f"{_USES.get(purpose, purpose)}{asked}"
        rows.append([html.escape(name), sign, _errors(verdict), html.escape(verdict.reason)])
    return _table(("Use", "Verdict", "Error", "Why"), rows, is_html=True)


def _errors(verdict: VerdictRecord) -> str:
    if verdict.expected_mm is None or verdict.bound_mm is None:
        return ""
    said = f"{verdict.expected_mm:.1f} mm to expect"
    return f"{said}, in 95 of 100 cases below {verdict.bound_mm:.1f} mm" if verdict.says_bound else said


def _pictures(pictures: Sequence[PagePicture], width: int) -> str:
    if not pictures:
        return ""
    cells = []
    for one in pictures:
        kind = "jpeg" if one.content[:2] == b"\xff\xd8" else "png"
        data = base64.b64encode(one.content).decode("ascii")
        image = f"<img src='data:image/{kind};base64,{data}' width='{width}' alt='{html.escape(one.title)}'>"
        cells.append(f"<td align='center' valign='bottom'>{image}<br>{html.escape(one.title)}</td>")
    rows = [cells[start : start + 3] for start in range(0, len(cells), 3)]  # chosen: three fit beside each other
    return "<table cellpadding='2'>" + "".join(f"<tr>{''.join(row)}</tr>" for row in rows) + "</table>"


def _views(views: Sequence[ViewRecord]) -> str:
    """Cameras with origins, and poses, of the X-rays beside each other."""
    tables = []
    for start in range(0, len(views), _BESIDE):
        own = list(enumerate(views, start=1))[start : start + _BESIDE]
        told = [_view(view) for _number, view in own]
        keys = list(dict.fromkeys(key for one in told for key in one))
        rows = [[key, *(one.get(key, "") for one in told)] for key in keys]
        names = [html.escape(f"X-ray {number}: {view.xray}") for number, view in own]
        tables.append(_table(("", *names), rows, is_html=True))
    return "".join(tables)


def _view(view: ViewRecord) -> dict[str, str]:
    """Camera with origins, and pose, of one X-ray, as HTML."""
    rows = {}
    if view.camera is not None:
        values = {
            "source to detector": ("source_to_detector_mm", f"{view.camera.source_to_detector_mm:.1f} mm"),
            "pixels": ("pixel_spacing_mm", " x ".join(f"{one:.4f}" for one in view.camera.pixel_spacing_mm) + " mm"),
            "principal point": ("principal_point_px", f"{view.camera.K[0, 2]:.1f}, {view.camera.K[1, 2]:.1f} px"),
        }
        for name, (key, text) in values.items():
            known = view.camera_values.get(key)
            origin = "" if known is None else f"{known.origin}{': ' + known.explanation if known.explanation else ''}"
            rows[name] = _beside(text, origin)
        rows["mirrored"] = "yes" if view.mirrored or view.camera.is_mirrored else "no"
    if view.camera_from_ras is not None:
        angles = c_arm_of_camera_from_ras(view.camera_from_ras)
        words = f"primary {angles.primary_deg:.2f}, secondary {angles.secondary_deg:.2f}, turned {angles.in_plane_deg:.2f}"
        rows["C-arm"] = _beside(f"{words} degrees", "patient lying on the back, head first")
        x, y, z = view.camera_from_ras.inverse().translation
        rows["source"] = _beside(f"{x:.2f}, {y:.2f}, {z:.2f} mm", "RAS of the CT")
    if view.view_prior:
        rows["looked among the views"] = html.escape(view.view_prior)
    if view.similarity is not None and np.isfinite(view.similarity):
        rows["similarity"] = f"{view.similarity:.3f}"
    return rows


def _beside(text: str, origin: str) -> str:
    """A value, and where it is from, as HTML."""
    return html.escape(text) + (f" <span style='color: {_COLORS[None]}'>({html.escape(origin)})</span>" if origin else "")


def _targets(record: ResultFile) -> str:
    """Where the targets are, where each X-ray shows them, how far off that may be; of a curve and the like its middle."""
    rows: list[list[str]] = []
    for target in record.targets:
        count = len(target.points_ras)
        if count > _MOST_POINTS:
            rows.append(_target_row(f"{target.name}, middle of {count} points", target, slice(None)))
        else:
            names = [f"{target.name} {number + 1}" if count > 1 else target.name for number in range(count)]
            rows += [_target_row(name, target, slice(number, number + 1)) for number, name in enumerate(names)]
    if not rows:
        return ""
    numbers = sorted({view.xray for target in record.targets for view in target.views})
    columns = ("", "R, A, S mm", "std, mm", *(f"X-ray {number}: px; 95 % of errors" for number in numbers))
    left = len(rows) - _MOST_TARGETS
    more = f"<p>{left} more in targets.csv.</p>" if left > 0 else ""
    return _section("Targets", _table(columns, rows[:_MOST_TARGETS]) + more)


def _target_row(name: str, target: TargetRecord, points: slice) -> list[str]:
    """Mean of the points; the largest of their errors."""
    std = target.std_mm[points].max(axis=0)
    error = " x ".join(f"{value:.1f}" for value in std) if np.isfinite(std).all() else "not known"
    row = [name, ", ".join(f"{value:.1f}" for value in target.points_ras[points].mean(axis=0)), error]
    for view in sorted(target.views, key=lambda view: view.xray):
        column, line = view.points_px[points].mean(axis=0)
        off = view.error_95_mm[points].max()
        place = f"{column:.1f}, {line:.1f}" if np.isfinite(column) else "not before the source"
        row.append(f"{place}; {off:.1f} mm" if np.isfinite(off) and np.isfinite(column) else place)
    return row


def _how(record: ResultFile, comment: str) -> str:
    found = record.provenance
    rows = [
        ("method", f"{found.method}{', tried: ' + ', '.join(found.tried) if found.tried else ''}"),
        ("computed on", found.device),
        ("versions", ", ".join(f"{name} {version}" for name, version in found.versions.items())),
        ("seed", "" if found.seed is None else str(found.seed)),
        ("time", f"{record.timing_s['total']:.1f} s" if "total" in record.timing_s else ""),
        ("weights", str(found.weights.get("trained_on", ""))),
        ("comment", comment),
        ("notes", "; ".join(record.notes[:_MOST_NOTES])),
    ]
    return _section("How it was found", _table(("", ""), [row for row in rows if row[1]]))


def _section(title: str, content: str) -> str:
    return f"<p><b>{html.escape(title)}</b></p>{content}"


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]], is_html: bool = False) -> str:
    def cell(text: str) -> str:
        return f"<td>{text if is_html else html.escape(text)}</td>"

    head = "".join(f"<th align='left'>{html.escape(name)}</th>" for name in columns) if any(columns) else ""
    body = "".join(f"<tr>{''.join(cell(text) for text in row)}</tr>" for row in rows)
    return f"<table cellpadding='1' cellspacing='2'>{f'<tr>{head}</tr>' if head else ''}{body}</table>"

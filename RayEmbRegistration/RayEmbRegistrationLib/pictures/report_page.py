"""One page on a registration, as HTML that holds its pictures: what was registered, what it is worth, how it was found.

It is kept to the tags that Qt's rich text knows, so that an application can print it as PDF.
"""

from __future__ import annotations

import base64
import html
from collections.abc import Callable, Mapping, Sequence
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
_SIGNS = {True: "&#10004;", False: "&#10008;", None: "?"}
_VERDICTS = {True: "trusted", False: "not trusted", None: "not assessed"}
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
        say: gives a sentence or a word of the page in the language of who reads it; English unless told.
    """

    pictures: Sequence[PagePicture] = ()
    tables: Mapping[str, tuple[Sequence[str], Sequence[Sequence[str]]]] = field(default_factory=dict)
    comment: str = ""
    verdict: str = "not assessed"
    say: Callable[[str], str] = str


def report_page(record: ResultFile, page: Page, picture_px: int = 300) -> str:
    """The page as HTML; ``picture_px`` is how wide each picture is shown."""
    say, cite = page.say, page.say(f"To cite: {CITATION}")
    parts = [
        f"<html><head><meta charset='utf-8'><title>{html.escape(say('Registration of a CT to X-rays'))}</title></head>",
        "<body style='font-family: sans-serif; font-size: 8pt'>",
        _title(record, say),
        _verdicts(record, page.verdict, say),
        _pictures(page.pictures, picture_px),
        _views(record.views, say),
        "".join(_section(title, _table(columns, rows)) for title, (columns, rows) in page.tables.items()),
        _targets(record, say),
        _how(record, page.comment, say),
        f"<p style='color: #666666'>{html.escape(say('For research use, not for clinical use'))}. {html.escape(cite)}.</p>",
        "</body></html>",
    ]
    return "\n".join(part for part in parts if part)


def _title(record: ResultFile, say: Callable[[str], str]) -> str:
    ct = record.provenance.ct.get("name", "") or "CT"
    xrays = ", ".join(view.xray for view in record.views)
    created = record.provenance.created.replace("T", " ")
    words = say(f"{ct} registered to {xrays}")
    return f"<p style='font-size: 13pt'><b>{html.escape(words)}</b></p><p>{created}</p>"


def _verdicts(record: ResultFile, otherwise: str, say: Callable[[str], str]) -> str:
    quality = record.quality
    if quality is None:
        sign = f"{_SIGNS[None]} {html.escape(say(_VERDICTS[None]))}"
        return f"<p style='color: {_COLORS[None]}; font-size: 11pt'><b>{sign}</b>: {html.escape(otherwise)}</p>"
    rows = []
    for purpose, verdict in quality.verdicts.items() or {quality.purpose: quality.verdict}.items():
        asked = f" ({say('asked for')})" if purpose == quality.purpose else ""
        words = f"{_SIGNS[verdict.trusted]} {html.escape(say(_VERDICTS[verdict.trusted]))}"
        sign = f"<span style='color: {_COLORS[verdict.trusted]}'><b>{words}</b></span>"
        name = f"{say(_USES.get(purpose, purpose))}{asked}"
        rows.append([html.escape(name), sign, html.escape(_errors(verdict, say)), html.escape(say(verdict.reason))])
    return _table([say(name) for name in ("Use", "Verdict", "Error", "Why")], rows, is_html=True)


def _errors(verdict: VerdictRecord, say: Callable[[str], str]) -> str:
    if verdict.expected_mm is None or verdict.bound_mm is None:
        return ""
    said = say(f"{verdict.expected_mm:.1f} mm to expect")
    return f"{said}, {say(f'in 95 of 100 cases below {verdict.bound_mm:.1f} mm')}" if verdict.says_bound else said


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


def _views(views: Sequence[ViewRecord], say: Callable[[str], str]) -> str:
    """Cameras with origins, and poses, of the X-rays beside each other."""
    tables = []
    for start in range(0, len(views), _BESIDE):
        own = list(enumerate(views, start=1))[start : start + _BESIDE]
        told = [_view(view, say) for _number, view in own]
        keys = list(dict.fromkeys(key for one in told for key in one))
        rows = [[html.escape(say(key)), *(one.get(key, "") for one in told)] for key in keys]
        names = [html.escape(say(f"X-ray {number}: {view.xray}")) for number, view in own]
        tables.append(_table(("", *names), rows, is_html=True))
    return "".join(tables)


def _view(view: ViewRecord, say: Callable[[str], str]) -> dict[str, str]:
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
            rows[name] = _beside(text, say(origin))
        rows["mirrored"] = html.escape(say("yes" if view.mirrored or view.camera.is_mirrored else "no"))
    if view.camera_from_ras is not None:
        angles = c_arm_of_camera_from_ras(view.camera_from_ras)
        one, two, turned = (f"{angle:.2f}" for angle in (angles.primary_deg, angles.secondary_deg, angles.in_plane_deg))
        words = say(f"primary {one}, secondary {two}, turned {turned} degrees")
        rows["C-arm"] = _beside(words, say("patient lying on the back, head first"))
        x, y, z = view.camera_from_ras.inverse().translation
        rows["source"] = _beside(f"{x:.2f}, {y:.2f}, {z:.2f} mm", say("RAS of the CT"))
    if view.view_prior:
        rows["looked among the views"] = html.escape(view.view_prior)
    if view.similarity is not None and np.isfinite(view.similarity):
        rows["similarity"] = f"{view.similarity:.3f}"
    return rows


def _beside(text: str, origin: str) -> str:
    """A value, and where it is from, as HTML."""
    return html.escape(text) + (f" <span style='color: {_COLORS[None]}'>({html.escape(origin)})</span>" if origin else "")


def _targets(record: ResultFile, say: Callable[[str], str]) -> str:
    """Where the targets are, where each X-ray shows them, how far off that may be; of a curve and the like its middle."""
    rows: list[list[str]] = []
    for target in record.targets:
        count = len(target.points_ras)
        if count > _MOST_POINTS:
            rows.append(_target_row(say(f"{target.name}, middle of {count} points"), target, slice(None), say))
        else:
            names = [f"{target.name} {number + 1}" if count > 1 else target.name for number in range(count)]
            rows += [_target_row(name, target, slice(number, number + 1), say) for number, name in enumerate(names)]
    if not rows:
        return ""
    numbers = sorted({view.xray for target in record.targets for view in target.views})
    columns = ("", "R, A, S mm", "std, mm", *(say(f"X-ray {number}: px; 95 % of errors") for number in numbers))
    left = len(rows) - _MOST_TARGETS
    more = f"<p>{html.escape(say(f'{left} more in targets.csv'))}.</p>" if left > 0 else ""
    return _section(say("Targets"), _table(columns, rows[:_MOST_TARGETS]) + more)


def _target_row(name: str, target: TargetRecord, points: slice, say: Callable[[str], str]) -> list[str]:
    """Mean of the points; the largest of their errors."""
    std = target.std_mm[points].max(axis=0)
    error = " x ".join(f"{value:.1f}" for value in std) if np.isfinite(std).all() else say("not known")
    row = [name, ", ".join(f"{value:.1f}" for value in target.points_ras[points].mean(axis=0)), error]
    for view in sorted(target.views, key=lambda view: view.xray):
        column, line = view.points_px[points].mean(axis=0)
        off = view.error_95_mm[points].max()
        place = f"{column:.1f}, {line:.1f}" if np.isfinite(column) else say("not before the source")
        row.append(f"{place}; {off:.1f} mm" if np.isfinite(off) and np.isfinite(column) else place)
    return row


def _how(record: ResultFile, comment: str, say: Callable[[str], str]) -> str:
    found = record.provenance
    rows = [
        ("method", f"{say(found.method)}{say(', tried: ' + ', '.join(found.tried)) if found.tried else ''}"),
        ("computed on", found.device),
        ("versions", ", ".join(f"{name} {version}" for name, version in found.versions.items())),
        ("seed", "" if found.seed is None else str(found.seed)),
        ("time", f"{record.timing_s['total']:.1f} s" if "total" in record.timing_s else ""),
        ("weights", str(found.weights.get("trained_on", ""))),
        ("comment", comment),
        ("notes", "; ".join(say(note) for note in record.notes[:_MOST_NOTES])),
    ]
    return _section(say("How it was found"), _table(("", ""), [(say(name), text) for name, text in rows if text]))


def _section(title: str, content: str) -> str:
    return f"<p><b>{html.escape(title)}</b></p>{content}"


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]], is_html: bool = False) -> str:
    def cell(text: str) -> str:
        return f"<td>{text if is_html else html.escape(text)}</td>"

    head = "".join(f"<th align='left'>{html.escape(name)}</th>" for name in columns) if any(columns) else ""
    body = "".join(f"<tr>{''.join(cell(text) for text in row)}</tr>" for row in rows)
    return f"<table cellpadding='1' cellspacing='2'>{f'<tr>{head}</tr>' if head else ''}{body}</table>"

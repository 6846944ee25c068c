"""An HTML page that opens without a network: text, tables, drawings as SVG, pictures inside the file."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape
from pathlib import Path

import numpy as np

from RayEmbRegistrationLib.files.writing import write_text

_JPEG_QUALITY = 88
_STYLE = """
:root { color-scheme: light; }
body { margin: 0; background: #f4f5f8; color: #1f2733; font: 15px/1.5 system-ui, "Segoe UI", sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 28px 24px 60px; }
h1 { font-size: 26px; margin: 6px 0 4px; }
h2 { font-size: 19px; margin: 16px 0 8px; } h3 { font-size: 15px; margin: 18px 0 6px; }
p, li { max-width: 100ch; margin: 6px 0; } ul { margin: 6px 0; padding-left: 20px; }
.faint { color: #67707f; font-size: 13px; }
section { background: #fff; border: 1px solid #e1e4ea; border-radius: 8px; padding: 4px 20px 18px; margin: 16px 0; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-size: 12.5px; font-variant-numeric: tabular-nums; }
th, td { padding: 4px 5px; text-align: right; white-space: nowrap; border-bottom: 1px solid #eceef2; }
th { color: #556070; font-weight: 600; vertical-align: bottom; white-space: normal; }
th:first-child, td:first-child { text-align: left; }
td.name, th.name { text-align: left; }
td.words, th.words { text-align: left; white-space: normal; }
tr.first td { border-top: 2px solid #c9cfd9; } .best { font-weight: 700; }
small { color: #67707f; display: block; font-size: 10.5px; letter-spacing: -0.01em; } svg { max-width: 100%; height: auto; }
.row { display: flex; flex-wrap: wrap; gap: 14px; align-items: flex-start; }
figure { margin: 0; } figcaption { font-size: 13px; }
figure img { display: block; max-width: 100%; border-radius: 4px; }
.key span { display: inline-block; width: 11px; height: 11px; border-radius: 50%; }
.key span { margin: 0 5px 0 12px; vertical-align: -1px; }
@media print { body { background: #fff; } section { border: 0; break-inside: avoid; } }
"""


class Page:
    """A page that grows from top to bottom."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._parts = [f"<h1>{escape(title)}</h1>"]

    def section(self, title: str, *parts: str) -> None:
        """A titled box of ready-made parts; none at all makes no section."""
        if any(parts):
            self._parts.append(f"<section><h2>{escape(title)}</h2>{''.join(parts)}</section>")

    def add(self, part: str) -> None:
        """A part outside of any section."""
        self._parts.append(part)

    def write(self, path: Path) -> None:
        """Write the page."""
        head = (
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
            f"<title>{escape(self._title)}</title><style>{_STYLE}</style></head>"
        )
        write_text(path, f"{head}<body><main>{''.join(self._parts)}</main></body></html>\n")


def paragraph(words: str, faint: bool = False) -> str:
    """A paragraph of plain words."""
    return f"<p{_class(faint, 'faint')}>{escape(words)}</p>"


def bullets(lines: Sequence[tuple[str, str]]) -> str:
    """A list; of each line a name in bold, then words."""
    items = "".join(f"<li><strong>{escape(name)}</strong>{escape(words)}</li>" for name, words in lines)
    return f"<ul>{items}</ul>" if items else ""


def heading(words: str) -> str:
    """A heading within a section."""
    return f"<h3>{escape(words)}</h3>"


def table(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    words: Sequence[int] = (),
    firsts: Sequence[int] = (),
    names: Sequence[int] = (),
) -> str:
    """A table of ready-made cells.

    Args:
        header: plain words.
        rows: cells, HTML already.
        words: columns of running text, which may break.
        firsts: rows that begin something new.
        names: columns of names, besides the first.
    """
    head = "".join(f"<th{_column_class(n, words, names)}>{escape(name)}</th>" for n, name in enumerate(header))
    body = "".join(
        f"<tr{_class(number in firsts, 'first')}>"
        + "".join(f"<td{_column_class(n, words, names)}>{cell}</td>" for n, cell in enumerate(row))
        + "</tr>"
        for number, row in enumerate(rows)
    )
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def row(*parts: str) -> str:
    """Parts side by side, as far as there is room."""
    return f'<div class="row">{"".join(parts)}</div>'


def picture(image: np.ndarray, caption: str = "") -> str:
    """An RGB picture inside the page, as JPEG.

    Raises:
        OSError: it could not be encoded.
    """
    import cv2

    done, data = cv2.imencode(".jpg", np.ascontiguousarray(image[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    if not done:
        raise OSError("a picture of the report could not be encoded")
    text = base64.b64encode(data.tobytes()).decode("ascii")
    label = escape(caption, quote=True)
    below = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return f'<figure><img alt="{label}" width="{image.shape[1]}" src="data:image/jpeg;base64,{text}">{below}</figure>'


def color_key(entries: Sequence[tuple[str, str]]) -> str:
    """Names beside dots of their colours."""
    dots = "".join(f'<span style="background:{color}"></span>{escape(name)}' for name, color in entries)
    return f'<p class="key">{dots}</p>'


def _column_class(column: int, words: Sequence[int], names: Sequence[int]) -> str:
    return _class(column in words, "words") or _class(column in names, "name")


def _class(given: bool, name: str) -> str:
    return f' class="{name}"' if given else ""

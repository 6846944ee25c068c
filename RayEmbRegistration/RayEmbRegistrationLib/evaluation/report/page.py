"""The report's page from its template: one file that opens without a network."""

from __future__ import annotations

import base64
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from RayEmbRegistrationLib.files.writing import write_text
from RayEmbRegistrationLib.problems import InputProblem

from .drawing import svg_of

TEMPLATE = Path(__file__).with_name("report.html.jinja")
_PACKAGES = {"jinja2": "Jinja2", "matplotlib": "Matplotlib"}
_JPEG_QUALITY = 88  # chosen: edges without visible blocks, and a page that can be mailed


def can_be_made() -> bool:
    """Whether the packages that a report needs are there."""
    return not _missing()


def _missing() -> list[str]:
    return [name for module, name in _PACKAGES.items() if find_spec(module) is None]


def check_packages() -> None:
    """See whether a report can be made at all, before hours of work.

    Raises:
        InputProblem: what to install.
    """
    missing = _missing()
    if missing:
        needed = " and ".join(missing)
        raise InputProblem(f"the report needs {needed}; install what it needs: pip install 'rayemb-registration[compare]'")


def write_page(path: Path, content: dict[str, Any], template: Path = TEMPLATE) -> None:
    """Fill in a template; all words are escaped, drawings are taken as they are.

    Raises:
        InputProblem: the file could not be written.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATE.parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["jpeg"] = _jpeg
    environment.filters["svg"] = svg_of
    write_text(path, environment.get_template(template.name).render(content))


def _jpeg(image: np.ndarray) -> str:
    """An RGB picture as an address that holds it.

    Raises:
        OSError: it could not be encoded.
    """
    import cv2

    done, data = cv2.imencode(".jpg", np.ascontiguousarray(image[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    if not done:
        raise OSError("a picture of the report could not be encoded")
    return f"data:image/jpeg;base64,{base64.b64encode(data.tobytes()).decode('ascii')}"

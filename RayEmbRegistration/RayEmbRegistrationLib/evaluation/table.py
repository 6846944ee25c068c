"""Tables of results: CSV for other programs, fixed-width text for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path

from RayEmbRegistrationLib.files import writing

from .metrics import PERCENTILES, SUCCESS_LIMITS_MM, PoseErrors, Summary

_HEADINGS = {
    "mtre_mm": "mTRE mm",
    "mpd_mm": "mPD mm",
    "mrpd_mm": "mRPD mm",
    "rotation_deg": "rotation deg",
    "in_plane_mm": "in-plane mm",
    "depth_mm": "depth mm",
    "dgeo_mm": "dGeo mm",
}
Value = str | int | float | bool | None


def write_csv(
    path: Path | str, errors: Mapping[str, PoseErrors | None], extra: Mapping[str, Mapping[str, Value]] | None = None
) -> None:
    """Write one line a case.

    Args:
        path: of the CSV file; its folder is made if need be.
        errors: by the case's name; None where the true pose is unknown.
        extra: more columns by the case's name (time, confidence).
    """
    extra = extra or {}
    more = sorted({column for values in extra.values() for column in values})
    measures = [field.name for field in fields(PoseErrors)]
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    lines = []
    for name, error in errors.items():
        numbers = {} if error is None else {key: f"{value:.4f}" for key, value in asdict(error).items()}
        line = {"case": name, **numbers, **extra.get(name, {})}
        lines.append([line.get(column, "") for column in ("case", *measures, *more)])
    writing.write_csv(path, ["case", *measures, *more], lines)


def text_table(header: Sequence[str], rows: Sequence[Sequence[Value]]) -> str:
    """A fixed-width table: first column left, the others right; floats with two decimals."""
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [max(len(line[n]) for line in [list(header), *cells]) for n in range(len(header))]
    lines = [_line(header, widths), "  ".join("-" * width for width in widths)]
    return "\n".join([*lines, *(_line(row, widths) for row in cells)])


def cases_table(errors: Mapping[str, PoseErrors]) -> str:
    """One line a case."""
    return text_table(
        ["case", *_HEADINGS.values()], [[name, *(getattr(e, key) for key in _HEADINGS)] for name, e in errors.items()]
    )


def summary_table(summary: Summary) -> str:
    """Percentiles of every measure, then success rates."""
    header = ["measure", *(f"{p} %" for p in PERCENTILES), "median, 95 % interval"]
    rows: list[list[Value]] = [
        [_HEADINGS[row.measure], *row.percentiles, "{:.2f} - {:.2f}".format(*row.median_interval)] for row in summary.rows
    ]
    success: list[list[Value]] = [
        [f"< {limit:g} mm", f"{100 * share:.1f} %", f"{100 * low:.0f} - {100 * high:.0f} %", f"{100 * by_ray:.1f} %"]
        for limit, share, (low, high), by_ray in zip(
            SUCCESS_LIMITS_MM, summary.success, summary.success_intervals, summary.success_by_mrpd, strict=True
        )
    ]
    count = summary.rows[0].count
    title = f"{count} case{'' if count == 1 else 's'}"
    rates = text_table(["success", "by mTRE", "95 % interval", "by mRPD"], success)
    return f"{title}\n{text_table(header, rows)}\n\n{rates}"


def _cell(value: Value) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.2f}" if abs(value) < 1000 else f"{value:.0f}"
    return str(value)


def _line(values: Sequence[str], widths: Sequence[int]) -> str:
    first = values[0].ljust(widths[0])
    return "  ".join([first, *(value.rjust(width) for value, width in zip(values[1:], widths[1:], strict=True))]).rstrip()

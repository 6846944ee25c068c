"""Write the tables of results/*.json into the pages of docs, between <!-- bench:NAME --> and <!-- /bench:NAME -->."""

import json
import re
from pathlib import Path

from common import REPOSITORY, RESULTS


def pages() -> dict[Path, str]:
    """Every page with the tables as the results have them, by its path."""
    texts = {path: path.read_text(encoding="utf-8") for path in sorted((REPOSITORY / "docs").rglob("*.md"))}
    for result in sorted(RESULTS.glob("*.json")):
        content = json.loads(result.read_text(encoding="utf-8"))
        if "ms" in content:  # Testing/gpu/timings.py knows no machine of ours
            content = card_content(content)
        if "rows" not in content:
            continue  # a training on a graphics card, in words of its own
        name = re.escape(content["name"])
        pattern = re.compile(rf"(<!-- bench:{name} -->\n).*?(<!-- /bench:{name} -->)", re.DOTALL)
        table = f"{markdown(content)}\n"
        written = []
        for path, text in texts.items():
            texts[path], count = pattern.subn(lambda found, table=table: found[1] + table + found[2], text)
            written += [str(path.relative_to(REPOSITORY))] * bool(count)
        print(f"{content['name']}: {'written to ' + ', '.join(written) if written else 'no text has markers for it'}")
    return texts


def update_docs() -> None:
    """Replace the text between each pair of markers whose results are there."""
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8", newline="\n")


def card_content(timings: dict) -> dict:
    """Timings of Testing/gpu in the form of the benchmarks: a row a step, a column a device."""
    about, by_device = timings["about"], timings["ms"]
    steps = dict.fromkeys(step for device in by_device.values() for step in device)
    rows = [{"step": step} | {f"{device}, ms": times.get(step) for device, times in by_device.items()} for step in steps]
    note = f"Milliseconds on an {about['card']} and on {about['threads']} cores beside it, PyTorch {about['torch']}."
    return {"name": "gpu", "note": note, "rows": rows, "machine": None}


def markdown(content: dict) -> str:
    """The note, the table and the machine of one benchmark."""
    keys = list(content["rows"][0])
    lines = [f"| {' | '.join(keys)} |", f"|{'---|' * len(keys)}"]
    lines += [f"| {' | '.join(_cell(row.get(key)) for key in keys)} |" for row in content["rows"]]
    machine = content["machine"]
    made = machine and (
        f"Measured {machine['date']} on {machine['cpu']}, {machine['cores']} cores, PyTorch {machine['torch']} with "
        f"{machine['torch_threads']} threads."
    )
    return "\n".join([*([content["note"], ""] if content["note"] else []), *lines, *(["", made] if made else [])])


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return str(value).replace("|", "\\|")


if __name__ == "__main__":
    update_docs()

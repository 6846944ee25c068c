"""Write the tables of results/*.json into README.md and docs, between <!-- bench:NAME --> and <!-- /bench:NAME -->."""

import json
import re

from common import REPOSITORY, RESULTS


def update_readme() -> None:
    """Replace the text between each pair of markers whose results are there."""
    paths = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]
    texts = {path: path.read_text(encoding="utf-8") for path in paths}
    for result in sorted(RESULTS.glob("*.json")):
        content = json.loads(result.read_text(encoding="utf-8"))
        if "rows" not in content:
            continue  # from a graphics card, in words of its own
        name = re.escape(content["name"])
        pattern = re.compile(rf"(<!-- bench:{name} -->\n).*?(<!-- /bench:{name} -->)", re.DOTALL)
        table = f"{markdown(content)}\n"
        written = []
        for path, text in texts.items():
            texts[path], count = pattern.subn(lambda found, table=table: found[1] + table + found[2], text)
            written += [str(path.relative_to(REPOSITORY))] * bool(count)
        print(f"{content['name']}: {'written to ' + ', '.join(written) if written else 'no text has markers for it'}")
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")


def markdown(content: dict) -> str:
    """The note, the table and the machine of one benchmark."""
    keys = list(content["rows"][0])
    lines = [f"| {' | '.join(keys)} |", f"|{'---|' * len(keys)}"]
    lines += [f"| {' | '.join(_cell(row.get(key)) for key in keys)} |" for row in content["rows"]]
    machine = content["machine"]
    made = (
        f"Measured {machine['date']} on {machine['cpu']}, {machine['cores']} cores, PyTorch {machine['torch']} with "
        f"{machine['torch_threads']} threads."
    )
    return "\n".join([*([content["note"], ""] if content["note"] else []), *lines, "", made])


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return str(value).replace("|", "\\|")


if __name__ == "__main__":
    update_readme()

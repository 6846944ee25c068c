"""Hook of MkDocs: pictures, schemas and example tables that live elsewhere in the repository become part of the site."""

import json
import re
from pathlib import Path

from mkdocs.structure.files import File

REPOSITORY = Path(__file__).resolve().parents[1]
SCHEMAS = REPOSITORY / "RayEmbRegistration" / "RayEmbRegistrationLib" / "files" / "schemas"
PICTURES = [*sorted((REPOSITORY / "Resources" / "Screenshots").glob("*.png"))]
PICTURES += [REPOSITORY / "Testing" / "bench" / "results" / f"{name}.png" for name in ("quality", "step_phantom")]


def on_files(files, config):
    """Add them under pictures/ and schemas/."""
    for folder, paths in (("pictures", PICTURES), ("schemas", sorted(SCHEMAS.glob("*.json")))):
        for path in paths:
            files.append(File.generated(config, f"{folder}/{path.name}", abs_src_path=str(path)))
    return files


def on_page_markdown(markdown, page, config, files):
    """Put the table of a schema's keys where a page asks for it."""
    return re.sub(r"<!-- schema:(\w+) -->", lambda found: "\n\n" + schema_table(found[1]), markdown)


def schema_table(name: str) -> str:
    """Keys of a schema and what it says of them."""
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))
    required = set(schema.get("required", ()))
    lines = ["| key | type | holds |", "|---|---|---|"]
    for key, about in schema["properties"].items():
        text = described(about).replace("|", "\\|")
        lines.append(f"| `{key}` | {kind(about)} | {text}{' (required)' if key in required else ''} |")
    return "\n".join(lines)


def described(about: dict) -> str:
    """The description of a key, or of the first of its choices that has one; a constant is its own."""
    if "const" in about:
        return f"`{about['const']}`"
    choices = (about, *about.get("anyOf", ()), *about.get("oneOf", ()))
    return next((choice["description"] for choice in choices if "description" in choice), "")


def kind(about: dict) -> str:
    """The type of a key in words."""
    kinds = [about["type"]] if isinstance(about.get("type"), str) else list(about.get("type", ()))
    for choice in (*about.get("anyOf", ()), *about.get("oneOf", ())):
        kinds += [kind(choice)]
    if not kinds:
        kinds = ["number" if isinstance(about.get("enum", [None])[0], int) else "string"]
    return " or ".join(dict.fromkeys(kinds))

"""Bring the translations in line with the sources: Translations/*.ts, and what the module loads in Resources/Translations.

python Testing/make_translations.py                    after a text was changed; then translate what is said to be unfinished
python Testing/make_translations.py --language ja      begins a language
python Testing/make_translations.py --list de          prints what is unfinished

The .ts files are edited by Qt's Linguist or by hand. The .qm files, which Qt reads, are made of them by Qt's lrelease.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

from translation_files import read_ts, write_ts
from translation_texts import LIBRARY, SENTENCES, texts

REPOSITORY = Path(__file__).resolve().parents[1]
TRANSLATIONS = REPOSITORY / "Translations"
RESOURCES = LIBRARY.parent / "Resources" / "Translations"
NAME = "RayEmbRegistration"


def ts_path(language: str) -> Path:
    return TRANSLATIONS / f"{NAME}_{language}.ts"


def languages() -> list[str]:
    """Those that there is a file of."""
    return sorted(path.stem.removeprefix(f"{NAME}_") for path in TRANSLATIONS.glob(f"{NAME}_*.ts"))


def templates_text(found: dict[str, list[str]]) -> str:
    """The templates of the library's sentences, as the panel reads them."""
    return json.dumps(found[SENTENCES], indent=0, ensure_ascii=False) + "\n"


def release(language: str, folder: Path = RESOURCES) -> Path:
    """Make the .qm file of a language."""
    path = folder / f"{NAME}_{language}.qm"
    tool = Path(sys.executable).parent / "pyside6-lrelease"
    command = [str(tool), "-silent", "-nounfinished", str(ts_path(language)), "-qm", str(path)]
    subprocess.run(command, check=True)  # noqa: S603 - Qt's own tool
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--language", metavar="CODE", help="begin a language, such as ja")
    parser.add_argument("--list", metavar="CODE", help="print what is unfinished in a language, and write nothing")
    arguments = parser.parse_args()
    found = texts()
    if arguments.list:
        known = read_ts(ts_path(arguments.list))
        for context, sources in sorted(found.items()):
            for source in sources:
                if source not in known.get(context, {}):
                    print(f"{context}\t{source!r}")
        return
    TRANSLATIONS.mkdir(exist_ok=True)
    RESOURCES.mkdir(exist_ok=True)
    (RESOURCES / "sentences.json").write_text(templates_text(found), encoding="utf-8", newline="\n")
    for language in sorted({*languages(), *([arguments.language] if arguments.language else [])}):
        missing = write_ts(ts_path(language), found, read_ts(ts_path(language)), language)
        release(language)
        count = sum(len(sources) for sources in found.values())
        print(f"{language}: {count} texts, {missing} unfinished" + (f"; see --list {language}" if missing else ""))


if __name__ == "__main__":
    main()

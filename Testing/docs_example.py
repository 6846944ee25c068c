"""Run the commands of docs/first-registration.md as they stand there; keep what they print and draw for the page.

    .venv/bin/python Testing/docs_example.py

Writes the blocks of text that follow ``<!-- test: output -->`` in the page, and Resources/Screenshots/first_*.png. It takes
minutes and needs the extra ``pictures``. Times that it shows are those of the machine that ran it.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2

REPOSITORY = Path(__file__).resolve().parents[1]
PAGE = REPOSITORY / "docs" / "first-registration.md"
SCREENSHOTS = REPOSITORY / "Resources" / "Screenshots"
STEP = re.compile(r"^```bash\n(?P<command>rayemb .*)\n```$(?P<between>\s+<!-- test: output -->\n```text\n)?", re.MULTILINE)
WIDTH_PX = {"sheet": 1400, "scene": 800}


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        page, done = PAGE.read_text(encoding="utf-8"), 0
        while step := STEP.search(page, done):
            said = run(step["command"], Path(folder))
            done = step.end()
            if step["between"]:
                rest = page[done:]
                page = page[:done] + said.rstrip() + "\n" + rest[rest.index("```") :]
        PAGE.write_text(page, encoding="utf-8")
        for name, width in WIDTH_PX.items():
            picture = cv2.imread(str(Path(folder) / "pictures" / f"{name}.png"))
            height = round(picture.shape[0] * width / picture.shape[1])
            small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
            cv2.imwrite(str(SCREENSHOTS / f"first_{name}.png"), small, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    return 0


def run(command: str, folder: Path) -> str:
    """Standard output of one command; a status that is no success ends the run."""
    words = [sys.executable, "-m", "RayEmbRegistrationLib", *command.split()[1:]]
    path = {"PYTHONPATH": str(REPOSITORY / "RayEmbRegistration")}
    answer = subprocess.run(words, cwd=folder, env=os.environ | path, capture_output=True, text=True, check=False)  # noqa: S603
    print(f"{command}: {answer.returncode}", flush=True)
    if answer.returncode != 0:
        sys.exit(answer.stderr)
    return re.sub(r"system Linux[^,\n]*", "system Linux", answer.stdout)


if __name__ == "__main__":
    sys.exit(main())

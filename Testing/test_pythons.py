"""Install the package on every Python of version 3.10 to 3.13 that is at hand, and run the quick tests there.

    .venv/bin/python Testing/test_pythons.py                 with the pins of requirements.txt
    .venv/bin/python Testing/test_pythons.py --oldest        with the oldest releases that pyproject.toml allows, on 3.10
    .venv/bin/python Testing/test_pythons.py --resolve       only ask pip whether the pins suit each Python

Environments are kept in build/pythons, so that a second run is quick. The exit status is 0 if all passed.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
FOLDER = REPOSITORY / "build" / "pythons"
VERSIONS = ("3.10", "3.11", "3.12", "3.13")
QUICK = (
    "public_face",
    "geometry_c_arm",
    "geometry_camera",
    "camera_files",
    "ct_reading",
    "xray_reading",
    "detector_subspace",
)
QUICK += ("metrics", "similarity", "projector")
REGISTERS = ("test_docs.py", "-k", "snippets_run and README")  # the six lines of the README, on files that the test makes
TOOLS = ("pytest==9.2.0", "jsonschema==4.25.1", "nibabel==5.4.2")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--oldest", action="store_true", help="lower bounds instead of pins")
    parser.add_argument("--resolve", action="store_true", help="install nothing")
    parser.add_argument("--only", choices=VERSIONS, nargs="+", default=VERSIONS)
    arguments = parser.parse_args()
    failed = []
    for version in ["3.10"] if arguments.oldest else arguments.only:
        interpreter = find(version)
        if interpreter is None:
            print(f"Python {version}: not at hand")
            continue
        passed = resolve(interpreter) if arguments.resolve else check(version, interpreter, arguments.oldest)
        print(f"Python {version}: {'passed' if passed else 'FAILED'}", flush=True)
        failed += [] if passed else [version]
    return 1 if failed else 0


def find(version: str) -> str | None:
    """An interpreter of this version: version managers put names on the path that do not start."""
    home = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    for candidate in (*sorted(home.glob(f"versions/{version}.*/bin/python")), shutil.which(f"python{version}")):
        if candidate and subprocess.run([candidate, "-c", "pass"], capture_output=True, check=False).returncode == 0:  # noqa: S603
            return str(candidate)
    return None


def resolve(interpreter: str) -> bool:
    """Whether pip finds all pins for this Python."""
    pins = ["--requirement", str(REPOSITORY / "Testing" / "requirements.txt")]
    return run(interpreter, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed", *pins)


def check(version: str, interpreter: str, oldest: bool) -> bool:
    """Install into an environment of its own, and run the quick tests there."""
    environment = FOLDER / f"{version}{'-oldest' if oldest else ''}"
    python = str(environment / ("Scripts" if os.name == "nt" else "bin") / "python")
    if not Path(python).exists() and not run(interpreter, "-m", "venv", str(environment)):
        return False
    if oldest:
        wanted = [line.replace(">=", "==") for line in lower_bounds()]
    else:
        wanted = ["--constraint", str(REPOSITORY / "Testing" / "requirements.txt"), *map(name_of, lower_bounds())]
    if not run(python, "-m", "pip", "install", "--quiet", *wanted, *TOOLS):
        return False
    tests, pytest = REPOSITORY / "Testing" / "Python", (python, "-m", "pytest", "-q", "-p", "no:cacheprovider")
    quick = run(*pytest, *(str(tests / f"test_{name}.py") for name in QUICK))
    return run(*pytest, str(tests / REGISTERS[0]), *REGISTERS[1:]) and quick


def lower_bounds() -> list[str]:
    """The requirements of pyproject.toml, such as numpy>=1.26."""
    text = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
    return re.findall(r'"([^"]+)"', text.split("dependencies = [\n")[1].split("]")[0])


def name_of(requirement: str) -> str:
    return requirement.split(">=", maxsplit=1)[0]


def run(*command: str) -> bool:
    return subprocess.run(command, cwd=REPOSITORY, check=False).returncode == 0  # noqa: S603


if __name__ == "__main__":
    sys.exit(main())

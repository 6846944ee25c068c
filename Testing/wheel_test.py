"""Build the wheel, install it into an empty environment, and register a case that it makes itself.

    .venv/bin/python Testing/wheel_test.py
    .venv/bin/python Testing/wheel_test.py --python python3.13 --keep build/wheel-test
    .venv/bin/python Testing/wheel_test.py --linked

Nothing of the repository is on the environment's path. Versions are held to the pins of requirements.txt, so that the run
tells of the wheel and not of a release of today. With --linked, what the wheel asks for, and what that asks for in turn, is
linked from this interpreter's packages, and nothing else is seen: a minute less. The exit status is 0 if all went well.
"""

import argparse
import json
import os
import subprocess
import sys
import sysconfig
import tempfile
import time
import zipfile
from importlib import metadata
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
PINS = REPOSITORY / "Testing" / "requirements.txt"
COHORT = "pelvis-easy"
LARGEST_ERROR_MM = 2.0
# What a user would type in Python, README's lines; the error is measured by the package itself.
PROGRAM = """
import json, sys
import RayEmbRegistrationLib as lib
assert "torch" not in sys.modules, "the import must stay light"
from RayEmbRegistrationLib.files.camera import read_pose
from RayEmbRegistrationLib.volumes.reading import read_ct
from RayEmbRegistrationLib.evaluation.metrics import pose_errors
camera = lib.read_camera(sys.argv[1]).camera
points = read_ct(sys.argv[4]).volume
points = points.ras_from_index(__import__("numpy").argwhere(points.hu > 300)[::5000, ::-1])
print(pose_errors(read_pose(sys.argv[2]), read_pose(sys.argv[3]), camera, points).mtre_mm)
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", default=sys.executable, help="interpreter of the new environment (default: this one)")
    parser.add_argument(
        "--linked", action="store_true", help="link the packages that it asks for, in place of installing them"
    )
    parser.add_argument("--keep", metavar="DIR", type=Path, help="work here and leave all (default: a temporary folder)")
    arguments = parser.parse_args()
    began = time.perf_counter()
    if arguments.keep is not None:
        arguments.keep.mkdir(parents=True, exist_ok=True)
        check(arguments.keep.resolve(), arguments.python, arguments.linked)
    else:
        with tempfile.TemporaryDirectory() as folder:
            check(Path(folder), arguments.python, arguments.linked)
    print(f"the wheel works in an empty environment ({time.perf_counter() - began:.0f} s)")
    return 0


def check(folder: Path, interpreter: str, linked: bool) -> None:
    """Build, install, make a case, register it, and compare with the truth."""
    wheel = build(folder / "dist")
    environment = folder / "venv"
    scripts = environment / ("Scripts" if os.name == "nt" else "bin")
    if linked:
        run(sys.executable, "-m", "venv", "--without-pip", "--clear", str(environment))
        link_what_is_asked_for(wheel, environment)
        pip = (sys.executable, "-m", "pip", "--python", str(scripts / "python"))
        run(*pip, "install", "-qq", "--no-deps", "--no-index", str(wheel))
        run(*pip, "check")
    else:
        run(interpreter, "-m", "venv", "--clear", str(environment))
        run(str(scripts / "python"), "-m", "pip", "install", "-qq", "--constraint", str(PINS), str(wheel))
    rayemb = str(scripts / "rayemb")
    print(run(rayemb, "--version", cwd=folder).strip())
    run(rayemb, "cases", "cohort", COHORT, "--patients", "1", "--count", "1", "--output", str(folder / "sample"), cwd=folder)
    camera = next((folder / "sample").rglob("*.geometry.json"))
    name = camera.name.removesuffix(".geometry.json")
    xray, truth = camera.with_name(f"{name}.png"), camera.with_name(f"{name}.truth.json")
    ct = next((folder / "sample").rglob("ct.nii.gz"))
    result = folder / "result.json"
    given = ["--ct", str(ct), "--xray", str(xray), "--camera", str(camera), "--output", str(result)]
    print(run(rayemb, "register", *given, cwd=folder).strip())
    assert json.loads(result.read_text(encoding="utf-8"))["quality"]["trusted"], "the result must be trusted"
    error = run(str(scripts / "python"), "-c", PROGRAM, *map(str, (camera, result, truth, ct)), cwd=folder)
    print(f"mTRE {float(error):.2f} mm")
    assert float(error) < LARGEST_ERROR_MM, "the pose must be the true one"


def link_what_is_asked_for(wheel: Path, environment: Path) -> None:
    """Into an environment of this interpreter's version: the packages that pip would install with the wheel."""
    from packaging.requirements import Requirement

    paths = {name: str(environment) for name in ("base", "platbase")}
    packages = Path(sysconfig.get_path("purelib", "venv", vars=paths))
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        asked = metadata.PathDistribution(zipfile.Path(archive, name.removesuffix("METADATA"))).requires or []
    seen = set()
    while asked:
        wanted = Requirement(asked.pop())
        if wanted.name in seen or (wanted.marker is not None and not wanted.marker.evaluate({"extra": ""})):
            continue
        seen.add(wanted.name)
        found = metadata.distribution(wanted.name)
        asked += found.requires or []
        for top in {file.parts[0] for file in found.files or ()} - {"..", "__pycache__"}:
            if not (packages / top).exists():
                (packages / top).symlink_to(found.locate_file(top))


def build(folder: Path) -> Path:
    """The wheel, which must hold the library whole and nothing else."""
    run(sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", str(folder), str(REPOSITORY))
    wheel = max(folder.glob("*.whl"), key=lambda path: path.stat().st_mtime)
    names = [name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name]
    library = REPOSITORY / "RayEmbRegistration" / "RayEmbRegistrationLib"
    tracked = run("git", "ls-files", "-z", "--", str(library), cwd=REPOSITORY).split("\0")
    wanted = [name.removeprefix("RayEmbRegistration/") for name in tracked if name and (REPOSITORY / name).exists()]
    assert sorted(names) == sorted(wanted), sorted(set(names) ^ set(wanted))
    return wheel


def run(*command: str, cwd: Path | None = None) -> str:
    """Standard output of a command that must succeed; nothing of this environment reaches it."""
    environment = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "VIRTUAL_ENV")}
    answer = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if answer.returncode != 0:
        sys.exit(f"FAILED ({answer.returncode}): {' '.join(command)}\n{answer.stdout}{answer.stderr}")
    return answer.stdout


if __name__ == "__main__":
    sys.exit(main())

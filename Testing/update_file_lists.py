"""Rewrite the list of Python files in RayEmbRegistration/CMakeLists.txt from what git tracks.

A file missing from that list would be missing from the installed extension. Run it after `git add`.
"""

import subprocess
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
CMAKE_LIST = REPOSITORY / "RayEmbRegistration" / "CMakeLists.txt"
BEGIN, END = "  # begin Python files\n", "  # end Python files\n"


def tracked_python_files() -> list[str]:
    """Return the module's Python files, relative to RayEmbRegistration/, sorted as they are listed."""
    command = ["git", "ls-files", "-z", "--", "*.py"]
    names = subprocess.run(command, cwd=CMAKE_LIST.parent, check=True, capture_output=True, text=True).stdout  # noqa: S603
    return sorted(name for name in names.split("\0") if name and (CMAKE_LIST.parent / name).exists())


def listed_python_files() -> list[str]:
    """Return the files that RayEmbRegistration/CMakeLists.txt lists between the two markers."""
    listed = CMAKE_LIST.read_text(encoding="utf-8").split(BEGIN)[1].split(END)[0]
    return [line.strip() for line in listed.splitlines()]


def main() -> None:
    """Write the list, and say what changed."""
    before, after = set(listed_python_files()), set(tracked_python_files())
    head, rest = CMAKE_LIST.read_text(encoding="utf-8").split(BEGIN)
    lines = "".join(f"  {name}\n" for name in tracked_python_files())
    CMAKE_LIST.write_text(head + BEGIN + lines + END + rest.split(END)[1], encoding="utf-8", newline="\n")
    for name in sorted(after - before):
        print("added  ", name)
    for name in sorted(before - after):
        print("removed", name)
    print(f"{len(after)} Python files are listed in RayEmbRegistration/CMakeLists.txt.")


if __name__ == "__main__":
    main()

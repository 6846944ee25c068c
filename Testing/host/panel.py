"""Open the module in the host: a window where there is a display, otherwise pictures of it.

usage: panel.py [--output output/panel] [--module MODULE.py] [--picture] [--size 1400x900] [FILE ...]

Files (volumes, scenes) are loaded first, so that anyone can try the panel on data of their own without Slicer.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
MODULE = REPOSITORY / "RayEmbRegistration" / "RayEmbRegistration.py"


def main(arguments: list[str] | None = None) -> int:
    options = parsed(arguments)
    has_display = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")) or sys.platform in ("darwin", "win32")
    picture = options.picture or not has_display
    if picture:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    sys.path.insert(0, str(REPOSITORY / "Testing"))
    from host.app import boot

    host = boot()
    host.mainWindow.resize(*options.size)
    loaded = host.load_module(options.module)
    for path in options.files:
        host.app.coreIOManager().loadFile(path)
    host.app.layoutManager().resetSliceViews()
    host.app.layoutManager().resetThreeDViews()
    host.process_events(0.5)
    if picture:
        write_pictures(host, loaded, options.output)
    else:
        host.app.testing = False
        host.app.setQuitOnLastWindowClosed(True)
        host.app.exec()
    for problem in host.problems():
        print(problem, file=sys.stderr)
    return 1 if host.problems() else 0


def write_pictures(host, loaded, folder: Path) -> None:
    """Write the whole window, and the panel in its full length with its sections opened."""
    host.grab(folder / "window.png")
    print(folder / "window.png")
    host.grab_panel(folder / "panel.png")
    print(folder / "panel.png")


def parsed(arguments) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=REPOSITORY / "output" / "panel", help="folder of the pictures")
    parser.add_argument("--module", type=Path, default=MODULE, help="the scripted module to open")
    parser.add_argument("--picture", action="store_true", help="write pictures even where there is a display")
    parser.add_argument("--size", type=size, default=(1400, 900), help="of the window, as WIDTHxHEIGHT in pixels")
    parser.add_argument("files", nargs="*", metavar="FILE", help="volumes or scenes to load")
    return parser.parse_args(arguments)


def size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    if not (width.isdigit() and height.isdigit()):
        raise argparse.ArgumentTypeError(f"{text} is no size; write it as 1400x900.")
    return int(width), int(height)


if __name__ == "__main__":
    raise SystemExit(main())

"""Draw the panel on small and large screens, light and dark, with a large font, and in German; fail where a text is cut.

    .venv/bin/python Testing/screen_pictures.py                  into output/screen_pictures
    .venv/bin/python Testing/screen_pictures.py --screenshots    also into Resources/Screenshots, for the docs

The sample is registered by a click, once for each language.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from panel_pictures import REPOSITORY, Studio

MODULE = REPOSITORY / "RayEmbRegistration" / "RayEmbRegistration.py"
SECTIONS = ("xraysCollapsibleButton", "resultCollapsibleButton", "virtualCollapsibleButton", "advancedCollapsibleButton")
"""One picture each of the whole window, scrolled to them, is looked at for cut texts; that of the result is kept."""


@dataclass(frozen=True)
class Screen:
    """How the panel is looked at.

    Attributes:
        name: of the picture.
        size: px of the window.
        dark: whether the application's colours are.
        font: how large its font is, against the usual one.
        language: of the application's settings.
    """

    name: str
    size: tuple[int, int]
    dark: bool = False
    font: float = 1.0
    language: str = "en-US"


SMALL, LARGE = (1366, 768), (1920, 1080)
SCREENS = (
    Screen("screen_small_light", SMALL),
    Screen("screen_small_dark", SMALL, dark=True),
    Screen("screen_small_font150", SMALL, font=1.5),
    Screen("screen_large_light", LARGE),
    Screen("screen_large_dark", LARGE, dark=True),
    Screen("screen_large_font150", LARGE, font=1.5),
    Screen("screen_large_font150_dark", LARGE, dark=True, font=1.5),
    Screen("screen_small_german", SMALL, language="de-DE"),
    Screen("screen_large_german_font150", LARGE, font=1.5, language="de-DE"),
)

SHOWN = ("screen_small_light", "screen_large_light", "screen_large_dark", "screen_large_font150", "screen_small_german")
"""Those in the docs; all are looked at for cut texts."""


def palette(dark: bool):
    """The application's colours; the dark ones are about those of Slicer's dark style."""
    import qt

    if not dark:
        return qt.QApplication.style().standardPalette()
    colours = qt.QPalette()
    window, base, text, grey = (
        qt.QColor(50, 50, 50),
        qt.QColor(30, 30, 30),
        qt.QColor(240, 240, 240),
        qt.QColor(127, 127, 127),
    )
    for role in (qt.QPalette.Window, qt.QPalette.Button, qt.QPalette.AlternateBase, qt.QPalette.ToolTipBase):
        colours.setColor(role, window)
    colours.setColor(qt.QPalette.Base, base)
    for role in (qt.QPalette.WindowText, qt.QPalette.Text, qt.QPalette.ButtonText, qt.QPalette.ToolTipText):
        colours.setColor(role, text)
        colours.setColor(qt.QPalette.Disabled, role, grey)
    colours.setColor(qt.QPalette.Highlight, qt.QColor(42, 130, 218))
    colours.setColor(qt.QPalette.HighlightedText, qt.QColor(0, 0, 0))
    return colours


def begin(studio: Studio, language: str) -> None:
    """The panel in a language, with the sample registered."""
    studio.host.unload_modules()
    studio.host.clear()
    studio.host.app.setLanguage(language)
    studio.panel = studio.host.load_module(MODULE).widget
    type(studio.panel.logic).cacheFolder = lambda _: studio.folder / "cache"
    ct, xray = sys.modules["RayEmbRegistration"].makeSampleData(2, 2.5)
    studio.choose(ct, [xray])
    studio.register(studio.panel.ui.registerButton)


def look(studio: Studio, screen: Screen, usual: float) -> list[str]:
    """Take the pictures of a screen; returns what is cut."""
    from host.cut_texts import cut_texts

    app = studio.host.app
    font = app.font()
    font.setPointSizeF(usual * screen.font)
    app.setFont(font)
    app.setPalette(palette(screen.dark))
    studio.host.mainWindow.resize(*screen.size)
    studio.host.process_events(1.0)
    found = []
    for section in SECTIONS:
        widget = getattr(studio.panel.ui, section)
        before, widget.collapsed = widget.collapsed, False
        studio.host.process_events(1.0)
        name = (
            screen.name
            if section == "resultCollapsibleButton"
            else f"{screen.name}_{section.removesuffix('CollapsibleButton')}"
        )
        studio.picture(name, section)
        found += [f"{name}: {text}" for text in cut_texts(studio.panel._widget)]
        widget.collapsed = before
    return found


def main() -> None:
    """Draw all screens."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=REPOSITORY / "output" / "screen_pictures")
    parser.add_argument("--screenshots", action="store_true", help="also into Resources/Screenshots")
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    studio, language, cut = Studio(arguments.output), None, []
    usual = studio.host.app.font().pointSizeF()
    for screen in SCREENS:
        if screen.language != language:
            studio.host.app.setPalette(palette(False))
            language = screen.language
            begin(studio, language)
        cut += look(studio, screen, usual)
        if arguments.screenshots and screen.name in SHOWN:
            shutil.copy(studio.taken[screen.name], REPOSITORY / "Resources" / "Screenshots" / f"{screen.name}.png")
    problems = [*cut, *studio.host.problems()]
    if problems:
        raise SystemExit("\n".join(problems))


if __name__ == "__main__":
    main()

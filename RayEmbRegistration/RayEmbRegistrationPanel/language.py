"""The panel's texts in the application's language, which Slicer has in its settings."""

from __future__ import annotations

from pathlib import Path

import slicer

FOLDER = Path(__file__).parents[1] / "Resources" / "Translations"
"""Holds a file ``RayEmbRegistration_<language>.qm`` for each language; Testing/make_translations.py makes them."""


def loadTranslations() -> None:
    """Let the application translate the module's texts; to be called before the first text is asked for.

    Slicer loads the translations of its own folder at its start, never an extension's. English, and a language that there is
    no file of, load nothing.
    """
    slicer.app.loadTranslations(str(FOLDER))


def isEnglish() -> bool:
    """Whether the application speaks the language that the texts are written in."""
    return str(slicer.app.applicationLocaleName).lower().startswith("en")

"""Projectors: X-ray line integrals of a CT and their derivatives."""

from .interface import Projector
from .joseph import JosephProjector
from .labels import render_bones, split_by_label
from .poses import Poses

__all__ = ["JosephProjector", "Poses", "Projector", "render_bones", "split_by_label"]

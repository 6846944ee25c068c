"""Projectors: X-ray line integrals of a CT and their derivatives."""

from .interface import Poses, Projector
from .joseph import JosephProjector
from .labels import render_bones, split_by_label

__all__ = ["JosephProjector", "Poses", "Projector", "render_bones", "split_by_label"]

"""Projectors: X-ray line integrals of a CT and their derivatives."""

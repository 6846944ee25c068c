"""Phantoms of known anatomy, drawn by implicit surfaces."""

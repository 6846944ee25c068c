"""Radiographs: reading, camera files, conditioning."""

"""Anatomy drawn by chance, to train on."""

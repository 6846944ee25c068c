"""Procedural anatomy and realistic X-rays."""

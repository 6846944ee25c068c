"""Poses from landmarks: PnP with consensus, and their correction by the user."""

"""Bone from X-rays: surfaces that a network sees, and shapes fitted where there is no CT."""

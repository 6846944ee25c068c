"""2D/3D registration of a CT to X-rays: numpy and torch only, usable without Slicer."""

__version__ = "0.1.0"

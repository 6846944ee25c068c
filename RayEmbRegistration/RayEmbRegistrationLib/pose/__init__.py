"""Finding and refining the pose."""

"""The colours of everything shown (RGB, 0 to 1), those of the published figures."""

TRUTH = (1.0, 0.0, 1.0)  # magenta: where a landmark truly is
DETECTED = (0.0, 1.0, 1.0)  # cyan: where the detector sees it
PINNED = (0.4, 1.0, 0.3)  # green: where the user says that it is
MARKED = (1.0, 1.0, 1.0)  # white: the landmark that is selected in a table
REPROJECTED = (1.0, 0.75, 0.1)
REJECTED = (0.85, 0.3, 0.3)
RESIDUAL = (1.0, 0.95, 0.4)

INITIAL_POSE = (0.25, 0.85, 0.35)
OPTIMIZED_POSE = (0.25, 0.55, 1.0)
TRUE_POSE = (1.0, 0.25, 0.25)
SOURCE = (1.0, 0.85, 0.2)

CLICKED = (1.0, 0.4, 0.9)  # pink: a click in an X-ray, and its ray
SEEN = (0.6, 1.0, 0.2)  # where clicks in two X-rays meet

EDGES = (1.0, 0.59, 0.12)
BONE = (0.95, 0.9, 0.78)
BONES = (BONE, (0.62, 0.83, 0.66), (0.86, 0.66, 0.55), (0.62, 0.72, 0.9), (0.85, 0.72, 0.88), (0.9, 0.84, 0.5))

METAL = (0.55, 0.65, 0.75)

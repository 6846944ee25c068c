"""What can be chosen from lists; saved with the scene by the members' names."""

from enum import Enum

from slicer.i18n import tr as _


class StartMode(Enum):
    """How a registration begins."""

    AUTOMATIC = "automatic"
    ANGLES = "angles"
    LANDMARKS = "landmarks"
    ENDS = "ends"
    POSE = "pose"

    def label(self) -> str:
        """For the combo box."""
        return {
            "automatic": _("Automatic"),
            "angles": _("C-arm angles"),
            "landmarks": _("Landmark pairs"),
            "ends": _("Ends of the bone"),
            "pose": _("Current pose"),
        }[self.value]


class ViewPrior(Enum):
    """Roughly how the beam runs."""

    ap = "ap"
    pa = "pa"
    lateral = "lateral"
    rightLateral = "right-lateral"
    lao = "lao"
    rao = "rao"
    lpo = "lpo"
    rpo = "rpo"
    any = "any"

    def label(self) -> str:
        """In full."""
        return {
            "ap": _("Front to back (AP)"),
            "pa": _("Back to front (PA)"),
            "lateral": _("From the right to the left side (left lateral)"),
            "right-lateral": _("From the left to the right side (right lateral)"),
            "lao": _("Oblique, the detector at the left in front (LAO)"),
            "rao": _("Oblique, the detector at the right in front (RAO)"),
            "lpo": _("Oblique, the detector at the left behind (LPO)"),
            "rpo": _("Oblique, the detector at the right behind (RPO)"),
            "any": _("Unknown"),
        }[self.value]

    def short(self) -> str:
        """For a row of a table, as radiographers write it."""
        return {
            "ap": _("AP"),
            "pa": _("PA"),
            "lateral": _("L lat."),
            "right-lateral": _("R lat."),
            "lao": _("LAO"),
            "rao": _("RAO"),
            "lpo": _("LPO"),
            "rpo": _("RPO"),
            "any": _("Unknown"),
        }[self.value]


class TrustFor(Enum):
    """What a pose is to be good for; the verdict on that is the one that counts."""

    automatic = "automatic"
    overlay = "overlay"
    position = "position"

    def label(self) -> str:
        """For the combo box."""
        return {
            "automatic": _("Automatic"),
            "overlay": _("Overlay on the X-ray"),
            "position": _("Position in space"),
        }[self.value]


class TrackDirection(Enum):
    """Which way frames are followed from the one that is shown."""

    both = "both"
    forward = "forward"
    backward = "backward"

    def label(self) -> str:
        """For the combo box."""
        return {
            "both": _("Both ways"),
            "forward": _("Forward"),
            "backward": _("Backward"),
        }[self.value]


class Method(Enum):
    """How a pose is found without a start."""

    auto = "auto"
    rayemb = "rayemb"
    search = "search"
    both = "both"

    def label(self) -> str:
        """For the combo box."""
        return {
            "auto": _("Automatic"),
            "rayemb": _("Landmarks (RayEmb)"),
            "search": _("Search by DRRs"),
            "both": _("Landmarks, then search"),
        }[self.value]


class Device(Enum):
    """Where to compute."""

    auto = "auto"
    cpu = "cpu"
    cuda = "cuda"
    mps = "mps"

    def label(self) -> str:
        """For the combo box."""
        return {
            "auto": _("Automatic"),
            "cpu": _("Processor"),
            "cuda": _("Graphics card (CUDA)"),
            "mps": _("Graphics card (Apple)"),
        }[self.value]


class OverlayMode(Enum):
    """How the DRR is laid over the X-ray."""

    blend = "blend"
    edges = "edges"
    checkerboard = "checkerboard"
    wiper = "wiper"
    difference = "difference"
    blink = "blink"

    def label(self) -> str:
        """For the combo box."""
        return {
            "blend": _("Blend"),
            "edges": _("Edges"),
            "checkerboard": _("Checkerboard"),
            "wiper": _("Wiper"),
            "difference": _("Difference"),
            "blink": _("Blink"),
        }[self.value]

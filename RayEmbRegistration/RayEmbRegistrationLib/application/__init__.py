"""What an application does around a registration: choose the device, keep prepared CTs, render DRRs to look at.

No thread, no widget: all of it takes ``progress`` and ``cancelled`` and can run in any thread.
"""

from .assessing import assess_prepared, assess_request
from .corrections import Corrections, solve_again
from .devices import DEVICES, chosen_device, device_in_words, with_fallback
from .open_ct import checked_ct, open_ct
from .open_xray import Typed, open_xray, view_of_pixels, view_prior_of
from .pictures import detect_landmarks, drr_to_look_at, heat_map_of
from .prepared_cache import PreparedCache, content_key
from .reconstruct_request import Reconstructed, reconstruct_request
from .request import Outcome, Request
from .work import carry_out, train_for_patient
from .xray_folder import camera_of, open_xray_folder

__all__ = [
    "DEVICES",
    "Corrections",
    "Outcome",
    "PreparedCache",
    "Reconstructed",
    "Request",
    "Typed",
    "assess_prepared",
    "assess_request",
    "camera_of",
    "carry_out",
    "checked_ct",
    "chosen_device",
    "content_key",
    "detect_landmarks",
    "device_in_words",
    "drr_to_look_at",
    "heat_map_of",
    "open_ct",
    "open_xray",
    "open_xray_folder",
    "reconstruct_request",
    "solve_again",
    "train_for_patient",
    "view_of_pixels",
    "view_prior_of",
    "with_fallback",
]

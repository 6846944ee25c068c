"""What Slicer shows under *Help & Acknowledgement*: what the module does, and a tutorial in three ways to data."""

from __future__ import annotations

from slicer.i18n import tr as _


def helpText() -> str:
    """Rich text; the same steps, with pictures, are the page *Tutorial* of the documentation."""
    about = _(
        "Finds the pose of the bone of a CT in one or more X-rays, and says how far the result can be trusted. "
        "Everything is computed on this computer; nothing is uploaded. For research use, not for clinical use."
    )
    steps = (
        _(
            "<b>A drawn pelvis:</b> module Sample Data, category 2D/3D registration, RayEmbPelvis. CT and X-ray are put in "
            "their places; press Register. Nothing is downloaded."
        ),
        _(
            "<b>A real wrist in a biplane rig:</b> module Sample Data, AutoscoperWrist. Its origin and licence are shown "
            "before it is downloaded. Load one frame of each camera and the bone, and Load calibration... with both files; "
            "click the two ends of the bone in each view (Start from: Ends of the bone), press Register."
        ),
        _(
            "<b>Your own DICOM:</b> load CT and X-rays from the DICOM browser. Geometry and C-arm angles are read from the "
            "tags; what is missing is asked for under X-rays. Press Register, read the verdict, then Export..."
        ),
    )
    tutorial = "".join(f"<li>{step}</li>" for step in steps)
    return f"<p>{about}</p><p>{_('Tutorial:')}</p><ol>{tutorial}</ol>"

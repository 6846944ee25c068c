"""Choices of the detector, each with one thing changed: what ``choices`` measures."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Variant:
    """What differs from the detector as it is.

    Attributes:
        prepare: gives the CT with other templates or points.
        detection: changes of ``DetectionSettings``.
        poses: changes of ``LandmarkPoseSettings``.
        constants: (module, name, value) set while it is measured.
        redetect: detect again by templates rendered around the best pose.
        published: settings of the published scheme instead of ours.
    """

    prepare: Callable = lambda prepared: prepared
    detection: Mapping = field(default_factory=dict)
    poses: Mapping = field(default_factory=dict)
    constants: tuple = ()
    redetect: bool = False
    published: bool = False

    @contextmanager
    def set(self) -> Iterator[None]:
        """The constants, for a while."""
        kept = [(module, name, getattr(module, name)) for module, name, _ in self.constants]
        try:
            for module, name, value in self.constants:
                setattr(module, name, value)
            yield
        finally:
            for module, name, value in kept:
                setattr(module, name, value)


def variants() -> dict[str, Variant]:
    """By name. PoseLib's only where it is installed."""
    from pnp import solvers
    from RayEmbRegistrationLib.detector import detection
    from RayEmbRegistrationLib.detector.matching.screening import ScreenSettings
    from RayEmbRegistrationLib.pose.landmarks import landmark_pose

    def templates(**changes) -> Variant:
        return Variant(lambda prepared: with_other_templates(prepared, **changes))

    found = {
        "as it is": Variant(),
        "1 hypothesis of the view": Variant(detection={"hypotheses": 1}),
        "8 hypotheses of the view": Variant(detection={"hypotheses": 8}),
        "400 instead of 800 points choose the view": Variant(detection={"screening": ScreenSettings(shortlist_points=400)}),
        "points looked for everywhere": Variant(detection={"reach_mm": None, "again_mm": None}),
        "points looked for once, within 30 mm": Variant(detection={"again_mm": None}),
        "points looked for once, within 15 mm": Variant(detection={"reach_mm": 15.0, "again_mm": None}),
        "then again within 8 mm": Variant(detection={"again_mm": 8.0}),
        "ridge 0.1": Variant(detection={"ridge": 0.1}),
        "T = 2 templates": templates(templates=2),
        "T = 8 templates": templates(templates=8),
        "templates tilted by 8 degrees": templates(tilt_deg=8.0),
        "sets 35 degrees apart": templates(spacing_deg=35.0),
        "750 points": Variant(lambda prepared: with_fewer_points(prepared, 2)),
        "375 points": Variant(lambda prepared: with_fewer_points(prepared, 4)),
        "a feature every 4 px": Variant(constants=((detection, "encode", pooled),)),
        "consensus within 10 mm": Variant(poses={"consensus_mm": 10.0}),
        "the 200 likeliest points in the consensus": Variant(constants=((_pnp(), "LIKELIEST", 200),)),
        "detected again around the best pose": Variant(redetect=True),
        "the published scheme": Variant(with_published_templates, published=True),
    }
    if "poselib" in solvers():
        found["PoseLib instead of MAGSAC"] = Variant(constants=((landmark_pose, "consensus", solvers()["poselib"]),))
    return found


def _pnp():
    from RayEmbRegistrationLib.pose.landmarks import pnp

    return pnp


def pooled(encoder, images, masks):
    """Maps of half the resolution, by averaging, brought back to their size."""
    from RayEmbRegistrationLib.detector.networks.encoder import encode
    from torch.nn import functional

    maps = encode(encoder, images, masks)
    small = functional.avg_pool2d(maps, 2, ceil_mode=True)
    return functional.interpolate(small, scale_factor=2, mode="nearest")[..., : maps.shape[-2], : maps.shape[-1]]


def with_other_templates(
    prepared, templates: int = 4, tilt_deg: float = 16.0, spacing_deg: float | None = None, random_rounds: int = 0
):
    """The same CT with other template sets."""
    from RayEmbRegistrationLib.detector.templates import TemplateSettings, make_templates, pixel_mm_for, set_rotations
    from RayEmbRegistrationLib.pose.prepared.prepare import prepare as module
    from RayEmbRegistrationLib.pose.views import VIEW_PRIORS, beam_directions

    prior = replace(VIEW_PRIORS[prepared.view], spacing_deg=spacing_deg or module.SET_SPACING_DEG)
    made = make_templates(
        prepared.template_projector(),
        prepared.encoder,
        prepared.bone_points_ras,
        prepared.center_ras,
        set_rotations(beam_directions(prior)),
        TemplateSettings(
            pixel_mm_for(prepared.extent_mm), templates=templates, tilt_deg=tilt_deg, random_rounds=random_rounds
        ),
    )
    return replace(prepared, templates=made)


def with_published_templates(prepared):
    """Four views at random of a library of the whole prior, eleven times."""
    return with_other_templates(prepared, spacing_deg=8.0, random_rounds=10)


def with_fewer_points(prepared, step: int):
    """The same CT with every ``step``-th landmark."""
    sets = prepared.templates
    fewer = replace(
        sets,
        point_embeddings=sets.point_embeddings[:, :, ::step],
        seen=sets.seen[:, :, ::step],
        points_ras=sets.points_ras[::step],
    )
    return replace(prepared, templates=fewer)

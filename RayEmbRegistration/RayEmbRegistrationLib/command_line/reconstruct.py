"""``reconstruct``: a CT adjusted to the X-rays, after a registration."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from RayEmbRegistrationLib.files.writing import checked_folder

from .bones import add_bone_arguments, joint_limits
from .console import NOT_TRUSTED, SUCCEEDED, Progress, remarks, say
from .ct_inputs import add_ct_arguments, chosen_weights, on_device, read_ct_arguments
from .inputs import InputError, add_device_argument, add_method_argument, add_view_argument, add_weights_argument
from .views import have_starts, with_starts
from .xray_inputs import add_xray_arguments, distortion_files, open_views, typed_values

if TYPE_CHECKING:
    from RayEmbRegistrationLib.application.reconstruct import Reconstruction
    from RayEmbRegistrationLib.bodies.implant import Implant
    from RayEmbRegistrationLib.geometry import CTVolume
    from RayEmbRegistrationLib.reconstruction.metal.finding import Metal

    from .engine import Engine

ALLOWED = ("bones", "fragments", "warp", "residual")
NO_WEIGHTS = "none"
_EPILOG = """\
examples:
  femurs that stand otherwise than in the CT, one X-ray:
    reconstruct --ct ct.nii.gz --labels bones.nrrd --xray ap.png --camera ap.json --allow bones --output adjusted
  a displaced fracture, label 7 the fragment, two calibrated X-rays:
    reconstruct --ct ct.nii.gz --labels bones.nrrd --xray a.png --camera a.json --xray b.png --camera b.json \\
                --allow fragments --fragment 7 --output adjusted
  bone that differs from the CT by some 2 mm:
    reconstruct --ct ct.nii.gz --xray a.png --camera a.json --xray b.png --camera b.json --allow warp --differ 2 \\
                --output adjusted
  a rod that was put in since the CT, four calibrated X-rays:
    reconstruct --ct ct.nii.gz --xray a.png --camera a.json --xray b.png --camera b.json --xray c.png --camera c.json \\
                --xray d.png --camera d.json --allow residual --output adjusted
  a stem whose model is known, two calibrated X-rays:
    reconstruct --ct ct.nii.gz --xray a.png --camera a.json --xray b.png --camera b.json --allow residual \\
                --implant stem.stl:titanium --output adjusted

What comes out is the prior CT adjusted to the X-rays, not a new CT: what the X-rays do not show is as it was.

exit status: 0 the adjusted CT is written and trusted; 2 the input cannot be used, nothing is written; 3 it is written but
not to be trusted, or the X-rays support no change and the CT is left as it is (report.json and index.html say why).
"""


def add_parser(verbs: argparse._SubParsersAction) -> argparse.ArgumentParser:
    """The verb's options."""
    parser = verbs.add_parser(
        "reconstruct",
        help="adjust a CT to X-rays that show it otherwise",
        description="Register a CT to X-rays, then adjust it to them: bones that moved in their joints, fragments, a smooth "
        "change of shape. The change is kept only where parts of the X-rays that took no part in it fit better.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_ct_arguments(parser, prepared=False)
    xrays = parser.add_argument_group("the X-rays")
    xrays.add_argument("--xray", metavar="IMAGE", type=Path, action="append", required=True, help="repeat for several")
    xrays.add_argument("--camera", metavar="FILE", action="append", help="one an X-ray, as for 'register'")
    xrays.add_argument("--frame", metavar="N", type=int, help="frame of a sequence, from 0")
    add_xray_arguments(xrays)
    known = parser.add_argument_group("what is known of the pose")
    add_view_argument(known)
    known.add_argument("--init", metavar="POSE.json", type=Path, action="append", help="start pose, or an earlier result")
    known.add_argument(
        "--landmarks", metavar="PAIRS.json", type=Path, help="points in the CT and where they are in the X-ray"
    )
    known.add_argument("--refine-only", action="store_true", help="refine the start pose and do not look elsewhere")
    change = parser.add_argument_group("what may change")
    change.add_argument(
        "--allow",
        choices=ALLOWED,
        action="append",
        required=True,
        help="bones in their joints, fragments in six degrees, a smooth warp of shape, residual: new metal, of four X-rays "
        "and more (of fewer its shadow is drawn); repeat for several",
    )
    add_bone_arguments(change)
    change.add_argument(
        "--fragment", metavar="N", type=int, action="append", default=[], help="label of a fragment; repeat for several"
    )
    change.add_argument(
        "--differ",
        metavar="MM",
        type=float,
        help="how far the bone's shape may differ, standard deviation an axis (default: 1.2)",
    )
    change.add_argument(
        "--implant",
        metavar="FILE:MATERIAL",
        help="with --allow residual: a surface model of the new metal, such as stem.stl:titanium, or stem.stl:titanium:cm; "
        "it is fitted to its shadows in two X-rays and more",
    )
    add_method_argument(parser)
    add_weights_argument(parser)
    add_device_argument(parser)
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="of every random choice (default: 0)")
    parser.add_argument("--output", metavar="DIR", type=Path, required=True, help="folder to write; it must be new or empty")
    return parser


def run(arguments: argparse.Namespace, registration: Engine) -> int:
    """Register, adjust, and write all of it or nothing."""
    from RayEmbRegistrationLib.application.reconstruct import reconstruct
    from RayEmbRegistrationLib.pose.joint.adjust import Allowance
    from RayEmbRegistrationLib.pose.joint.warp import DIFFER_MM
    from RayEmbRegistrationLib.pose.settings import RegistrationSettings

    checked_folder(arguments.output)
    if arguments.differ is not None and not 0 < arguments.differ < float("inf"):
        raise InputError("--differ must be more than 0 mm")
    if arguments.refine_only and not (arguments.init or arguments.landmarks):
        raise InputError("--refine-only needs a start pose; give it with --init")
    allowance = Allowance(
        tuple(dict.fromkeys(arguments.allow)),
        tuple(dict.fromkeys(arguments.bone)),
        tuple(dict.fromkeys(arguments.fragment)),
        joint_limits(arguments),
        DIFFER_MM if arguments.differ is None else arguments.differ,
        arguments.seed,
        _implant(arguments),
    )
    cameras = _cameras(arguments.camera, len(arguments.xray))
    views = with_starts(
        open_views(arguments.xray, cameras, typed_values(arguments), arguments.frame, distortion_files(arguments)),
        arguments.init or [],
        arguments.landmarks,
    )
    search = not have_starts(views)
    volume = read_ct_arguments(arguments).volume

    def work(device: str) -> Reconstruction:
        weights = NO_WEIGHTS if not search and arguments.weights is None else arguments.weights
        prepare = registration.PrepareSettings(
            view=arguments.view or "ap",
            device=device,
            library=search,
            weights=chosen_weights(weights, arguments.method if search else None),
        )
        with Progress("adjusting the CT") as progress:
            prepared = registration.prepare(volume, prepare, progress=progress)
            settings = RegistrationSettings(
                view=arguments.view or prepared.view,
                method=arguments.method,
                seed=arguments.seed,
                refine_only=arguments.refine_only,
            )
            return reconstruct(volume, prepared, views, allowance, settings, progress)

    found = on_device(arguments.device, work)
    remarks(found.notes)
    _write(arguments.output, found, volume, [view.name for view in views])
    say(found.adjustment.reason)
    say("trusted" if found.adjustment.trusted else "NOT trusted")
    say(f"wrote {arguments.output}")
    return SUCCEEDED if found.adjustment.trusted else NOT_TRUSTED


def _implant(arguments: argparse.Namespace) -> Implant | None:
    """The implant that was named, read."""
    if arguments.implant is None:
        return None
    if "residual" not in arguments.allow:
        raise InputError("--implant is new metal: give --allow residual, too")
    from RayEmbRegistrationLib.application.open_bodies import surface_of_body
    from RayEmbRegistrationLib.bodies.implant import Implant
    from RayEmbRegistrationLib.bodies.naming import parse_body

    file = parse_body(arguments.implant)
    if file.material is None:
        raise InputError(f"--implant {file.path} needs its material, such as {file.path}:titanium")
    surface = surface_of_body(file)
    remarks(surface.notes)
    return Implant(file.name, surface, file.material)


def _write(folder: Path, found: Reconstruction, ct: CTVolume, names: Sequence[str]) -> None:
    """Everything into a folder beside it first, which then takes its place."""
    from RayEmbRegistrationLib.application.metal_ct import metal_shares
    from RayEmbRegistrationLib.application.reconstruction_record import adjustment_content, bone_motions
    from RayEmbRegistrationLib.files.volumes import write_displacement, write_itk_transform, write_volume
    from RayEmbRegistrationLib.files.writing import folder_at_once, write_json
    from RayEmbRegistrationLib.pictures.adjusted import write_adjusted_pictures, write_page

    with folder_at_once(folder) as stage:
        content = adjustment_content(found, list(names))
        files = [("report.json", "all numbers")]
        adjusted, grid = found.adjusted, ct.ras_from_ijk
        if adjusted is not None:
            write_volume(stage / "adjusted_ct.nii.gz", adjusted.volume.hu, grid)
            files.append(("adjusted_ct.nii.gz", content["what"]))
            if adjusted.volume.labels is not None:
                write_volume(stage / "adjusted_labels.nii.gz", adjusted.volume.labels, grid)
                files.append(("adjusted_labels.nii.gz", "its label map"))
            write_displacement(stage / "displacement.nrrd", adjusted.displacement, grid)
            files.append(
                ("displacement.nrrd", "from each place of it to where that was in the CT, mm (ITK displacement field)")
            )
            write_volume(stage / "std_mm.nii.gz", adjusted.std_mm, grid)
            files.append(("std_mm.nii.gz", "standard deviation of where bone is, mm"))
            write_volume(stage / "unseen.nii.gz", adjusted.unseen, grid)
            files.append(("unseen.nii.gz", "share of a change that no view sees, 0 to 1"))
            if found.metal is not None and found.metal.is_accepted:
                files += _write_implant(stage, found.metal)
                write_volume(stage / "metal.nii.gz", metal_shares(ct, found.metal), grid)
                files.append(("metal.nii.gz", "share of new metal, 0 to 1"))
            for label, motion in bone_motions(found).items():
                write_itk_transform(stage / f"bone_{label}.tfm", motion)
                files.append((f"bone_{label}.tfm", f"how bone {label} moved"))
        write_json(stage / "report.json", content)
        sheets = write_adjusted_pictures(stage, found)
        write_page(stage / "index.html", content, sheets, files)


def _write_implant(folder: Path, metal: Metal) -> list[tuple[str, str]]:
    """Where a known implant is: names and what they are."""
    from RayEmbRegistrationLib.files.volumes import write_itk_transform
    from RayEmbRegistrationLib.pictures.surface_files import write_shape

    placed = metal.implant
    if placed is None:
        return []
    write_itk_transform(folder / "implant.tfm", placed.fit.pose)
    write_shape(folder / "implant.vtp", placed.surface)
    name = placed.implant.name
    return [("implant.tfm", f"from {name} to the CT's space"), ("implant.vtp", f"{name} in the CT's space (RAS mm)")]


def _cameras(cameras: Sequence[str] | None, count: int) -> list[str | None]:
    from .register import one_each

    return one_each(cameras, count)

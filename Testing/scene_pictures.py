"""Pictures of the scene layer, drawn by Slicer's own views without the application: a phantom pelvis and its X-rays.

python Testing/scene_pictures.py --output output/scene_pictures
"""

import argparse
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "RayEmbRegistration")]

from RayEmbRegistrationLib.drr import JosephProjector  # noqa: E402
from RayEmbRegistrationLib.drr.attenuation import bone_attenuation  # noqa: E402
from RayEmbRegistrationLib.geometry import CTVolume, RigidTransform  # noqa: E402
from RayEmbRegistrationLib.simulation.cases import bone_center, default_camera, pose_from_ap, simulate_case  # noqa: E402
from RayEmbRegistrationLib.simulation.phantoms.phantom import make_pelvis_phantom  # noqa: E402
from RayEmbRegistrationLib.simulation.xray import SimulationSettings  # noqa: E402

PIXELS = 300
ANGLES_DEG = ((-12.0, 8.0, 4.0), (48.0, 5.0, -3.0))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", metavar="DIR", type=Path, default=Path("output/scene_pictures"))
    folder = parser.parse_args().output

    from host.views import SliceView, ThreeDView
    from RayEmbRegistrationScene import sceneView

    xrays = [SliceView(name, (700, 700)) for name in sceneView.NAMES]
    threeD = ThreeDView((900, 700), sceneView.VIEW_3D)
    ct = make_pelvis_phantom(0, spacing_mm=2.0)
    center = bone_center(ct)
    registration = sceneView.createRegistration("Pelvis")
    views = [view_data(sceneView, ct, center, number) for number in range(len(ANGLES_DEG))]
    data = sceneView.RegistrationData(views, [("Similarity", 0.9, "")], [("refine", 0.9)], center)
    sceneView.showRegistration(registration, data)
    sceneView.showBone(registration, ct.hu, ct.ras_from_ijk, 250.0)
    for number, name in enumerate(sceneView.NAMES):
        sceneView.showInSliceView(registration, number, name)
    for mode in sceneView.MODES:
        sceneView.setOverlay(registration, sceneView.OverlaySettings(mode, opacity=0.9 if mode == "edges" else 0.5))
        for thing in ("landmarks", "rejected", "residuals"):
            sceneView.setVisible(registration, thing, mode == "blend")
        xrays[0].save(folder / f"{mode}.png")
    xrays[1].save(folder / "second.png")
    threeD.render()
    sceneView.showFromSide(registration, sceneView.VIEW_3D)
    threeD.save(folder / "arrangement.png")
    sceneView.setVisible(registration, "otherPoses", False)
    sceneView.showHandles(registration, 0, True)
    threeD.save(folder / "handles.png")
    sceneView.showHandles(registration, 0, False)
    sceneView.lookThrough(registration, 0, sceneView.VIEW_3D, threeD.size)
    threeD.save(folder / "look_through.png")
    sceneView.leaveLookThrough(registration)
    camera, landmark = views[0].camera, views[0].landmarks.pointsRas[3]
    rows, columns = np.mgrid[:48, :48]
    column, row = camera.project(views[0].cameraFromRas.apply(landmark)) * 48 / PIXELS
    sceneView.showHeatMap(registration, 0, np.exp(-((rows - row) ** 2 + (columns - column - 1) ** 2) / 8), landmark)
    xrays[0].save(folder / "heat_map.png")
    print(f"pictures are in {folder}")


def view_data(sceneView, ct: CTVolume, center: np.ndarray, number: int):
    rng = np.random.default_rng(number)
    camera = default_camera(PIXELS)
    pose = pose_from_ap(center, np.array(ANGLES_DEG[number]), np.array([5.0, -8.0, 760.0]))
    xray = simulate_case(ct, camera, pose, SimulationSettings.easy(rng), rng)
    projector = JosephProjector(bone_attenuation(ct, ct.hu > 150), ct.ras_from_ijk)
    start = RigidTransform.from_rotation_vector(np.radians([5, -9, 6]), (25, 12, 60)) @ pose
    return sceneView.ViewData(
        camera,
        xray.pixels,
        pose,
        projector.render(pose, camera).squeeze().cpu().numpy(),
        landmarks(sceneView, ct, camera, pose, rng),
        initialPose=start,
        trajectory=[start, pose],
    )


def landmarks(sceneView, ct: CTVolume, camera, pose: RigidTransform, rng):
    """Bone voxels, detected to 2 px; every fifth far off."""
    voxels = np.argwhere(ct.hu > 300)
    chosen = voxels[rng.choice(len(voxels), 40, replace=False)][:, ::-1]
    points = chosen @ ct.ras_from_ijk[:3, :3].T + ct.ras_from_ijk[:3, 3]
    used = np.arange(40) % 5 != 4
    noise = rng.normal(0, 2, (40, 2)) + np.where(used[:, None], 0, rng.normal(0, 30, (40, 2)))
    return sceneView.LandmarkData(points, camera.project(pose.apply(points)) + noise, used)


if __name__ == "__main__":
    main()

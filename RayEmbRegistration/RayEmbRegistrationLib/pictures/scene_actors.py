"""What stands in a picture in 3D, as VTK's actors: bone, X-ray, tubes, balls, and a cube that tells directions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from vtkmodules.vtkCommonDataModel import vtkPolyData
    from vtkmodules.vtkRenderingAnnotation import vtkAnnotatedCubeActor
    from vtkmodules.vtkRenderingCore import vtkActor, vtkLight, vtkRenderer

Rgb = tuple[int, int, int]
_BONE_RGB = (236, 223, 200)  # chosen: as bone is shown
_CUBE_RGB, _LETTER_RGB = (196, 202, 212), (32, 38, 50)  # chosen by eye: letters are read on it
_SIDES = 20  # of a tube; chosen: it looks round


def bone_actor(mesh: vtkPolyData) -> vtkActor:
    """A surface with normals, matt with a faint gloss."""
    actor = _actor(mesh, _BONE_RGB)
    look = actor.GetProperty()
    look.SetAmbient(0.16)
    look.SetDiffuse(0.86)
    look.SetSpecular(0.20)
    look.SetSpecularPower(30)
    return actor


def xray_actor(corners_ras: np.ndarray, grey: np.ndarray, shade: float) -> vtkActor:
    """An X-ray on the detector.

    Args:
        corners_ras: (4, 3) of the image's upper left, upper right, lower right and lower left corner.
        grey: (H, W) uint8.
        shade: 1 is as bright as the image.
    """
    from vtkmodules.util.numpy_support import numpy_to_vtk
    from vtkmodules.vtkCommonDataModel import vtkImageData
    from vtkmodules.vtkFiltersSources import vtkPlaneSource
    from vtkmodules.vtkRenderingCore import vtkTexture

    upper_left, _, lower_right, lower_left = corners_ras.tolist()
    plane = vtkPlaneSource()
    plane.SetOrigin(lower_left)
    plane.SetPoint1(lower_right)
    plane.SetPoint2(upper_left)
    plane.Update()
    image = vtkImageData()
    image.SetDimensions(grey.shape[1], grey.shape[0], 1)
    rgb = np.round(grey[::-1, :, None] * np.array((0.96, 0.98, 1.0))).astype(np.uint8)
    image.GetPointData().SetScalars(numpy_to_vtk(rgb.reshape(-1, 3), deep=True))
    texture = vtkTexture()
    texture.SetInputData(image)
    texture.InterpolateOn()
    texture.MipmapOn()
    actor = _actor(plane.GetOutput(), (255, 255, 255))
    actor.SetTexture(texture)
    actor.GetProperty().SetColor(shade, shade, shade)
    actor.GetProperty().LightingOff()
    return actor


def tube_actor(points_ras: np.ndarray, radius_mm: float, colors: Sequence[Rgb]) -> vtkActor:
    """A tube along points (N, 3), from the first color to the last."""
    from vtkmodules.util.numpy_support import numpy_to_vtk
    from vtkmodules.vtkCommonCore import vtkPoints
    from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
    from vtkmodules.vtkFiltersCore import vtkTubeFilter

    points, lines, path = vtkPoints(), vtkCellArray(), vtkPolyData()
    points.SetData(numpy_to_vtk(np.ascontiguousarray(points_ras, dtype=np.float64), deep=True))
    lines.InsertNextCell(len(points_ras), list(range(len(points_ras))))
    path.SetPoints(points)
    path.SetLines(lines)
    along = np.linspace(0, 1, len(points_ras))
    shades = np.stack([np.interp(along, np.linspace(0, 1, len(colors)), channel) for channel in zip(*colors, strict=True)])
    path.GetPointData().SetScalars(numpy_to_vtk(np.round(shades.T).astype(np.uint8), deep=True))
    tube = vtkTubeFilter()
    tube.SetInputData(path)
    tube.SetRadius(radius_mm)
    tube.SetNumberOfSides(_SIDES)
    tube.CappingOn()
    tube.Update()
    return _bright(_actor(tube.GetOutput(), None))


def ball_actors(points_ras: np.ndarray, radius_mm: float, color: Rgb, rim_mm: float = 0.0) -> list[vtkActor]:
    """Balls at points (N, 3), with a white rim where it has a width."""
    balls = [_bright(_actor(_balls(points_ras, radius_mm), color))]
    if rim_mm > 0:
        rim = _bright(_actor(_balls(points_ras, radius_mm + rim_mm), (245, 248, 252)))
        rim.GetProperty().BackfaceCullingOff()
        rim.GetProperty().FrontfaceCullingOn()  # its far side alone, which shows around the ball
        balls.append(rim)
    return balls


def direction_cube() -> vtkAnnotatedCubeActor:
    """A cube with the patient's directions on its faces."""
    from vtkmodules.vtkRenderingAnnotation import vtkAnnotatedCubeActor

    cube = vtkAnnotatedCubeActor()
    for axis, plus, minus in (("X", "R", "L"), ("Y", "A", "P"), ("Z", "S", "I")):
        getattr(cube, f"Set{axis}PlusFaceText")(plus)
        getattr(cube, f"Set{axis}MinusFaceText")(minus)
        for side in ("Plus", "Minus"):
            letter = getattr(cube, f"Get{axis}{side}FaceProperty")()
            letter.SetColor(*_shares(_LETTER_RGB))
            letter.LightingOff()
    cube.SetZFaceTextRotation(90)  # upright for who stands before the patient; the others are anyway
    cube.SetFaceTextScale(0.62)
    cube.GetCubeProperty().SetColor(*_shares(_CUBE_RGB))
    cube.GetCubeProperty().SetAmbient(0.35)
    cube.GetTextEdgesProperty().SetOpacity(0)
    return cube


def add_lights(renderer: vtkRenderer) -> None:
    """A warm light from above the eye's left shoulder, a cool fill from the right, a faint one from the eye."""
    renderer.AutomaticLightCreationOff()
    for position, color, strength in (
        ((-0.55, 0.7, 0.75), (255, 252, 246), 0.84),
        ((0.8, -0.1, 0.5), (140, 185, 255), 0.36),
        ((0.0, 0.0, 1.0), (255, 255, 255), 0.14),
    ):
        renderer.AddLight(_light(position, color, strength))


def _light(position: tuple[float, float, float], color: Rgb, strength: float) -> vtkLight:
    from vtkmodules.vtkRenderingCore import vtkLight

    light = vtkLight()
    light.SetLightTypeToCameraLight()
    light.SetPosition(position)
    light.SetFocalPoint(0, 0, 0)
    light.SetColor(*_shares(color))
    light.SetIntensity(strength)
    return light


def _balls(points_ras: np.ndarray, radius_mm: float) -> vtkPolyData:
    from vtkmodules.vtkFiltersCore import vtkAppendPolyData
    from vtkmodules.vtkFiltersSources import vtkSphereSource

    together = vtkAppendPolyData()
    for center in np.asarray(points_ras, dtype=float).reshape(-1, 3).tolist():
        ball = vtkSphereSource()
        ball.SetCenter(center)
        ball.SetRadius(radius_mm)
        ball.SetThetaResolution(32)
        ball.SetPhiResolution(24)
        together.AddInputConnection(ball.GetOutputPort())
    together.Update()
    return together.GetOutput()


def _bright(actor: vtkActor) -> vtkActor:
    """Colours stay what they are in a legend; a little shading shows what is round."""
    look = actor.GetProperty()
    look.SetAmbient(0.78)
    look.SetDiffuse(0.26)
    look.BackfaceCullingOn()
    return actor


def _actor(mesh: vtkPolyData, color: Rgb | None) -> vtkActor:
    """Of one color; its points' where there is none."""
    from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

    mapper, actor = vtkPolyDataMapper(), vtkActor()
    mapper.SetInputData(mesh)
    mapper.SetScalarVisibility(color is None)
    actor.SetMapper(mapper)
    if color is not None:
        actor.GetProperty().SetColor(*_shares(color))
    return actor


def _shares(color: Rgb) -> tuple[float, float, float]:
    return color[0] / 255, color[1] / 255, color[2] / 255

"""The parameter node: what the panel saves with the scene."""

from pathlib import Path
from typing import Annotated

from slicer import (
    vtkMRMLMarkupsFiducialNode,
    vtkMRMLMarkupsLineNode,
    vtkMRMLModelNode,
    vtkMRMLScalarVolumeNode,
    vtkMRMLScriptedModuleNode,
    vtkMRMLSegmentationNode,
    vtkMRMLVolumeNode,
)
from slicer.parameterNodeWrapper import WithinRange, parameterNodeWrapper

from .choices import Device, Method, OverlayMode, StartMode, TrackDirection, TrustFor, ViewPrior


@parameterNodeWrapper
class RayEmbRegistrationParameterNode:
    """What is saved with the scene.

    ``xrayVolumes``, ``xrayGeometries`` and ``xrayViews`` are the rows of the X-ray table: a geometry is an ``XrayGeometry``
    as text, a view the name of a prior that was chosen, empty where it is automatic; ``viewPrior`` is that of X-rays that
    tell nothing.
    ``trackModels`` and ``trackMaterials`` are the models that are followed and what each is made of.
    """

    ctVolume: vtkMRMLScalarVolumeNode
    segmentation: vtkMRMLSegmentationNode
    unusedSegments: list[str]
    separateBones: bool = False
    trainMinutes: Annotated[int, WithinRange(1, 600)] = 5
    xrayVolumes: list[vtkMRMLVolumeNode]
    xrayGeometries: list[str]
    xrayViews: list[str]
    startMode: StartMode = StartMode.AUTOMATIC
    ctLandmarks: vtkMRMLMarkupsFiducialNode
    xrayLandmarks: vtkMRMLMarkupsFiducialNode
    pickedPoint: vtkMRMLMarkupsFiducialNode
    clickedPoints: vtkMRMLMarkupsFiducialNode
    plannedLine: vtkMRMLMarkupsLineNode
    seeTool: bool = False
    showTargetBands: bool = True
    startUncertaintyDeg: Annotated[float, WithinRange(0.1, 180.0)] = 10.0
    startUncertaintyMm: Annotated[float, WithinRange(0.1, 500.0)] = 10.0
    moveTogether: bool = True
    viewPrior: ViewPrior = ViewPrior.ap
    trustFor: TrustFor = TrustFor.automatic
    overlayToleranceMm: Annotated[float, WithinRange(0.1, 100.0)] = 2.0
    positionToleranceMm: Annotated[float, WithinRange(0.1, 100.0)] = 5.0
    method: Method = Method.auto
    device: Device = Device.auto
    weightsPath: Path
    seed: Annotated[int, WithinRange(0, 999999)] = 0
    trackCt: bool = True
    trackModels: list[vtkMRMLModelNode]
    trackMaterials: list[str]
    trackDirection: TrackDirection = TrackDirection.both
    trackStep: Annotated[int, WithinRange(1, 1000)] = 1
    trackKeepPose: bool = False
    trackFindStart: bool = False
    trackLeftOut: list[str]
    allowBones: bool = False
    allowFragments: bool = False
    allowWarp: bool = False
    allowMetal: bool = False
    implantModel: vtkMRMLModelNode
    implantMaterial: str = "titanium"
    movingSegments: list[str]
    fragmentSegments: list[str]
    jointShiftMm: Annotated[float, WithinRange(0.1, 30.0)] = 1.5
    differMm: Annotated[float, WithinRange(0.1, 10.0)] = 1.2
    boneDepthMm: Annotated[float, WithinRange(0.0, 5000.0)] = 0.0
    registration: vtkMRMLScriptedModuleNode
    overlayMode: OverlayMode = OverlayMode.edges
    overlayOpacity: Annotated[float, WithinRange(0.0, 1.0)] = 0.7
    drrBeside: bool = False
    wiperPosition: Annotated[float, WithinRange(0.0, 1.0)] = 0.5
    showDetected: bool = True
    showReprojected: bool = True
    showRejected: bool = False
    showResiduals: bool = True
    showFrustum: bool = True
    showSource: bool = True

"""C-arm geometry from DICOM: hand-checked numbers, and rotated or flipped images against the camera they came from."""

import numpy as np
import pytest
from dicom_files import dicom, gradient, item, save
from RayEmbRegistrationLib.geometry import Camera
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.xray.dicom.geometry import geometry_from_dicom
from RayEmbRegistrationLib.xray.dicom.reading import geometry_by_frame
from RayEmbRegistrationLib.xray.reading import read_xray


def geometry(kind="XA", pixels=None, frame=0, **attributes):
    return geometry_from_dicom(dicom(kind, gradient() if pixels is None else pixels, **attributes), frame)


def test_plain_c_arm_numbers():
    g = geometry(
        DistanceSourceToDetector=1020, DistanceSourceToPatient=750, ImagerPixelSpacing=[0.3, 0.2],
        PositionerPrimaryAngle=30, PositionerSecondaryAngle=-12, KVP=70, PatientPosition="HFS",
    )  # fmt: skip
    camera = g.camera((32, 24))
    # row spacing 0.3 is the distance between rows: it goes with fy
    np.testing.assert_allclose(camera.K, [[5100, 0, 15.5], [0, 3400, 11.5], [0, 0, 1]])
    assert camera.pixel_spacing_mm == (0.2, 0.3)
    assert (g.source_to_isocenter_mm.value, g.primary_angle_deg.value, g.secondary_angle_deg.value) == (750, 30, -12)
    assert g.source_to_detector_mm.origin == "tag"
    assert g.principal_point_px.origin == "assumed"
    assert g.missing == ()
    text = "\n".join(g.describe())
    assert "Source to detector: 1020 mm (tag: (0018,1110) Distance Source to Detector)" in text
    assert "HFS" in text


def test_missing_values_are_named_and_can_be_given():
    g = geometry(kind="CR", PixelSpacing=[0.2, 0.2])
    assert g.missing == ("source_to_detector_mm",)
    assert g.pixel_spacing_mm.origin == "assumed"
    with pytest.raises(ValueError, match="source-to-detector distance in mm"):
        g.camera()
    assert g.with_values(source_to_detector_mm=1000).camera().K[0, 0] == pytest.approx(5000)
    with pytest.raises(ValueError, match=r"source-to-detector.*and the pixel spacing"):
        geometry(kind="Secondary Capture").camera()
    with pytest.raises(ValueError, match="32 x 24"):
        geometry(DistanceSourceToDetector=1000, ImagerPixelSpacing=[1, 1]).camera((64, 48))
    assert any("not known; give" in line for line in geometry(kind="Secondary Capture").describe())


@pytest.mark.parametrize(
    ("attributes", "column_row"),
    [
        ({"ImagerPixelSpacing": [0.3, 0.2], "PixelSpacing": [0.1, 0.1]}, (0.2, 0.3)),
        ({"DetectorElementSpacing": [0.1, 0.15], "DetectorBinning": [2, 3]}, (0.45, 0.2)),
        ({"PixelSpacing": [0.3, 0.2], "PixelSpacingCalibrationType": "GEOMETRY"}, (0.2 * 1.25, 0.3 * 1.25)),
        ({"FieldOfViewDimensions": [48, 96]}, (96 / 32, 48 / 24)),
        ({"FieldOfViewShape": "ROUND", "FieldOfViewDimensions": 160}, (5.0, 5.0)),
        ({"IntensifierSize": 320}, (10.0, 10.0)),
        ({"NominalScannedPixelSpacing": [0.3, 0.2]}, (0.2, 0.3)),
        ({"ImagerPixelSpacing": [0, 0], "DetectorElementSpacing": [0.1, 0.15]}, (0.15, 0.1)),
    ],
)
def test_pixel_spacing_in_order_of_trust(attributes, column_row):
    g = geometry(DistanceSourceToDetector=1000, DistanceSourceToPatient=800, **attributes)
    np.testing.assert_allclose(g.pixel_spacing_mm.value, column_row)


def test_calibrated_spacing_without_magnification_is_not_used():
    g = geometry(PixelSpacing=[0.3, 0.2], PixelSpacingCalibrationType="FIDUCIAL", DistanceSourceToDetector=1000)
    assert g.pixel_spacing_mm is None
    assert any("magnification" in w for w in g.notes)
    g = geometry(
        PixelSpacing=[0.3, 0.2], PixelSpacingCalibrationType="FIDUCIAL", EstimatedRadiographicMagnificationFactor=1.5,
        DistanceSourceToPatient=700,
    )  # fmt: skip
    np.testing.assert_allclose(g.pixel_spacing_mm.value, (0.3, 0.45))
    assert (g.source_to_detector_mm.value, g.source_to_detector_mm.origin) == (1050, "derived")


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("flip", ["NO", "YES"])
@pytest.mark.parametrize("kind", ["DX", "Enhanced XA"])
def test_rotated_and_flipped_field_of_view_keeps_the_content(kind, rotation, flip):
    """A detector of 60 x 50 elements; a field of 40 x 30 at row 7, column 9; turned clockwise, then flipped."""
    detector = Camera.from_detector((60, 50), (0.5, 0.4), 1000)
    columns, rows = np.meshgrid(np.arange(60), np.arange(50))
    picture = np.stack([columns, rows], axis=-1)[7:37, 9:49]
    stored = np.rot90(picture, -rotation // 90)
    stored = stored[:, ::-1] if flip == "YES" else stored
    spacing = [0.5, 0.4] if rotation % 180 else [0.4, 0.5]  # row, column of the stored image
    view = {"FieldOfViewOrigin": [7, 9], "FieldOfViewRotation": rotation, "FieldOfViewHorizontalFlip": flip}
    element = {"DetectorElementSpacing": [0.4, 0.5]}
    if kind == "DX":
        attributes = view | element
        attributes |= {"DistanceSourceToDetector": 1000, "ImagerPixelSpacing": spacing}
        attributes |= {"DetectorActiveDimensions": [20, 30], "DetectorActiveOrigin": [0, 0]}
    else:
        shared = item(
            FieldOfViewSequence=item(**view),
            FramePixelDataPropertiesSequence=item(ImagerPixelSpacing=spacing),
            XRayGeometrySequence=item(DistanceSourceToDetector=1000, DistanceSourceToIsocenter=700),
        )
        attributes = element | {"PositionOfIsocenterProjection": [24.5, 29.5], "SharedFunctionalGroupsSequence": shared}
    camera = geometry(kind, stored[..., 0].astype(np.uint16), **attributes).camera()
    points = detector.back_project(np.array([[15, 12], [20.0, 30], [45, 33], [29, 20]]), np.array([600, 650, 700, 750.0]))
    on_detector, on_stored = detector.project(points), camera.project(points)
    for want, (u, v) in zip(on_detector, on_stored, strict=True):
        u0, v0 = round(u), round(v)
        assert abs(u - u0) < 1e-6
        assert abs(v - v0) < 1e-6
        np.testing.assert_allclose(stored[v0, u0], want, atol=1e-6)
    assert camera.is_mirrored == (flip == "YES")


def test_binned_image_on_a_detector():
    """100 x 80 elements of 0.1 mm; 2 x 2 binned image of 32 x 24 px from row 10, column 20: beam at element (50, 40)."""
    g = geometry(
        "DX", DistanceSourceToDetector=1000, ImagerPixelSpacing=[0.2, 0.2], DetectorElementSpacing=[0.1, 0.1],
        DetectorBinning=[2, 2], FieldOfViewOrigin=[10, 20], FieldOfViewRotation=0, FieldOfViewHorizontalFlip="NO",
        DetectorActiveDimensions=[6, 8], DetectorActiveOrigin=[10, 10],
    )  # fmt: skip
    # edges: ((10 + 40) - 20) / 2 = 15 columns and ((10 + 30) - 10) / 2 = 15 rows from the image's edge
    np.testing.assert_allclose(g.principal_point_px.value, (14.5, 14.5))
    assert g.principal_point_px.origin == "derived"
    assert any("away from its centre" in w for w in g.notes)
    outside = geometry(
        "DX", ImagerPixelSpacing=[0.2, 0.2], FieldOfViewOrigin=[0, 0], DetectorElementSpacing=[0.2, 0.2],
        DetectorActiveDimensions=[40, 40],
    )  # fmt: skip
    assert outside.principal_point_px.origin == "assumed"
    assert any("outside the image" in w for w in outside.notes)


def test_tilted_detector():
    """The beam's foot and the distance on the detector, against a ray cast onto the tilted plane."""
    angles = {"DetectorPrimaryAngle": 10, "DetectorSecondaryAngle": -5}
    g = geometry(DistanceSourceToDetector=1000, ImagerPixelSpacing=[0.5, 0.5], **angles)
    camera = g.camera()
    a, b = np.radians([10, -5])
    beam = np.array([np.sin(a) * np.cos(b), -np.sin(b), np.cos(a) * np.cos(b)])  # to higher columns, to higher rows
    np.testing.assert_allclose(camera.project(700 * beam), g.principal_point_px.value, atol=1e-9)
    target = 1000 * beam + [3.0, 2.0, 0.0]  # 6 columns and 4 rows away on the detector
    np.testing.assert_allclose(camera.project(0.6 * target), np.add(g.principal_point_px.value, (6, 4)), atol=1e-9)
    assert camera.source_to_detector_mm == pytest.approx(1000 * beam[2])


def test_moving_positioner():
    pixels = np.stack([gradient()] * 3)
    angles = {"PositionerPrimaryAngle": -30, "PositionerSecondaryAngle": 5, "PositionerMotion": "DYNAMIC"}
    even = [geometry(pixels=pixels, frame=k, PositionerPrimaryAngleIncrement=1.5, **angles) for k in range(3)]
    assert [g.primary_angle_deg.value for g in even] == [-30, -28.5, -27]
    listed = geometry(pixels=pixels, frame=2, PositionerSecondaryAngleIncrement=[0, 4, 9], **angles)
    assert listed.secondary_angle_deg.value == 14
    wrong = geometry(pixels=pixels, frame=2, PositionerSecondaryAngleIncrement=[0, 4], **angles)
    assert wrong.secondary_angle_deg.value == 5
    assert any("2 values for 3 frames" in w for w in wrong.notes)
    still = geometry(pixels=pixels, frame=2, PositionerPrimaryAngleIncrement=1.5, **{**angles, "PositionerMotion": "STATIC"})
    assert still.primary_angle_deg.value == -30


def test_enhanced_file_reads_the_chosen_frame():
    frames = [
        item(
            PositionerPositionSequence=item(PositionerPrimaryAngle=angle, PositionerSecondaryAngle=1),
            IsocenterReferenceSystemSequence=item(
                PositionerIsocenterPrimaryAngle=angle, PositionerIsocenterSecondaryAngle=1,
                PositionerIsocenterDetectorRotationAngle=2, TableXPositionToIsocenter=3, TableYPositionToIsocenter=4,
                TableZPositionToIsocenter=5, TableHorizontalRotationAngle=6, TableHeadTiltAngle=7, TableCradleTiltAngle=8,
            ),
        )
        for angle in (10, 20)
    ]  # fmt: skip
    shared = item(
        XRayGeometrySequence=item(DistanceSourceToDetector=1100, DistanceSourceToIsocenter=720),
        FramePixelDataPropertiesSequence=item(ImagerPixelSpacing=[0.3, 0.3], GeometricalProperties="NON_UNIFORM"),
    )
    g = geometry(
        "Enhanced XA", np.stack([gradient()] * 2), frame=1, SharedFunctionalGroupsSequence=shared,
        PerFrameFunctionalGroupsSequence=frames, XRayReceptorType="IMG_INTENSIFIER",
    )  # fmt: skip
    assert g.primary_angle_deg.value == 20
    assert g.source_to_isocenter_mm.value == 720
    assert g.camera().K[0, 0] == pytest.approx(1100 / 0.3)
    reference = g.isocenter_reference.value
    assert reference.primary_angle_deg == 20
    assert reference.table_position_mm == (3, 4, 5)
    assert reference.table_rotation_deg == (6, 7, 8)
    assert len(g.notes) == 2


def test_mirror_image_is_recognised_from_patient_and_beam():
    """Rows to the patient's left, columns to the feet: seen from the front. Source behind the patient: mirrored."""
    known = {"DistanceSourceToDetector": 1000, "ImagerPixelSpacing": [0.5, 0.5], "PatientOrientation": ["L", "F"]}
    angles = {"PositionerPrimaryAngle": 0, "PositionerSecondaryAngle": 0}
    behind = geometry(**known, **angles)
    assert behind.mirrored.value
    assert behind.camera().is_mirrored
    assert not geometry(**known, PositionerPrimaryAngle=180, PositionerSecondaryAngle=0).mirrored.value
    lateral = {**known, "PatientOrientation": ["P", "F"]}
    assert geometry(**lateral, PositionerPrimaryAngle=90, PositionerSecondaryAngle=0).mirrored.value
    assert not geometry(**lateral, PositionerPrimaryAngle=-90, PositionerSecondaryAngle=0).mirrored.value
    assert geometry("DX", **known, ViewPosition="PA").mirrored.value
    assert not geometry("DX", **known, ViewPosition="AP").mirrored.value
    unknown = geometry(**{**known, "PatientOrientation": None}, **angles)
    assert (unknown.mirrored.value, unknown.mirrored.origin) == (False, "assumed")
    # a mirrored camera still puts every point of the patient where the image has it
    camera = behind.camera()
    ras = np.array([[10.0, 0, 0], [0, 0, 20]])  # to the patient's right, to the head
    x_right, y_down, z_forward = np.array([1.0, 0, 0]), np.array([0, 0, -1.0]), np.array([0, 1.0, 0])
    in_camera = ras @ np.array([x_right, y_down, z_forward]).T + [0, 0, 700]
    (u0, _), (_, v1) = camera.project(in_camera)
    assert u0 < 15.5  # the patient's right is on the left
    assert v1 < 11.5


def test_rt_image():
    known = {"RTImageSID": 1500, "RadiationMachineSAD": 1000, "ImagePlanePixelSpacing": [0.4, 0.5], "GantryAngle": 90}
    g = geometry("RT Image", RTImagePosition=[-7.0, 5.0], **known)
    # beam at receptor (0, 0): 7 / 0.5 columns right of and 5 / 0.4 rows below the first pixel
    np.testing.assert_allclose(g.camera().K, [[3000, 0, 14], [0, 3750, 12.5], [0, 0, 1]])
    assert (g.source_to_isocenter_mm.value, g.gantry_angle_deg.value) == (1000, 90)
    shifted = geometry("RT Image", RTImagePosition=[-7.0, 5.0], XRayImageReceptorTranslation=[2, -1, -500], **known)
    np.testing.assert_allclose(shifted.principal_point_px.value, (10, 10))
    turned = geometry("RT Image", RTImagePosition=[5, 5], RTImageOrientation=[0, -1, 0, -1, 0, 0], **known)
    np.testing.assert_allclose(turned.principal_point_px.value, (10, 12.5))
    # rows run along -Yr and columns along -Xr: a point to +Xr is up, one to -Yr (down for the beam's eye) is right
    u, v = turned.camera().project(np.array([[1.0, 0, 100], [0, 1.0, 100]])).T - np.array([[10], [12.5]])
    assert abs(u[0]) < 1e-9
    assert v[0] < 0
    assert u[1] > 0
    assert abs(v[1]) < 1e-9
    assert any("NON_NORMAL" in w for w in geometry("RT Image", RTImagePlane="NON_NORMAL", **known).notes)


def test_unlikely_values_are_pointed_out():
    assert any("unlikely" in w for w in geometry(DistanceSourceToDetector=1.02).notes)
    assert any("behind" in w for w in geometry(DistanceSourceToDetector=700, DistanceSourceToPatient=1000).notes)
    assert any("intensifier" in w for w in geometry(IntensifierSize=230).notes)
    assert geometry(DistanceSourceToDetector=0).missing[0] == "source_to_detector_mm"


def test_camera_and_positioner_angles_make_the_displayed_picture():
    """With the pose that the angles stand for, the patient's left is on the right of the picture and the head at its top."""
    from RayEmbRegistrationLib.geometry.c_arm import camera_from_ras_of_c_arm

    for primary, secondary in ((0, 0), (35, 0), (-25, 20)):
        g = geometry(
            DistanceSourceToDetector=1000, DistanceSourceToPatient=700, ImagerPixelSpacing=[0.5, 0.5],
            PatientOrientation=["L", "F"], PositionerPrimaryAngle=primary, PositionerSecondaryAngle=secondary,
        )  # fmt: skip
        pose = camera_from_ras_of_c_arm(primary, secondary, 0, np.zeros(3), g.source_to_isocenter_mm.value)
        center, left, head = g.camera().project(pose.apply(np.array([[0, 0, 0], [-5.0, 0, 0], [0, 0, 5.0]])))
        np.testing.assert_allclose(center, g.principal_point_px.value, atol=1e-9)
        assert left[0] > center[0]
        assert head[1] < center[1]


@pytest.mark.parametrize("kind", ["XA", "Enhanced XA"])
def test_the_frames_of_a_run_without_its_pixels(tmp_path, kind):
    """Each frame's geometry as reading the frame itself gives it."""
    tags = {"ImagerPixelSpacing": [0.4, 0.4], "DistanceSourceToDetector": 1000}
    angles = [{"PositionerPrimaryAngle": angle, "PositionerSecondaryAngle": 5.0} for angle in (10.0, 30.0, 35.0)]
    if kind == "XA":
        tags |= angles[0] | {"PositionerPrimaryAngleIncrement": [0.0, 20.0, 25.0], "PositionerMotion": "DYNAMIC"}
    else:
        tags["PerFrameFunctionalGroupsSequence"] = [item(PositionerPositionSequence=item(**one)) for one in angles]
    path = save(dicom(kind, np.stack([gradient()] * 3), **tags), tmp_path / "run.dcm")
    of_frame = geometry_by_frame(path)
    for frame, expected in enumerate(angles):
        told, read = of_frame(frame), read_xray(path, frame).geometry
        assert told.value("primary_angle_deg") == expected["PositionerPrimaryAngle"]
        assert told.describe() == read.describe()
    (tmp_path / "text.dcm").write_text("no DICOM")
    with pytest.raises(InputProblem, match=r"text\.dcm holds no image"):
        geometry_by_frame(tmp_path / "text.dcm")
    (tmp_path / "empty.dcm").touch()
    with pytest.raises(InputProblem, match=r"empty\.dcm cannot be read as DICOM"):
        geometry_by_frame(tmp_path / "empty.dcm")

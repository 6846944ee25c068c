"""X-rays that real systems write against the standard, or that no camera describes: read rightly, or refused."""

import io
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from dicom_files import dicom, gradient, item, save
from pydicom.encaps import encapsulate
from pydicom.uid import MPEG2MPML, MPEG4HP41, ImplicitVRLittleEndian
from RayEmbRegistrationLib.application.open_xray import Typed, open_xray
from RayEmbRegistrationLib.geometry.xray import XrayGeometry
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.xray.reading import read_xray
from RayEmbRegistrationLib.xray.round_field import has_round_field

KNOWN = {"DistanceSourceToDetector": 1000, "ImagerPixelSpacing": [2.0, 2.0]}


@pytest.mark.parametrize(
    ("kind", "attributes", "reason"),
    [
        ("DX", {"DetectorConfiguration": "SLOT"}, r"from a slot scanner \(\(0018,7005\) Detector Configuration is SLOT\)"),
        ("DX", {"Manufacturer": "EOS imaging", "ManufacturerModelName": "EOSedge"}, r"from a slot scanner \(Eos Imaging"),
        ("CR", {"Manufacturer": "LODOX"}, "from a slot scanner"),
        ("DX", {"Modality": "PX"}, "a panoramic image .* tube turns about the head"),
        ("DX", {"Manufacturer": "HOLOGIC", "ManufacturerModelName": "Horizon A"}, "from a bone densitometer"),
        ("Secondary Capture", {"Manufacturer": "GE Healthcare Lunar"}, "from a bone densitometer"),
        ("CT", {"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]}, r"a CT localizer \(scout view\)"),
        ("DX", {"ImageType": ["DERIVED", "PRIMARY", "", "STITCHED"]}, "stitched from several exposures"),
    ],
)
def test_what_no_pinhole_sees_is_refused_with_the_reason(tmp_path, kind, attributes, reason):
    path = save(dicom(kind, gradient(), **KNOWN, **attributes), tmp_path / "a.dcm")
    with pytest.raises(InputProblem, match=rf"a\.dcm is {reason}.*no camera \(pinhole\).*one exposure"):
        read_xray(path)


@pytest.mark.parametrize(
    "attributes", [{"DetectorConfiguration": "AREA"}, {"Manufacturer": "HOLOGIC"}, {"Manufacturer": "GE"}]
)
def test_area_detectors_pass(tmp_path, attributes):
    assert open_xray(save(dicom("DX", gradient(), **KNOWN, **attributes), tmp_path / "a.dcm")).camera.K[0, 0] == 500


@pytest.mark.parametrize(
    ("attributes", "missing", "sentence"),
    [
        ({"DistanceSourceToDetector": 100}, "source_to_detector_mm", "of 100 mm looks like centimetres or inches"),
        ({"DistanceSourceToDetector": 1.0}, "source_to_detector_mm", "of 1 mm looks like metres"),
        (
            {"ImagerPixelSpacing": [0.2, 0.2]},
            "pixel_spacing_mm",
            "a field of 6.4 x 4.8 mm, which looks like centimetres or in",
        ),
        (
            {"ImagerPixelSpacing": [2000, 2000]},
            "pixel_spacing_mm",
            "field of 6.4e.04 x 4.8e.04 mm, which looks like micrometres",
        ),
        (
            {"ImagerPixelSpacing": None, "IntensifierSize": 12},
            "pixel_spacing_mm",
            "Intensifier Size .* centimetres or inches",
        ),
        (
            {"ImagerPixelSpacing": None, "FieldOfViewDimensions": [5, 6]},
            "pixel_spacing_mm",
            "looks like centimetres or inches",
        ),
    ],
)
def test_lengths_in_another_unit_count_as_not_given(tmp_path, attributes, missing, sentence):
    """They are neither believed nor converted; what is typed in takes their place."""
    path = save(dicom("XA", gradient(), **{**KNOWN, **attributes}), tmp_path / "a.dcm")
    geometry = read_xray(path).geometry
    assert geometry.missing == (missing,)
    assert any("is not used" in note for note in geometry.notes)
    with pytest.raises(InputProblem, match=sentence) as caught:
        open_xray(path)
    assert "--sdd" in str(caught.value)
    assert "\n" not in str(caught.value)
    typed = {"source_to_detector_mm": 1000.0} if missing == "source_to_detector_mm" else {"pixel_spacing_mm": (2.0, 2.0)}
    assert open_xray(path, typed=Typed(**typed)).camera.K[0, 0] == 500


def test_usual_lengths_and_small_sensors_pass(tmp_path):
    assert read_xray(save(dicom("XA", gradient(), **KNOWN), tmp_path / "a.dcm")).geometry.missing == ()
    sensor = dicom("DX", gradient(), Modality="IO", DistanceSourceToDetector=300, ImagerPixelSpacing=[0.9, 0.9])
    assert read_xray(save(sensor, tmp_path / "b.dcm")).geometry.pixel_spacing_mm.value == (0.9, 0.9)


def test_isocentre_in_another_unit_is_not_used(tmp_path):
    known = {**KNOWN, "DistanceSourceToPatient": 70}
    geometry = read_xray(save(dicom("XA", gradient(), **known), tmp_path / "a.dcm")).geometry
    assert geometry.source_to_isocenter_mm is None
    assert any("does not fit a source-to-detector distance of 1000 mm" in note for note in geometry.notes)


def jpeg_lossless(pixels: np.ndarray, path: Path) -> None:
    """Write JPEG Lossless (process 14), which pydicom alone does not decode, by GDCM; then a rescale and two frames."""
    import pydicom
    import SimpleITK as sitk  # noqa: N813

    writer = sitk.ImageFileWriter()
    writer.SetImageIO("GDCMImageIO")
    writer.UseCompressionOn()
    writer.SetCompressor("JPEG")
    frames = []
    for frame in pixels:
        writer.SetFileName(str(path))
        writer.Execute(sitk.GetImageFromArray(frame[None]))
        written = pydicom.dcmread(path)
        assert "JPEG Lossless" in written.file_meta.TransferSyntaxUID.name
        frames.append(written.PixelData[written.PixelData.index(b"\xff\xd8") :])
    dataset = dicom("XA", pixels, RescaleSlope=2, RescaleIntercept=-100)
    dataset.PixelData = encapsulate(frames)
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    dataset.file_meta.TransferSyntaxUID = written.file_meta.TransferSyntaxUID
    save(dataset, path)


def test_compressed_with_a_rescale(tmp_path):
    pixels = np.stack([gradient(64, 96), gradient(64, 96)[::-1]])
    jpeg_lossless(pixels, tmp_path / "a.dcm")
    for frame in (0, 1):
        np.testing.assert_array_equal(read_xray(tmp_path / "a.dcm", frame).pixels, pixels[frame] * 2.0 - 100)


@pytest.mark.parametrize(("syntax", "name"), [(MPEG4HP41, "MPEG-4 AVC"), (MPEG2MPML, "MPEG2")])
def test_video_is_said_to_be_one(tmp_path, syntax, name):
    dataset = dicom("XA", gradient(), **KNOWN)
    dataset.PixelData = encapsulate([bytes(1000)])
    dataset["PixelData"].is_undefined_length = True
    dataset.file_meta.TransferSyntaxUID = syntax
    with pytest.raises(InputProblem, match=rf"is a video \({name}.*export the frame"):
        read_xray(save(dataset, tmp_path / "a.dcm"))


def test_no_preamble_and_no_extension(tmp_path):
    whole = save(dicom("XA", gradient(), **KNOWN), tmp_path / "a.dcm").read_bytes()
    (tmp_path / "IM0001").write_bytes(whole[132:])  # begins with the file's meta information
    meta = whole.index(b"\x08\x00\x16\x00UI")
    (tmp_path / "IM0002").write_bytes(whole[meta:])  # begins with the data set, explicit
    dataset = dicom("XA", gradient(), **KNOWN)
    dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    dataset.save_as(tmp_path / "IM0003", implicit_vr=True, little_endian=True)
    implicit = (tmp_path / "IM0003").read_bytes()
    (tmp_path / "IM0003").write_bytes(implicit[implicit.index(b"\x08\x00\x16\x00") :])
    for name in ("IM0001", "IM0002", "IM0003"):
        view = read_xray(tmp_path / name)
        np.testing.assert_array_equal(view.pixels, gradient())
        assert view.geometry.source_to_detector_mm.value == 1000


@pytest.mark.parametrize(
    ("attributes", "sentence"),
    [
        ({"Rows": 60_000, "Columns": 60_000}, "60000 x 60000 pixels, which no X-ray has"),
        ({"Columns": 0}, "rows and columns"),
        ({"NumberOfFrames": "2000000000"}, "2000000000 frames, which cannot be"),
        ({"Rows": 4}, "too small for an X-ray"),
    ],
)
def test_impossible_sizes_are_refused_before_memory_is_taken(tmp_path, attributes, sentence):
    dataset = dicom("XA", gradient(), **KNOWN)
    dataset.update(item(**attributes))
    with pytest.raises(InputProblem, match=sentence):
        read_xray(save(dataset, tmp_path / "a.dcm"))


def test_unreadable_elements_are_left_out_with_a_note(tmp_path):
    path = save(dicom("XA", gradient(), KVP="70", **KNOWN), tmp_path / "a.dcm")
    path.write_bytes(path.read_bytes().replace(b"\x18\x00\x60\x00DS\x02\x0070", b"\x18\x00\x60\x00FD\x02\x0070"))
    view = read_xray(path)
    assert view.geometry.tube_voltage_kv is None
    assert any("(0018,0060)" in note and "left out" in note for note in view.notes)


def test_tags_at_odds_on_polarity_settle_nothing(tmp_path):
    said = {
        "PhotometricInterpretation": "MONOCHROME1",
        "PresentationLUTShape": "INVERSE",
        "PixelIntensityRelationship": "LOG",
    }
    said |= {"PresentationIntentType": "FOR PRESENTATION", "PixelIntensityRelationshipSign": -1}
    view = read_xray(save(dicom("DX", gradient(), **said), tmp_path / "a.dcm"))
    assert (view.polarity_hint, view.bone_is_bright) == (None, None)
    assert any("contradicts itself on polarity" in note for note in view.notes)
    hint = read_xray(save(dicom("XA", gradient(), PixelIntensityRelationship="LIN"), tmp_path / "b.dcm"))
    assert (hint.polarity_hint, hint.bone_is_bright) == (False, None)
    typed = Typed(1000.0, (2.0, 2.0), bone_is_bright=True)
    assert open_xray(tmp_path / "b.dcm", typed=typed).bone_is_bright is True


def disc(size: int = 200, radius: float = 97.0, sides: int = 0) -> np.ndarray:
    """A picture whose content lies in a disc, or in a regular polygon, on black."""
    rows, columns = np.indices((size, size)) - (size - 1) / 2
    reach = np.hypot(rows, columns)
    if sides:
        sector = 2 * np.pi / sides
        reach = reach * np.cos((np.arctan2(rows, columns) % sector) - sector / 2)
    content = 800 + 300 * np.sin(columns / 9) + 300 * np.cos(rows / 7)
    return np.where(reach <= radius, content, 3.0).astype(np.float32)


def test_round_fields_are_told_from_others():
    rng = np.random.default_rng(0)
    assert has_round_field(disc())
    assert has_round_field(2000 - disc())  # white surroundings
    assert has_round_field(cv2.GaussianBlur(disc(), (0, 0), 2) + rng.normal(0, 4, (200, 200)))
    assert has_round_field(disc()[20:, :])  # cropped at the top
    assert not has_round_field(disc(sides=8, radius=90))
    assert not has_round_field(disc(sides=4, radius=80))
    assert not has_round_field(gradient(200, 200))
    outside = disc() == 3.0
    assert has_round_field(np.where(outside, rng.random((200, 200)) * 1000, disc()), outside)


def test_round_field_warns_of_distortion(tmp_path):
    def distorted(*attributes, **more):
        view = read_xray(save(dicom(*attributes, **more), tmp_path / "a.dcm"))
        return any("ntensifier" in note and "distort" in note for note in view.geometry.notes)

    round_picture, plain = disc().astype(np.uint16), gradient()
    assert distorted("XA", round_picture)
    assert distorted("XA", plain, FieldOfViewShape="ROUND", FieldOfViewDimensions=230)
    assert distorted("XA", plain, IntensifierSize=230)
    assert not distorted("XA", plain)
    assert not distorted("DX", round_picture, DetectorType="SCINTILLATOR")
    assert not distorted("XA", round_picture, XRayReceptorType="DIGITAL_DETECTOR")
    cv2.imencode(".png", round_picture)[1].tofile(tmp_path / "a.png")
    assert any("field is round" in note for note in read_xray(tmp_path / "a.png").geometry.notes)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".tif", ".png", ".jpg"])
def test_pictures_that_ask_to_be_turned_are_read_as_stored(tmp_path, suffix, orientation):
    image = pytest.importorskip("PIL.Image")
    pixels = np.zeros((48, 64), np.uint8)
    pixels[:16, :32], pixels[32:, :16] = 200, 96
    exif = image.Exif()
    exif[274] = orientation
    path = tmp_path / f"a{suffix}"
    more = {"tiffinfo": {274: orientation}} if suffix == ".tif" else {"exif": exif, "dpi": (72, 72)}
    image.fromarray(pixels).save(path, **more)
    view = read_xray(path)
    assert view.pixels.shape == pixels.shape
    assert np.abs(view.pixels - pixels).max() <= (12 if suffix == ".jpg" else 0)
    assert any("used as stored" in note for note in view.notes) == (orientation != 1)
    assert view.geometry.pixel_spacing_mm is None  # 72 dpi are no pixel spacing
    assert view.geometry == XrayGeometry(image_size=(64, 48)) or view.geometry.missing


def test_picture_of_absurd_size_is_refused_before_it_is_decoded(tmp_path):
    pytest.importorskip("PIL.Image")

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 16, 0, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    (tmp_path / "a.png").write_bytes(data)
    with pytest.raises(InputProblem, match=r"a\.png .*(than any X-ray has|which no X-ray has)"):
        read_xray(tmp_path / "a.png")


@pytest.mark.parametrize("suffix", [".png", ".tif", ".jpg", ".bmp", ".pgm", ".jp2"])
@pytest.mark.parametrize("share", [0.2, 0.6, 0.95])
def test_cut_off_pictures_are_refused(tmp_path, suffix, share):
    blurred = cv2.GaussianBlur(np.random.default_rng(0).random((120, 160)), (0, 0), 3)
    whole = cv2.imencode(suffix, (255 * blurred).astype(np.uint8))[1].tobytes()
    path = tmp_path / f"a{suffix}"
    path.write_bytes(whole)
    assert read_xray(path).image_size == (160, 120)
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(InputProblem, match=r"a\.\w+ is (cut off|not an image)"):
        read_xray(path)


def test_raw_tiff_cut_off(tmp_path):
    image = pytest.importorskip("PIL.Image")
    buffer = io.BytesIO()
    image.fromarray(gradient(120, 160)).save(buffer, "TIFF")
    (tmp_path / "a.tif").write_bytes(buffer.getvalue()[:20_000])
    with pytest.raises(InputProblem, match="not an image"):
        read_xray(tmp_path / "a.tif")

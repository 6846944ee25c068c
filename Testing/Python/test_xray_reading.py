"""Reading X-rays: every format gives the stored numbers back; every bad file one sentence that says why."""

import cv2
import numpy as np
import pytest
from dicom_files import dicom, gradient, item, save
from pydicom.encaps import encapsulate
from pydicom.uid import JPEG2000Lossless, JPEGLSLossless, RLELossless
from RayEmbRegistrationLib.xray.reading import read_xray


def write(path, pixels):
    cv2.imencode(path.suffix, pixels)[1].tofile(path)
    return path


@pytest.mark.parametrize(
    ("name", "dtype"), [("a.png", np.uint8), ("b.png", np.uint16), ("c.tif", np.uint16), ("d.tif", np.float32)]
)
def test_pictures_give_the_stored_numbers(tmp_path, name, dtype):
    pixels = (np.arange(24 * 32).reshape(24, 32) / 3).astype(dtype)
    image = read_xray(write(tmp_path / name, pixels))
    np.testing.assert_array_equal(image.pixels, pixels.astype(np.float32))
    assert image.pixels.dtype == np.float32
    assert (image.intensity, image.polarity_hint, image.geometry.source_to_detector_mm, image.notes) == (
        "unknown",
        None,
        None,
        (),
    )
    assert image.image_size == (32, 24)
    assert not image.invalid.any()


def test_other_scripts_in_the_path_and_wrong_suffix(tmp_path):
    folder = tmp_path / "Röntgen 骨盆"
    folder.mkdir()
    np.testing.assert_array_equal(read_xray(write(folder / "Hüfte.png", gradient())).pixels, gradient())
    (folder / "Hüfte.png").rename(folder / "Hüfte.dcm")
    np.testing.assert_array_equal(read_xray(folder / "Hüfte.dcm").pixels, gradient())
    assert read_xray(save(dicom("XA", gradient()), folder / "ohne Endung")).geometry is not None


def test_colour_and_transparency(tmp_path):
    grey = gradient(dtype=np.uint8)
    bgra = np.dstack([grey, grey, grey, np.full_like(grey, 7)])
    image = read_xray(write(tmp_path / "a.png", bgra))
    np.testing.assert_array_equal(image.pixels, grey)
    assert any("transparency" in n for n in image.notes)
    green = np.dstack([grey * 0, grey, grey * 0])
    image = read_xray(write(tmp_path / "b.png", green))
    np.testing.assert_allclose(image.pixels, 0.587 * grey, rtol=1e-6)
    assert any("colour" in n for n in image.notes)
    image = read_xray(save(dicom("Secondary Capture", green), tmp_path / "c.dcm"))
    np.testing.assert_allclose(image.pixels, 0.587 * grey, rtol=1e-6)
    assert image.intensity == "display"


def test_jpeg(tmp_path):
    smooth = np.tile(np.linspace(20, 200, 32, dtype=np.uint8), (24, 1))
    assert np.abs(read_xray(write(tmp_path / "a.jpg", smooth)).pixels - smooth).max() < 6


@pytest.mark.parametrize("suffix", [".nrrd", ".mha", ".nii.gz"])
def test_volumes_with_one_slice(tmp_path, suffix):
    import SimpleITK as sitk  # noqa: N813

    pixels = gradient().astype(np.float32)
    for count, array in enumerate((pixels[None], pixels, np.stack([pixels, pixels + 1]))):
        path = tmp_path / f"{count}{suffix}"
        sitk.WriteImage(sitk.GetImageFromArray(array), str(path))
    np.testing.assert_array_equal(read_xray(tmp_path / f"0{suffix}").pixels, pixels)
    np.testing.assert_array_equal(read_xray(tmp_path / f"1{suffix}").pixels, pixels)
    with pytest.raises(ValueError, match=r"2 slices.*choose one with frame"):
        read_xray(tmp_path / f"2{suffix}")
    np.testing.assert_array_equal(read_xray(tmp_path / f"2{suffix}", frame=1).pixels, pixels + 1)


@pytest.mark.parametrize("kind", ["XA", "RF", "DX", "CR", "RT Image", "Secondary Capture", "Enhanced XA", "Enhanced XRF"])
def test_every_kind_of_dicom(tmp_path, kind):
    stored = gradient() - 100 if kind == "CR" else gradient()
    dataset = dicom(kind, stored.astype(np.int16 if kind == "CR" else np.uint16), RescaleSlope=2, RescaleIntercept=-5)
    image = read_xray(save(dataset, tmp_path / "a.dcm"))
    np.testing.assert_array_equal(image.pixels, stored.astype(np.int16) * 2.0 - 5)
    assert image.geometry.image_size == image.image_size


def test_frames(tmp_path):
    stack = np.stack([gradient() + 1000 * k for k in range(3)])
    path = save(dicom("XA", stack, PositionerPrimaryAngle=1), tmp_path / "a.dcm")
    first = read_xray(path)
    np.testing.assert_array_equal(first.pixels, stack[0])
    assert (first.frame, first.frame_count) == (0, 3)
    assert any("3 frames" in n for n in first.notes)
    np.testing.assert_array_equal(read_xray(path, frame=2).pixels, stack[2])
    with pytest.raises(ValueError, match="no frame 3"):
        read_xray(path, frame=3)


@pytest.mark.parametrize("syntax", [RLELossless, JPEG2000Lossless])
def test_compressed(tmp_path, syntax):
    pixels = gradient(64, 96)
    dataset = dicom("XA", pixels)
    if syntax == RLELossless:
        dataset.compress(RLELossless, encoding_plugin="pydicom")
    else:  # lossless by OpenCV's settings; read by whichever decoder there is
        code = cv2.imencode(".jp2", pixels, [cv2.IMWRITE_JPEG2000_COMPRESSION_X1000, 1000])[1].tobytes()
        start = code.index(b"\xff\x4f\xff\x51")  # DICOM holds the bare codestream
        dataset.PixelData = encapsulate([code[start:]])
        dataset["PixelData"].VR = "OB"
        dataset["PixelData"].is_undefined_length = True
        dataset.file_meta.TransferSyntaxUID = syntax
    np.testing.assert_array_equal(read_xray(save(dataset, tmp_path / "a.dcm")).pixels, pixels)


def test_compression_without_decoder_says_so(tmp_path):
    dataset = dicom("XA", gradient())
    dataset.PixelData = encapsulate([b"\xff\xd8\xff\xf7 nothing"])
    dataset["PixelData"].is_undefined_length = True
    dataset.file_meta.TransferSyntaxUID = JPEGLSLossless
    with pytest.raises(ValueError, match=r"compressed \(JPEG-LS.*pylibjpeg|damaged"):
        read_xray(save(dataset, tmp_path / "a.dcm"))


@pytest.mark.parametrize(
    ("kind", "attributes", "bright", "intensity"),
    [
        ("XA", {"PixelIntensityRelationship": "LIN"}, False, "raw"),
        ("XA", {"PixelIntensityRelationship": "LIN", "RescaleSlope": -1, "RescaleIntercept": 0}, True, "raw"),
        ("XA", {"PixelIntensityRelationship": "DISP"}, None, "display"),
        ("XA", {"PixelIntensityRelationship": "LOG"}, None, "log"),
        ("DX", {"PixelIntensityRelationship": "LOG", "PixelIntensityRelationshipSign": -1}, True, "log"),
        ("DX", {"PixelIntensityRelationship": "LIN", "PixelIntensityRelationshipSign": 1}, False, "raw"),
        (
            "DX",
            {
                "PixelIntensityRelationship": "LIN",
                "PixelIntensityRelationshipSign": 1,
                "RescaleSlope": -1,
                "RescaleIntercept": 0,
            },
            True,
            "raw",
        ),
        (
            "DX",
            {
                "PixelIntensityRelationship": "LOG",
                "PixelIntensityRelationshipSign": 1,
                "PhotometricInterpretation": "MONOCHROME1",
                "PresentationIntentType": "FOR PRESENTATION",
            },
            False,
            "display",
        ),
        ("CR", {"PhotometricInterpretation": "MONOCHROME1"}, False, "unknown"),
        ("CR", {"PhotometricInterpretation": "MONOCHROME2"}, True, "unknown"),
        ("CR", {"PhotometricInterpretation": "MONOCHROME1", "PresentationLUTShape": "INVERSE"}, False, "unknown"),
        ("CR", {"PhotometricInterpretation": "MONOCHROME1", "PresentationLUTShape": "IDENTITY"}, None, "unknown"),
        ("Secondary Capture", {}, None, "display"),
        ("RT Image", {"PixelIntensityRelationship": "LIN", "PixelIntensityRelationshipSign": -1}, True, "raw"),
    ],
)
def test_polarity_and_scale_come_from_the_file(tmp_path, kind, attributes, bright, intensity):
    image = read_xray(save(dicom(kind, gradient(), **attributes), tmp_path / "a.dcm"))
    assert (image.polarity_hint, image.intensity) == (bright, intensity)
    assert bright is not None or any("bone" in n for n in image.notes)


def test_logarithm_with_its_table_becomes_linear(tmp_path):
    stored = gradient(dtype=np.uint8)
    table = np.linspace(0, 255, 256).astype(np.uint16) ** 2
    lut = item(LUTDescriptor=[256, 0, 16], LUTData=table.tobytes(), ModalityLUTType="US")
    attributes = {"ModalityLUTSequence": lut, "PixelIntensityRelationship": "LOG"}
    image = read_xray(save(dicom("XA", stored, **attributes), tmp_path / "a.dcm"))
    np.testing.assert_array_equal(image.pixels, table[stored])
    assert (image.intensity, image.polarity_hint) == ("raw", False)
    image = read_xray(save(dicom("XA", stored, **{**attributes, "PixelIntensityRelationship": "DISP"}), tmp_path / "b.dcm"))
    np.testing.assert_array_equal(image.pixels, stored)


def test_bits_above_the_stored_ones_are_left_out(tmp_path):
    stored = gradient() % 4096
    dataset = dicom("XA", stored | 0x8000, BitsStored=12, HighBit=11)
    np.testing.assert_array_equal(read_xray(save(dataset, tmp_path / "a.dcm")).pixels, stored)
    signed = (stored.astype(np.int16) - 300).astype(np.int16)
    dataset = dicom("XA", signed, BitsStored=12, HighBit=11)
    np.testing.assert_array_equal(read_xray(save(dataset, tmp_path / "b.dcm")).pixels, signed)


def test_masks(tmp_path):
    dataset = dicom(
        "XA", gradient(), PixelPaddingValue=770, PixelPaddingRangeLimit=760, ShutterShape="RECTANGULAR",
        ShutterLeftVerticalEdge=3, ShutterRightVerticalEdge=32, ShutterUpperHorizontalEdge=1, ShutterLowerHorizontalEdge=24,
        CollimatorShape="CIRCULAR", CenterOfCircularCollimator=[1, 1], RadiusOfCircularCollimator=2,
    )  # fmt: skip
    image = read_xray(save(dataset, tmp_path / "a.dcm"))
    want = np.zeros((24, 32), dtype=bool)
    want[:, :2] = True  # columns 1 and 2 are left of the edge
    want[gradient() >= 760] = True
    np.testing.assert_array_equal(image.invalid, want)  # the collimator would leave nothing
    assert any("collimator" in n and "ignored" in n for n in image.notes)
    broken = gradient().astype(np.float32)
    broken[3, 4] = np.nan
    image = read_xray(write(tmp_path / "b.tif", broken))
    assert np.isfinite(image.pixels).all()
    np.testing.assert_array_equal(np.argwhere(image.invalid), [[3, 4]])


def test_bad_files_are_refused_in_one_sentence(tmp_path):
    import SimpleITK as sitk  # noqa: N813

    good_png = write(tmp_path / "good.png", gradient()).read_bytes()
    good_jpg = write(tmp_path / "good.jpg", gradient(64, 64, np.uint8)).read_bytes()
    good_dcm = save(dicom("XA", gradient()), tmp_path / "good.dcm").read_bytes()
    cases = {
        "empty.png": (b"", "0 bytes"),
        "cut.png": (good_png[: len(good_png) // 2], "cut off"),
        "cut.jpg": (good_jpg[: len(good_jpg) * 3 // 4], "cut off"),
        "cut.dcm": (good_dcm[:-500], "cut off"),
        "header.dcm": (good_dcm[:400], "cut off|damaged"),
        "text.txt": (b"not a picture at all", "not an image"),
        "text.dcm": (b"not a picture at all, but called DICOM" * 10, "not a|no image|damaged"),
        "text.nrrd": (b"not a picture at all", "cannot be read"),
    }
    for name, (content, sentence) in cases.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ValueError, match=sentence) as caught:
            read_xray(tmp_path / name)
        assert name in str(caught.value)
        assert "\n" not in str(caught.value)
    sitk.WriteImage(sitk.GetImageFromArray(np.random.default_rng(0).random((24, 32))), str(tmp_path / "good.nii.gz"))
    (tmp_path / "cut.nii.gz").write_bytes((tmp_path / "good.nii.gz").read_bytes()[:3000])
    with pytest.raises(ValueError, match="cut off"):
        read_xray(tmp_path / "cut.nii.gz")
    with pytest.raises(ValueError, match="no file"):
        read_xray(tmp_path / "absent.png")
    with pytest.raises(ValueError, match="folder"):
        read_xray(tmp_path)
    with pytest.raises(ValueError, match="value 7; the image has no content"):
        read_xray(write(tmp_path / "flat.png", np.full((24, 32), 7, dtype=np.uint8)))
    with pytest.raises(ValueError, match="no finite pixel"):
        read_xray(write(tmp_path / "nan.tif", np.full((24, 32), np.nan, dtype=np.float32)))
    with pytest.raises(ValueError, match=r"not an X-ray.*CT Image.*give it as the CT"):
        read_xray(save(dicom("CT", gradient()), tmp_path / "ct.dcm"))


def test_real_files():
    from pathlib import Path

    files = sorted((Path(__file__).parents[3] / "shared" / "data").glob("*/**/*_cam1.png"))[:1]
    if not files:
        pytest.skip("no real X-rays here")
    assert np.ptp(read_xray(files[0]).pixels) > 0

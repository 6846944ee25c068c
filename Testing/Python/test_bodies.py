"""Surface models as bodies: read, refused where open or in other units, filled with their material."""

import numpy as np
import pytest
from RayEmbRegistrationLib.application.open_ct import open_ct
from RayEmbRegistrationLib.bodies.isosurface import surface_of_volume
from RayEmbRegistrationLib.bodies.materials import MATERIALS, material_named
from RayEmbRegistrationLib.bodies.naming import parse_body
from RayEmbRegistrationLib.bodies.surface import read_surface
from RayEmbRegistrationLib.bodies.voxels import volume_of_surface
from RayEmbRegistrationLib.drr.attenuation import ENERGY_KEV, attenuation_from_hu
from RayEmbRegistrationLib.drr.joseph import JosephProjector
from RayEmbRegistrationLib.geometry import Camera, CTVolume, RigidTransform
from RayEmbRegistrationLib.problems import InputProblem

vtk_filters = pytest.importorskip("vtkmodules.vtkFiltersSources")


def sphere(radius=20.0, center=(3.0, -4.0, 5.0)):
    source = vtk_filters.vtkSphereSource()
    source.SetRadius(radius)
    source.SetCenter(*center)
    source.SetThetaResolution(64)
    source.SetPhiResolution(64)
    source.Update()
    return source.GetOutput()


def write(path, data):
    from vtkmodules.vtkIOGeometry import vtkOBJWriter, vtkSTLWriter
    from vtkmodules.vtkIOPLY import vtkPLYWriter
    from vtkmodules.vtkIOXML import vtkXMLPolyDataWriter

    kinds = {".stl": vtkSTLWriter, ".ply": vtkPLYWriter, ".obj": vtkOBJWriter, ".vtp": vtkXMLPolyDataWriter}
    writer = kinds[path.suffix]()
    writer.SetFileName(str(path))
    writer.SetInputData(data)
    writer.Write()
    return path


def without_faces(data, faces):
    data.BuildCells()
    for face in faces:
        data.DeleteCell(face)
    data.RemoveDeletedCells()
    return data


@pytest.mark.parametrize("suffix", [".stl", ".ply", ".obj", ".vtp"])
def test_every_kind_is_read_as_the_same_body(tmp_path, suffix):
    surface = read_surface(write(tmp_path / f"ball{suffix}", sphere()))
    assert surface.volume_mm3 == pytest.approx(4 / 3 * np.pi * 20**3, rel=0.01)
    np.testing.assert_allclose(surface.center, (3, -4, 5), atol=0.05)


def test_open_surface_is_refused_with_where(tmp_path):
    path = write(tmp_path / "holed.stl", without_faces(sphere(), range(2000, 2200)))
    with pytest.raises(InputProblem, match=r"is not closed: .* near .* fill its holes"):
        read_surface(path)


def test_single_lost_triangle_is_said_and_let_pass(tmp_path):
    surface = read_surface(write(tmp_path / "holed.stl", without_faces(sphere(), [100])))
    assert "a small hole" in surface.notes[0]
    volume = volume_of_surface(surface, MATERIALS["CoCr"], 0.5)
    assert (volume.labels > 0).sum() * 0.125 == pytest.approx(4 / 3 * np.pi * 20**3, rel=0.02)


def test_other_units_are_refused_and_said(tmp_path):
    path = write(tmp_path / "ball.stl", sphere(0.02, (0, 0, 0)))
    with pytest.raises(InputProblem, match="it may be in m: say so"):
        read_surface(path)
    assert read_surface(path, "m").extent_mm == pytest.approx(40, rel=0.01)


def test_damaged_file_and_missing_file_get_a_sentence(tmp_path):
    path = tmp_path / "bad.stl"
    path.write_bytes(b"solid nothing\n" + bytes(100))
    with pytest.raises(InputProblem, match="no surface that can be read"):
        read_surface(path)
    with pytest.raises(InputProblem, match="there is no file"):
        read_surface(tmp_path / "none.ply")


def test_normals_inwards_are_turned(tmp_path):
    from vtkmodules.vtkFiltersCore import vtkReverseSense

    turned = vtkReverseSense()
    turned.SetInputData(sphere())
    turned.ReverseCellsOn()
    turned.Update()
    surface = read_surface(write(tmp_path / "inside_out.stl", turned.GetOutput()))
    assert surface.volume_mm3 > 0
    assert "inwards" in surface.notes[0]


def test_slicers_lps_is_turned_to_ras(tmp_path):
    path = write(tmp_path / "ball.stl", sphere())
    raw = path.read_bytes()
    path.write_bytes(b"3D Slicer output. SPACE=LPS".ljust(80) + raw[80:]) if not raw.startswith(
        b"solid"
    ) else path.write_bytes(raw.replace(raw.splitlines()[0], b"solid 3D Slicer output. SPACE=LPS", 1))
    np.testing.assert_allclose(read_surface(path).center, (-3, 4, 5), atol=0.05)


@pytest.mark.parametrize("name", list(MATERIALS))
def test_voxels_attenuate_as_the_material(name):
    material = MATERIALS[name]
    hu = np.float64(material.hounsfield())
    assert float(attenuation_from_hu(hu, ENERGY_KEV)) == pytest.approx(material.attenuation(), rel=1e-4)


def test_metals_are_opaque_and_the_rest_is_not():
    assert {name for name, each in MATERIALS.items() if each.is_opaque} == {"CoCr", "titanium", "steel"}
    with pytest.raises(InputProblem, match="no material 'gold'"):
        material_named("gold")


def test_line_through_the_ball_is_its_diameter(tmp_path):
    surface = read_surface(write(tmp_path / "ball.stl", sphere(20.0, (0.0, 0.0, 0.0))))
    volume = volume_of_surface(surface, MATERIALS["titanium"], 0.5)
    assert (volume.labels > 0).sum() * 0.125 == pytest.approx(surface.volume_mm3, rel=0.01)
    camera = Camera.from_detector((65, 65), (1.0, 1.0), 1000.0)
    projector = JosephProjector(attenuation_from_hu(volume.hu), volume.ras_from_ijk)
    image = projector.render(RigidTransform(translation=(0, 0, 800.0)), camera)[0].numpy()
    assert image[32, 32] == pytest.approx(40 * MATERIALS["titanium"].attenuation(), rel=0.02)
    rows, columns = np.nonzero(image > image.max() / 20)
    assert abs(rows.mean() - 32) < 0.1
    assert abs(columns.mean() - 32) < 0.1


def test_body_is_named_with_material_and_unit(tmp_path):
    path = write(tmp_path / "ball.stl", sphere())
    body = parse_body(f"{path}:cocr:cm")
    assert (body.path, body.material.name, body.unit, body.name) == (path, "CoCr", "cm", "ball")
    with pytest.raises(InputProblem, match="needs its material"):
        parse_body(str(path))
    with pytest.raises(InputProblem, match="neither a material nor a label map"):
        parse_body("tibia.nii.gz:gold")
    assert parse_body("tibia.nii.gz").name == "tibia"
    assert parse_body("tibia.nii.gz:CoCr").material.name == "CoCr"
    (tmp_path / "map.nii.gz").touch()
    bone = parse_body(f"{tmp_path / 'leg.nii.gz'}:{tmp_path / 'map.nii.gz'}:3")
    assert (bone.path.name, bone.labels.name, bone.label, bone.name) == ("leg.nii.gz", "map.nii.gz", 3, "leg-3")


def test_voxels_become_the_surface_that_they_were_filled_from(tmp_path):
    surface = read_surface(write(tmp_path / "ball.stl", sphere()))
    volume = volume_of_surface(surface, MATERIALS["CoCr"], 0.5)
    again = surface_of_volume(CTVolume(volume.hu, volume.ras_from_ijk), "ball")
    np.testing.assert_allclose(again.center, surface.center, atol=0.05)
    assert again.volume_mm3 == pytest.approx(surface.volume_mm3, rel=0.02)
    with pytest.raises(InputProblem, match="is alike"):
        surface_of_volume(CTVolume(np.zeros((4, 4, 4)), np.eye(4)), "nothing")


def test_a_model_is_opened_where_a_ct_is(tmp_path):
    opened = open_ct(f"{write(tmp_path / 'ball.stl', sphere())}:steel")
    assert opened.volume.labels.any()
    assert "surface model of steel" in opened.notes[-1]
    with pytest.raises(InputProblem, match="neither labels nor series"):
        open_ct(f"{tmp_path / 'ball.stl'}:steel", labels="x.nii.gz")

"""Template sets: views, cameras, and that a point's embedding is taken where the projector projects the point."""

import numpy as np
import pytest
import torch
from RayEmbRegistrationLib.detector.networks.encoder import Encoder
from RayEmbRegistrationLib.detector.templates import (
    LARGEST_SIDE_PX,
    TemplateSettings,
    embed_points,
    make_templates,
    pixel_mm_for,
    set_rotations,
    template_tilts,
)
from RayEmbRegistrationLib.drr import JosephProjector
from RayEmbRegistrationLib.geometry import RigidTransform

RAS_FROM_IJK = np.array([[-1.5, 0, 0, 60.0], [0, 1.5, 0.2, -40], [0, -0.2, 1.6, 30], [0, 0, 0, 1]])
VOXELS = np.array([[5, 8, 9], [60, 20, 40], [33, 50, 12]])  # i, j, k
POINTS = VOXELS @ RAS_FROM_IJK[:3, :3].T + RAS_FROM_IJK[:3, 3]
CENTER = POINTS.mean(axis=0)
ROTATIONS = set_rotations(np.array([[0.0, -1, 0], [-1, 0, 0], [0.3, -0.7, 0.5]]))


class CoordinateEncoder(Encoder):
    """Embeds every feature's place, so that an embedding tells from where it was taken."""

    dimensions, name = 3, "coordinates"

    def __init__(self, stride: int, corner_aligned: bool = False) -> None:
        super().__init__()
        self.stride = self.multiple = stride
        self.corner_aligned = corner_aligned

    def forward(self, image, mask):
        height, width = (side // self.stride for side in image.shape[-2:])
        rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
        place = torch.stack([columns, rows]).float()
        if not self.corner_aligned:
            place = (place + 0.5) * self.stride - 0.5
        return torch.cat([place, torch.full_like(place[:1], 50.0)]).expand(len(image), -1, -1, -1)


def pixels_of(embeddings: torch.Tensor) -> np.ndarray:
    return (embeddings[..., :2] / embeddings[..., 2:] * 50).double().numpy()


def centroid(image: np.ndarray) -> np.ndarray:
    rows, columns = np.indices(image.shape)
    return np.array([(image * columns).sum(), (image * rows).sum()]) / image.sum()


@pytest.mark.parametrize("stride", [1, 2, 8])
def test_embeddings_are_taken_where_the_projector_projects(stride):
    made = make_templates(
        JosephProjector(np.ones((4, 4, 4)), RAS_FROM_IJK),
        CoordinateEncoder(stride),
        POINTS,
        CENTER,
        ROTATIONS,
        TemplateSettings(0.6),
    )
    assert made.point_embeddings.shape == (3, 4, 3, 3)
    assert made.seen.all()
    found = pixels_of(made.point_embeddings)
    for number, (i, j, k) in enumerate(VOXELS):
        values = np.zeros((60, 70, 80))
        values[k, j, i] = 1.0
        images = JosephProjector(values, RAS_FROM_IJK).render(
            torch.as_tensor(made.template_poses.reshape(-1, 4, 4)), made.camera
        )
        for template, image in enumerate(images.double().numpy()):
            expected = centroid(image)
            taken = found[template // 4, template % 4, number]
            assert np.abs(taken - expected).max() < 0.35, "half precision and the voxel's own perspective allow this much"


def test_corner_aligned_sampling_is_the_published_one():
    encoder = CoordinateEncoder(14, corner_aligned=True)
    made = make_templates(
        JosephProjector(np.ones((4, 4, 4)), RAS_FROM_IJK), encoder, POINTS, CENTER, ROTATIONS, TemplateSettings(0.6)
    )
    assert made.camera.image_size[0] % 14 == 0
    side = made.camera.width
    for s, t in np.ndindex(3, 4):
        pose = RigidTransform.from_matrix(made.template_poses[s, t])
        expected = made.camera.project(pose.apply(POINTS)) / (side - 1) * (side // 14 - 1)
        np.testing.assert_allclose(pixels_of(made.point_embeddings[s, t]), expected, atol=0.02)


def test_views_are_tilted_about_the_centre():
    made = make_templates(
        JosephProjector(np.ones((4, 4, 4)), RAS_FROM_IJK),
        CoordinateEncoder(2),
        POINTS,
        CENTER,
        ROTATIONS,
        TemplateSettings(0.6),
    )
    for rotation, poses in zip(made.rotations, made.template_poses, strict=True):
        central = RigidTransform(rotation)
        for pose in poses:
            camera_from_ras = RigidTransform.from_matrix(pose)
            np.testing.assert_allclose(camera_from_ras.apply(CENTER), [0, 0, 750], atol=1e-9)
            turn = RigidTransform(camera_from_ras.rotation) @ central.inverse()
            assert turn.rotation_angle_deg() == pytest.approx(16)
        # Their beams surround the central one: four sides, and its mean.
        beams = poses[:, 2, :3]
        mean = beams.mean(axis=0) / np.linalg.norm(beams.mean(axis=0))
        np.testing.assert_allclose(mean, rotation[2], atol=1e-9)
        across = (beams @ rotation[:2].T) / np.sin(np.radians(16))
        np.testing.assert_allclose(np.abs(across), np.sqrt(0.5), atol=1e-9)
    np.testing.assert_allclose(template_tilts(1), np.eye(3)[None])
    assert len(template_tilts(6)) == 6


def test_set_rotations_look_along_the_beam_head_up():
    front = ROTATIONS[0]
    np.testing.assert_allclose(front[2], [0, -1, 0], atol=1e-12)
    np.testing.assert_allclose(front @ [0, 0, 1], [0, -1, 0], atol=1e-12)
    assert np.linalg.det(set_rotations(np.array([[0.0, 0, -1]]))[0]) == pytest.approx(1)


def test_any_further_point_and_points_out_of_the_picture():
    projector, encoder = JosephProjector(np.ones((4, 4, 4)), RAS_FROM_IJK), CoordinateEncoder(2)
    made = make_templates(projector, encoder, POINTS, CENTER, ROTATIONS, TemplateSettings(0.6))
    points = np.stack([POINTS[1], CENTER, CENTER + 500])
    embeddings, seen = embed_points(made, projector, encoder, points, 2)
    assert seen.tolist() == [[True, True, False]] * 4
    torch.testing.assert_close(embeddings[:, 0], made.point_embeddings[2, :, 1])
    middle = (made.camera.width - 1) / 2
    np.testing.assert_allclose(pixels_of(embeddings[:, 1]), middle, atol=0.1)


def test_scale_follows_the_bone():
    assert pixel_mm_for(288) == 2.0
    assert pixel_mm_for(10) == 0.3
    projector = JosephProjector(np.ones((4, 4, 4)), RAS_FROM_IJK)
    made = make_templates(projector, CoordinateEncoder(2), POINTS * 50, CENTER * 50, ROTATIONS, TemplateSettings(0.6))
    assert made.camera.width == LARGEST_SIDE_PX
    assert not made.seen.all()
    with pytest.raises(ValueError, match="at least one view"):
        make_templates(projector, CoordinateEncoder(2), POINTS, CENTER, np.zeros((0, 3, 3)), TemplateSettings(0.6))
    settings = TemplateSettings(0.6, random_rounds=10)
    with pytest.raises(ValueError, match="4 templates cannot be drawn from 3"):
        make_templates(projector, CoordinateEncoder(2), POINTS, CENTER, ROTATIONS, settings)

"""Derivatives of a DRR by its camera's values: exact, and without a further rendering.

A pixel's value depends on its ray alone, so that whatever moves the image leaves -(gradient of the image) times the
displacement; and the gradient along the rays' coordinates follows from how turns of the bone about the source move the
image.
"""

from __future__ import annotations

import numpy as np
import torch

from RayEmbRegistrationLib.geometry import Camera

TESTED = ("distance", "aspect", "radial")
VALUES = (*TESTED, "column", "row")
"""What there is a derivative by, of one camera:

distance: logarithm of the source-to-detector distance, the bone staying where it is;
aspect: logarithm of the pixels' height over their width, the mean focal length being kept;
radial: first radial term k1, an image point at r from the principal point being drawn at r (1 + k1 r^2), with r in halves of
    the image's diagonal;
column, row: principal point, px of the stored image.
"""


def camera_slopes(camera: Camera, field: Camera, jacobians: torch.Tensor, centers: torch.Tensor) -> torch.Tensor:
    """(B, 5, H, W) derivatives by ``VALUES``.

    Args:
        camera: of the DRR, a resampled part of the X-ray.
        field: of the whole X-ray.
        jacobians: (B, 6, H, W) of the DRR by turns (rad) about ``centers`` and shifts (mm), camera axes.
        centers: (B, 3) mm, camera frame.
    """
    height, width = jacobians.shape[-2:]
    row, column = np.indices((height, width))
    rays = np.linalg.inv(camera.K) @ np.stack([column, row, np.ones_like(row)]).reshape(3, -1)
    x, y = torch.as_tensor(rays[:2] / rays[2], dtype=jacobians.dtype, device=jacobians.device).view(2, height, width)
    gradient = torch.stack(_gradient(x, y, jacobians, centers), dim=1)
    inner = np.linalg.inv(field.K[:2, :2])
    reach = float(np.linalg.norm(inner @ np.array(field.image_size))) / 2  # half the diagonal, in rays' coordinates
    wider = inner @ np.diag([0.5, -0.5]) @ field.K[:2, :2]
    square = (x * x + y * y) / reach**2
    fields = torch.stack(
        [
            torch.stack([x, y]),
            torch.stack([float(wider[0, 0]) * x + float(wider[0, 1]) * y, float(wider[1, 0]) * x + float(wider[1, 1]) * y]),
            torch.stack([x * square, y * square]),
            *(
                torch.as_tensor(inner[:, n], dtype=x.dtype, device=x.device)[:, None, None].expand(2, height, width)
                for n in (0, 1)
            ),
        ]
    )
    return -(gradient[:, None] * fields[None]).sum(dim=2)


def _gradient(
    x: torch.Tensor, y: torch.Tensor, jacobians: torch.Tensor, centers: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """(B, H, W) each, of the image along the coordinates of its rays (x, y, 1).

    A turn w of the bone about the source moves what a ray (x, y, 1) sees by (w_y (1 + x^2) - w_x x y,
    w_y x y - w_x (1 + y^2)): two derivatives, solved for the gradient.
    """
    turns, shifts = jacobians.split(3, dim=1)
    cx, cy, cz = centers.to(jacobians)[..., None, None].unbind(1)
    about_x = turns[:, 0] - cz * shifts[:, 1] + cy * shifts[:, 2]
    about_y = turns[:, 1] + cz * shifts[:, 0] - cx * shifts[:, 2]
    share = 1 / (1 + x * x + y * y)
    return -share * (x * y * about_x + (1 + y * y) * about_y), share * ((1 + x * x) * about_x + x * y * about_y)

"""Implants as closed surfaces, and what a ray crosses of them by its triangles: no voxel, no projector of the library."""

from __future__ import annotations

import numpy as np
from RayEmbRegistrationLib.bodies.surface import Surface


def tube(middles, radii, sides=16):
    """A closed tube through points (N, 3), with the half widths (N, 2) of its oval rings."""
    rings = []
    for number, (middle, width) in enumerate(zip(middles, radii, strict=True)):
        along = middles[min(number + 1, len(middles) - 1)] - middles[max(number - 1, 0)]
        across = np.cross([0, 1, 0], along)
        across /= np.linalg.norm(across)
        other = np.cross(along / np.linalg.norm(along), across)
        angle = 2 * np.pi * np.arange(sides)[:, None] / sides
        rings.append(middle + width[0] * np.cos(angle) * across + width[1] * np.sin(angle) * other)
    points = np.concatenate([*rings, middles[:1], middles[-1:]])
    faces, last = [], len(middles) - 1
    for n in range(last):
        for s in range(sides):
            a, b = n * sides + s, n * sides + (s + 1) % sides
            faces += [(a, b, b + sides), (a, b + sides, a + sides)]
    for s in range(sides):
        faces.append((len(points) - 2, (s + 1) % sides, s))
        faces.append((len(points) - 1, last * sides + s, last * sides + (s + 1) % sides))
    surface = Surface(points, np.array(faces, dtype=np.int64))
    return surface if surface.volume_mm3 > 0 else Surface(points, surface.faces[:, ::-1].copy())


def stem():
    """A bent, tapered stem with a neck, some 95 mm long: its ends and its sides differ."""
    s = np.linspace(0, 1, 14)
    bend = np.where(s > 0.62, (s - 0.62) / 0.38, 0)
    middles = np.stack([bend * 32, bend**2 * 6, s * 95 - bend * 14], axis=1)
    return tube(middles, np.stack([3.2 + 4 * s * (1 - bend) + 1.5 * bend, 3.0 + 1.5 * s], axis=1))


def nail():
    """A round nail, slightly bent."""
    s = np.linspace(0, 1, 12)
    return tube(np.stack([4 * s**2, 0 * s, s * 110], axis=1), np.full((12, 2), 4.0))


def chords(surface, camera, camera_from_body):
    """(H, W) mm along each ray: how far it leaves the surface, less how far it enters it."""
    points = camera_from_body.apply(surface.points)
    pixels, total, inverse = camera.project(points), np.zeros((camera.height, camera.width)), np.linalg.inv(camera.K)
    for face in surface.faces:
        a, b, c = points[face]
        low = np.maximum(np.floor(pixels[face].min(axis=0)).astype(int), 0)
        high = np.minimum(np.ceil(pixels[face].max(axis=0)).astype(int), np.array(camera.image_size) - 1)
        if (high < low).any():
            continue
        x, y = np.meshgrid(np.arange(low[0], high[0] + 1), np.arange(low[1], high[1] + 1))
        ways = np.stack([x, y, np.ones_like(x)], axis=-1) @ inverse.T
        normal = np.cross(b - a, c - a)
        against = ways @ normal
        with np.errstate(divide="ignore", invalid="ignore"):
            reach = (a @ normal) / against
            met = ways * reach[..., None]
        inside = np.isfinite(reach) & (reach > 0)
        for start, end in ((a, b), (b, c), (c, a)):
            inside &= np.nan_to_num(np.cross(end - start, met - start) @ normal, nan=-1.0) >= 0
        far = np.sign(against) * reach * np.linalg.norm(ways, axis=-1)
        total[y[inside], x[inside]] += far[inside]
    return np.clip(total, 0, None)


def write_stl(path, surface, scale=1.0, without=0):
    """In text; some triangles may be left out."""
    lines = ["solid body"]
    for face in surface.faces[without:]:
        corners = [f"vertex {x:.9g} {y:.9g} {z:.9g}" for x, y, z in surface.points[face] * scale]
        lines += ["facet normal 0 0 0", "outer loop", *corners, "endloop", "endfacet"]
    path.write_text("\n".join([*lines, "endsolid body", ""]), encoding="utf-8")
    return path

"""Local normalisation as it is compiled by numba; ``pose.alignment.similarity`` gives the same numbers by torch.

Means over windows are running sums down the image, in double precision so that nothing is left of what went by, and sums
along it; an image stays in the cache between two steps. Images are told as rows of pixels, (H * W,).

Imported only by ``compiling``, which does without where numba is missing.
"""

from __future__ import annotations

import numpy as np

from .compiled import _compile


@_compile
def box_mean(image, shape, half, found):  # type: ignore[no-untyped-def]  # numba finds types by use
    """Mean of an image of a shape (H, W) over a window of 2 half + 1 pixels a side, zero outside, written to ``found``."""
    height, width = shape
    totals = np.zeros(width, np.float64)  # of columns; they run down the image
    for y in range(min(half, height)):
        _add(totals, image[y * width : (y + 1) * width], 1.0)
    for y in range(height):
        if y + half < height:
            _add(totals, image[(y + half) * width : (y + half + 1) * width], 1.0)
        if y > half:
            _add(totals, image[(y - half - 1) * width : (y - half) * width], -1.0)
        _along(totals, half, found[y * width : (y + 1) * width])


@_compile
def _add(totals, line, sign):  # type: ignore[no-untyped-def]
    for x in range(len(totals)):
        totals[x] += sign * line[x]


@_compile
def _along(totals, half, found):  # type: ignore[no-untyped-def]
    """Means along a row, of the columns' totals."""
    width = len(totals)
    line, share = np.zeros(width + 2 * half, np.float32), np.float32(1.0 / (2 * half + 1) ** 2)
    for x in range(width):
        line[half + x] = totals[x] * share
        found[x] = 0
    for shift in range(2 * half + 1):
        for x in range(width):
            found[x] += line[x + shift]


@_compile
def normalize_one(image, jacobian, known, choices, found, slopes):  # type: ignore[no-untyped-def]
    """A DRR normalised as its X-ray is.

    Args:
        image: (H, W).
        jacobian: (N, H * W) its derivatives; N may be 0.
        known: (4, H * W) of the X-ray: mask of 0 and 1, share of each window that is usable, the normalised X-ray, and the
            mean of its square over the window.
        choices: half the window, the share of the deviation that is the floor, the least weight, and the least energy of
            structure.
        found: (4, H * W), filled: normalised DRR, residual, weight, structure.
        slopes: (N, H * W), filled: derivatives of the normalised DRR.
    """
    half, shape, line = int(choices[0]), image.shape, image.ravel()
    scratch = np.empty((3, image.size), np.float32)
    gain = scratch[0]
    _spread(line, shape, known, (half, choices[1]), found, scratch)
    _weights(shape, known, (half, choices[2], choices[3]), found, scratch[1])
    for n in range(len(jacobian)):
        _slope(jacobian[n], (shape, half), known, (found[0], gain), slopes[n], scratch[1:])


@_compile
def _spread(line, shape, known, choices, found, scratch):  # type: ignore[no-untyped-def]
    """The normalised DRR, the residual, and by what derivatives are to be multiplied, in the first of ``scratch``."""
    half, floor_share = choices
    mask, share, xray, drr, residual = known[0], known[1], known[2], found[0], found[1]
    gain, mean, product = scratch[0], scratch[1], scratch[2]
    for p in range(len(line)):
        product[p] = line[p] * mask[p]
    box_mean(product, shape, half, mean)
    for p in range(len(line)):
        product[p] *= line[p]
    box_mean(product, shape, half, gain)
    total, area = 0.0, 0.0
    for p in range(len(line)):
        mean[p] /= share[p]
        gain[p] = max(gain[p] / share[p] - mean[p] * mean[p], np.float32(0))  # the variance
        total += gain[p] * mask[p]
        area += mask[p]
    floor = np.float32(total / max(area, 1.0) * floor_share * floor_share + 1e-12)
    for p in range(len(line)):
        gain[p] = mask[p] / np.sqrt(gain[p] + floor)
        drr[p] = (line[p] - mean[p]) * gain[p]
        residual[p] = xray[p] - drr[p]


@_compile
def _weights(shape, known, choices, found, product):  # type: ignore[no-untyped-def]
    """Each pixel's say, and where the DRR shows structure."""
    half, least_weight, least_energy = choices
    mask, share, xray, energy = known[0], known[1], known[2], known[3]
    drr, weight, structure = found[0], found[2], found[3]
    for p in range(len(drr)):
        product[p] = drr[p] * xray[p]
    box_mean(product, shape, half, weight)
    for p in range(len(drr)):
        product[p] = drr[p] * drr[p]
    box_mean(product, shape, half, structure)
    for p in range(len(drr)):
        own = max(structure[p], np.float32(0))  # what rounding leaves of running sums may be below
        alike = weight[p] / max(np.sqrt(own * energy[p]), np.float32(1e-6))
        alike = min(max(alike, np.float32(0)), np.float32(1))
        weight[p] = (least_weight + (np.float32(1) - least_weight) * alike) * mask[p]
        structure[p] = np.float32(own / share[p] > least_energy)


@_compile
def _slope(own, window, known, made, slope, scratch):  # type: ignore[no-untyped-def]
    """A derivative: the window's mean moves with the image, and so does its standard deviation."""
    (shape, half), (drr, gain) = window, made
    mask, share, mean, product = known[0], known[1], scratch[0], scratch[1]
    for p in range(len(own)):
        product[p] = own[p] * mask[p]
    box_mean(product, shape, half, mean)
    for p in range(len(own)):
        slope[p] = (own[p] - mean[p] / share[p]) * gain[p]
        product[p] = drr[p] * slope[p]
    box_mean(product, shape, half, mean)
    for p in range(len(own)):
        slope[p] -= drr[p] * mean[p] / share[p]

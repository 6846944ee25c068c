"""A realistic X-ray from material paths: spectrum, scatter, quantum noise, blur, collimation, and the console's display.

Primary: polychromatic Beer-Lambert law on an energy-integrating detector. Scatter: a share of the primary spread by a wide
Gaussian, the usual convolution model. Everything random comes from one seeded generator.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from RayEmbRegistrationLib.problems import InputProblem

from .additions import blobs, body_path, collimator, letter_mask, metal_tools
from .materials import MaterialPaths
from .scatter_model import Behind, ScatterModel
from .spectrum import linear_attenuation, tube_spectrum

DISPLAYS = ("raw", "log", "windowed")
_BLADE_TRANSMISSION = 0.004  # chosen: a blade looks black, but not to the last bit


@dataclass(frozen=True)
class SimulationSettings:
    """How an X-ray is taken and shown. ``easy`` and ``hard`` draw one from a generator.

    Attributes:
        kvp: tube voltage.
        photons_per_pixel: detected photons in the median pixel of the open field: the noise.
        scatter_fraction: scatter over total signal, 0 to 0.6.
        behind: where given, the scatter is not that fraction but what the model fitted to the Monte Carlo says
            (``scatter_model``) of this air gap and grid.
        blur_px: standard deviation of the detector's point spread.
        add_body: add a trunk of water; None adds one where the paths hold no soft tissue.
        gas_pockets: number of bowel gas shadows.
        tools: number of metal tools.
        collimation: none, round or rectangular.
        letter: burnt-in marker, or empty.
        display: raw (16 bit intensity), log (16 bit) or windowed (8 bit).
        gamma: of the windowed display.
        inverted: turn the display's polarity (raw and windowed show bone dark, log shows it bright).
    """

    kvp: float = 75.0
    photons_per_pixel: float = 3000.0
    scatter_fraction: float = 0.25
    blur_px: float = 0.7
    add_body: bool | None = None
    gas_pockets: int = 4
    tools: int = 0
    collimation: str = "none"
    letter: str = ""
    display: str = "log"
    gamma: float = 1.0
    inverted: bool = False
    behind: Behind | None = None

    @classmethod
    def easy(cls, rng: np.random.Generator) -> SimulationSettings:
        """A good image: little scatter, no tools."""
        return cls(
            kvp=rng.uniform(65, 90),
            photons_per_pixel=rng.uniform(2500, 8000),
            scatter_fraction=rng.uniform(0.1, 0.3),
            blur_px=rng.uniform(0.5, 0.8),
            gas_pockets=int(rng.integers(0, 5)),
            collimation=str(rng.choice(["none", "none", "round"])),
            display=str(rng.choice(DISPLAYS)),
            gamma=rng.uniform(0.8, 1.2),
        )

    @classmethod
    def hard(cls, rng: np.random.Generator) -> SimulationSettings:
        """An image from a busy theatre: scatter, noise, tools, tight collimation, either polarity, letters."""
        return cls(
            kvp=rng.uniform(60, 100),
            photons_per_pixel=rng.uniform(300, 2500),
            scatter_fraction=rng.uniform(0.25, 0.5),
            blur_px=rng.uniform(0.7, 1.3),
            gas_pockets=int(rng.integers(2, 9)),
            tools=int(rng.integers(0, 4)),
            collimation=str(rng.choice(["none", "round", "rectangular"])),
            letter=str(rng.choice(["", "R", "L"])),
            display=str(rng.choice(DISPLAYS)),
            gamma=rng.uniform(0.6, 1.6),
            inverted=bool(rng.random() < 0.3),
        )


@dataclass(frozen=True, eq=False)
class SimulatedXray:
    """A finished image.

    Attributes:
        pixels: (H, W) uint16 or uint8, as it would be stored.
        mask: (H, W) bool, True inside the collimator and off tools and letters.
        bone_is_bright: its polarity.
        description: one line on how it was made.
    """

    pixels: np.ndarray
    mask: np.ndarray
    bone_is_bright: bool
    description: str


def transmission(paths: MaterialPaths, kvp: float) -> np.ndarray:
    """(H, W) energy-weighted share of the beam that passes: the polychromatic Beer-Lambert law."""
    energies, shares = tube_spectrum(kvp)
    weights = shares * energies / (shares @ energies)
    total = np.zeros(paths.bone_mm.shape, np.float32)
    for energy, weight in zip(energies, weights, strict=True):
        exponent = linear_attenuation("bone", energy) * paths.bone_mm + linear_attenuation("water", energy) * paths.soft_mm
        if paths.steel_mm is not None:
            exponent = exponent + linear_attenuation("steel", energy) * paths.steel_mm
        total += weight * np.exp(-exponent)
    return total


def simulate_xray(
    paths: MaterialPaths, settings: SimulationSettings, rng: np.random.Generator, pixel_mm: float = 0.55
) -> SimulatedXray:
    """Make the image a C-arm would store.

    Args:
        paths: millimetres of each material (H, W).
        settings: exposure, additions and display.
        rng: seeded generator; the same seed gives the same image.
        pixel_mm: pixel size in the plane of the anatomy, for the size of tools.

    Returns:
        The image, its usable pixels and its polarity.

    Raises:
        InputProblem: an unknown display or collimation.
    """
    _check_display(settings)
    paths = _with_additions(paths, settings, rng, pixel_mm)
    steel = np.zeros(paths.bone_mm.shape, np.float32) if paths.steel_mm is None else paths.steel_mm
    return _shown(transmission(paths, settings.kvp), None, steel, (settings, rng))


def show_exposed(
    primary: np.ndarray, scatter: np.ndarray, settings: SimulationSettings, rng: np.random.Generator, pixel_mm: float = 0.55
) -> SimulatedXray:
    """Make the image a C-arm would store of a primary and a scatter that other physics worked out.

    Tools, collimation, noise, blur, letter and display are the settings'; scatter fraction, body and gas are not used.

    Args:
        primary: (H, W) mean signal over the open beam's.
        scatter: (H, W) likewise.
        settings: as ``simulate_xray``.
        rng: seeded generator.
        pixel_mm: pixel size in the plane of the anatomy.

    Raises:
        InputProblem: an unknown display or collimation.
    """
    _check_display(settings)
    steel = metal_tools(primary.shape, pixel_mm, settings.tools, rng)
    nothing = np.zeros(primary.shape, np.float32)
    behind = primary * transmission(MaterialPaths(nothing, nothing, steel), settings.kvp)
    return _shown(behind, scatter, steel, (settings, rng))


def _check_display(settings: SimulationSettings) -> None:
    if settings.display not in DISPLAYS:
        raise InputProblem(f"unknown display '{settings.display}'; use one of {', '.join(DISPLAYS)}")


def _shown(
    primary: np.ndarray,
    scatter: np.ndarray | None,
    steel: np.ndarray,
    how: tuple[SimulationSettings, np.random.Generator],
) -> SimulatedXray:
    """Collimated, detected and displayed; scatter None is that of the settings' fraction."""
    settings, rng = how
    shape = primary.shape
    field = collimator(shape, settings.collimation, rng)
    signal = _detect(primary, scatter, field, how)
    pixels = _display(signal, field, settings)
    usable = field & (steel < 0.2)
    bone_is_bright = (settings.display == "log") != settings.inverted
    if settings.letter:
        letter = letter_mask(shape, settings.letter, rng)
        pixels[letter] = np.iinfo(pixels.dtype).max
        usable &= ~letter
    fraction = settings.scatter_fraction
    if scatter is not None:
        fraction = float(np.median(scatter / np.maximum(primary + scatter, 1e-12)))
    text = (
        f"{settings.kvp:.0f} kVp, scatter {100 * fraction:.0f} %, "
        f"{settings.photons_per_pixel:.0f} photons per pixel, "
        f"{settings.tools} tools, collimation {settings.collimation}, {settings.display}{', inverted' * settings.inverted}"
    )
    return SimulatedXray(pixels, usable, bone_is_bright, text)


def _with_additions(
    paths: MaterialPaths, settings: SimulationSettings, rng: np.random.Generator, pixel_mm: float
) -> MaterialPaths:
    """The paths with a body where there is none, gas and tools; steel is an array from here on."""
    shape = paths.bone_mm.shape
    soft = paths.soft_mm
    has_body = bool(np.any(soft > 1.0))
    if settings.add_body or (settings.add_body is None and not has_body):
        soft = soft + body_path(shape, rng)
    if soft.any():
        soft = np.maximum(soft + blobs(shape, rng, settings.gas_pockets, gas=True), 0)
    steel = np.zeros(shape, np.float32) if paths.steel_mm is None else paths.steel_mm
    return MaterialPaths(paths.bone_mm, soft, steel + metal_tools(shape, pixel_mm, settings.tools, rng))


def _detect(
    primary: np.ndarray,
    scatter: np.ndarray | None,
    field: np.ndarray,
    how: tuple[SimulationSettings, np.random.Generator],
) -> np.ndarray:
    """(H, W) detected signal, 1 for the open beam: scatter, Poisson noise, blur and electronic noise."""
    from scipy.ndimage import gaussian_filter

    settings, rng = how
    beam = primary * np.where(field, 1.0, _BLADE_TRANSMISSION)
    if scatter is None and settings.behind is not None:
        scatter = ScatterModel().scatter(np.where(field, primary, 0), settings.kvp, settings.behind)
    if scatter is None:
        wide = 0.13 * max(primary.shape)
        scatter = gaussian_filter(beam, wide, mode="nearest") * settings.scatter_fraction / (1 - settings.scatter_fraction)
    total = beam + scatter * np.where(field, 1.0, 0.25)
    photons = settings.photons_per_pixel / max(float(np.median(total[field])), 1e-9)
    noisy = rng.poisson(np.clip(total * photons, 0, 1e9)) / photons
    noisy = gaussian_filter(noisy, settings.blur_px)
    return np.maximum(noisy + rng.normal(0, 1.5 / photons, noisy.shape), 0.3 / photons)


def _display(signal: np.ndarray, field: np.ndarray, settings: SimulationSettings) -> np.ndarray:
    """Turn signal into stored pixels; outside the collimator log and windowed images are blanked, raw ones are not."""
    if settings.display == "raw":
        scaled = signal / np.percentile(signal[field], 99.9)
    else:
        scaled = -np.log(signal)
        low, high = np.percentile(scaled[field], (0.3, 99.7))
        scaled = (scaled - low) / max(high - low, 1e-6)
    scaled = np.clip(scaled, 0, 1)
    if settings.display == "windowed":
        scaled = (1 - scaled) ** settings.gamma
    if settings.inverted:
        scaled = 1 - scaled
    if settings.display != "raw":
        scaled = np.where(field, scaled, 0)
    depth = np.uint8 if settings.display == "windowed" else np.uint16
    return np.round(scaled * np.iinfo(depth).max).astype(depth)

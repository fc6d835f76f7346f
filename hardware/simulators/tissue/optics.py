"""From stain to picture: Beer-Lambert, blur, shading of the field, sensor noise."""

from dataclasses import dataclass

import cv2
import numpy as np

from hardware.simulators.tissue.arrays import F32, U8
from hardware.simulators.tissue.compiled import kernel

Triple = tuple[float, float, float]


@dataclass(frozen=True)
class Stains:
    """Stain vectors (optical density of R, G, B per unit of stain) and how strong each took.

    The defaults are those of Ruifrok & Johnston 2001. `neutral` is dirt and red blood cells.
    Vectors are brought to unit length.
    """

    hematoxylin: Triple = (0.650, 0.704, 0.286)
    dab: Triple = (0.268, 0.570, 0.776)
    neutral: Triple = (0.52, 0.57, 0.64)
    hematoxylin_strength: float = 1.0
    dab_strength: float = 1.0

    def __post_init__(self) -> None:
        """Refuse vectors without length."""
        for vector in (self.hematoxylin, self.dab, self.neutral):
            if not np.linalg.norm(vector) > 0:
                raise ValueError(f"a stain vector must not be zero: {vector}")

    def matrix(self) -> F32:
        """Return the (3, 3) density of R, G, B (columns) per unit of each plane (rows)."""
        vectors = np.array([self.hematoxylin, self.dab, self.neutral], np.float64)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        vectors[0] *= self.hematoxylin_strength
        vectors[1] *= self.dab_strength
        return vectors.astype(np.float32)


STAINS = {
    "ruifrok": Stains(),
    "scanner": Stains((0.73, 0.62, 0.28), (0.27, 0.53, 0.80)),
    "camera": Stains((0.76, 0.59, 0.27), (0.27, 0.49, 0.83)),
}
"""Stains by name: Ruifrok's, and two as slide scanners and color cameras render them."""


@dataclass(frozen=True)
class Optics:
    """The microscope and its camera.

    Attributes
    ----------
    white
        Value of bare glass in R, G, B (0 to 255).
    psf_um
        Standard deviation of the blur in focus (um).
    defocus_um, numerical_aperture
        Distance from focus, and the aperture that says how fast the blur grows with it.
    vignetting
        Share of light lost in the corners.
    full_well
        Electrons of a white pixel: fewer give more shot noise; 0 turns noise off.
    read_noise
        Noise of the dark pixel, in gray levels.
    sharpening
        Amount of the camera's unsharp mask.
    exposure
        Number of the frame: other numbers give other noise on the same tissue.
    """

    white: Triple = (243.0, 242.0, 240.0)
    psf_um: float = 0.22
    defocus_um: float = 0.0
    numerical_aperture: float = 0.65
    vignetting: float = 0.06
    full_well: float = 9000.0
    read_noise: float = 0.7
    sharpening: float = 0.0
    exposure: int = 0

    def __post_init__(self) -> None:
        """Refuse what no camera does."""
        if not all(0 < w <= 255 for w in self.white):
            raise ValueError(f"the white point must lie in 0 to 255, not {self.white}")
        if min(self.psf_um, self.full_well, self.read_noise, self.sharpening) < 0:
            raise ValueError("blur, full well, read noise and sharpening cannot be negative")
        if not 0 <= self.vignetting < 1:
            raise ValueError(f"vignetting must be from 0 to below 1, not {self.vignetting}")

    @property
    def blur_um(self) -> float:
        """Return the standard deviation of the whole blur (um).

        A point out of focus by z is a disc of radius z tan(asin(NA)); a Gaussian of half that
        radius has the same second moment.
        """
        disc = abs(self.defocus_um) * np.tan(np.arcsin(min(0.95, self.numerical_aperture)))
        return float(np.hypot(self.psf_um, 0.5 * disc))

    @property
    def margin_um(self) -> float:
        """Return how far outside of the field tissue still blurs into it."""
        return 3.5 * self.blur_um + (2.0 if self.sharpening else 0.0)


def transmitted(h: F32, dab: F32, neutral: F32, stains: Stains, white: Triple) -> F32:
    """Return (rows, columns, 3) light through the stain: I = white * 10^-density."""
    out = np.empty((*h.shape, 3), np.float32)
    scale = np.float32(-np.log(10.0)) * stains.matrix()
    _transmit(out, h, dab, neutral, scale, np.asarray(white, np.float32))
    return out


@kernel
def _transmit(out: F32, h: F32, dab: F32, neutral: F32, scale: F32, white: F32) -> None:
    for row in range(h.shape[0]):
        for column in range(h.shape[1]):
            a = h[row, column]
            b = dab[row, column]
            c = neutral[row, column]
            for k in range(3):
                density = a * scale[0, k] + b * scale[1, k] + c * scale[2, k]
                out[row, column, k] = white[k] * np.exp(density)


def blurred(light: F32, sigma_px: float) -> F32:
    """Blur as the lens does."""
    if sigma_px < 0.05:
        return light
    return np.asarray(
        cv2.GaussianBlur(light, (0, 0), sigma_px, borderType=cv2.BORDER_REPLICATE), np.float32
    )


def exposed(light: F32, optics: Optics, um_per_px: float, key: tuple[int, int, int, int]) -> U8:
    """Return the camera's bytes: sharpening, vignetting, shot and read noise, rounding.

    Parameters
    ----------
    light
        (rows, columns, 3) float32 in gray levels; used up.
    key
        Numbers that, with `Optics.exposure`, seed the noise.
    """
    if optics.sharpening > 0:
        soft = blurred(light, 0.6 / um_per_px)
        light = np.asarray(light + np.float32(optics.sharpening) * (light - soft), np.float32)
    rows, columns = light.shape[:2]
    out = np.empty(light.shape, np.uint8)
    words = [value & 0xFFFFFFFFFFFFFFFF for value in (*key, optics.exposure)]
    generator = np.random.Generator(np.random.Philox(np.random.SeedSequence(words)))
    for first in range(0, rows, 128):
        last = min(rows, first + 128)
        band = light[first:last]
        if optics.full_well > 0:
            noise = generator.standard_normal(band.shape, np.float32)
        else:
            noise = np.zeros(band.shape, np.float32)
        _expose(
            out[first:last], band, noise, first, rows, columns,
            optics.vignetting, optics.full_well, optics.read_noise,
        )  # fmt: skip
    return out


@kernel
def _expose(
    out: U8, light: F32, noise: F32, first: int, rows: int, columns: int, vignetting: float,
    full_well: float, read_noise: float,
) -> None:  # fmt: skip
    well = 255.0 / full_well if full_well > 0 else 0.0
    read = read_noise * read_noise if full_well > 0 else 0.0
    scale = 1.0 / (rows * rows + columns * columns)
    for row in range(light.shape[0]):
        y = 2.0 * (row + first) + 1.0 - rows
        for column in range(columns):
            x = 2.0 * column + 1.0 - columns
            keep = np.float32(1.0 - vignetting * (x * x + y * y) * scale)
            for k in range(3):
                value = max(np.float32(0.0), light[row, column, k] * keep)
                value += noise[row, column, k] * np.float32(np.sqrt(value * well + read))
                out[row, column, k] = np.uint8(min(255.0, max(0.0, value + 0.5)))

"""Other stains, other lenses, other cameras: a patch as another laboratory would have taken it.

Stains are varied in optical density, where they add up (Ruifrok & Johnston 2001; Tellez 2018):
separated with the usual vectors, each made stronger or weaker, and put together again with
vectors that point elsewhere. Everything linear is one 3 x 4 matrix.
"""

import math

import cv2
import numpy as np

from inference.arrays import F32, F64, U8
from inference.stain.vectors import RUIFROK
from models.training.nuclear_stain import PatchNuclei, browned, solid
from models.training.settings import Augmentation, Range

_WHITE = 245.0
"""Bare glass of common scanners; off by some percent it only adds to the variation."""

_DENSITY = (-np.log(np.maximum(np.arange(256), 1) / _WHITE)).astype(np.float32)
_STAINS = RUIFROK.matrix()
_TISSUE_SIGMA_PX = 6.0
_CAST = 0.6
"""Part of the dimming of the white point that may differ between channels."""


def augmented(
    rgb: U8,
    settings: Augmentation,
    random: np.random.Generator,
    nuclei: PatchNuclei | None = None,
) -> U8:
    """Return a patch (h, w, 3) in another stain, optics and camera; the same size.

    Parameters
    ----------
    random
        The only source of chance: the same state gives the same patch.
    nuclei
        Nuclei that may be stained brown or solid. None stains none.
    """
    if random.random() < settings.stain:
        rgb = _restained(rgb, settings, random, nuclei)
    rgb = _brightness(rgb, _drawn(settings.gamma, random))
    if random.random() < settings.blur:
        rgb = _refocused(rgb, settings, random)
    if random.random() < 0.5:
        rgb = _noisy(rgb, settings.noise * random.random() ** 2, random)
    if random.random() < 0.5:
        rgb = _compressed(rgb, int(random.integers(settings.jpeg[0], settings.jpeg[1] + 1)))
    return rgb


def _drawn(between: Range, random: np.random.Generator) -> float:
    """Return a factor, evenly on a logarithmic scale."""
    low, high = between
    return math.exp(random.uniform(math.log(low), math.log(high)))


def stain_map(settings: Augmentation, random: np.random.Generator) -> F64:
    """Return the (3, 3) matrix from densities of R, G, B to those in another stain."""
    gains = [_drawn(r, random) for r in (settings.hematoxylin, settings.dab, settings.residual)]
    vectors = _STAINS + random.normal(0, settings.stain_angle, (3, 3)) * np.array([[1], [1], [0.3]])
    vectors[:2] = np.maximum(vectors[:2], 0.02)  # a stain only absorbs
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    mixing = np.eye(3) + random.normal(0, settings.mixing, (3, 3))
    return np.asarray((np.linalg.inv(_STAINS) @ np.diag(gains) @ vectors @ mixing).T)


def _restained(
    rgb: U8, settings: Augmentation, random: np.random.Generator, nuclei: PatchNuclei | None
) -> U8:
    density = np.asarray(cv2.LUT(rgb, _DENSITY), np.float32)
    if nuclei is not None and len(nuclei.xy):
        if random.random() < settings.solid:
            density = solid(density, nuclei, random)
        if random.random() < settings.brown:
            density = browned(density, nuclei, random)
    matrix = stain_map(settings, random).astype(np.float32)
    other = np.asarray(cv2.transform(density, matrix), np.float32)
    if random.random() < settings.clear:
        other = _cleared(other, random)
    elif random.random() < settings.blush:
        other = other + _blush(density, random.uniform(0, settings.blush_od) * math.log(10), random)
    dimmed = 255.0 - settings.white
    white = 255.0 - dimmed * random.random() - random.uniform(0, _CAST * dimmed, 3)
    light = cv2.exp(-other) * np.maximum(white, 1.0).astype(np.float32)
    return np.asarray(cv2.convertScaleAbs(light), np.uint8)


def _cleared(density: F32, random: np.random.Generator) -> F32:
    """Return densities without their common ground: cytoplasm as clear as glass, hard contrast."""
    ground = np.median(density[::4, ::4].reshape(-1, 3), axis=0)
    less = density - (ground * random.uniform(0.3, 1.2)).astype(np.float32)
    return np.asarray(np.maximum(less, 0) * np.float32(random.uniform(1.0, 2.2)), np.float32)


def _blush(density: F32, amount: float, random: np.random.Generator) -> F32:
    """Return DAB where there is tissue: cytoplasm that takes the stain too."""
    green = np.ascontiguousarray(density[..., 1])
    tissue = cv2.GaussianBlur(green, (0, 0), _TISSUE_SIGMA_PX)
    tissue = np.minimum(tissue * np.float32(3.0), np.float32(1.0)) * np.float32(amount)
    vector = np.maximum(_STAINS[1] + random.normal(0, 0.1, 3), 0.05)
    return np.asarray(tissue[..., None] * vector.astype(np.float32), np.float32)


def _brightness(rgb: U8, gamma: float) -> U8:
    table = np.rint(255.0 * (np.arange(256) / 255.0) ** gamma).astype(np.uint8)
    return np.asarray(cv2.LUT(rgb, table), np.uint8)


def _refocused(rgb: U8, settings: Augmentation, random: np.random.Generator) -> U8:
    """Return the patch blurred, sharpened as cameras do, or of a coarser camera."""
    height, width = rgb.shape[:2]
    way = random.integers(3)
    if way == 0:
        sigma = random.uniform(0.3, 1.0) * settings.blur_um / 0.424
        return np.asarray(cv2.GaussianBlur(rgb, (0, 0), max(sigma, 0.3)), np.uint8)
    if way == 1:
        amount = random.uniform(0, settings.sharpen)
        soft = cv2.GaussianBlur(rgb, (0, 0), random.uniform(0.7, 2.0))
        return np.asarray(cv2.addWeighted(rgb, 1 + amount, soft, -amount, 0), np.uint8)
    factor = random.uniform(1.0, settings.coarser)
    size = (max(1, round(width / factor)), max(1, round(height / factor)))
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def _noisy(rgb: U8, sigma: float, random: np.random.Generator) -> U8:
    if sigma < 0.5:
        return rgb
    noise = np.rint(random.standard_normal(rgb.shape, np.float32) * np.float32(sigma))
    return np.asarray(cv2.add(rgb, noise.astype(np.int16), dtype=cv2.CV_8U), np.uint8)


def _compressed(rgb: U8, quality: int) -> U8:
    # OpenCV takes blue first, and which channel is which decides how each is rounded.
    bgr = cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    compressed = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    return np.asarray(cv2.cvtColor(compressed, cv2.COLOR_BGR2RGB), np.uint8)

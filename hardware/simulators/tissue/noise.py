"""Randomness that belongs to a place: the same seed and position give the same number anywhere.

Everything random on the simulated slide comes from here, so that two fields agree where they
overlap, whatever the order in which they are rendered.
"""

from functools import cache

import numpy as np
import scipy.ndimage

from hardware.simulators.tissue.arrays import F32, F64
from hardware.simulators.tissue.compiled import kernel

TEXTURE_SIZE = 512
"""Side of the periodic texture; a power of two."""

_DIRECTIONS = np.stack(
    [np.cos(np.arange(32) * np.pi / 16), np.sin(np.arange(32) * np.pi / 16)], axis=1
)
_UNIT = 4.63
"""Brings gradient noise to unit variance (measured)."""


@kernel
def hashed(seed: int, ix: int, iy: int, channel: float) -> float:
    """Return a number of [0, 1) for an integer position (finalizer of SplitMix64).

    `channel` tells different uses apart. It is a whole number given as a float, since numba
    would compile every kernel here again for each integer constant.
    """
    h = np.uint64(seed) * np.uint64(0x9E3779B97F4A7C15)
    h += np.uint64(channel) * np.uint64(0xD1B54A32D192ED03)
    h = (h ^ (h >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    h += np.uint64(ix) * np.uint64(0x8CB92BA72F3D8DD7)
    h = (h ^ (h >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    h += np.uint64(iy) * np.uint64(0xABC98388FB8FAC03)
    h = (h ^ (h >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    h = (h ^ (h >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    h ^= h >> np.uint64(31)
    return float(h >> np.uint64(11)) * 1.1102230246251565e-16


@kernel
def normal(seed: int, ix: int, iy: int, channel: float) -> float:
    """Return a standard normal number for an integer position (sum of four, cut at 3.46)."""
    total = 0.0
    for k in range(4):
        total += hashed(seed, ix, iy, channel * 8.0 + 100000.0 + k)
    return (total - 2.0) * 1.7320508


@kernel
def wave(seed: int, x: float, y: float, channel: float) -> float:
    """Return gradient noise of unit variance with a wavelength of about one unit (Perlin 1985)."""
    fx = np.floor(x)
    fy = np.floor(y)
    ix = int(fx)
    iy = int(fy)
    u = x - fx
    v = y - fy
    su = u * u * u * (u * (u * 6.0 - 15.0) + 10.0)
    sv = v * v * v * (v * (v * 6.0 - 15.0) + 10.0)
    total = 0.0
    for dy in range(2):
        for dx in range(2):
            k = int(hashed(seed, ix + dx, iy + dy, channel) * 32.0)
            slope = _DIRECTIONS[k, 0] * (u - dx) + _DIRECTIONS[k, 1] * (v - dy)
            total += slope * (su if dx else 1.0 - su) * (sv if dy else 1.0 - sv)
    return total * _UNIT


@cache
def texture() -> F32:
    """Return the periodic (512, 512) fine texture: smooth noise of unit variance, 4 to 6 px coarse.

    It stands for granules, chromatin and other detail whose repetition nobody can see.
    """
    white = np.random.Generator(np.random.Philox(20200)).standard_normal(
        (TEXTURE_SIZE, TEXTURE_SIZE)
    )
    smooth: F64 = scipy.ndimage.gaussian_filter(white, 1.4, mode="wrap")
    smooth = (smooth - smooth.mean()) / smooth.std()
    result = smooth.astype(np.float32)
    result.setflags(write=False)
    return result


@kernel
def sampled(table: F32, x: float, y: float) -> float:
    """Look the periodic texture up at a position in its pixels, bilinear."""
    fx = np.floor(x)
    fy = np.floor(y)
    u = x - fx
    v = y - fy
    i = int(fx) & 511
    j = int(fy) & 511
    i1 = (i + 1) & 511
    j1 = (j + 1) & 511
    top = table[j, i] * (1.0 - u) + table[j, i1] * u
    low = table[j1, i] * (1.0 - u) + table[j1, i1] * u
    return float(top * (1.0 - v) + low * v)


@kernel
def smooth_step(t: float) -> float:
    """Rise smoothly from 0 at t <= 0 to 1 at t >= 1."""
    if t <= 0.0:
        return 0.0
    if t >= 1.0:
        return 1.0
    return t * t * (3.0 - 2.0 * t)

"""The texture of stroma: noise smeared along the run of the fibers."""

from dataclasses import dataclass

import numpy as np

from hardware.simulators.tissue.arrays import F32, Bool
from hardware.simulators.tissue.compiled import kernel
from hardware.simulators.tissue.noise import hashed
from hardware.simulators.tissue.tissue_map import (
    CLEAR,
    COS2,
    DUCT,
    NEST,
    NODE_UM,
    SIN2,
    TissueMap,
)

FIBER_UM = 0.6
_STEPS = 14
_REACH = 15
"""Nodes around the window from which smeared noise may come."""


@dataclass(frozen=True)
class FiberTexture:
    """Values of about unit variance on nodes `FIBER_UM` apart; `ix`, `iy` index the first."""

    values: F32
    ix: int
    iy: int


@kernel
def _seeds(noise: F32, seed: int, ix: int, iy: int) -> None:
    """Fill with fine noise on top of noise three nodes coarse, for thin fibers and bundles."""
    for row in range(noise.shape[0]):
        for column in range(noise.shape[1]):
            i = ix + column
            j = iy + row
            fine = hashed(seed, i, j, 800.0) - 0.5
            coarse = hashed(seed, i // 3, j // 3, 801.0) - 0.5
            bundle = hashed(seed, i // 8, j // 8, 802.0) - 0.5
            noise[row, column] = fine + 0.6 * coarse + 0.35 * bundle


@kernel
def _smear(
    out: F32, noise: F32, ix: int, iy: int, run: F32, skip: Bool, pix: int, piy: int
) -> None:
    """Average the noise along the fibers: line integral convolution (Cabral & Leedom 1993)."""
    ratio = FIBER_UM / NODE_UM
    for row in range(out.shape[0]):
        for column in range(out.shape[1]):
            j = int((iy + row) * ratio - piy)
            i = int((ix + column) * ratio - pix)
            if skip[j, i]:
                out[row, column] = 0.0
                continue
            total = float(noise[row + _REACH, column + _REACH])
            weights = 1.0
            for way in range(2):
                x = 0.0
                y = 0.0
                last_x = 1.0 - 2.0 * way
                last_y = 0.0
                for k in range(_STEPS):
                    i = int((ix + column + x) * ratio - pix + 0.5)
                    j = int((iy + row + y) * ratio - piy + 0.5)
                    c = run[j, i, 0]
                    s = run[j, i, 1]
                    if c * last_x + s * last_y < 0:
                        c = -c
                        s = -s
                    last_x = c
                    last_y = s
                    x += c
                    y += s
                    weight = 1.0 - k / _STEPS
                    total += (
                        weight
                        * noise[row + _REACH + int(np.rint(y)), column + _REACH + int(np.rint(x))]
                    )
                    weights += weight
            out[row, column] = total / weights * 5.2


def fiber_texture(
    seed: int, land: TissueMap, x0: float, y0: float, x1: float, y1: float
) -> FiberTexture:
    """Return the texture for a rectangle of the slide (um)."""
    ix = int(np.floor(x0 / FIBER_UM)) - 1
    iy = int(np.floor(y0 / FIBER_UM)) - 1
    columns = int(np.ceil(x1 / FIBER_UM)) + 2 - ix
    rows = int(np.ceil(y1 / FIBER_UM)) + 2 - iy
    noise = np.empty((rows + 2 * _REACH, columns + 2 * _REACH), np.float32)
    _seeds(noise, seed, ix - _REACH, iy - _REACH)
    values = np.empty((rows, columns), np.float32)
    angle = 0.5 * np.arctan2(land.planes[..., SIN2], land.planes[..., COS2])
    run = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    # Deep in nests and glass nobody sees fibers.
    skip = np.maximum(land.planes[..., NEST], land.planes[..., DUCT]) > 10
    skip |= land.planes[..., CLEAR] > 4
    _smear(values, noise, ix, iy, run, skip, land.ix, land.iy)
    return FiberTexture(values, ix, iy)

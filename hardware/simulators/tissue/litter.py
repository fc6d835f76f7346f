"""What lies on or in the slide without being stained: red blood cells, dust, pigment."""

import numpy as np

from hardware.simulators.tissue.arrays import F32, F64, Records
from hardware.simulators.tissue.compiled import kernel
from hardware.simulators.tissue.features import VESSEL
from hardware.simulators.tissue.noise import hashed, smooth_step, wave

DIRT_UM = 120.0
BLOOD_UM = 6.2


@kernel
def _disc(
    neutral: F32, x: float, y: float, radius: float, middle: float, ring: float, soft: float,
    x0: float, y0: float, um: float, seed: int,
) -> None:  # fmt: skip
    """Add a roundish thing: `middle` inside, `ring` at its edge; `soft` blurs its outline."""
    reach = radius * 1.4 + soft + 0.5
    first_row = max(0, int(np.floor((y - reach - y0) / um)))
    last_row = min(neutral.shape[0], int(np.ceil((y + reach - y0) / um)) + 1)
    first_column = max(0, int(np.floor((x - reach - x0) / um)))
    last_column = min(neutral.shape[1], int(np.ceil((x + reach - x0) / um)) + 1)
    for row in range(first_row, last_row):
        for column in range(first_column, last_column):
            px = x0 + (column + 0.5) * um
            py = y0 + (row + 0.5) * um
            size = radius * (1.0 + 0.12 * wave(seed, px / radius, py / radius, 900.0))
            d = size - np.hypot(px - x, py - y)
            inside = smooth_step(d / soft + 0.5)
            edge = (d - 0.4) / (0.5 * soft + 0.15)
            neutral[row, column] += middle * inside + ring * np.exp(-edge * edge) * inside


@kernel
def _dirt(neutral: F32, seed: int, window: F64, um: float, chance: float) -> None:
    for j in range(int(window[1] / DIRT_UM) - 2, int(window[3] / DIRT_UM) + 2):
        for i in range(int(window[0] / DIRT_UM) - 2, int(window[2] / DIRT_UM) + 2):
            if hashed(seed, i, j, 910.0) >= chance:
                continue
            x = (i + hashed(seed, i, j, 911.0)) * DIRT_UM
            y = (j + hashed(seed, i, j, 912.0)) * DIRT_UM
            size = hashed(seed, i, j, 913.0)
            radius = 0.5 + 2.6 * size * size * size
            sort = hashed(seed, i, j, 914.0)
            if sort < 0.6:
                # A dark grain; some lie on the cover glass, out of focus.
                soft = 0.5 if hashed(seed, i, j, 915.0) < 0.6 else 2.2
                _disc(neutral, x, y, radius, 0.5 + 0.9 * sort, 0.0, soft, window[0], window[1],
                      um, seed)  # fmt: skip
            else:
                # A bubble or crystal: bright in the middle, with a dark ring.
                _disc(neutral, x, y, 0.8 + radius * 0.5, 0.02, 0.9, 0.45, window[0], window[1],
                      um, seed)  # fmt: skip


@kernel
def _blood(neutral: F32, features: Records, seed: int, window: F64, um: float) -> None:
    for k in range(features.shape[0]):
        f = features[k]
        if f.type != VESSEL or f.radius < 6 or not f.dead:
            continue
        around = int(f.radius * 1.4 / BLOOD_UM) + 1
        ci = int(np.floor(f.x / BLOOD_UM))
        cj = int(np.floor(f.y / BLOOD_UM))
        ca = np.cos(f.angle)
        sa = np.sin(f.angle)
        for j in range(cj - around, cj + around + 1):
            for i in range(ci - around, ci + around + 1):
                if hashed(seed, i, j, 920.0) > 0.75:
                    continue
                x = (i + 0.5 + 0.5 * (hashed(seed, i, j, 921.0) - 0.5)) * BLOOD_UM
                y = (j + 0.5 + 0.5 * (hashed(seed, i, j, 922.0) - 0.5)) * BLOOD_UM
                u = ((x - f.x) * ca + (y - f.y) * sa) / f.stretch
                v = ((y - f.y) * ca - (x - f.x) * sa) * f.stretch
                if np.hypot(u, v) > f.radius - 4.0:
                    continue
                _disc(neutral, x, y, 2.9, 0.05, 0.13, 0.6, window[0], window[1], um, seed)


def scatter_litter(
    neutral: F32, features: Records, seed: int, corner: tuple[float, float], um_per_px: float,
    dirt: float,
) -> None:  # fmt: skip
    """Add red blood cells and dirt to the neutral plane (rows, columns), in place."""
    rows, columns = neutral.shape
    window = np.array(
        [corner[0], corner[1], corner[0] + columns * um_per_px, corner[1] + rows * um_per_px]
    )
    _blood(neutral, features, seed, window, um_per_px)
    _dirt(neutral, seed, window, um_per_px, 0.5 * dirt)

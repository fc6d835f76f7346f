"""The nuclei: what each looks like, and how it is laid onto the stain planes."""

from dataclasses import dataclass

import numpy as np

from hardware.simulators.tissue.arrays import F32, F64, Record, Records
from hardware.simulators.tissue.compiled import kernel
from hardware.simulators.tissue.noise import hashed, normal, sampled, smooth_step
from hardware.simulators.tissue.truth import NO_CLASS

NUCLEUS = np.dtype(
    [
        ("x", np.float64),
        ("y", np.float64),
        ("a", np.float64),
        ("b", np.float64),
        ("angle", np.float64),
        ("bend", np.float64),
        ("lobes", np.float64, (4,)),
        ("density", np.float64),
        ("soft", np.float64),
        ("rim", np.float64),
        ("grain", np.float64),
        ("grain_um", np.float64),
        ("at", np.float64, (2,)),
        ("nucleoli", np.float64, (2, 4)),
        ("kind", np.int64),
        ("cell_class", np.int64),
        ("completeness", np.float64),
    ],
    align=True,
)
"""Center and half axes in um. `lobes`: cosine and sine of the second and third harmonic of the
outline. `nucleoli`: offset, radius (um) and density of two. `at`: place in the texture."""


@dataclass(frozen=True)
class Look:
    """How nuclei of one sort look: means, and spreads as a fraction of the mean.

    `radius` and `radius_spread` in um and share; `aspect` long over short axis; `density` of
    hematoxylin; `rim` how much darker the membrane is; `grain` contrast of the chromatin, and
    `grain_um` its size; `soft` width of the edge (um); `bend` curvature of spindles (1/um);
    `uneven` size of the outline's harmonics; `nucleoli` chance of each of two.
    """

    radius: float
    radius_spread: float
    aspect: float
    aspect_spread: float
    density: float
    density_spread: float
    rim: float
    grain: float
    grain_um: float
    soft: float
    bend: float
    uneven: float
    nucleoli: float


TUMOR_LOOK = Look(4.75, 0.14, 1.22, 0.13, 0.165, 0.22, 0.45, 0.32, 0.22, 0.8, 0.0, 0.06, 0.5)
DARK_LOOK = Look(4.1, 0.15, 1.35, 0.15, 0.42, 0.2, 0.1, 0.25, 0.35, 0.9, 0.02, 0.12, 0.0)
BENIGN_LOOK = Look(3.5, 0.10, 1.3, 0.12, 0.28, 0.15, 0.3, 0.3, 0.28, 0.7, 0.0, 0.04, 0.15)
LYMPHOCYTE_LOOK = Look(2.9, 0.10, 1.12, 0.07, 0.46, 0.16, 0.12, 0.4, 0.40, 0.6, 0.0, 0.05, 0.0)
SPINDLE_LOOK = Look(3.1, 0.22, 3.4, 0.3, 0.34, 0.3, 0.1, 0.3, 0.3, 0.9, 0.022, 0.12, 0.0)
PLUMP_LOOK = Look(3.7, 0.15, 2.0, 0.2, 0.20, 0.2, 0.35, 0.35, 0.3, 0.7, 0.01, 0.06, 0.3)
MITOSIS_LOOK = Look(2.7, 0.12, 2.0, 0.3, 1.05, 0.12, 0.0, 0.35, 0.45, 0.5, 0.05, 0.16, 0.0)
APOPTOSIS_LOOK = Look(1.9, 0.25, 1.1, 0.1, 0.95, 0.2, 0.0, 0.25, 0.5, 0.5, 0.0, 0.1, 0.0)

LOOKS = (
    TUMOR_LOOK, DARK_LOOK, BENIGN_LOOK, LYMPHOCYTE_LOOK,
    SPINDLE_LOOK, PLUMP_LOOK, MITOSIS_LOOK, APOPTOSIS_LOOK,
)  # fmt: skip
TUMOR, DARK, BENIGN, LYMPHOCYTE, SPINDLE, PLUMP, MITOSIS, APOPTOSIS = range(8)


def look_table() -> F64:
    """Return `LOOKS` as rows of numbers for the kernels."""
    return np.array(
        [
            [
                k.radius, k.radius_spread, k.aspect, k.aspect_spread, k.density, k.density_spread,
                k.rim, k.grain, k.grain_um, k.soft, k.bend, k.uneven, k.nucleoli,
            ]
            for k in LOOKS
        ]
    )  # fmt: skip


@kernel
def draw_nucleus(
    n: Record, look: F64, seed: int, i: int, j: int, stream: float,
    x: float, y: float, angle: float,
) -> None:  # fmt: skip
    """Fill a record, but for its kind, with a nucleus of a row of `look_table`.

    Every number follows from (i, j, stream).
    """
    s = stream + 40.0
    n.x = x
    n.y = y
    radius = look[0] * max(0.6, 1.0 + look[1] * normal(seed, i, j, s))
    aspect = max(1.0, look[2] * (1.0 + look[3] * normal(seed, i, j, s + 1)))
    n.a = radius * np.sqrt(aspect)
    n.b = radius / np.sqrt(aspect)
    n.angle = angle
    n.bend = look[10] * normal(seed, i, j, s + 2)
    for k in range(4):
        n.lobes[k] = look[11] * normal(seed, i, j, s + 3 + k)
    # Some nuclei lie partly outside of the section: pale, with a soft outline.
    depth = hashed(seed, i, j, s + 7)
    blur = max(0.0, depth - 0.7) / 0.3
    n.density = look[4] * max(0.35, 1.0 + look[5] * normal(seed, i, j, s + 8)) * (1 - 0.4 * blur)
    n.soft = look[9] * (1.0 + 1.6 * blur)
    n.rim = look[6] * max(0.0, 1.0 + 0.4 * normal(seed, i, j, s + 9)) * (1 - 0.7 * blur)
    n.grain = look[7] * max(0.2, 1.0 + 0.35 * normal(seed, i, j, s + 10)) * (1 - 0.5 * blur)
    n.grain_um = look[8]
    n.at[0] = 512 * hashed(seed, i, j, s + 11)
    n.at[1] = 512 * hashed(seed, i, j, s + 12)
    for k in range(2):
        t = s + 13 + 5 * k
        turn = 2 * np.pi * hashed(seed, i, j, t)
        out = 0.55 * radius * hashed(seed, i, j, t + 1)
        n.nucleoli[k, 0] = out * np.cos(turn)
        n.nucleoli[k, 1] = out * np.sin(turn)
        n.nucleoli[k, 2] = 0.6 + 0.5 * hashed(seed, i, j, t + 2)
        there = hashed(seed, i, j, t + 3) < look[12] * (1.0 if k == 0 else 0.4)
        n.nucleoli[k, 3] = (0.14 + 0.16 * hashed(seed, i, j, t + 4)) * (1 - blur) if there else 0.0
    n.cell_class = NO_CLASS
    n.completeness = 0.0


@kernel
def _stamp(
    h: F32, cover: F32, n: Record, grains: F32, x0: float, y0: float, um_per_px: float
) -> None:
    reach = n.a * 1.25 + abs(n.bend) * n.a * n.a + n.soft + 0.5
    first_row = max(0, int(np.floor((n.y - reach - y0) / um_per_px)))
    last_row = min(h.shape[0], int(np.ceil((n.y + reach - y0) / um_per_px)) + 1)
    first_column = max(0, int(np.floor((n.x - reach - x0) / um_per_px)))
    last_column = min(h.shape[1], int(np.ceil((n.x + reach - x0) / um_per_px)) + 1)
    ca = np.cos(n.angle)
    sa = np.sin(n.angle)
    middle = np.sqrt(n.a * n.b)
    # Distances are measured across the short axis where the nucleus is long.
    across = min(middle, n.b * 1.15)
    for row in range(first_row, last_row):
        y = y0 + (row + 0.5) * um_per_px - n.y
        for column in range(first_column, last_column):
            x = x0 + (column + 0.5) * um_per_px - n.x
            u = x * ca + y * sa
            v = y * ca - x * sa - n.bend * (u * u - 0.25 * n.a * n.a)
            p = u / n.a
            q = v / n.b
            rho = np.sqrt(p * p + q * q)
            if rho > 1.5:
                continue
            c = p / (rho + 1e-9)
            s = q / (rho + 1e-9)
            outline = 1.0 + n.lobes[0] * (c * c - s * s) + n.lobes[1] * 2 * c * s
            outline += n.lobes[2] * c * (4 * c * c - 3) + n.lobes[3] * s * (3 - 4 * s * s)
            depth = (outline - rho) * across
            alpha = smooth_step(depth / n.soft + 0.5)
            if alpha <= 0.0:
                continue
            fine = sampled(grains, n.at[0] + x / n.grain_um, n.at[1] + y / n.grain_um)
            coarse = sampled(
                grains, n.at[1] + x / (3.1 * n.grain_um), n.at[0] + y / (3.1 * n.grain_um)
            )
            edge = (depth - 0.45) / 0.42
            value = 1.0 + n.rim * np.exp(-edge * edge) * (1.0 + 0.5 * coarse)
            value += n.grain * (0.62 * fine + 0.55 * coarse)
            value = n.density * max(0.2, value)
            for k in range(2):
                if n.nucleoli[k, 3] > 0.0:
                    d = np.hypot(x - n.nucleoli[k, 0], y - n.nucleoli[k, 1])
                    value += n.nucleoli[k, 3] * smooth_step((n.nucleoli[k, 2] - d) / 0.6 + 0.5)
            # Where two nuclei lie over each other both show, the lower one paler.
            under = 1.0 - 0.35 * min(1.0, cover[row, column])
            h[row, column] += alpha * value * under
            cover[row, column] = max(cover[row, column], alpha)


@kernel
def stamp_nuclei(
    h: F32, cover: F32, nuclei: Records, grains: F32, x0: float, y0: float, um_per_px: float
) -> None:
    """Add hematoxylin of every nucleus to `h` and mark in `cover` where nuclei lie.

    Parameters
    ----------
    h, cover
        (rows, columns) float32, changed in place.
    nuclei
        Records of `NUCLEUS` in a fixed order: overlaps depend on it.
    grains
        The periodic texture.
    x0, y0
        Corner of the first pixel on the slide (um).
    """
    for k in range(nuclei.shape[0]):
        _stamp(h, cover, nuclei[k], grains, x0, y0, um_per_px)

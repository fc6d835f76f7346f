"""The lie of the land: where nests, stroma, ducts, vessels, fat, folds and bare glass are.

Signed distances (um, about; positive inside) and slow modulations are kept on nodes 2 um apart
whose positions are multiples of 2 um on the slide, so that every field that covers a node finds
the same value there.
"""

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np

from hardware.simulators.tissue.arrays import F32, F64, Record, Records
from hardware.simulators.tissue.compiled import kernel
from hardware.simulators.tissue.features import BENIGN, DCIS, TUBULE, VESSEL, features_near
from hardware.simulators.tissue.noise import hashed, wave
from hardware.simulators.tissue.pattern import SlidePattern

NODE_UM = 2.0

WARP_X = 0
WARP_Y = 1
CLEAR = 2
DUCT = 3
GLAND = 4
NECROSIS = 5
FOLD = 6
STAINING = 7
LOOSE = 8
SHADED = 9
"""The planes before this one are all that the shading of pixels needs."""
NEST = 9
IMMUNE = 10
COS2 = 11
SIN2 = 12
PLANES = 13


class Lie(NamedTuple):
    """Numbers that the kernel needs of a pattern."""

    nest_level: float
    nest_um: float
    strand_um: float
    lumen_um: float
    glass_level: float
    fat_level: float
    necrosis_level: float
    fold_level: float
    immune_level: float


@dataclass(frozen=True)
class TissueMap:
    """Planes on nodes.

    Attributes
    ----------
    planes
        (rows, columns, `PLANES`) float32.
    ix, iy
        Index of the first column and row; a node lies at its index times `NODE_UM`.
    features
        Ducts, glands and vessels within reach.
    """

    planes: F32
    ix: int
    iy: int
    features: Records


@kernel
def nest_parts(seed: int, x: float, y: float, nest_um: float) -> tuple[float, float, float]:
    """Return the broad field (standard deviations), distance to a strand and outline detail."""
    wx = x + 0.046 * nest_um * wave(seed, x / 60.0, y / 60.0, 1.0)
    wy = y + 0.046 * nest_um * wave(seed, x / 60.0, y / 60.0, 2.0)
    broad = 0.8 * wave(seed, wx / nest_um, wy / nest_um, 3.0)
    broad += 0.45 * wave(seed, wx / (0.45 * nest_um), wy / (0.45 * nest_um), 4.0)
    strand = abs(wave(seed, wx / (0.72 * nest_um), wy / (0.72 * nest_um), 5.0)) * nest_um * 0.17
    detail = 2.4 * wave(seed, x / 24.0, y / 24.0, 6.0)
    return broad, strand, detail


@kernel
def _sample_parts(points: F64, nest_um: float, out: F64) -> None:
    for k in range(points.shape[0]):
        broad, strand, _ = nest_parts(1, points[k, 0], points[k, 1], nest_um)
        out[k, 0] = broad
        out[k, 1] = strand


@cache
def nest_level(fraction: float, nest_um: float, strand_um: float) -> float:
    """Return the level of the broad field above which `fraction` of the tissue is nest."""
    points = np.random.Generator(np.random.Philox(7)).uniform(-4e4, 4e4, (20000, 2))
    parts = np.empty_like(points)
    _sample_parts(points, nest_um, parts)
    open_places = parts[parts[:, 1] > strand_um, 0]
    keep = min(1.0, fraction * len(points) / max(1, len(open_places)))
    return float(np.quantile(open_places, 1 - keep))


@kernel
def _fill(planes: F32, seed: int, ix: int, iy: int, lie: Lie) -> None:
    for row in range(planes.shape[0]):
        for column in range(planes.shape[1]):
            x = (ix + column) * NODE_UM
            y = (iy + row) * NODE_UM
            node = planes[row, column]
            node[WARP_X] = 1.6 * wave(seed, x / 22, y / 22, 10.0)
            node[WARP_X] += 2.5 * wave(seed, x / 75, y / 75, 11.0)
            node[WARP_Y] = 1.6 * wave(seed, x / 22, y / 22, 12.0)
            node[WARP_Y] += 2.5 * wave(seed, x / 75, y / 75, 13.0)
            broad, strand, detail = nest_parts(seed, x, y, lie.nest_um)
            nest = min((broad - lie.nest_level) * 0.23 * lie.nest_um, strand - lie.strand_um)
            nest = min(nest, 60.0) + detail
            node[NEST] = nest
            node[CLEAR] = _bare(seed, x, y, nest, lie)
            node[DUCT] = -50.0
            node[GLAND] = -50.0
            dead = (wave(seed, x / 150, y / 150, 40.0) - lie.necrosis_level) * 40
            node[NECROSIS] = min(dead, nest - 18.0) + 2.0 * wave(seed, x / 14, y / 14, 41.0)
            fold = 11.0 - abs(wave(seed, x / 1300, y / 1300, 50.0)) * 320
            node[FOLD] = min(fold, (wave(seed, x / 500, y / 500, 51.0) - lie.fold_level) * 130)
            uneven = 0.10 * wave(seed, x / 160, y / 160, 60.0)
            uneven += 0.05 * wave(seed, x / 38, y / 38, 61.0)
            node[STAINING] = 1.0 + uneven
            crowd = 0.8 * wave(seed, x / 120, y / 120, 70.0)
            crowd += 0.5 * wave(seed, x / 40, y / 40, 71.0)
            node[IMMUNE] = crowd - lie.immune_level
            node[LOOSE] = wave(seed, x / 90, y / 90, 80.0)
            turn = 1.0 * wave(seed, x / 420, y / 420, 81.0)
            turn += 0.25 * wave(seed, x / 70, y / 70, 82.0)
            turn += 0.08 * wave(seed, x / 18, y / 18, 83.0)
            node[COS2] = np.cos(2 * turn)
            node[SIN2] = np.sin(2 * turn)


@kernel
def _bare(seed: int, x: float, y: float, nest: float, lie: Lie) -> float:
    """Return the distance (um, about) into glass: beside the section, in slits, lumina, fat."""
    rough = 2.2 * wave(seed, x / 26, y / 26, 22.0) + 0.7 * wave(seed, x / 9, y / 9, 25.0)
    outside = -wave(seed, x / 1700, y / 1700, 20.0) + 0.3 * wave(seed, x / 260, y / 260, 21.0)
    clear = (outside - lie.glass_level) * 260 + rough
    # Nests shrink from their stroma and leave slits.
    slit = 1.8 * wave(seed, x / 70, y / 70, 23.0) - 3.0 + 0.3 * rough
    clear = max(clear, slit - abs(nest + 3.0) * 0.6)
    if lie.lumen_um > 0:
        lumen = nest - lie.lumen_um + 2.4 * wave(seed, x / 30, y / 30, 26.0)
        clear = max(clear, min(lumen, 40.0))
    # Fat: big cells with thin walls, in their own regions of the stroma.
    region = (wave(seed, x / 420, y / 420, 30.0) - lie.fat_level) * 100 + 2.5 * rough
    region = min(region, -nest - 14.0)
    if region > -10.0:
        clear = max(clear, min(region, _fat(seed, x, y)))
    return clear


@kernel
def _fat(seed: int, x: float, y: float) -> float:
    """Return the distance (um) to the wall of a fat cell, positive inside the drop."""
    size = 62.0
    i = int(np.floor(x / size))
    j = int(np.floor(y / size))
    first = 1e9
    second = 1e9
    for dj in range(-2, 3):
        for di in range(-2, 3):
            px = (i + di + 0.15 + 0.7 * hashed(seed, i + di, j + dj, 31.0)) * size
            py = (j + dj + 0.15 + 0.7 * hashed(seed, i + di, j + dj, 32.0)) * size
            d = np.hypot(x - px, y - py)
            if d < first:
                second = first
                first = d
            elif d < second:
                second = d
    return float((second - first) * 0.5 - 1.7)


@kernel
def _carve(planes: F32, seed: int, ix: int, iy: int, features: Records) -> None:
    rows, columns = planes.shape[:2]
    for k in range(features.shape[0]):
        f = features[k]
        reach = f.radius * 1.5 + 30.0
        first_row = max(0, int(np.floor((f.y - reach) / NODE_UM)) - iy)
        last_row = min(rows, int(np.ceil((f.y + reach) / NODE_UM)) - iy + 1)
        first_column = max(0, int(np.floor((f.x - reach) / NODE_UM)) - ix)
        last_column = min(columns, int(np.ceil((f.x + reach) / NODE_UM)) - ix + 1)
        ca = np.cos(f.angle)
        sa = np.sin(f.angle)
        for row in range(first_row, last_row):
            for column in range(first_column, last_column):
                x = (ix + column) * NODE_UM
                y = (iy + row) * NODE_UM
                u = ((x - f.x) * ca + (y - f.y) * sa) / f.stretch
                v = ((y - f.y) * ca - (x - f.x) * sa) * f.stretch
                ripple = 0.09 * wave(seed, x / (f.radius + 8), y / (f.radius + 8), 90.0)
                inside = f.radius * (1 + ripple) - np.hypot(u, v)
                inside += 0.6 * wave(seed, x / 14, y / 14, 91.0)
                if f.type == DCIS:
                    _duct(planes[row, column], f, seed, x, y, inside)
                else:
                    _round(planes[row, column], f, inside)


@kernel
def _round(node: F32, feature: Record, inside: float) -> None:
    """Carve a tubule, a vessel or a benign gland, `inside` um within its outline."""
    if feature.type == TUBULE:
        if node[NEST] > 4:
            node[CLEAR] = max(node[CLEAR], inside)
    elif feature.type == VESSEL:
        node[NEST] = min(node[NEST], -inside - 7.0)
        node[CLEAR] = max(node[CLEAR], inside)
    elif feature.type == BENIGN:
        node[NEST] = min(node[NEST], -inside - 14.0)
        node[GLAND] = max(node[GLAND], inside)
        if inside > -14:
            node[CLEAR] = min(node[CLEAR], -inside - 4.0)
        node[CLEAR] = max(node[CLEAR], min(inside - feature.rim, 30.0))


@kernel
def _duct(node: F32, feature: Record, seed: int, x: float, y: float, inside: float) -> None:
    """Carve a duct with in-situ carcinoma: solid, with dead middle or with round holes."""
    node[NEST] = min(node[NEST], -inside - 22.0)
    node[DUCT] = max(node[DUCT], inside)
    if inside > -10:
        node[CLEAR] = min(node[CLEAR], -4.0)
    if feature.dead:
        core = inside - feature.rim + 3.0 * wave(seed, x / 25, y / 25, 92.0)
        node[NECROSIS] = max(node[NECROSIS], core)
        hole = 7.0 * wave(seed, x / 26, y / 26, 93.0) - 7.0
        node[CLEAR] = max(node[CLEAR], min(core - 4.0, hole))
    else:
        hole = 8.5 * wave(seed, x / 42, y / 42, 94.0) - 9.0
        node[CLEAR] = max(node[CLEAR], min(inside - 14.0, hole))


def _along_outlines(planes: F32) -> None:
    """Turn the fibers so that they run along the outlines of nests, ducts and glands."""
    edge = np.maximum(np.maximum(planes[..., NEST], planes[..., DUCT]), planes[..., GLAND])
    gy, gx = np.gradient(edge, NODE_UM)
    slope = gx * gx + gy * gy
    pull = np.clip(1.4 - np.abs(edge + 6.0) / 22.0, 0.0, 1.2) * np.minimum(slope, 1.0) ** 0.25
    safe = np.maximum(slope, 1e-9)
    # The tangent's doubled angle: rotate the gradient's by a half turn.
    cos2 = planes[..., COS2] - 2.0 * pull * (gx * gx - gy * gy) / safe
    sin2 = planes[..., SIN2] - 2.0 * pull * (2 * gx * gy) / safe
    length = np.maximum(np.hypot(cos2, sin2), 1e-6)
    planes[..., COS2] = cos2 / length
    planes[..., SIN2] = sin2 / length


def _level(amount: float, scale: float = 1.0) -> float:
    """Return the level that noise of that standard deviation passes with chance `amount`."""
    if amount <= 0:
        return 99.0
    if amount >= 1:
        return -99.0
    # Logistic approximation of the normal quantile, good to 0.05 for these purposes.
    return float(scale * np.log((1 - amount) / amount) / 1.702)


def tissue_map(
    pattern: SlidePattern, seed: int, x0: float, y0: float, x1: float, y1: float
) -> TissueMap:
    """Fill the planes for a rectangle of the slide (um)."""
    # One node more on each side: the gradient at the rim is one-sided.
    ix = int(np.floor(x0 / NODE_UM)) - 2
    iy = int(np.floor(y0 / NODE_UM)) - 2
    shape = (int(np.ceil(y1 / NODE_UM)) - iy + 3, int(np.ceil(x1 / NODE_UM)) - ix + 3)
    planes = np.empty((*shape, PLANES), np.float32)
    lie = Lie(
        nest_level=nest_level(pattern.nest_fraction, pattern.nest_um, pattern.strand_um),
        nest_um=pattern.nest_um,
        strand_um=pattern.strand_um,
        lumen_um=pattern.lumen_depth_um,
        glass_level=_level(pattern.glass, 1.04),
        fat_level=_level(pattern.fat),
        necrosis_level=_level(pattern.necrosis),
        fold_level=_level(pattern.folds),
        immune_level=_level(pattern.immune),
    )
    _fill(planes, seed, ix, iy, lie)
    reach = 300.0
    features = features_near(pattern, seed, x0 - reach, y0 - reach, x1 + reach, y1 + reach)
    _carve(planes, seed, ix, iy, features)
    _along_outlines(planes)
    return TissueMap(planes, ix, iy, features)


@kernel
def read_node(node: F32, planes: F32, ix: int, iy: int, x: float, y: float) -> None:
    """Fill `node`, (`PLANES`,) or fewer, with the planes at a position (um), bilinear."""
    gx = x / NODE_UM - ix
    gy = y / NODE_UM - iy
    i = min(max(int(np.floor(gx)), 0), planes.shape[1] - 2)
    j = min(max(int(np.floor(gy)), 0), planes.shape[0] - 2)
    u = gx - i
    v = gy - j
    w00 = (1 - u) * (1 - v)
    w10 = u * (1 - v)
    w01 = (1 - u) * v
    w11 = u * v
    for k in range(node.shape[0]):
        node[k] = (
            w00 * planes[j, i, k]
            + w10 * planes[j, i + 1, k]
            + w01 * planes[j + 1, i, k]
            + w11 * planes[j + 1, i + 1, k]
        )

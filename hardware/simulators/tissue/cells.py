"""The epithelial cells: where they are, which are there, how each one's membrane is stained.

Cells are the power diagram (a Voronoi diagram with sizes) of a jittered hexagonal lattice in a
gently warped plane; walls are therefore shared between neighbors. A site is a cell where the
tissue map says nest or duct.
"""

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np

from hardware.simulators.tissue.arrays import F32, F64, Record, Records
from hardware.simulators.tissue.compiled import kernel
from hardware.simulators.tissue.noise import hashed, normal, texture, wave
from hardware.simulators.tissue.pattern import SlidePattern
from hardware.simulators.tissue.rings import look_back, measure_rings
from hardware.simulators.tissue.tissue_map import (
    CLEAR,
    DUCT,
    GLAND,
    NECROSIS,
    NEST,
    PLANES,
    WARP_X,
    WARP_Y,
    TissueMap,
    read_node,
)

ROW_STEP = 0.8660254
"""Distance of the lattice's rows in units of the distance of its sites."""

SCHEEL_UM = (0.0, 0.64, 1.0, 1.8, 2.14)
"""Membrane width by class (Scheel et al. 2018: 1+ 0.64, 2+ 1.00, 3+ 2.14 um)."""

TUMOR_CELL = 1
DCIS_CELL = 2

CELL = np.dtype(
    [
        ("x", np.float64),
        ("y", np.float64),
        ("real_x", np.float64),
        ("real_y", np.float64),
        ("weight", np.float64),
        ("live", np.int64),
        ("near_live", np.bool_),
        ("dead", np.bool_),
        ("tangential", np.bool_),
        ("cell_class", np.int64),
        ("density", np.float64),
        ("width", np.float64),
        ("share", np.float64),
        ("gate", np.float64),
        ("apical_x", np.float64),
        ("apical_y", np.float64),
        ("blush", np.float64),
        ("body", np.float64),
        ("inner_radius", np.float64),
        ("outer_radius", np.float64),
        ("long_angle", np.float64),
        ("completeness", np.float64),
    ],
    align=True,
)
"""A site; x, y in the warped plane, real_x, real_y on the slide (um). `gate` is the level of the
gap texture below which the cell's own membrane is stained, `apical` points away from stroma."""


class Staining(NamedTuple):
    """Numbers that the kernel needs of a pattern."""

    cell_um: float
    patch_um: float
    clone_um: float
    clone_level: float
    weak: float
    moderate: float
    intense: float
    blush: float
    single_cells: float
    u_shaped: float


@dataclass(frozen=True)
class CellSheet:
    """Sites of a window of the lattice.

    Attributes
    ----------
    cells
        (rows, columns) records of `CELL`.
    i, j
        Lattice index of the first column and row.
    cell_um
        Distance of sites.
    """

    cells: Records
    i: int
    j: int
    cell_um: float


@kernel
def _place(cells: Records, seed: int, i0: int, j0: int, spacing: float) -> None:
    rows, columns = cells.shape
    for r in range(rows):
        for c in range(columns):
            i = i0 + c
            j = j0 + r
            jx = hashed(seed, i, j, 300.0) - 0.5
            jy = hashed(seed, i, j, 301.0) - 0.5
            cells[r, c].x = (i + 0.5 * (j & 1) + 0.85 * jx) * spacing
            cells[r, c].y = (j + 0.85 * jy) * spacing * ROW_STEP
            size = 1.0 + 0.16 * normal(seed, i, j, 302.0)
            cells[r, c].weight = 0.22 * spacing * spacing * max(0.3, size)


@kernel
def _push_apart(cells: Records, before: F64, spacing: float) -> None:
    """Move sites away from neighbors that are too near; the window's two outer rings go stale."""
    rows, columns = cells.shape
    for r in range(rows):
        for c in range(columns):
            before[r, c, 0] = cells[r, c].x
            before[r, c, 1] = cells[r, c].y
    least = 0.9 * spacing
    for r in range(2, rows - 2):
        for c in range(2, columns - 2):
            x = before[r, c, 0]
            y = before[r, c, 1]
            move_x = 0.0
            move_y = 0.0
            for dr in range(-2, 3):
                for dc in range(-2, 3):
                    if dr == 0 and dc == 0:
                        continue
                    dx = x - before[r + dr, c + dc, 0]
                    dy = y - before[r + dr, c + dc, 1]
                    d = np.sqrt(dx * dx + dy * dy) + 1e-9
                    if d < least:
                        move_x += 0.35 * (least - d) * dx / d
                        move_y += 0.35 * (least - d) * dy / d
            cells[r, c].x = x + move_x
            cells[r, c].y = y + move_y


@kernel
def _class_noise(
    seed: int, x: float, y: float, i: int, j: int, patch_um: float, stream: float
) -> float:  # fmt: skip
    slow = 0.85 * wave(seed, x / patch_um, y / patch_um, stream)
    slow += 0.35 * wave(seed, x * 2.7 / patch_um, y * 2.7 / patch_um, stream + 1)
    return float(slow + 0.26 * normal(seed, i, j, stream + 2))


@kernel
def _sample_class_noise(out: F64, spread: F64) -> None:
    for k in range(out.shape[0]):
        x = (hashed(5, k, 0, 0.0) - 0.5) * 1e6
        y = (hashed(5, k, 1, 0.0) - 0.5) * 1e6
        out[k] = _class_noise(5, x, y, k, 2, 42.0, 310.0)
        spread[k] = wave(5, x / 42.0, y / 42.0, 313.0)


@cache
def _ranks() -> tuple[F64, F64]:
    """Return the 1,025 quantiles of the class noise and of plain waves."""
    noise = np.empty(60000)
    waves = np.empty(60000)
    _sample_class_noise(noise, waves)
    at = np.linspace(0, 1, 1025)
    return np.quantile(noise, at), np.quantile(waves, at)


@kernel
def _populate(
    cells: Records, seed: int, i0: int, j0: int, planes: F32, ix: int, iy: int,
    quantiles: F64, mixes: F64, staining: Staining,
) -> None:  # fmt: skip
    """Say which sites are cells, and of which class."""
    rows, columns = cells.shape
    node = np.empty(PLANES, np.float32)
    other = np.empty(PLANES, np.float32)
    for r in range(rows):
        for c in range(columns):
            cell = cells[r, c]
            i = i0 + c
            j = j0 + r
            x = cell.x
            y = cell.y
            for _ in range(8):
                read_node(node, planes, ix, iy, x, y)
                x = cell.x - node[WARP_X]
                y = cell.y - node[WARP_Y]
            cell.real_x = x
            cell.real_y = y
            read_node(node, planes, ix, iy, x, y)
            nest = node[NEST]
            alone = nest > -60 and hashed(seed, i, j, 320.0) < staining.single_cells
            alone = alone and node[GLAND] < -8
            cell.live = 0
            if node[DUCT] > 3.5:
                cell.live = DCIS_CELL
            elif node[DUCT] < -8 and (nest > 0.5 or alone):
                cell.live = TUMOR_CELL
            if node[CLEAR] > -3.2 or hashed(seed, i, j, 321.0) < 0.012:
                cell.live = 0
            cell.dead = node[NECROSIS] > 0
            _stain(cell, seed, i, j, quantiles, mixes, staining)
            if staining.u_shaped > 0:
                # Away from the outline: up the gradient of the nest.
                read_node(node, planes, ix, iy, x + 6.0, y)
                read_node(other, planes, ix, iy, x - 6.0, y)
                gx = node[NEST] - other[NEST]
                read_node(node, planes, ix, iy, x, y + 6.0)
                read_node(other, planes, ix, iy, x, y - 6.0)
                gy = node[NEST] - other[NEST]
                length = np.sqrt(gx * gx + gy * gy) + 1e-6
                cell.apical_x = staining.u_shaped * gx / length
                cell.apical_y = staining.u_shaped * gy / length


@kernel
def _rank(quantiles: F64, value: float) -> float:
    """Return the share of the distribution that lies below a value."""
    low = 0
    high = quantiles.shape[0]
    while low < high:
        middle = (low + high) // 2
        if quantiles[middle] < value:
            low = middle + 1
        else:
            high = middle
    return float(low / quantiles.shape[0])


@kernel
def _stain(
    cell: Record, seed: int, i: int, j: int, quantiles: F64, mixes: F64, staining: Staining
) -> None:
    x = cell.real_x
    y = cell.real_y
    um = staining.clone_um
    clone = wave(seed, x / um, y / um, 314.0) + 0.06 * normal(seed, i, j, 315.0)
    row = 1 if clone > staining.clone_level else 0
    # Two fields: how strong, and how complete. Ordered by one field alone, the intense
    # incomplete cells would all lie in a seam between complete ones.
    strong = _class_noise(seed, x, y, i, j, staining.patch_um, 310.0)
    whole = _class_noise(seed, x, y, i, j, staining.patch_um, 350.0)
    rank = _rank(quantiles, strong)
    shares = mixes[row]
    code = 0
    if rank >= shares[0]:
        code = 1 if rank < shares[0] + shares[1] + shares[2] else 3
        of_level = shares[code] + shares[code + 1]
        rank = _rank(quantiles, whole)
        code += rank * of_level >= shares[code]
    cell.cell_class = code
    vary = normal(seed, i, j, 330.0)
    wide = normal(seed, i, j, 331.0)
    cell.width = SCHEEL_UM[code] * max(0.6, 1.0 + 0.16 * wide)
    cell.share = 0.0
    cell.density = 0.0
    if code == 1:
        cell.density = staining.weak * (1.0 + 0.14 * vary)
    elif code == 2:
        cell.density = staining.moderate * (1.0 + 0.10 * vary)
    elif code >= 3:
        cell.density = staining.intense * (1.0 + 0.15 * vary)
    if code == 1 or code == 3:  # noqa: PLR1714 (numba reads this faster)
        cell.share = 0.53 + 0.10 * hashed(seed, i, j, 332.0)
    elif code:
        cell.share = 0.94 + 0.06 * hashed(seed, i, j, 332.0)
    strength = (0.35, 0.8, 1.0, 1.15, 1.3)[code]
    cell.blush = staining.blush * strength * max(0.25, 1.0 + 0.4 * normal(seed, i, j, 333.0))
    cell.body = max(0.5, 1.0 + 0.2 * normal(seed, i, j, 334.0))
    cell.tangential = code >= 2 and hashed(seed, i, j, 335.0) < 0.05


def cell_sheet(
    pattern: SlidePattern, seed: int, land: TissueMap, x0: float, y0: float, x1: float, y1: float
) -> CellSheet:
    """Return the sites that may touch a rectangle of the warped plane (um)."""
    spacing = pattern.cell_um
    # Two rounds of pushing, the measuring and three of looking back: two rings of neighbors each.
    margin = 14
    i0 = int(np.floor(x0 / spacing)) - margin
    j0 = int(np.floor(y0 / (spacing * ROW_STEP))) - margin
    columns = int(np.ceil(x1 / spacing)) + margin + 1 - i0
    rows = int(np.ceil(y1 / (spacing * ROW_STEP))) + margin + 1 - j0
    cells = np.zeros((rows, columns), CELL)
    _place(cells, seed, i0, j0, spacing)
    before = np.empty((rows, columns, 2))
    for _ in range(2):
        _push_apart(cells, before, spacing)
    class_quantiles, wave_quantiles = _ranks()
    mixes = np.array([pattern.mix, pattern.clone_mix or pattern.mix])
    clone_level = np.interp(1 - pattern.clone_share, np.linspace(0, 1, 1025), wave_quantiles)
    staining = Staining(
        cell_um=spacing,
        patch_um=pattern.patch_um,
        clone_um=pattern.clone_um,
        clone_level=float(clone_level) if pattern.clone_mix else 99.0,
        weak=pattern.weak,
        moderate=pattern.moderate,
        intense=pattern.intense,
        blush=pattern.blush,
        single_cells=pattern.single_cells,
        u_shaped=1.0 if pattern.site == "gastric" else 0.0,
    )
    _populate(cells, seed, i0, j0, land.planes, land.ix, land.iy, class_quantiles, mixes, staining)
    measure_rings(cells, texture())
    gates = np.empty(cells.shape)
    for edge, yielding in ((4, 0.7), (6, 0.7), (8, 0.0)):
        look_back(cells, texture(), edge, yielding, gates)
    return CellSheet(cells, i0, j0, spacing)

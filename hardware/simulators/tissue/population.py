"""Who lives where: nuclei of tumor, ducts, glands, immune infiltrate, stroma and vessels."""

import numpy as np

from hardware.simulators.tissue.arrays import F32, F64, Records
from hardware.simulators.tissue.cells import DCIS_CELL, CellSheet
from hardware.simulators.tissue.compiled import kernel
from hardware.simulators.tissue.features import VESSEL
from hardware.simulators.tissue.noise import hashed, normal
from hardware.simulators.tissue.nuclei import (
    APOPTOSIS,
    BENIGN,
    DARK,
    LYMPHOCYTE,
    MITOSIS,
    NUCLEUS,
    PLUMP,
    SPINDLE,
    TUMOR,
    draw_nucleus,
    look_table,
)
from hardware.simulators.tissue.pattern import SlidePattern
from hardware.simulators.tissue.tissue_map import (
    CLEAR,
    COS2,
    DUCT,
    GLAND,
    IMMUNE,
    LOOSE,
    NECROSIS,
    NEST,
    PLANES,
    SIN2,
    TissueMap,
    read_node,
)
from hardware.simulators.tissue.truth import Kind

_TUMOR_KIND = int(Kind.TUMOR)
_IMMUNE_KIND = int(Kind.IMMUNE)
_STROMA_KIND = int(Kind.STROMA)
_BENIGN_KIND = int(Kind.BENIGN)
_DCIS_KIND = int(Kind.DCIS)
_DEBRIS_KIND = int(Kind.DEBRIS)

IMMUNE_UM = 7.6
STROMA_UM = 14.5


@kernel
def _epithelial(
    out: Records, cells: Records, i0: int, j0: int, looks: F64, seed: int, mitoses: float,
    apoptoses: float,
) -> int:  # fmt: skip
    count = 0
    rows, columns = cells.shape
    for r in range(8, rows - 8):
        for c in range(8, columns - 8):
            cell = cells[r, c]
            if cell.live == 0 or cell.dead or hashed(seed, i0 + c, j0 + r, 400.0) < 0.045:
                continue
            i = i0 + c
            j = j0 + r
            n = out[count]
            event = hashed(seed, i, j, 401.0)
            sort = TUMOR
            kind = _DCIS_KIND if cell.live == DCIS_CELL else _TUMOR_KIND
            angle = cell.long_angle + 0.35 * normal(seed, i, j, 402.0)
            if event < mitoses:
                sort = MITOSIS
                angle = np.pi * hashed(seed, i, j, 403.0)
            elif event < mitoses + apoptoses:
                sort = APOPTOSIS
                kind = _DEBRIS_KIND
            elif event > 0.965:
                sort = DARK
            off = 0.1 * cell.inner_radius
            x = cell.real_x + off * normal(seed, i, j, 404.0)
            y = cell.real_y + off * normal(seed, i, j, 405.0)
            draw_nucleus(n, looks[sort], seed, i, j, 410.0, x, y, angle)
            n.kind = kind
            # It must find room in its cell, give or take an overlap.
            room = cell.inner_radius * 1.02
            if n.b > room:
                n.b = max(room, 0.72 * n.b)
            n.a = min(n.a, max(n.b, cell.outer_radius * 0.82))
            if kind == _TUMOR_KIND:
                n.cell_class = cell.cell_class
                n.completeness = cell.completeness
            count += 1
    return count


@kernel
def _small(
    out: Records, cells: Records, i0: int, j0: int, spacing: float, window: F64,
    looks: F64, seed: int, planes: F32, ix: int, iy: int,
) -> int:  # fmt: skip
    """Place immune cells and the epithelium of benign glands, on a lattice of their own."""
    count = 0
    node = np.empty(PLANES, np.float32)
    um = IMMUNE_UM
    for j in range(int(window[1] / um) - 2, int(window[3] / um) + 2):
        for i in range(int(window[0] / um) - 2, int(window[2] / um) + 2):
            x = (i + 0.5 * (j & 1) + 0.85 * (hashed(seed, i, j, 500.0) - 0.5)) * um
            y = (j + 0.85 * (hashed(seed, i, j, 501.0) - 0.5)) * um
            read_node(node, planes, ix, iy, x, y)
            if node[CLEAR] > -2.2:
                continue
            gland = node[GLAND]
            duct = node[DUCT]
            nest = node[NEST]
            if gland > 0.5:
                turn = np.pi * hashed(seed, i, j, 502.0)
                draw_nucleus(out[count], looks[BENIGN], seed, i, j, 510.0, x, y, turn)
                out[count].kind = _BENIGN_KIND
                count += 1
                continue
            chance = 0.0
            if nest < -2.5 and duct < -3 and gland < -3:
                crowd = node[IMMUNE]
                chance = 0.012 + 0.6 * min(1.0, max(0.0, crowd * 1.1))
            elif node[NECROSIS] < 0:
                crowd = node[IMMUNE]
                chance = 0.004 + 0.02 * min(1.0, max(0.0, crowd + 0.5))
            if hashed(seed, i, j, 503.0) >= chance:
                continue
            if not _free(cells, i0, j0, spacing, x, y, 5.0 if nest > 0 or duct > 0 else 6.4):
                continue
            turn = np.pi * hashed(seed, i, j, 502.0)
            draw_nucleus(out[count], looks[LYMPHOCYTE], seed, i, j, 520.0, x, y, turn)
            out[count].kind = _IMMUNE_KIND
            count += 1
    return count


@kernel
def _free(
    cells: Records, i0: int, j0: int, spacing: float, x: float, y: float, least: float
) -> bool:
    """Tell whether no tumor cell lies within `least` um."""
    rows, columns = cells.shape
    r = int(np.floor(y / (spacing * 0.8660254))) - j0
    c = int(np.floor(x / spacing)) - i0
    for rr in range(max(0, r - 3), min(rows, r + 4)):
        for cc in range(max(0, c - 3), min(columns, c + 4)):
            cell = cells[rr, cc]
            if cell.live > 0:
                dx = cell.real_x - x
                dy = cell.real_y - y
                if dx * dx + dy * dy < least * least:
                    return False
    return True


@kernel
def _spindles(
    out: Records, cells: Records, i0: int, j0: int, spacing: float, window: F64,
    looks: F64, seed: int, planes: F32, ix: int, iy: int,
) -> int:  # fmt: skip
    count = 0
    node = np.empty(PLANES, np.float32)
    um = STROMA_UM
    for j in range(int(window[1] / um) - 2, int(window[3] / um) + 2):
        for i in range(int(window[0] / um) - 2, int(window[2] / um) + 2):
            x = (i + 0.5 * (j & 1) + 0.9 * (hashed(seed, i, j, 600.0) - 0.5)) * um
            y = (j + 0.9 * (hashed(seed, i, j, 601.0) - 0.5)) * um
            read_node(node, planes, ix, iy, x, y)
            nest = node[NEST]
            duct = node[DUCT]
            gland = node[GLAND]
            if nest > -1.5 or duct > -1.5 or gland > -1.5:
                continue
            if node[CLEAR] > -1.2:
                continue
            edge = max(nest, duct, gland)
            chance = 0.48 + 0.12 * node[LOOSE] + (0.25 if edge > -9 else 0.0)
            if hashed(seed, i, j, 602.0) >= chance:
                continue
            if not _free(cells, i0, j0, spacing, x, y, 6.5):
                continue
            angle = 0.5 * np.arctan2(node[SIN2], node[COS2]) + 0.2 * normal(seed, i, j, 603.0)
            sort = PLUMP if hashed(seed, i, j, 604.0) < 0.3 else SPINDLE
            draw_nucleus(out[count], looks[sort], seed, i, j, 610.0, x, y, angle)
            out[count].kind = _STROMA_KIND
            count += 1
    return count


@kernel
def _endothelium(out: Records, features: Records, looks: F64, seed: int) -> int:
    count = 0
    for k in range(features.shape[0]):
        f = features[k]
        if f.type != VESSEL:
            continue
        around = 2 + int(f.radius / 4.5)
        for m in range(around):
            t = 2 * np.pi * (m + 0.7 * hashed(seed, f.i, f.j, 700.0 + m)) / around
            r = f.radius + 1.4
            u = r * np.cos(t) * f.stretch
            v = r * np.sin(t) / f.stretch
            ca = np.cos(f.angle)
            sa = np.sin(f.angle)
            angle = f.angle + np.arctan2(np.cos(t) / f.stretch, -np.sin(t) * f.stretch)
            n = out[count]
            draw_nucleus(
                n, looks[SPINDLE], seed, f.i, f.j, 720.0 + 64.0 * m,
                f.x + u * ca - v * sa, f.y + u * sa + v * ca, angle,
            )  # fmt: skip
            n.kind = _STROMA_KIND
            n.bend = -0.5 / max(f.radius, 8.0)
            count += 1
    return count


def populate(
    pattern: SlidePattern,
    seed: int,
    land: TissueMap,
    sheet: CellSheet,
    window: tuple[float, float, float, float],
) -> Records:
    """Return every nucleus whose center lies in the window (x0, y0, x1, y1 in um) or near it.

    The order is fixed by the slide, not by the window, since overlaps depend on it.
    """
    looks = look_table()
    planes, ix, iy = land.planes, land.ix, land.iy
    frame = np.array(window)
    width, height = frame[2] - frame[0], frame[3] - frame[1]
    cells, i0, j0 = sheet.cells, sheet.i, sheet.j

    def room(spacing: float) -> Records:
        return np.zeros(int((width / spacing + 6) * (height / (0.9 * spacing) + 6)), NUCLEUS)

    tumor = np.zeros(cells.size, NUCLEUS)
    count = _epithelial(tumor, cells, i0, j0, looks, seed, pattern.mitoses, pattern.apoptoses)
    small, stroma = room(IMMUNE_UM), room(STROMA_UM)
    small_count = _small(small, cells, i0, j0, sheet.cell_um, frame, looks, seed, planes, ix, iy)
    stroma_count = _spindles(
        stroma, cells, i0, j0, sheet.cell_um, frame, looks, seed, planes, ix, iy
    )
    lining = np.zeros(int(np.sum(3 + land.features["radius"] / 4.5)) + 1, NUCLEUS)
    lining_count = _endothelium(lining, land.features, looks, seed)
    everyone = np.concatenate(
        [stroma[:stroma_count], lining[:lining_count], tumor[:count], small[:small_count]]
    )
    x, y = everyone["x"], everyone["y"]
    inside = (x >= frame[0]) & (x < frame[2]) & (y >= frame[1]) & (y < frame[3])
    chosen: Records = everyone[inside]
    return chosen

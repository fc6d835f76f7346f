"""Render any field of the simulated slide."""

import cv2
import numpy as np

from hardware.simulators.tissue.arrays import F32, Records
from hardware.simulators.tissue.cells import cell_sheet
from hardware.simulators.tissue.fibers import fiber_texture
from hardware.simulators.tissue.litter import scatter_litter
from hardware.simulators.tissue.noise import texture
from hardware.simulators.tissue.nuclei import stamp_nuclei
from hardware.simulators.tissue.optics import Optics, Stains, blurred, exposed, transmitted
from hardware.simulators.tissue.pattern import SlidePattern
from hardware.simulators.tissue.population import populate
from hardware.simulators.tissue.shade import shade
from hardware.simulators.tissue.tissue_map import tissue_map
from hardware.simulators.tissue.truth import SimulatedField, Truth

COARSEST_UM = 0.5
"""Fields coarser than this are rendered finer and averaged: membranes would alias."""

FARTHEST_UM = 1e8
"""Beyond this a number no longer tells neighboring pixels apart."""

_OVER_UM = 14.0
"""Nuclei whose center lies this far outside may still reach into the picture."""


def render_field(
    pattern: SlidePattern,
    seed: int,
    x_um: float,
    y_um: float,
    width_px: int,
    height_px: int,
    um_per_px: float,
    *,
    optics: Optics | None = None,
    stains: Stains | None = None,
) -> SimulatedField:
    """Render one field of a slide.

    The slide is a function of pattern and seed alone: fields that overlap show the same tissue,
    in any order, process and pixel size. To fill a slide tile by tile turn vignetting and noise
    off, since these belong to the camera's field and not to the slide.

    Parameters
    ----------
    pattern, seed
        Which slide.
    x_um, y_um
        Position of the field's upper left corner on the slide, which has no borders.
    width_px, height_px
        Size in pixels.
    um_per_px
        Pixel size; 0.212 and 0.424 are the 40x and the 20x objective.
    optics, stains
        Microscope, camera and stain; the defaults are `Optics()` and `Stains()`.

    Raises
    ------
    ValueError
        For a size below one pixel, a pixel size that is not positive, or a position out of bounds.
    """
    if width_px < 1 or height_px < 1:
        raise ValueError(f"a field needs at least 1 x 1 px, not {width_px} x {height_px}")
    if not um_per_px > 0:
        raise ValueError(f"um per px must be positive, not {um_per_px}")
    if not abs(x_um) + abs(y_um) < FARTHEST_UM:
        raise ValueError(f"the position must lie within {FARTHEST_UM:.0e} um, not {x_um}, {y_um}")
    optics = optics or Optics()
    stains = stains or Stains()
    seed = int(seed) & 0x7FFFFFFFFFFFFFFF
    finer = max(1, int(np.ceil(um_per_px / COARSEST_UM - 1e-9)))
    step = um_per_px / finer
    margin = finer * int(np.ceil(optics.margin_um / um_per_px + 1))
    rows, columns = height_px * finer + 2 * margin, width_px * finer + 2 * margin
    corner = (x_um - margin * step, y_um - margin * step)
    planes, nuclei = _stained(pattern, seed, corner, rows, columns, step)
    light = transmitted(*planes, stains, optics.white)
    light = blurred(light, optics.blur_um / step)
    light = light[margin : rows - margin, margin : columns - margin]
    if finer > 1:
        light = np.asarray(
            cv2.resize(light, (width_px, height_px), interpolation=cv2.INTER_AREA), np.float32
        )
    key = (seed, round(x_um / step), round(y_um / step), round(step * 1e4))
    rgb = exposed(light, optics, um_per_px, key)
    rgb.setflags(write=False)
    truth = _truth(nuclei, x_um, y_um, width_px, height_px, um_per_px)
    return SimulatedField(rgb, um_per_px, truth)


def _stained(
    pattern: SlidePattern, seed: int, corner: tuple[float, float], rows: int, columns: int,
    um_per_px: float,
) -> tuple[tuple[F32, F32, F32], Records]:  # fmt: skip
    """Return hematoxylin, DAB and neutral density of a picture, and the nuclei in and near it."""
    x0, y0 = corner
    x1, y1 = x0 + columns * um_per_px, y0 + rows * um_per_px
    around = _OVER_UM + 9.0 * pattern.cell_um
    land = tissue_map(pattern, seed, x0 - around, y0 - around, x1 + around, y1 + around)
    # The cells' plane is warped by up to some 15 um.
    near = _OVER_UM + 16.0
    sheet = cell_sheet(pattern, seed, land, x0 - near, y0 - near, x1 + near, y1 + near)
    over = _OVER_UM
    nuclei = populate(pattern, seed, land, sheet, (x0 - over, y0 - over, x1 + over, y1 + over))
    h = np.zeros((rows, columns), np.float32)
    cover = np.zeros((rows, columns), np.float32)
    stamp_nuclei(h, cover, nuclei, texture(), x0, y0, um_per_px)
    fibers = fiber_texture(seed, land, x0, y0, x1, y1)
    dab = np.zeros((rows, columns), np.float32)
    shade(h, dab, cover, land, fibers, sheet, corner, um_per_px, pattern.gap_um)
    neutral = np.zeros((rows, columns), np.float32)
    scatter_litter(neutral, land.features, seed, corner, um_per_px, pattern.dirt)
    return (h, dab, neutral), nuclei


def _truth(
    nuclei: Records, x_um: float, y_um: float, width: int, height: int, um_per_px: float
) -> Truth:
    x = (nuclei["x"] - x_um) / um_per_px - 0.5
    y = (nuclei["y"] - y_um) / um_per_px - 0.5
    inside = (x >= -0.5) & (x < width - 0.5) & (y >= -0.5) & (y < height - 0.5)
    arrays = (
        np.stack([x[inside], y[inside]], axis=1).astype(np.float32),
        nuclei["kind"][inside].astype(np.uint8),
        nuclei["cell_class"][inside].astype(np.uint8),
        nuclei["completeness"][inside].astype(np.float32),
    )
    for array in arrays:
        array.setflags(write=False)
    return Truth(*arrays)

"""Markers for the screen: drawn once as stamps, then laid where the cells are."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from app.model.markers import MarkerSize, draw_markers
from app.model.palette import CLASS_STYLES, HALO, REGION
from inference.arrays import F32, F64, I32, U8
from inference.cells.classes import CellClass
from inference.kernel import kernel

STEPS = 4
"""A marker lies on a quarter of a pixel: finer is not seen."""
EDITED, SELECTED = 0, 1
"""Kinds of frames: corners around a cell that the pathologist changed, and a whole frame around a
selected one."""


@dataclass(frozen=True, eq=False)
class StampSheet:
    """All stamps of one size.

    Attributes
    ----------
    pixels
        (kinds, 16, s, s, 4) uint8, blue, green, red, opacity, premultiplied; the second axis is
        ``4 y + x`` of the quarter.
    reach_px
        From the left or top side of a stamp to its middle pixel.
    """

    pixels: U8
    reach_px: int


@lru_cache(maxsize=32)
def marker_sheet(size: MarkerSize) -> StampSheet:
    """Draw the markers of a size; kinds are codes of `CellClass`."""
    reach = int(np.ceil(size.radius_px * 1.3 + size.halo_px)) + 1
    side = 2 * reach + 1
    pixels = np.zeros((len(CellClass), STEPS * STEPS, side, side, 4), np.uint8)
    for place, middle in enumerate(_quarters(reach)):
        for cell_class, style in CLASS_STYLES.items():
            canvases = [np.full((side, side, 3), back, np.uint8) for back in (0, 255)]
            for canvas in canvases:
                draw_markers(canvas, middle[None], style, size)
            pixels[cell_class, place] = _lifted(*canvases)
    pixels.flags.writeable = False
    return StampSheet(pixels, reach)


@lru_cache(maxsize=32)
def frame_sheet(size: MarkerSize) -> StampSheet:
    """Draw the frames around markers of a size; kinds are `EDITED` and `SELECTED`."""
    half = size.radius_px * 1.2 + 3.0
    reach = int(np.ceil(half + 4))
    side = 2 * reach + 1
    pixels = np.zeros((2, STEPS * STEPS, side, side, 4), np.uint8)
    for place, middle in enumerate(_quarters(reach)):
        pixels[EDITED, place] = _square(side, middle, half, corners_only=True)
        pixels[SELECTED, place] = _square(side, middle, half + 1.5, corners_only=False)
    pixels.flags.writeable = False
    return StampSheet(pixels, reach)


def _quarters(reach: int) -> F32:
    """Return the (16, 2) points within the middle pixel at which stamps are drawn."""
    y, x = np.divmod(np.arange(STEPS * STEPS), STEPS)
    return (reach + np.column_stack([x, y]) / STEPS).astype(np.float32)


def _lifted(on_black: U8, on_white: U8) -> U8:
    """Return blue, green, red and opacity of what was drawn on black and on white."""
    opacity = 255 - (on_white.astype(np.int16) - on_black).mean(axis=2)
    return np.dstack([on_black[..., ::-1], np.clip(np.rint(opacity), 0, 255).astype(np.uint8)])


def _square(side: int, middle: F32, half_px: float, *, corners_only: bool) -> U8:
    """Return a square outline around a point, light with a dark edge."""
    y, x = np.mgrid[:side, :side].astype(np.float64)
    away_x, away_y = np.abs(x - middle[0]), np.abs(y - middle[1])
    outline = np.abs(np.maximum(away_x, away_y) - half_px)
    if corners_only:
        outline = np.maximum(outline, 0.6 * half_px - np.minimum(away_x, away_y))
    ink, edge = (np.clip(width - outline, 0, 1)[..., None] for width in (1.1, 1.9))
    light, dark = (np.array([*color[::-1], 255], np.float64) for color in (REGION, HALO))
    stamp: F64 = ink * light + (1 - ink) * 0.8 * edge * dark
    return np.rint(stamp).astype(np.uint8)


def placed(xy_px: F64, reach_px: int) -> tuple[I32, I32]:
    """Return where stamps for (n, 2) points go: (n, 2) left and top, and (n,) which quarter."""
    quarters = np.round(np.clip(xy_px, -1e6, 1e6) * STEPS).astype(np.int32)
    corner = quarters // STEPS - reach_px
    part = quarters % STEPS
    return np.ascontiguousarray(corner), np.ascontiguousarray(STEPS * part[:, 1] + part[:, 0])


@kernel
def lay_stamps(
    canvas: U8, stamps: U8, kind: I32, quarter: I32, corner: I32, first: int, last: int
) -> None:
    """Lay stamps over the rows ``first`` to ``last`` of a premultiplied canvas, in their order.

    Parameters
    ----------
    canvas
        (h, w, 4) premultiplied, changed in place.
    stamps
        `StampSheet.pixels`.
    kind, quarter, corner
        (n,), (n,) and (n, 2): which stamp, and where its top left pixel goes, x and y.
    """
    side = stamps.shape[2]
    for i in range(len(kind)):
        left, top = corner[i, 0], corner[i, 1]
        stamp = stamps[kind[i], quarter[i]]
        for y in range(max(first, top), min(last, top + side)):
            ink, below = stamp[y - top], canvas[y]
            for x in range(max(0, left), min(canvas.shape[1], left + side)):
                clear = np.uint32(255) - ink[x - left, 3]
                if clear == 255:
                    continue
                for channel in range(4):
                    # The exact rounded quotient by 255, without a division.
                    seen = np.uint32(below[x, channel]) * clear + np.uint32(128)
                    seen = (seen + (seen >> np.uint32(8))) >> np.uint32(8)
                    below[x, channel] = np.uint8(ink[x - left, channel] + seen)

"""Heatmaps of fields that are too large for the memory, tile by tile and without seams."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from inference.arrays import F32, U8
from inference.nuclei.network.runtime import STRIDE_PX

ALIGNMENT_PX = 32
"""Largest stride inside the network: images, and the tiles in them, keep to its multiples."""

WHOLE_PX = 3200 * 3200
"""Fields up to this many pixels are run whole, which is faster."""

_CORE_PX = 2048


@dataclass(frozen=True)
class Span:
    """One tile along one axis, in pixels.

    Attributes
    ----------
    first, last
        What the network sees.
    core_first, core_last
        What is kept of it.
    """

    first: int
    last: int
    core_first: int
    core_last: int


def spans(length: int, context: int, core: int = _CORE_PX) -> Iterator[Span]:
    """Cut a length into tiles of one size, whose cores join and see `context` beyond themselves.

    A tile at an end lies against it, so that the network pads there as it does for the whole.

    Parameters
    ----------
    length, context, core
        Multiples of `ALIGNMENT_PX`; `core` is the most, so that the last core is no remnant.
    """
    parts = -(-length // core)
    core = -(-length // (parts * ALIGNMENT_PX)) * ALIGNMENT_PX
    tile = min(length, core + 2 * context)
    for core_first in range(0, length, core):
        first = min(max(core_first - context, 0), length - tile)
        yield Span(first, first + tile, core_first, min(core_first + core, length))


def tiled_heatmap(
    rgb: U8, run: Callable[[U8], F32], context_px: int, core_px: int = _CORE_PX
) -> F32:
    """Return the heatmap (h / 4, w / 4) of an image (h, w, 3) from overlapping tiles.

    It equals that of the whole image if no heatmap value sees more than `context_px` to a side.

    Parameters
    ----------
    rgb
        Height and width are multiples of `ALIGNMENT_PX`.
    run
        Returns the heatmap of a tile.
    context_px, core_px
        Multiples of `ALIGNMENT_PX`.
    """
    height, width = rgb.shape[:2]
    heatmap = np.empty((height // STRIDE_PX, width // STRIDE_PX), np.float32)
    for y in spans(height, context_px, core_px):
        for x in spans(width, context_px, core_px):
            tile = run(np.ascontiguousarray(rgb[y.first : y.last, x.first : x.last]))
            heatmap[_cells(y.core_first, y.core_last), _cells(x.core_first, x.core_last)] = tile[
                _cells(y.core_first - y.first, y.core_last - y.first),
                _cells(x.core_first - x.first, x.core_last - x.first),
            ]
    return heatmap


def _cells(first_px: int, last_px: int) -> slice:
    return slice(first_px // STRIDE_PX, last_px // STRIDE_PX)

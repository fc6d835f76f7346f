"""Tiles of the slide in memory: the pyramid they belong to, and the store that is bounded."""

import math
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from hardware.arrays import U8
from hardware.simulators.microscope.view import View
from hardware.simulators.slides.slide import GLASS

TILE_PX = 512
"""Side of a tile; a power of two."""

COARSEST_UM_PER_PX = 1.0
"""Coarser tiles than this are not made ready: they cost less only in proportion."""


class TileKey(NamedTuple):
    """A tile by its pixel size, column and row; it begins at (i, j) times its side."""

    um_per_px: float
    i: int
    j: int


class PixelRect(NamedTuple):
    """A rectangle of pixels; right and bottom are no longer inside."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, eq=False)
class Patch:
    """A piece of a tile, and where it lies in the picture.

    Attributes
    ----------
    rgb
        (`TILE_PX`, `TILE_PX`, 3), read-only.
    from_row, from_column
        First pixel in the tile.
    row, column
        First pixel in the picture.
    rows, columns
        Size of the piece.
    """

    rgb: U8
    from_row: int
    from_column: int
    row: int
    column: int
    rows: int
    columns: int


def levels(um_per_px: float) -> list[float]:
    """Return the pixel sizes of the tiles that can show a view, finest first.

    Each is twice the one before, so that a tile covers two by two of those, and the tiles of a
    weak objective stand in for those of one that is twice as strong.
    """
    sizes = [um_per_px]
    while 2 * sizes[-1] <= COARSEST_UM_PER_PX:
        sizes.append(2 * sizes[-1])
    return sizes


def tiles_over(rect: PixelRect, um_per_px: float, level: int) -> Iterator[TileKey]:
    """Walk the tiles of a level (0 the finest) that touch a rectangle of finest pixels."""
    side = TILE_PX << level
    for j in range(rect.top // side, (rect.bottom - 1) // side + 1):
        for i in range(rect.left // side, (rect.right - 1) // side + 1):
            yield TileKey(um_per_px * 2**level, i, j)


def seen(view: View) -> PixelRect:
    """Return the pixels of a view."""
    return PixelRect(
        view.left_px, view.top_px, view.left_px + view.width_px, view.top_px + view.height_px
    )


class _Tile(NamedTuple):
    level: int
    rgb: U8


class TileStore:
    """The tiles that were read from a slide, and what stands in for those that were not.

    Not safe for threads by itself.

    Parameters
    ----------
    limit_bytes
        The tiles not looked at for longest are dropped beyond this, but never so many that
        a view and what lies around it would not fit.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        # By the level that the pixels come from: 0 was read, others were enlarged.
        self._tiles: OrderedDict[TileKey, _Tile] = OrderedDict()
        self._glass = np.empty((TILE_PX, TILE_PX, 3), np.uint8)
        self._glass[:] = GLASS
        self._glass.setflags(write=False)

    @property
    def held_bytes(self) -> int:
        """Memory that the tiles take."""
        return len(self._tiles) * self._glass.nbytes

    def __contains__(self, key: TileKey) -> bool:
        """Tell whether a tile was read."""
        tile = self._tiles.get(key)
        return tile is not None and tile.level == 0

    def put(self, key: TileKey, rgb: U8) -> None:
        """Keep a tile that was read."""
        self._keep(key, 0, rgb)

    def clear(self) -> None:
        """Forget all tiles: another slide was put in."""
        self._tiles.clear()

    def patches(self, view: View) -> list[Patch]:
        """Return pieces that together make up the view, the best that there are."""
        found = []
        rect = seen(view)
        for key in tiles_over(rect, view.um_per_px, 0):
            left, top = key.i * TILE_PX, key.j * TILE_PX
            x0, x1 = max(left, rect.left), min(left + TILE_PX, rect.right)
            y0, y1 = max(top, rect.top), min(top + TILE_PX, rect.bottom)
            found.append(
                Patch(
                    rgb=self._best(key),
                    from_row=y0 - top,
                    from_column=x0 - left,
                    row=y0 - rect.top,
                    column=x0 - rect.left,
                    rows=y1 - y0,
                    columns=x1 - x0,
                )
            )
        self._shrink_to_limit(view)
        return found

    def _best(self, key: TileKey) -> U8:
        if key in self:
            return self._used(key)
        for level in range(1, len(levels(key.um_per_px))):
            parent = TileKey(key.um_per_px * 2**level, key.i >> level, key.j >> level)
            if parent in self:
                return self._stand_in(key, level, self._used(parent))
        return self._glass

    def _used(self, key: TileKey) -> U8:
        self._tiles.move_to_end(key)
        return self._tiles[key].rgb

    def _keep(self, key: TileKey, level: int, rgb: U8) -> None:
        self._tiles[key] = _Tile(level, rgb)
        self._tiles.move_to_end(key)

    def _stand_in(self, key: TileKey, level: int, coarse: U8) -> U8:
        known = self._tiles.get(key)
        if known is not None and known.level == level:
            return self._used(key)
        side = TILE_PX >> level
        row, column = (key.j % 2**level) * side, (key.i % 2**level) * side
        part = coarse[row : row + side, column : column + side]
        whole = (TILE_PX, TILE_PX)
        rgb = np.asarray(cv2.resize(part, whole, interpolation=cv2.INTER_LINEAR), np.uint8)
        rgb.setflags(write=False)
        self._keep(key, level, rgb)
        return rgb

    def _shrink_to_limit(self, view: View) -> None:
        across = math.ceil(view.width_px / TILE_PX) + 2
        down = math.ceil(view.height_px / TILE_PX) + 2
        # In three kinds: tiles, coarse ones, and those made from coarse ones.
        limit = max(self._limit, 3 * across * down * self._glass.nbytes)
        while self.held_bytes > limit:
            self._tiles.popitem(last=False)

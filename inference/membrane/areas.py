"""Innermost areas that a skeleton encloses: the insides of cells with a complete membrane."""

from dataclasses import dataclass

import numpy as np

from inference.arrays import F32, F64, I32, I64, U64, Bool
from inference.kernel import kernel
from inference.membrane.bits import BitMask, contains, nearest_pixels
from inference.membrane.runs import BackgroundRuns, background_runs

_ONE = np.uint64(1)
_TOP = np.uint64(63)
_FULL = np.uint64(0xFFFFFFFFFFFFFFFF)


@dataclass(frozen=True)
class EnclosedAreas:
    """The areas of a cell's size that a skeleton encloses (Zhang 2020, section 3.2.2).

    An area is a 4-connected component of the pixels that are not in the skeleton, which does
    not touch the field's border.

    Attributes
    ----------
    runs
        All background of the skeleton.
    area_of_label
        (components,) number of the area that a component of `runs` is, -1 where it is none.
    size_px
        (m,) pixels of each area, skeleton not counted.
    filled
        The areas and the skeleton pixels that touch one (8-connected): the paper's M_enclosed.
    """

    runs: BackgroundRuns
    area_of_label: I32
    size_px: I32
    filled: BitMask

    def __len__(self) -> int:
        return len(self.size_px)

    def holds(self, xy: F32 | F64 | I32 | I64) -> Bool:
        """Return (n,) whether points (n, 2), x and y in pixels, lie in the filled mask.

        A point lies in the pixel whose center is nearest; outside the field is in no area.

        Raises
        ------
        ValueError
            If the points are not (n, 2) finite numbers.
        """
        return contains(self.filled, xy)

    def index_at(self, xy: F32 | F64 | I32 | I64) -> I32:
        """Return (n,) the number of the area in which each point (n, 2) lies, or -1.

        Unlike for `holds`, the skeleton belongs to no area: it may lie between two.
        """
        x, y = nearest_pixels(xy)
        index = np.empty(len(x), np.int32)
        runs = self.runs
        _look_up(runs.row_start, runs.first, runs.stop, runs.label, self.area_of_label, x, y, index)
        return index


def area_limits_px(min_um2: float, max_um2: float, um_per_px: float) -> tuple[int, int]:
    """Return the least and the greatest number of pixels of an area between two limits.

    Raises
    ------
    ValueError
        If the pixel size is not positive or the limits are not 0 <= min <= max.
    """
    if not um_per_px > 0:
        raise ValueError(f"um per px must be positive, not {um_per_px}")
    if not 0 <= min_um2 <= max_um2 < float("inf"):
        raise ValueError(
            f"cell areas must run from a smaller to a larger size, not {min_um2} to {max_um2} um2"
        )
    pixel_um2 = um_per_px * um_per_px
    return int(np.ceil(min_um2 / pixel_um2)), int(np.floor(max_um2 / pixel_um2))


def enclosed_areas(skeleton: BitMask, min_px: int, max_px: int) -> EnclosedAreas:
    """Find the innermost areas of a skeleton with ``min_px <= pixels <= max_px``.

    Parameters
    ----------
    skeleton
        8-connected lines; any mask is allowed.
    min_px, max_px
        Limits of the area in pixels, both included; see `area_limits_px`.
    """
    runs = background_runs(skeleton)
    size = np.zeros(runs.components, np.int32)
    at_border = np.zeros(runs.components, np.bool_)
    _measure(runs.row_start, runs.first, runs.stop, runs.label, skeleton.width, size, at_border)
    accepted = ~at_border & (size >= min_px) & (size <= max_px)
    area_of_label = np.full(runs.components, -1, np.int32)
    area_of_label[accepted] = np.arange(np.count_nonzero(accepted), dtype=np.int32)
    inside, filled = np.zeros_like(skeleton.words), np.zeros_like(skeleton.words)
    _paint(runs.row_start, runs.first, runs.stop, runs.label, area_of_label, inside)
    _add_walls(inside, skeleton.words, filled)
    return EnclosedAreas(runs, area_of_label, size[accepted], BitMask(filled, skeleton.width))


@kernel
def _measure(
    row_start: I32, first: I32, stop: I32, label: I32, width: int, size: I32, at_border: Bool
) -> None:
    rows = row_start.shape[0] - 1
    for y in range(rows):
        for run in range(row_start[y], row_start[y + 1]):
            component = label[run]
            size[component] += stop[run] - first[run]
            if y == 0 or y == rows - 1 or first[run] == 0 or stop[run] == width:
                at_border[component] = True


@kernel
def _paint(
    row_start: I32,
    first: I32,
    stop: I32,
    label: I32,
    area_of_label: I32,
    inside: U64,
) -> None:
    """Set the pixels of the areas."""
    for y in range(row_start.shape[0] - 1):
        for run in range(row_start[y], row_start[y + 1]):
            if area_of_label[label[run]] >= 0:
                begin, end = first[run], stop[run] - 1
                for k in range(begin >> 6, (end >> 6) + 1):
                    word = _FULL
                    if k == begin >> 6:
                        word &= _FULL << np.uint64(begin & 63)
                    if k == end >> 6:
                        word &= _FULL >> np.uint64(63 - (end & 63))
                    inside[y + 1, k + 1] |= word


@kernel
def _add_walls(inside: U64, skeleton: U64, filled: U64) -> None:
    """Write the areas and the skeleton pixels with one of their eight neighbors in an area."""
    for y in range(1, inside.shape[0] - 1):
        for k in range(1, inside.shape[1] - 1):
            left = inside[y - 1, k - 1] | inside[y, k - 1] | inside[y + 1, k - 1]
            column = inside[y - 1, k] | inside[y, k] | inside[y + 1, k]
            right = inside[y - 1, k + 1] | inside[y, k + 1] | inside[y + 1, k + 1]
            near = column | (column << _ONE) | (left >> _TOP) | (column >> _ONE) | (right << _TOP)
            filled[y, k] = inside[y, k] | (near & skeleton[y, k])


@kernel
def _look_up(
    row_start: I32,
    first: I32,
    stop: I32,
    label: I32,
    area_of_label: I32,
    x: I64,
    y: I64,
    index: I32,
) -> None:
    """Find by bisection the run that holds each point."""
    for i in range(x.shape[0]):
        index[i] = -1
        if y[i] < 0 or y[i] >= row_start.shape[0] - 1:
            continue
        low, high = row_start[y[i]], row_start[y[i] + 1]
        while low < high:
            middle = (low + high) >> 1
            if stop[middle] <= x[i]:
                low = middle + 1
            else:
                high = middle
        if low < row_start[y[i] + 1] and first[low] <= x[i]:
            index[i] = area_of_label[label[low]]

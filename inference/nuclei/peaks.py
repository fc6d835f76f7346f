"""Local maxima of an image: blob responses now, a network's heatmap later."""

import math
from typing import TypeVar

import numpy as np

from inference.arrays import F32, F64, I64, U8, Bool
from inference.kernel import inlined, kernel, over_rows

Image = TypeVar("Image", U8, F32)


def local_maxima(image: Image, threshold: float, radius_px: float) -> tuple[F32, F32]:
    """Return the local maxima of an image, the highest first.

    A maximum is a set of connected (3x3) pixels of one value, at or above the threshold, that
    touches no higher pixel: usually one pixel, in images of bytes often a plateau. The image's
    border does not count as lower or higher, so that maxima on the border are found too. NaN is
    neither a maximum nor higher than anything.

    A single pixel is placed by a parabola through it and its two neighbors, along x and y apart,
    at most half a pixel away; along an axis on which the border takes a neighbor away, or one is
    not finite, it stays on the pixel. A plateau is placed at the mean of its pixels.

    Of two maxima closer than the radius only the higher stays; of two equal ones that whose first
    pixel comes first, row by row. A maximum that was itself removed removes nothing.

    Parameters
    ----------
    image
        (h, w) uint8 or float32.
    threshold
        Least value of a maximum.
    radius_px
        Least distance of two maxima; 0 keeps all.

    Returns
    -------
    xy
        (n, 2) float32, the center of the top left pixel is (0, 0).
    value
        (n,) float32, the pixel's own value.

    Raises
    ------
    ValueError
        If the image is not (h, w) of bytes or float32, or the radius is negative.
    """
    if image.ndim != 2 or image.dtype not in (np.uint8, np.float32):
        raise ValueError(
            f"expected an image (height, width) of bytes or float32, "
            f"not {image.dtype} of shape {image.shape}"
        )
    if not 0 <= radius_px < math.inf:
        raise ValueError(f"the distance of maxima must not be negative, not {radius_px}")
    height, width = image.shape
    image = np.ascontiguousarray(image)
    marks = np.zeros((height, width), np.uint8)
    over_rows(lambda first, last: _mark_tops(image, threshold, first, last, marks), height)
    tops = np.flatnonzero(marks)
    xy = np.empty((len(tops), 2), np.float64)
    value = np.empty(len(tops), np.float32)
    found = _place(image, marks, tops, xy, value)
    xy, value = xy[:found], value[:found]
    order = np.argsort(-value, kind="stable")
    xy, value = xy[order], value[order]
    if radius_px > 0:
        kept = np.zeros(found, np.bool_)
        cell = max(radius_px, 1.0)
        first_of_cell = np.full((int(height / cell) + 3, int(width / cell) + 3), -1, np.int64)
        _suppress(xy, radius_px, cell, first_of_cell, kept)
        xy, value = xy[kept], value[kept]
    return xy.astype(np.float32), value


_TOP, _SEEN = 1, 2
"""Marks of a pixel with no higher neighbor, and of one whose plateau has been dealt with."""


@kernel
def _mark_tops(image: Image, threshold: float, first: int, last: int, marks: U8) -> None:
    height, width = image.shape
    for y in range(first, last):
        for x in range(width):
            value = image[y, x]
            if not value >= threshold:
                continue
            top = True
            for v in range(max(y - 1, 0), min(y + 2, height)):
                for u in range(max(x - 1, 0), min(x + 2, width)):
                    if image[v, u] > value:
                        top = False
            if top:
                marks[y, x] = _TOP


@inlined
def _offset(before: float, middle: float, after: float) -> float:
    """Return where a parabola through three values at -1, 0, 1 is highest, -0.5 to 0.5."""
    curvature = before - 2.0 * middle + after
    if not (-math.inf < curvature < 0.0):
        return 0.0
    return min(max(0.5 * (before - after) / curvature, -0.5), 0.5)


@kernel
def _flood(image: Image, marks: U8, top: int) -> tuple[bool, int, int, int]:
    """Deal with the plateau of a top; return whether it is a maximum, pixels, sums of x and y."""
    height, width = image.shape
    level = image[top // width, top % width]
    stack = np.empty(8, np.int64)
    stack[0] = top
    marks[top // width, top % width] = _SEEN
    waiting, pixels, sum_x, sum_y, is_maximum = 1, 0, 0, 0, True
    while waiting:
        waiting -= 1
        y, x = stack[waiting] // width, stack[waiting] % width
        pixels += 1
        sum_x += x
        sum_y += y
        if waiting + 8 > len(stack):
            larger = np.empty(2 * len(stack), np.int64)
            larger[:waiting] = stack[:waiting]
            stack = larger
        for v in range(max(y - 1, 0), min(y + 2, height)):
            for u in range(max(x - 1, 0), min(x + 2, width)):
                if image[v, u] == level and marks[v, u] == _TOP:
                    marks[v, u] = _SEEN
                    stack[waiting] = v * width + u
                    waiting += 1
                elif image[v, u] == level and marks[v, u] != _SEEN:
                    is_maximum = False  # this pixel of the plateau has a higher neighbor
    return is_maximum, pixels, sum_x, sum_y


@kernel
def _place(image: Image, marks: U8, tops: I64, xy: F64, value: F32) -> int:
    """Write position and value of each maximum, by its first pixel; return how many."""
    height, width = image.shape
    found = 0
    for top in tops:
        y, x = top // width, top % width
        if marks[y, x] != _TOP:
            continue
        is_maximum, pixels, sum_x, sum_y = _flood(image, marks, top)
        if not is_maximum:
            continue
        xy[found, 0] = sum_x / pixels
        xy[found, 1] = sum_y / pixels
        middle = np.float64(image[y, x])
        if pixels == 1 and 0 < x < width - 1:
            before, after = np.float64(image[y, x - 1]), np.float64(image[y, x + 1])
            xy[found, 0] += _offset(before, middle, after)
        if pixels == 1 and 0 < y < height - 1:
            before, after = np.float64(image[y - 1, x]), np.float64(image[y + 1, x])
            xy[found, 1] += _offset(before, middle, after)
        value[found] = middle
        found += 1
    return found


@kernel
def _suppress(xy: F64, radius: float, cell: float, first_of_cell: I64, kept: Bool) -> None:
    """Keep points, highest first, that are not closer than the radius to one already kept.

    Kept points are chained by cells of a grid that are at least as wide as the radius, so that
    only a point's own cell and its eight neighbors have to be looked at.
    """
    next_in_cell = np.empty(len(xy), np.int64)
    for i in range(len(xy)):
        column, row = int(xy[i, 0] / cell) + 1, int(xy[i, 1] / cell) + 1
        free = True
        for v in range(row - 1, row + 2):
            for u in range(column - 1, column + 2):
                j = first_of_cell[v, u]
                while j >= 0 and free:
                    dx, dy = xy[i, 0] - xy[j, 0], xy[i, 1] - xy[j, 1]
                    free = dx * dx + dy * dy >= radius * radius
                    j = next_in_cell[j]
        if free:
            kept[i] = True
            next_in_cell[i] = first_of_cell[row, column]
            first_of_cell[row, column] = i

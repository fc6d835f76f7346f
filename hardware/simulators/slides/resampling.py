"""Regions of a stored picture at any pixel size, so that neighbors fit together."""

import math
from collections.abc import Callable

import cv2
import numpy as np

from hardware.arrays import U8
from hardware.simulators.slides.slide import GLASS

ReadPixels = Callable[[int, int, int, int], U8]
"""Left, top, width, height in stored pixels, all inside the picture; returns (h, w, 3) uint8."""


def resampled(
    read: ReadPixels,
    stored: tuple[int, int],
    left: float,
    top: float,
    step: float,
    size: tuple[int, int],
) -> U8:
    """Return a region of a stored picture, with glass around the picture.

    Where a pixel of the region covers several stored ones these are averaged: first whole blocks
    of them on a grid that is the same for every region, and then the rest bilinearly.

    Parameters
    ----------
    read
        Gives the stored pixels.
    stored
        Width and height of the stored picture.
    left, top
        Corner of the region in stored pixels; (0, 0) is the corner of the picture.
    step
        Stored pixels per pixel of the region.
    size
        Width and height of the region.

    Returns
    -------
    (height, width, 3) uint8, read-only, contiguous.
    """
    width, height = size
    block = max(1, math.floor(step + 1e-6))
    # One block more on each side, for the bilinear step.
    x0, x1 = _blocks(left, width * step, block)
    y0, y1 = _blocks(top, height * step, block)
    source = _padded(read, stored, x0 * block, y0 * block, (x1 - x0) * block, (y1 - y0) * block)
    if block > 1:
        size_in_blocks = (x1 - x0, y1 - y0)
        source = np.asarray(
            cv2.resize(source, size_in_blocks, interpolation=cv2.INTER_AREA), np.uint8
        )
    scale = step / block
    # Centers of pixels: (k + 0.5) in both, OpenCV counts from the first center.
    shift_x = left / block - x0 + 0.5 * scale - 0.5
    shift_y = top / block - y0 + 0.5 * scale - 0.5
    matrix = np.array([[scale, 0.0, shift_x], [0.0, scale, shift_y]])
    out = cv2.warpAffine(
        source,
        matrix,
        (width, height),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    out.setflags(write=False)
    return np.asarray(out, np.uint8)


def _blocks(start: float, length: float, block: int) -> tuple[int, int]:
    return math.floor(start / block) - 1, math.ceil((start + length) / block) + 1


def _padded(
    read: ReadPixels, stored: tuple[int, int], left: int, top: int, width: int, height: int
) -> U8:
    out = np.empty((height, width, 3), np.uint8)
    x0, x1 = max(0, left), min(stored[0], left + width)
    y0, y1 = max(0, top), min(stored[1], top + height)
    if x0 >= x1 or y0 >= y1:
        out[:] = GLASS
        return out
    if (x1 - x0, y1 - y0) != (width, height):
        out[:] = GLASS
    out[y0 - top : y1 - top, x0 - left : x1 - left] = read(x0, y0, x1 - x0, y1 - y0)
    return out

"""The number of a picture, written into the picture for tests."""

import numpy as np

from hardware.arrays import U8

BITS = 32
_LARGEST_BLOCK_PX = 8


def write_number(rgb: U8, number: int) -> None:
    """Draw a number into the upper left corner, as a row of black and white squares.

    Parameters
    ----------
    rgb
        (h, w, 3) with at least 32 columns, changed in place.
    number
        From 0 to 2^32 - 1; the highest bit comes first.
    """
    side = _block_px(rgb)
    bits = (number >> np.arange(BITS - 1, -1, -1)) & 1
    rgb[:side, : BITS * side] = np.repeat(bits * 255, side)[None, :, None].astype(np.uint8)


def read_number(rgb: U8) -> int:
    """Return the number that `write_number` drew."""
    side = _block_px(rgb)
    bits = rgb[side // 2, side // 2 : BITS * side : side, 1] >> 7
    return int(np.packbits(bits).view(">u4")[0])


def _block_px(rgb: U8) -> int:
    side: int = min(_LARGEST_BLOCK_PX, rgb.shape[1] // BITS)
    if side < 1:
        raise ValueError(f"a picture {rgb.shape[1]} px wide has no room for a number")
    return side

"""Masks of a field packed 64 pixels to a word.

Thinning, labeling and the tests of points against masks work on whole words, which is what
lets the membranes follow a threshold slider.
"""

from dataclasses import dataclass

import numpy as np

from inference.arrays import F32, F64, I32, I64, U8, U64, Bool
from inference.kernel import inlined

WORD_BITS = 64

_ONE = np.uint64(1)
_PAIRS = np.uint64(0x5555555555555555)
_FOURS = np.uint64(0x3333333333333333)
_EIGHTS = np.uint64(0x0F0F0F0F0F0F0F0F)
_SUM_OF_BYTES = np.uint64(0x0101010101010101)


@dataclass(frozen=True)
class BitMask:
    """A mask of a field, 64 pixels a word.

    Attributes
    ----------
    words
        (h + 2, wd + 2) with ``wd = ceil(width / 64)``. Pixel (x, y) is bit ``x % 64`` of
        ``words[y + 1, x // 64 + 1]``. The outermost rows and columns of words, and the bits
        beyond the width, are zero: kernels look at neighbors without asking where the field
        ends.
    width
        Pixels in a row.
    """

    words: U64
    width: int

    def __post_init__(self) -> None:
        """Refuse words whose shape does not belong to the width."""
        columns = -(-self.width // WORD_BITS) + 2
        if self.words.ndim != 2 or self.words.shape[0] < 2 or self.words.shape[1] != columns:
            raise ValueError(
                f"words of shape {self.words.shape} do not hold rows of {self.width} pixels:"
                f" give (height + 2, {columns}) words"
            )

    @property
    def height(self) -> int:
        """Return the number of pixel rows."""
        return int(self.words.shape[0]) - 2


def pack(mask: Bool) -> BitMask:
    """Pack a mask (h, w) of bool.

    Raises
    ------
    ValueError
        If the mask does not have two dimensions.
    """
    if mask.ndim != 2:
        raise ValueError(f"a mask has two dimensions, not the shape {mask.shape}")
    height, width = mask.shape
    packed = np.packbits(mask, axis=1, bitorder="little")
    words = np.zeros((height + 2, -(-width // WORD_BITS) + 2), np.dtype("<u8"))
    words.view(np.uint8)[1:-1, 8 : 8 + packed.shape[1]] = packed
    return BitMask(words.astype(np.uint64, copy=False), width)


def pack_above(image: U8, threshold: int) -> BitMask:
    """Pack the pixels of an image (h, w) that are above a threshold.

    Parameters
    ----------
    image
        (h, w) uint8.
    threshold
        In units of the image; any integer. Below 0 every pixel is above it, from 255 on none.
    """
    return pack(image > threshold)


def unpack(mask: BitMask) -> Bool:
    """Return a packed mask as bool (h, w)."""
    inner = np.ascontiguousarray(mask.words[1:-1, 1:-1]).astype("<u8", copy=False)
    if inner.size == 0:
        return np.zeros((mask.height, mask.width), np.bool_)
    bits = np.unpackbits(inner.view(np.uint8), axis=1, count=mask.width, bitorder="little")
    return bits.view(np.bool_)


def intersect(a: BitMask, b: BitMask) -> BitMask:
    """Return the pixels that are in both masks.

    Raises
    ------
    ValueError
        If the masks differ in size.
    """
    if (a.height, a.width) != (b.height, b.width):
        raise ValueError(
            f"masks of {a.width} x {a.height} and {b.width} x {b.height} pixels do not match"
        )
    return BitMask(a.words & b.words, a.width)


def nearest_pixels(xy: F32 | F64 | I32 | I64) -> tuple[I64, I64]:
    """Return the columns and rows (n,) of the pixels that hold points (n, 2), x before y.

    Pixel centers are at whole numbers, so a pixel reaches half a pixel to each side. The
    pixels may lie outside the field.

    Raises
    ------
    ValueError
        If the points are not (n, 2), or one is not a finite number.
    """
    points = finite_points(xy)
    # Far points stay far points: an int64 cannot hold every float.
    pixels = np.floor(np.clip(points, -1e9, 1e9) + 0.5).astype(np.int64)
    return pixels[:, 0], pixels[:, 1]


def finite_points(xy: F32 | F64 | I32 | I64) -> F64:
    """Return points (n, 2) as float64, or say why they are none.

    Raises
    ------
    ValueError
        If the points are not (n, 2), or one is not a finite number.
    """
    points = np.asarray(xy, np.float64)
    if points.ndim != 2 or points.shape[1] != 2:
        raise ValueError(f"points have the shape (n, 2), not {points.shape}")
    if not np.isfinite(points).all():
        raise ValueError("points must be finite numbers: remove those that are not")
    return points


def contains(mask: BitMask, xy: F32 | F64 | I32 | I64) -> Bool:
    """Return (n,) whether the pixel that holds each point (n, 2) is in the mask.

    Points outside the field are not.
    """
    x, y = nearest_pixels(xy)
    hit = np.zeros(len(x), np.bool_)
    inside = np.flatnonzero((x >= 0) & (x < mask.width) & (y >= 0) & (y < mask.height))
    x, y = x[inside], y[inside]
    words = mask.words[y + 1, (x >> 6) + 1]
    hit[inside] = (words >> (x & 63).astype(np.uint64)) & _ONE != 0
    return hit


# Numba makes float64 of int64 and uint64 mixed: every constant that meets a word is a uint64.


@inlined
def count_bits(word: np.uint64) -> int:
    """Return how many bits of a word are set (the compiler knows this form as one instruction)."""
    word = word - ((word >> np.uint64(1)) & _PAIRS)
    word = (word & _FOURS) + ((word >> np.uint64(2)) & _FOURS)
    word = (word + (word >> np.uint64(4))) & _EIGHTS
    return int((word * _SUM_OF_BYTES) >> np.uint64(56))


@inlined
def lowest_bit(word: np.uint64) -> int:
    """Return the number of the lowest set bit of a word that is not zero."""
    return count_bits((word & (~word + _ONE)) - _ONE)

"""Separation of a picture into hematoxylin and DAB density (Ruifrok & Johnston 2001)."""

import numpy as np

from inference.arrays import F64, I64, U8
from inference.kernel import kernel, over_rows
from inference.stain.density import (
    UNITS_PER_OD,
    White,
    optical_density,
    require_rgb,
    require_white,
)
from inference.stain.vectors import StainVectors

_FRACTION_BITS = 12
"""Fixed point of the tables. The largest sum, 3 channels x 384 units x 20 (inverse of the flattest
vectors that are allowed), keeps four bits of an int32 free."""


def separate(rgb: U8, vectors: StainVectors, white: White) -> F64:
    """Return the density of hematoxylin, DAB and residual as (h, w, 3) float64, unclipped.

    The literal formula, optical density times the inverse of the unit stain vectors; slow, and
    the reference for `Deconvolution`.
    """
    return np.asarray(optical_density(rgb, white) @ np.linalg.inv(vectors.matrix()), np.float64)


class Deconvolution:
    """Stain separation by look-up tables, for one set of vectors and one white point.

    A stain's density is a sum of three terms that each depend on one byte of the pixel, so three
    tables of 256 fixed-point numbers replace the logarithms and the matrix.

    Parameters
    ----------
    vectors
        Directions of the stains.
    white
        Red, green and blue of the light without a specimen.
    """

    def __init__(self, vectors: StainVectors, white: White) -> None:
        require_white(white)
        self.vectors = vectors
        self.white = white
        bytes_ = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
        density = optical_density(bytes_, white)[0].T
        of_hematoxylin, of_dab, _ = np.linalg.inv(vectors.matrix()).T
        # Both stains share a table, one look-up for the two: hematoxylin in the high 32 bits, DAB
        # in the low ones. A negative DAB borrows one from hematoxylin, 1/4096 of a unit.
        packed = (_fixed(density, of_hematoxylin) << 32) + _fixed(density, of_dab)
        self._red, self._green, self._blue = (np.ascontiguousarray(row) for row in packed)

    def dab(self, rgb: U8) -> U8:
        """Return the DAB density of (h, w, 3) as (h, w), in 1/128 OD, clipped to 0..255."""
        require_rgb(rgb)
        rgb = np.ascontiguousarray(rgb)
        dab = np.empty(rgb.shape[:2], np.uint8)
        over_rows(
            lambda first, last: _dab(rgb, self._red, self._green, self._blue, first, last, dab),
            len(rgb),
        )
        return dab

    def hematoxylin_and_dab(self, rgb: U8) -> tuple[U8, U8]:
        """Return both densities of (h, w, 3), each (h, w) in 1/128 OD, clipped to 0..255."""
        require_rgb(rgb)
        rgb = np.ascontiguousarray(rgb)
        hematoxylin = np.empty(rgb.shape[:2], np.uint8)
        dab = np.empty_like(hematoxylin)
        over_rows(
            lambda first, last: _both(
                rgb, self._red, self._green, self._blue, first, last, hematoxylin, dab
            ),
            len(rgb),
        )
        return hematoxylin, dab


def _fixed(density: F64, weights: F64) -> I64:
    """Return what (3, 256) densities add to one stain, in fixed-point units."""
    terms = np.rint(density * weights[:, None] * (UNITS_PER_OD << _FRACTION_BITS)).astype(np.int64)
    terms[0] += 1 << (_FRACTION_BITS - 1)  # one half, so that the shift rounds to nearest
    return terms


@kernel
def _dab(rgb: U8, red: I64, green: I64, blue: I64, first: int, last: int, dab: U8) -> None:
    for y in range(first, last):
        for x in range(rgb.shape[1]):
            both = red[rgb[y, x, 0]] + green[rgb[y, x, 1]] + blue[rgb[y, x, 2]]
            dab[y, x] = min(max(int(np.int32(both)) >> _FRACTION_BITS, 0), 255)


@kernel
def _both(
    rgb: U8, red: I64, green: I64, blue: I64, first: int, last: int, hematoxylin: U8, dab: U8
) -> None:
    for y in range(first, last):
        for x in range(rgb.shape[1]):
            both = red[rgb[y, x, 0]] + green[rgb[y, x, 1]] + blue[rgb[y, x, 2]]
            hematoxylin[y, x] = min(max(int(both) >> (32 + _FRACTION_BITS), 0), 255)
            dab[y, x] = min(max(int(np.int32(both)) >> _FRACTION_BITS, 0), 255)

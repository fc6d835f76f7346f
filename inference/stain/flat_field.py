"""Even light: what an empty field shows of lamp, condenser and camera, taken out of pictures.

The correction lies between acquisition and analysis: the optical density of a pixel is measured
against the light at its place in place of one white for all. A station without a flat field
analyzes pictures as they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

from inference.arrays import F64, U8
from inference.kernel import kernel, over_rows
from inference.stain.density import White, require_rgb

U16 = npt.NDArray[np.uint16]

DEGREE = 6
"""Of the polynomial in x and y: smooth enough to leave a cell alone, and the rings of a lamp."""
MOST_CLIPPED = 0.01
LEAST_LIGHT = 100
MOST_DIRT = 0.02
"""Part of the field that may deviate from the smooth light."""
MOST_FALL = 0.5
"""Largest fall of light over the field, as a part of the white."""

_SIDE = 192
_DEVIATION = 0.025
"""From the smooth light, as a part of it, that is dirt or tissue."""
_MOST_ROUGH = 0.008
"""Root mean square of what the smooth light leaves of a clean field, as a part of it."""
_CAST = 1.35
_BITS = 14
"""Of a gain behind the point; 16 hold gains below 4."""
_HALF = 1 << (_BITS - 1)
_ROWS = 128


@dataclass(frozen=True, eq=False)
class SmoothLight:
    """The light over an empty field.

    Attributes
    ----------
    coefficients
        (3, n) of red, green and blue, for `_terms` of x and y from -1 to 1.
    size_px
        Width and height of the pictures that it holds for.
    """

    coefficients: F64
    size_px: tuple[int, int]

    def __post_init__(self) -> None:
        """Refuse what no estimate gives: files may be damaged."""
        expected = (3, (DEGREE + 1) * (DEGREE + 2) // 2)
        if self.coefficients.shape != expected or not np.isfinite(self.coefficients).all():
            raise ValueError(f"a smooth light has {expected} finite numbers")
        low = self._coarse.min()
        if low <= 0 or self._coarse.max() > 4 * low:
            raise ValueError("the smooth light is too uneven to be true")

    @cached_property
    def white(self) -> White:
        """The white point of corrected pictures: the median light of each channel."""
        red, green, blue = np.median(self._coarse.reshape(-1, 3), axis=0).tolist()
        return red, green, blue

    @cached_property
    def _coarse(self) -> F64:
        return self.at_size(_SIDE, _SIDE)

    def at_size(self, width: int, height: int) -> F64:
        """Return the light (height, width, 3) in gray levels at the middles of the pixels."""
        return self.rows(width, height, 0, height)

    def rows(self, width: int, height: int, first: int, last: int) -> F64:
        """Return `at_size` of the rows from one to before another, (last - first, width, 3)."""
        x, y = _places(width), _places(height)[first:last]
        out = np.zeros((last - first, width, 3))
        powers_x = np.stack([x**i for i in range(DEGREE + 1)])
        powers_y = np.stack([y**j for j in range(DEGREE + 1)])
        for channel in range(3):
            table = np.zeros((DEGREE + 1, DEGREE + 1))
            for number, (i, j) in enumerate(_exponents()):
                table[j, i] = self.coefficients[channel, number]
            out[..., channel] = powers_y.T @ (table @ powers_x)
        return out


class FlatFieldCorrection:
    """Takes the unevenness of the light out of pictures of one size.

    A picture of 3008 x 3008 px takes 0.05 to 0.09 of the time of the same product in NumPy's
    float32 (best and median of seven, 5 to 10 ms against 95 to 109 ms on two cores that others
    used, too). Gains are kept as whole numbers, 54 MB for that size.

    Parameters
    ----------
    light
        Of an empty field.
    """

    def __init__(self, light: SmoothLight) -> None:
        self._size = light.size_px
        self.white = light.white
        width, height = light.size_px
        gains = np.empty((height, width * 3), np.uint16)
        white, most = np.asarray(light.white), np.iinfo(np.uint16).max
        for first in range(0, height, _ROWS):  # a whole field of such numbers takes 220 MB
            last = min(height, first + _ROWS)
            gain = np.rint(white / light.rows(width, height, first, last) * (1 << _BITS))
            gains[first:last] = np.minimum(gain, most).reshape(last - first, -1)
        self._gains: U16 = gains

    def apply(self, rgb: U8) -> U8:
        """Return a corrected copy of a picture; may be called on any thread.

        Parameters
        ----------
        rgb
            (h, w, 3) uint8 of the size of the empty field.

        Raises
        ------
        ValueError
            It has another size.
        """
        require_rgb(rgb)
        height, width = rgb.shape[:2]
        if (width, height) != self._size:
            raise ValueError(
                f"the flat field is for {self._size[0]} x {self._size[1]} px, not {width} x "
                f"{height} px: take another empty field"
            )
        picture = np.ascontiguousarray(rgb).reshape(height, -1)
        out = np.empty((height, width * 3), np.uint8)
        over_rows(lambda first, last: _multiply(picture, self._gains, out, first, last), height)
        return out.reshape(height, width, 3)


@kernel
def _multiply(picture: U8, gains: U16, out: U8, first: int, last: int) -> None:
    for row in range(first, last):
        # Slices of rows, since the compiler makes vector instructions of nothing less plain.
        before, gain, after = picture[row], gains[row], out[row]
        for k in range(before.size):
            value = (np.uint32(before[k]) * np.uint32(gain[k]) + np.uint32(_HALF)) >> np.uint32(
                _BITS
            )
            after[k] = np.uint8(min(value, np.uint32(255)))


def smooth_light(pictures: Sequence[U8]) -> SmoothLight:
    """Estimate the light from pictures of empty fields, best three or more of different places.

    The median over the pictures, reduced, is fitted with a polynomial for each channel; what
    deviates is left out of the fit, and is refused when it is much.

    Parameters
    ----------
    pictures
        (h, w, 3) uint8 each, of one size, with the light and exposure of the slides.

    Raises
    ------
    ValueError
        With one line, if a picture is too dark, clipped, colored, holds tissue or dirt, or its
        light is not smooth or falls too far.
    """
    if not pictures:
        raise ValueError("no picture of an empty field is given")
    sizes = {picture.shape for picture in pictures}
    if len(sizes) > 1:
        raise ValueError("the pictures of empty fields differ in size: take them with one setting")
    for number, picture in enumerate(pictures, 1):
        require_rgb(picture)
        _require_exposed(picture, f"picture {number}: " if len(pictures) > 1 else "")
    height, width = pictures[0].shape[:2]
    shrink = min(1.0, _SIDE / max(width, height))
    size = (max(24, round(width * shrink)), max(24, round(height * shrink)))
    reduced = [cv2.resize(picture, size, interpolation=cv2.INTER_AREA) for picture in pictures]
    field = np.median(np.stack(reduced).astype(np.float64), axis=0)
    return _fitted(field, (width, height))


def _require_exposed(rgb: U8, which: str) -> None:
    part = rgb[::2, ::2]
    white = np.median(part.reshape(-1, 3), axis=0)
    if white.min() < LEAST_LIGHT:
        raise ValueError(
            f"{which}not an empty field: too dark (median {white.min():.0f} of 255); remove the "
            "specimen or raise light or exposure"
        )
    clipped = float((part == 255).mean(axis=(0, 1)).max())
    if clipped > MOST_CLIPPED:
        raise ValueError(
            f"{which}the empty field is overexposed: {100 * clipped:.0f} % is clipped at 255; "
            "lower light or exposure"
        )
    if white.max() > _CAST * white.min():
        raise ValueError(
            f"{which}not an empty field: colored; remove the specimen or any filter, or balance "
            "the camera"
        )


def _fitted(field: F64, size_px: tuple[int, int]) -> SmoothLight:
    height, width = field.shape[:2]
    x, y = np.meshgrid(_places(width), _places(height))
    terms = _terms(x.ravel(), y.ravel())
    values = field.reshape(-1, 3)
    kept = np.ones(len(values), bool)
    coefficients = np.zeros((3, terms.shape[1]))
    away: F64 = np.zeros_like(values)
    for _ in range(5):
        fitted = np.linalg.lstsq(terms[kept], values[kept], rcond=None)[0]
        coefficients = np.asarray(fitted.T, np.float64)
        light = terms @ coefficients.T
        away = np.asarray(values / np.maximum(light, 1.0) - 1.0, np.float64)
        now = np.abs(away).max(axis=1) <= _DEVIATION
        if now.mean() < 0.5 or np.array_equal(now, kept):
            kept = now
            break
        kept = now
    dirt = 1.0 - float(kept.mean())
    if dirt > MOST_DIRT:
        raise ValueError(
            f"not an empty field: {100 * dirt:.0f} % of it holds tissue or dirt; move to clean "
            "glass, or take three pictures of different places"
        )
    rough = float(np.sqrt((away[kept] ** 2).mean(axis=0)).max())
    if rough > _MOST_ROUGH:
        raise ValueError(
            f"the light is not smooth: {100 * rough:.1f} % are left; see to dust near the lamp "
            "and the camera, and to the condenser"
        )
    whole = (terms @ coefficients.T).reshape(field.shape)
    fall = float(((whole.max(axis=(0, 1)) - whole.min(axis=(0, 1))) / whole.max()).max())
    if fall > MOST_FALL:
        raise ValueError(
            f"the light falls by {100 * fall:.0f} % over the field: center the condenser first"
        )
    return SmoothLight(coefficients, size_px)


def _places(count: int) -> F64:
    """Return the middles of pixels along a side, whose edges are -1 and 1."""
    return (2 * np.arange(count, dtype=np.float64) + 1) / count - 1


def _exponents() -> list[tuple[int, int]]:
    return [(i, total - i) for total in range(DEGREE + 1) for i in range(total + 1)]


def _terms(x: F64, y: F64) -> F64:
    return np.stack([x**i * y**j for i, j in _exponents()], axis=-1)

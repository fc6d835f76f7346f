"""Which way the lines run: even light, waves, and the picture turned so that the lines stand."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from scipy.fft import fftfreq, rfft2, rfftfreq

from hardware.micrometer.problem import MicrometerProblem

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]

SEGMENT_PX = 16
"""Lines are looked for in strips of this height: long enough against noise, and short enough
for a line that is a degree askew to stay within a pixel."""

_LIGHT_SIDE = 192
_LEAST_LIGHT = 8.0
_GRADIENT_SIGMA_PX = 1.5
_BINS = 720
"""Of half a turn; a quarter of a degree each."""


@dataclass(frozen=True, eq=False)
class Strips:
    """The picture, turned until its lines stand upright, and averaged over strips of rows.

    Attributes
    ----------
    profiles
        (n, width) light of each strip, 1 where nothing lies; NaN outside of the picture.
    heights
        (n,) middle of each strip, px along the lines from the middle of the picture.
    first
        Place of column 0, px across the lines from the middle of the picture.
    angle
        Direction across the lines, radians from the rows towards the columns.
    """

    profiles: F64
    heights: F64
    first: float
    angle: float


def even_light(picture: npt.NDArray[np.uint8]) -> F32:
    """Return a picture, (h, w) or (h, w, 3), in gray and divided by its smooth light.

    Raises
    ------
    MicrometerProblem
        It is no picture, or too small.
    """
    if (
        picture.dtype != np.uint8
        or picture.ndim not in (2, 3)
        or picture.shape[2:] not in ((), (3,))
    ):
        raise MicrometerProblem(
            f"a picture in gray or RGB of 8 bits is needed, not {picture.dtype} of {picture.shape}"
        )
    if min(picture.shape[:2]) < 100:
        raise MicrometerProblem("the picture is smaller than 100 px: take the whole picture")
    gray = picture.astype(np.float32) if picture.ndim == 2 else picture.mean(2, dtype=np.float32)
    height, width = gray.shape
    shrink = _LIGHT_SIDE / max(height, width)
    size = (max(8, round(width * shrink)), max(8, round(height * shrink)))
    small = cv2.resize(gray, size, interpolation=cv2.INTER_AREA)
    light = cv2.GaussianBlur(small, (0, 0), _LIGHT_SIDE / 8, borderType=cv2.BORDER_REFLECT)
    light = cv2.resize(light, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(gray / np.maximum(light, _LEAST_LIGHT), np.float32)


def main_direction(even: F32) -> float:
    """Return the direction of the waves that carry the most and sharpest detail, radians.

    The power of the Fourier transform, weighted as that of a smoothed gradient, is summed by
    direction. Not so the gradients themselves: crossed lines that are few pixels apart look like
    a chessboard, whose gradients are steepest along its diagonals, while its waves are not.

    Raises
    ------
    MicrometerProblem
        There is no detail at all.
    """
    height, width = even.shape
    window = np.hanning(height)[:, None] * np.hanning(width)
    power = np.abs(rfft2((even - even.mean()) * window.astype(np.float32))) ** 2
    across, down = rfftfreq(width), fftfreq(height)[:, None]
    radius2 = across * across + down * down
    turn = (2 * math.pi * _GRADIENT_SIGMA_PX) ** 2
    power *= radius2 * np.exp(-turn * radius2)
    # The light that is left after it was made even has no say.
    power[radius2 < (3 / min(height, width)) ** 2] = 0.0
    angle = np.arctan2(down, across) % math.pi
    bins = (angle * (_BINS / math.pi)).astype(np.int32) % _BINS
    sums = np.asarray(np.bincount(bins.ravel(), power.ravel(), _BINS), np.float64)
    if not sums.max() > 0:
        raise MicrometerProblem("the picture is empty: bring the lines of the micrometer into view")
    kernel = np.exp(-0.5 * (np.arange(-8, 9) / 3.0) ** 2)
    smoothed = np.convolve(np.concatenate([sums[-8:], sums, sums[:8]]), kernel, "valid")
    near = np.arange(-12, 13) + int(smoothed.argmax())
    weights = np.maximum(sums[near % _BINS] - np.median(sums), 0.0)
    return float(((near + 0.5) * weights).sum() / weights.sum() * math.pi / _BINS)


def wave_strength(even: F32, wave: tuple[float, float]) -> float:
    """Return the amplitude of one wave in a picture.

    Parameters
    ----------
    even
        (h, w).
    wave
        Lines per px across and down.
    """
    height, width = even.shape
    across = np.hanning(width) * np.exp(-2j * np.pi * wave[0] * np.arange(width))
    down = np.hanning(height) * np.exp(-2j * np.pi * wave[1] * np.arange(height))
    even = even - even.mean()
    weight = np.hanning(width).sum() * np.hanning(height).sum()
    return float(2 * abs(down @ (even @ across)) / weight)


def strips_across(even: F32, angle: float) -> Strips:
    """Turn an even picture so that the direction `angle` lies along the rows, and average rows.

    Parameters
    ----------
    even
        (h, w) of `even_light`.
    angle
        Radians.
    """
    height, width = even.shape
    cos, sin = math.cos(angle), math.sin(angle)
    out_width = math.ceil(abs(width * cos) + abs(height * sin))
    out_height = math.ceil(abs(width * sin) + abs(height * cos))
    count = max(1, out_height // SEGMENT_PX)
    out_height = count * SEGMENT_PX
    first, top = -(out_width - 1) / 2, -(out_height - 1) / 2
    middle_x, middle_y = (width - 1) / 2, (height - 1) / 2
    # x = middle + cos s - sin t, y = middle + sin s + cos t, for s across and t along the lines.
    matrix = np.array(
        [
            [cos, -sin, middle_x + cos * first - sin * top],
            [sin, cos, middle_y + sin * first + cos * top],
        ]
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    turned = cv2.warpAffine(even, matrix, (out_width, out_height), flags=flags)
    inside = cv2.warpAffine(np.ones_like(even), matrix, (out_width, out_height), flags=flags)
    whole = (inside > 0.999).reshape(count, SEGMENT_PX, out_width)
    rows = turned.reshape(count, SEGMENT_PX, out_width)
    held = whole.sum(axis=1)
    sums = np.where(whole, rows, np.float32(0)).sum(axis=1, dtype=np.float64)
    profiles = np.where(held > SEGMENT_PX // 2, sums / np.maximum(held, 1), np.nan)
    heights = top + SEGMENT_PX * (np.arange(count) + 0.5) - 0.5
    return Strips(profiles, heights, first, angle)

"""The white point: the light that the camera sees without a specimen."""

import cv2
import numpy as np

from inference.arrays import F32, F64, U8, Bool
from inference.stain.density import White, require_rgb

_CHANNELS = ("red", "green", "blue")

# An empty field.
_BLANK_SIDE = 256
"""Pixels of the longer side on which an empty field is examined."""
_BLANK_DARKEST = 100
_BLANK_CLIPPED_FRACTION = 0.01
_BLANK_CAST = 1.35
"""Largest ratio of two channels; halogen light and uncorrected cameras stay below it."""
_BLANK_SHADING = 0.25
"""Largest fall of light over the field, as a fraction of the white."""
_BLANK_DEVIATION = 0.04
_BLANK_DIRT_FRACTION = 0.02
"""Fraction of the field that may deviate from its surroundings: dust on the slide."""

# Bare glass in a picture.
_PICTURE_SIDE = 1024
_WINDOW = (7, 7)
"""Neighborhood in which texture is measured."""
_GLASS_TEXTURE = 0.02
"""Largest local standard deviation of glass, as a fraction of its brightness."""
_GLASS_DARKEST = 150
_GLASS_CAST = 1.22
_GLASS_FRACTION = 0.005
"""Least part of the picture that must be glass."""
_GLASS_SPREAD = 0.03
"""Half width of the brightness band around the brightest flat area that is still glass."""
_BRIGHTER_FRACTION = 0.02
"""Part of the picture that may be brighter than glass: specks and sharpened edges."""


def white_from_blank(rgb: U8) -> White:
    """Return the white point of an empty field: the median of each channel.

    Parameters
    ----------
    rgb
        (h, w, 3) uint8, a field of clean glass with the light and exposure of the slides. A
        little dust and some fall of light towards the corners do no harm.

    Raises
    ------
    ValueError
        With one line, if the picture is too dark, clipped, structured, colored or unevenly lit.
    """
    require_rgb(rgb)
    white = np.median(rgb.reshape(-1, 3), axis=0)
    if white.min() < _BLANK_DARKEST:
        raise ValueError(
            f"not an empty field: too dark (median {_text(white)} of 255); remove the specimen or "
            f"raise light or exposure"
        )
    field = _reduced(rgb, _BLANK_SIDE).astype(np.float32)
    light = _illumination(field)
    deviating = (np.abs(field - light) > _BLANK_DEVIATION * light).any(axis=2)
    structured = float(deviating.mean())
    if structured > _BLANK_DIRT_FRACTION:
        raise ValueError(
            f"not an empty field: {100 * structured:.0f} % of it holds structure; move to clean "
            f"glass"
        )
    clipped = (rgb == 255).mean(axis=(0, 1))
    if clipped.max() > _BLANK_CLIPPED_FRACTION:
        raise ValueError(
            f"the empty field is overexposed: {100 * clipped.max():.0f} % of "
            f"{_CHANNELS[int(clipped.argmax())]} is clipped at 255; lower light or exposure"
        )
    if white.max() > _BLANK_CAST * white.min():
        raise ValueError(
            f"not an empty field: colored (median {_text(white)}); remove the specimen or any "
            f"filter, or balance the camera"
        )
    low, high = np.percentile(light, (1, 99), axis=(0, 1))
    shading = float(((high - low) / white).max())
    if shading > _BLANK_SHADING:
        raise ValueError(
            f"the empty field is unevenly lit: brightness varies by {100 * shading:.0f} % across "
            f"it; center the condenser or move to clean glass"
        )
    return _white(white)


def _illumination(field: F32) -> F32:
    """Return the light over an empty field: the quadratic surface that fits each channel."""
    height, width = field.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1).reshape(-1, 6)
    coefficients = np.linalg.lstsq(terms, field.reshape(-1, 3), rcond=None)[0]
    return np.asarray((terms @ coefficients).reshape(field.shape), np.float32)


def estimate_white(rgb: U8) -> White | None:
    """Return the white point found in bare glass or lumen of an ordinary picture, or None.

    Glass is flat, nearly colorless and brighter than everything else in a picture taken in
    transmitted light. Pale, even tissue without any glass beside it can look the same: this is a
    fallback to be marked as such, and a station's white comes from an empty field.

    Parameters
    ----------
    rgb
        (h, w, 3) uint8.

    Returns
    -------
    The median of the glass for each channel, or None if too little of the picture is glass. A
    channel that reads 255 is clipped: its true white is 255 or more.
    """
    require_rgb(rgb)
    reduced = _reduced(rgb, _PICTURE_SIDE)
    picture = reduced.astype(np.float32)
    mean = np.asarray(cv2.boxFilter(picture, -1, _WINDOW), np.float32)
    brightness = cv2.transform(mean, np.full((1, 3), 1 / 3, np.float32))
    flat = _flat(picture, mean)
    if flat.mean() < _GLASS_FRACTION:
        return None
    brightest = float(np.percentile(brightness[flat], 90))
    glass = flat & (np.abs(brightness / brightest - 1) < _GLASS_SPREAD)
    if glass.mean() < _GLASS_FRACTION:
        return None
    brighter = brightness > (1 + _GLASS_SPREAD) * np.median(brightness[glass])
    if brighter.mean() > _BRIGHTER_FRACTION:
        return None
    return _white(_medians(reduced, glass))


def _medians(rgb: U8, where: Bool) -> F64:
    """Return the median of each channel in a part of a picture, from its histogram."""
    found = []
    for channel in range(3):
        counts = cv2.calcHist([rgb], [channel], where.astype(np.uint8), [256], [0, 256])
        below = np.cumsum(counts.ravel())  # a column in OpenCV 4, a row in OpenCV 5
        middle = (below[-1] - 1) // 2, below[-1] // 2
        found.append(np.searchsorted(below, middle, side="right").mean())
    return np.array(found)


def _flat(picture: F32, mean: F32) -> Bool:
    """Return where a picture is bright, nearly colorless and free of texture.

    Channel by channel: numpy takes ten times as long for the least of three neighbors.
    """
    # The variance is the mean of squares less the square of the mean.
    squares = cv2.boxFilter(cv2.multiply(picture, picture), -1, _WINDOW)
    smooth = cv2.compare(squares, cv2.multiply(mean, mean, scale=1 + _GLASS_TEXTURE**2), cv2.CMP_LT)
    all_smooth = cv2.min(cv2.min(*cv2.split(smooth)[:2]), cv2.split(smooth)[2])
    channels = cv2.split(mean)
    darkest = cv2.min(cv2.min(channels[0], channels[1]), channels[2])
    lightest = cv2.max(cv2.max(channels[0], channels[1]), channels[2])
    return np.asarray(
        (all_smooth > 0) & (darkest > _GLASS_DARKEST) & (lightest < _GLASS_CAST * darkest)
    )


def _reduced(rgb: U8, longest: int) -> U8:
    """Return the picture with its longer side reduced to a length, if it is longer.

    By halves first: the mean of four pixels is much faster than that over any other area.
    """
    while max(rgb.shape[:2]) >= 2 * longest and min(rgb.shape[:2]) >= 2:
        half = rgb.shape[1] // 2, rgb.shape[0] // 2
        rgb = np.asarray(cv2.resize(rgb, half, interpolation=cv2.INTER_AREA), np.uint8)
    height, width = rgb.shape[:2]
    factor = min(1.0, longest / max(height, width))
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    reduced = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    return np.asarray(reduced, np.uint8)


def _white(values: F32 | F64) -> White:
    red, green, blue = (float(value) for value in values)
    return red, green, blue


def _text(values: F32) -> str:
    return ", ".join(f"{value:.0f}" for value in values)

"""Estimation of stain vectors from a picture that holds hematoxylin and DAB."""

import cv2
import numpy as np

from inference.arrays import F64, U8, Bool
from inference.stain.density import White, optical_density, require_rgb
from inference.stain.vectors import RUIFROK, StainVectors

_LONGEST_SIDE = 1024
"""Pictures are reduced to this side by area averaging, which also quiets the camera's noise."""
_DARKEST = 8
"""Channels at or below it are near black: their hue is the camera's offset."""
_LEAST_PIXELS = 500
"""Pixels that each stain must color."""
_LEAST_BLUE = 0.05
_LEAST_BROWN = 0.2
"""Least difference between the red and blue component of a unit vector, one way for hematoxylin
and the other for DAB. Ruifrok's have 0.36 and 0.51; gray dirt and pigment stay below."""
_LEAST_ANGLE = 20.0
"""Degrees between the two stains: Ruifrok's are 37 apart."""
_FARTHEST = 20.0
"""Degrees from Ruifrok's vector. Sound pictures of three cameras stayed within 13; a wrong white
point or other stains give more."""
_ADVICE = "to estimate stain vectors choose a field with blue nuclei and brown membranes"


def estimate_vectors(
    rgb: U8,
    white: White,
    least_od: float = 0.15,
    extreme_percent: float = 2.0,
) -> StainVectors:
    """Estimate the hematoxylin and DAB vectors from the pixels of a picture.

    After Macenko 2009 ("A method for normalizing histology slides for quantitative analysis"):
    the optical densities of two stains lie in a plane, found by singular value decomposition, and
    the pure stains are the extreme directions in it, percentiles of the angle. Unlike there, the
    blue and the brown pixels each give their own extreme, from the denser half of them: stains
    differ in amount and strength, and the direction of a faint pixel is mostly noise.

    Parameters
    ----------
    rgb
        (h, w, 3) uint8; membranes stained brown and nuclei blue, in focus.
    white
        Light without a specimen, per channel.
    least_od
        Length of a pixel's optical density below which it counts as unstained (Macenko's 0.15).
    extreme_percent
        Percent of a stain's denser pixels that lie beyond its vector.

    Returns
    -------
    Unit vectors; the residual is their cross product.

    Raises
    ------
    ValueError
        With one line, if the picture does not hold both stains, or what it holds is far from
        the colors of hematoxylin and DAB.
    """
    require_rgb(rgb)
    od = _stained_densities(rgb, white, least_od)
    brown = od[:, 2] > od[:, 0]
    for name, count in (("blue", int((~brown).sum())), ("brown", int(brown.sum()))):
        if count < _LEAST_PIXELS:
            raise ValueError(f"the picture holds almost no {name}; {_ADVICE}")
    hematoxylin, dab = _extremes(od, brown, extreme_percent)
    if hematoxylin[0] - hematoxylin[2] < _LEAST_BLUE:
        raise ValueError(f"the picture holds no clear blue; {_ADVICE}")
    if dab[2] - dab[0] < _LEAST_BROWN:
        raise ValueError(f"the picture holds no clear brown; {_ADVICE}")
    angle = _degrees(hematoxylin, dab)
    if angle < _LEAST_ANGLE:
        raise ValueError(
            f"the picture's extreme colors are only {angle:.0f} degrees apart, so it does not "
            f"hold both stains; {_ADVICE}"
        )
    usual = RUIFROK.matrix()
    for name, found, expected in (("blue", hematoxylin, usual[0]), ("brown", dab, usual[1])):
        distance = _degrees(found, expected)
        if distance > _FARTHEST:
            raise ValueError(
                f"the {name} found is {distance:.0f} degrees from the usual stain's color; check "
                f"the white point and that the stains are hematoxylin and DAB"
            )
    return StainVectors(_numbers(hematoxylin), _numbers(dab))


def _stained_densities(rgb: U8, white: White, least_od: float) -> F64:
    """Return (n, 3) densities of the pixels that are stained and not near black."""
    height, width = rgb.shape[:2]
    factor = min(1.0, _LONGEST_SIDE / max(height, width))
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    reduced = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
    od = optical_density(reduced, white).reshape(-1, 3)
    visible = reduced.reshape(-1, 3).min(axis=1) > _DARKEST
    return np.asarray(od[visible & (np.linalg.norm(od, axis=1) > least_od)], np.float64)


def _extremes(od: F64, brown: Bool, percent: float) -> tuple[F64, F64]:
    """Return the unit vectors at the blue and at the brown end of the stains' plane."""
    _, axes = np.linalg.eigh(od.T @ od)
    main, across = axes[:, 2], axes[:, 1]
    main = main if main.sum() > 0 else -main
    across = across if across[2] > across[0] else -across  # angles grow from blue to brown
    angles = np.arctan2(od @ across, od @ main)
    squares = (od * od).sum(axis=1)
    blue_end = np.percentile(_denser_half(angles, squares, ~brown), percent)
    brown_end = np.percentile(_denser_half(angles, squares, brown), 100 - percent)
    return _direction(main, across, float(blue_end)), _direction(main, across, float(brown_end))


def _denser_half(angles: F64, squares: F64, chosen: Bool) -> F64:
    return angles[chosen & (squares >= np.median(squares[chosen]))]


def _direction(main: F64, across: F64, angle: float) -> F64:
    vector = np.maximum(np.cos(angle) * main + np.sin(angle) * across, 0)
    return np.asarray(vector / np.linalg.norm(vector))


def _degrees(first: F64, second: F64) -> float:
    return float(np.degrees(np.arccos(np.clip(first @ second, -1, 1))))


def _numbers(unit: F64) -> tuple[float, float, float]:
    red, green, blue = (float(value) for value in unit)
    return red, green, blue

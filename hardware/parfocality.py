"""Whether two objectives look at one place: parcentricity and parfocality.

One place is photographed with both objectives. The finer picture is reduced to the pixel size of
the coarser one, and where it lies in it is found by the normalized cross-correlation, first
at a coarse scale and then at the full one, with a parabola through the best pixel and its
neighbors. Unlike phase correlation this needs no common frame: the stronger objective sees a part
of what the weaker one does.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

U8 = npt.NDArray[np.uint8]
F32 = npt.NDArray[np.float32]

LEAST_LIKENESS = 0.5
"""Correlation of the two pictures at the best place; those of different places stay below."""
LEAST_LEAD = 0.12
"""By how much the best place must be better than any other."""
_LEAST_SIDE_PX = 48
_COARSE_SIDE_PX = 96
_PART = 0.8
"""Of the finer picture that is looked for: so much of it may lie outside of the coarser one."""
_LEAST_CONTRAST = 3.0
_SMOOTH_PX = 1.0


class ParfocalityProblem(ValueError):
    """Two pictures that cannot be compared; the message is one line for the user."""


@dataclass(frozen=True)
class Parcentricity:
    """Where the middle of the stronger objective's field lies in that of the weaker.

    Attributes
    ----------
    dx_um, dy_um
        From the middle of the weaker objective's picture to what is in the middle of the
        stronger's, rightwards and downwards.
    likeness
        Correlation of both pictures there, up to 1.
    """

    dx_um: float
    dy_um: float
    likeness: float

    @property
    def shift_um(self) -> float:
        """Distance of the two middles."""
        return math.hypot(self.dx_um, self.dy_um)


def parcentricity(
    weaker: U8, weaker_um_per_px: float, stronger: U8, stronger_um_per_px: float
) -> Parcentricity:
    """Compare the pictures of one place taken with two objectives.

    Parameters
    ----------
    weaker, stronger
        (h, w, 3) or (h, w) uint8, of the objective with the larger and the smaller pixel size.
    weaker_um_per_px, stronger_um_per_px
        Calibrated pixel sizes.

    Raises
    ------
    ParfocalityProblem
        There is too little to see, or the pictures do not show one place.
    """
    if not 0 < stronger_um_per_px < weaker_um_per_px:
        raise ParfocalityProblem(
            f"the stronger objective must have the smaller pixels, not {stronger_um_per_px:g} um "
            f"against {weaker_um_per_px:g} um"
        )
    scale = stronger_um_per_px / weaker_um_per_px
    scene = _gray(weaker)
    height, width = stronger.shape[:2]
    size = (round(width * scale), round(height * scale))
    if min(size) < _LEAST_SIDE_PX or min(scene.shape) < _LEAST_SIDE_PX:
        raise ParfocalityProblem(
            f"the field of the stronger objective is {min(size)} px in that of the weaker and "
            f"{_LEAST_SIDE_PX} are needed: compare objectives that are nearer to each other"
        )
    # Exactly to scale about the middle: a size rounded to whole pixels would stretch the picture.
    template = _reduced(_gray(stronger), scale, size)
    edge_x, edge_y = (round(side * (1 - _PART) / 2) for side in size)
    part = template[edge_y : size[1] - edge_y, edge_x : size[0] - edge_x]
    if part.shape[0] >= scene.shape[0] or part.shape[1] >= scene.shape[1]:
        raise ParfocalityProblem("the pictures are nearly of one scale or cut: take whole ones")
    if float(part.std()) < _LEAST_CONTRAST or float(scene.std()) < _LEAST_CONTRAST:
        raise ParfocalityProblem("there is nothing to see: move to tissue or to the micrometer")
    x, y, likeness = _place(scene, np.ascontiguousarray(part))
    middle_x = x + (size[0] - 1) / 2 - edge_x
    middle_y = y + (size[1] - 1) / 2 - edge_y
    return Parcentricity(
        (middle_x - (scene.shape[1] - 1) / 2) * weaker_um_per_px,
        (middle_y - (scene.shape[0] - 1) / 2) * weaker_um_per_px,
        likeness,
    )


def _gray(picture: U8) -> F32:
    if picture.dtype != np.uint8 or picture.ndim not in {2, 3}:
        raise ParfocalityProblem(f"8 bits are needed, not {picture.dtype} of {picture.shape}")
    if picture.ndim == 2:
        return picture.astype(np.float32)
    return np.asarray(picture.mean(axis=2, dtype=np.float32), np.float32)


def _reduced(gray: F32, scale: float, size: tuple[int, int]) -> F32:
    """Reduce about the middle, after taking away what the coarser pixels could not show."""
    smooth = cv2.GaussianBlur(gray, (0, 0), max(0.3, 0.5 / scale))
    height, width = gray.shape
    matrix = np.array(
        [
            [1 / scale, 0, (width - 1) / 2 - (size[0] - 1) / 2 / scale],
            [0, 1 / scale, (height - 1) / 2 - (size[1] - 1) / 2 / scale],
        ]
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    out = cv2.warpAffine(smooth, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(out, np.float32)


def _place(scene: F32, part: F32) -> tuple[float, float, float]:
    """Return where the upper left pixel of a part lies in a scene, and how alike they are."""
    shrink = min(1.0, _COARSE_SIDE_PX / min(part.shape))
    coarse = _correlation(_small(scene, shrink), _small(part, shrink))
    best = np.unravel_index(int(coarse.argmax()), coarse.shape)
    likeness = float(coarse[best])
    if likeness < LEAST_LIKENESS:
        raise ParfocalityProblem(
            "the two pictures do not show one place: leave the stage where it is, and focus"
        )
    _require_lead(coarse, (int(best[0]), int(best[1])), part.shape, shrink)
    # At the full scale only near there.
    reach = math.ceil(3 / shrink) + 2
    top, left = (max(0, round(int(at) / shrink) - reach) for at in best)
    bottom = min(scene.shape[0], top + 2 * reach + part.shape[0])
    right = min(scene.shape[1], left + 2 * reach + part.shape[1])
    fine = _correlation(scene[top:bottom, left:right], part)
    row, column = (int(at) for at in np.unravel_index(int(fine.argmax()), fine.shape))
    y = row + _vertex(fine[:, column], row)
    x = column + _vertex(fine[row], column)
    return left + x, top + y, float(fine[row, column])


def _require_lead(coarse: F32, best: tuple[int, int], size: tuple[int, ...], shrink: float) -> None:
    """Refuse repeating patterns such as a micrometer's grid, in which many places are alike."""
    others = coarse.copy()
    away = max(4, round(0.1 * min(size) * shrink))
    row, column = best
    others[max(0, row - away) : row + away + 1, max(0, column - away) : column + away + 1] = -1.0
    if float(others.max()) > float(coarse[best]) - LEAST_LEAD:
        raise ParfocalityProblem(
            "several places look alike: move to tissue, or to the end of a scale"
        )


def _small(gray: F32, shrink: float) -> F32:
    smooth = cv2.GaussianBlur(gray, (0, 0), _SMOOTH_PX / shrink) if shrink < 1 else gray
    size = (max(1, round(gray.shape[1] * shrink)), max(1, round(gray.shape[0] * shrink)))
    return np.asarray(cv2.resize(smooth, size, interpolation=cv2.INTER_AREA), np.float32)


def _correlation(scene: F32, part: F32) -> F32:
    found = cv2.matchTemplate(scene, part, cv2.TM_CCOEFF_NORMED)
    return np.nan_to_num(np.asarray(found, np.float32), nan=-1.0, posinf=-1.0, neginf=-1.0)


def _vertex(values: F32, at: int) -> float:
    """Return the place of the maximum beside `at` of the parabola through it and its neighbors."""
    if not 0 < at < len(values) - 1:
        return 0.0
    before, here, after = (float(value) for value in values[at - 1 : at + 2])
    bend = before - 2 * here + after
    return 0.5 * (before - after) / bend if bend < 0 else 0.0

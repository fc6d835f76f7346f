"""The pixel size of a saved image: what the file states, what the user says, and no guess."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from app.storage.image_problem import ImageProblem

PLAUSIBLE_UM_PER_PX = (0.05, 2.0)
"""From a 100x objective on the smallest camera pixels to a 5x objective on large ones."""

AGREE_WITHIN = 0.01
"""Two pixel sizes are the same when they differ by no more than this share."""

FROM_FILE = "file"
FROM_OPTION = "--mpp"

_UM = {
    # ImageJ writes the micro sign as an escape; casefold turns a true one into the Greek letter
    **dict.fromkeys(("\u03bcm", "um", "micron", "microns", "micrometer", "\\u00b5m"), 1.0),
    "nm": 1e-3,
    "mm": 1e3,
    "cm": 1e4,
    "m": 1e6,
    "å": 1e-4,
    "in": 25_400.0,
    "inch": 25_400.0,
}


@dataclass(frozen=True)
class StatedPixelSize:
    """One pixel size that a file states.

    Attributes
    ----------
    source
        Where in the file, in words for a message.
    x_um, y_um
        Width and height of a pixel in um.
    """

    source: str
    x_um: float
    y_um: float


def um_per_unit(unit: str) -> float | None:
    """Return how many um a unit of length has, or None for one that is no known length."""
    return _UM.get(unit.strip().casefold())


def plausible(um_per_px: float) -> bool:
    """Tell whether a pixel size is one of light microscopy."""
    return PLAUSIBLE_UM_PER_PX[0] <= um_per_px <= PLAUSIBLE_UM_PER_PX[1]


def choose_pixel_size(stated: Sequence[StatedPixelSize], option: float | None) -> tuple[float, str]:
    """Return the pixel size in um and where it comes from (`FROM_FILE` or `FROM_OPTION`).

    Every length of the method is in um, so a wrong pixel size spoils the score without being
    seen: whatever does not fit together is refused and never settled by a rule.

    Parameters
    ----------
    stated
        All that the file states; may be empty.
    option
        What the user gave with ``--mpp``, um.

    Raises
    ------
    ImageProblem
        No pixel size; one that is implausible or not square; two that differ. When a file
        contradicts itself, ``--mpp`` decides, but only for one of the stated sizes.
    """
    if option is not None and not plausible(option):
        raise ImageProblem(f"--mpp {option:g} um/px {_OUTSIDE}: give the size of one pixel in um")
    sizes = [_one_size(size) for size in stated]
    if not sizes:
        if option is None:
            raise ImageProblem(
                "the file does not state its pixel size: give it with --mpp, in um per pixel"
            )
        return option, FROM_OPTION
    words = " and ".join(
        f"{um:.4g} um/px ({size.source})" for um, size in zip(sizes, stated, strict=True)
    )
    if option is not None:
        if not any(_agree(option, size) for size in sizes):
            raise ImageProblem(
                f"--mpp says {option:.4g} um/px, but the file states {words}: find out which is "
                f"right; leave --mpp away to take the file's"
            )
        if not all(_agree(option, size) for size in sizes):
            return option, FROM_OPTION
    elif not all(_agree(sizes[0], size) for size in sizes):
        raise ImageProblem(f"the file states {words}: give the right one with --mpp")
    return sizes[0], FROM_FILE


_OUTSIDE = (
    f"lies outside {PLAUSIBLE_UM_PER_PX[0]:g} to {PLAUSIBLE_UM_PER_PX[1]:g} and is no pixel size "
    f"of a HER2 field"
)


def _one_size(size: StatedPixelSize) -> float:
    if not _agree(size.x_um, size.y_um):
        raise ImageProblem(
            f"the pixels are not square: {size.x_um:.4g} x {size.y_um:.4g} um ({size.source}); "
            f"resample the image to square pixels or correct the file"
        )
    um = (size.x_um + size.y_um) / 2
    if not plausible(um):
        raise ImageProblem(
            f"the stated pixel size {um:.4g} um ({size.source}) {_OUTSIDE}: correct the file"
        )
    return um


def _agree(a: float, b: float) -> bool:
    return math.isclose(a, b, rel_tol=AGREE_WITHIN)

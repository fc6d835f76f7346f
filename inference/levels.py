"""Staining levels: what is compared with which threshold, weakest level first."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Level:
    """One staining level in the units of the byte images (1/128 OD).

    Attributes
    ----------
    name
        ``weak``, ``intense`` (or a level between them).
    threshold
        A pixel or ray belongs to the level when its value is above.
    of
        Which image is compared: ``contrast`` (DAB with the local background removed) or
        ``density`` (plain DAB).
    """

    name: str
    threshold: int
    of: Literal["contrast", "density"]

"""Detected nuclei and what every detector offers."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from inference.arrays import F32, U8


@dataclass(frozen=True)
class NucleusPoints:
    """Centers of detected tumor-cell nuclei.

    Attributes
    ----------
    xy_px
        (n, 2) float32, x and y in pixels of the image that was given; the center of the top
        left pixel is (0, 0).
    confidence
        (n,) float32, 0 to 1.
    """

    xy_px: F32
    confidence: F32

    def __len__(self) -> int:
        return len(self.confidence)

    @staticmethod
    def none() -> "NucleusPoints":
        """Return an empty set of points."""
        return NucleusPoints(np.zeros((0, 2), np.float32), np.zeros(0, np.float32))


class NucleusDetector(Protocol):
    """Finds tumor-cell nuclei in a field."""

    @property
    def name(self) -> str:
        """Name and version for the provenance."""
        ...

    def detect(self, rgb: U8, um_per_px: float) -> NucleusPoints:
        """Return the nuclei of an RGB field (h, w, 3)."""
        ...

"""The synthetic HER2 slide on the stage, with the truth about it."""

from collections.abc import Iterator

import numpy as np

from hardware.arrays import U8
from hardware.simulators.slides.impression import impression
from hardware.simulators.slides.slide import GLASS, Extent
from hardware.simulators.tissue import Optics, SlidePattern, Truth, render_field
from hardware.simulators.tissue.tissue_map import (
    CLEAR,
    DUCT,
    GLAND,
    NECROSIS,
    NEST,
    tissue_map,
)

FINEST_IMPRESSION_UM = 0.5
"""Regions coarser than this show no cells, since they are for the moment only."""

_SEARCHED = 400
"""Fields looked at before a search for tumor gives up."""

_RED, _GREEN, _BLUE = GLASS
# What belongs to the camera and not to the slide is left to the camera.
_PERFECT = Optics(
    white=(float(_RED), float(_GREEN), float(_BLUE)), vignetting=0, full_well=0, read_noise=0
)


class SyntheticSlide:
    """A slide of the tissue simulator: without borders, and the same for the same seed.

    Parameters
    ----------
    pattern
        Score and architecture.
    seed
        Another seed is another patient.
    """

    def __init__(self, pattern: SlidePattern, seed: int = 1) -> None:
        self.pattern = pattern
        self.seed = seed

    @property
    def name(self) -> str:
        """Pattern and seed."""
        return f"simulated {self.pattern.name}, seed {self.seed}"

    @property
    def extent(self) -> Extent | None:
        """None: the tissue goes on."""
        return None

    def start_um(self, width_um: float, height_um: float) -> tuple[float, float]:
        """Return the tumor-rich field that is nearest to the origin."""
        return self.find_tumor(1, width_um, height_um)[0]

    def region(
        self, x_um: float, y_um: float, width_px: int, height_px: int, um_per_px: float
    ) -> U8:
        """Return a region; see `Slide.region`."""
        place = (x_um, y_um, width_px, height_px, um_per_px)
        if um_per_px > FINEST_IMPRESSION_UM:
            return impression(self.pattern, self.seed, *place)
        return render_field(self.pattern, self.seed, *place, optics=_PERFECT).rgb

    def truth(
        self, x_um: float, y_um: float, width_px: int, height_px: int, um_per_px: float
    ) -> Truth:
        """Return every nucleus of a region, in pixels of the region.

        Takes a second or two for a whole field, since the field is rendered for it.
        """
        place = (x_um, y_um, width_px, height_px, um_per_px)
        return render_field(self.pattern, self.seed, *place, optics=_PERFECT).truth

    def tumor_share(self, x_um: float, y_um: float, width_um: float, height_um: float) -> float:
        """Return which share of a field is living invasive tumor.

        Parameters
        ----------
        x_um, y_um
            Center of the field.
        width_um, height_um
            Its size.
        """
        left, top = x_um - width_um / 2, y_um - height_um / 2
        land = tissue_map(self.pattern, self.seed, left, top, left + width_um, top + height_um)
        planes = land.planes
        tumor = planes[..., NEST] > 0
        for other in (DUCT, GLAND, CLEAR, NECROSIS):
            tumor &= planes[..., other] < 0
        return float(np.mean(tumor))

    def find_tumor(
        self, count: int, width_um: float, height_um: float, least: float = 0.5
    ) -> list[tuple[float, float]]:
        """Return the centers (um) of fields that are rich in tumor and do not overlap.

        They are searched for in rings around the origin; the same slide gives the same fields.

        Parameters
        ----------
        count
            How many.
        width_um, height_um
            Size of a field.
        least
            Share of the field that must be tumor. Where the slide has too few such fields, the
            richest of all that were looked at come after them.

        Raises
        ------
        ValueError
            More fields are wanted than are looked at.
        """
        if not 1 <= count <= _SEARCHED:
            raise ValueError(f"from 1 to {_SEARCHED} fields can be found, not {count}")
        found: list[tuple[float, float]] = []
        rest: list[tuple[float, tuple[float, float]]] = []
        for (column, row), _ in zip(_rings(), range(_SEARCHED), strict=False):
            place = ((column + 0.5) * width_um, (row + 0.5) * height_um)
            share = self.tumor_share(*place, width_um, height_um)
            if share >= least:
                found.append(place)
            else:
                rest.append((share, place))
            if len(found) == count:
                return found
        rest.sort(key=lambda entry: -entry[0])
        return found + [place for _, place in rest[: count - len(found)]]


def _rings() -> Iterator[tuple[int, int]]:
    """Walk the squares of a grid from (0, 0) outward, ring by ring."""
    yield 0, 0
    radius = 0
    while True:
        radius += 1
        for k in range(-radius, radius):
            yield k, -radius
            yield radius, k
            yield -k, radius
            yield -radius, -k

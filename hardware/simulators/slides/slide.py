"""What can lie on the stage of the simulated microscope."""

from dataclasses import dataclass
from typing import Protocol

from hardware.arrays import U8

GLASS = (243, 242, 240)
"""Red, green and blue of bare glass, where a slide has nothing to show."""


class SlideProblem(Exception):
    """A slide cannot be shown; the message is one line for the user."""


@dataclass(frozen=True)
class Extent:
    """A rectangle on the slide, in um.

    Attributes
    ----------
    left, top, right, bottom
        Its sides; y grows downward, as in a picture.
    """

    left: float
    top: float
    right: float
    bottom: float

    def clamped(self, x_um: float, y_um: float) -> tuple[float, float]:
        """Return the point of the rectangle that is nearest to a position."""
        x = min(max(x_um, self.left), self.right)
        return x, min(max(y_um, self.top), self.bottom)


class Slide(Protocol):
    """Tissue in the plane, at any position and pixel size.

    One thread at a time asks for pixels; another may ask for the rest.
    """

    @property
    def name(self) -> str:
        """For the window and the provenance."""
        ...

    @property
    def extent(self) -> Extent | None:
        """Where the slide has something to show; None for a slide without borders."""
        ...

    def start_um(self, width_um: float, height_um: float) -> tuple[float, float]:
        """Return where a sitting begins: the center of a field of that size."""
        ...

    def region(
        self, x_um: float, y_um: float, width_px: int, height_px: int, um_per_px: float
    ) -> U8:
        """Return the tissue as a perfect camera would see it in focus.

        Regions that touch fit together, and outside of the slide there is glass. A region
        coarser than any objective may be a mere impression of the tissue, since it is only
        shown until a finer one is there.

        Parameters
        ----------
        x_um, y_um
            Upper left corner of the region.
        width_px, height_px
            Size of the region.
        um_per_px
            Pixel size.

        Returns
        -------
        (height_px, width_px, 3) uint8, read-only, contiguous.

        Raises
        ------
        SlideProblem
            The slide's file cannot be read.
        """
        ...

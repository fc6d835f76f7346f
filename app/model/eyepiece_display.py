"""Which display hangs in the eyepiece: told apart from all others, and found again."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class DisplayIdentity:
    """What tells a display from others.

    Attributes
    ----------
    name
        Of the connector, e.g. ``HDMI-1``.
    make
        Manufacturer and model; empty when the display does not say.
    serial
        Empty when the display does not say.
    x, y, width_px, height_px
        Where it lies on the desktop, and its size there.
    """

    name: str
    make: str
    serial: str
    x: int
    y: int
    width_px: int
    height_px: int

    @property
    def label(self) -> str:
        """One line for the user; it does not change when the display moves on the desktop."""
        parts = [self.name, self.make, f"{self.width_px} x {self.height_px}"]
        label = ", ".join(part for part in parts if part)
        return f"{label} (serial {self.serial})" if self.serial else label


def find_display(
    wanted: DisplayIdentity, present: Sequence[DisplayIdentity]
) -> DisplayIdentity | None:
    """Find a display again.

    Its serial number decides, at whichever connector it is. Without one the name of the
    connector does, and of several with that name (some systems give all the same) the one
    with the same make, place and size.

    Parameters
    ----------
    wanted
        As it was when it was chosen.
    present
        The displays that may be used, without the primary one.

    Returns
    -------
    One of `present`; None when it is not there. Another display is never taken in its place.
    """
    if wanted.serial:
        same = [d for d in present if (d.serial, d.make) == (wanted.serial, wanted.make)]
    else:
        same = [
            d for d in present if not d.serial and (d.name, d.make) == (wanted.name, wanted.make)
        ]
    if len(same) <= 1:
        return same[0] if same else None
    exact = [d for d in same if _place(d) == _place(wanted)]
    return exact[0] if len(exact) == 1 else None


def _place(display: DisplayIdentity) -> tuple[str, int, int, int, int]:
    return (display.name, display.x, display.y, display.width_px, display.height_px)

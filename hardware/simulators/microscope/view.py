"""Which part of the slide the camera sees."""

import math
from dataclasses import dataclass

from hardware.simulators.microscope.stage import StagePosition


@dataclass(frozen=True)
class View:
    """The part of the slide under the sensor, in whole pixels of the objective in the light.

    Attributes
    ----------
    left_px, top_px
        Upper left corner, counted from the slide's origin.
    width_px, height_px
        Size of the sensor.
    um_per_px
        Pixel size.
    lead_px
        How far (x, y) the view will have moved in a second or so.
    """

    left_px: int
    top_px: int
    width_px: int
    height_px: int
    um_per_px: float
    lead_px: tuple[int, int]


LEAD_S = 0.7
"""How far ahead of a moving stage the tissue is made ready."""


def view_of(position: StagePosition, um_per_px: float, width_px: int, height_px: int) -> View:
    """Return what a sensor sees whose middle is at the stage's position.

    Rounding to whole pixels lets tissue be copied as it is.
    """
    longest = 2 * max(width_px, height_px)
    lead = [
        max(-longest, min(longest, round(speed * LEAD_S / um_per_px)))
        for speed in (position.x_um_s, position.y_um_s)
    ]
    return View(
        left_px=math.floor(position.x_um / um_per_px - width_px / 2 + 0.5),
        top_px=math.floor(position.y_um / um_per_px - height_px / 2 + 0.5),
        width_px=width_px,
        height_px=height_px,
        um_per_px=um_per_px,
        lead_px=(lead[0], lead[1]),
    )

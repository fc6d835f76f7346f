"""Colors and shapes of the five cell classes, for screen, eyepiece and pictures.

A membrane has the color of the class that it stands for, so that one legend serves both.

The colors were searched for the greatest smallest difference (CIEDE2000) between any two of
them, to a normal eye and in protanopia, deuteranopia and tritanopia (Machado 2009, severity
1.0), under the conditions that each is bright on black (an eyepiece display adds light), far
from DAB brown and hematoxylin blue, and that warm and violet colors go to the intense classes,
cool and pale ones to the others. The smallest difference is 17 (Okabe and Ito's own bright five:
11). Color is never the only cue: the shape says the same.
"""

from dataclasses import dataclass
from enum import Enum

from inference.cells.classes import CellClass

Color = tuple[int, int, int]
"""R, G, B from 0 to 255."""


class MarkerShape(Enum):
    """Round is complete, a triangle incomplete; filled is intense, hollow weak."""

    DISC = "disc"
    TRIANGLE = "triangle"
    RING = "ring"
    HOLLOW_TRIANGLE = "hollow triangle"
    CROSS = "cross"


@dataclass(frozen=True)
class ClassStyle:
    """How one class is drawn, its membranes included."""

    color: Color
    shape: MarkerShape


CLASS_STYLES: dict[CellClass, ClassStyle] = {
    CellClass.INTENSE_COMPLETE: ClassStyle((0xDD, 0x33, 0xFF), MarkerShape.DISC),
    CellClass.INTENSE_INCOMPLETE: ClassStyle((0xFF, 0xDD, 0x22), MarkerShape.TRIANGLE),
    CellClass.WEAK_COMPLETE: ClassStyle((0x44, 0xDD, 0xFF), MarkerShape.RING),
    CellClass.WEAK_INCOMPLETE: ClassStyle((0xAA, 0xCC, 0x99), MarkerShape.HOLLOW_TRIANGLE),
    CellClass.NO_STAINING: ClassStyle((0xFF, 0xFF, 0xFF), MarkerShape.CROSS),
}
"""Strongest class first, as legends list them."""

HALO: Color = (0x14, 0x16, 0x1A)
"""Dark edge around all that is drawn on tissue, so that light colors show on light tissue."""
REGION: Color = (0xFF, 0xFF, 0xFF)
VEIL: Color = (0x80, 0x84, 0x8A)
"""Laid thinly over tissue that does not count."""
STRIP: Color = (0x1B, 0x1D, 0x22)
"""Behind title and legend."""
TEXT: Color = (0xF2, 0xF2, 0xF2)
QUIET_TEXT: Color = (0xB4, 0xB8, 0xBE)

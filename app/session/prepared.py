"""A field ready to be shown: classified, and drawn where the windows will want it.

Drawing takes as long as several pictures of the camera. For a new field the analysis thread does
it, before anything is posted, so that the windows answer all the while.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from app.live.analyzer import Measurement
from app.model.overlay import Overlay
from app.model.screen_overlay import Canvas
from app.session.fields import Classification, classification, thresholds_of
from inference.arrays import U8
from inference.cells.classes import merged
from inference.membrane.description import MembraneDescription
from inference.stain.profile import StainProfile


@dataclass(frozen=True, eq=False)
class Prepared:
    """What is known of a field that is to be shown.

    Attributes
    ----------
    measurement
        Whose field.
    classes
        Without regions and edits.
    membranes
        `membrane_image` of them.
    drawings
        (h, w, 4) as `app.model.screen_overlay.screen_overlay` draws the field without regions
        and edits, by canvas.
    """

    measurement: Measurement
    classes: Classification
    membranes: U8
    drawings: Mapping[Canvas, U8] = field(default_factory=dict)

    def drawn_on(self, canvases: Collection[Canvas], overlay: Overlay) -> "Prepared":
        """Return it with drawings of its overlay."""
        return replace(self, drawings={each: each.draw(overlay) for each in canvases})


def prepared(
    measurement: Measurement, stain: StainProfile, known: Classification | None = None
) -> Prepared:
    """Return a field at the thresholds of a profile, without drawings.

    Parameters
    ----------
    known
        Classes that someone has already; used when they are of the same thresholds.
    """
    fits = known is not None and known.thresholds == thresholds_of(stain)
    classes = known if known is not None and fits else classification(measurement, stain)
    return Prepared(measurement, classes, membrane_image(classes.description))


def membrane_image(description: MembraneDescription) -> U8:
    """Return the class image of the skeletons in the codes of `CellClass`."""
    codes = merged(np.arange(256, dtype=np.uint8) % _codes(description), len(description.levels))
    image = np.asarray(cv2.LUT(description.classes, codes), np.uint8)
    image.flags.writeable = False
    return image


def _codes(description: MembraneDescription) -> int:
    return 2 * len(description.levels) + 1

"""A frame: one picture of the camera with all that its pixels mean."""

from dataclasses import dataclass

from app.model.optics import PLAIN_LIGHT, FieldLight
from hardware.objective import Objective
from inference.arrays import U8


@dataclass(frozen=True, eq=False)
class Frame:
    """One image from the camera, with objective, pixel size and time.

    Attributes
    ----------
    number
        The camera's count of exposures, across reconnections.
    rgb
        (h, w, 3) uint8, read-only.
    taken_s
        `time.monotonic` at the end of the exposure.
    objective
        The objective in the light; None when it is not known.
    generation
        Goes up whenever objective, calibration or camera change: results of an older
        generation are not painted.
    light
        In which it was taken; its pixels are corrected already.
    """

    number: int
    rgb: U8
    taken_s: float
    objective: Objective | None
    generation: int
    light: FieldLight = PLAIN_LIGHT

    @property
    def um_per_px(self) -> float | None:
        """Pixel size; None when it is not known, and then nothing is analyzed."""
        return None if self.objective is None else self.objective.um_per_px

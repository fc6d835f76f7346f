"""In which frames the camera may have seen the light of the eyepiece."""

import threading
from collections.abc import Callable

from app.model.frame import Frame

CALIBRATING = "the eyepiece is being calibrated: finish that first"
"""Why no field is taken."""

DARK_AFTER_S = 0.2
"""From the end of a calibration until no frame can hold its light: the display shows black one or
two of its pictures late, and the exposure that was under way must end."""


class EyepieceLight:
    """Knows since when the target of a calibration is no longer in the pictures.

    A beam splitter keeps most light of the display from the camera, and not all of it; the
    simulated one shows the target in full. Any thread may ask.

    Parameters
    ----------
    clock
        `time.monotonic`, or what a test puts in its place.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._changing = threading.Lock()
        self._calibrating = False
        self._dark_from_s = float("-inf")

    @property
    def calibrating(self) -> bool:
        """Whether a calibration is going on."""
        with self._changing:
            return self._calibrating

    def set_calibrating(self, on: bool) -> None:
        """Note that it begins, before the first target is lit, or ends, after the last went out."""
        with self._changing:
            if self._calibrating and not on:
                self._dark_from_s = self._clock() + DARK_AFTER_S
            self._calibrating = on

    def may_be_in(self, frame: Frame) -> bool:
        """Whether a frame may show a target."""
        with self._changing:
            return self._calibrating or frame.taken_s < self._dark_from_s

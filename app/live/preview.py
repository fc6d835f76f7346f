"""What the window is told of each frame."""

from dataclasses import dataclass
from enum import Enum

from app.live.quality import UNSEEN_LIGHT, LightQuality, PictureQuality
from app.live.view import Crop
from hardware.objective import Objective
from inference.arrays import U8


@dataclass(frozen=True, eq=False)
class Preview:
    """A frame made ready for the screen, with what was measured on it.

    Attributes
    ----------
    frame
        Number of the frame.
    taken_s
        `time.monotonic` at the end of its exposure.
    made_s
        `time.monotonic` when this was ready.
    generation
        Of the frame.
    objective
        The objective in the light; None when it is not known.
    bgra
        (h, w, 4) uint8, contiguous and read-only: ``QImage.Format_RGB32`` without a copy.
    crop
        The part of the field that `bgra` shows.
    field_width_px, field_height_px
        Size of the whole field.
    focus
        Sharpness, 0 blurred to 1 sharp; None where there is nothing to be sharp.
    clipped
        Part of the field that is overexposed, 0 to 1.
    still_since
        Number of the frame since which the stage stands still: results of older frames lie
        beside the tissue.
    shift_px
        How far the stage is from where it was in frame `still_since`, or how far it just went;
        camera pixels. None when it went too far to say, or this is the first frame.
    rate_fps
        Frames per second over the last second.
    interval_s
        Usual time between two frames.
    cautions
        What is to be said of the calibrations that hold, one sentence each.
    light
        What was measured of the light, up to a third of a second before.
    white_drift
        How far its glass is off the white point in force; None where that is not known.
    """

    frame: int
    taken_s: float
    made_s: float
    generation: int
    objective: Objective | None
    bgra: U8
    crop: Crop
    field_width_px: int
    field_height_px: int
    focus: float | None
    clipped: float
    still_since: int
    shift_px: float | None
    rate_fps: float
    interval_s: float
    cautions: tuple[str, ...] = ()
    light: LightQuality = UNSEEN_LIGHT
    white_drift: float | None = None

    @property
    def quality(self) -> PictureQuality:
        """All that is known of how fit the picture is for analysis."""
        light = self.light
        return PictureQuality(
            self.focus, self.clipped, self.white_drift, light.level, light.unevenness, self.moved
        )

    @property
    def moved(self) -> bool:
        """Whether the stage moved between the frame before and this one."""
        return self.still_since == self.frame


class CameraCondition(Enum):
    """How the camera is."""

    OPENING = "opening"
    LIVE = "live"
    STALLED = "stalled"
    BROKEN = "broken picture"
    WRONG_SIZE = "wrong picture size"
    LOST = "lost"
    STOPPED = "stopped"


@dataclass(frozen=True)
class CameraStatus:
    """The state of the camera, told whenever it changes.

    Attributes
    ----------
    condition
        How it is; in every one but ``LIVE`` no new frame comes.
    text
        One line for the user; empty while all is well.
    camera
        Name of the camera.
    since_s
        `time.monotonic` of the change.
    """

    condition: CameraCondition
    text: str
    camera: str
    since_s: float

    @property
    def failing(self) -> bool:
        """Whether the user must be told."""
        return self.condition in _FAILING


_FAILING = {
    CameraCondition.STALLED,
    CameraCondition.BROKEN,
    CameraCondition.WRONG_SIZE,
    CameraCondition.LOST,
}

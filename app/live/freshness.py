"""Whether an overlay may be painted over what is seen now: one pure function.

An overlay beside the tissue is worse than none (hazards: stale overlay on a moved slide, wrong
objective, camera lost in the middle).
"""

from dataclasses import dataclass
from enum import Enum


class Darkness(Enum):
    """Why no overlay is painted; the order is the one in which they are looked for."""

    OFF = "overlay switched off"
    NO_RESULT = "no field analyzed yet"
    NO_PICTURE = "no picture from the camera"
    STALLED = "the camera has stalled: overlay off"
    OTHER_GENERATION = "objective, stain or camera changed: overlay off"
    MOVED = "the stage has moved: overlay off"
    OLD = "the result is too old: overlay off"


@dataclass(frozen=True)
class FreshnessLimits:
    """When a result is no longer painted over the live picture.

    Attributes
    ----------
    stall_s
        Longest time without a frame, beyond the usual interval.
    pressed_age_s
        Longest time since the frame of a pressed field was taken. On a slide that stands still
        it stays right, so this is long.
    continuous_age_s
        The same in continuous mode, where a newer result must have come long before.
    """

    stall_s: float = 0.1
    pressed_age_s: float = 600.0
    continuous_age_s: float = 2.0


@dataclass(frozen=True)
class ShownResult:
    """What is known of the frame whose result is to be painted.

    Attributes
    ----------
    frame, taken_s, generation
        Of that frame.
    continuous
        Whether it was analyzed in continuous mode.
    """

    frame: int
    taken_s: float
    generation: int
    continuous: bool = False


@dataclass(frozen=True)
class LivePicture:
    """What is known of the newest picture of the camera.

    Attributes
    ----------
    taken_s, generation, still_since, interval_s
        As in `app.live.preview.Preview`.
    """

    taken_s: float
    generation: int
    still_since: int
    interval_s: float


@dataclass(frozen=True)
class OverlayVerdict:
    """Whether the overlay is painted.

    Attributes
    ----------
    dark
        Why it is not; None when it is.
    """

    dark: Darkness | None

    @property
    def visible(self) -> bool:
        """Whether it is painted."""
        return self.dark is None

    @property
    def message(self) -> str:
        """One line for the user; empty when there is nothing to say."""
        return "" if self.dark in (None, Darkness.OFF, Darkness.NO_RESULT) else self.dark.value


def overlay_state(
    wanted: bool,
    result: ShownResult | None,
    live: LivePicture | None,
    now_s: float,
    limits: FreshnessLimits,
) -> OverlayVerdict:
    """Say whether a result may be painted over the live picture.

    To be asked at every painting and every 30 ms: a stalled camera sends nothing that would
    call for a painting.

    Parameters
    ----------
    wanted
        Whether the user has the overlay on.
    result
        The result that would be painted; None before the first.
    live
        The newest picture; None before the first.
    now_s
        `time.monotonic`.
    limits
        How old is too old.
    """
    return OverlayVerdict(_darkness(wanted, result, live, now_s, limits))


def _darkness(
    wanted: bool,
    result: ShownResult | None,
    live: LivePicture | None,
    now_s: float,
    limits: FreshnessLimits,
) -> Darkness | None:
    if not wanted:
        return Darkness.OFF
    if result is None:
        return Darkness.NO_RESULT
    if live is None:
        return Darkness.NO_PICTURE
    oldest = limits.continuous_age_s if result.continuous else limits.pressed_age_s
    checks = (
        (now_s - live.taken_s > live.interval_s + limits.stall_s, Darkness.STALLED),
        (result.generation != live.generation, Darkness.OTHER_GENERATION),
        (result.frame < live.still_since, Darkness.MOVED),
        (now_s - result.taken_s > oldest, Darkness.OLD),
    )
    return next((reason for holds, reason in checks if holds), None)

"""Which white point holds for a frame, and what follows from it."""

from dataclasses import dataclass, replace
from typing import Any

from app.live.analyzer import AnalysisSetup
from app.live.preview import Preview
from app.live.quality import white_drift
from app.model.frame import Frame
from hardware.objective import Objective
from inference.stain.density import White
from inference.stain.profile import StainProfile


@dataclass(frozen=True)
class WhitePoint:
    """The white point of the station.

    Attributes
    ----------
    rgb, origin
        None takes the stain profile's, or each picture's; and where it is from.
    taken_with
        Objective with which the user took it by hand; None when nobody did.
    """

    rgb: White | None
    origin: str
    taken_with: Objective | None = None


def setup_for(frame: Frame, setup: AnalysisSetup, white: WhitePoint) -> AnalysisSetup:
    """Return a setup with the white point that holds for a frame.

    That of an empty field of its objective, unless the user took one by hand since.
    """
    light = frame.light
    by_hand = white.taken_with is not None and white.taken_with == frame.objective
    if light.white is None or by_hand:
        return setup
    return replace(setup, white=light.white, white_origin=light.white_origin)


def judged(preview: Preview, setup: AnalysisSetup) -> Preview:
    """Return a preview that knows how far its glass is off the white point in force."""
    white = setup.white or setup.stain.white
    return replace(preview, white_drift=white_drift(preview.light.glass, white))


def measures_otherwise(before: AnalysisSetup, after: AnalysisSetup) -> bool:
    """Whether more than thresholds changed, so that no earlier result may be painted."""
    same_white = before.white == after.white
    return not same_white or _unmeasured(before.stain) != _unmeasured(after.stain)


def _unmeasured(stain: StainProfile) -> dict[str, Any]:
    """Return a stain profile without what only classification uses."""
    return stain.model_dump(exclude={"levels", "method", "completeness"})

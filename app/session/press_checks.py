"""Whether a press may become a field, and what to be careful with."""

from app.live.preview import Preview
from app.live.quality import QualityLimits
from app.model.frame import Frame
from app.model.sitting_state import SlideState
from app.session.desk import Desk
from app.session.options import SessionOptions

SAME_PLACE = "the stage has not moved since field"
"""How the warning begins that a field was not left before the next press."""


def refusal(slide: SlideState | None, frame: Frame | None) -> str | None:
    """Return why a press cannot become a field, in one line; None when it can."""
    if slide is None:
        return "there is no slide yet: begin one first"
    if slide.finished:
        return f"{slide.name} is finished: take the next slide first"
    if frame is None:
        return "the camera gives no picture"
    if frame.objective is None:
        return "the objective is not known: choose it first"
    return frame.objective.unscaled


def unfit(preview: Preview | None, frame: Frame, limits: QualityLimits) -> str | None:
    """Return why a picture is refused, as the settings want it; None when it is not."""
    if preview is None or preview.generation != frame.generation:
        return None
    flaws = preview.quality.flaws(limits)
    return next((text for flaw, text in flaws if flaw in limits.refuse), None)


def picture_warnings(
    frame: Frame, preview: Preview | None, desk: Desk, options: SessionOptions
) -> tuple[str, ...]:
    """Return what is wrong with the picture at the moment of a press, one sentence each.

    Parameters
    ----------
    frame
        The frame that is going to be analyzed.
    preview
        The newest preview; it is of this frame or of the one before.
    desk
        Knows the fields so far.
    options
        Limits.
    """
    found = list(frame.light.cautions)
    if preview is None or preview.generation != frame.generation:
        return tuple(found)
    found += [text for _, text in preview.quality.flaws(options.quality)]
    before = desk.field_at_this_place(preview.still_since, frame.generation)
    if before is not None:
        found.append(f"{SAME_PLACE} {before}: the same field twice")
    return tuple(found)

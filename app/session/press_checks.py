"""Whether a press may become a field, and what to be careful with."""

from app.live.preview import Preview
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
    if preview.moved:
        found.append("the stage was moving")
    if preview.focus is not None and preview.focus < options.least_focus:
        found.append(f"the field is blurred (focus {preview.focus:.2f})")
    if preview.clipped > options.most_clipped:
        found.append(f"{100 * preview.clipped:.0f} % of the field is overexposed")
    before = desk.field_at_this_place(preview.still_since, frame.generation)
    if before is not None:
        found.append(f"{SAME_PLACE} {before}: the same field twice")
    return tuple(found)

"""What the session wants of whoever saves: a small protocol."""

import dataclasses
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from app.model.sitting_state import SlideState
from app.model.steps import Step
from inference.arrays import U8
from inference.cells.table import CellTable
from inference.nuclei.points import NucleusPoints
from inference.scoring.profile import RuleProfile
from inference.stain.density import White
from inference.stain.profile import StainProfile


@dataclass(frozen=True, eq=False)
class StepToKeep:
    """A step of the sitting that must not be lost.

    The steps of one slide, in order, are a sitting of their own: `app.model.sitting.replay`
    gives the slide back.

    Attributes
    ----------
    slide
        Identity of the slide to which it belongs.
    step
        `app.model.steps.step_kind` and `step_payload` make it plain.
    text
        In words.
    before, after
        The slide before and after it: None before it was begun, and after its begin was undone.
        A change of ``finished`` is seen here, undo and redo included.
    stain, rules
        Profiles in force after it, the stain profile with the confirmed thresholds.
    proposal
        The proposed score as plain values, when the step finishes the slide; else None.
    """

    slide: str
    step: Step
    text: str
    before: SlideState | None
    after: SlideState | None
    stain: StainProfile
    rules: RuleProfile
    proposal: Mapping[str, Any] | None


@dataclass(frozen=True, eq=False)
class KeptField:
    """A field with all that it takes to have it again.

    Attributes
    ----------
    field, slide, number
        Its names.
    rgb
        (h, w, 3) uint8 as the camera gave it, read-only.
    um_per_px, objective
        As the frame had them.
    frame
        Number of the frame.
    taken_utc
        When it was taken.
    nuclei
        As detected: edits name cells by their place in it.
    cells
        As proposed when it was accepted.
    stain
        Profile with the thresholds of that moment.
    white, white_origin
        White point that was used.
    detector
        Name and version.
    warnings
        One sentence each.
    seconds
        Time of each step of the analysis.
    quality
        Numbers of the picture; see `app.live.quality.PictureQuality.record`.
    scale_origin
        Where the pixel size is from.
    """

    field: str
    slide: str
    number: int
    rgb: U8
    um_per_px: float
    objective: str
    frame: int
    taken_utc: datetime
    nuclei: NucleusPoints
    cells: CellTable
    stain: StainProfile
    white: White
    white_origin: str
    detector: str
    warnings: tuple[str, ...]
    seconds: Mapping[str, float]
    quality: Mapping[str, float | bool | None] = dataclasses.field(default_factory=dict)
    scale_origin: str = ""


class Keeper(Protocol):
    """Saves in the order in which it is asked, on a thread of its own.

    `save_field` and `append_step` return at once. Their future ends when the thing is safely
    on disk, or with the reason why it never will be; its callbacks may run on any thread. When
    they raise, nothing is kept: the session does not take the step and shows the message.
    """

    def save_field(self, field: KeptField, step: StepToKeep) -> Future[Any]:
        """Keep a field together with the step that accepts it: both or none."""
        ...

    def append_step(self, step: StepToKeep) -> Future[Any]:
        """Keep a step; a `SlideBegun` begins the slide."""
        ...

    def load_field(self, field: str) -> KeptField:
        """Read a field of an open slide again.

        Called on the analysis thread, and may take its time.
        """
        ...

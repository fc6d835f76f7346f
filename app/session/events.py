"""All that the session tells the windows, through one protocol."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Protocol, TypeAlias

from app.live.field_result import AnalysisStatus, FieldHistograms
from app.live.freshness import ShownResult
from app.live.pedal import PedalStatus
from app.live.preview import CameraStatus, Preview
from app.live.trouble import Trouble
from app.model.overlay import Overlay
from app.model.screen_overlay import Canvas
from app.model.sitting import HistoryEntry
from app.model.sitting_cells import EditedCells
from app.model.sitting_state import SlideState
from app.model.steps import DrawnRegion
from app.model.tally import Tally
from inference.arrays import U8
from inference.scoring.profile import RuleProfile
from inference.stain.density import White
from inference.stain.profile import StainProfile


class Saved(Enum):
    """Whether a field is on disk."""

    SAVING = "being saved"
    SAVED = "saved"
    UNSAVED = "not saved"


@dataclass(frozen=True, eq=False)
class ShownField:
    """The field whose cells are shown, classified at the thresholds that hold now.

    Attributes
    ----------
    field, number
        Of a field of the slide; None in continuous mode and while a press is not yet a field:
        then nothing can be edited.
    stored
        Whether the user opened it: its own picture is shown in place of the live one, and the
        eyepiece stays dark.
    result
        For `app.live.freshness.overlay_state`.
    um_per_px, width_px, height_px
        Of the field.
    cells
        Both tables; the rows of ``cells.edited`` are what is drawn and clicked.
    regions
        What was drawn in it.
    overlay
        For the painters; the cells are those of ``cells.edited``.
    drawings
        What was drawn of the overlay already, by canvas; none where it is to be drawn first.
    thresholds_od
        By the names of the levels.
    previewed
        Whether these thresholds are still to be confirmed.
    histograms
        Of contrast and density, for the threshold bar.
    picture
        (h, w, 3) RGB while it is still in memory; else a `FieldPicture` follows when the user
        opened it.
    warnings
        One sentence each.
    asked_s, done_s
        `time.monotonic` of the press and of the end of the analysis.
    seconds
        Time of each step of the analysis.
    """

    field: str | None
    number: int | None
    stored: bool
    result: ShownResult
    um_per_px: float
    width_px: int
    height_px: int
    cells: EditedCells
    regions: tuple[DrawnRegion, ...]
    overlay: Overlay
    drawings: Mapping[Canvas, U8]
    thresholds_od: Mapping[str, float]
    previewed: bool
    histograms: FieldHistograms
    picture: U8 | None
    warnings: tuple[str, ...]
    asked_s: float
    done_s: float
    seconds: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Shown:
    """What is shown over the picture; None is nothing.

    Attributes
    ----------
    version
        Goes up; an older one that comes late is to be ignored.
    """

    version: int
    field: ShownField | None


@dataclass(frozen=True, eq=False)
class FieldPicture:
    """The pixels of a field that the user opened, (h, w, 3) RGB, read-only."""

    version: int
    field: str
    rgb: U8


@dataclass(frozen=True, eq=False)
class FieldCard:
    """A field in the strip of thumbnails.

    Attributes
    ----------
    field, number
        Of the field.
    thumbnail
        (h, w, 3) RGB; None until an old field has been loaded again.
    accepted
        False once it was dropped.
    saved
        Whether it is on disk.
    edited
        Whether cells or regions were changed by hand.
    warnings
        One sentence each.
    """

    field: str
    number: int
    thumbnail: U8 | None
    accepted: bool
    saved: Saved
    edited: bool
    warnings: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class SittingView:
    """The slide and what was done to it.

    Attributes
    ----------
    version
        Goes up.
    slide
        None before the first.
    fields
        In the order in which they were taken, dropped ones included.
    history
        All steps in words; those that redo would bring back last.
    undo, redo
        What they would do, in words; None when there is nothing.
    unsaved
        Steps that are not on disk yet, or never will be.
    stain, rules
        Profiles in force; the stain profile with the confirmed thresholds.
    """

    version: int
    slide: SlideState | None
    fields: tuple[FieldCard, ...]
    history: tuple[HistoryEntry, ...]
    undo: str | None
    redo: str | None
    unsaved: int
    stain: StainProfile
    rules: RuleProfile


@dataclass(frozen=True, eq=False)
class LiveView:
    """How the live picture is analyzed.

    Attributes
    ----------
    version
        Goes up.
    continuous
        Whether the newest frame is analyzed again and again.
    presses
        Presses that have no answer yet.
    white, white_origin
        White point; None is taken from the stain profile or from each picture.
    """

    version: int
    continuous: bool
    presses: int
    white: White | None
    white_origin: str


@dataclass(frozen=True, eq=False)
class TallyView:
    """The tally of the slide.

    Attributes
    ----------
    version
        Goes up.
    tally
        Of all accepted fields.
    pending
        Accepted fields that are still being classified: while there are any, `tally` is the
        one from before.
    missing
        Accepted fields that could not be loaded again, and do not count.
    """

    version: int
    tally: Tally
    pending: int
    missing: int


@dataclass(frozen=True)
class PressHeard:
    """A press has its frame and waits for the analysis; answer: a field, or a `Trouble`."""

    press: int
    frame: int
    time_s: float


@dataclass(frozen=True)
class GestureDone:
    """What the foot did last.

    Attributes
    ----------
    switch
        Number of the switch, from 0.
    long
        Whether it was a long press.
    action
        Name of the action that it stands for; None when nothing is bound to it.
    time_s
        `time.monotonic` of the moment the switch went down.
    """

    switch: int
    long: bool
    action: str | None
    time_s: float


@dataclass(frozen=True)
class ActionAsked:
    """The pedal asked for an action that is the windows' affair, e.g. ``overlay``."""

    action: str


Latest: TypeAlias = (
    Preview
    | CameraStatus
    | PedalStatus
    | GestureDone
    | AnalysisStatus
    | Shown
    | FieldPicture
    | SittingView
    | LiveView
    | TallyView
)
"""Of each of these types only the newest matters."""
Notice: TypeAlias = Trouble | PressHeard | ActionAsked
"""Every one of these must arrive, in order."""


class Events(Protocol):
    """Where the session tells what happened; called on any of its threads.

    Both functions return at once, and call nothing of the session.
    """

    def latest(self, event: Latest) -> None:
        """Take a state: it replaces the one of the same type that was not yet looked at."""
        ...

    def notice(self, event: Notice) -> None:
        """Take something that must not be lost."""
        ...

"""What goes to the analysis thread, and what comes back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from app.live.analyzer import AnalysisSetup, Measurement
from app.model.frame import Frame
from inference.arrays import I64, U8
from inference.cells.table import CellTable
from inference.membrane.description import MembraneDescription


@dataclass(frozen=True, eq=False)
class AnalysisRequest:
    """A frame to be analyzed.

    Attributes
    ----------
    frame
        With its pixels.
    setup
        In which it is analyzed.
    press
        Number of the press of the pedal, from 1; None in continuous mode: such a result is
        shown and never counted.
    asked_s
        `time.monotonic` of the press, or when the frame was offered.
    warnings
        What was wrong with the picture at that moment, one sentence each.
    quality
        Its numbers; see `app.live.quality.PictureQuality.record`.
    """

    frame: Frame
    setup: AnalysisSetup
    press: int | None
    asked_s: float
    warnings: tuple[str, ...] = ()
    quality: Mapping[str, float | bool | None] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class FieldHistograms:
    """How often each value occurs in a field; the thresholds are drawn over it.

    Attributes
    ----------
    contrast, density
        (256,) pixels of the analysis grid by membrane contrast and by DAB density, in units of
        1/128 OD.
    """

    contrast: I64
    density: I64


@dataclass(frozen=True, eq=False)
class FieldResult:
    """A frame that was analyzed.

    Attributes
    ----------
    request
        What was asked; ``request.frame.generation`` is that of the result.
    measurement
        Free of thresholds.
    description, cells
        At the thresholds of the request's setup, without regions.
    histograms
        Of contrast and density.
    thumbnail
        Small picture of the frame.
    seconds
        Time of each step: ``waited``, ``measure``, ``describe``, ``classify``, ``histogram``.
    done_s
        `time.monotonic`.
    """

    request: AnalysisRequest
    measurement: Measurement
    description: MembraneDescription
    cells: CellTable
    histograms: FieldHistograms
    thumbnail: U8
    seconds: Mapping[str, float]
    done_s: float

    @property
    def generation(self) -> int:
        """Generation of the frame: results of an earlier one are not painted."""
        return self.request.frame.generation

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to be careful with: the picture first, then the measurement."""
        return (*self.request.warnings, *self.measurement.warnings)


@dataclass(frozen=True, eq=False)
class AnalysisFailure:
    """A frame that was not analyzed, and why: a press always has an answer.

    Attributes
    ----------
    request
        What was asked.
    text
        One line for the user.
    detail
        Traceback of an error that nobody expected, or empty.
    """

    request: AnalysisRequest
    text: str
    detail: str = ""


Outcome = FieldResult | AnalysisFailure


class AnalysisCondition(Enum):
    """What the analysis thread is doing."""

    OPENING = "starting"
    READY = "ready"
    BUSY = "analyzing"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True)
class AnalysisStatus:
    """The state of the analysis thread.

    Attributes
    ----------
    condition
        What it does.
    text
        Why it failed; else empty.
    waiting
        Presses that wait for their turn.
    """

    condition: AnalysisCondition
    text: str = ""
    waiting: int = 0

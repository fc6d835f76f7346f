"""Times taken while a script uses the windows, and the figures that they make."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from app.bench.gui_figures import Aim, Figure, GuiBenchReport, Sweep

FIELD_BUDGET_MS = 250.0
"""Of one 40x field, detector included."""
_MS = 1000.0
PICTURES = Aim(30, "median", least=True)
AGE = Aim(2)
STALL = Aim(50, "worst")
_SHOWN = Aim(50)
EYEPIECE = Aim(FIELD_BUDGET_MS + 50)
SLIDER = Aim(33)
_DARK = Aim(100)


@dataclass(frozen=True)
class LiveTimes:
    """The live picture for a while.

    Attributes
    ----------
    per_s
        Painted in each whole second.
    age_s, age_frames
        Of each picture when it was painted; in s, and in intervals of the camera.
    stalls_s
        Times for which the windows did not answer.
    """

    per_s: tuple[int, ...]
    age_s: tuple[float, ...]
    age_frames: tuple[float, ...]
    stalls_s: tuple[float, ...]

    @staticmethod
    def per_second(painted_s: Sequence[float], begun_s: float, ended_s: float) -> tuple[int, ...]:
        """Count what was painted in each whole second of a span."""
        seconds = int(ended_s - begun_s)
        places = [int(each - begun_s) for each in painted_s if each >= begun_s]
        return tuple(places.count(second) for second in range(seconds))


@dataclass(frozen=True)
class FieldTimes:
    """One press, all in s.

    Attributes
    ----------
    analysis_s
        From the frame's request to its result.
    main_s, eyepiece_s
        From the key to the overlay painted in the main window and in the eyepiece.
    heard_s
        From the key to the request.
    analyzing_stall_s, saving_stall_s
        Longest time without an answer of the windows, before the result and from then until all
        is on disk.
    """

    analysis_s: float
    main_s: float
    eyepiece_s: float
    heard_s: float
    analyzing_stall_s: float
    saving_stall_s: float


@dataclass(frozen=True)
class MoveTimes:
    """One move of a slider, in s: to its picture, and the longest stall meanwhile."""

    shown_s: float
    stall_s: float


@dataclass(frozen=True)
class DarkTimes:
    """From a motion of the stage to the dark eyepiece, in s.

    Attributes
    ----------
    from_start_s
        From the command to the stage, which then gathers speed.
    from_moved_s
        From when the tissue lay beside its overlay by more than the tolerance.
    """

    from_start_s: float
    from_moved_s: float


@dataclass
class GuiTimes:
    """All times of a run, filled in while it goes.

    Attributes
    ----------
    standing, moving
        The live picture while the stage stands, and while it moves.
    fields
        One for each press.
    moves
        Of the slider, one by one.
    sweeps, sweep_ages_s, sweep_stalls_s
        Of fast moves: what came of them, from a move to the picture of that place, stalls.
    slow, fast
        Motions of the stage, by hand and by keys.
    """

    standing: LiveTimes | None = None
    moving: LiveTimes | None = None
    fields: list[FieldTimes] = field(default_factory=list)
    moves: list[MoveTimes] = field(default_factory=list)
    sweeps: list[Sweep] = field(default_factory=list)
    sweep_ages_s: list[float] = field(default_factory=list)
    sweep_stalls_s: list[float] = field(default_factory=list)
    slow: list[DarkTimes] = field(default_factory=list)
    fast: list[DarkTimes] = field(default_factory=list)

    def report(self) -> GuiBenchReport:
        """Return the figures."""
        figures = [
            *_live("stage standing", self.standing),
            *_live("stage moving", self.moving),
            *self._of_fields(),
            *self._of_slider(),
            *_dark("20 um/s", self.slow),
            *_dark("by keys", self.fast),
        ]
        return GuiBenchReport(tuple(figures), tuple(self.sweeps), len(self.fields))

    def _of_fields(self) -> list[Figure]:
        fields = self.fields
        late_main = [each.main_s - each.heard_s - each.analysis_s for each in fields]
        late_eyepiece = [each.eyepiece_s - each.heard_s - each.analysis_s for each in fields]
        return [
            _ms("pedal to request", [each.heard_s for each in fields]),
            _ms("field's own analysis", [each.analysis_s for each in fields], Aim(FIELD_BUDGET_MS)),
            _ms("pedal to overlay, main window", [each.main_s for each in fields]),
            _ms("pedal to overlay, eyepiece", [each.eyepiece_s for each in fields], EYEPIECE),
            _ms("result to overlay, main window", late_main, _SHOWN),
            _ms("result to overlay, eyepiece", late_eyepiece, _SHOWN),
            _ms("stall during analysis", [each.analyzing_stall_s for each in fields], STALL),
            _ms("stall during showing and saving", [f.saving_stall_s for f in fields], STALL),
        ]

    def _of_slider(self) -> list[Figure]:
        return [
            _ms("slider to picture, one move", [each.shown_s for each in self.moves], SLIDER),
            _ms("slider to picture, fast sweep", self.sweep_ages_s, SLIDER),
            _ms("stall at one move", [each.stall_s for each in self.moves], STALL),
            _ms("stall in a fast sweep", self.sweep_stalls_s, STALL),
        ]


def _dark(how: str, times: list[DarkTimes]) -> list[Figure]:
    return [
        _ms(f"stage starts, {how}, to dark eyepiece", [each.from_start_s for each in times]),
        _ms(f"tissue moved, {how}, to dark eyepiece", [each.from_moved_s for each in times], _DARK),
    ]


def _live(how: str, live: LiveTimes | None) -> list[Figure]:
    if live is None:
        return []
    return [
        Figure.of(f"live pictures, {how}", "1/s", live.per_s, PICTURES),
        _ms(f"age on screen, {how}", live.age_s),
        Figure.of(f"age on screen, {how}", "frames", live.age_frames, AGE),
        _ms(f"stall, {how}", live.stalls_s or (0.0,), STALL),
    ]


def _ms(name: str, seconds: Sequence[float], aim: Aim | None = None) -> Figure:
    return Figure.of(name, "ms", [_MS * each for each in seconds], aim)

"""The program used by a script that measures how soon the windows follow."""

import time
from collections.abc import Callable, Generator, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox

from app.bench.gui_figures import GuiBenchReport, Sweep
from app.bench.gui_times import DarkTimes, FieldTimes, GuiTimes, LiveTimes, MoveTimes
from app.gui.eyepiece_placement import Place
from app.gui.gauges import (
    EyepieceGauge,
    FieldGauge,
    FrameGauge,
    PaintedField,
    StallGauge,
)
from app.gui.intents import Intent, TryThresholds
from app.gui.program import Program
from app.gui.scripted.hands import drag, hold_key, slider_path
from app.gui.scripted.running import run_scripted
from app.gui.scripted.script import Pause, Script, ScriptProblem, Until
from app.gui.scripted.sitting import PRESS_S
from app.gui.scripted.watching import Watch
from app.gui.stage_drive import DRIVE_FIELDS_S
from hardware.simulators.microscope import SimulatedMicroscope, seconds_to_move
from inference.stain.density import to_units

SLOW_UM_S = 20.0
"""As a hand turns a stage to look closely; the keys drive a third of a field in a second."""
_READY_S = 120.0
_ANALYSIS_S = 60.0
_REST_S = 0.12
_LEVEL = "weak"
_SPAN = 6
"""Units of 1/128 OD by which the slider goes away from where it was."""
_SWEEP_MOVES = 120
_SWEEP_MOVE_S = 0.004
"""As the usual mouse tells where it is: those moves that are due are made together, whether the
windows had time for the one before or not."""


class GuiBench:
    """Looks at the live picture, presses, drives away, and moves a slider.

    Parameters
    ----------
    watch
        What is seen.
    place
        Stage position (um) of a field with tumor.
    repeats
        Fields that count; a first one warms up.
    live_s
        How long the live picture is looked at, standing and then moving.
    tolerance_um
        By how much tissue may lie beside its overlay.
    say
        Gets one line for each step that was done.
    """

    def __init__(
        self,
        watch: Watch,
        place: tuple[float, float],
        repeats: int,
        live_s: float,
        tolerance_um: float,
        say: Callable[[str], None],
    ) -> None:
        self._watch = watch
        self._tolerance_um = tolerance_um
        self._place = place
        self._repeats = repeats
        self._live_s = live_s
        self._say = say
        main, second = watch.windows.main, watch.windows.second
        self._bar = main.thresholds
        self._frames = FrameGauge(main.picture)
        self._fields = FieldGauge(main.picture)
        self._eyepiece = EyepieceGauge(second.eyepiece)
        self._stalls = StallGauge(main)
        self._tries = 0
        self._bar.intent.connect(self._count)
        self._times = GuiTimes()

    def script(self) -> Script:
        """Return the whole run."""
        yield from self._begin()
        self._stalls.start()
        self._times.standing = yield from self._look(moving=False)
        self._times.moving = yield from self._look(moving=True)
        yield from self._go()
        for number in range(self._repeats + 1):
            yield from self._press(number)
            yield from self._drive_away(number)
        yield from self._press(self._repeats + 1)
        yield from self._move_slider()
        for _ in range(max(1, self._repeats // 3)):
            yield from self._sweep_slider()
        self._stalls.stop()

    @property
    def report(self) -> GuiBenchReport:
        """What was found."""
        return self._times.report()

    # The steps

    def _begin(self) -> Script:
        watch, second = self._watch, self._watch.windows.second
        yield Until(lambda: watch.preview is not None, "the first picture", _READY_S)
        box = second.settings.findChild(QComboBox, "eyepiece-display")
        assert isinstance(box, QComboBox)
        there = [n for n in range(box.count()) if box.itemData(n) is not None]
        if there:
            box.setCurrentIndex(there[0])
            yield Until(lambda: second.placement.place is Place.DISPLAY, "the eyepiece display")
        yield from self._go()

    def _go(self) -> Script:
        watch = self._watch
        watch.microscope.stage.move_to(*self._place)
        since = time.monotonic()
        yield Until(lambda: watch.stands_sharp(since), "a sharp picture that stands", _READY_S)

    def _look(self, *, moving: bool) -> Generator[Pause | Until, None, LiveTimes]:
        """Look at the live picture while the stage stands, or goes to and fro."""
        stage, frames = self._watch.microscope.stage, self._frames.frames
        begun = time.monotonic()
        frames.clear()
        way = 1.0 if moving else 0.0
        while (left_s := begun + self._live_s - time.monotonic()) > 0:
            stage.set_velocity(way * self._key_um_s, 0.0)
            yield Pause(min(left_s, 1.0))
            way = -way
        stage.set_velocity(0.0, 0.0)
        now = time.monotonic()
        per_s = LiveTimes.per_second([each.painted_s for each in frames], begun, now)
        self._say(f"stage {'moving' if moving else 'standing'}: pictures in each second {per_s}")
        return LiveTimes(
            per_s,
            tuple(each.age_s for each in frames),
            tuple(each.age_frames for each in frames),
            tuple(self._stalls.lengths_s(begun, now)),
        )

    def _press(self, number: int) -> Script:
        """Press, and wait until the field is seen in both windows and saved."""
        watch, eyepiece = self._watch, self._eyepiece
        before = len(watch.cards)
        self._fields.painted.clear()
        pressed_s = time.monotonic()
        yield from hold_key(watch.windows.main.picture, Qt.Key.Key_Space, PRESS_S, " ")
        yield Until(
            lambda: len(watch.cards) == before + 1 and watch.saved_fields() == before + 1,
            "the field, saved",
            _ANALYSIS_S,
        )
        saved_s = time.monotonic()
        yield Until(lambda: watch.tally is not None, "the tally", _ANALYSIS_S)
        yield Until(
            lambda: eyepiece.first(pressed_s, lit=True) is not None, "light in the eyepiece"
        )
        yield Pause(_REST_S)
        painted = self._fields.first(lambda each: each.asked_s >= pressed_s)
        lit_s = eyepiece.first(pressed_s, lit=True)
        if painted is None or lit_s is None:
            raise ScriptProblem("the field was analyzed and not painted")
        times = FieldTimes(
            analysis_s=painted.done_s - painted.asked_s,
            main_s=painted.painted_s - pressed_s,
            eyepiece_s=lit_s - pressed_s,
            heard_s=painted.asked_s - pressed_s,
            analyzing_stall_s=self._stalls.longest_s(pressed_s, painted.done_s),
            saving_stall_s=self._stalls.longest_s(painted.done_s, saved_s),
        )
        if number > 0:
            self._times.fields.append(times)
        self._say(
            f"field analyzed in {1000 * times.analysis_s:.0f} ms; from the pedal, main window "
            f"{1000 * times.main_s:.0f} ms, eyepiece {1000 * times.eyepiece_s:.0f} ms"
        )

    def _drive_away(self, number: int) -> Script:
        """Set the stage in motion, wait until the eyepiece is dark, and go back."""
        stage, eyepiece = self._watch.microscope.stage, self._eyepiece
        slow = number % 2 == 0
        speed_um_s = SLOW_UM_S if slow else self._key_um_s
        begun = time.monotonic()
        stage.set_velocity(speed_um_s, 0.0)
        yield Until(lambda: eyepiece.first(begun, lit=False) is not None, "a dark eyepiece", 5.0)
        dark_s = eyepiece.first(begun, lit=False)
        assert dark_s is not None
        if number > 0:
            times = self._times.slow if slow else self._times.fast
            away_s = seconds_to_move(self._tolerance_um, speed_um_s)
            times.append(DarkTimes(dark_s - begun, dark_s - begun - away_s))
        how = f"{SLOW_UM_S:g} um/s" if slow else "by keys"
        self._say(f"eyepiece dark {1000 * (dark_s - begun):.0f} ms after the start ({how})")
        yield Pause(_REST_S)
        yield from self._go()

    def _move_slider(self) -> Script:
        """Move a threshold step by step, each time waiting for its picture."""
        plot = self._bar.plots[_LEVEL]
        for number in range(3 * self._repeats + 1):
            self._fields.painted.clear()
            moved_s = time.monotonic()
            plot.step(-1 if number % (2 * _SPAN) < _SPAN else 1)
            yield Until(self._slider_shown, "the picture of the threshold", _ANALYSIS_S)
            shown_s = self._fields.painted[-1].painted_s
            yield Pause(_REST_S)
            if number > 0:
                stall_s = self._stalls.longest_s(moved_s, time.monotonic())
                self._times.moves.append(MoveTimes(shown_s - moved_s, stall_s))
        shown = [1000 * each.shown_s for each in self._times.moves]
        self._say(f"slider to picture: {min(shown):.0f} to {max(shown):.0f} ms")
        yield from self._reset()

    def _sweep_slider(self) -> Script:
        """Drag the slider as fast as the script can, and look what is seen of it."""
        slider, painted = self._bar.plots[_LEVEL].slider, self._fields.painted
        start = slider.value()
        values = [start - abs(n % (2 * _SPAN) - _SPAN) for n in range(_SWEEP_MOVES)]
        when: list[tuple[float, int]] = []

        def note(units: int) -> None:
            when.append((time.monotonic(), units))

        begun, self._tries = time.monotonic(), 0
        painted.clear()
        slider.valueChanged.connect(note)
        yield from _at_its_rate(drag(slider, slider_path(slider, values), 0.0), _SWEEP_MOVE_S)
        yield Until(self._slider_shown, "the last place of the slider", _ANALYSIS_S)
        yield Pause(_REST_S)
        slider.valueChanged.disconnect(note)
        stall_s = self._stalls.longest_s(begun, time.monotonic())
        sweep = Sweep(len(when), self._tries, len(painted), self._slider_shown())
        self._times.sweeps.append(sweep)
        self._times.sweep_ages_s += _ages_s(when, painted)
        self._times.sweep_stalls_s.append(stall_s)
        self._say(
            f"fast sweep: {sweep.moves} moves, classified {sweep.classified} times, "
            f"{sweep.pictures} pictures, the last one {'right' if sweep.last_wins else 'wrong'}"
        )
        yield from self._reset()

    def _reset(self) -> Script:
        self._bar.reset()
        yield Until(lambda: not self._bar.dirty, "the threshold as before")
        yield Pause(_REST_S)

    # What is seen

    @property
    def _key_um_s(self) -> float:
        preview = self._watch.preview
        assert preview is not None and preview.objective is not None
        um_per_px = preview.objective.um_per_px
        return DRIVE_FIELDS_S * preview.field_width_px * (um_per_px or 0.0)

    def _slider_shown(self) -> bool:
        painted = self._fields.painted
        return bool(painted) and _units(painted[-1]) == self._bar.plots[_LEVEL].threshold

    def _count(self, intent: Intent) -> None:
        self._tries += isinstance(intent, TryThresholds)


def _units(painted: PaintedField) -> int:
    return to_units(painted.thresholds_od[_LEVEL])


def _at_its_rate(moves: Script, move_s: float) -> Script:
    """Make one move after the other, each when its time has come, however late it is by then."""
    begun = time.monotonic()
    for number, _ in enumerate(moves):
        while time.monotonic() < begun + number * move_s:
            yield Pause(0.0)


def _ages_s(when: Sequence[tuple[float, int]], painted: Sequence[PaintedField]) -> list[float]:
    """Return for each picture how long before it the slider came to its place."""
    ages = []
    for each in painted:
        units = _units(each)
        moved = [at for at, to in when if to == units and at <= each.painted_s]
        if moved:
            ages.append(each.painted_s - moved[-1])
    return ages


def run_gui_bench(
    program: Program,
    microscope: SimulatedMicroscope,
    repeats: int,
    live_s: float,
    say: Callable[[str], None],
) -> GuiBenchReport:
    """Measure the windows of a program; parameters as of `GuiBench`.

    Raises
    ------
    ScriptProblem
        A step did not have its effect.
    """
    (place,) = microscope.find_tumor(1)
    made: list[GuiBench] = []

    def script(watch: Watch) -> Script:
        tolerance_um = program.settings.live.motion_tolerance_um
        made.append(GuiBench(watch, place, repeats, live_s, tolerance_um, say))
        return made[0].script()

    run_scripted(program, microscope, script)
    return made[0].report

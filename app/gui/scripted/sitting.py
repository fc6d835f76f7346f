"""A whole sitting as a script: drive, focus, five fields, thresholds, a region, corrections."""

import time
from collections.abc import Callable, Sequence

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QComboBox

from app.gui.eyepiece_placement import Place
from app.gui.field_strip import FieldThumb
from app.gui.scripted.hands import (
    click,
    drag,
    hold_key,
    slider_path,
    turn_wheel,
)
from app.gui.scripted.pictures import Screenshots
from app.gui.scripted.script import Pause, Script, ScriptProblem, Until
from app.gui.scripted.watching import Watch
from app.live.freshness import Darkness
from app.model.tally import Tally
from app.session.events import ShownField
from inference.cells.classes import CellClass
from inference.scoring.counts import SYMBOLS
from inference.stain.density import from_units, to_units

PRESS_S = 0.15
"""How long the foot stays down."""
_READY_S = 120.0
"""Tissue that is made ready takes seconds, and on a busy computer many."""
_ANALYSIS_S = 60.0
_DEFOCUS_NOTCHES = 8
_SWEEP, _RAISE = 6, 2
"""Units of 1/128 OD by which the threshold is lowered for a look, and raised for all fields."""
_REGION_SHARE = 0.16
"""Radius of the region that is drawn, as a part of the field."""


class ScriptedSitting:
    """The steps, each of which looks whether it had its effect.

    Parameters
    ----------
    watch
        What is seen.
    places
        Stage positions (um) of the fields.
    pictures
        Takes the screenshots.
    say
        Gets one line for each step that was done.
    """

    def __init__(
        self,
        watch: Watch,
        places: Sequence[tuple[float, float]],
        pictures: Screenshots,
        say: Callable[[str], None],
    ) -> None:
        self._watch = watch
        self._places = places
        self._pictures = pictures
        self._say = say
        self._last: Tally | None = None

    @property
    def result(self) -> Tally:
        """The tally of the finished slide.

        Raises
        ------
        ScriptProblem
            The slide is not finished.
        """
        if self._last is None:
            raise ScriptProblem("the sitting did not come to its end")
        return self._last

    def script(self) -> Script:
        """Return the whole sitting."""
        yield from self._begin()
        yield from self._drive()
        for number, place in enumerate(self._places, start=1):
            yield from self.go(place)
            if number == 1:
                yield from self._focus()
            yield from self.press(number)
            if number == 1:
                yield from self._look_into_the_eyepiece()
        yield from self._pool()
        yield from self._move_threshold()
        yield from self._open_last_field()
        yield from self._exclude_region()
        yield from self._correct_cells()
        yield from self._finish()

    # The steps

    def _begin(self) -> Script:
        watch = self._watch
        begun_s = time.monotonic()
        yield Until(lambda: watch.preview is not None, "the first picture", _READY_S)
        self._say(f"first picture after {time.monotonic() - begun_s:.1f} s")
        second = watch.windows.second
        box = second.settings.findChild(QComboBox, "eyepiece-display")
        assert isinstance(box, QComboBox)
        there = [n for n in range(box.count()) if box.itemData(n) is not None]
        if there:
            box.setCurrentIndex(there[0])
            yield Until(lambda: second.placement.place is Place.DISPLAY, "the eyepiece display")
            self._say(f"eyepiece on the display {box.currentText()}")

    def _drive(self) -> Script:
        watch, picture = self._watch, self._watch.windows.main.picture
        preview = watch.preview
        assert preview is not None
        before, since = watch.microscope.stage.position, preview.still_since
        yield from hold_key(picture, Qt.Key.Key_Right, 1.0)
        yield Until(lambda: _still_since(watch) > since, "a picture that moved")
        yield Pause(0.5)
        way = watch.microscope.stage.position.x_um - before.x_um
        if way < 1.0:
            raise ScriptProblem("the stage did not move while its key was held")
        self._say(f"drove {way:.0f} um with the key")

    def go(self, place: tuple[float, float]) -> Script:
        """Drive to a field, and wait until it is seen sharp and still."""
        self._watch.microscope.stage.move_to(*place)
        yield Pause(0.1)
        since = time.monotonic()
        yield Until(
            lambda: self._watch.stands_sharp(since), "a sharp picture that stands still", _READY_S
        )

    def _focus(self) -> Script:
        watch, picture = self._watch, self._watch.windows.main.picture
        sharp = _focus_of(watch)
        control = Qt.KeyboardModifier.ControlModifier
        turn_wheel(picture, _DEFOCUS_NOTCHES, control)
        yield Until(lambda: _focus_of(watch) < 0.7 * sharp, "a blurred picture")
        blurred = _focus_of(watch)
        yield Pause(0.4)
        self._pictures.take("out-of-focus")
        turn_wheel(picture, -_DEFOCUS_NOTCHES, control)
        yield Until(lambda: _focus_of(watch) > 0.9 * sharp, "a focused picture")
        self._say(f"focused: sharpness {sharp:.2f}, out of focus {blurred:.2f}")
        since = time.monotonic()
        yield Until(lambda: watch.stands_sharp(since), "a sharp picture that stands still")

    def press(self, number: int) -> Script:
        """Press the pedal, and wait until the field is saved and counted."""
        watch = self._watch
        before = len(watch.cards)
        pressed_s = time.monotonic()
        yield from hold_key(watch.windows.main.picture, Qt.Key.Key_Space, PRESS_S, " ")
        yield Until(
            lambda: len(watch.cards) == before + 1 and watch.saved_fields() == before + 1,
            f"field {number}, saved",
            _ANALYSIS_S,
        )
        saved_s = time.monotonic()
        yield Until(lambda: watch.tally is not None, "the tally with the field", _ANALYSIS_S)
        tally = watch.tally
        assert tally is not None
        if len(tally.fields) != before + 1:
            raise ScriptProblem(f"the tally has {len(tally.fields)} fields after {before + 1}")
        cells = tally.fields[-1].edited.counts.total
        if cells == 0:
            raise ScriptProblem(f"field {number} has no cells")
        self._say(
            f"field {number}: {cells} cells, saved {saved_s - pressed_s:.2f} s after the press; "
            f"proposed {tally.edited.score}"
        )

    def _look_into_the_eyepiece(self) -> Script:
        windows = self._watch.windows
        eyepiece, picture = windows.second.eyepiece, windows.main.picture
        yield Until(lambda: eyepiece.shows_overlay, "the overlay in the eyepiece")
        yield Pause(0.1)
        self._pictures.take("field")
        self._watch.microscope.stage.move_by(40.0, 0.0)
        # Dark for the move, and not because a picture came late: that would light up again.
        yield Until(
            lambda: picture.verdict.dark is Darkness.MOVED and not eyepiece.shows_overlay,
            "a dark eyepiece after a move",
        )
        yield Pause(0.3)
        self._pictures.take("moved")
        self._say("eyepiece shows the overlay, and goes dark when the slide moves")

    def _pool(self) -> Script:
        yield Until(lambda: self._watch.tally is not None, "the tally")
        yield Pause(0.1)
        self._pictures.take("five-fields")

    def _move_threshold(self) -> Script:
        watch = self._watch
        bar = watch.windows.main.thresholds
        yield from self._open(watch.cards[-1].field)
        before, fields = watch.counts(), _class_counts(watch)
        slider = bar.plots["weak"].slider
        value = slider.value()
        yield from drag(slider, slider_path(slider, range(value - 1, value - _SWEEP - 1, -1)))
        yield Until(lambda: bar.dirty, "the thresholds that are tried")
        yield Until(lambda: _weak_units(watch) == slider.value(), "the threshold of the slider")
        if sum(fields[1:]) and _class_counts(watch) == fields:
            raise ScriptProblem("the classes of the field did not follow the slider")
        self._pictures.take("threshold")
        wanted = value + _RAISE
        yield from drag(slider, slider_path(slider, range(slider.value() + 1, wanted + 1)))
        yield Until(lambda: _weak_units(watch) == wanted, "the threshold where it is to stay")
        if watch.counts() != before:
            raise ScriptProblem("the slide changed before the thresholds were confirmed")
        # Where nothing is stained, nothing can change.
        changed = _class_counts(watch) != fields
        yield from click(watch.button("confirm-thresholds"))
        yield Until(lambda: not bar.dirty, "the confirmed thresholds")
        yield Until(lambda: watch.counts() not in ((), before if changed else ()), "the new tally")
        self._say(f"raised t_weak to {from_units(wanted):.3f} OD: {_words(before, watch)}")
        # What the slide scores must come of its stain profile, not of what was tried here.
        raised = watch.counts()
        yield from click(watch.button("reset-thresholds"))
        yield Until(lambda: _weak_units(watch) == value, "the threshold of the stain profile")
        yield Until(lambda: watch.counts() == before, "the tally as before")
        self._say(f"put t_weak back to {from_units(value):.3f} OD: {_words(raised, watch)}")

    def _open_last_field(self) -> Script:
        yield from self._open(self._watch.cards[-1].field)

    def _open(self, field: str) -> Script:
        watch = self._watch
        if watch.shown is not None and watch.shown.stored and watch.shown.field == field:
            return
        thumbs = watch.windows.main.strip.findChildren(FieldThumb)
        thumb = next(each for each in thumbs if each.words[0].startswith(_number(watch, field)))
        yield from click(thumb)
        yield Until(
            lambda: watch.shown is not None and watch.shown.stored and watch.shown.field == field,
            "the opened field",
        )

    def _exclude_region(self) -> Script:
        watch, picture = self._watch, self._watch.windows.main.picture
        shown = _editable(watch)
        counted = int(shown.cells.edited.counted.sum())
        center, radius = _crowded(shown)
        angles = np.linspace(0, 2 * np.pi, 25)
        outline = [
            watch.place(center[0] + radius * np.cos(a), center[1] + radius * np.sin(a))
            for a in angles
        ]
        yield from click(watch.button("tool-lasso"))
        yield from drag(picture, outline)
        yield Until(lambda: watch.offers("exclude: artifact"), "the question about the area")
        yield from click(watch.choice("exclude: artifact"))
        yield Until(lambda: len(_editable(watch).regions) == 1, "the region")
        cells = _editable(watch).cells.edited
        left = int(cells.counted.sum())
        inside = np.hypot(*(cells.xy_px - center).T) < 0.97 * radius
        if not left < counted or cells.counted[inside].any():
            raise ScriptProblem(f"the region excludes nothing: {counted} cells, then {left}")
        yield from click(watch.button("tool-select"))
        self._say(f"drew a region around {counted - left} cells: {counted} cells, then {left}")

    def _correct_cells(self) -> Script:
        watch, picture = self._watch, self._watch.windows.main.picture
        shown = _editable(watch)
        first, second = _apart(shown)
        now = CellClass(int(shown.cells.edited.cell_class[first]))
        other = next(each for each in CellClass if each != now)
        before = watch.counts()
        yield from click(picture, _at(watch, shown, first))
        yield Until(lambda: watch.offers(other.label), "the question about the cell")
        yield from click(watch.choice(other.label))
        yield Until(
            lambda: int(_editable(watch).cells.edited.cell_class[first]) == int(other),
            "the other class of the cell",
        )
        yield Until(lambda: watch.counts() not in ((), before), "the corrected count")
        self._say(f"changed a cell from {now.label} to {other.label}: {_words(before, watch)}")
        before = watch.counts()
        yield from click(picture, _at(watch, shown, second))
        yield Until(lambda: watch.offers("delete"), "the question about the second cell")
        yield from click(watch.choice("delete"))
        yield Until(lambda: bool(_editable(watch).cells.deleted[second]), "the deleted cell")
        yield Until(lambda: watch.counts() not in ((), before), "the count without the cell")
        after = watch.counts()
        if sum(after) != sum(before) - 1:
            raise ScriptProblem(f"one cell was deleted, and {sum(before)} became {sum(after)}")
        self._say(f"deleted a cell: {_words(before, watch)}")
        yield from click(watch.button("undo"))
        yield Until(lambda: not _editable(watch).cells.deleted[second], "the cell back again")
        yield Until(lambda: watch.counts() == before, "the count as before")
        self._say(f"undid that: {_words(after, watch)}")
        yield Pause(0.3)
        self._pictures.take("corrected")

    def _finish(self) -> Script:
        watch = self._watch
        yield from click(watch.button("live", watch.windows.main.strip))
        yield Until(lambda: not watch.windows.main.picture.stored, "the live picture")
        finish = watch.button("finish-slide", watch.windows.main.tally)
        yield Until(finish.isEnabled, "a slide that can be finished", _ANALYSIS_S)
        yield from click(finish)
        yield Until(lambda: watch.finished, "the finished slide")
        yield Until(watch.all_saved, "all steps on disk", _ANALYSIS_S)
        self._last = watch.tally
        yield Pause(0.3)
        self._pictures.take("finished")
        self._say("finished the slide; everything is saved")


def _still_since(watch: Watch) -> int:
    return watch.preview.still_since if watch.preview is not None else -1


def _focus_of(watch: Watch) -> float:
    preview = watch.preview
    return preview.focus if preview is not None and preview.focus is not None else 0.0


def _editable(watch: Watch) -> ShownField:
    shown = watch.shown
    if shown is None or shown.field is None:
        raise ScriptProblem("no field is shown that can be edited")
    return shown


def _class_counts(watch: Watch) -> tuple[int, ...]:
    cells = _editable(watch).cells.edited
    return tuple(np.bincount(cells.cell_class[cells.counted], minlength=len(CellClass)).tolist())


def _weak_units(watch: Watch) -> int:
    return to_units(_editable(watch).thresholds_od["weak"])


def _number(watch: Watch, field: str) -> str:
    return str(next(card.number for card in watch.cards if card.field == field))


def _words(before: tuple[int, ...], watch: Watch) -> str:
    after = watch.counts()
    pairs = [
        f"{symbol} {a} to {b}"
        for symbol, a, b in zip(SYMBOLS, before, after, strict=True)
        if a != b
    ]
    return f"{sum(after)} cells in the slide; {', '.join(pairs) or 'no class changed'}"


def _crowded(shown: ShownField) -> tuple[np.ndarray, float]:
    """Return middle and radius of a circle in the field that holds many cells."""
    radius = _REGION_SHARE * min(shown.width_px, shown.height_px)
    xy = shown.cells.edited.xy_px[shown.cells.edited.counted]
    size = np.array([shown.width_px, shown.height_px])
    centers = [size * np.array([x, y]) for x in (0.3, 0.5, 0.7) for y in (0.3, 0.5, 0.7)]
    return max(centers, key=lambda c: int((np.hypot(*(xy - c).T) < radius).sum())), radius


def _apart(shown: ShownField) -> tuple[int, int]:
    """Return two counted cells, well inside the view, that a click cannot mistake."""
    cells = shown.cells.edited
    xy = cells.xy_px.astype(float)
    size = np.array([shown.width_px, shown.height_px])
    inner = ((xy > 0.1 * size) & (xy < 0.9 * size)).all(axis=1) & cells.counted
    rows = np.flatnonzero(inner)
    gaps = [np.partition(np.hypot(*(xy - xy[row]).T), 1)[1] for row in rows]
    best = rows[np.argsort(gaps)[::-1][:2]]
    if len(best) < 2:
        raise ScriptProblem("the field has too few cells to correct two")
    return int(best[0]), int(best[1])


def _at(watch: Watch, shown: ShownField, row: int) -> QPointF:
    return watch.place(*(float(v) for v in shown.cells.edited.xy_px[row]))

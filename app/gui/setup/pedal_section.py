"""Which pedal: looked for, learned switch by switch, and tried."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.devices.pedal_check import PedalCheck, check_pedal
from app.devices.pedal_learning import (
    BytesLesson,
    HidLesson,
    LearnNews,
    Lesson,
    LinesLesson,
    learn_pedal,
    lesson_words,
)
from app.devices.station import StationProblem
from app.gui.background import Tell
from app.gui.controls import label
from app.gui.setup.form import add_row, form
from app.gui.setup.section import Section
from app.gui.theme import GRID
from hardware.extras import install_command
from hardware.listing import Listing
from hardware.pedal import Pedal, PedalError, PedalEvent
from hardware.pedals.hid import HidPlace
from hardware.pedals.kinds import PEDAL_KINDS, PedalKind, make_pedal
from hardware.pedals.listing import ListedPedals, list_hid_pedals, list_serial_ports

TRIAL_S = 30.0
_PLACES = {
    "hid": "vendor:product, four digits each, e.g. 0c45:7403",
    "serial-bytes": "port, e.g. /dev/ttyUSB0 or COM3",
    "serial-lines": "port, e.g. /dev/ttyUSB0 or COM3",
}
_KEYS = "It types keys: they are learned on the page of the pedal (F3)."
_OPEN = "Only the port that you name is opened: the first one of a computer may be a console."


@dataclass(frozen=True)
class _Heard:
    """A press or a release, for the page."""

    text: str


class PedalSection(Section):
    """The pedal of a station; without one keys serve.

    Parameters
    ----------
    make_lesson
        Makes what learns a pedal of a kind at a place; a test may put its own here.
    """

    def __init__(
        self,
        parent: QWidget | None = None,
        make_lesson: Callable[[str, str], Lesson] | None = None,
    ) -> None:
        super().__init__("pedal", parent)
        self._make_lesson = make_lesson or lesson_for
        self._enough = threading.Event()
        self._record: dict[str, Any] | None = None
        self._kind, self._place = QComboBox(), QComboBox()
        self._kind.setAccessibleName("Kind of the pedal")
        for kind in PEDAL_KINDS:
            missing = "" if kind.installed else " (not installed)"
            self._kind.addItem(f"{kind.text}{missing}", kind.key)
        self._kind.activated.connect(self._choose_kind)
        self._place.setEditable(True)
        self._place.setAccessibleName("Device of the pedal")
        self._place.activated.connect(self._choose_listed)
        self._place.editTextChanged.connect(lambda _: self._forget())
        self._look = QPushButton("Look for pedals")
        self._look.setToolTip("Lists known pedals and ports; nothing is opened")
        self._look.clicked.connect(self._look_around)
        self._learn = QPushButton("Learn")
        self._learn.setToolTip("Opens the pedal; press its switches one after the other")
        self._learn.clicked.connect(self._learn_or_done)
        self._try.setToolTip("Opens the pedal and shows what is pressed")
        self._try.clicked.connect(self._try_or_stop)
        self._known = label("", "strong", wrap=True)
        self._lay_out()
        self._show_kind()

    def record(self) -> dict[str, Any] | None:
        """Return the pedal as a station keeps it; None for one that types keys.

        Raises
        ------
        StationProblem
            Its switches are not known; one line.
        """
        kind = self._chosen_kind()
        if kind.key == "keyboard":
            return None
        if kind.key == "simulated":
            return {"kind": "simulated"}
        if self._record is None:
            raise StationProblem("the switches of the pedal are not known: choose one, or Learn")
        try:
            make_pedal(self._record)
        except PedalError as problem:
            raise StationProblem(str(problem)) from problem
        return self._record

    def set_record(self, record: dict[str, Any] | None) -> None:
        """Show another pedal, closing one that is tried."""
        self.stop()
        key = "keyboard" if record is None else str(record.get("kind", "keyboard"))
        self._kind.setCurrentIndex(max(0, self._kind.findData(key)))
        with QSignalBlocker(self._place):
            self._place.clear()
            self._place.setEditText("" if record is None else _place_of(record))
        self._record = record
        self._show_kind()

    def set_in_use(self, *, used: bool) -> None:
        """Say that the pedal belongs to a sitting, which has it open."""
        self._in_use = used
        self._show_kind()

    def stop(self) -> None:
        """End what listens, and wait until the pedal is closed."""
        self._enough.set()
        self._background.close()
        self._rest()

    # What is done

    def _chosen_kind(self) -> PedalKind:
        return next(kind for kind in PEDAL_KINDS if kind.key == self._kind.currentData())

    def _choose_kind(self) -> None:
        self.stop()
        self._record = None
        with QSignalBlocker(self._place):
            self._place.clear()
        self._show_kind()
        self.changed.emit()

    def _show_kind(self) -> None:
        kind = self._chosen_kind()
        for each in (self._place, self._look):
            each.setEnabled(self._real)
        self._rest()
        line = self._place.lineEdit()
        if line is not None:
            line.setPlaceholderText(_PLACES.get(kind.key, ""))
        if kind.key == "keyboard":
            self._say(_KEYS)
        elif not kind.installed:
            command = install_command(kind.extra)
            self._say(f"Its driver is not installed: {command} brings it.", "warning")
        elif kind.key.startswith("serial"):
            self._say(_OPEN)
        else:
            self._say("")
        self._show_known()

    def _show_known(self) -> None:
        self._known.setText("" if self._record is None else record_words(self._record))
        self._known.setVisible(bool(self._known.text()))

    def _forget(self) -> None:
        """Forget what was learned of the device that was named before."""
        self._record = None
        self._show_known()
        self.changed.emit()

    def _look_around(self) -> None:
        self._say("Looking …")
        if self._chosen_kind().key == "hid":
            self._background.start(lambda _: list_hid_pedals(), self._show_pedals, self._fail)
        else:
            self._background.start(lambda _: list_serial_ports(), self._show_ports, self._fail)

    def _show_ports(self, found: object) -> None:
        assert isinstance(found, Listing)
        rows: list[tuple[str, dict[str, Any] | None]] = [(d.address, None) for d in found.devices]
        self._show_listed(rows, "port", found.problem)

    def _show_pedals(self, found: object) -> None:
        assert isinstance(found, ListedPedals)
        known = [p for p in found.pedals if p.record is not None]
        rows = [(f"{p.vendor:04x}:{p.product:04x}  ({p.text})", p.record) for p in known]
        self._show_listed(rows, "known pedal", found.problem)

    def _show_listed(
        self, rows: list[tuple[str, dict[str, Any] | None]], what: str, problem: str
    ) -> None:
        if problem:
            self._say(problem, "failure")
            return
        with QSignalBlocker(self._place):
            before = self._place.currentText()
            self._place.clear()
            for text, record in rows:
                self._place.addItem(text, record)
            self._place.setEditText(before)
        count = len(rows)
        listed = f"{count} {what}{'s' if count != 1 else ''} listed" if count else "None is listed"
        self._say(f"{listed}; choose one, or name it.")

    def _choose_listed(self, at: int) -> None:
        self._record = self._place.itemData(at)
        self._show_known()
        self.changed.emit()

    def _learn_or_done(self) -> None:
        if self._background.busy:
            self._enough.set()
            return
        try:
            lesson = self._make_lesson(self._chosen_kind().key, self._place.currentText())
        except (PedalError, StationProblem) as problem:
            self._say(str(problem), "failure")
            return
        enough = self._enough = threading.Event()
        self._learn.setText("Done")
        self._try.setEnabled(False)
        self._background.start(
            lambda tell: learn_pedal(lesson, tell, enough),
            self._show_learned,
            self._fail,
            told=self._show_news,
        )

    def _show_news(self, news: object) -> None:
        assert isinstance(news, LearnNews)
        self._say(lesson_words(news), "warning" if news.trouble else "quiet")

    def _show_learned(self, record: object) -> None:
        assert isinstance(record, dict)
        self._record = record
        self._rest()
        self._show_known()
        self._say("Learned; Try shows whether it is right.", "good")
        self.changed.emit()

    def _try_or_stop(self) -> None:
        if self._background.busy:
            self._background.stop()
            return
        try:
            record = self.record()
            assert record is not None
            pedal = make_pedal(record)
        except (PedalError, StationProblem) as problem:
            self._say(str(problem), "failure")
            return
        self._try.setText("Stop")
        self._learn.setEnabled(False)
        self._background.start(
            lambda tell: _trial(pedal, tell),
            self._show_end,
            self._fail,
            told=self._show_heard,
            stopped=lambda: self._end("Stopped; the pedal is closed."),
        )

    def _show_heard(self, heard: object) -> None:
        if isinstance(heard, _Heard):
            self._say(heard.text, "good")

    def _show_end(self, check: object) -> None:
        assert isinstance(check, PedalCheck)
        over = "Half a minute is over; the pedal is closed."
        self._end(check.problem or over, "failure" if check.problem else "quiet")

    def _rest(self) -> None:
        super()._rest()
        self._learn.setText("Learn")
        for each in (self._learn, self._try):
            each.setEnabled(self._real and not self._in_use)

    @property
    def _real(self) -> bool:
        """Whether there is something to be opened."""
        kind = self._chosen_kind()
        return kind.key in _PLACES and kind.installed

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(GRID)
        for each in (self._look, self._learn, self._try):
            buttons.addWidget(each)
        buttons.addStretch(1)
        words = QVBoxLayout()
        words.setSpacing(GRID // 2)
        words.addWidget(self._known)
        words.addWidget(self._says)
        grid = form()
        add_row(grid, "Kind", self._kind)
        add_row(grid, "Device", self._place)
        add_row(grid, "", buttons)
        add_row(grid, "", words)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(grid)


def lesson_for(kind: str, place: str) -> Lesson:
    """Return what learns a pedal.

    Raises
    ------
    StationProblem, PedalError
        The place is none, or the driver is missing; one line.
    """
    name = place.split("  (", maxsplit=1)[0].strip()
    if not name:
        raise StationProblem(f"name the device first: {_PLACES[kind]}")
    if kind == "serial-bytes":
        return BytesLesson(name)
    if kind == "serial-lines":
        return LinesLesson(name)
    vendor, _, product = name.partition(":")
    try:
        return HidLesson(HidPlace(int(vendor, 16), int(product, 16)))
    except ValueError:
        raise StationProblem(f"{name!r} is no HID device: {_PLACES['hid']}") from None


def record_words(record: dict[str, Any]) -> str:
    """Return what is known of a pedal, for the user."""
    count = len(record.get("switches", ()))
    where = record.get("label") or _place_of(record)
    return f"{where}: {count} switch{'es' if count != 1 else ''} known"


def _place_of(record: dict[str, Any]) -> str:
    if "vendor" in record and "product" in record:
        return f"{int(record['vendor']):04x}:{int(record['product']):04x}"
    return str(record.get("port", ""))


def _trial(pedal: Pedal, tell: Tell) -> PedalCheck:
    down_s: dict[int, float] = {}

    def heard(_check: PedalCheck, event: PedalEvent) -> None:
        number = event.switch + 1
        if event.down:
            down_s[event.switch] = event.time_s
            tell(_Heard(f"Switch {number} is down"))
            return
        begun_s = down_s.pop(event.switch, None)
        held = "" if begun_s is None else f" after {1000 * (event.time_s - begun_s):.0f} ms"
        tell(_Heard(f"Switch {number} was let go{held}"))

    return check_pedal(
        pedal,
        TRIAL_S,
        lambda _check: tell(_Heard("Press a switch now")),
        heard,
        lambda: tell(None),
    )

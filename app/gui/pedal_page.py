"""The switches of the pedal: learned, bound to actions, and tried."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.gui.actions import KeyMap, KeyRefused
from app.gui.controls import label, rule, set_role
from app.gui.key_learning import KeyLearner
from app.gui.pedal_setup import (
    ANALYZE,
    LONG_ACTIONS,
    SHORT_ACTIONS,
    PedalSetup,
    Switch,
    action_text,
)
from app.gui.theme import GRID
from app.session.events import GestureDone
from app.settings import MOST_SWITCHES

_LONG_PRESSES_S = (0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.5, 2.0)
_KEY = "KEY"
_HEADS = ("SWITCH", _KEY, "SHORT PRESS", "LONG PRESS")
_ABOUT = "Click the key of a switch, then press the switch. Changes hold at once."
_ABOUT_DEVICE = "The switches are those that were learned (Shift+F3). Press to try them."
_NOTHING_YET = "Press a switch"


class SwitchRow(QObject):
    """The controls of one switch.

    Parameters
    ----------
    typed
        Whether the switch types a key, and may be one that the pedal has not.
    """

    def __init__(self, number: int, grid: QGridLayout, parent: QWidget, *, typed: bool) -> None:
        super().__init__(parent)
        self.name = label(str(number + 1), "strong")
        self.key = QPushButton()
        self.key.setCheckable(True)
        self.key.setFixedWidth(14 * GRID)
        self.key.setToolTip("Click, then press the switch: its key is learned")
        self.short, self.long = QComboBox(), QComboBox()
        for box, press in ((self.short, "short"), (self.long, "long")):
            box.setAccessibleName(f"Switch {number + 1}, {press} press")
            box.setToolTip(f"What a {press} press of this switch does")
        self.remove = QPushButton("Remove")
        self.remove.setProperty("role", "flat")
        self.remove.setToolTip("The pedal has no such switch")
        self.key.setAccessibleName(f"Key of switch {number + 1}")
        self.remove.setAccessibleName(f"Remove switch {number + 1}")
        self._typed = (self.key, self.remove) if typed else ()
        for part in () if typed else (self.key, self.remove):
            part.setParent(parent)
            part.hide()
        self._parts = (self.name, self.short, self.long, *self._typed)
        columns = {self.name: 0, self.key: 1, self.short: 2, self.long: 3, self.remove: 4}
        for part in self._parts:
            grid.addWidget(part, number + 1, columns[part])

    def show_switch(self, switch: Switch | None) -> None:
        """Show a switch; None hides the row."""
        for part in self._parts:
            part.setVisible(switch is not None)
        if switch is not None:
            self.key.setText(switch.key)
            _fill(self.short, SHORT_ACTIONS, switch.short)
            _fill(self.long, LONG_ACTIONS, switch.long)


class PedalPage(QWidget):
    """Shows a `PedalSetup`, says every change, and what the foot did last.

    Parameters
    ----------
    setup, keys
        The switches, and the keys of all actions, which the switches must leave alone.
    """

    changed = Signal(object)
    """The new `PedalSetup`."""

    def __init__(self, setup: PedalSetup, keys: KeyMap, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Pedal")
        self._setup, self._keys = setup, keys
        self._done: GestureDone | None = None
        self._held: tuple[int, float, float] | None = None
        self._learns = 0
        self._learner = KeyLearner(self)
        self._learner.learned.connect(self._take_key)
        grid = QGridLayout()
        grid.setHorizontalSpacing(GRID)
        grid.setVerticalSpacing(GRID)
        grid.setColumnStretch(2, 1)
        grid.setColumnStretch(3, 1)
        typed = setup.typed
        for column, head in enumerate(_HEADS):
            if typed or head != _KEY:
                grid.addWidget(label(head, "head"), 0, column)
        count = MOST_SWITCHES if typed else len(setup.switches)
        self._rows = [SwitchRow(number, grid, self, typed=typed) for number in range(count)]
        for number, row in enumerate(self._rows):
            row.key.clicked.connect(lambda _=False, it=number: self._learn(it))
            row.short.activated.connect(lambda _, it=number: self._take_short(it))
            row.long.activated.connect(lambda _, it=number: self._take_long(it))
            row.remove.clicked.connect(lambda _=False, it=number: self._remove(it))
        self._add = QPushButton("Add a switch")
        self._add.setCheckable(True)
        self._add.setToolTip("Click, then press the switch: its key is learned")
        self._add.clicked.connect(lambda: self._learn(len(self._setup.switches)))
        if not typed:
            self._add.hide()
        self._long_press = QComboBox()
        self._long_press.setAccessibleName("Time of a long press")
        self._long_press.setToolTip("How long the foot must stay down for a long press")
        self._long_press.activated.connect(self._take_long_press)
        self._says = label("", "quiet", wrap=True)
        self._tried = label(_NOTHING_YET, "strong", wrap=True)
        self._hint = label("", "quiet", wrap=True)
        self._lay_out(grid)
        self.set_setup(setup, keys)
        self._say(_ABOUT if typed else _ABOUT_DEVICE)

    @property
    def says(self) -> str:
        """The line below the switches."""
        return self._says.text()

    @property
    def tried(self) -> str:
        """What the foot did last."""
        return self._tried.text()

    def set_setup(self, setup: PedalSetup, keys: KeyMap) -> None:
        """Show other switches, or the same beside other keys."""
        self._setup, self._keys = setup, keys
        for number, row in enumerate(self._rows):
            there = number < len(setup.switches)
            row.show_switch(setup.switches[number] if there else None)
            row.remove.setEnabled(len(setup.switches) > 1)
        self._add.setEnabled(len(setup.switches) < MOST_SWITCHES)
        times = sorted({*_LONG_PRESSES_S, setup.long_press_s})
        with QSignalBlocker(self._long_press):
            self._long_press.clear()
            for seconds in times:
                self._long_press.addItem(f"{seconds:g} s", seconds)
            self._long_press.setCurrentIndex(times.index(setup.long_press_s))
        self._hint.setText(
            f"What is tried here is done to the slide, too; {keys.key('undo')} takes it back."
            + ("" if setup.typed else f" The key {keys.key(ANALYZE)} analyzes, too.")
        )

    def take_gesture(self, done: GestureDone) -> None:
        """Show what the foot did."""
        self._done = done
        self._show_tried()

    def take_held(self, switch: int, down_s: float, held_s: float) -> None:
        """Show how long a switch was down, which may come before or after the gesture."""
        self._held = (switch, down_s, held_s)
        self._show_tried()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        """Await no key any more; Qt calls this."""
        super().hideEvent(event)
        self._learner.stop()

    def _show_tried(self) -> None:
        done, held = self._done, self._held
        if done is None:
            return
        known = held is not None and held[:2] == (done.switch, done.time_s)
        time = f", {1000 * held[2]:.0f} ms" if held is not None and known else ""
        kind = "long" if done.long else "short"
        action = action_text(done.action)
        self._tried.setText(f"Switch {done.switch + 1}: {kind} press{time} → {action}")

    # Changes

    def _learn(self, number: int) -> None:
        """Await the key of a switch; a second click gives up."""
        again = self._learner.listening and number == self._learns
        self._learner.stop()
        if not again:
            self._learns = number
            self._learner.start()
            self._say(f"Press switch {number + 1} now; Esc gives up.")
            button = self._rows[number].key if self._setup.switches[number:] else self._add
            button.setChecked(True)
            if button is not self._add:
                button.setText("Press it …")

    def _take_key(self, key: str) -> None:
        for row in self._rows:
            row.key.setChecked(False)
        self._add.setChecked(False)
        self.set_setup(self._setup, self._keys)
        self._say(_ABOUT)
        if key:
            self._try(lambda: self._setup.with_key(self._learns, key, self._keys))

    def _take_short(self, number: int) -> None:
        action = self._rows[number].short.currentData()
        self._try(lambda: self._setup.with_short(number, action))

    def _take_long(self, number: int) -> None:
        action = self._rows[number].long.currentData()
        self._try(lambda: self._setup.with_long(number, action))

    def _take_long_press(self) -> None:
        seconds = float(self._long_press.currentData())
        self._try(lambda: self._setup.with_long_press(seconds))

    def _remove(self, number: int) -> None:
        self._try(lambda: self._setup.without(number))

    def _try(self, change: Callable[[], PedalSetup]) -> None:
        self._learner.stop()
        try:
            setup = change()
        except KeyRefused as refusal:
            self.set_setup(self._setup, self._keys)
            self._say(f"Not changed: {refusal}.", "failure")
            return
        self.set_setup(setup, self._keys)
        self._say("Changed; it holds at once.")
        self.changed.emit(setup)

    def _say(self, text: str, role: str = "quiet") -> None:
        set_role(self._says, role)
        self._says.setText(text)

    def _lay_out(self, grid: QGridLayout) -> None:
        below = QHBoxLayout()
        below.setSpacing(GRID)
        below.addWidget(self._add)
        below.addStretch(1)
        below.addWidget(label("A press is long from"))
        below.addWidget(self._long_press)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        layout.setSpacing(GRID)
        layout.addLayout(grid)
        layout.addLayout(below)
        layout.addWidget(self._says)
        layout.addWidget(rule())
        layout.addWidget(label("LAST PRESS", "head"))
        layout.addWidget(self._tried)
        layout.addWidget(self._hint)
        layout.addStretch(1)
        # Also of one line as high as of two: else the rows above would be squeezed.
        self._says.setMinimumHeight(5 * GRID)
        self._says.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.resize(76 * GRID, 46 * GRID)


def _fill(box: QComboBox, actions: Sequence[str], chosen: str | None) -> None:
    """Offer actions, the chosen one too when only the settings file could name it."""
    names = [None, *actions]
    if chosen not in names:
        names.append(chosen)
    with QSignalBlocker(box):
        box.clear()
        for name in names:
            box.addItem(action_text(name), name)
        box.setCurrentIndex(names.index(chosen))

"""Sees the pedal's keys before any widget does, whatever has the focus."""

import time
from collections.abc import Callable, Sequence
from typing import cast

from PySide6.QtCore import (
    QCoreApplication,
    QEvent,
    QKeyCombination,
    QObject,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
)

from hardware.debounce import Change, Debounce
from hardware.event_clock import EventClock
from hardware.pedal import PedalError, PedalEvent
from hardware.pedals.keyboard import KeyboardPedal

_BEAT_MS = 40
"""What happened before one beat was handed over by the next: the event loop has turned."""
_NO_PRESS = (
    Qt.KeyboardModifier.ControlModifier
    | Qt.KeyboardModifier.AltModifier
    | Qt.KeyboardModifier.MetaModifier
    | Qt.KeyboardModifier.ShiftModifier
)


def pedal_key(name: str) -> Qt.Key:
    """Return the key of a name such as ``Space``, ``F9`` or ``B``.

    Raises
    ------
    ValueError
        There is no such key, or it is a combination.
    """
    keys = QKeySequence(name)
    if keys.count() == 1:
        combination = cast(Sequence[QKeyCombination], keys)[0]  # the stubs know no index
        plain = combination.keyboardModifiers() == Qt.KeyboardModifier.NoModifier
        if plain and combination.key() != Qt.Key.Key_unknown:
            return combination.key()
    raise ValueError(f"{name!r} is not the name of one key: use for instance Space, F9 or B")


class PedalKeys(QObject):
    """Takes the keys of a keyboard pedal out of all key events of the program.

    Presses go to the pedal at once, releases when they have lasted for the time of the
    debouncing. A key that types text stays a letter while a text is being edited. When the
    program loses the keyboard all keys count as let go: their releases go elsewhere.

    Parameters
    ----------
    pedal
        Takes the events, switch by switch in the order of `keys`.
    keys
        Names of keys, one for each switch.
    clock
        `time.monotonic`, or what a test puts in its place.
    """

    trouble = Signal(str)
    """One line for the user: the pedal takes no events."""
    held = Signal(int, float, float)
    """A switch came up: its number, `time.monotonic` when it went down, seconds it was down."""

    def __init__(
        self,
        pedal: KeyboardPedal,
        keys: Sequence[str] = ("Space",),
        clock: Callable[[], float] = time.monotonic,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._pedal = pedal
        self._clock = clock
        self._stamps = EventClock()
        self._keys: tuple[str, ...] = ()
        self._switch_of: dict[int, int] = {}
        self._switches: list[Debounce] = []
        self._since: dict[int, float] = {}
        self._held: dict[int, int] = {}
        """Scan code to switch: a release may come as another key when a modifier changed."""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        # One more turn of the event loop: after a stall the press that makes a release false
        # may still wait behind the timer.
        self._timer.timeout.connect(self._settle, Qt.ConnectionType.QueuedConnection)
        self._beat = QTimer(self)
        self._beat.setInterval(_BEAT_MS)
        self._beat.timeout.connect(self._note_known, Qt.ConnectionType.QueuedConnection)
        self._last_beat_s = float("-inf")
        self.set_keys(keys)

    @property
    def keys(self) -> tuple[str, ...]:
        """Names of the keys, switch by switch."""
        return self._keys

    def set_keys(self, keys: Sequence[str]) -> None:
        """Take other keys from now on, as many as there are; those that are down count as let go.

        Raises
        ------
        ValueError
            A name is not that of one key, or a key stands twice.
        """
        codes = [int(pedal_key(name)) for name in keys]
        if len(set(codes)) < len(codes):
            raise ValueError("the same key stands for two switches of the pedal")
        self.let_go()
        self._keys = tuple(keys)
        self._pedal.set_switch_count(len(codes))
        self._switch_of = {code: switch for switch, code in enumerate(codes)}
        self._switches = [Debounce() for _ in codes]

    def start(self) -> None:
        """Look at all key events of the program from now on."""
        _application().installEventFilter(self)

    def stop(self) -> None:
        """Look at nothing any more; keys that are down count as let go."""
        _application().removeEventFilter(self)
        self.let_go()

    def let_go(self) -> None:
        """Count all keys as let go now."""
        self._timer.stop()
        self._beat.stop()
        self._held.clear()
        now = self._stamps.time_s(0, self._clock())
        for number, switch in enumerate(self._switches):
            switch.feed(False, now)
            self._tell(number, switch.settle(float("inf")))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Take an event when it is the pedal's; Qt calls this."""
        kind = event.type()
        if kind == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._press(event)
        if kind == QEvent.Type.KeyRelease and isinstance(event, QKeyEvent):
            return self._release(event)
        if kind == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            # Taken here, the key comes as a press and not as a shortcut of some button.
            mine = self._switch(event) is not None
            event.setAccepted(mine or event.isAccepted())
            return mine
        # The event and not the signal of the same name: a signal must be disconnected at the
        # end, and PySide fails at that now and then.
        if kind == QEvent.Type.ApplicationStateChange and watched is QCoreApplication.instance():
            self._program_state_changed()
        return False

    def _switch(self, event: QKeyEvent) -> int | None:
        held = self._held.get(_code(event))
        if held is not None:
            return held
        switch = self._switch_of.get(event.key())
        if switch is None or event.modifiers() & _NO_PRESS or _is_text(event):
            return None
        return switch

    def _press(self, event: QKeyEvent) -> bool:
        switch = self._switch(event)
        if switch is None:
            return False
        if _code(event) in self._held or not event.isAutoRepeat():
            self._held[_code(event)] = switch
            self._feed(switch, True, event)
        return True

    def _release(self, event: QKeyEvent) -> bool:
        switch = self._held.get(_code(event))
        if switch is None:
            return False
        if not event.isAutoRepeat():
            self._feed(switch, False, event)
        return True

    def _feed(self, switch: int, down: bool, event: QKeyEvent) -> None:
        happened = self._stamps.time_s(event.timestamp(), self._clock())
        self._tell(switch, self._switches[switch].feed(down, happened))
        self._wait()

    def _settle(self) -> None:
        now = self._clock()
        for number, switch in enumerate(self._switches):
            said = switch.settle(now)
            if said:
                self._held = {code: n for code, n in self._held.items() if n != number}
            self._tell(number, said)
        self._wait()

    def _wait(self) -> None:
        due = [switch.due_s for switch in self._switches if switch.due_s is not None]
        if due:
            self._timer.start(max(1, round(1000 * (min(due) - self._clock()) + 0.5)))
        else:
            self._timer.stop()
        if not any(switch.down for switch in self._switches):
            self._beat.stop()
        elif not self._beat.isActive():
            self._last_beat_s = float("-inf")
            self._beat.start()

    def _note_known(self) -> None:
        """Let the pedal know up to when a key that is down is known to be down."""
        last, self._last_beat_s = self._last_beat_s, self._clock()
        if all(switch.due_s is None for switch in self._switches):
            self._pedal.note_known(last)

    def _tell(self, switch: int, changes: Sequence[Change]) -> None:
        for change in changes:
            if change.down:
                self._since[switch] = change.time_s
            elif switch in self._since:
                since = self._since.pop(switch)
                self.held.emit(switch, since, change.time_s - since)
            try:
                self._pedal.put_event(PedalEvent(switch, change.down, change.time_s))
            except PedalError as error:
                self.trouble.emit(str(error))

    def _program_state_changed(self) -> None:
        if _application().applicationState() != Qt.ApplicationState.ApplicationActive:
            self.let_go()


def _application() -> QGuiApplication:
    application = QCoreApplication.instance()
    if not isinstance(application, QGuiApplication):
        raise RuntimeError("the keyboard pedal needs a running program with windows")
    return application


def _code(event: QKeyEvent) -> int:
    """Return the scan code, or what stands for it where the system gives none."""
    return event.nativeScanCode() or -event.key()


def _is_text(event: QKeyEvent) -> bool:
    """Say whether the key types into what is being edited."""
    text = event.text()
    if not text or not text.isprintable():
        return False
    widget = QApplication.focusWidget()
    if isinstance(widget, QLineEdit | QTextEdit | QPlainTextEdit):
        return not widget.isReadOnly()
    if isinstance(widget, QComboBox):
        return widget.isEditable()
    # A number has no spaces or letters, so that a space there is still the foot's.
    return (
        isinstance(widget, QAbstractSpinBox)
        and not widget.isReadOnly()
        and text in "0123456789.,+-"
    )

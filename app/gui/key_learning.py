"""Learns the key of a switch by having it pressed."""

from PySide6.QtCore import QCoreApplication, QEvent, QKeyCombination, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence

from hardware.debounce import DEBOUNCE_S

_ALONE = (
    Qt.Key.Key_Shift,
    Qt.Key.Key_Control,
    Qt.Key.Key_Alt,
    Qt.Key.Key_AltGr,
    Qt.Key.Key_Meta,
    Qt.Key.Key_unknown,
)
"""No key by itself: the one that matters is still to come."""
_KEYS = (QEvent.Type.KeyPress, QEvent.Type.KeyRelease, QEvent.Type.ShortcutOverride)


class KeyLearner(QObject):
    """Takes the next key that is pressed anywhere in the program, and keeps it from all others.

    The key is told when it was let go for good: told at once, a switch that stays down would
    repeat itself and do the action that it has just been given.
    """

    learned = Signal(str)
    """The key as Qt writes it, combinations included; empty when the user gave up."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._listening = False
        self._key = ""
        self._up = QTimer(self)
        self._up.setSingleShot(True)
        self._up.setInterval(round(1000 * DEBOUNCE_S))
        # One more turn of the event loop, as in `PedalKeys`: after a stall the press that makes
        # a release false may still wait.
        self._up.timeout.connect(self._end, Qt.ConnectionType.QueuedConnection)

    @property
    def listening(self) -> bool:
        """Whether the next key is taken."""
        return self._listening

    def start(self) -> None:
        """Take the next key."""
        application = QCoreApplication.instance()
        if not self._listening and application is not None:
            self._listening, self._key = True, ""
            # What is installed last sees an event first, also before `PedalKeys`.
            application.installEventFilter(self)

    def stop(self) -> None:
        """Give up, and tell that when a key was awaited."""
        self._key = ""
        self._end()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802, ARG002
        """Take every key; give up when the window is left; Qt calls this."""
        kind = event.type()
        if kind == QEvent.Type.WindowDeactivate:
            self.stop()
        if kind not in _KEYS or not isinstance(event, QKeyEvent):
            return False
        event.accept()
        if kind == QEvent.Type.KeyPress and event.key() not in _ALONE:
            self._up.stop()
            if not event.isAutoRepeat():
                self._key = _name(event)
        elif kind == QEvent.Type.KeyRelease and self._key and not event.isAutoRepeat():
            self._up.start()
        return True

    def _end(self) -> None:
        application = QCoreApplication.instance()
        if self._listening and application is not None:
            self._up.stop()
            self._listening = False
            application.removeEventFilter(self)
            escaped = self._key == "Esc"
            self.learned.emit("" if escaped else self._key)


def _name(event: QKeyEvent) -> str:
    modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    combination = QKeyCombination(modifiers, Qt.Key(event.key()))
    return QKeySequence(combination).toString(QKeySequence.SequenceFormat.PortableText)

"""Mouse and keys without a hand: events that Qt delivers as if a user had made them."""

import time
from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QSlider, QStyle, QStyleOptionSlider, QWidget

from app.gui.scripted.script import Pause, Script

_LEFT = Qt.MouseButton.LeftButton
_NONE = Qt.MouseButton.NoButton
_PLAIN = Qt.KeyboardModifier.NoModifier
_WHEEL_NOTCH = 120
_MOVE_S = 0.02
_CLICK_S = 0.06


def click(widget: QWidget, at: QPointF | None = None) -> Script:
    """Press and release the left button; in the middle unless another place is given."""
    place = QPointF(widget.rect().center()) if at is None else at
    _mouse(widget, QEvent.Type.MouseButtonPress, place, _LEFT)
    yield Pause(_CLICK_S)
    _mouse(widget, QEvent.Type.MouseButtonRelease, place, _NONE)
    yield Pause(_CLICK_S)


def drag(widget: QWidget, path: Sequence[QPointF], move_s: float = _MOVE_S) -> Script:
    """Press at the first place, go by all others, and release at the last."""
    _mouse(widget, QEvent.Type.MouseButtonPress, path[0], _LEFT)
    for place in path[1:]:
        yield Pause(move_s)
        _mouse(widget, QEvent.Type.MouseMove, place, _LEFT)
    yield Pause(move_s)
    _mouse(widget, QEvent.Type.MouseButtonRelease, path[-1], _NONE)
    yield Pause(_CLICK_S)


def hold_key(widget: QWidget, key: Qt.Key, seconds: float, text: str = "") -> Script:
    """Hold a key for a while.

    The events bear the times at which a finger would have made them, since a script that runs in
    the windows' thread is late whenever the thread is.
    """
    pressed_s = time.monotonic()
    _key(widget, QEvent.Type.KeyPress, key, text, pressed_s)
    yield Pause(seconds)
    _key(widget, QEvent.Type.KeyRelease, key, text, pressed_s + seconds)
    yield Pause(_CLICK_S)


def _key(widget: QWidget, kind: QEvent.Type, key: Qt.Key, text: str, time_s: float) -> None:
    event = QKeyEvent(kind, key, _PLAIN, text)
    event.setTimestamp(round(1000 * time_s))
    _post(widget, event)


def turn_wheel(widget: QWidget, notches: int, modifiers: Qt.KeyboardModifier = _PLAIN) -> None:
    """Turn the wheel over the middle of a widget; down is negative."""
    place = QPointF(widget.rect().center())
    event = QWheelEvent(
        place,
        widget.mapToGlobal(place),
        QPoint(),
        QPoint(0, _WHEEL_NOTCH * notches),
        _NONE,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    _post(widget, event)


def slider_path(slider: QSlider, values: Sequence[int]) -> list[QPointF]:
    """Return where the mouse goes to drag a slider from where it is by these values."""
    option = QStyleOptionSlider()
    slider.initStyleOption(option)
    style, kind = slider.style(), QStyle.ComplexControl.CC_Slider
    part = QStyle.SubControl
    handle = style.subControlRect(kind, option, part.SC_SliderHandle, slider)
    groove = style.subControlRect(kind, option, part.SC_SliderGroove, slider)
    span = groove.width() - handle.width()
    start = QPointF(handle.center())

    def left_of(value: int) -> int:
        return QStyle.sliderPositionFromValue(slider.minimum(), slider.maximum(), value, span)

    now = left_of(slider.value())
    return [start, *(start + QPointF(left_of(value) - now, 0) for value in values)]


def _mouse(widget: QWidget, kind: QEvent.Type, at: QPointF, held: Qt.MouseButton) -> None:
    button = _NONE if kind == QEvent.Type.MouseMove else _LEFT
    _post(widget, QMouseEvent(kind, at, widget.mapToGlobal(at), button, held, _PLAIN))


def _post(widget: QWidget, event: QEvent) -> None:
    QCoreApplication.postEvent(widget, event)

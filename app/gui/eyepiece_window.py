"""The window in the eyepiece: light only where it helps, and none that could be wrong."""

import time
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QColor,
    QFont,
    QImage,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget

from app import RESEARCH_USE_ONLY
from app.model.eyepiece import EyepieceProjection, EyepieceState
from hardware.eyepiece_calibration import Point
from inference.arrays import U8

_TEXT = QColor(0xF2, 0xF2, 0xF2)
_QUIET = QColor(0x8C, 0x90, 0x96)
_DISCREET = QColor(0x55, 0x58, 0x5C)
_TARGET = QColor(0xFF, 0xFF, 0xFF)
NOT_CALIBRATED = "Not calibrated: overlay centered, may lie beside the tissue"


class EyepieceWindow(QWidget):
    """Black, with the overlay of the state it was told last, as long as that is fresh.

    What it is told is painted at once. It goes dark when told so, and by itself when it is not
    told anything in time. While a target of the calibration is shown, nothing else is.

    Parameters
    ----------
    clock
        `time.monotonic`, or what a test puts in its place.
    """

    resized = Signal()
    """The size in display pixels is another: a new projection is needed."""
    closed = Signal()
    """The user closed it."""
    painted = Signal(bool)
    """After each painting: whether the overlay was painted."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.setWindowTitle(f"HER2Scope eyepiece - {RESEARCH_USE_ONLY}")
        self.setObjectName("eyepiece")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose, False)
        self.setMinimumSize(200, 150)
        self._clock = clock
        self._projection: EyepieceProjection | None = None
        self._brightness = 0.8
        self._state: EyepieceState | None = None
        self._image: QImage | None = None
        self._target: Point | None = None
        self._overlay_painted = False
        self._watchdog = QTimer(self)
        self._watchdog.setSingleShot(True)
        self._watchdog.setTimerType(Qt.TimerType.PreciseTimer)
        self._watchdog.timeout.connect(self.check_freshness)

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height in pixels of the display."""
        ratio = self.devicePixelRatioF()
        return round(self.width() * ratio), round(self.height() * ratio)

    @property
    def shows_overlay(self) -> bool:
        """Whether the overlay would be painted now."""
        state = self._state
        return (
            self._image is not None
            and self._target is None
            and state is not None
            and state.dark is None
            and self._clock() < state.valid_until_s
        )

    def set_projection(self, projection: EyepieceProjection | None) -> None:
        """Take only pictures of this projection from now on."""
        if projection != self._projection:
            self._projection = projection
            self._take_picture()
            self.repaint()

    def set_brightness(self, brightness: float) -> None:
        """Set the part of the display's full light, 0 to 1."""
        self._brightness = brightness
        self.update()

    def show_state(self, state: EyepieceState) -> None:
        """Show this from now on, until the next or until it is too old."""
        unchanged = self._state is not None and _looks_same(self._state, state)
        self._state = state
        self._take_picture()
        if not unchanged or self._overlay_painted != self.shows_overlay:
            self.repaint()
        self._watch()

    def show_target(self, target: Point | None) -> None:
        """Show a cross at a place in display pixels and nothing else; None ends that."""
        if target != self._target:
            self._target = target
            self.repaint()

    def check_freshness(self) -> None:
        """Go dark when the state is too old; the watchdog calls this in time."""
        if self._overlay_painted and not self.shows_overlay:
            self.repaint()
        self._watch()

    def shown_rgb(self) -> U8:
        """Return what the display shows now, (h, w, 3) and read-only."""
        image = self.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
        width, height, stride = image.width(), image.height(), image.bytesPerLine()
        rows = np.frombuffer(image.constBits(), np.uint8).reshape(height, stride)[:, : width * 3]
        rgb = rows.reshape(height, width, 3).copy()
        rgb.flags.writeable = False
        return rgb

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        """Paint black, then the target, or the overlay and a few words; Qt calls this."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), Qt.GlobalColor.black)
        self._overlay_painted = self.shows_overlay
        if self._target is not None:
            self._paint_target(painter, self._target)
        else:
            painter.setOpacity(self._brightness)
            if self._overlay_painted and self._image is not None:
                painter.drawImage(QPointF(0, 0), self._image)
            self._paint_words(painter)
        painter.end()
        self.painted.emit(self._overlay_painted)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Tell that another projection is needed; Qt calls this."""
        super().resizeEvent(event)
        self.resized.emit()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """Tell that the user closed it; Qt calls this."""
        super().closeEvent(event)
        self.closed.emit()

    def _take_picture(self) -> None:
        picture = None if self._state is None else self._state.picture
        if picture is None or picture.projection != self._projection:
            self._image = None
            return
        height, width = picture.bgra.shape[:2]
        kind = QImage.Format.Format_ARGB32_Premultiplied
        # The image shares the pixels of the picture, which the state keeps.
        self._image = QImage(picture.bgra.data, width, height, 4 * width, kind)
        self._image.setDevicePixelRatio(self.devicePixelRatioF())

    def _watch(self) -> None:
        if not self.shows_overlay or self._state is None:
            self._watchdog.stop()
            return
        left_s = self._state.valid_until_s - self._clock()
        self._watchdog.start(max(0, round(1000 * left_s)))

    def _paint_target(self, painter: QPainter, target: Point) -> None:
        """Paint a cross with an open middle and a point in it, its center on a pixel's center."""
        ratio = self.devicePixelRatioF()
        center = QPointF((target[0] + 0.5) / ratio, (target[1] + 0.5) / ratio)
        arm = 0.025 * min(self.width(), self.height())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(_TARGET, 1.6))
        for dx, dy in ((1, 0), (0, 1), (-1, 0), (0, -1)):
            direction = QPointF(dx, dy)
            painter.drawLine(center + direction * arm * 0.3, center + direction * arm)
        painter.setBrush(_TARGET)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawEllipse(center, 1.6, 1.6)

    def _paint_words(self, painter: QPainter) -> None:
        """Paint a few lines near the bottom, where the round field of the eye is still wide."""
        lines = self._lines()
        unit = max(9.0, min(self.width(), self.height()) / 60)
        heights = [size * unit * 1.35 for _, size, _ in lines]
        top = self.height() * 0.955 - sum(heights)
        placed = []
        for (text, size, color), height in zip(lines, heights, strict=True):
            font = QFont(self.font())
            font.setPixelSize(max(8, round(size * unit)))
            place = QRectF(0, top, self.width(), height)
            placed.append((text, font, color, place))
            top += height
        behind = QRectF()
        for text, font, _, place in placed:
            painter.setFont(font)
            behind |= painter.boundingRect(place, Qt.AlignmentFlag.AlignCenter, text)
        painter.setOpacity(1.0)  # black, whatever the brightness: no overlay shines through words
        painter.fillRect(behind.adjusted(-unit, 0, unit, 0), Qt.GlobalColor.black)
        painter.setOpacity(self._brightness)
        for text, font, color, place in placed:
            painter.setFont(font)
            painter.setPen(color)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)

    def _lines(self) -> list[tuple[str, float, QColor]]:
        lines: list[tuple[str, float, QColor]] = []
        state = self._state
        if self._overlay_painted and state is not None:
            if state.score:
                lines.append((state.score, 2.2, _TEXT))
            if state.words:
                lines.append((state.words, 1.2, _QUIET))
            if self._projection is not None and not self._projection.calibrated:
                lines.append((NOT_CALIBRATED, 1.0, _QUIET))
        elif state is not None and state.dark:
            lines.append((state.dark, 1.2, _QUIET))
        elif state is not None and state.dark is None and self._clock() >= state.valid_until_s:
            lines.append(("No fresh picture from the camera", 1.2, _QUIET))
        return [*lines, (RESEARCH_USE_ONLY, 0.75, _DISCREET)]


def _looks_same(one: EyepieceState, other: EyepieceState) -> bool:
    return one.picture is other.picture and (one.dark, one.score, one.words) == (
        other.dark,
        other.score,
        other.words,
    )

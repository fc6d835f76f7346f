"""Small pieces that all panels are built of, on one grid."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QSizePolicy, QWidget

from app.gui.actions import ACTIONS, KeyMap, tooltip
from app.gui.assets import window_font
from app.gui.theme import GRID

ACTION = "action"
"""Property that holds the name of the action that a control does."""


def set_role(widget: QWidget, role: str) -> None:
    """Give a widget a role of the style sheet, now and when it is shown already."""
    if widget.property("role") != role:
        widget.setProperty("role", role)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def label(text: str = "", role: str = "", *, wrap: bool = False) -> QLabel:
    """Return a label that never reads its text as markup."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wrap)
    if role:
        made.setProperty("role", role)
    return made


class ElidedLabel(QLabel):
    """One line that gives way: what does not fit is cut off at the end, and in the tooltip."""

    def __init__(self, size_px: int, *, bold: bool = False) -> None:
        super().__init__()
        self._font = window_font(size_px)
        self._font.setBold(bold)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(QFontMetrics(self._font).height() + 4)

    @property
    def whole_width(self) -> int:
        """Width at which nothing of it is cut off, in pixels."""
        return QFontMetrics(self._font).horizontalAdvance(self.text()) + GRID

    def set_text(self, text: str) -> None:
        """Show another line."""
        self.setText(text)
        self.setToolTip(text)
        self.setAccessibleName(text)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        """Paint; Qt calls this."""
        painter = QPainter(self)
        painter.setFont(self._font)
        painter.setPen(self.palette().windowText().color())
        shown = QFontMetrics(self._font).elidedText(
            self.text(), Qt.TextElideMode.ElideRight, self.width()
        )
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter, shown)


def action_button(action: str, text: str = "", role: str = "") -> QPushButton:
    """Return a button for an action; `show_keys` gives it its tooltip.

    It takes the keyboard only by the tab key: a click leaves the arrow keys to the stage.
    """
    spec = ACTIONS[action]
    made = QPushButton(text or spec.text)
    made.setProperty(ACTION, action)
    made.setCheckable(spec.checkable)
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    made.setAccessibleName(spec.text)
    if role:
        made.setProperty("role", role)
    return made


def show_keys(parent: QWidget, keys: KeyMap) -> None:
    """Write the keys into the tooltips of all controls of a window that do actions."""
    for widget in parent.findChildren(QWidget):
        action = widget.property(ACTION)
        if isinstance(action, str) and action in ACTIONS:
            widget.setToolTip(tooltip(action, keys))


def rule() -> QFrame:
    """Return a thin line between parts of a panel."""
    made = QFrame()
    made.setProperty("role", "rule")
    made.setFixedHeight(1)
    return made

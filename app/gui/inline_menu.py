"""A small menu in the picture, beside what it is about; it blocks nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.gui.class_icons import class_icon
from inference.cells.classes import CellClass


@dataclass(frozen=True)
class Choice:
    """One line of the menu.

    Attributes
    ----------
    text
        What it does.
    key
        One key while the menu is open; shown at the right.
    meaning
        Handed back when it is chosen.
    cell_class
        Its marker is shown; None for none.
    """

    text: str
    key: str
    meaning: object
    cell_class: CellClass | None = None


class InlineMenu(QFrame):
    """Shows choices until one is taken, Esc is pressed, or it is closed."""

    chosen = Signal(object)
    """The `meaning` of a choice."""
    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("role", "float")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self._title = QLabel(self)
        self._detail = QLabel(self)
        self._detail.setProperty("role", "small")
        self._grid = QGridLayout()
        self._grid.setSpacing(0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 8, 4, 4)
        layout.setSpacing(2)
        for label in (self._title, self._detail):
            label.setContentsMargins(8, 0, 8, 0)
            layout.addWidget(label)
        layout.addSpacing(4)
        layout.addLayout(self._grid)
        self._choices: tuple[Choice, ...] = ()
        self.hide()

    @property
    def choices(self) -> tuple[Choice, ...]:
        """What can be chosen now; empty while it is closed."""
        return self._choices if self.isVisible() else ()

    def open(self, title: str, detail: str, choices: Sequence[Choice], at: QPoint) -> None:
        """Show choices beside a point of the parent, inside of it."""
        self._clear()
        self._choices = tuple(choices)
        self._title.setText(title)
        self._detail.setText(detail)
        self._detail.setVisible(bool(detail))
        for row, choice in enumerate(choices):
            self._grid.addWidget(self._button(choice), row, 0)
            key = QLabel(choice.key, self)
            key.setProperty("role", "small")
            key.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            key.setContentsMargins(8, 0, 8, 0)
            self._grid.addWidget(key, row, 1)
        self._grid.setColumnStretch(0, 1)
        self.show()
        layout = self.layout()
        assert layout is not None
        layout.activate()
        self.adjustSize()
        parent = self.parentWidget()
        assert parent is not None
        room = parent.rect()
        x = (
            at.x() + 16
            if at.x() + 16 + self.width() <= room.right()
            else at.x() - 16 - self.width()
        )
        y = min(at.y() - 8, room.bottom() - self.height() - 8)
        self.move(max(8, x), max(8, y))
        self.raise_()

    def close_menu(self) -> None:
        """Take nothing."""
        if self.isVisible():
            self.hide()
            self.closed.emit()

    def take_key(self, key: str) -> bool:
        """Choose by a key; False when none has it."""
        for choice in self.choices:
            if choice.key.casefold() == key.casefold():
                self._take(choice)
                return True
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Choose by key, or close; Qt calls this."""
        if event.key() == Qt.Key.Key_Escape:
            self.close_menu()
        elif not (event.text() and self.take_key(event.text())):
            super().keyPressEvent(event)

    def _take(self, choice: Choice) -> None:
        self.hide()
        self.chosen.emit(choice.meaning)

    def _button(self, choice: Choice) -> QPushButton:
        button = QPushButton(choice.text, self)
        button.setProperty("role", "choice")
        button.setToolTip(f"{choice.text} ({choice.key})")
        if choice.cell_class is not None:
            button.setIcon(QIcon(class_icon(choice.cell_class, self.devicePixelRatioF())))
            button.setIconSize(QSize(16, 16))
        button.clicked.connect(lambda _=False, it=choice: self._take(it))
        return button

    def _clear(self) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()

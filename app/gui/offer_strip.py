"""A question at the start, in a line above the picture: it waits, and stops nobody."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from app.gui.controls import action_button, label
from app.gui.theme import GRID

GO_ON, BEGIN_NEW = "go-on", "next-slide"
"""Names of the actions that answer it."""


class OfferStrip(QFrame):
    """Asks whether to go on with a slide that was left unfinished."""

    answered = Signal(str)
    """`GO_ON` or `BEGIN_NEW`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self._text = label("", "strong", wrap=True)
        self._go_on = action_button(GO_ON, role="first")
        self._new = action_button(BEGIN_NEW)
        self._go_on.clicked.connect(lambda: self.answer(GO_ON))
        self._new.clicked.connect(lambda: self.answer(BEGIN_NEW))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2 * GRID, GRID // 2, GRID, GRID // 2)
        layout.setSpacing(GRID)
        layout.addWidget(self._text, 1)
        layout.addWidget(self._go_on)
        layout.addWidget(self._new)
        self.hide()

    @property
    def asking(self) -> bool:
        """Whether an answer is waited for."""
        return not self.isHidden()

    def ask(self, text: str, go_on: str, begin_new: str) -> None:
        """Ask, with words for both buttons."""
        self._text.setText(text)
        self._go_on.setText(go_on)
        self._new.setText(begin_new)
        self.show()

    def answer(self, answer: str) -> None:
        """Take an answer, once."""
        if self.asking:
            self.hide()
            self.answered.emit(answer)

"""A part of the page of the microscopes: a device that can be tried, and a line about it."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QWidget

from app.gui.background import Background
from app.gui.controls import label, set_role


class Section(QWidget):
    """Owns the button, the line and the thread of a trial.

    Parameters
    ----------
    what
        Is tried, for the name of the thread.
    """

    changed = Signal()

    def __init__(self, what: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._background = Background(f"{what} trial", self)
        self._in_use = False
        self._try = QPushButton("Try")
        self._says = label("", "quiet", wrap=True)

    @property
    def says(self) -> str:
        """The line of the section."""
        return self._says.text()

    @property
    def busy(self) -> bool:
        """Whether something is looked for or tried."""
        return self._background.busy

    def _rest(self) -> None:
        """Show that nothing is tried."""
        self._try.setText("Try")

    def _fail(self, text: str) -> None:
        self._end(text, "failure")

    def _end(self, text: str, role: str = "quiet") -> None:
        self._rest()
        self._say(text, role)

    def _say(self, text: str, role: str = "quiet") -> None:
        set_role(self._says, role)
        self._says.setText(text)

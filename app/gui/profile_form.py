"""Asks for the name of a new stain profile, in a line of the panel and not in a dialog."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.gui.controls import label, set_role
from app.gui.theme import GRID

_OWN_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)


class NameEdit(QLineEdit):
    """A line whose Return and Esc are its own while it is being written."""

    left = Signal()
    """Esc was pressed."""

    def event(self, event: QEvent) -> bool:
        """Keep Return and Esc from the main window, whose keys they are too; Qt calls this."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.key() in _OWN_KEYS
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Leave on Esc; Qt calls this."""
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)


class ProfileForm(QWidget):
    """A name, and what was wrong with it. Hidden until somebody asks."""

    named = Signal(str)
    """The user gave a name; whoever hears it calls `leave` or `refuse`."""
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = NameEdit()
        self._name.setPlaceholderText("Name")
        self._name.setAccessibleName("Name of the stain profile")
        self._name.setToolTip("Name of the new stain profile (Return saves, Esc leaves)")
        self._name.returnPressed.connect(self._take)
        self._name.textChanged.connect(self._look)
        self._name.left.connect(self.leave)
        self._save = QPushButton("Save")
        self._save.setProperty("role", "first")
        self._save.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._save.setToolTip("Save the profile (Return)")
        self._save.clicked.connect(self._take)
        self._says = label("", "small", wrap=True)
        line = QHBoxLayout()
        line.setSpacing(GRID)
        line.addWidget(self._name, 1)
        line.addWidget(self._save)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addLayout(line)
        layout.addWidget(self._says)

    @property
    def says(self) -> str:
        """The line below the name."""
        return self._says.text()

    def ask(self) -> None:
        """Show the form with an empty name."""
        self._name.clear()
        self._look()
        self.show()
        self._name.setFocus()

    def leave(self) -> None:
        """Hide the form."""
        self.hide()
        self.closed.emit()

    def refuse(self, why: str) -> None:
        """Say why it was not saved; the name stays, to be changed."""
        set_role(self._says, "failure")
        self._says.setText(f"Not saved: {why}.")
        self._name.setFocus()

    def _look(self) -> None:
        self._save.setEnabled(bool(self._name.text().strip()))
        set_role(self._says, "small")
        self._says.setText("For later slides; this one stays as it is")

    def _take(self) -> None:
        name = self._name.text().strip()
        if name:
            self.named.emit(name)

"""The choice of a stain profile: the shipped ones, and those of the user's own."""

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QComboBox, QWidget

from app.storage.stain_profile_folder import StainChoices
from inference.stain.profile import stain_profile_names


class ProfileChoice(QComboBox):
    """A list that is asked for anew each time it is opened: files come and go."""

    opening = Signal()
    """The list is about to be seen; whoever hears it calls `set_choices`."""
    chosen = Signal(str)
    """The user chose a profile, by the name under which it is loaded."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName("Stain profile")
        self._in_force = ""
        self.activated.connect(self._take)
        self.set_choices(StainChoices(tuple(stain_profile_names()), ()))

    @property
    def name(self) -> str:
        """The name that is shown."""
        return str(self.currentData() or "")

    @property
    def names(self) -> list[str]:
        """All names in the list."""
        return [str(self.itemData(row)) for row in range(self.count())]

    def set_choices(self, choices: StainChoices) -> None:
        """Offer other profiles; the one in force stays, also when its file is gone."""
        with QSignalBlocker(self):
            self.clear()
            for name in choices.shipped:
                self.addItem(name, name)
            for name in choices.own:
                self.addItem(f"{name} (own)", name)
        if self._in_force:
            self.show_name(self._in_force)

    def show_name(self, name: str) -> None:
        """Show the profile in force; this is no choice of the user."""
        self._in_force = name
        with QSignalBlocker(self):
            if self.findData(name) < 0:
                self.addItem(name, name)
            self.setCurrentIndex(self.findData(name))

    def _take(self) -> None:
        """Say what was chosen, and show it only once it is in force: it may be refused."""
        name = self.name
        self.show_name(self._in_force or name)
        self.chosen.emit(name)

    def showPopup(self) -> None:  # noqa: N802
        """Open the list; Qt calls this."""
        self.opening.emit()
        super().showPopup()

"""The displays of the computer as they come and go."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication, QScreen

from app.model.eyepiece_display import DisplayIdentity, find_display


def identity(screen: QScreen) -> DisplayIdentity:
    """Return what tells a screen from others."""
    place = screen.geometry()
    ratio = screen.devicePixelRatio()
    return DisplayIdentity(
        name=screen.name(),
        make=" ".join(part for part in (screen.manufacturer(), screen.model()) if part),
        serial=screen.serialNumber(),
        x=place.x(),
        y=place.y(),
        width_px=round(place.width() * ratio),
        height_px=round(place.height() * ratio),
    )


class Displays(QObject):
    """The displays that may hang in the eyepiece: all but the primary one.

    Parameters
    ----------
    application
        Knows the screens.
    """

    changed = Signal()
    """A display came, went, moved, changed its size, or another one is the primary now."""
    leaving = Signal(object)
    """A `DisplayIdentity` is going; its screen is still there while this is told."""

    def __init__(self, application: QGuiApplication, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._application = application
        self._leaving: QScreen | None = None
        for screen in application.screens():
            screen.geometryChanged.connect(self.changed)
        application.screenAdded.connect(self._added)
        application.screenRemoved.connect(self._removed)
        application.primaryScreenChanged.connect(self.changed)

    @property
    def usable(self) -> tuple[DisplayIdentity, ...]:
        """The displays that may be chosen, from left to right."""
        found = [identity(screen) for screen in self._usable_screens()]
        return tuple(sorted(found, key=lambda display: (display.x, display.y)))

    def find(self, wanted: DisplayIdentity) -> QScreen | None:
        """Return the screen of a display, wherever it is plugged in now; None when it is away."""
        by_identity = {identity(screen): screen for screen in self._usable_screens()}
        found = find_display(wanted, tuple(by_identity))
        return None if found is None else by_identity[found]

    def _usable_screens(self) -> list[QScreen]:
        primary = self._application.primaryScreen()
        return [
            screen
            for screen in self._application.screens()
            if screen is not primary and screen is not self._leaving
        ]

    def _added(self, screen: QScreen) -> None:
        screen.geometryChanged.connect(self.changed)
        self.changed.emit()

    def _removed(self, screen: QScreen) -> None:
        # Qt moves the windows of a screen that goes to the primary one right after this.
        self._leaving = screen
        self.leaving.emit(identity(screen))
        self.changed.emit()
        self._leaving = None

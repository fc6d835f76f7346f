"""Where the eyepiece window is: on its own display, in a small window, or away."""

from enum import Enum

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QScreen

from app.gui.displays import Displays, identity
from app.gui.eyepiece_window import EyepieceWindow
from app.model.eyepiece_display import DisplayIdentity

SMALL_WINDOW = "window on the main screen"
"""Stands for the display in the calibration of the small window."""
_SMALL_SIZE = (800, 600)


class Place(Enum):
    """Where the eyepiece window is."""

    AWAY = "away"
    DISPLAY = "display"
    SMALL = "small"


class EyepiecePlacement(QObject):
    """Keeps the eyepiece window on the display that was chosen, and on no other.

    When that display goes, the window is hidden and the user is told; when it is back, so is the
    window. It never comes onto the primary display by itself: only `show_small` puts it there,
    as a window with a frame.

    Parameters
    ----------
    window
        Is placed, and never shown in another way.
    displays
        Tells what comes and goes.
    """

    notice = Signal(str)
    """One line for a banner; empty when the eyepiece is as it should be again."""
    chosen = Signal(object)
    """The user chose this `DisplayIdentity`, or none: to be remembered."""
    placed = Signal()
    """The window is elsewhere, or another display is before the eye: see `display`."""

    def __init__(
        self, window: EyepieceWindow, displays: Displays, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._window = window
        self._displays = displays
        self._wanted: DisplayIdentity | None = None
        self._screen: QScreen | None = None
        self._wish = Place.AWAY
        self._place = Place.AWAY
        self._lost = False
        displays.changed.connect(self._arrange)
        window.closed.connect(self._closed)

    @property
    def place(self) -> Place:
        """Where the window is now."""
        return self._place

    @property
    def wanted(self) -> DisplayIdentity | None:
        """The display that was chosen, there or not."""
        return self._wanted

    @property
    def display(self) -> str:
        """Name of the display for the calibration; empty while the window is away."""
        if self._place is Place.SMALL:
            return SMALL_WINDOW
        return "" if self._screen is None else identity(self._screen).label

    def restore(self, remembered: DisplayIdentity | None) -> None:
        """Take the display of the last sitting; tells when it is not there."""
        self._wanted = remembered
        self._forget_notice()
        if remembered is None:
            self.put_away()
            return
        self._wish = Place.DISPLAY
        self._arrange()

    def choose(self, display: DisplayIdentity | None) -> None:
        """Put the window on a display that the user chose; None puts it away for good."""
        self.restore(display)
        self.chosen.emit(display)

    def show_small(self) -> None:
        """Show an ordinary small window, because the user asked for it."""
        self._wish = Place.SMALL
        self._forget_notice()
        if self._place is Place.SMALL:
            self._window.raise_()
            return
        self._window.hide()
        self._window.setWindowFlags(Qt.WindowType.Window)
        self._window.unsetCursor()
        self._window.showNormal()
        self._window.resize(*_SMALL_SIZE)
        self._settle(Place.SMALL, None)

    def put_away(self) -> None:
        """Hide the window until the user shows it again; the chosen display stays chosen."""
        self._wish = Place.AWAY
        self._forget_notice()
        self._hide()

    def _arrange(self) -> None:
        if self._wish is not Place.DISPLAY or self._wanted is None:
            return
        screen = self._displays.find(self._wanted)
        if screen is None:
            self._hide()
            self._tell_lost(self._wanted)
            return
        if self._place is not Place.DISPLAY or self._is_elsewhere(screen):
            self._fill(screen)
        self._forget_notice()

    def _is_elsewhere(self, screen: QScreen) -> bool:
        return screen is not self._screen or self._window.geometry() != screen.geometry()

    def _fill(self, screen: QScreen) -> None:
        window = self._window
        window.hide()
        # It never takes the keyboard: keys and pedal belong to the main window.
        window.setWindowFlags(
            Qt.WindowType.Window
            | Qt.WindowType.FramelessWindowHint
            | Qt.WindowType.WindowDoesNotAcceptFocus
        )
        window.setCursor(Qt.CursorShape.BlankCursor)
        window.setScreen(screen)
        window.setGeometry(screen.geometry())
        # Not showFullScreen, which would ask for the keyboard.
        window.setWindowState(Qt.WindowState.WindowFullScreen)
        window.show()
        self._settle(Place.DISPLAY, screen)

    def _hide(self) -> None:
        self._window.hide()
        if self._place is not Place.AWAY:
            self._settle(Place.AWAY, None)

    def _settle(self, place: Place, screen: QScreen | None) -> None:
        self._place, self._screen = place, screen
        self.placed.emit()

    def _closed(self) -> None:
        self._wish = Place.AWAY
        self._hide()

    def _forget_notice(self) -> None:
        if self._lost:
            self._lost = False
            self.notice.emit("")

    def _tell_lost(self, display: DisplayIdentity) -> None:
        if not self._lost:
            self._lost = True
            self.notice.emit(
                f"The eyepiece display {display.name} is not there: nothing is shown in the "
                "eyepiece. Plug it in, and it goes on."
            )

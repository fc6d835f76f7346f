"""Tells the session where the windows draw, so that new fields come drawn."""

from collections.abc import Callable

from PySide6.QtCore import QObject

from app.gui.display import Display
from app.gui.live_view import PictureView
from app.gui.second_screen import SecondScreen
from app.live.preview import Preview
from app.model.screen_overlay import Canvas
from app.session.events import Latest, Notice


class Canvases(QObject):
    """Looks at every picture of the camera whether the windows draw elsewhere than before.

    Parameters
    ----------
    display
        Gets the pictures.
    picture, second
        Where is drawn.
    tell
        Takes the canvases whenever they change.
    """

    def __init__(
        self,
        display: Display,
        picture: PictureView,
        second: SecondScreen,
        tell: Callable[[tuple[Canvas, ...]], None],
    ) -> None:
        super().__init__(display)
        self._picture, self._second, self._tell = picture, second, tell
        self._told: tuple[Canvas, ...] = ()
        display.looked.connect(self._look)

    def _look(self, event: Latest | Notice) -> None:
        if not isinstance(event, Preview):
            return
        # The eyepiece first: there the pathologist looks.
        both = (self._second.canvas, self._picture.canvas)
        now = tuple(canvas for canvas in both if canvas is not None)
        if now != self._told:
            self._told = now
            self._tell(now)

"""What a script looks at to know what its steps did."""

import time

from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QLineEdit, QPushButton, QWidget

from app.gui.controls import ACTION
from app.gui.program import Windows
from app.gui.scripted.script import ScriptProblem
from app.live.preview import Preview
from app.live.trouble import Trouble
from app.model.tally import Tally
from app.session.events import FieldCard, Latest, Notice, Saved, ShownField
from hardware.simulators.microscope import SimulatedMicroscope
from inference.scoring.counts import SYMBOLS

STILL_FRAMES = 3
"""Pictures without a move after which the stage stands."""


class Watch:
    """Reads the state that the windows show.

    Parameters
    ----------
    windows
        Both.
    microscope
        Under them.
    """

    def __init__(self, windows: Windows, microscope: SimulatedMicroscope) -> None:
        self.windows = windows
        self.microscope = microscope
        self.troubles: list[Trouble] = []
        self._sharp: tuple[float, float] | None = None
        """Since when a sharp picture is waited for, and when the tissue was first seen whole."""
        self._first: int | None = None
        """The first picture that came after that."""
        windows.display.looked.connect(self._take)

    def last_trouble(self) -> str:
        """Return the last message of a failure or refusal; empty when there was none."""
        return self.troubles[-1].text if self.troubles else ""

    @property
    def preview(self) -> Preview | None:
        """The newest picture."""
        return self.windows.display.preview

    @property
    def shown(self) -> ShownField | None:
        """The field whose cells are shown."""
        return self.windows.display.shown

    @property
    def cards(self) -> tuple[FieldCard, ...]:
        """The fields of the slide."""
        sitting = self.windows.display.desk.sitting
        return () if sitting is None else sitting.fields

    @property
    def tally(self) -> Tally | None:
        """The tally when it is complete; None before."""
        view = self.windows.display.desk.tally
        return None if view is None or view.pending or view.missing else view.tally

    @property
    def finished(self) -> bool:
        """Whether the slide is."""
        sitting = self.windows.display.desk.sitting
        return sitting is not None and sitting.slide is not None and sitting.slide.finished

    def counts(self) -> tuple[int, ...]:
        """Return the cells of each class in the complete tally; empty while it is not."""
        tally = self.tally
        if tally is None:
            return ()
        return tuple(tally.edited.estimates[symbol].count for symbol in SYMBOLS)

    def saved_fields(self) -> int:
        """Return how many fields are on disk."""
        return sum(card.saved is Saved.SAVED for card in self.cards)

    def all_saved(self) -> bool:
        """Tell whether every step is on disk."""
        sitting = self.windows.display.desk.sitting
        return sitting is not None and sitting.unsaved == 0

    def stands_sharp(self, since_s: float) -> bool:
        """Tell whether the newest picture was taken after a time, of whole tissue, unmoved."""
        if not self.microscope.sharp:
            self._sharp = None
            return False
        # A picture that was taken before may be of coarse tissue, and the next one then looks as
        # if the stage had moved. The first of after may have been begun before, on a busy machine.
        if self._sharp is None or self._sharp[0] != since_s:
            self._sharp, self._first = (since_s, time.monotonic()), None
        preview = self.preview
        if preview is None or preview.taken_s <= self._sharp[1]:
            return False
        if self._first is None:
            self._first = preview.frame
        return preview.frame - max(preview.still_since, self._first) >= STILL_FRAMES

    def button(self, action: str, within: QWidget | None = None) -> QPushButton:
        """Return the button that does an action."""
        window = within or self.windows.main
        for button in window.findChildren(QPushButton):
            if button.property(ACTION) == action:
                return button
        raise ScriptProblem(f"no button does {action}")

    def text_button(self, within: QWidget, text: str) -> QPushButton:
        """Return the button with that text."""
        for button in within.findChildren(QPushButton):
            if button.text() == text:
                return button
        raise ScriptProblem(f"there is no button {text!r}")

    def fill_in(self, within: QWidget, name: str, text: str) -> None:
        """Write into the line of that name."""
        for line in within.findChildren(QLineEdit):
            if line.accessibleName() == name:
                line.setText(text)
                return
        raise ScriptProblem(f"there is no line {name!r} to write into")

    def choice(self, start: str) -> QPushButton:
        """Return the button of the small menu in the picture that begins with these words."""
        for button in self.windows.main.picture.findChildren(QPushButton):
            if button.isVisible() and button.text().startswith(start):
                return button
        raise ScriptProblem(f"the menu in the picture does not offer {start!r}")

    def offers(self, start: str) -> bool:
        """Tell whether the small menu offers that now."""
        buttons = self.windows.main.picture.findChildren(QPushButton)
        return any(each.isVisible() and each.text().startswith(start) for each in buttons)

    def place(self, x_px: float, y_px: float) -> QPointF:
        """Return where a place of the field lies in the picture's widget."""
        picture = self.windows.main.picture
        transform = picture.transform
        if transform is None:
            raise ScriptProblem("there is no picture to click into")
        x, y = transform.to_view(x_px, y_px)
        ratio = picture.devicePixelRatioF()
        return QPointF((x + 0.5) / ratio, (y + 0.5) / ratio)

    def _take(self, event: Latest | Notice) -> None:
        if isinstance(event, Trouble):
            self.troubles.append(event)

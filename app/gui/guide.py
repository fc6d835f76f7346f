"""The guided first start: six hints that follow what the user does, and block nothing."""

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from app.gui.controls import label
from app.gui.theme import GRID

Deed = Literal["drove", "focused", "pressed", "looked", "moved threshold", "finished"]


@dataclass(frozen=True)
class Hint:
    """One step.

    Attributes
    ----------
    deed
        What the user does to go on.
    title, text
        The text may hold names of actions in braces, for which their keys stand.
    """

    deed: Deed
    title: str
    text: str


HINTS: tuple[Hint, ...] = (
    Hint("drove", "Drive", "Drag the picture, or hold {stage-left} {stage-right}, to reach tumor"),
    Hint("focused", "Focus", "Hold {focus-up} or {focus-down} until the focus bar is long"),
    Hint("pressed", "Press", "Press {analyze}, or the pedal: the field is analyzed and counted"),
    Hint("looked", "Look", "Click a cell to see what was measured, and to change its class"),
    Hint("moved threshold", "Thresholds", "Move a slider at the left, then confirm or reset"),
    Hint("finished", "Finish", "Count five fields or more, give your score, then {finish-slide}"),
)


@dataclass(frozen=True)
class Course:
    """How far the user is; deeds count in any order, and hints whose deed is done are left out.

    Attributes
    ----------
    done
        What the user did.
    ended
        Whether the guide is over: all done, or skipped.
    """

    done: frozenset[Deed] = frozenset()
    ended: bool = False

    @property
    def hint(self) -> Hint | None:
        """The hint to be shown; None when the guide is over."""
        if self.ended:
            return None
        return next((hint for hint in HINTS if hint.deed not in self.done), None)

    def after(self, deed: Deed) -> "Course":
        """Return the course once the user has done something."""
        done = self.done | {deed}
        return Course(done, self.ended or len(done) == len(HINTS))

    def skipped(self) -> "Course":
        """Return the course given up."""
        return Course(self.done, True)


class GuideStrip(QFrame):
    """Shows the hint in one line above the picture."""

    skip = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self._place = label("", "chip")
        self._title = label("", "title")
        self._text = label("", wrap=True)
        skip = QPushButton("Skip")
        skip.setProperty("role", "small")
        skip.setToolTip("End the guide; it is in the Window menu")
        skip.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        skip.clicked.connect(self.skip)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2 * GRID, GRID // 2, GRID, GRID // 2)
        layout.setSpacing(GRID)
        layout.addWidget(self._place)
        layout.addWidget(self._title)
        layout.addWidget(self._text, 1)
        layout.addWidget(skip)
        self.hide()

    def show_course(self, course: Course, text: str) -> None:
        """Show the hint of a course in words; nothing once it is over."""
        hint = course.hint
        self.setVisible(hint is not None)
        if hint is not None:
            self._place.setText(f"{HINTS.index(hint) + 1} of {len(HINTS)}")
            self._title.setText(hint.title)
            self._text.setText(text)

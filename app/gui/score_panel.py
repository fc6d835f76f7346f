"""The score that the rules propose, and the pathologist's own: kept apart."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.gui.controls import ACTION, action_button, label
from app.gui.intents import GiveScore
from app.gui.theme import GRID
from app.model.tally import Tally
from inference.scoring.profile import Score
from inference.scoring.score import SlideScore

OWN_SCORES = ("0", "0+", "1+", "2+", "3+")


class ProposalPanel(QWidget):
    """Score, rule and reason; always called a proposal."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._score = label("–", "score")
        self._score.setAccessibleName("Proposed score")
        self._chip = label("PROPOSAL", "chip")
        self._rule = label("", wrap=True)
        self._reason = label("", "quiet", wrap=True)
        self._flags = label("", "warning", wrap=True)
        self._edits = label("", "small", wrap=True)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(2 * GRID)
        layout.setVerticalSpacing(4)
        layout.addWidget(self._score, 0, 0, 3, 1, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self._chip, 0, 1, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self._rule, 1, 1)
        layout.addWidget(self._flags, 2, 1, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self._reason, 3, 0, 1, 2)
        layout.addWidget(self._edits, 4, 0, 1, 2)
        layout.setColumnStretch(1, 1)
        self.setMinimumHeight(96)

    def set_tally(self, tally: Tally, pending: int) -> None:
        """Show the proposal; `pending` fields are still being classified."""
        score = tally.edited
        known = score.score is not Score.NOT_ASSESSABLE
        self._score.setText(str(score.score) if known else "–")
        self._rule.setText(_rule_words(score))
        waiting = f" ({pending} fields are being classified again)" if pending else ""
        self._reason.setText(_sentence(score.reason) + waiting)
        self._flags.setText("\n".join(_sentence(note.text) for note in score.flags))
        self._flags.setVisible(bool(score.flags))
        other = tally.proposed.score
        differs = tally.changed_by_hand
        self._edits.setText(f"Without your changes to cells: {other}" if differs else "")
        self._edits.setVisible(differs)


class CommentEdit(QPlainTextEdit):
    """A few lines of text that say when they are left."""

    left = Signal()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Tell that the cursor went elsewhere; Qt calls this."""
        super().focusOutEvent(event)
        self.left.emit()


class OwnScorePanel(QWidget):
    """The pathologist's score and comment. Nothing is chosen beforehand."""

    intent = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._given: str | None = None
        self._comment_given = ""
        self._buttons: dict[str, QPushButton] = {}
        row = QHBoxLayout()
        row.setSpacing(GRID)
        for score in OWN_SCORES:
            button = action_button(f"score-{score}", score)
            button.setCheckable(True)
            button.clicked.connect(lambda _=False, it=score: self.toggle(it))
            self._buttons[score] = button
            row.addWidget(button, 1)
        self._comment = CommentEdit()
        self._comment.setProperty(ACTION, "comment")
        self._comment.left.connect(self.keep_comment)
        self._comment.setPlaceholderText("Comment")
        self._comment.setTabChangesFocus(True)
        self._comment.setFixedHeight(48)
        self._comment.setAccessibleName("Comment on the slide")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addWidget(label("YOUR SCORE", "head"))
        layout.addLayout(row)
        layout.addWidget(self._comment)

    def set_given(self, score: str | None, comment: str, *, enabled: bool) -> None:
        """Show what was given, unless the comment is being written."""
        self._given = score
        for each, button in self._buttons.items():
            button.setChecked(each == score)
            button.setEnabled(enabled)
        self._comment.setEnabled(enabled)
        if comment != self._comment_given and not self._comment.hasFocus():
            self._comment.setPlainText(comment)
        self._comment_given = comment

    def toggle(self, score: str) -> None:
        """Give a score, or withdraw it when it was given."""
        wanted = None if score == self._given else score
        self._buttons[score].setChecked(wanted == score)
        self.intent.emit(GiveScore(wanted, self._comment.toPlainText().strip()))

    def write_comment(self) -> None:
        """Put the cursor into the comment."""
        self._comment.setFocus()

    def keep_comment(self) -> None:
        """Give the comment that stands there, when it is another one."""
        text = self._comment.toPlainText().strip()
        if text != self._comment_given and self._comment.isEnabled():
            self.intent.emit(GiveScore(self._given, text))


def _rule_words(score: SlideScore) -> str:
    if score.score is Score.NOT_ASSESSABLE:
        return "Not assessable yet"
    between = f", borderline {score.borderline}" if score.borderline else ""
    return f"Rule {score.rule_number}: {score.rule_name}{between}"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]

"""The slide: what its fields add up to, the proposed score, and the pathologist's own."""

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.gui.class_bars import ClassBars, rows_of_field, rows_of_slide
from app.gui.controls import ElidedLabel, action_button, label, rule
from app.gui.intents import BeginSlide, ChooseRules, FinishSlide
from app.gui.score_panel import OwnScorePanel, ProposalPanel
from app.gui.theme import GRID, HEAD_PX, Theme
from app.model.palette import CLASS_STYLES
from app.session.events import LiveView, ShownField, SittingView, TallyView
from inference.scoring.counts import ClassCounts
from inference.scoring.profile import profile_names


@dataclass(frozen=True, eq=False)
class SlideDesk:
    """All that the panel shows.

    Attributes
    ----------
    sitting, tally, live
        None before the session said anything.
    shown
        The field that is shown.
    """

    sitting: SittingView | None = None
    tally: TallyView | None = None
    live: LiveView | None = None
    shown: ShownField | None = None


def cautions(desk: SlideDesk) -> tuple[str, ...]:
    """Return what should make the reader careful, one sentence each."""
    found: list[str] = []
    if desk.shown is not None and desk.shown.previewed:
        found.append("Thresholds changed and not confirmed: the tally still uses the old ones")
    if desk.tally is not None:
        if desk.tally.missing:
            found.append(f"{desk.tally.missing} saved fields cannot be loaded and do not count")
        found += [note.text for note in desk.tally.tally.edited.warnings]
    if desk.sitting is not None:
        accepted = [card for card in desk.sitting.fields if card.accepted]
        texts: dict[str, list[str]] = {}
        for card in accepted:
            for text in card.warnings:
                texts.setdefault(text, []).append(str(card.number))
        for text, numbers in texts.items():
            everywhere = len(numbers) == len(accepted) and len(accepted) > 1
            where = "all fields" if everywhere else f"field {', '.join(numbers)}"
            found.append(f"{where}: {text}")
    return tuple(text[:1].upper() + text[1:] for text in found)


def finish_refusal(desk: SlideDesk) -> str | None:
    """Return why the slide cannot be finished now; None when it can."""
    slide = desk.sitting.slide if desk.sitting is not None else None
    if slide is None:
        return "There is no slide yet"
    if slide.finished:
        return "The slide is finished"
    if desk.shown is not None and desk.shown.previewed:
        return "Confirm or reset the thresholds first"
    if desk.live is not None and desk.live.presses:
        return "A field is still being analyzed"
    if desk.tally is not None and desk.tally.pending:
        return "The fields are still being classified"
    return None


def as_detected(detected: ClassCounts, edited: ClassCounts) -> str:
    """Return the counts of the classes that changes by hand made others, in one line."""
    found = [
        f"{each.label.lower()} {detected.of(each.symbol)}"
        for each in CLASS_STYLES
        if detected.of(each.symbol) != edited.of(each.symbol)
    ]
    return f"Before changes by hand: {', '.join(found)}" if found else ""


class TallyPanel(QWidget):
    """Shows a `SlideDesk`, and says what the user wants with the slide.

    What was counted scrolls when there is too much of it; which slide it is, the pathologist's
    own score and the end of the slide are always seen.

    Parameters
    ----------
    read_only
        Whether the slide is only looked at: then nothing of it can be changed here.
    """

    intent = Signal(object)

    def __init__(self, parent: QWidget | None = None, *, read_only: bool = False) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self._read_only = read_only
        self._desk = SlideDesk()
        self._name = ElidedLabel(HEAD_PX, bold=True)
        self.rules = _rules_box()
        self.rules.activated.connect(self._choose_rules)
        self._proposal = ProposalPanel()
        self._of_slide = _toggle("Slide")
        self._of_field = _toggle("This field")
        self._cells = label("", "quiet")
        self._bars = ClassBars()
        self._detected = label("", "quiet", wrap=True)
        self._detected.hide()
        self._cautions = label("", "warning", wrap=True)
        self._own = OwnScorePanel()
        self._own.intent.connect(self.intent)
        self._finish = action_button("finish-slide", role="first")
        self._finish.clicked.connect(lambda: self.intent.emit(FinishSlide()))
        self._next = action_button("next-slide")
        self._next.clicked.connect(self.ask_next_slide)
        self._refusal = label("", "small", wrap=True)
        self._refusal.setMinimumHeight(2 * GRID)  # also empty: nothing above it moves
        self._form = SlideForm()
        self._form.intent.connect(self._begin_slide)
        self._form.hide()
        for button, other in ((self._of_slide, self._of_field), (self._of_field, self._of_slide)):
            button.clicked.connect(lambda _=False, it=button, off=other: self._choose(it, off))
        self._of_slide.setChecked(True)
        self._lay_out()
        for part in (self._finish, self._next, self._refusal) if read_only else ():
            part.hide()
        self.show_desk(self._desk)

    def set_theme(self, theme: Theme) -> None:
        """Take the colors of a theme."""
        self._bars.set_theme(theme)

    def show_desk(self, desk: SlideDesk) -> None:
        """Show another state."""
        self._desk = desk
        slide = desk.sitting.slide if desk.sitting is not None else None
        self._name.set_text(f"{slide.case} · {slide.name}" if slide else "No slide yet")
        if desk.sitting is not None:
            self.rules.setCurrentText(desk.sitting.rules.name)
        editable = slide is not None and not slide.finished and not self._read_only
        self.rules.setEnabled(editable)
        if desk.tally is not None:
            self._proposal.set_tally(desk.tally.tally, desk.tally.pending)
        self._show_classes()
        found = cautions(desk)
        self._cautions.setText("\n".join(f"• {text}" for text in found))
        self._cautions.setVisible(bool(found))
        score, comment = (slide.score, slide.comment) if slide else (None, "")
        self._own.set_given(score, comment, enabled=editable)
        refusal = finish_refusal(desk)
        self._finish.setEnabled(refusal is None)
        self._next.setEnabled(slide is None or slide.finished)
        shown = refusal or "" if slide is not None and not slide.finished else ""
        self._refusal.setText(shown)

    @property
    def own(self) -> OwnScorePanel:
        """The pathologist's own score."""
        return self._own

    def ask_next_slide(self) -> None:
        """Ask for the names of the next slide, here in the panel."""
        slide = self._desk.sitting.slide if self._desk.sitting is not None else None
        if slide is None or slide.finished:
            self._form.ask(slide.case if slide else "", slide.name if slide else "")

    def finish(self) -> None:
        """Finish the slide when that is possible."""
        if finish_refusal(self._desk) is None:
            self._own.keep_comment()
            self.intent.emit(FinishSlide())

    def _begin_slide(self, intent: BeginSlide) -> None:
        self._form.hide()
        self.intent.emit(intent)

    def change_counts(self) -> None:
        """Show the classes of the field in view in place of the slide's, or the other way."""
        other = self._of_slide if self._of_field.isChecked() else self._of_field
        if other.isEnabled():
            other.click()

    def _choose(self, button: QPushButton, other: QPushButton) -> None:
        button.setChecked(True)
        other.setChecked(False)
        self._show_classes()

    def _choose_rules(self) -> None:
        self.intent.emit(ChooseRules(self.rules.currentText()))

    def _show_classes(self) -> None:
        shown, tally = self._desk.shown, self._desk.tally
        self._of_field.setEnabled(shown is not None)
        if self._of_field.isChecked() and shown is not None:
            counts = ClassCounts.from_cells(shown.cells.edited)
            changed = int(shown.cells.touched.sum())
            name = f"field {shown.number}" if shown.number is not None else "not counted"
            by_hand = f", {changed} changed by hand" if changed else ""
            self._cells.setText(f"{counts.total} cells, {name}{by_hand}")
            self._bars.set_rows(rows_of_field(counts))
            self._show_detected(ClassCounts.from_cells(shown.cells.proposed), counts)
        elif tally is not None:
            score = tally.tally.edited
            fields = f"{score.n_fields} field{'' if score.n_fields == 1 else 's'}"
            self._cells.setText(f"{score.n_cells} cells, {fields}")
            self._bars.set_rows(rows_of_slide(score))
            each = tally.tally.fields
            detected = sum((f.proposed.counts for f in each), ClassCounts())
            self._show_detected(detected, sum((f.edited.counts for f in each), ClassCounts()))

    def _show_detected(self, detected: ClassCounts, edited: ClassCounts) -> None:
        """Show the counts without changes by hand, where there are such."""
        self._detected.setText(as_detected(detected, edited))
        self._detected.setVisible(detected != edited)

    def _lay_out(self) -> None:
        which = QHBoxLayout()
        which.setSpacing(4)
        which.addWidget(self._of_slide)
        which.addWidget(self._of_field)
        which.addStretch(1)
        which.addWidget(self._cells)
        ends = QHBoxLayout()
        ends.setSpacing(GRID)
        ends.addWidget(self._finish, 1)
        ends.addWidget(self._next, 1)
        # In a line of its own: whoever cannot read which slide it is mixes two of them up.
        head = _column(self._name, self.rules)
        head.setContentsMargins(2 * GRID, GRID, 2 * GRID, GRID)
        counted = _column(self._proposal, rule(), which, self._bars, self._detected, self._cautions)
        counted.setContentsMargins(2 * GRID, 0, 2 * GRID, GRID)
        counted.addStretch(1)
        own = _column(self._own, ends, self._refusal, self._form)
        own.setContentsMargins(2 * GRID, GRID, 2 * GRID, GRID)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(_scrolled(counted), 1)
        layout.addWidget(rule())
        layout.addLayout(own)


class SlideForm(QWidget):
    """Names of the next slide, in a line of the panel and not in a dialog."""

    intent = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._case, self._name = QLineEdit(), QLineEdit()
        self._begin = QPushButton("Begin")
        self._begin.setProperty("role", "first")
        self._begin.setToolTip("Begin the slide (Return)")
        self._begin.clicked.connect(self._take)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        for edit, name in ((self._case, "Case"), (self._name, "Slide")):
            edit.setPlaceholderText(name)
            edit.setAccessibleName(name)
            edit.setToolTip(f"{name} as your laboratory writes it (Return begins the slide)")
            edit.returnPressed.connect(self._take)
            edit.textChanged.connect(self._look)
            layout.addWidget(edit, 1)
        layout.addWidget(self._begin)
        self._look()

    def ask(self, case: str, last: str) -> None:
        """Show the form with the case of the last slide, and the next number when it has one."""
        self._case.setText(case)
        self._name.setText(next_name(last))
        self.show()
        self._name.setFocus()
        self._name.selectAll()

    def _look(self) -> None:
        self._begin.setEnabled(bool(self._case.text().strip() and self._name.text().strip()))

    def _take(self) -> None:
        if self._begin.isEnabled():
            self.intent.emit(BeginSlide(self._case.text().strip(), self._name.text().strip()))


def next_name(last: str) -> str:
    """Return the name after one that ends in a number, or nothing."""
    stem = last.rstrip("0123456789")
    number = last[len(stem) :]
    return f"{stem}{int(number) + 1:0{len(number)}d}" if number else ""


def _column(*parts: QWidget | QHBoxLayout) -> QVBoxLayout:
    made = QVBoxLayout()
    made.setSpacing(GRID)
    for part in parts:
        if isinstance(part, QWidget):
            made.addWidget(part)
        else:
            made.addLayout(part)
    return made


def _scrolled(layout: QVBoxLayout) -> QScrollArea:
    holder = QWidget()
    holder.setLayout(layout)
    made = QScrollArea()
    made.setWidget(holder)
    made.setWidgetResizable(True)
    made.setFrameShape(QFrame.Shape.NoFrame)
    made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return made


def _toggle(text: str) -> QPushButton:
    made = QPushButton(text)
    made.setCheckable(True)
    made.setProperty("role", "flat")
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    made.setToolTip(f"Show the classes of {text.lower()}")
    return made


def _rules_box() -> QComboBox:
    made = QComboBox()
    made.addItems(list(profile_names()))
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    made.setToolTip("The guideline that proposes the score")
    made.setAccessibleName("Rule profile")
    return made

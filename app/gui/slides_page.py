"""All slides that are kept, to be found, looked at and exported."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QItemSelectionModel, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app import RESEARCH_USE_ONLY
from app.gui.controls import label, set_role
from app.gui.theme import GRID
from app.model.case_records import SlideRecord

COLUMNS = ("Case", "Slide", "Begun", "State", "Fields", "Proposed", "Pathologist")
_TIPS = {
    "Fields": "Fields that are kept, those included that were dropped later",
    "Proposed": "The score that was proposed when the slide was finished",
    "Pathologist": "The pathologist's own score",
}
_STRETCHED = (0, 1)
_RIGHT = (4,)
NOTHING_KEPT = "No slide is kept yet. A slide stands here from its first field on."


def slide_words(slide: SlideRecord, in_work: str | None) -> tuple[str, ...]:
    """Return a row of the table.

    Parameters
    ----------
    in_work
        Identity of the slide in work, as the session has it.
    """
    state = "finished" if slide.status == "finished" else "not finished"
    if in_work is not None and identity(slide) == in_work and slide.status == "open":
        state = "in work"
    return (
        slide.case,
        slide.name,
        slide.created_utc.astimezone().strftime("%Y-%m-%d %H:%M"),
        state,
        str(slide.n_fields),
        str(slide.proposal["score"]) if slide.proposal else "–",
        slide.pathologist_score or "–",
    )


def identity(slide: SlideRecord) -> str | None:
    """Return the identity of a slide in the session; None for one of an earlier form."""
    found = slide.provenance.get("slide")
    return found if isinstance(found, str) else None


class SlidesPage(QWidget):
    """A table of slides with a line to search in, and what can be done with the chosen one."""

    opened = Signal()
    """The page was brought up, and wants to know what is kept now."""
    view_wanted = Signal(object)
    """The `SlideRecord` that is to be looked at."""
    export_wanted = Signal(object)
    """The `SlideRecord` that is to be exported."""
    stop_wanted = Signal()
    """The export is to be stopped."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Slides")
        self._slides: tuple[SlideRecord, ...] = ()
        self._folder: Path | None = None
        self._busy = False
        self._search = QLineEdit()
        self._search.setPlaceholderText("Search case, slide, date, state or score")
        self._search.setAccessibleName("Search")
        self._search.setToolTip("Only slides in which all these words stand are shown")
        self._search.setClearButtonEnabled(True)
        self._search.textChanged.connect(self._filter)
        self._search.returnPressed.connect(self._view)
        self._count = label("", "quiet")
        self._table = _table()
        self._table.itemSelectionChanged.connect(self._look)
        self._table.itemActivated.connect(self._view)
        self._empty = label("", "quiet", wrap=True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._body = QStackedWidget()
        self._body.addWidget(self._table)
        self._body.addWidget(self._empty)
        self._says = label("", "quiet", wrap=True)
        self._says.setMinimumHeight(2 * GRID)
        self._see = _button("Open", "Look at the slide; nothing can be changed (Return)", "first")
        self._see.clicked.connect(self._view)
        self._export = _button("Export …", "Write tables, pictures and the report to a folder")
        self._export.clicked.connect(self._want_export)
        self._stop = _button("Stop export", "Stop writing; what was written is taken away again")
        self._stop.clicked.connect(self.stop_wanted)
        self._folder_button = _button("Open folder", "Show the folder that was written")
        self._folder_button.clicked.connect(self._open_folder)
        self._lay_out()
        self.show_busy(busy=False)
        self.show_empty("Looking …")

    # What is shown

    @property
    def says(self) -> str:
        """The line below the table."""
        return self._says.text()

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """What the table shows, row by row."""
        return [
            tuple(self._text(row, column) for column in range(len(COLUMNS)))
            for row in range(self._table.rowCount())
            if not self._table.isRowHidden(row)
        ]

    @property
    def empty_text(self) -> str:
        """What stands in place of the table; empty when the table is shown."""
        return self._empty.text() if self._body.currentWidget() is self._empty else ""

    @property
    def chosen(self) -> SlideRecord | None:
        """The slide that is chosen."""
        row = self._table.currentRow()
        if row < 0 or not self._table.selectedItems() or self._table.isRowHidden(row):
            return None
        return self._slides[row] if self._body.currentWidget() is self._table else None

    def show_slides(self, slides: Sequence[SlideRecord], in_work: str | None) -> None:
        """Show other slides; the one that was chosen stays so."""
        before = self.chosen
        self._slides = tuple(slides)
        self._table.setRowCount(len(slides))
        for row, slide in enumerate(slides):
            for column, text in enumerate(slide_words(slide, in_work)):
                self._table.setItem(row, column, _item(text, right=column in _RIGHT))
        for column in range(len(COLUMNS)):
            if column not in _STRETCHED:
                self._table.resizeColumnToContents(column)
        self._filter()
        if before is not None:
            self.choose(before.id)

    def show_empty(self, text: str) -> None:
        """Show a sentence in place of the table: there is nothing, or it cannot be read."""
        self._slides = ()
        self._table.setRowCount(0)
        self._count.setText("")
        self._empty.setText(text)
        self._body.setCurrentWidget(self._empty)
        self._look()

    def say(self, text: str, role: str = "quiet", folder: Path | None = None) -> None:
        """Show one line, and offer a folder that was written."""
        set_role(self._says, role)
        self._says.setText(text)
        self._folder = folder
        self._folder_button.setVisible(folder is not None)

    def show_busy(self, *, busy: bool) -> None:
        """Show whether something is being exported, which is done for one slide at a time."""
        self._busy = busy
        self._stop.setVisible(busy)
        self._folder_button.setVisible(self._folder is not None and not busy)
        self._look()

    def choose(self, slide_id: int) -> bool:
        """Choose a slide; False when it is not shown."""
        for row, slide in enumerate(self._slides):
            if slide.id == slide_id and not self._table.isRowHidden(row):
                self._table.setCurrentCell(row, 0, _CHOOSE)
                return True
        return False

    def search(self, text: str) -> None:
        """Search for words."""
        self._search.setText(text)

    # Events of Qt

    def hasHeightForWidth(self) -> bool:  # noqa: N802
        """Say that the page is higher than its text; Qt and `Pages` call this."""
        return False

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Ask for what is kept now, ready to be searched; Qt calls this."""
        super().showEvent(event)
        self._search.setFocus()
        self._search.selectAll()
        self.opened.emit()

    def event(self, event: QEvent) -> bool:
        """Keep Return from the main window, where it confirms thresholds; Qt calls this."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            event.setAccepted(event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter))
            return event.isAccepted()
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Go from the search down into the table; Qt calls this."""
        if event.key() == Qt.Key.Key_Down and self._search.hasFocus():
            self._table.setFocus()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.accept()
        else:
            super().keyPressEvent(event)

    # What the user does

    def _view(self) -> None:
        if self.chosen is not None:
            self.view_wanted.emit(self.chosen)

    def _want_export(self) -> None:
        if self.chosen is not None and not self._busy:
            self.export_wanted.emit(self.chosen)

    def _open_folder(self) -> None:
        if self._folder is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._folder)))

    def _filter(self) -> None:
        wanted = self._search.text().casefold().split()
        shown = 0
        for row in range(self._table.rowCount()):
            text = " ".join(self._text(row, column) for column in range(len(COLUMNS))).casefold()
            found = all(word in text for word in wanted)
            self._table.setRowHidden(row, not found)
            shown += found
        n = self._table.rowCount()
        if n == 0:
            return
        of = "" if shown == n else f"{shown} of "
        self._count.setText(f"{of}{n} slide{'' if n == 1 else 's'}")
        self._empty.setText("" if shown else "No slide has all these words.")
        self._body.setCurrentWidget(self._table if shown else self._empty)
        if shown and self.chosen is None:
            first = next(row for row in range(n) if not self._table.isRowHidden(row))
            self._table.setCurrentCell(first, 0, _CHOOSE)
        self._look()

    def _look(self) -> None:
        chosen = self.chosen
        self._see.setEnabled(chosen is not None)
        self._export.setEnabled(chosen is not None and not self._busy)

    def _text(self, row: int, column: int) -> str:
        item = self._table.item(row, column)
        return item.text() if item is not None else ""

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(2 * GRID)
        head.addWidget(self._search, 1)
        head.addWidget(self._count)
        ends = QHBoxLayout()
        ends.setSpacing(GRID)
        ends.addWidget(label(RESEARCH_USE_ONLY, "warning"), 1)
        for button in (self._folder_button, self._stop, self._export, self._see):
            ends.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        layout.setSpacing(GRID)
        layout.addLayout(head)
        layout.addWidget(self._body, 1)
        layout.addWidget(self._says)
        layout.addLayout(ends)
        self.resize(120 * GRID, 64 * GRID)


_CHOOSE = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows


def _table() -> QTableWidget:
    made = QTableWidget(0, len(COLUMNS))
    made.setAccessibleName("Slides")
    made.setTabKeyNavigation(False)
    made.verticalHeader().hide()
    made.verticalHeader().setDefaultSectionSize(3 * GRID)
    made.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    made.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    made.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    made.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    made.setShowGrid(False)
    made.setWordWrap(False)
    for column, name in enumerate(COLUMNS):
        head = QTableWidgetItem(name)
        head.setTextAlignment(_side(right=column in _RIGHT))
        head.setToolTip(_TIPS.get(name, name))
        made.setHorizontalHeaderItem(column, head)
        if column in _STRETCHED:
            stretch = QHeaderView.ResizeMode.Stretch
            made.horizontalHeader().setSectionResizeMode(column, stretch)
    made.horizontalHeader().setHighlightSections(False)
    return made


def _item(text: str, *, right: bool) -> QTableWidgetItem:
    made = QTableWidgetItem(text)
    made.setToolTip(text)
    made.setTextAlignment(_side(right=right))
    made.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
    return made


def _side(*, right: bool) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


def _button(text: str, tip: str, role: str = "") -> QPushButton:
    made = QPushButton(text)
    made.setToolTip(tip)
    # Else Return in the search would press one of them, whichever comes first.
    made.setAutoDefault(False)
    if role:
        made.setProperty("role", role)
    return made

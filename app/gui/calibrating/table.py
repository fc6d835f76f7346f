"""What is kept of each objective, as a table."""

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from app.gui.theme import GRID
from app.storage.calibration_file import Calibrations
from hardware.objective_calibration import (
    SOON_DAYS,
    FlatField,
    ObjectiveCalibration,
    expired,
)

COLUMNS = ("Objective", "um/px", "Made", "Valid until", "State", "Flat field")
NEVER = "–"
_ROW = 30


def state_words(kept: ObjectiveCalibration | FlatField | None, today: date) -> str:
    """Return whether it can be used, in a word or two."""
    if kept is None:
        return "never made"
    if expired(kept, today):
        return "ran out"
    if today < kept.made_on:
        return "see to the clock"
    left = (kept.valid_until - today).days
    return f"{left} day{'s' if left != 1 else ''} left" if left <= SOON_DAYS else "valid"


class CalibrationTable(QTableWidget):
    """One row per objective."""

    def __init__(self) -> None:
        super().__init__(0, len(COLUMNS))
        self.setAccessibleName("Calibrations")
        self.setHorizontalHeaderLabels(COLUMNS)
        self.verticalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._show_rows()

    def _show_rows(self) -> None:
        """Be as high as the rows are, up to five of them."""
        rows = min(5, self.rowCount()) + 1
        self.setFixedHeight(rows * _ROW + GRID // 2)

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """What stands there."""
        found = []
        for row in range(self.rowCount()):
            items = (self.item(row, column) for column in range(len(COLUMNS)))
            found.append(tuple("" if item is None else item.text() for item in items))
        return tuple(found)

    def show_calibrations(
        self,
        kept: Calibrations,
        camera: str | None,
        size_px: tuple[int, int] | None,
        objectives: Sequence[str],
        today: date,
    ) -> None:
        """Show what is kept for a camera at a picture size; None when it is not known."""
        self.setRowCount(len(objectives))
        self._show_rows()
        for row, name in enumerate(objectives):
            size = flat = None
            if camera is not None and size_px is not None:
                size = kept.objective(camera, name, size_px)
                flat = kept.flat_field(camera, name, size_px)
            texts = (
                name,
                NEVER if size is None else f"{size.um_per_px:.4f}",
                NEVER if size is None else str(size.made_on),
                NEVER if size is None else str(size.valid_until),
                state_words(size, today),
                state_words(flat, today),
            )
            for column, text in enumerate(texts):
                self.setItem(row, column, QTableWidgetItem(text))

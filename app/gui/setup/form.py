"""Rows of a form: names at the left in one column, controls at the right."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLayout, QWidget

from app.gui.controls import label
from app.gui.theme import GRID

_NAMES, _ROW = 12 * GRID, 4 * GRID


def form() -> QGridLayout:
    """Return an empty form."""
    grid = QGridLayout()
    grid.setHorizontalSpacing(GRID)
    grid.setVerticalSpacing(GRID // 2)
    grid.setColumnMinimumWidth(0, _NAMES)
    grid.setColumnStretch(1, 1)
    return grid


def add_row(grid: QGridLayout, name: str, control: QWidget | QLayout, *, least: int = _ROW) -> None:
    """Add a row, as high as a control of the theme however small the form is made."""
    row = grid.rowCount() if grid.count() else 0
    if name:
        written = label(name)
        written.setMinimumHeight(_ROW)
        grid.addWidget(written, row, 0, Qt.AlignmentFlag.AlignTop)
    if isinstance(control, QWidget):
        grid.addWidget(control, row, 1)
    else:
        grid.addLayout(control, row, 1)
    grid.setRowMinimumHeight(row, least)

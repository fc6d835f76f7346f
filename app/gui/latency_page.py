"""The page that shows how soon the windows follow."""

import math
from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from app.bench.gui_figures import Figure
from app.gui.controls import label, set_role
from app.gui.theme import GRID

_REFRESH_MS = 1000
_HEADS = ("Measured", "Values", "Median", "95 %", "Worst", "Aim", "")


class LatencyPage(QWidget):
    """A table of figures, read anew every second while it is seen.

    Parameters
    ----------
    figures
        Returns what was measured so far.
    """

    def __init__(self, figures: Callable[[], tuple[Figure, ...]], parent: QWidget | None = None):
        super().__init__(parent)
        self.setWindowTitle("Latency")
        self._figures = figures
        self._timer = QTimer(self)
        self._timer.setInterval(_REFRESH_MS)
        self._timer.timeout.connect(self.refresh)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(3 * GRID)
        self._grid.setVerticalSpacing(GRID)
        self._cells: dict[tuple[int, int], QLabel] = {}
        for column, head in enumerate(_HEADS):
            self._grid.addWidget(label(head, "quiet"), 0, column, _side(column))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        layout.setSpacing(2 * GRID)
        layout.addLayout(self._grid)
        layout.addStretch(1)
        layout.addWidget(
            label(
                "Pictures and answers of the last minute; presses and sliders since the start. "
                "her2scope bench --gui measures more, on the simulated microscope.",
                "quiet",
                wrap=True,
            )
        )
        self.resize(80 * GRID, 44 * GRID)
        self.refresh()

    def refresh(self) -> None:
        """Read the figures again."""
        for row, figure in enumerate(self._figures(), 1):
            for column, (text, role) in enumerate(_texts(figure)):
                self._write(row, column, text, role)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Begin to read; Qt calls this."""
        super().showEvent(event)
        self.refresh()
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        """Read no more; Qt calls this."""
        super().hideEvent(event)
        self._timer.stop()

    def _write(self, row: int, column: int, text: str, role: str) -> None:
        cell = self._cells.get((row, column))
        if cell is None:
            cell = self._cells[row, column] = label()
            self._grid.addWidget(cell, row, column, _side(column))
        if cell.text() != text:
            cell.setText(text)
        set_role(cell, role)


def _side(column: int) -> Qt.AlignmentFlag:
    right = 0 < column < len(_HEADS) - 2
    return Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft


def _texts(figure: Figure) -> tuple[tuple[str, str], ...]:
    """Return text and role of each column."""
    spread = figure.spread
    numbers = [_number(each, figure.unit) for each in (spread.median, spread.p95, spread.worst)]
    if figure.aim is not None and figure.aim.least:
        numbers[1:] = "", ""  # the largest of what should be large says nothing
    aim = "" if figure.aim is None else f"{_JUDGED[figure.aim.judged]} {_bound(figure)}"
    if figure.met is None or not spread.count:
        verdict, role = "", ""
    else:
        verdict, role = ("met", "quiet") if figure.met else ("missed", "warning")
    return (
        (figure.name, ""),
        (str(spread.count) if spread.count else "none yet", "quiet"),
        *((each, "") for each in numbers),
        (aim, "quiet"),
        (verdict, role),
    )


_JUDGED = {"median": "median", "p95": "95 %", "worst": "worst"}


def _bound(figure: Figure) -> str:
    aim = figure.aim
    assert aim is not None
    return f"{'at least' if aim.least else 'at most'} {aim.value:g} {figure.unit}"


def _number(value: float, unit: str) -> str:
    if math.isnan(value):
        return "–"
    return f"{value:.1f} {unit}" if unit == "frames" else f"{value:.0f} {unit}"

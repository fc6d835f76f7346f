"""The objectives of a microscope, and how the program learns which one is in the light."""

import json
from typing import Any

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from app.devices.station import StationProblem
from app.gui.setup.form import add_row, form
from app.gui.theme import GRID
from hardware.nosepieces.kinds import NOSEPIECE_KINDS, make_nosepiece

_TITLES = {"hand": "turned by hand, told by a key (M)", "serial": "asked over a serial port"}
_EXAMPLE = {
    "serial": {
        "port": "/dev/ttyUSB0",
        "ask": "POS?\r",
        "answer": "POS=(?P<position>\\d)",
        "line_end": "\r",
    }
}


class ObjectivesSection(QWidget):
    """Names of the objectives and the record of the nosepiece."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names = QLineEdit()
        self._names.setPlaceholderText("10x, 20x, 40x")
        self._names.setAccessibleName("Objectives")
        self._names.setToolTip("As on their barrels, weakest first, with commas between them")
        self._names.editingFinished.connect(self.changed.emit)
        self._kind = QComboBox()
        self._kind.setAccessibleName("Nosepiece")
        for kind in NOSEPIECE_KINDS:
            self._kind.addItem(_TITLES.get(kind, kind), kind)
        self._kind.activated.connect(self._choose_kind)
        self._protocol = QPlainTextEdit()
        self._protocol.setAccessibleName("Protocol of the nosepiece")
        self._protocol.setToolTip("A JSON record; docs/technician/devices.md has examples")
        self._protocol.setFixedHeight(16 * GRID)
        self._protocol.textChanged.connect(self.changed.emit)
        grid = form()
        add_row(grid, "Objectives", self._names)
        add_row(grid, "Nosepiece", self._kind)
        add_row(grid, "", self._protocol, least=0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(grid)
        self._show_kind()

    def objectives(self) -> tuple[tuple[str, ...], dict[str, Any] | None]:
        """Return the names, and the nosepiece as a station keeps it.

        Raises
        ------
        StationProblem
            They cannot be used; one line.
        """
        names = tuple(name.strip() for name in self._names.text().split(",") if name.strip())
        record = self._record()
        try:
            make_nosepiece(record or {}, names)
        except ValueError as problem:
            raise StationProblem(str(problem)) from problem
        return names, record

    def set_objectives(self, names: tuple[str, ...], record: dict[str, Any] | None) -> None:
        """Show others."""
        self._names.setText(", ".join(names))
        kind = "hand" if record is None else str(record.get("kind", "hand"))
        self._kind.setCurrentIndex(max(0, self._kind.findData(kind)))
        rest = {key: value for key, value in (record or {}).items() if key != "kind"}
        with QSignalBlocker(self._protocol):
            self._protocol.setPlainText(json.dumps(rest, indent=1) if rest else "")
        self._show_kind()

    def _record(self) -> dict[str, Any] | None:
        kind = self._kind.currentData()
        if kind == "hand":
            return None
        try:
            values = json.loads(self._protocol.toPlainText() or "{}")
        except ValueError as error:
            raise StationProblem(f"the protocol of the nosepiece is no JSON: {error}") from error
        if not isinstance(values, dict):
            raise StationProblem("the protocol of the nosepiece must be a JSON record: {...}")
        return {"kind": kind, **values}

    def _choose_kind(self) -> None:
        kind = self._kind.currentData()
        if kind in _EXAMPLE and not self._protocol.toPlainText().strip():
            names = [name.strip() for name in self._names.text().split(",") if name.strip()]
            places = [{"position": str(n), "name": name} for n, name in enumerate(names, 1)]
            example = {**_EXAMPLE[kind], "positions": places}
            self._protocol.setPlainText(json.dumps(example, indent=1))
        self._show_kind()
        self.changed.emit()

    def _show_kind(self) -> None:
        self._protocol.setVisible(self._kind.currentData() != "hand")

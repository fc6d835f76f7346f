"""The objectives of a microscope, and how the program learns which one is in the light."""

import json
from typing import Any

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from app.devices.nosepiece_check import NosepieceCheck, NosepieceLook, check_nosepiece
from app.devices.station import StationProblem
from app.gui.setup.form import add_row, form
from app.gui.setup.section import Section
from app.gui.theme import GRID
from hardware.nosepieces.kinds import NOSEPIECE_KINDS, make_nosepiece

TRIAL_S = 60.0
_TITLES = {
    "hand": "turned by hand, told by a key (M)",
    "serial": "asked over a serial port",
    "micromanager": "asked through Micro-Manager",
}
_EXAMPLE = {
    "micromanager": {
        "address": "/opt/micro-manager#/opt/micro-manager/stand.cfg",
        "turret": "Nosepiece",
    },
    "serial": {
        "port": "/dev/ttyUSB0",
        "ask": "POS?\r",
        "answer": "POS=(?P<position>\\d)",
        "line_end": "\r",
    },
}


class ObjectivesSection(Section):
    """Names of the objectives and the record of the nosepiece."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("nosepiece", parent)
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
        self._protocol.setToolTip("A JSON record; docs/technician/objectives.md has examples")
        self._protocol.setFixedHeight(16 * GRID)
        self._protocol.textChanged.connect(self.changed.emit)
        self._try.setToolTip("Asks the nosepiece and shows what is in the light; turn it meanwhile")
        self._try.clicked.connect(self._try_or_stop)
        trial = QHBoxLayout()
        trial.setSpacing(GRID)
        trial.addWidget(self._try)
        trial.addWidget(self._says, 1)
        grid = form()
        add_row(grid, "Objectives", self._names)
        add_row(grid, "Nosepiece", self._kind)
        add_row(grid, "", self._protocol, least=0)
        add_row(grid, "", trial, least=0)
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

    def set_in_use(self, *, used: bool) -> None:
        """Say that the nosepiece belongs to a sitting, which has it open."""
        self._in_use = used
        self._show_kind()

    def stop(self) -> None:
        """End a trial, and wait until the nosepiece is let go."""
        self._background.close()
        self._rest()

    def set_objectives(self, names: tuple[str, ...], record: dict[str, Any] | None) -> None:
        """Show others, ending a trial."""
        self.stop()
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
        self.stop()
        kind = self._kind.currentData()
        if kind in _EXAMPLE and not self._protocol.toPlainText().strip():
            names = [name.strip() for name in self._names.text().split(",") if name.strip()]
            places = [{"position": str(n), "name": name} for n, name in enumerate(names, 1)]
            example = {**_EXAMPLE[kind], "positions": places}
            self._protocol.setPlainText(json.dumps(example, indent=1))
        self._show_kind()
        self.changed.emit()

    def _show_kind(self) -> None:
        asked = self._kind.currentData() != "hand"
        for each in (self._protocol, self._try, self._says):
            each.setVisible(asked)
        self._try.setEnabled(not self._in_use)
        self._say("")

    def _try_or_stop(self) -> None:
        if self._background.busy:
            self._background.stop()
            return
        try:
            names, record = self.objectives()
        except StationProblem as problem:
            self._say(str(problem), "failure")
            return
        nosepiece = make_nosepiece(record or {}, names)
        self._try.setText("Stop")
        self._background.start(
            lambda tell: check_nosepiece(nosepiece, TRIAL_S, tell, lambda: tell(None)),
            self._show_end,
            self._fail,
            told=self._show_look,
            stopped=lambda: self._end("Stopped; the nosepiece is let go."),
        )

    def _show_look(self, look: object) -> None:
        if isinstance(look, NosepieceLook):
            words = look.words[:1].upper() + look.words[1:]
            role = "good" if look.objective else "failure" if look.trouble else "warning"
            self._say(words, role)

    def _show_end(self, check: object) -> None:
        assert isinstance(check, NosepieceCheck)
        over = "A minute is over; the nosepiece is let go."
        self._end(check.problem or over, "failure" if check.problem else "quiet")

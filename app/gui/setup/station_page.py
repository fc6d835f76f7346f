"""The microscopes of this computer: one is put together, tried, kept under a name, and used."""

from collections.abc import Callable

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app import RESEARCH_USE_ONLY
from app.devices.station import (
    Station,
    StationProblem,
    load_station,
    remove_station,
    save_station,
    station_names,
)
from app.gui.controls import label, rule, set_role
from app.gui.setup.camera_section import CameraSection
from app.gui.setup.objectives_section import ObjectivesSection
from app.gui.setup.pedal_section import PedalSection
from app.gui.theme import GRID

SIMULATED, NEW = "", None
_SIMULATED_TEXT = "Simulated microscope"
_NEW_TEXT = "New microscope …"
_ABOUT_SIMULATED = (
    "A synthetic slide to drive around on, with two objectives. It has nothing to be set up."
)
_ABOUT = "Camera, objectives, pedal, then a name. Pixel sizes are calibrated when it is in use."
_IN_USE = "In use now: its devices belong to the sitting, so that Try cannot open them."


class StationPage(QWidget):
    """Lists the microscopes, and shows one of them to be changed.

    Parameters
    ----------
    in_use
        Name of the station on which the windows are open; empty for the simulated microscope.
    facts
        Returns a line on the camera of the sitting, e.g. its size and rate.
    """

    use_asked = Signal(str)
    """The windows are to be opened on that station; empty is the simulated microscope."""

    def __init__(
        self, in_use: str, facts: Callable[[], str] = str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Microscope")
        self._in_use, self._facts = in_use, facts
        self._removing = False
        self._list = QListWidget()
        self._list.setAccessibleName("Microscopes")
        self._list.setFixedWidth(28 * GRID)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.currentItemChanged.connect(self._choose)
        self._about = label("", "quiet", wrap=True)
        self.camera, self.objectives, self.pedal = (
            CameraSection(),
            ObjectivesSection(),
            PedalSection(),
        )
        self._name = QLineEdit()
        self._name.setAccessibleName("Name")
        self._name.setPlaceholderText("e.g. room 4")
        self._name.setMaxLength(64)
        self._save = QPushButton("Save")
        self._save.setToolTip("Keep the microscope under its name")
        self._save.clicked.connect(self._save_station)
        self._use = QPushButton("Use this microscope")
        self._use.setProperty("role", "first")
        self._use.setToolTip("Opens the windows again on it; what is on the slide stays")
        self._use.clicked.connect(self._use_station)
        self._remove = QPushButton("Remove")
        self._remove.setProperty("role", "flat")
        self._remove.setToolTip("Forget the microscope; a second click does it")
        self._remove.clicked.connect(self._remove_station)
        self._says = label("", "quiet", wrap=True)
        self._lay_out()
        for section in (self.camera, self.objectives, self.pedal):
            section.changed.connect(lambda: self._say(""))
        self._fill(in_use)

    @property
    def says(self) -> str:
        """The line at the bottom."""
        return self._says.text()

    @property
    def names(self) -> tuple[str, ...]:
        """What is listed."""
        return tuple(self._list.item(row).text() for row in range(self._list.count()))

    def choose(self, name: str | None) -> None:
        """Show a station; None is a new one."""
        for row in range(self._list.count()):
            if self._list.item(row).data(Qt.ItemDataRole.UserRole) == name:
                self._list.setCurrentRow(row)

    def set_name(self, name: str) -> None:
        """Write the name under which Save keeps it."""
        self._name.setText(name)

    def stop(self) -> None:
        """Close whatever is tried."""
        for section in (self.camera, self.objectives, self.pedal):
            section.stop()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        """Close whatever is tried; Qt calls this."""
        super().hideEvent(event)
        self.stop()

    # The list

    def _fill(self, chosen: str | None) -> None:
        with QSignalBlocker(self._list):
            self._list.clear()
            known = [(SIMULATED, _SIMULATED_TEXT), *((name, name) for name in station_names())]
            for name, text in (*known, (NEW, _NEW_TEXT)):
                used = name == self._in_use and name is not NEW
                item = QListWidgetItem(f"{text}  (in use)" if used else text)
                item.setData(Qt.ItemDataRole.UserRole, name)
                self._list.addItem(item)
        self._list.setCurrentRow(0)
        self.choose(chosen)
        self._choose()

    @property
    def _chosen(self) -> str | None:
        item = self._list.currentItem()
        name = None if item is None else item.data(Qt.ItemDataRole.UserRole)
        return name if isinstance(name, str) else None

    def _choose(self) -> None:
        self._removing = False
        self._remove.setText("Remove")
        name = self._chosen
        simulated = name == SIMULATED
        used = name is not None and name == self._in_use
        self._form.setVisible(not simulated)
        self._remove.setVisible(bool(name) and not used)
        self._save.setVisible(not simulated)
        self._use.setEnabled(not used)
        about = _ABOUT_SIMULATED if simulated else _IN_USE if used else _ABOUT
        facts = self._facts() if used else ""
        self._about.setText(f"{about} {facts}".strip())
        self._say("")
        if not simulated:
            self._show(name)

    def _show(self, name: str | None) -> None:
        station = Station()
        if name is not None:
            try:
                station = load_station(name)
            except StationProblem as problem:
                self._say(str(problem), "failure")
        self.camera.set_camera(station.camera)
        self.objectives.set_objectives(station.objectives, station.nosepiece)
        self.pedal.set_record(station.pedal)
        self._name.setText(name or "")
        for section in (self.camera, self.objectives, self.pedal):
            section.set_in_use(used=name is not None and name == self._in_use)

    # What is done

    def _station(self) -> tuple[str, Station]:
        names, nosepiece = self.objectives.objectives()
        return self._name.text().strip(), Station(
            camera=self.camera.camera(),
            objectives=names,
            nosepiece=nosepiece,
            pedal=self.pedal.record(),
        )

    def _save_station(self) -> bool:
        try:
            name, station = self._station()
            if name != self._chosen and name in station_names():
                raise StationProblem(f"there is a microscope {name} already: give another name")
            path = save_station(name, station)
        except StationProblem as problem:
            self._say(f"Not saved: {problem}", "failure")
            return False
        self._fill(name)
        used = name == self._in_use
        then = "it holds when the windows open again" if used else "Use opens the windows on it"
        self._say(f"Saved as {path.name}; {then}.", "good")
        return True

    def _use_station(self) -> None:
        if self._chosen != SIMULATED and not self._save_station():
            return
        self.stop()
        self.use_asked.emit(self._chosen or SIMULATED)

    def _remove_station(self) -> None:
        name = self._chosen
        if not name:
            return
        if not self._removing:
            self._removing = True
            self._remove.setText("Remove it?")
            self._say(f"A second click removes {name}; its calibrations stay.", "warning")
            return
        try:
            remove_station(name)
        except StationProblem as problem:
            self._say(str(problem), "failure")
            return
        self._fill(SIMULATED)
        self._say(f"{name} is removed.")

    def _say(self, text: str, role: str = "quiet") -> None:
        set_role(self._says, role)
        self._says.setText(text)

    def _lay_out(self) -> None:
        self._form = QWidget()
        inner = QVBoxLayout(self._form)
        inner.setContentsMargins(0, 0, GRID, 0)
        inner.setSpacing(GRID)
        parts = (
            ("1  CAMERA", self.camera),
            ("2  OBJECTIVES", self.objectives),
            ("3  PEDAL", self.pedal),
            ("4  NAME", self._name),
        )
        for number, (title, part) in enumerate(parts):
            if number:
                inner.addWidget(rule())
            inner.addWidget(label(title, "head"))
            inner.addWidget(part)
        inner.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidget(self._form)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        below = QHBoxLayout()
        below.setSpacing(GRID)
        below.addWidget(self._use)
        below.addWidget(self._save)
        below.addStretch(1)
        below.addWidget(self._remove)
        right = QVBoxLayout()
        right.setSpacing(GRID)
        right.addWidget(self._about)
        right.addWidget(scroll, 1)
        right.addWidget(self._says)
        right.addLayout(below)
        right.addWidget(label(RESEARCH_USE_ONLY, "small"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        layout.setSpacing(2 * GRID)
        layout.addWidget(self._list)
        layout.addLayout(right, 1)
        self._says.setMinimumHeight(3 * GRID)
        self.resize(112 * GRID, 112 * GRID)

"""The pages of the microscope joined to the sitting: what is set up, and what is calibrated."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.devices.calibrated import CalibratedOptics
from app.gui.calibrating.page import CalibrationPage
from app.gui.display import Display
from app.gui.main_window import MainWindow
from app.gui.setup.station_page import StationPage
from app.gui.wiring import Wiring
from app.session.session import Session
from app.storage.calibration_file import CALIBRATION_FILE, Calibrations


class MicroscopeWiring(QObject):
    """Opens the two pages, and lets the session believe new calibrations at once.

    Parameters
    ----------
    wiring, window, display
        The main window and what is done in it.
    session
        Gives pictures, and takes calibrations.
    station
        Name of the station in use; empty for the simulated microscope.
    objectives
        Names, weakest first.
    folder
        Where settings and calibrations lie.
    """

    use_asked = Signal(str)
    """The windows are to be opened on that station."""

    def __init__(
        self,
        wiring: Wiring,
        window: MainWindow,
        display: Display,
        session: Session,
        station: str,
        objectives: tuple[str, ...],
        folder: Path,
    ) -> None:
        super().__init__(window)
        self._wiring, self._display, self._session = wiring, display, session
        self._station, self._objectives, self._folder = station, objectives, folder
        self._pages: list[StationPage | CalibrationPage] = []
        wiring.serve("microscope", self._open_station)
        wiring.serve("calibrate-objective", self._open_calibration)

    def close(self) -> None:
        """Close whatever is tried or measured on the pages."""
        for page in self._pages:
            page.stop()

    def _open_station(self) -> None:
        self._wiring.pages.open("microscope", self._station_page)

    def _station_page(self) -> StationPage:
        page = StationPage(self._station, self._facts)
        page.use_asked.connect(self.use_asked)
        self._pages.append(page)
        return page

    def _open_calibration(self) -> None:
        self._wiring.pages.open("calibration", self._calibration_page)

    def _calibration_page(self) -> CalibrationPage:
        path = self._folder / CALIBRATION_FILE
        page = CalibrationPage(self._session.raw_picture, self._objectives, path)
        page.kept.connect(self._believe)
        self._pages.append(page)
        return page

    def _believe(self, calibrations: Calibrations) -> None:
        self._session.set_optics(CalibratedOptics(calibrations, self._folder))

    def _facts(self) -> str:
        preview = self._display.preview
        if preview is None:
            return ""
        size = f"{preview.field_width_px} x {preview.field_height_px} px"
        return f"It gives {size}, {preview.rate_fps:.0f} pictures/s."

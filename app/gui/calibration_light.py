"""The light of the eyepiece while it is calibrated: what must know of it is told."""

from typing import Protocol

from PySide6.QtCore import QObject

from app.gui.calibration_panel import CalibrationPanel
from app.gui.eyepiece_window import EyepieceWindow
from hardware.eyepiece_calibration import Point
from inference.arrays import U8


class SeesDisplay(Protocol):
    """A simulated beam splitter, whose camera sees the display in place of an eye."""

    def show(self, display_rgb: U8 | None) -> None:
        """Take what the display shows, (h, w, 3); None when it is dark."""
        ...


class HoldsFields(Protocol):
    """A session, which takes no field while a target may be in the picture."""

    def set_calibrating(self, on: bool) -> None:
        """Note that a calibration begins or has ended."""
        ...


class CalibrationLight(QObject):
    """Holds fields back while targets are lit, and hands the targets to a simulated microscope.

    Outside of a calibration nothing of the eyepiece reaches the camera.

    Parameters
    ----------
    panel, eyepiece
        What leads through the targets, and what shows them; the eyepiece is told first.
    session
        Takes no field meanwhile.
    beam_splitter
        Of a simulated microscope; a real one needs none.
    parent
        Ends this.
    """

    def __init__(
        self,
        panel: CalibrationPanel,
        eyepiece: EyepieceWindow,
        session: HoldsFields,
        beam_splitter: SeesDisplay | None,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._panel = panel
        self._eyepiece = eyepiece
        self._session = session
        self._beam_splitter = beam_splitter
        panel.set_seen_in_camera(beam_splitter is not None)
        panel.target_changed.connect(self._target_changed)
        panel.ended.connect(self._ended)

    def _target_changed(self, target: Point | None) -> None:
        if self._panel.running:
            self._session.set_calibrating(True)
        if self._beam_splitter is not None:
            self._beam_splitter.show(None if target is None else self._eyepiece.shown_rgb())

    def _ended(self) -> None:
        self._session.set_calibrating(False)

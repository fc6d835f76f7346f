"""What stays as long as the program does is taken out of the garbage collector's way."""

import gc

from PySide6.QtCore import QObject

from app.gui.display import Display
from app.live.field_result import AnalysisCondition, AnalysisStatus
from app.session.events import Latest, Notice


class SettledMemory(QObject):
    """Sets aside all that the start of the program made, once the analysis is ready.

    Modules, compiled kernels and windows are a million objects that live to the end. Python looks
    through all of them whenever enough new ones have come, and meanwhile the windows stand still
    for a third of a second, always in the middle of the work.

    Parameters
    ----------
    display
        Gets to know when the analysis is ready.
    """

    def __init__(self, display: Display) -> None:
        super().__init__(display)
        self._settled = False
        display.looked.connect(self._look)

    def release(self) -> None:
        """Let the collector look at everything again, as at the end of the windows."""
        if self._settled:
            gc.unfreeze()
        self._settled = False

    def _look(self, event: Latest | Notice) -> None:
        ready = isinstance(event, AnalysisStatus) and event.condition is AnalysisCondition.READY
        if ready and not self._settled:
            self._settled = True
            gc.collect()
            gc.freeze()

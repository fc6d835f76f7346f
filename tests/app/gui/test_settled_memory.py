"""The collector's pauses: what the start made is set aside while the windows are there."""

import gc
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject, Signal
from pytestqt.qtbot import QtBot

from app.gui.settled_memory import SettledMemory
from app.live.field_result import AnalysisCondition, AnalysisStatus


class Looking(QObject):
    """A display that only tells what it looked at."""

    looked = Signal(object)


@pytest.fixture(autouse=True)
def unfrozen() -> Iterator[None]:
    gc.unfreeze()
    yield
    gc.unfreeze()


def test_it_is_set_aside_once_the_analysis_is_ready_and_released_at_the_end(qtbot: QtBot) -> None:
    display = Looking()
    memory = SettledMemory(display)  # type: ignore[arg-type]
    display.looked.emit(AnalysisStatus(AnalysisCondition.OPENING, "", 0))
    assert gc.get_freeze_count() == 0
    display.looked.emit(AnalysisStatus(AnalysisCondition.READY, "", 0))
    settled = gc.get_freeze_count()
    assert settled > 10_000
    kept = [[] for _ in range(100)]  # type: ignore[var-annotated]
    display.looked.emit(AnalysisStatus(AnalysisCondition.READY, "", 0))
    assert gc.get_freeze_count() == settled, "the fields that come later are not of the start"
    memory.release()
    assert gc.get_freeze_count() == 0
    assert len(kept) == 100


def test_without_an_analysis_nothing_is_released(qtbot: QtBot) -> None:
    display = Looking()
    memory = SettledMemory(display)  # type: ignore[arg-type]
    gc.freeze()
    memory.release()
    assert gc.get_freeze_count() > 0

"""Windows in tests are drawn offscreen, leave nothing behind, and show a sitting made by hand."""

import gc
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

os.environ["QT_QPA_PLATFORM"] = "offscreen"  # must be known before Qt is imported

import numpy as np
import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QThread, QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.live.field_result import FieldHistograms
from app.live.freshness import ShownResult
from app.live.preview import Preview
from app.live.view import Crop
from app.model.overlay import Overlay
from app.model.sitting import HistoryEntry
from app.model.sitting_cells import edited_cells
from app.model.sitting_state import FieldEdits, FieldState, SlideState
from app.model.steps import DrawnRegion
from app.model.tally import fold, tally_field
from app.session.events import FieldCard, Saved, ShownField, SittingView, TallyView
from app.settings import WindowSettings
from hardware.objective import Objective
from inference.cells.table import CellTable
from inference.scoring.profile import load_profile
from inference.stain.profile import load_stain_profile
from tests.app.gui.wired_desk import Desk

UM_PER_PX = 0.5
WIDTH, HEIGHT = 400, 300


def _alive(kind: type) -> set[int]:
    found = [each for each in shiboken6.getAllValidWrappers() if isinstance(each, kind)]
    return {id(each) for each in found}


def _left_behind(before: dict[str, set[int]]) -> list[str]:
    left = [
        f"window {each!r}"
        for each in QApplication.topLevelWidgets()
        if id(each) not in before["windows"] and each.parent() is None
    ]
    for each in shiboken6.getAllValidWrappers():
        running = (isinstance(each, QTimer) and each.isActive()) or (
            isinstance(each, QThread) and each.isRunning() and each is not QThread.currentThread()
        )
        if running and id(each) not in before["running"]:
            left.append(f"running {each!r}")
    return left


@pytest.fixture(autouse=True)
def nothing_left_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test with windows that leaves widgets, timers or threads of Qt behind."""
    if not {"qtbot", "qapp"} & set(request.fixturenames):
        yield
        return
    # Else closing a window posts a Quit, at which all later waiting of pytest-qt returns at once.
    request.getfixturevalue("qapp").setQuitOnLastWindowClosed(False)
    before = {
        "windows": {id(each) for each in QApplication.topLevelWidgets()},
        "running": _alive(QTimer) | _alive(QThread),
    }
    yield
    for _ in range(3):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        QCoreApplication.processEvents()
    gc.collect()
    left = _left_behind(before)
    assert not left, f"left behind: {', '.join(left)}"


def _cells(count: int = 12) -> CellTable:
    """Cells in rows of four, 100 px apart, of all classes in turn."""
    place = np.arange(count)
    xy = np.column_stack([50 + 100 * (place % 4), 50 + 100 * (place // 4)]).astype(np.float32)
    return CellTable(
        xy_px=xy,
        confidence=np.full(count, 0.9, np.float32),
        cell_class=(place % 5).astype(np.uint8),
        ring_od=np.full(count, 0.4, np.float32),
        completeness=np.full(count, 0.5, np.float32),
        completeness_intense=np.full(count, 0.25, np.float32),
        enclosed_weak=np.zeros(count, np.bool_),
        counted=np.ones(count, np.bool_),
    )


def _shown(**changes: Any) -> ShownField:
    """A field of 400 x 300 px at 0.5 um with twelve cells."""
    edits: FieldEdits = changes.pop("edits", FieldEdits())
    regions: tuple[DrawnRegion, ...] = changes.pop("regions", ())
    cells = edited_cells(_cells(), edits, [region.as_region() for region in regions])
    membranes = np.zeros((HEIGHT // 2, WIDTH // 2), np.uint8)
    membranes[40:60, 100] = 4
    overlay = Overlay(
        WIDTH,
        HEIGHT,
        UM_PER_PX,
        cells.edited.xy_px,
        cells.edited.cell_class,
        cells.edited.counted,
        membranes,
        tuple(region.as_region() for region in regions),
    )
    counts = np.zeros(256, np.int64)
    counts[:100] = 1000
    shown = ShownField(
        field="f1",
        number=1,
        stored=False,
        result=ShownResult(frame=5, taken_s=10.0, generation=1),
        um_per_px=UM_PER_PX,
        width_px=WIDTH,
        height_px=HEIGHT,
        cells=cells,
        regions=regions,
        overlay=overlay,
        drawings={},
        thresholds_od={"weak": 0.08, "intense": 0.7},
        previewed=False,
        histograms=FieldHistograms(counts, counts.copy()),
        picture=None,
        warnings=(),
        asked_s=10.0,
        done_s=10.3,
        seconds={},
    )
    return replace(shown, **changes)


def _preview(**changes: Any) -> Preview:
    """A sharp picture of 400 x 300 px, frame 6, taken at 10.4 s, the stage still since frame 3."""
    bgra = np.full((HEIGHT, WIDTH, 4), 200, np.uint8)
    bgra[..., 3] = 255
    preview = Preview(
        frame=6,
        taken_s=10.4,
        made_s=10.41,
        generation=1,
        objective=Objective("20x", UM_PER_PX),
        bgra=bgra,
        crop=Crop(0, 0, WIDTH, HEIGHT),
        field_width_px=WIDTH,
        field_height_px=HEIGHT,
        focus=0.8,
        clipped=0.0,
        still_since=3,
        shift_px=0.0,
        rate_fps=25.0,
        interval_s=0.04,
    )
    return replace(preview, **changes)


def _card(number: int, **changes: Any) -> FieldCard:
    thumbnail = np.full((30, 40, 3), 40 * number, np.uint8)
    card = FieldCard(f"f{number}", number, thumbnail, True, Saved.SAVED, False, ())
    return replace(card, **changes)


def _sitting(**changes: Any) -> SittingView:
    """A slide with one field and two steps."""
    slide = SlideState(
        "s", "Case 7", "A1", "camera", "asco-cap-2018", fields=(FieldState("f1", 1, 12),)
    )
    sitting = SittingView(
        version=1,
        slide=slide,
        fields=(_card(1),),
        history=(HistoryEntry("A1 begun", True), HistoryEntry("field 1 accepted", True)),
        undo="field 1 accepted",
        redo=None,
        unsaved=0,
        stain=load_stain_profile("camera"),
        rules=load_profile("asco-cap-2018"),
    )
    return replace(sitting, **changes)


def _tally(shown: ShownField | None = None, **changes: Any) -> TallyView:
    """The tally of one field."""
    rules = load_profile("asco-cap-2018")
    field = tally_field("f1", 1, (shown or _shown()).cells, UM_PER_PX, rules)
    return replace(TallyView(1, fold([field], rules), 0, 0), **changes)


@pytest.fixture
def made() -> SimpleNamespace:
    """Functions that make what the session would tell."""
    functions: dict[str, Callable[..., Any]] = {
        "shown": _shown,
        "preview": _preview,
        "card": _card,
        "sitting": _sitting,
        "tally": _tally,
        "cells": _cells,
    }
    return SimpleNamespace(**functions)


@pytest.fixture
def desk(qtbot: QtBot, made: SimpleNamespace) -> Desk:
    """Return a window whose user was guided before."""
    return Desk(qtbot, made, WindowSettings(guided=True))

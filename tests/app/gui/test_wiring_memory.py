"""What the window remembers, and its guided first start."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from app.gui.actions import KeyMap
from app.gui.banners import PictureLimits
from app.gui.display import Display
from app.gui.intents import (
    ConfirmThresholds,
    FocusBy,
)
from app.gui.main_window import MainWindow
from app.gui.wiring import Wiring
from app.session.events import PressHeard
from app.settings import WindowSettings
from tests.app.gui.wired_desk import NOW, Desk, Notes


def test_theme_layers_and_keys_are_remembered(desk: Desk) -> None:
    desk.wiring.do("light-theme")
    desk.wiring.do("layer-cells")
    desk.wiring.take_keys(KeyMap({"undo": "U"}))
    assert desk.saved[-1].theme == "light"
    assert desk.saved[-1].hidden_layers == ("cells",)
    assert desk.saved[-1].keys == {"undo": "U"}
    assert not desk.window.picture.layers.cells


def test_what_was_remembered_is_there_again(qtbot: QtBot, made: SimpleNamespace) -> None:
    first = Desk(qtbot, made, WindowSettings(guided=True))
    first.window.show()
    first.window._splitters[0].setSizes([300, 400, 368])
    sizes = first.window._splitters[0].sizes()
    first.wiring.keep_layout()
    remembered = replace_settings(first.saved[-1], theme="light", keys={"undo": "U"})
    second = Desk(qtbot, made, remembered)
    second.window.show()
    assert sizes[0] == 300
    assert second.window._splitters[0].sizes()[0] == 300
    assert second.window.keys.key("undo") == "U"
    assert "#e9ecf0" in second.window.styleSheet()


def replace_settings(settings: WindowSettings, **changes: Any) -> WindowSettings:
    return settings.model_copy(update=changes)


@pytest.mark.parametrize("layout", ["", "nonsense", "[1, 2]", '["!!!"]', "{}"])
def test_a_damaged_layout_changes_nothing(qtbot: QtBot, made: SimpleNamespace, layout: str) -> None:
    settings = WindowSettings(guided=True, layout=layout, geometry="nonsense")
    desk = Desk(qtbot, made, settings)
    desk.window.show()
    assert desk.window.picture.width() > 300


def test_saved_keys_that_cannot_be_had_are_told(qtbot: QtBot, made: SimpleNamespace) -> None:
    desk = Desk(qtbot, made, WindowSettings(guided=True, keys={"undo": "Ctrl+Y"}))
    assert "left out" in desk.window.said
    assert desk.window.keys.key("undo") == "Ctrl+Z"


# The guide


def test_the_guide_goes_on_with_what_is_done_and_is_remembered(
    qtbot: QtBot, made: SimpleNamespace
) -> None:
    desk = Desk(qtbot, made, WindowSettings())
    strip = desk.window.guide
    assert strip._title.text() == "Drive"
    assert "Left" in strip._text.text()
    desk.tell(made.preview(), made.preview(still_since=6, frame=6))
    assert strip._title.text() == "Drive", "a picture that becomes sharp is no drive"
    desk.window.held.emit("stage-right", True)
    desk.window.held.emit("stage-right", False)
    assert strip._title.text() == "Focus"
    desk.wiring.follow(FocusBy(1.0))
    desk.tell(PressHeard(1, 6, 10.0))
    assert strip._title.text() == "Look"
    desk.wiring.note("looked")
    desk.wiring.follow(ConfirmThresholds())
    sitting = made.sitting()
    desk.tell(replace(sitting, slide=replace(sitting.slide, finished=True)))
    assert strip.isHidden()
    assert desk.saved[-1].guided


def test_a_stage_driven_by_hand_drove_when_the_picture_moved(
    qtbot: QtBot, made: SimpleNamespace
) -> None:
    window = MainWindow()
    qtbot.addWidget(window)
    display = Display(window, PictureLimits(), lambda: NOW)
    Wiring(window, display, Notes())  # type: ignore[arg-type]
    display.receive(made.preview())
    assert window.guide._title.text() == "Drive"
    display.receive(made.preview(still_since=6, frame=6))
    assert window.guide._title.text() == "Focus"


def test_who_was_guided_before_is_left_alone(desk: Desk, made: SimpleNamespace) -> None:
    desk.tell(made.preview(), made.preview(still_since=6, frame=6), PressHeard(1, 6, 10.0))
    assert desk.window.guide.isHidden()
    assert desk.saved == []


def test_the_guide_can_be_skipped_and_asked_for_again(qtbot: QtBot, made: SimpleNamespace) -> None:
    desk = Desk(qtbot, made, WindowSettings())
    desk.window.guide.skip.emit()
    assert desk.window.guide.isHidden()
    assert desk.saved[-1].guided
    desk.wiring.do("guide")
    assert not desk.window.guide.isHidden()

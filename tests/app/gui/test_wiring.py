"""The window joined to a session that notes what it is asked."""

from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app import RESEARCH_USE_ONLY
from app.gui.actions import ACTIONS, How
from app.gui.banners import PictureLimits
from app.gui.display import Display
from app.gui.hand import Tool
from app.gui.intents import (
    AddCell,
    BeginSlide,
    ChooseRules,
    ChooseStain,
    ConfirmThresholds,
    DeleteCells,
    DeleteRegion,
    DrawRegion,
    DriveBy,
    DropField,
    FinishSlide,
    FocusBy,
    GiveScore,
    GoTo,
    LabelRegion,
    MoveRegion,
    OpenField,
    ResetThresholds,
    ReshapeRegion,
    SetClass,
    ShowView,
    TryThresholds,
)
from app.gui.main_window import MainWindow
from app.gui.stage_drive import FOCUS_UM_S
from app.gui.theme import DARK
from app.gui.wiring import Wiring
from app.live.trouble import Trouble
from app.live.view import View
from app.model.sitting import HistoryEntry
from app.session.events import ActionAsked, FieldPicture, LiveView, PressHeard, Shown
from tests.app.gui.wired_desk import NOW, Desk, Notes

TRIANGLE = ((0.0, 0.0), (9.0, 0.0), (0.0, 9.0))


@pytest.mark.parametrize(
    ("intent", "call"),
    [
        (ShowView(View(8, 6)), ("set_view", View(8, 6))),
        (TryThresholds({"weak": 0.1}), ("preview_thresholds", {"weak": 0.1})),
        (ConfirmThresholds(), ("confirm_thresholds",)),
        (ResetThresholds(), ("reset_thresholds",)),
        (ChooseStain("scanner"), ("choose_stain", "scanner")),
        (ChooseRules("zhang-2020"), ("choose_rules", "zhang-2020")),
        (GiveScore("2+", "x"), ("give_score", "2+", "x")),
        (FinishSlide(), ("finish_slide",)),
        (BeginSlide("c", "n"), ("next_slide", "c", "n")),
        (OpenField("f1"), ("open_field", "f1")),
        (DropField("f1"), ("drop_field", "f1")),
        (SetClass((1, 2), 4), ("reclassify_cells", "f1", (1, 2), 4)),
        (DeleteCells((1,)), ("delete_cells", "f1", (1,))),
        (AddCell(1.0, 2.0, 3), ("add_cell", "f1", 1.0, 2.0, 3)),
        (
            DrawRegion(TRIANGLE, "exclude", "DCIS"),
            ("add_region", "f1", "exclude", TRIANGLE, (), "DCIS"),
        ),
        (MoveRegion("r", 1.0, 2.0), ("move_region", "f1", "r", 1.0, 2.0)),
        (ReshapeRegion("r", TRIANGLE, ()), ("reshape_region", "f1", "r", TRIANGLE, ())),
        (LabelRegion("r", "include", ""), ("label_region", "f1", "r", "include", "")),
        (DeleteRegion("r"), ("delete_region", "f1", "r")),
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_intent_is_done_by_the_session(
    desk: Desk, intent: Any, call: tuple[Any, ...]
) -> None:
    desk.sitting()
    desk.session.since()
    desk.wiring.follow(intent)
    assert desk.session.since() == [call]


def test_nothing_is_edited_while_no_field_is_shown(desk: Desk) -> None:
    desk.wiring.follow(DeleteCells((1,)))
    assert [call for call in desk.session.since() if call[0] == "delete_cells"] == []


def test_reset_gives_up_what_is_tried_first(desk: Desk) -> None:
    desk.sitting().tell(Shown(2, desk.made.shown(previewed=True)))
    desk.session.since()
    desk.wiring.follow(ResetThresholds())
    assert desk.session.since() == [("cancel_thresholds",)]


def test_return_means_confirm_only_where_there_is_something_to_confirm(desk: Desk) -> None:
    desk.sitting().tell(Shown(2, desk.made.shown(previewed=True)))
    assert desk.window.menus.is_enabled("confirm-thresholds")
    desk.tell(Shown(3, desk.made.shown()))
    assert not desk.window.menus.is_enabled("confirm-thresholds")


def test_thresholds_out_of_order_are_told(desk: Desk) -> None:
    desk.session.answers["preview_thresholds"] = False
    desk.wiring.follow(TryThresholds({"weak": 9.0}))
    assert "out of order" in desk.window.said


@pytest.mark.parametrize(
    ("standing", "calls"),
    [(1, ["undo"]), (0, ["undo"]), (2, []), (4, ["redo", "redo"])],
)
def test_the_history_is_walked_step_by_step_but_never_before_the_slide(
    desk: Desk, standing: int, calls: list[str]
) -> None:
    entries = tuple(
        HistoryEntry(text, stands)
        for text, stands in (("begun", True), ("a", True), ("b", False), ("c", False))
    )
    desk.tell(desk.made.sitting(history=entries))
    desk.session.since()
    desk.wiring.follow(GoTo(standing))
    assert [call[0] for call in desk.session.since()] == calls


def test_the_walk_ends_where_a_step_is_refused(desk: Desk) -> None:
    entries = tuple(HistoryEntry(f"{i}", True) for i in range(5))
    desk.tell(desk.made.sitting(history=entries))
    desk.session.since()
    desk.session.answers["undo"] = False
    desk.wiring.follow(GoTo(1))
    assert desk.session.since() == [("undo",)]


# Actions


def test_lists_open_by_key_or_say_why_not(desk: Desk) -> None:
    desk.sitting()
    desk.window.show()
    desk.wiring.do("choose-rules")
    assert desk.window.tally.rules.view().isVisible()
    desk.window.tally.rules.hidePopup()
    desk.wiring.do("choose-stain")
    assert not desk.window.thresholds.profile.view().isVisible()
    assert "only before the first field" in desk.window.said


def test_counts_change_between_slide_and_field_by_key(desk: Desk) -> None:
    desk.sitting()
    tally = desk.window.tally
    desk.wiring.do("count-field")
    assert tally._of_field.isChecked() and not tally._of_slide.isChecked()
    desk.wiring.do("count-field")
    assert tally._of_slide.isChecked() and not tally._of_field.isChecked()


@pytest.mark.parametrize("name", [n for n, spec in ACTIONS.items() if spec.how is not How.HOLD])
def test_every_action_does_something_or_says_why_not(desk: Desk, name: str) -> None:
    desk.sitting()
    before = desk.session.since()
    said = desk.window.said
    state = _state(desk)
    desk.wiring.do(name)
    nothing_to_do = {"cancel", "next-slide", "go-on", "confirm-thresholds", "reset-thresholds"}
    nothing_to_do |= {
        "zoom-out",
        "zoom-fit",
        "full-screen",
        "comment",
        "about",
        "keys",
        "tool-select",
        "choose-stain",
        "choose-rules",
        "count-field",
    }
    nothing_to_do |= {"weak-down", "weak-up", "intense-down", "intense-up", "quit", "zoom-1"}
    done = desk.session.since() or desk.window.said != said or _state(desk) != state
    assert before is not None
    assert done or name in nothing_to_do
    assert "No action is called" not in desk.window.said


def _state(desk: Desk) -> tuple[Any, ...]:
    picture = desk.window.picture
    return (
        picture.tool, picture.layers, picture.verdict, picture.transform, desk.wiring._overlay,
        desk.wiring._crosshair, desk.wiring._settings, desk.window.guide.isHidden(),
        desk.window.windowState(),
    )  # fmt: skip


def test_an_unknown_action_is_told(desk: Desk) -> None:
    desk.tell(ActionAsked("fly"))
    assert desk.window.said == "No action is called fly"


def test_the_pedal_can_ask_for_actions_of_the_window(desk: Desk) -> None:
    desk.sitting().tell(ActionAsked("overlay"))
    assert not desk.window.picture.overlay_visible
    desk.tell(ActionAsked("overlay"))
    assert desk.window.picture.overlay_visible


def test_the_rest_is_the_affair_of_the_session(desk: Desk) -> None:
    for name in ("undo", "redo", "analyze", "drop-last-field", "continuous"):
        desk.session.since()
        desk.wiring.do(name)
        assert desk.session.since() == [("do", name)]


def test_keys_reach_the_actions(desk: Desk, qtbot: QtBot) -> None:
    desk.sitting()
    with qtbot.waitActive(desk.window):
        desk.window.show()
        desk.window.activateWindow()
    desk.window.picture.setFocus()
    QTest.keyClick(desk.window.picture, Qt.Key.Key_L)
    assert desk.window.picture.tool is Tool.LASSO
    desk.session.since()
    QTest.keyClick(desk.window.picture, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert desk.session.since() == [("do", "undo")]


def test_escape_leaves_an_opened_field(desk: Desk) -> None:
    desk.sitting().tell(Shown(2, desk.made.shown(stored=True)))
    desk.session.since()
    desk.wiring.do("cancel")
    assert desk.session.since() == [("open_field", None)]


def test_return_closes_a_polygon_before_it_confirms_thresholds(desk: Desk) -> None:
    desk.sitting().tell(Shown(2, desk.made.shown(previewed=True)))
    desk.session.since()
    desk.wiring.do("confirm-thresholds")
    assert desk.session.since() == [("confirm_thresholds",)]


def test_objectives_are_taken_in_turn(desk: Desk) -> None:
    desk.tell(desk.made.preview())
    desk.session.since()
    desk.wiring.do("next-objective")
    assert desk.session.since() == [("select_objective", "40x")]


# The stage


def test_held_keys_drive_and_let_go(desk: Desk, qtbot: QtBot) -> None:
    desk.sitting()
    with qtbot.waitExposed(desk.window):
        desk.window.show()
    desk.window.picture.setFocus()
    QTest.keyPress(desk.window.picture, Qt.Key.Key_Right)
    QTest.keyPress(desk.window.picture, Qt.Key.Key_Down)
    QTest.keyPress(desk.window.picture, Qt.Key.Key_PageUp)
    QTest.keyRelease(desk.window.picture, Qt.Key.Key_Right)
    calls = desk.stage.since()
    speed = 400 * 0.5 * 0.35
    assert calls[0] == ("set_velocity", speed, 0.0)
    assert calls[2] == ("set_velocity", speed, speed)
    assert calls[5] == ("set_focus_velocity", FOCUS_UM_S)
    assert calls[6] == ("set_velocity", 0.0, speed)
    desk.window.release_held()
    assert desk.stage.since()[-2:] == [("set_velocity", 0.0, 0.0), ("set_focus_velocity", 0.0)]


def test_drags_and_the_wheel_move_the_stage(desk: Desk) -> None:
    desk.tell(desk.made.preview())
    desk.wiring.follow(DriveBy(10.0, -4.0))
    desk.wiring.follow(FocusBy(2.0))
    assert desk.stage.since() == [("move_by", -5.0, 2.0), ("focus_by", 2.0)]


def test_a_stage_without_motors_says_so(qtbot: QtBot, made: SimpleNamespace) -> None:
    window = MainWindow()
    qtbot.addWidget(window)
    display = Display(window, PictureLimits(), lambda: NOW)
    wiring = Wiring(window, display, Notes())  # type: ignore[arg-type]
    for intent, word in ((DriveBy(1.0, 1.0), "stage"), (FocusBy(1.0), "focus")):
        wiring.follow(intent)
        assert window.said == f"This {word} is driven by hand"
    wiring.do("next-objective")
    assert "by hand" in window.said


# What is shown


def test_the_purpose_stands_in_title_and_status_line(desk: Desk) -> None:
    assert desk.window.windowTitle() == f"HER2Scope - {RESEARCH_USE_ONLY}"
    desk.sitting()
    assert desk.window.windowTitle() == f"Case 7 · A1 - HER2Scope - {RESEARCH_USE_ONLY}"
    labels = desk.window.statusBar().findChildren(QLabel)
    assert RESEARCH_USE_ONLY in [label.text() for label in labels]


def test_however_much_is_said_the_purpose_stays_in_sight(desk: Desk, qtbot: QtBot) -> None:
    window = desk.sitting().window
    with qtbot.waitExposed(window):
        window.show()
    window.say("no bare glass is in this field, " * 20, "failure")
    purpose = window.findChild(QLabel, "research-use-only")
    assert purpose is not None
    for _ in range(3):
        QTest.qWait(20)
        assert purpose.visibleRegion().boundingRect() == purpose.rect()
    assert window.size().width() == 1280
    assert window.said.startswith("no bare glass"), "the tooltip has all of it"
    image = window._said.grab().toImage()
    inks = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(20)}
    assert DARK.failure in inks


def test_what_failed_ends_in_one_visible_place(desk: Desk) -> None:
    desk.tell(Trouble("storage", "the disk is full", "", 0.0))
    assert desk.window.said == "The disk is full"
    assert desk.window.history.messages.count() == 1


@pytest.mark.parametrize(
    ("unsaved", "words"),
    [(0, "all saved"), (1, "1 step not saved yet"), (2, "2 steps not saved yet")],
)
def test_what_is_not_saved_is_said_together_with_the_step(
    desk: Desk, unsaved: int, words: str
) -> None:
    desk.sitting().tell(desk.made.sitting(version=2, unsaved=1 - min(unsaved, 1)))
    assert words not in desk.window._station.text()
    desk.tell(desk.made.sitting(version=3, unsaved=unsaved))
    assert desk.window._station.text().endswith(words)


def test_a_state_that_comes_late_is_not_shown(desk: Desk) -> None:
    desk.tell(Shown(5, desk.made.shown(number=5)), Shown(4, desk.made.shown(number=4)))
    assert desk.display.shown is not None
    assert desk.display.shown.number == 5


def test_a_field_says_how_many_cells_and_how_long(desk: Desk) -> None:
    desk.tell(PressHeard(1, 5, 10.0))
    assert desk.window.said == "Analyzing …"
    desk.sitting()
    assert desk.window.said == "Field 1: 12 cells, 300 ms"


def test_an_opened_field_is_marked_and_its_pixels_are_taken(desk: Desk) -> None:
    desk.sitting().tell(Shown(2, desk.made.shown(stored=True)))
    assert desk.window.strip._opened == "f1"
    assert [banner.kind for banner in desk.window.banners.banners] == ["stored"]
    pixels = desk.made.preview().bgra[..., :3].copy()
    desk.tell(FieldPicture(3, "f1", pixels))
    assert desk.window.picture.grab().toImage().width() > 0


def test_undo_says_in_the_menu_what_it_would_do(desk: Desk) -> None:
    assert not desk.tell(desk.made.sitting(undo=None)).window.menus.is_enabled("undo")
    desk.tell(desk.made.sitting(version=2))
    assert desk.window.menus.is_enabled("undo")
    assert not desk.window.menus.is_enabled("redo")


def test_continuous_mode_is_checked_in_the_menu(desk: Desk) -> None:
    desk.tell(LiveView(1, True, 0, None, ""))
    assert desk.window.menus._actions["continuous"].isChecked()


# Pages and offers


def test_pages_open_beside_the_window_and_block_nothing(desk: Desk, qtbot: QtBot) -> None:
    desk.window.show()
    for name in ("keys", "about", "keys"):
        desk.wiring.do(name)
    dialogs = list(desk.wiring.pages._dialogs.values())
    assert len(dialogs) == 2
    assert all(dialog.isVisible() and not dialog.isModal() for dialog in dialogs)
    desk.wiring.do("light-theme")
    assert all(dialog.styleSheet() == desk.window.styleSheet() for dialog in dialogs)


@pytest.mark.parametrize("action", ["go-on", "next-slide"])
def test_an_offer_is_answered_once_by_its_key(desk: Desk, action: str) -> None:
    answers: list[str] = []
    desk.window.offer.answered.connect(answers.append)
    desk.wiring.do("go-on")
    assert answers == []
    desk.window.offer.ask("Not finished: A1", "Go on with it", "Begin a new slide")
    desk.wiring.do(action)
    desk.wiring.do("go-on")
    assert answers == [action]
    assert not desk.window.offer.asking

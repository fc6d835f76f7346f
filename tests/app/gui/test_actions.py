"""The table of actions, and keys that can be changed."""

import pytest
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMainWindow
from pytestqt.qtbot import QtBot

from app.gui.actions import ACTIONS, How, KeyMap, KeyRefused, tooltip, usable_keys
from app.gui.controls import action_button, show_keys
from app.gui.keyboard_pedal import pedal_key
from app.gui.keys_page import KeysPage
from app.gui.menus import Menus
from app.settings import PedalSettings


def test_every_action_has_a_key_of_its_own() -> None:
    keys = [spec.key.casefold() for spec in ACTIONS.values()]
    assert all(keys)
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("spec", ACTIONS.values(), ids=lambda spec: spec.name)
def test_every_key_is_one_that_qt_knows(spec: object) -> None:
    key = spec.key  # type: ignore[attr-defined]
    sequence = QKeySequence(key)
    assert sequence.count() == 1
    assert sequence.toString(QKeySequence.SequenceFormat.PortableText) == key


def test_keys_that_are_held_are_single_ones() -> None:
    for spec in ACTIONS.values():
        if spec.how is not How.PRESS:
            pedal_key(spec.key)


def test_what_the_pedal_can_be_bound_to_exists() -> None:
    pedal = PedalSettings()
    assert {*pedal.short.values(), *pedal.long.values()} <= set(ACTIONS)


def test_a_key_can_be_changed_and_changed_back() -> None:
    keys = KeyMap().with_key("undo", "U")
    assert (keys.key("undo"), keys.action_of("u")) == ("U", "undo")
    assert keys.action_of("Ctrl+Z") is None
    assert keys.with_key("undo", "Ctrl+Z") == KeyMap()


def test_a_key_that_is_taken_is_refused_with_the_name_of_the_other() -> None:
    with pytest.raises(KeyRefused, match=r"Ctrl\+Y stands for “Redo” already"):
        KeyMap().with_key("undo", "Ctrl+Y")
    # Once the other one has given it up it is free.
    assert KeyMap().with_key("redo", "R").with_key("undo", "Ctrl+Y").key("undo") == "Ctrl+Y"


@pytest.mark.parametrize("action", ["stage-left", "analyze"])
def test_a_held_key_cannot_be_a_combination(action: str) -> None:
    with pytest.raises(KeyRefused, match="one key alone"):
        KeyMap().with_key(action, "Ctrl+B")


def test_no_action_can_be_without_a_key() -> None:
    with pytest.raises(KeyRefused, match="needs a key"):
        KeyMap().with_key("undo", "")


def test_saved_keys_that_cannot_be_had_are_left_out_with_a_line() -> None:
    keys, problems = usable_keys({"undo": "U", "redo": "U", "fly": "Y"})
    assert keys.own == {"undo": "U"}
    assert len(problems) == 2
    assert "“Redo”" in problems[0]
    assert "'fly'" in problems[1]


def test_menus_hold_every_action_with_its_key(qtbot: QtBot) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    done: list[str] = []
    menus = Menus(window, done.append)
    menus.set_keys(KeyMap().with_key("undo", "U"))
    actions = [action for menu in window.menuBar().actions() for action in menu.menu().actions()]
    assert len(actions) == len(ACTIONS)
    by_text = {action.text().split("\t")[0]: action for action in actions}
    assert by_text["Undo"].shortcut().toString() == "U"
    by_text["Undo"].trigger()
    assert done == ["undo"]
    # The pedal and held keys are shown and are no shortcuts.
    for name in ("Analyze this field", "Left"):
        assert by_text[name].shortcut().isEmpty()
        assert by_text[name].text().endswith(ACTIONS_KEY[name])


ACTIONS_KEY = {spec.text: spec.key for spec in ACTIONS.values()}


def test_tooltips_follow_the_keys(qtbot: QtBot) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    button = action_button("undo")
    window.setCentralWidget(button)
    show_keys(window, KeyMap())
    assert button.toolTip() == "Take the last step back (Ctrl+Z)"
    show_keys(window, KeyMap().with_key("undo", "U"))
    assert button.toolTip() == tooltip("undo", KeyMap().with_key("undo", "U"))
    assert button.toolTip().endswith("(U)")


def test_the_keys_page_refuses_a_conflict_and_says_so(qtbot: QtBot) -> None:
    page = KeysPage(KeyMap())
    qtbot.addWidget(page)
    changes: list[KeyMap] = []
    page.changed.connect(changes.append)
    page.choose("undo")
    assert not page.try_key("Ctrl+Y")
    assert "Not changed: Ctrl+Y stands for “Redo” already" in page.says
    assert changes == []
    assert page.try_key("U")
    assert changes == [KeyMap({"undo": "U"})]


def test_the_keys_page_takes_no_key_without_an_action(qtbot: QtBot) -> None:
    page = KeysPage(KeyMap())
    qtbot.addWidget(page)
    assert not page.try_key("U")

"""The switches of the pedal as a value: clashes refused, settings that stop nothing."""

import pytest

from app.gui.actions import ACTIONS, KeyMap, KeyRefused
from app.gui.pedal_setup import (
    LONG_ACTIONS,
    SHORT_ACTIONS,
    PedalSetup,
    Switch,
    usable_setup,
)
from app.session.options import PedalBindings
from app.settings import PedalSettings

KEYS = KeyMap()
ONE = PedalSetup((Switch("Space", "analyze", "drop-last-field"),), 0.6)


def two() -> PedalSetup:
    return ONE.with_key(1, "F13", KEYS)


def test_without_settings_it_is_the_space_bar() -> None:
    assert usable_setup(PedalSettings(), KEYS) == (ONE, ())
    assert ONE.bindings == PedalBindings(0.6, {0: "analyze"}, {0: "drop-last-field"})


def test_what_it_offers_are_actions() -> None:
    assert set(SHORT_ACTIONS) <= set(ACTIONS)
    assert "analyze" not in LONG_ACTIONS


def test_a_new_switch_has_the_usual_action_and_all_comes_back_from_the_settings() -> None:
    setup = two().with_key(2, "B", KEYS).with_short(2, "undo").with_long(1, "redo")
    setup = setup.with_long_press(1.0)
    assert setup.switches[1] == Switch("F13", "drop-last-field", "redo")
    saved = PedalSettings.model_validate_json(setup.settings.model_dump_json())
    assert usable_setup(saved, setup.in_keys(KEYS)) == (setup, ())


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("F8", "F8 stands for “Eyepiece window” already"),
        ("space", "Space is the key of switch 1 already"),
        ("Left", "stands for “Left” already"),
        ("Ctrl+B", "not the name of one key"),
        ("Tab", "needed for writing"),
        ("Delete", "Del stands for “Delete selected” already"),
        ("", "not the name of one key"),
    ],
)
def test_a_key_that_cannot_be_had_is_refused_in_one_line(key: str, why: str) -> None:
    with pytest.raises(KeyRefused, match=why.replace("+", r"\+")) as refusal:
        ONE.with_key(1, key, KEYS)
    assert "\n" not in str(refusal.value)


def test_there_are_four_switches_at_most() -> None:
    setup = two().with_key(2, "B", KEYS).with_key(3, "E", KEYS)
    with pytest.raises(KeyRefused, match="4 switches at most"):
        setup.with_key(4, "G", KEYS)


def test_one_switch_must_analyze() -> None:
    with pytest.raises(KeyRefused, match="one switch must"):
        ONE.with_short(0, "undo")
    with pytest.raises(KeyRefused, match="one switch must"):
        two().without(0)
    moved = two().with_short(1, "analyze").with_short(0, None)
    assert moved.analyzing == 1
    assert moved.without(0).keys == ("F13",)


def test_the_key_of_the_analyzing_switch_is_that_of_the_action() -> None:
    moved = two().with_short(1, "analyze").with_short(0, "undo")
    keys = moved.in_keys(KEYS)
    assert keys.key("analyze") == "F13"
    assert keys.pedal == ("Space",)
    with pytest.raises(KeyRefused, match="a switch of the pedal"):
        keys.with_key("undo", "Space")
    with pytest.raises(KeyRefused, match="Space is the key of a switch of the pedal"):
        keys.usual()
    assert two().in_keys(KEYS).with_key("undo", "U").usual() == two().in_keys(KEYS)


def test_the_key_that_an_earlier_version_saved_for_analyzing_goes_first() -> None:
    setup, problems = usable_setup(PedalSettings(), KEYS.with_key("analyze", "F12"))
    assert setup.keys == ("F12",)
    assert problems == ()


@pytest.mark.parametrize(
    ("saved", "keys", "left", "words"),
    [
        ({"keys": ["Space", "F8", "B"]}, {}, ("Space", "B"), "switch 2 of the pedal is left out"),
        ({"keys": ["Space", "space"]}, {}, ("Space",), "is the key of switch 1 already"),
        ({"keys": ["Space", "Nonsense"]}, {}, ("Space",), "not the name of one key"),
        ({"short": {0: "undo"}}, {}, ("Space",), "no switch of the pedal analyzed"),
        ({"long": {0: "fly"}}, {}, ("Space",), "'fly' is no action"),
        ({"long": {0: "stage-left"}}, {}, ("Space",), "goes on while a key is down"),
        ({}, {"analyze": "Nonsense"}, ("Space",), "not the name of one key"),
        ({}, {"analyze": "Nonsense", "undo": "Space"}, ("F12",), "not the name of one key"),
    ],
)
def test_settings_that_cannot_be_used_are_left_out_with_a_line(
    saved: dict[str, object], keys: dict[str, str], left: tuple[str, ...], words: str
) -> None:
    setup, problems = usable_setup(PedalSettings.model_validate(saved), KeyMap(keys))
    assert setup.keys == left
    assert setup.switches[setup.analyzing].short == "analyze"
    assert len(problems) == 1
    assert words in problems[0]


def test_switches_keep_their_order_and_actions_when_one_is_left_out() -> None:
    saved = PedalSettings(
        keys=("F13", "F8", "Space", "B"),
        short={0: "undo", 1: "redo", 2: "analyze", 3: "overlay"},
        long={3: "live"},
    )
    setup, problems = usable_setup(saved, KEYS)
    assert setup.switches == (
        Switch("F13", "undo"),
        Switch("Space", "analyze"),
        Switch("B", "overlay", "live"),
    )
    assert len(problems) == 1

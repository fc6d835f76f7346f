"""Settings that never stop the start."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from app.session.options import PedalBindings, options_from
from app.settings import (
    SCHEMA_VERSION,
    Settings,
    load_settings,
    save_settings,
    settings_path,
)


def written(folder: Path, values: Any) -> Path:
    path = folder / "settings.json"
    path.write_text(values if isinstance(values, str) else json.dumps(values), "utf-8")
    return path


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    loaded = load_settings(tmp_path / "none" / "settings.json")
    assert loaded.settings == Settings() and loaded.warnings == ()


def test_saved_and_loaded_they_are_the_same(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "settings.json"
    ours = Settings.model_validate(
        {
            "window": {"theme": "light", "keys": {"undo": "Ctrl+U"}},
            "pedal": {"keys": ["Space", "F13"], "short": {0: "undo"}, "long": {}},
        }
    )
    save_settings(path, ours)
    assert load_settings(path).settings == ours
    assert [file.name for file in path.parent.iterdir()] == ["settings.json"]


@pytest.mark.parametrize(
    ("values", "words", "kept"),
    [
        (
            {"window": {"theme": "pink", "guided": True}},
            "window.theme",
            {"window": {"guided": True}},
        ),
        ({"colour": 3}, "colour is left out: is not known", {}),
        ({"live": "fast"}, 'live ("fast")', {}),
        ({"live": {"stall_s": -1, "least_focus": 0.5}}, "stall_s", {"live": {"least_focus": 0.5}}),
        ({"pedal": {"short": {"left": "x"}}}, "pedal.short.left", {"pedal": {"short": {}}}),
        ({"pedal": {"keys": [], "long_press_s": 1}}, "keys", {"pedal": {"long_press_s": 1}}),
        ({"pedal": {"keys": ["A", "B", "C", "D", "E"]}}, "pedal.keys", {}),
        ({"microscope": {"lamp": 3}}, "microscope.lamp is left out: is not known", {}),
        ({"microscope": {"white": [1, 2]}}, "microscope.white", {}),
        ({"schema_version": "one"}, "schema_version", {}),
        ({"schema_version": 0}, "schema_version", {}),
    ],
)
def test_what_is_wrong_is_left_out_with_a_warning_and_the_rest_holds(
    tmp_path: Path, values: Any, words: str, kept: Any
) -> None:
    path = written(tmp_path, values)
    loaded = load_settings(path)
    assert loaded.settings == Settings.model_validate(kept)
    assert len(loaded.warnings) == 1 and words in loaded.warnings[0]
    assert "\n" not in loaded.warnings[0]
    assert path.exists()


def test_what_earlier_versions_wrote_and_nothing_read_is_no_reason_to_warn(
    tmp_path: Path,
) -> None:
    eyepiece = {"screen": "", "calibrations": {"40x": {"residual_um": 1}}}
    old = {"camera": "simulated", "pedal": "keyboard", "objectives": [], "white": [240, 241, 242]}
    loaded = load_settings(written(tmp_path, {"eyepiece": eyepiece, "microscope": old}))
    assert loaded.warnings == ()
    assert loaded.settings == Settings.model_validate({"microscope": {"white": [240, 241, 242]}})


@pytest.mark.parametrize("text", ["{ not json", "[1, 2]", "", "null", '"x"', "[" * 100000])
def test_a_damaged_file_is_set_aside(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, text)
    loaded = load_settings(path)
    assert loaded.settings == Settings() and len(loaded.warnings) == 1
    aside = tmp_path / "settings.json.broken"
    assert not path.exists() and aside.read_text("utf-8") == text
    assert str(aside) in loaded.warnings[0]


def test_bytes_that_are_no_text_are_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(b"\xff\xfe\x00")
    assert "is not text" in load_settings(path).warnings[0]
    assert (tmp_path / "settings.json.broken").exists()


def test_a_file_of_a_newer_program_is_read_as_far_as_it_goes_and_kept(tmp_path: Path) -> None:
    values = {"schema_version": SCHEMA_VERSION + 1, "analysis": {"rules": "zhang-2020"}, "x": 1}
    loaded = load_settings(written(tmp_path, values))
    assert loaded.settings.analysis.rules == "zhang-2020"
    assert loaded.settings.schema_version == SCHEMA_VERSION
    assert "newer" in loaded.warnings[0] and "x" in loaded.warnings[1]
    assert json.loads((tmp_path / "settings.json.newer").read_text("utf-8")) == values


def test_a_file_that_cannot_be_read_is_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.mkdir()
    assert load_settings(path).settings == Settings()
    assert "cannot be read" in load_settings(path).warnings[0]


def test_a_failed_save_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "settings.json"
    save_settings(path, Settings())
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="disk full"):
        save_settings(path, Settings.model_validate({"window": {"theme": "light"}}))
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
parts = st.sampled_from([*Settings.model_fields, "more"])
keys = st.sampled_from(
    [key for part in Settings() if isinstance(part[1], BaseModel) for key, _ in part[1]]
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(parts, st.dictionaries(keys, json_values, max_size=4) | json_values))
def test_no_content_whatever_stops_the_start(
    tmp_path_factory: pytest.TempPathFactory, values: dict[str, Any]
) -> None:
    path = written(tmp_path_factory.mktemp("any"), values)
    loaded = load_settings(path)
    assert isinstance(loaded.settings, Settings)
    # What is left is good: saved and loaded again it needs no warning.
    again = path.with_name("again.json")
    save_settings(again, loaded.settings)
    assert load_settings(again).settings == loaded.settings
    assert load_settings(again).warnings == ()


def test_they_lie_in_the_folder_of_the_user() -> None:
    path = settings_path()
    assert path.is_absolute() and path.name == "settings.json" and "her2scope" in path.parts


def test_the_session_is_set_up_with_them() -> None:
    ours = Settings.model_validate(
        {
            "microscope": {"white": [240, 241, 242]},
            "pedal": {"long_press_s": 1, "short": {"2": "undo"}, "long": {}},
            "live": {"motion_tolerance_um": 3},
            "analysis": {"rules": "zhang-2020"},
        }
    )
    options = options_from(ours)
    assert options.white == (240, 241, 242) and options.white_origin == "settings"
    assert options.pedal == PedalBindings(1, {2: "undo"}, {})
    assert options.acquisition.motion_tolerance_um == 3
    assert (options.stain, options.rules) == ("camera", "zhang-2020")

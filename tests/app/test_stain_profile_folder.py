"""Profiles of the user's own: found, left out when broken, and never written over."""

from pathlib import Path

import pytest

from app.session.options import usable_analysis
from app.settings import AnalysisSettings
from app.storage.stain_profile_file import write_stain_profile
from app.storage.stain_profile_folder import StainChoices, StainProfileFolder
from inference.stain.profile import ProfileProblem, StainProfile, load_stain_profile

CAMERA = load_stain_profile("camera")


def named(name: str) -> StainProfile:
    return CAMERA.with_thresholds({"weak": 0.1}).model_copy(update={"name": name})


@pytest.fixture
def folder(tmp_path: Path) -> StainProfileFolder:
    return StainProfileFolder(tmp_path / "not yet" / "stain-profiles")


def test_without_a_folder_there_are_the_shipped_ones(folder: StainProfileFolder) -> None:
    assert folder.choices() == StainChoices(("camera", "scanner"), ())


def test_what_was_added_is_found_and_the_same(folder: StainProfileFolder) -> None:
    folder.add(named("4B5 lab-2.1"))
    assert folder.choices().own == ("4B5 lab-2.1",)
    assert folder.load("4B5 lab-2.1") == named("4B5 lab-2.1")
    assert [file.name for file in folder.path.iterdir()] == ["4B5 lab-2.1.toml"]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("camera", "comes with the program"),
        ("Scanner", "comes with the program"),
        ("OWN", "there is a stain profile OWN already"),
        ("../up", "cannot name a file"),
        ("a/b", "cannot name a file"),
        (".hidden", "cannot name a file"),
        ("dot.", "cannot name a file"),
        ("nul", "cannot name a file"),
        ("two\nlines", "cannot name a file"),
        ("x" * 61, "cannot name a file"),
        ("", "cannot name a file"),
    ],
)
def test_a_name_that_cannot_be_had_is_refused_and_nothing_is_written(
    folder: StainProfileFolder, name: str, why: str
) -> None:
    folder.add(named("own"))
    before = (folder.path / "own.toml").read_bytes()
    with pytest.raises(ProfileProblem, match=why) as refusal:
        folder.add(named(name).with_thresholds({"weak": 0.2}))
    assert "\n" not in str(refusal.value)
    assert [file.name for file in folder.path.parent.rglob("*.toml")] == ["own.toml"]
    assert (folder.path / "own.toml").read_bytes() == before


def test_a_broken_file_loses_its_place_and_no_other(folder: StainProfileFolder) -> None:
    folder.add(named("good"))
    (folder.path / "broken.toml").write_text("name = ", "utf-8")
    (folder.path / "odd.toml").write_bytes(b"\xff\xfe")
    (folder.path / "dir.toml").mkdir()
    (folder.path / ".half.part.toml").write_text("name", "utf-8")
    found = folder.choices()
    assert found.own == ("good",)
    assert len(found.problems) == 2
    assert all("left out" in line and "\n" not in line for line in found.problems)
    assert found.problems[0].startswith("stain profile 'broken' cannot be read")


def test_one_of_a_shipped_name_goes_first_as_it_does_in_score(folder: StainProfileFolder) -> None:
    folder.path.mkdir(parents=True)
    write_stain_profile(folder.path / "camera.toml", named("camera"))
    assert folder.choices() == StainChoices(("scanner",), ("camera",))
    assert folder.load("camera").levels[0].threshold_od == 0.1


def test_profiles_of_the_settings_that_are_gone_do_not_prevent_the_start(
    folder: StainProfileFolder,
) -> None:
    folder.add(named("own"))
    good = AnalysisSettings(stain="own", rules="zhang-2020")
    assert usable_analysis(good, folder.load) == (good, ())
    usable, lines = usable_analysis(AnalysisSettings(stain="gone", rules="gone too"), folder.load)
    assert usable == AnalysisSettings()
    assert len(lines) == 2
    assert "there is no stain profile 'gone'" in lines[0]
    assert lines[0].endswith("camera is used in its place")
    assert "gone too" in lines[1]

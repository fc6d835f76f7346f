"""A slide keeps the stain profile that it was read with, whatever becomes of the file."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app.case_keeping.sittings import SavedSitting
from app.model.case_records import ProfileRecord
from app.model.steps import SlideBegun, saved_step, step_kind, step_payload
from app.session.events import SittingView
from app.storage.stain_profile_file import write_stain_profile
from app.storage.stain_profile_folder import StainProfileFolder
from inference.stain.profile import load_stain_profile

MakeRig = Callable[..., Any]
CAMERA = load_stain_profile("camera")
OWN = CAMERA.with_thresholds({"weak": 0.11}).model_copy(
    update={"name": "own", "white": (231.0, 232.0, 233.0)}
)
CHANGED = OWN.with_thresholds({"weak": 0.3}).model_copy(update={"dab": (0.3, 0.6, 0.74)})


@pytest.fixture
def folder(tmp_path: Path) -> StainProfileFolder:
    made = StainProfileFolder(tmp_path)
    made.add(OWN)
    return made


def through_json(r: Any) -> list[tuple[str, Any]]:
    steps = [(step_kind(each.step), step_payload(each.step)) for each in r.keeper.steps]
    return [(kind, json.loads(json.dumps(payload))) for kind, payload in steps]


def stain(r: Any) -> Any:
    return r.events.last(SittingView).stain


@pytest.mark.parametrize("fate", ["changed", "removed", "broken"])
def test_a_resumed_slide_has_the_profile_it_was_read_with(
    rig: MakeRig, fakes: SimpleNamespace, folder: StainProfileFolder, fate: str
) -> None:
    r = rig(load_stain=folder.load)
    r.begin()
    assert r.session.choose_stain("own")
    assert stain(r) == OWN
    r.take_field()
    r.session.preview_thresholds({"weak": 0.2})
    r.session.confirm_thresholds()
    slide, in_force, tally = r.slide, stain(r), r.tally.tally
    fakes.wait_until(lambda: r.tally.pending == 0)
    tally = r.tally.tally
    r.session.stop()
    file = folder.path / "own.toml"
    if fate == "changed":
        write_stain_profile(file, CHANGED)
    elif fate == "removed":
        file.unlink()
    else:
        file.write_text("name =", "utf-8")

    steps = through_json(r)
    r.session = r.new_session()
    r.session.start()
    assert r.session.resume(steps), r.events.texts()
    fakes.wait_until(lambda: r.tally.pending == 0)
    assert (r.slide, stain(r), r.tally.tally) == (slide, in_force, tally)
    r.session.reset_thresholds()
    assert stain(r) == OWN, "the thresholds of the profile are those of then, too"
    assert r.session.finish_slide() or r.events.texts()


def test_the_next_slide_has_the_very_profile_and_choosing_reads_the_file_again(
    rig: MakeRig, fakes: SimpleNamespace, folder: StainProfileFolder
) -> None:
    r = rig(load_stain=folder.load)
    r.begin()
    assert r.session.choose_stain("own")
    write_stain_profile(folder.path / "own.toml", CHANGED)
    assert r.session.finish_slide()
    assert r.session.next_slide("case 1", "slide 2")
    assert stain(r) == OWN
    assert r.session.choose_stain("own")
    assert stain(r) == CHANGED
    assert r.session.undo()
    assert stain(r) == OWN


def test_a_profile_that_cannot_be_read_is_refused_and_nothing_changes(
    rig: MakeRig, folder: StainProfileFolder
) -> None:
    r = rig(load_stain=folder.load)
    r.begin()
    (folder.path / "own.toml").write_text("name =", "utf-8")
    assert not r.session.choose_stain("own")
    assert "cannot be read" in r.events.texts()[-1]
    assert stain(r) == CAMERA
    assert [step_kind(each.step) for each in r.keeper.steps] == ["slide_begun"]


def test_a_slide_from_before_steps_held_profiles_gets_that_of_its_row() -> None:
    payload = step_payload(SlideBegun("s", "case", "slide", "own", "asco-cap-2018"))
    del payload["stain_profile"]
    record: Any = SimpleNamespace(stain=ProfileRecord.of(OWN))
    step: Any = SimpleNamespace(kind="slide_begun", payload=payload)
    begun = saved_step("slide_begun", payload)
    assert isinstance(begun, SlideBegun)
    sitting = SavedSitting(record, begun, None, (step,), {})
    ((kind, known),) = sitting.resume_steps
    again = saved_step(kind, known)
    assert isinstance(again, SlideBegun)
    assert again.stain_profile == OWN

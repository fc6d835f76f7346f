"""The sitting as a fold over its steps, with undo and redo over everything."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.model.sitting import (
    Sitting,
    apply,
    history,
    redo,
    redo_text,
    replay,
    undo,
    undo_text,
)
from app.model.sitting_state import FieldState, SittingState, SlideState
from app.model.steps import (
    CellAdded,
    CellsDeleted,
    CellsReclassified,
    DrawnRegion,
    FieldAccepted,
    FieldDropped,
    Redone,
    RegionAdded,
    RegionDeleted,
    RegionLabeled,
    RegionMoved,
    RegionReshaped,
    RulesChosen,
    ScoreGiven,
    SlideBegun,
    SlideFinished,
    StainChosen,
    Step,
    StepProblem,
    ThresholdsChanged,
    Undone,
    saved_step,
    step_kind,
    step_payload,
)
from inference.stain.profile import load_stain_profile

SQUARE = ((0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0))
TRIANGLE = ((0.5, 0.25), (7.0, 1.0), (3.0, 9.0))
BEGIN = SlideBegun("s1", "case 1", "slide 1", "camera", "asco-cap-2018")
SCANNER = load_stain_profile("scanner")
FIELD = FieldAccepted("f1", 1, 5)

names = st.sampled_from(["a", "b", "c"])
cells = st.lists(st.integers(-3, 6), max_size=3).map(tuple)
classes = st.integers(-1, 5)
numbers = st.floats(-5, 20, allow_nan=False)
steps: st.SearchStrategy[Step] = st.one_of(
    st.builds(
        SlideBegun,
        names,
        st.just("case"),
        names,
        st.just("camera"),
        st.just("rules"),
        st.sampled_from([None, SCANNER]),
    ),
    st.builds(FieldAccepted, names, st.integers(1, 9), st.integers(0, 6)),
    st.builds(FieldDropped, names),
    st.builds(
        ThresholdsChanged,
        st.dictionaries(st.sampled_from(["weak", "intense"]), numbers).map(
            lambda values: tuple(values.items())
        ),
    ),
    st.builds(StainChosen, names, st.sampled_from([None, SCANNER])),
    st.builds(RulesChosen, names),
    st.builds(
        RegionAdded,
        names,
        st.builds(
            DrawnRegion,
            names,
            st.sampled_from(["include", "exclude"]),
            st.sampled_from([SQUARE, TRIANGLE]),
            st.sampled_from([(), (TRIANGLE,)]),
            st.sampled_from(["", "DCIS"]),
        ),
    ),
    st.builds(RegionMoved, names, names, numbers, numbers),
    st.builds(RegionReshaped, names, names, st.sampled_from([SQUARE, TRIANGLE, SQUARE[:2]])),
    st.builds(
        RegionLabeled, names, names, st.sampled_from(["include", "exclude"]), st.just("necrosis")
    ),
    st.builds(RegionDeleted, names, names),
    st.builds(CellsReclassified, names, cells, classes),
    st.builds(CellsDeleted, names, cells),
    st.builds(CellAdded, names, st.integers(-3, 0), numbers, numbers, classes),
    st.builds(ScoreGiven, st.sampled_from([None, "0", "0+", "3+", "4+"]), st.just("a comment")),
    st.just(SlideFinished()),
    st.just(Undone()),
    st.just(Undone()),
    st.just(Redone()),
)
sequences = st.lists(steps, max_size=40).map(lambda more: [BEGIN, FIELD, *more])


def folded(wanted: list[Step]) -> tuple[Sitting, list[Step]]:
    """Take those of the steps that fit, one after the other."""
    sitting, taken = Sitting(), []
    for step in wanted:
        before = sitting
        try:
            sitting = apply(sitting, step)
        except StepProblem as problem:
            assert str(problem) and "\n" not in str(problem)
            assert sitting is before
        else:
            taken.append(step)
    return sitting, taken


@settings(deadline=None)
@given(sequences)
def test_replaying_the_steps_gives_the_state_that_they_led_to(wanted: list[Step]) -> None:
    sitting, taken = folded(wanted)
    assert replay(taken) == sitting


@settings(deadline=None)
@given(sequences)
def test_the_state_is_that_of_the_steps_that_stand_alone(wanted: list[Step]) -> None:
    sitting, _ = folded(wanted)
    assert replay(each.step for each in sitting.taken).state == sitting.state


@settings(deadline=None)
@given(sequences)
def test_undo_then_redo_is_as_if_nothing_happened(wanted: list[Step]) -> None:
    sitting, _ = folded(wanted)
    if sitting.taken:
        assert redo(undo(sitting)) == sitting
    if sitting.undone:
        assert undo(redo(sitting)) == sitting


@settings(deadline=None)
@given(sequences)
def test_undo_of_everything_is_the_empty_state_and_redo_brings_it_all_back(
    wanted: list[Step],
) -> None:
    sitting, _ = folded(wanted)
    now = sitting
    for _ in sitting.taken:
        now = undo(now)
    assert now.state == SittingState()
    with pytest.raises(StepProblem, match="nothing to undo"):
        undo(now)
    for _ in sitting.taken:
        now = redo(now)
    assert now == sitting


@settings(deadline=None)
@given(sequences)
def test_a_new_step_ends_what_could_be_redone(wanted: list[Step]) -> None:
    sitting, _ = folded([*wanted, Undone()])
    try:
        after = apply(sitting, ScoreGiven("2+"))
    except StepProblem:  # no slide, or a finished one
        return
    assert after.undone == ()
    with pytest.raises(StepProblem, match="nothing to redo"):
        redo(after)


@settings(deadline=None)
@given(sequences)
def test_saved_as_json_and_read_again_the_steps_are_the_same(wanted: list[Step]) -> None:
    saved = json.loads(json.dumps([(step_kind(step), step_payload(step)) for step in wanted]))
    assert [saved_step(kind, payload) for kind, payload in saved] == wanted


@settings(deadline=None)
@given(sequences)
def test_the_history_is_one_line_for_every_step_that_stands_or_may_again(
    wanted: list[Step],
) -> None:
    sitting, _ = folded(wanted)
    lines = history(sitting)
    assert len(lines) == len(sitting.taken) + len(sitting.undone)
    assert [line.stands for line in lines] == sorted([line.stands for line in lines], reverse=True)
    assert all(line.text and "\n" not in line.text for line in lines)
    standing = [line.text for line in lines if line.stands]
    assert undo_text(sitting) == (standing[-1] if standing else None)
    gone = [line.text for line in lines if not line.stands]
    assert redo_text(sitting) == (gone[0] if gone else None)
    if sitting.undone:
        assert [line.text for line in history(redo(sitting))] == [line.text for line in lines]


# By example


def of(*more: Step) -> SlideState:
    slide = replay([BEGIN, FIELD, *more]).state.slide
    assert slide is not None
    return slide


def field_of(*more: Step) -> FieldState:
    return of(*more).fields[0]


def test_regions_are_drawn_moved_reshaped_labeled_and_deleted() -> None:
    drawn = DrawnRegion("r", "exclude", SQUARE, (TRIANGLE,), "DCIS")
    add = RegionAdded("f1", drawn)
    assert field_of(add).regions == (drawn,)
    (moved,) = field_of(add, RegionMoved("f1", "r", 2.0, -1.0)).regions
    assert moved.exterior[2] == (12.0, 9.0) and moved.holes[0][0] == (2.5, -0.75)
    (reshaped,) = field_of(add, RegionReshaped("f1", "r", TRIANGLE)).regions
    assert reshaped == DrawnRegion("r", "exclude", TRIANGLE, (), "DCIS")
    (labeled,) = field_of(add, RegionLabeled("f1", "r", "include", "")).regions
    assert (labeled.kind, labeled.reason, labeled.exterior) == ("include", "", SQUARE)
    assert field_of(add, RegionDeleted("f1", "r")).regions == ()
    region = drawn.as_region()
    assert region.exterior.shape == (4, 2) and region.holes[0].shape == (3, 2)


def test_edits_of_cells_add_up() -> None:
    edits = field_of(
        CellsReclassified("f1", (0, 3), 4),
        CellAdded("f1", -1, 5.0, 6.0, 2),
        CellsReclassified("f1", (3, -1), 1),
        CellsDeleted("f1", (0,)),
        CellAdded("f1", -2, 7.0, 8.0, 3),
    ).edits
    assert edits.classes == {0: 4, 3: 1, -1: 1}
    assert edits.deleted == {0}
    assert [(a.cell, a.x_px, a.cell_class) for a in edits.added] == [(-1, 5.0, 2), (-2, 7.0, 3)]


def test_thresholds_rules_and_scores_are_those_of_the_last_step() -> None:
    slide = of(
        ThresholdsChanged((("weak", 0.1), ("intense", 0.6))),
        RulesChosen("zhang-2020"),
        ScoreGiven("2+", "send to FISH"),
        SlideFinished(),
    )
    assert slide.thresholds_od == {"weak": 0.1, "intense": 0.6}
    assert (slide.rules, slide.score, slide.comment) == ("zhang-2020", "2+", "send to FISH")
    assert slide.finished
    assert of(ThresholdsChanged((("weak", 0.1),)), ThresholdsChanged(())).thresholds_od == {}


def test_a_dropped_field_stays_in_the_strip_and_does_not_count() -> None:
    slide = of(FieldAccepted("f2", 2, 9), FieldDropped("f1"))
    assert [field.accepted for field in slide.fields] == [False, True]
    assert [field.field for field in slide.accepted] == ["f2"]


def test_the_next_slide_begins_with_nothing_of_the_one_before() -> None:
    second = SlideBegun("s2", "case 2", "slide 2", "camera", "zhang-2020")
    sitting = replay([BEGIN, FIELD, ScoreGiven("3+"), SlideFinished(), second])
    assert sitting.state.slide == SlideState("s2", "case 2", "slide 2", "camera", "zhang-2020")
    back = undo(sitting).state.slide
    assert back is not None and back.slide == "s1" and back.finished


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ([SlideFinished(), ScoreGiven("1+")], "finished"),
        ([BEGIN], "begun before"),
        ([FIELD], "accepted before"),
        ([FieldDropped("f9")], "no such field"),
        ([FieldDropped("f1"), CellsDeleted("f1", (1,))], "field 1 was dropped"),
        ([RegionDeleted("f1", "r")], "no such region"),
        ([RegionMoved("f1", "r", 1, 1)], "no such region"),
        ([RegionAdded("f1", DrawnRegion("r", "include", SQUARE))] * 2, "drawn before"),
        ([CellsReclassified("f1", (5,), 1)], "no cell 5"),
        ([CellsReclassified("f1", (-1,), 1)], "no cell -1"),
        ([CellsReclassified("f1", (1,), 5)], "no class 5"),
        ([CellsReclassified("f1", (), 1)], "no cell is chosen"),
        ([CellsDeleted("f1", (1,)), CellsReclassified("f1", (1,), 1)], "cell 1 .* was deleted"),
        ([CellAdded("f1", -2, 1, 1, 1)], "must be -1"),
        ([CellAdded("f1", -1, float("nan"), 1, 1)], "nowhere"),
        ([ThresholdsChanged((("weak", 0.0),))], "positive"),
        ([ScoreGiven("4+")], "no score 4+"),
        ([StainChosen("scanner")], "drop them first"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(more: list[Step], words: str) -> None:
    sitting = replay([BEGIN, FIELD, *more[:-1]])
    with pytest.raises(StepProblem, match=words):
        apply(sitting, more[-1])


def test_nothing_can_be_done_before_the_first_slide() -> None:
    with pytest.raises(StepProblem, match="no slide yet"):
        apply(Sitting(), FIELD)


@pytest.mark.parametrize(
    ("corners", "holes"),
    [(SQUARE[:2], ()), (SQUARE, (SQUARE[:1],)), (((0, 0), (1, 1), (float("inf"), 2)), ())],
)
def test_a_region_has_corners_that_are_somewhere(corners: Any, holes: Any) -> None:
    with pytest.raises(StepProblem):
        DrawnRegion("r", "include", corners, holes)
    with pytest.raises(StepProblem):
        DrawnRegion("r", "else", SQUARE)  # type: ignore[arg-type]


def test_the_words_name_fields_regions_and_classes() -> None:
    sitting = replay(
        [
            BEGIN,
            FieldAccepted("f1", 1, 214),
            RegionAdded("f1", DrawnRegion("r", "exclude", SQUARE, (), "DCIS")),
            RegionMoved("f1", "r", 1, 1),
            CellsReclassified("f1", (1, 2, 3), 4),
            ThresholdsChanged((("weak", 0.1), ("intense", 0.72))),
            ScoreGiven("2+", "why"),
            FieldDropped("f1"),
            SlideFinished(),
            Undone(),
        ]
    )
    assert [line.text for line in history(sitting)] == [
        "slide 1 begun",
        "field 1 accepted, 214 cells",
        "exclude region drawn in field 1 (DCIS)",
        "exclude region of field 1 moved",
        "3 cells of field 1 set to intense complete",
        "thresholds weak 0.100, intense 0.720",
        "own score 2+, with a comment",
        "field 1 dropped",
        "slide 1 finished",
    ]
    assert (undo_text(sitting), redo_text(sitting)) == ("field 1 dropped", "slide 1 finished")


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("no_such_step", {}),
        ("field_dropped", {}),
        ("field_dropped", {"field": "f1", "more": 1}),
        ("region_added", {"field": "f1", "region": {"region": "r"}}),
        ("region_added", {"field": "f1", "region": {"region": "r", "kind": "x", "exterior": []}}),
    ],
)
def test_a_damaged_step_is_refused_in_one_line(kind: str, payload: dict[str, Any]) -> None:
    with pytest.raises(StepProblem):
        saved_step(kind, payload)

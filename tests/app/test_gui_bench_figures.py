"""The figures of the windows' benchmark, of times that were made up."""

import json
import math

import pytest

from app.bench.gui_figures import Aim, Figure, Sweep
from app.bench.gui_times import FieldTimes, GuiTimes, LiveTimes, MoveTimes


def figures(times: GuiTimes) -> dict[str, Figure]:
    return {f"{each.name}, {each.unit}": each for each in times.report().figures}


def field(**changes: float) -> FieldTimes:
    values = {
        "analysis_s": 0.2, "main_s": 0.27, "eyepiece_s": 0.29, "heard_s": 0.01,
        "analyzing_stall_s": 0.02, "saving_stall_s": 0.03,
    }  # fmt: skip
    return FieldTimes(**(values | changes))


def test_what_is_shown_after_the_result_leaves_out_press_and_analysis() -> None:
    found = figures(GuiTimes(fields=[field(), field(analysis_s=0.1)]))
    assert found["result to overlay, main window, ms"].spread.median == pytest.approx(60)
    assert found["result to overlay, main window, ms"].spread.worst == pytest.approx(160)
    assert found["result to overlay, eyepiece, ms"].spread.worst == pytest.approx(180)
    assert found["pedal to overlay, eyepiece, ms"].met
    assert not found["result to overlay, eyepiece, ms"].met
    assert found["pedal to request, ms"].met is None


def test_an_aim_looks_at_its_own_percentile() -> None:
    slow_once = [0.01] * 95 + [0.2] * 5
    times = GuiTimes(
        moves=[MoveTimes(shown, 0.001) for shown in slow_once], sweep_stalls_s=[0.02, 0.051]
    )
    found = figures(times)
    assert found["slider to picture, one move, ms"].met  # its 95 %
    assert not found["stall in a fast sweep, ms"].met  # its worst
    more = GuiTimes(moves=[MoveTimes(shown, 0.001) for shown in [*slow_once, 0.2]])
    assert not figures(more)["slider to picture, one move, ms"].met


def test_pictures_are_counted_in_whole_seconds() -> None:
    painted = [9.9, 10.0, 10.1, 10.99, 11.5, 12.2]
    per_s = LiveTimes.per_second(painted, 10.0, 12.9)
    assert per_s == (3, 1)
    live = LiveTimes(per_s, (0.02, 0.03), (0.6, 2.1), ())
    found = figures(GuiTimes(standing=live))
    assert not found["live pictures, stage standing, 1/s"].met
    assert not found["age on screen, stage standing, frames"].met
    assert found["stall, stage standing, ms"].spread.worst == 0
    assert "live pictures, stage moving, 1/s" not in found


def test_at_least_and_at_most() -> None:
    assert str(Aim(30, "median", least=True)) == "median >= 30"
    assert Figure.of("a", "1/s", [29, 30, 31], Aim(30, "median", least=True)).met
    assert not Figure.of("a", "1/s", [29, 29, 31], Aim(30, "median", least=True)).met
    assert Figure.of("a", "ms", [50.0], Aim(50)).met


def test_nothing_measured_reaches_nothing_and_is_no_nan_in_json() -> None:
    empty = Figure.of("a", "ms", [], Aim(50))
    assert math.isnan(empty.spread.median)
    assert empty.met is False
    record = json.loads(json.dumps(empty.record(), allow_nan=False))
    assert record["median"] is None
    assert record["count"] == 0
    assert record["aim"] == "p95 <= 50"


@pytest.mark.parametrize(
    ("sweep", "queued"),
    [
        (Sweep(60, 12, 12, True), False),
        (Sweep(60, 13, 12, True), False),  # one is in the making when the next is asked for
        (Sweep(60, 60, 45, True), True),
        (Sweep(60, 12, 12, False), True),
    ],
)
def test_moves_have_queued_up_where_classes_were_made_that_nobody_saw(
    sweep: Sweep, queued: bool
) -> None:
    assert sweep.queued is queued

"""The endurance run in a few seconds, and how its report is read."""

import math
import re
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from typer.testing import CliRunner

from app.bench.figures import Spread
from app.cli import program
from app.gui.scripted import soak
from app.gui.scripted.script import ScriptProblem
from app.gui.scripted.soak import Sample, SoakReport, check_soak

pytestmark = pytest.mark.timeout(600)
"""The kernels of the simulated slide are compiled at their first use, which takes a minute."""


def a_sample(minutes: float, resident_mb: float | None = 400.0) -> Sample:
    return Sample(minutes, resident_mb, 7, 30.0, Spread.of([10.0]), 20.0)


def a_report(**changes: object) -> SoakReport:
    values: dict[str, object] = {
        "hours": 1.0, "pressed": 360, "refused": 1, "failed": 1, "saved": 358, "slides": 36,
        "samples": (),
    }  # fmt: skip
    return SoakReport(**(values | changes))  # type: ignore[arg-type]


def test_presses_become_saved_fields_of_slide_after_slide(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setattr(soak, "FIELDS_OF_A_SLIDE", 2)
    monkeypatch.setattr(soak, "_DRIVE_S", 0.2)
    arguments = ["--side", "512", "--hours", "0.001", "--every", "1.5", "--output"]
    result = CliRunner().invoke(program, ["sitting", *arguments, str(tmp_path / "out")])
    assert result.exit_code == 0, result.output
    last = result.stdout.splitlines()[-1]
    # In 3.6 s a press is due at 0, 1.5 and 3.0 s. The second field ends the first slide.
    assert (
        " 3 presses, 0 refused and 0 failed with a message, 0 lost; 3 fields of 2 slides on disk;"
        in last
    )
    assert last.endswith("; 0 threads left")
    assert "MB per hour" not in last  # of a few seconds, it would be a guess
    assert re.search(r"3 presses, 0 refused, 0 failed, 3 saved, [\d.]+ pictures/s", result.stdout)


def test_a_press_without_field_and_without_message_is_lost() -> None:
    check_soak(a_report())
    lost = a_report(saved=357)
    assert lost.lost == 1
    with pytest.raises(ScriptProblem, match="of 360 presses 1 have neither a saved field nor"):
        check_soak(lost)


def test_memory_grows_by_what_is_measured_once_all_is_loaded() -> None:
    loading = [a_sample(minute, 100.0 + 40.0 * minute) for minute in range(11)]
    flat = [a_sample(minute, 500.0) for minute in range(13, 61)]
    rising = [a_sample(minute, 500.0 + minute) for minute in range(13, 61)]
    assert a_report(samples=(*loading, *flat)).mb_per_hour == pytest.approx(0.0, abs=1e-6)
    assert a_report(samples=(*loading, *rising)).mb_per_hour == pytest.approx(60.0)


def test_memory_that_is_not_told_or_not_long_enough_gives_no_slope() -> None:
    silent = tuple(a_sample(minute, None) for minute in range(60))
    assert math.isnan(a_report(samples=silent).mb_per_hour)
    short = (a_sample(0.1, 400.0), a_sample(0.3, 420.0))
    assert math.isnan(a_report(hours=0.005, samples=short).mb_per_hour)

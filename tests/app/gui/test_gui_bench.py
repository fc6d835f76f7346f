"""The benchmark of the windows, run in short with a small camera."""

import json
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from typer.testing import CliRunner, Result

from app.cli import program
from app.commands import bench_gui as command
from app.gui.scripted import gui_bench
from app.gui.scripted.script import ScriptProblem

pytestmark = pytest.mark.timeout(600)
"""The kernels of the simulated slide are compiled at their first use, which takes a minute."""


@pytest.fixture(autouse=True)
def offscreen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command choose the displays, and forget them afterwards."""
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setattr(command, "LIVE_S", 1.2)


def call(*arguments: object) -> Result:
    result = CliRunner().invoke(program, ["bench", "--gui", *(str(each) for each in arguments)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_every_figure_is_measured_and_a_fast_sweep_queues_nothing(qtbot: QtBot) -> None:
    result = call("--side", 640, "--repeats", 1, "--json")
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert report["side_px"] == 640
    assert report["notice"].startswith("For Research Use Only")
    figures = {(each["name"], each["unit"]): each for each in report["figures"]}
    # After the one that warms up: one for each press but that before the slider, and for a move.
    for name in ("pedal to overlay, main window", "pedal to overlay, eyepiece"):
        assert figures[name, "ms"]["count"] >= 1
        assert figures[name, "ms"]["median"] > figures["pedal to request", "ms"]["median"]
    assert figures["slider to picture, one move", "ms"]["count"] == 3
    assert figures["live pictures, stage standing", "1/s"]["count"] == 1
    assert figures["age on screen, stage moving", "frames"]["count"] > 0
    (sweep,) = report["sweeps"]
    assert sweep["moves"] > sweep["classified"] > 0
    assert sweep["last_wins"]
    assert not sweep["queued"]


def test_a_step_without_effect_ends_it_in_one_line(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise ScriptProblem("the eyepiece did not come within 20 s")

    monkeypatch.setattr(gui_bench.GuiBench, "script", fails)
    result = call("--side", 512, "--repeats", 1)
    assert result.exit_code == 1
    assert result.stderr == "her2scope bench: the eyepiece did not come within 20 s\n"


def test_nothing_stays_of_its_cases(qtbot: QtBot, tmp_path: Path) -> None:
    before = set(tmp_path.iterdir())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tempfile.tempdir", str(tmp_path))
        patch.setattr(gui_bench.GuiBench, "script", lambda _: (each for each in ()))
        call("--side", 512, "--repeats", 1)
    assert set(tmp_path.iterdir()) == before

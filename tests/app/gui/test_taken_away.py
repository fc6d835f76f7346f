"""Devices are taken away and given back at random moments: nothing is lost, nothing is mistaken."""

import json
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.app.gui.xvfb.screen import TwoMonitors, needs_x

_ROOT = Path(__file__).parents[3]


def ran(folder: Path, presses: int, seed: int, environment: dict[str, str]) -> dict[str, object]:
    """Run the sitting as a process of its own: it opens real windows where there is a display."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.app.gui.taken_away", str(folder), str(presses), str(seed)],
        cwd=_ROOT,
        env={**environment, "PYTHONPATH": str(_ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    report: dict[str, object] = json.loads(done.stdout.strip().splitlines()[-1])
    sys.stdout.write(json.dumps(report, indent=1))
    return report


def require_sound(report: dict[str, object], presses: int) -> None:
    assert report["wrong"] == []
    assert report["presses"] == presses
    answered = [report[key] for key in ("fields", "refused", "not_sent", "unsure")]
    assert sum(int(str(each)) for each in answered) == presses
    assert report["kept"] == report["fields"]


@pytest.mark.timeout(300)
def test_camera_and_pedal_are_pulled_out_during_a_short_sitting(tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if k != "DISPLAY"}
    report = ran(tmp_path, 10, 5, {**environment, "QT_QPA_PLATFORM": "offscreen"})
    require_sound(report, 10)
    assert int(str(report["fields"])) >= 5


@needs_x
@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_sitting_of_200_presses_on_two_monitors(tmp_path: Path) -> None:
    with ExitStack() as stack:
        screen = TwoMonitors(stack, tmp_path)
        report = ran(tmp_path, 200, 1, screen.environment)
    require_sound(report, 200)
    taken = report["taken"]
    assert isinstance(taken, dict)
    assert min(taken.values()) >= 10
    assert int(str(report["fields"])) >= 150

"""``her2scope calibrate`` as a technician runs it."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from app.cli import program
from app.commands import calibrate as command
from app.storage.calibration_file import load_calibrations
from hardware.simulators.micrometer import SimulatedMicrometer

TWENTY = SimulatedMicrometer(um_per_px=(0.424, 0.424), angle_deg=4)
FORTY = SimulatedMicrometer("grid", um_per_px=(0.212, 0.212), angle_deg=4)


@pytest.fixture(autouse=True)
def _own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "settings_path", lambda: tmp_path / "own" / "settings.json")


def saved(path: Path, made: SimulatedMicrometer) -> Path:
    cv2.imwrite(str(path), made.picture(820, 640))
    return path


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(program, ["calibrate", *map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr


def test_the_pixel_size_is_printed_drawn_and_kept(tmp_path: Path) -> None:
    twenty, forty = saved(tmp_path / "20.png", TWENTY), saved(tmp_path / "40.png", FORTY)
    lines = tmp_path / "lines.png"
    code, out, err = run(twenty, "--objective", "20x", "--camera", "B", "--save")
    assert (code, err) == (0, "")
    assert "0.424" in out
    code, out, err = run(forty, "--objective", "40x", "--camera", "B", "--save", "--picture", lines)
    assert (code, err) == (0, "")
    assert "of a grid" in out
    kept, warnings = load_calibrations(tmp_path / "own" / "calibrations.json")
    assert warnings == ()
    sizes = {entry.objective: entry.um_per_px for entry in kept.objectives}
    assert sizes == {
        "20x": pytest.approx(0.424, rel=0.002),
        "40x": pytest.approx(0.212, rel=0.002),
    }
    assert kept.objectives[0].camera_px == (820, 640)
    drawn = cv2.imread(str(lines)).astype(int)
    plain = cv2.imread(str(forty)).astype(int)
    assert drawn.shape == plain.shape
    colored = np.ptp(drawn, axis=2) > 60
    # Color lies on the dark lines and not beside them.
    assert colored.sum() > 10_000
    assert np.median(plain[colored]) < 120 < np.median(plain[~colored])


def test_without_save_nothing_is_written(tmp_path: Path) -> None:
    code, out, _ = run(saved(tmp_path / "20.png", TWENTY), "--objective", "20x")
    assert code == 0
    assert "Saved" not in out
    assert [path.name for path in tmp_path.iterdir()] == ["20.png"]


def test_a_wrong_pitch_is_told_by_the_other_objective_and_not_saved(tmp_path: Path) -> None:
    twenty, forty = saved(tmp_path / "20.png", TWENTY), saved(tmp_path / "40.png", FORTY)
    named = ("--camera", "B", "--save")
    assert run(twenty, "--objective", "20x", *named)[0] == 0
    wrong = (forty, "--objective", "40x", "--pitch-um", 20, *named)
    code, out, err = run(*wrong)
    assert code == 2
    assert "2.00 times" in out
    assert "--despite-warnings" in err
    assert len(load_calibrations(tmp_path / "own" / "calibrations.json")[0].objectives) == 1
    assert run(*wrong, "--despite-warnings")[0] == 0
    assert len(load_calibrations(tmp_path / "own" / "calibrations.json")[0].objectives) == 2


def test_a_file_that_holds_what_is_not_understood_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "own" / "calibrations.json"
    path.parent.mkdir()
    path.write_text('{"version": 2}')
    picture = saved(tmp_path / "20.png", TWENTY)
    code, _, err = run(picture, "--objective", "20x", "--camera", "B", "--save")
    assert code == 2
    assert "move it away" in err
    assert path.read_text() == '{"version": 2}'


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["none.png", "--objective", "20x"], "none.png"),
        (["20.png", "--objective", "20x", "--save"], "--camera"),
        (["20.png", "--objective", "20x", "--picture", "lines.jpg"], ".png"),
        (["20.png", "--objective", "20x", "--pitch-um", "-1"], "pitch must be positive"),
        (["20.png", "--objective", ""], "must have names"),
        (["empty.png", "--objective", "20x"], "no evenly spaced lines"),
        (["broken.png", "--objective", "20x"], "broken.png"),
    ],
)
def test_mistakes_are_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    saved(tmp_path / "20.png", TWENTY)
    saved(tmp_path / "empty.png", SimulatedMicrometer(lines=1, length_um=0.0))
    (tmp_path / "broken.png").write_bytes((tmp_path / "20.png").read_bytes()[:3000])
    code, _, err = run(*arguments)
    assert code == 2
    assert words in err
    assert err.count("\n") == 1

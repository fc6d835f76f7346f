"""``her2scope stain`` as a user runs it, on pictures of known white and vectors."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from app.cli import program
from app.storage.stain_profile_file import write_stain_profile
from inference.stain.profile import (
    StainProfile,
    load_stain_profile,
    stain_profile_names,
)
from inference.stain.vectors import StainVectors

TRUE = StainVectors((0.70, 0.65, 0.29), (0.22, 0.50, 0.84))
WHITE = (231.0, 236.0, 240.0)


def picture(path: Path, *, brown: bool = True) -> Path:
    """Save blue discs with brown rings on glass, by Beer-Lambert."""
    y, x = np.mgrid[:400, :400]
    radius = np.hypot(x % 50 - 25, y % 50 - 25)
    hematoxylin = np.where((radius < 9) & (y < 300), 0.5, 0.0)
    dab = np.where((abs(radius - 16) < 4) & (y < 300) & brown, 0.6, 0.0)
    density = np.stack([hematoxylin, dab], -1) @ TRUE.matrix()[:2]
    rgb = np.asarray(WHITE) * 10**-density + np.random.default_rng(0).normal(0, 1.5, (400, 400, 3))
    cv2.imwrite(str(path), np.clip(np.rint(rgb[..., ::-1]), 0, 255).astype(np.uint8))
    return path


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(program, ["stain", *map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr


def test_white_and_vectors_are_found_and_the_thresholds_kept(tmp_path: Path) -> None:
    field = picture(tmp_path / "control.png")
    code, out, err = run(field, "--output", tmp_path / "mine.toml", "--like", "scanner")
    assert (code, err) == (0, "")
    assert "For Research Use Only" in out
    found = load_stain_profile(str(tmp_path / "mine.toml"))
    assert found.name == "mine"
    assert found.white is not None
    assert abs(np.subtract(found.white, WHITE)).max() <= 1.5
    angles = np.degrees(np.arccos((found.vectors.matrix() * TRUE.matrix()).sum(axis=1)))
    assert angles[:2].max() < 3
    assert found.levels == load_stain_profile("scanner").levels
    assert "control.png" in found.origin


def test_a_picture_without_brown_is_left_out_and_named(tmp_path: Path) -> None:
    good, blue = picture(tmp_path / "a.png"), picture(tmp_path / "b.png", brown=False)
    code, _, err = run(good, blue, "--output", tmp_path / "mine.toml")
    assert code == 0
    assert "b.png: left out" in err
    assert "b.png" not in load_stain_profile(str(tmp_path / "mine.toml")).origin


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("{blue}",), "no picture gives the color of both stains"),
        (("{missing}",), "nowhere.png"),
        (("{good}", "--like", "nothing"), "no stain profile 'nothing'"),
        (("{good}", "--white", "1,2"), "--white takes three numbers"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_and_nothing_is_written(
    tmp_path: Path, arguments: tuple[str, ...], problem: str
) -> None:
    names = {
        "good": picture(tmp_path / "good.png"),
        "blue": picture(tmp_path / "blue.png", brown=False),
        "missing": tmp_path / "nowhere.png",
    }
    given = [argument.format(**names) for argument in arguments]
    code, out, err = run(*given, "--output", tmp_path / "mine.toml")
    assert (code, out) == (2, "")
    assert problem in err.splitlines()[-1]
    assert not (tmp_path / "mine.toml").exists()


def test_a_profile_is_not_overwritten(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text("precious")
    code, _, err = run(picture(tmp_path / "a.png"), "--output", mine)
    assert code == 2
    assert "exists already" in err
    assert mine.read_text() == "precious"


@pytest.mark.parametrize("name", stain_profile_names())
def test_a_written_profile_reads_back_unchanged(tmp_path: Path, name: str) -> None:
    profile = load_stain_profile(name)
    odd = profile.model_copy(update={"antibody": 'a "quoted"\\ name\n\u00b5', "background": "none"})
    for i, each in enumerate((profile, odd)):
        path = tmp_path / f"{i}.toml"
        write_stain_profile(path, each)
        assert load_stain_profile(str(path)) == each
        assert isinstance(load_stain_profile(str(path)), StainProfile)

"""Stain profiles as files that users write."""

import math
from pathlib import Path
from typing import Any

import pytest

from inference.stain.profile import (
    DEFAULT_PROFILE,
    ProfileProblem,
    StainProfile,
    load_stain_profile,
    stain_profile_names,
)
from inference.stain.vectors import RUIFROK

HEAD = 'name = "mine"\nantibody = "4B5"\norigin = "a test"\n'
WEAK = '[[levels]]\nname = "weak"\nof = "contrast"\nthreshold_od = 0.1\n'
INTENSE = '[[levels]]\nname = "intense"\nof = "density"\nthreshold_od = 0.7\n'


def written(folder: Path, text: str, name: str = "mine.toml") -> str:
    path = folder / name
    path.write_text(text, "utf-8")
    return str(path)


@pytest.mark.parametrize("name", stain_profile_names())
def test_a_shipped_profile_is_whole(name: str) -> None:
    profile = load_stain_profile(name)
    assert profile.name == name
    assert profile.antibody
    assert len(profile.origin) > 40  # says on which images the figures were found
    assert [level.name for level in profile.levels] == ["weak", "intense"]
    assert [level.of for level in profile.levels] == ["contrast", "density"]
    assert profile.method == "ring"


def test_the_default_ships() -> None:
    assert DEFAULT_PROFILE in stain_profile_names()


def test_what_a_file_leaves_out_has_a_default(tmp_path: Path) -> None:
    profile = load_stain_profile(written(tmp_path, HEAD + WEAK + INTENSE))
    assert profile.white is None
    assert profile.vectors == RUIFROK
    assert profile.completeness.complete == 0.7
    assert profile.background != "none"
    assert profile.method == "ring"


def test_every_key_is_taken(tmp_path: Path) -> None:
    text = HEAD + (
        "white = [240, 241.5, 250]\nhematoxylin = [0.6, 0.7, 0.4]\ndab = [0.3, 0.5, 0.8]\n"
        'residual = [0.7, -0.6, 0.1]\nmethod = "paper"\nbackground = "none"\n'
        "[completeness]\ncomplete = 0.8\ntouched = 0.3\ndilation_um = 3\n"
        "min_area_um2 = 10\nmax_area_um2 = 300\n"
    )
    profile = load_stain_profile(written(tmp_path, text + WEAK + INTENSE))
    assert profile.white == (240, 241.5, 250)
    assert profile.vectors.residual == (0.7, -0.6, 0.1)
    assert (profile.method, profile.background) == ("paper", "none")
    assert profile.completeness.max_area_um2 == 300


def test_levels_in_units_of_the_byte_images(tmp_path: Path) -> None:
    profile = load_stain_profile(written(tmp_path, HEAD + WEAK + INTENSE))
    assert [(x.name, x.threshold, x.of) for x in profile.unit_levels] == [
        ("weak", 13, "contrast"),  # 12.8 of 128
        ("intense", 90, "density"),  # 89.6
    ]


BAD = {
    "no toml": ("white = [", "cannot be read"),
    "no levels": (HEAD + "levels = []\n", "levels must name at least one level"),
    "nothing": ("", "name: Field required"),
    "unknown key": (HEAD + "colour = 3\n" + WEAK, "colour: Extra inputs are not permitted"),
    "unknown key of a level": (HEAD + WEAK + "od = 3\n", "levels.0.od: Extra inputs"),
    "unknown key of the background": (
        HEAD + "background = { radius = 3 }\n" + WEAK,
        "Unexpected keyword argument",
    ),
    "dark white": (HEAD + "white = [20, 240, 240]\n" + WEAK, "white must be three numbers from 50"),
    "white that is no number": (HEAD + "white = [nan, 240, 240]\n" + WEAK, "finite number"),
    "area without end": (HEAD + WEAK + "[completeness]\nmax_area_um2 = inf\n", "finite number"),
    "areas in disorder": (
        HEAD + WEAK + "[completeness]\nmin_area_um2 = 500\n",
        "completeness: min_area_um2 must be below max_area_um2",
    ),
    "limits in disorder": (
        HEAD + WEAK + "[completeness]\ncomplete = 0.3\n",
        "completeness: touched must not be above complete",
    ),
    "one stain twice": (HEAD + "dab = [0.65, 0.704, 0.286]\n" + WEAK, "are parallel"),
    "one level twice": (HEAD + WEAK + WEAK.replace("0.1", "0.2"), "two levels have the same name"),
    "threshold of nothing": (HEAD + WEAK.replace("0.1", "0"), "levels.0.threshold_od"),
    "threshold beyond the bytes": (HEAD + WEAK.replace("0.1", "1.95"), "levels.0.threshold_od"),
    "density not above contrast": (
        HEAD + WEAK + INTENSE.replace("0.7", "0.1"),
        "the threshold of intense (0.1) must be above that of weak (0.1)",
    ),
    "unknown method": (HEAD + 'method = "best"\n' + WEAK, "method: Input should be"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_fault_of_a_file_is_one_line(tmp_path: Path, name: str) -> None:
    text, message = BAD[name]
    path = written(tmp_path, text)
    with pytest.raises(ProfileProblem) as caught:
        load_stain_profile(path)
    line = str(caught.value)
    assert line.startswith(f"stain profile '{path}'")
    assert message in line
    assert "\n" not in line


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ProfileProblem, match="cannot be read"):
        load_stain_profile(str(path))


def test_a_contrast_may_lie_below_a_density_that_comes_before() -> None:
    # Contrast is never above density, so that this order is no contradiction.
    values = profile_values([("dark", "density", 0.3), ("sharp", "contrast", 0.2)])
    assert StainProfile.model_validate(values).unit_levels[1].threshold == 26


def profile_values(levels: list[tuple[str, str, float]]) -> dict[str, Any]:
    keys = ("name", "of", "threshold_od")
    return {
        "name": "mine",
        "antibody": "",
        "origin": "",
        "levels": [dict(zip(keys, level, strict=True)) for level in levels],
    }


def test_a_profile_of_ones_own_goes_before_a_shipped_one(tmp_path: Path) -> None:
    written(tmp_path, HEAD + WEAK, "camera.toml")
    assert load_stain_profile("camera", tmp_path).antibody == "4B5"
    assert load_stain_profile("scanner", tmp_path).name == "scanner"
    assert load_stain_profile("camera", tmp_path / "missing").name == "camera"


def test_an_unknown_name_tells_the_known_ones(tmp_path: Path) -> None:
    written(tmp_path, HEAD + WEAK)
    with pytest.raises(ProfileProblem) as caught:
        load_stain_profile("mein", tmp_path)
    assert str(caught.value) == (
        "there is no stain profile 'mein'; use one of camera, scanner, mine, or the path of a "
        ".toml file"
    )


def test_other_thresholds_make_another_profile() -> None:
    profile = StainProfile.model_validate(
        profile_values([("weak", "contrast", 0.08), ("intense", "density", 0.7)])
    )
    changed = profile.with_thresholds({"weak": 0.11})
    assert [level.threshold_od for level in changed.levels] == [0.11, 0.7]
    assert changed.sha256 != profile.sha256
    assert changed.with_thresholds({"weak": 0.08}).sha256 == profile.sha256
    assert profile.levels[0].threshold_od == 0.08


@pytest.mark.parametrize(
    ("thresholds", "message"),
    [
        ({"weak": 0.7}, "the threshold of intense (0.7) must be above that of weak (0.7)"),
        ({"intense": 0.05}, "the threshold of intense (0.05) must be above that of weak (0.08)"),
        ({"weak": math.nan}, "levels.0.threshold_od"),
        ({"moderate": 0.2}, "'mine' has no level 'moderate'; it has weak, intense"),
    ],
)
def test_thresholds_that_cannot_be_are_refused(thresholds: dict[str, float], message: str) -> None:
    profile = StainProfile.model_validate(
        profile_values([("weak", "contrast", 0.08), ("intense", "density", 0.7)])
    )
    with pytest.raises(ProfileProblem) as caught:
        profile.with_thresholds(thresholds)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)

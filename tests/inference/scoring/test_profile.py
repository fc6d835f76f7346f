import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

from inference.scoring.profile import ProfileError, RuleProfile, load_profile, profile_names


def shipped(name: str) -> str:
    return files("inference.scoring").joinpath("profiles", f"{name}.toml").read_text("utf-8")


def test_four_profiles_are_shipped_and_the_default_comes_first() -> None:
    assert profile_names() == (
        "asco-cap-2018",
        "gastric-biopsy",
        "gastric-resection",
        "zhang-2020",
    )
    assert load_profile().name == "asco-cap-2018"


@pytest.mark.parametrize("name", profile_names())
def test_a_shipped_profile_is_named_as_its_file_and_never_says_her2_low(name: str) -> None:
    profile = load_profile(name)
    assert profile.name == name
    assert "low" not in profile.model_dump_json().lower().replace("ultralow", "").replace(
        "below", ""
    )
    for rule in profile.rules:
        assert ("reflex_ish" in rule.flags) == (rule.score == "2+")
    assert profile.flags["reflex_ish"].text == "reflex ISH required"


def test_the_hash_is_of_the_content_not_of_the_spelling(tmp_path: Path) -> None:
    text = shipped("asco-cap-2018")
    same = tmp_path / "same.toml"
    same.write_bytes(("# a comment\n" + text).replace("\n", "\r\n").encode())
    other = tmp_path / "other.toml"
    other.write_text(text.replace("minimum_cells = 100", "minimum_cells = 101"))
    original = load_profile()
    assert len(original.sha256) == 64
    assert load_profile(same).sha256 == original.sha256
    assert load_profile(str(other)).sha256 != original.sha256


def test_the_hash_does_not_depend_on_the_order_of_named_tables(tmp_path: Path) -> None:
    text = shipped("asco-cap-2018")
    first, second = "[floors.intense_complete]", "[floors.stained]"
    start, middle = text.index(first), text.index(second)
    end = text.index("[flags.", middle)
    moved = tmp_path / "moved.toml"
    moved.write_text(text[:start] + text[middle:end] + text[start:middle] + text[end:])
    assert list(load_profile(moved).floors) == ["stained", "intense_complete"]
    assert load_profile(moved).sha256 == load_profile().sha256


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ProfileError, match=r"'asco'.*asco-cap-2018, gastric-biopsy.*zhang-2020"):
        load_profile("asco")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('score = "3+"', 'score = "4+"', r"rules\.0\.score"),
        ("minimum_cells = 100", "minimum_cells = 0", "minimum_cells"),
        ("minimum_cells = 100", "minimum_cells = 99.5", "minimum_cells"),
        ("minimum_cells = 100", 'minimum_cells = 100\ncolour = "red"', "colour"),
        ("denominator = 100", "denominator = 0", "denominator"),
        ("numerator = 10,", "numerator = 0.1,", "numerator"),
        ('comparison = ">"', 'comparison = "=="', "comparison"),
        ('classes = ["ic"]', "classes = []", "classes"),
        ('classes = ["ic"]', 'classes = ["xx"]', "classes"),
        ('kind = "share"', 'kind = "part"', "part"),
        ('kind = "floor"', 'kind = "cluster"', "at_least"),
        ("when = []", 'when = [{ kind = "floor", classes = ["ic"], floor = "stained" }]', "last"),
        ('floor = "intense_complete"', 'floor = "none"', "no floor 'none'"),
        ('flags = ["reflex_ish"]', 'flags = ["none"]', "unknown flag 'none'"),
        ('name = "complete"', 'name = "ultralow"', "two rules have one name"),
        ("in {measured}", "in many cells", "must hold {measured} once"),
        ('report = ["ic", "ii", "wc", "wi"]', "", "'no staining' needs either"),
        (
            '{ kind = "floor", classes = ["ic"], floor = "intense_complete" }',
            '{ kind = "cluster", classes = ["ic"], at_least = 5 }',
            "need cluster_distance_um",
        ),
        ("[guideline]", "[guideline", "not a TOML file"),
    ],
)
def test_a_wrong_file_gives_one_line_that_says_where(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    text = shipped("asco-cap-2018")
    assert old in text
    path = tmp_path / "mine.toml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ProfileError, match=message) as error:
        load_profile(path)
    assert "\n" not in str(error.value)
    assert str(path) in str(error.value)


def test_a_missing_or_binary_file_gives_one_line(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="No such file"):
        load_profile(tmp_path / "none.toml")
    with pytest.raises(ProfileError, match=r"cannot read"):
        folder = tmp_path / "folder.toml"
        folder.mkdir()
        load_profile(folder)
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xd8\xff\xe0")
    with pytest.raises(ProfileError, match="not a TOML file"):
        load_profile(binary)


def test_a_profile_is_frozen() -> None:
    profile = RuleProfile.model_validate(tomllib.loads(shipped("zhang-2020")))
    with pytest.raises(ValueError, match="frozen"):
        profile.minimum_cells = 1  # type: ignore[misc]

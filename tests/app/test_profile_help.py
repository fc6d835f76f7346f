"""The help names the profiles that ship with the program, all of them and no others."""

import re

from app.commands.profile_help import RULE_PROFILES, STAIN_PROFILES
from inference.scoring.profile import load_profile, profile_names
from inference.stain.profile import load_stain_profile, stain_profile_names


def named(text: str) -> list[str]:
    return [part.strip() for part in re.split(r",|\bor\b", text.partition(":")[2].rstrip("."))]


def test_rule_profiles() -> None:
    *names, last = [name for name in named(RULE_PROFILES) if name]
    assert last == "a .toml file"
    assert sorted(names) == sorted(profile_names())
    for name in names:
        assert load_profile(name).name == name


def test_stain_profiles() -> None:
    *names, own, last = [name for name in named(STAIN_PROFILES) if name]
    assert (own, last) == ("one of your own by name", "a .toml file")
    assert sorted(names) == stain_profile_names()
    for name in names:
        assert load_stain_profile(name).name == name

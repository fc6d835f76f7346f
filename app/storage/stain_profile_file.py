"""A stain profile as a TOML file that a user can read and change."""

from pathlib import Path

from app.storage.atomic import atomic_write
from inference.stain.profile import StainProfile


def write_stain_profile(path: Path, profile: StainProfile) -> None:
    """Write a profile, whole or not at all; `load_stain_profile` reads it back unchanged.

    Raises
    ------
    OSError
        The file cannot be written.
    """
    values = profile.model_dump(mode="json", exclude_none=True)
    levels = values.pop("levels")
    tables = {name: values.pop(name) for name in list(values) if isinstance(values[name], dict)}
    lines = [f"{key} = {_value(value)}" for key, value in values.items()]
    for level in levels:
        lines += ["", "[[levels]]", *(f"{key} = {_value(value)}" for key, value in level.items())]
    for name, table in tables.items():
        lines += ["", f"[{name}]", *(f"{key} = {_value(value)}" for key, value in table.items())]
    with atomic_write(path) as part:
        part.write_text("\n".join(lines) + "\n", "utf-8")


def _value(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_value(item) for item in value)}]"
    if isinstance(value, str):
        return '"' + "".join(_escaped(character) for character in value) + '"'
    return repr(value)


def _escaped(character: str) -> str:
    """Escape what a TOML basic string cannot hold."""
    if character in '"\\':
        return f"\\{character}"
    if ord(character) < 32 or ord(character) == 127:
        return f"\\u{ord(character):04x}"
    return character

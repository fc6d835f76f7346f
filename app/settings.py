"""What the user sets once and finds again at the next start."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.storage.atomic import atomic_write
from inference.scoring.profile import DEFAULT_PROFILE as DEFAULT_RULES
from inference.stain.profile import DEFAULT_PROFILE as DEFAULT_STAIN

SCHEMA_VERSION: Literal[1] = 1
MOST_SWITCHES = 4
"""Of a pedal that types keys."""
_NAME = "settings.json"
_RETIRED = (
    ("eyepiece",),
    ("microscope", "camera"),
    ("microscope", "pedal"),
    ("microscope", "objectives"),
)
"""What earlier versions wrote into every file and nothing read: no reason to warn anybody."""

Seconds = Annotated[float, Field(gt=0, le=3600)]
Fraction = Annotated[float, Field(ge=0, le=1)]
Channel = Annotated[float, Field(gt=1, le=1000)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class MicroscopeSettings(_Part):
    """What is known of the microscope.

    Attributes
    ----------
    white
        White point of the station as R, G, B; None takes the stain profile's.
    station
        Name of the station that the windows open with; empty is the simulated microscope.
    """

    station: Annotated[str, Field(max_length=64)] = ""
    white: tuple[Channel, Channel, Channel] | None = None


class PedalSettings(_Part):
    """What the pedal does.

    Attributes
    ----------
    long_press_s
        From when on a press is a long one.
    keys
        Of a pedal that types keys, the key of each switch. The key of the switch that analyzes
        is that of the action ``analyze``, which goes first.
    short, long
        By the number of the switch, from 0, the name of an action; the session knows
        ``analyze``, ``drop-last-field``, ``undo`` and ``redo``, the windows know more.
    """

    long_press_s: Annotated[float, Field(ge=0.2, le=5)] = 0.6
    keys: Annotated[tuple[str, ...], Field(min_length=1, max_length=MOST_SWITCHES)] = ("Space",)
    short: Mapping[int, str] = Field(
        default_factory=lambda: {0: "analyze", 1: "drop-last-field", 2: "overlay"}
    )
    long: Mapping[int, str] = Field(default_factory=lambda: {0: "drop-last-field"})


class LiveSettings(_Part):
    """How the live picture is judged; see `app.live.freshness` and `app.live.quality`.

    Attributes
    ----------
    refuse
        What refuses a field in place of marking it.
    """

    stall_s: Seconds = 0.1
    pressed_age_s: Seconds = 600.0
    continuous_age_s: Seconds = 2.0
    motion_tolerance_um: Annotated[float, Field(ge=0.2, le=50)] = 0.75
    least_focus: Fraction = 0.25
    most_clipped: Fraction = 0.02
    most_white_drift: Fraction = 0.08
    least_level: Fraction = 0.4
    most_unevenness: Fraction = 0.25
    refuse: tuple[Literal["focus", "exposure", "white", "light", "motion"], ...] = ()


class AnalysisSettings(_Part):
    """How fields are analyzed and slides are scored."""

    detector: Literal["auto", "linknet", "rough"] = "auto"
    stain: str = DEFAULT_STAIN
    rules: str = DEFAULT_RULES


class WindowSettings(_Part):
    """How the main window looks.

    Attributes
    ----------
    geometry, layout
        As Qt saves them, in base 64.
    hidden_layers
        Names of overlay layers that are switched off.
    keys
        By the name of an action, the keys that the user chose in place of the usual ones.
    guided
        Whether the guide of the first start was seen.
    """

    theme: Literal["dark", "light"] = "dark"
    geometry: str = ""
    layout: str = ""
    hidden_layers: tuple[str, ...] = ()
    keys: Mapping[str, str] = Field(default_factory=dict)
    guided: bool = False


class Settings(_Part):
    """All settings. Every value has a default: an empty file is a good file."""

    schema_version: Literal[1] = SCHEMA_VERSION
    microscope: MicroscopeSettings = MicroscopeSettings()
    pedal: PedalSettings = PedalSettings()
    live: LiveSettings = LiveSettings()
    analysis: AnalysisSettings = AnalysisSettings()
    window: WindowSettings = WindowSettings()


@dataclass(frozen=True)
class LoadedSettings:
    """Settings, and what could not be used of the file, one line each for the user."""

    settings: Settings
    warnings: tuple[str, ...] = ()


def settings_path() -> Path:
    """Return where this user's settings lie."""
    return Path(platformdirs.user_config_dir("her2scope", appauthor=False)) / _NAME


def stain_profile_folder(settings: Path) -> Path:
    """Return where stain profiles of the user's own lie: beside the settings."""
    return settings.with_name("stain-profiles")


def load_settings(path: Path) -> LoadedSettings:
    """Read settings; whatever is wrong in the file never stops the start.

    A key or value that cannot be used is left out with a warning and its default holds. A file
    that cannot be understood at all, or that a newer program wrote, is set aside beside its
    place, so that the next `save_settings` destroys nothing.
    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return LoadedSettings(Settings())
    except UnicodeDecodeError:
        return LoadedSettings(Settings(), (_set_aside(path, "is not text", ".broken"),))
    except OSError as error:
        return LoadedSettings(Settings(), (f"settings cannot be read: {error}",))
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        return LoadedSettings(Settings(), (_set_aside(path, "is damaged", ".broken"),))
    if not isinstance(values, dict):
        return LoadedSettings(Settings(), (_set_aside(path, "holds no settings", ".broken"),))
    warnings = []
    version = values.get("schema_version")
    if isinstance(version, int) and version > SCHEMA_VERSION:
        warnings.append(_set_aside(path, "is of a newer version of the program", ".newer"))
        del values["schema_version"]
    _forget_retired(values)
    settings, dropped = _usable(values)
    return LoadedSettings(settings, (*warnings, *dropped))


def save_settings(path: Path, settings: Settings) -> None:
    """Write settings so that the file is whole at any moment.

    Raises
    ------
    OSError
        The folder cannot be written, or the disk is full.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(path) as part:
        part.write_text(settings.model_dump_json(indent=2) + "\n", "utf-8")


def _forget_retired(values: dict[str, Any]) -> None:
    for *parts, key in _RETIRED:
        inside: Any = values
        for part in parts:
            inside = inside.get(part)
        if isinstance(inside, dict):
            inside.pop(key, None)


def _usable(values: dict[str, Any]) -> tuple[Settings, tuple[str, ...]]:
    """Validate, leave out what is wrong, and validate again until nothing is."""
    warnings: list[str] = []
    while True:
        try:
            return Settings.model_validate(values), tuple(warnings)
        except ValidationError as error:
            first = error.errors()[0]
            place, removed = _remove(values, [str(part) for part in first["loc"]])
            text = "is not known" if first["type"] == "extra_forbidden" else first["msg"]
            shown = "" if first["type"] == "extra_forbidden" else f" ({_short(removed)})"
            warnings.append(f"setting {place}{shown} is left out: {text}")


def _remove(values: dict[str, Any], path: list[str]) -> tuple[str, Any]:
    """Take away the deepest key on a path that stands in an object, and return place and value.

    A path may end inside of a list or in the name of an alternative, which are no keys: the
    setting as a whole goes then.
    """
    inside, depth = values, 0
    while depth + 1 < len(path):
        below = inside.get(path[depth])
        if not isinstance(below, dict) or path[depth + 1] not in below:
            break
        inside, depth = below, depth + 1
    return ".".join(path[: depth + 1]), inside.pop(path[depth])


def _short(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= 40 else text[:37] + "..."


def _set_aside(path: Path, problem: str, suffix: str) -> str:
    aside = path.with_name(path.name + suffix)
    try:
        path.replace(aside)
    except OSError as error:
        return f"the settings file {path} {problem} and cannot be set aside: {error}"
    return f"the settings file {problem}; it was set aside as {aside}"

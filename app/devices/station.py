"""A station: the devices of one microscope under a name, in a file beside the settings."""

import re
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from app.settings import settings_path
from app.storage.atomic import atomic_write
from hardware.camera_settings import CameraSettings
from hardware.cameras.known import CameraChoice

_NAME: Final = re.compile(r"[\w][\w .-]{0,63}")


class StationProblem(Exception):
    """A station cannot be read or written; the message is one line for the user."""


class StationCamera(BaseModel):
    """Which camera, and what is set at every opening."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    make: Annotated[str, Field(min_length=1)]
    address: Annotated[str, Field(min_length=1)]
    settings: dict[str, Any] = Field(default_factory=dict)

    def choice(self) -> CameraChoice:
        """Return it as `hardware.cameras.known.camera_of` takes it.

        Raises
        ------
        StationProblem
            A setting is wrong.
        """
        unknown = set(self.settings) - set(CameraSettings.__dataclass_fields__)
        if unknown:
            raise StationProblem(f"camera setting {sorted(unknown)[0]} is not known")
        try:
            settings = TypeAdapter(CameraSettings).validate_python(self.settings)
        except ValidationError as error:
            raise StationProblem(f"camera setting {_reason(error)}") from error
        return CameraChoice(self.make, self.address, settings)


class Station(BaseModel):
    """One microscope.

    Attributes
    ----------
    camera
        None for a station without one.
    pedal
        As `hardware.pedals.kinds.make_pedal` takes it, which also judges it; None without one.
    objectives
        Names as on their barrels, weakest first; their pixel sizes are calibrated apart.
    nosepiece
        As `hardware.nosepieces.kinds.make_nosepiece` takes it, which also judges it; None for one
        that is turned by hand.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    schema_version: Literal[1] = 1
    camera: StationCamera | None = None
    pedal: dict[str, Any] | None = None
    objectives: tuple[Annotated[str, Field(min_length=1, max_length=40)], ...] = ()
    nosepiece: dict[str, Any] | None = None


def station_folder() -> Path:
    """Return where this user's stations lie: beside the settings."""
    return settings_path().with_name("stations")


def station_names() -> tuple[str, ...]:
    """Return the names of the stations that are kept."""
    return tuple(sorted(path.stem for path in station_folder().glob("*.json")))


def check_station_name(name: str) -> None:
    """Raise `StationProblem` for what cannot be a name."""
    _path(name)


def save_station(name: str, station: Station) -> Path:
    """Write a station, whole or not at all, in the place of an earlier one of that name.

    Raises
    ------
    StationProblem
        The name is none, or the folder cannot be written.
    """
    path = _path(name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(path) as part:
            # The address of a network camera may hold a password.
            part.chmod(0o600)
            part.write_text(station.model_dump_json(indent=2, exclude_none=True) + "\n", "utf-8")
    except OSError as error:
        raise StationProblem(f"station {name} cannot be written: {error}") from error
    return path


def load_station(name: str) -> Station:
    """Read a station.

    Raises
    ------
    StationProblem
        There is none of that name, or its file cannot be used.
    """
    path = _path(name)
    try:
        return Station.model_validate_json(path.read_text("utf-8"))
    except FileNotFoundError:
        known = ", ".join(station_names())
        there = f"there are {known}" if known else "none is kept yet: --save NAME keeps one"
        raise StationProblem(f"there is no station {name}; {there}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise StationProblem(f"station {name} cannot be read: {error}") from error
    except ValidationError as error:
        raise StationProblem(f"{path} cannot be used: {_reason(error)}") from error


def remove_station(name: str) -> None:
    """Take a station away.

    Raises
    ------
    StationProblem
        Its file cannot be removed.
    """
    try:
        _path(name).unlink(missing_ok=True)
    except OSError as error:
        raise StationProblem(f"station {name} cannot be removed: {error}") from error


def _path(name: str) -> Path:
    if not _NAME.fullmatch(name):
        raise StationProblem(
            f"{name!r} is no name of a station: letters, digits, blank, point, - and _ are taken"
        )
    return station_folder() / f"{name}.json"


def _reason(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    text = " ".join(str(first["msg"]).split())
    return f"{place}: {text}" if place else text

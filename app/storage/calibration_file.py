"""What is remembered of cameras behind objectives: pixel sizes and flat fields.

One small JSON file. It never stops the start of the program: an entry that cannot be used is left
out with a warning, and the rest is used.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, PositiveFloat, PositiveInt, ValidationError

from app.storage.memory_file import read_memory, write_memory
from hardware.objective_calibration import FlatField, ObjectiveCalibration

CALIBRATION_FILE = "calibrations.json"
"""Beside the settings."""

_VERSION = 1
_Kept = TypeVar("_Kept", bound=ObjectiveCalibration | FlatField)


@dataclass(frozen=True)
class Calibrations:
    """All that is remembered; of each camera, its size and objective one of each kind.

    Attributes
    ----------
    objectives
        Pixel sizes.
    flat_fields
        The light of empty fields.
    """

    objectives: tuple[ObjectiveCalibration, ...] = ()
    flat_fields: tuple[FlatField, ...] = ()

    def with_objective(self, new: ObjectiveCalibration) -> "Calibrations":
        """Return it with a pixel size, which takes the place of that of the same setting."""
        return Calibrations(_with(self.objectives, new), self.flat_fields)

    def with_flat_field(self, new: FlatField) -> "Calibrations":
        """Return it with a flat field, which takes the place of that of the same setting."""
        return Calibrations(self.objectives, _with(self.flat_fields, new))

    def objective(
        self, camera: str, objective: str, camera_px: tuple[int, int]
    ) -> ObjectiveCalibration | None:
        """Return the pixel size of a setting; whether it has run out is asked apart."""
        return _of(self.objectives, (camera, objective, camera_px))

    def flat_field(
        self, camera: str, objective: str, camera_px: tuple[int, int]
    ) -> FlatField | None:
        """Return the flat field of a setting; whether it has run out is asked apart."""
        return _of(self.flat_fields, (camera, objective, camera_px))


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class _Objective(_Strict):
    camera: str
    objective: str
    camera_px: tuple[PositiveInt, PositiveInt]
    um_per_px: PositiveFloat
    residual_um: float
    lines: PositiveInt
    made_on: date
    valid_until: date


class _FlatField(_Strict):
    camera: str
    objective: str
    camera_px: tuple[PositiveInt, PositiveInt]
    white: tuple[PositiveFloat, PositiveFloat, PositiveFloat]
    file: str
    made_on: date
    valid_until: date


class _File(_Strict):
    version: int
    objectives: list[_Objective]
    flat_fields: list[_FlatField]


def save_calibrations(path: Path, calibrations: Calibrations) -> None:
    """Write the file, whole or not at all; its folder is made where need be.

    Raises
    ------
    OSError
    """
    content = _File(
        version=_VERSION,
        objectives=[_Objective(**vars(entry)) for entry in calibrations.objectives],
        flat_fields=[_FlatField(**vars(entry)) for entry in calibrations.flat_fields],
    )
    write_memory(path, content)


def load_calibrations(path: Path) -> tuple[Calibrations, tuple[str, ...]]:
    """Read the file; a missing one is as good as an empty one.

    Returns
    -------
    What could be read, and one line for everything that could not.
    """
    content, problems = read_memory(path, _VERSION, "no calibration is used")
    if content is None:
        return Calibrations(), problems
    warnings: list[str] = []
    objectives = _read(path, "objectives", content, _Objective, ObjectiveCalibration, warnings)
    flat_fields = _read(path, "flat_fields", content, _FlatField, FlatField, warnings)
    return Calibrations(objectives, flat_fields), tuple(warnings)


def _read(
    path: Path,
    name: str,
    content: dict[str, Any],
    model: type[_Strict],
    kept: type[_Kept],
    warnings: list[str],
) -> tuple[_Kept, ...]:
    listed = content.get(name, [])
    found: tuple[_Kept, ...] = ()
    for number, entry in enumerate(listed if isinstance(listed, list) else [listed], 1):
        try:
            found = _with(found, kept(**model.model_validate(entry).model_dump()))
        except (ValidationError, ValueError, TypeError) as error:
            warnings.append(f"{path}: entry {number} of {name} left out: {_reason(error)}")
    return found


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"])
        return f"{place}: {first['msg']}" if place else first["msg"]
    return str(error)


def _setting(entry: ObjectiveCalibration | FlatField) -> tuple[str, str, tuple[int, int]]:
    return entry.camera, entry.objective, entry.camera_px


def _with(entries: tuple[_Kept, ...], new: _Kept) -> tuple[_Kept, ...]:
    others: list[_Kept] = [old for old in entries if _setting(old) != _setting(new)]
    return (*others, new)


def _of(entries: tuple[_Kept, ...], setting: tuple[str, str, tuple[int, int]]) -> _Kept | None:
    return next((entry for entry in entries if _setting(entry) == setting), None)

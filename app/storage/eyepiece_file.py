"""What is remembered of the eyepiece: its display, its look, and its calibrations.

One small JSON file. It never stops the start of the program: what cannot be read in it is left
out with a warning, and the rest is used.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, PositiveFloat, PositiveInt, ValidationError

from app.model.eyepiece import EyepieceLook
from app.model.eyepiece_display import DisplayIdentity
from app.storage.memory_file import read_memory, write_memory
from hardware.eyepiece_calibration import CalibrationProblem, EyepieceCalibration, PointPair

_VERSION = 1
_T = TypeVar("_T")


@dataclass(frozen=True)
class EyepieceMemory:
    """Everything that is remembered of the eyepiece.

    Attributes
    ----------
    display
        The chosen display; None when none was chosen yet.
    look
        Brightness and sizes.
    calibrations
        One for each objective, camera and display.
    """

    display: DisplayIdentity | None = None
    look: EyepieceLook = field(default_factory=EyepieceLook)
    calibrations: tuple[EyepieceCalibration, ...] = ()

    def with_calibration(self, new: EyepieceCalibration) -> "EyepieceMemory":
        """Return it with a new calibration, which replaces that of the same setting."""
        kept = [old for old in self.calibrations if _setting(old) != _setting(new)]
        return EyepieceMemory(self.display, self.look, (*kept, new))


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class _Display(_Strict):
    name: str
    make: str
    serial: str
    x: int
    y: int
    width_px: PositiveInt
    height_px: PositiveInt


class _Look(_Strict):
    brightness: float
    line_width: float
    point_size: float


class _Pair(_Strict):
    camera_px: tuple[float, float]
    display_px: tuple[float, float]


class _Calibration(_Strict):
    objective: str
    camera: str
    display: str
    camera_px: tuple[PositiveInt, PositiveInt]
    display_px: tuple[PositiveInt, PositiveInt]
    um_per_px: PositiveFloat
    made_on: date
    pairs: list[_Pair]


class _File(_Strict):
    version: int
    display: _Display | None
    look: _Look
    calibrations: list[_Calibration]


def save_eyepiece(path: Path, memory: EyepieceMemory) -> None:
    """Write the file, whole or not at all; its folder is made where need be.

    Raises
    ------
    OSError
    """
    display = memory.display
    content = _File(
        version=_VERSION,
        display=None if display is None else _Display(**vars(display)),
        look=_Look(**vars(memory.look)),
        calibrations=[_to_file(calibration) for calibration in memory.calibrations],
    )
    write_memory(path, content)


def load_eyepiece(path: Path) -> tuple[EyepieceMemory, tuple[str, ...]]:
    """Read the file; a missing one is as good as an empty one.

    Returns
    -------
    What could be read, and one line for everything that could not.
    """
    content, problems = read_memory(path, _VERSION, "eyepiece set up anew")
    if content is None:
        return EyepieceMemory(), problems
    warnings: list[str] = []

    def part(name: str, value: object, read: Callable[[Any], _T]) -> _T | None:
        try:
            return read(value)
        except (ValidationError, ValueError, TypeError) as error:
            warnings.append(f"{path}: {name} left out: {_reason(error)}")
            return None

    display = part("display", content.get("display"), _display)
    look = part("look", content.get("look"), _look)
    listed = content.get("calibrations", [])
    found = [
        part(f"calibration {number}", entry, _calibration)
        for number, entry in enumerate(listed if isinstance(listed, list) else [listed], 1)
    ]
    calibrations = tuple(calibration for calibration in found if calibration is not None)
    return EyepieceMemory(display, look or EyepieceLook(), calibrations), tuple(warnings)


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"])
        return f"{place}: {first['msg']}" if place else first["msg"]
    return str(error)


def _display(value: object) -> DisplayIdentity | None:
    return None if value is None else DisplayIdentity(**_Display.model_validate(value).model_dump())


def _look(value: object) -> EyepieceLook:
    return EyepieceLook(**_Look.model_validate(value).model_dump())


def _calibration(value: object) -> EyepieceCalibration:
    entry = _Calibration.model_validate(value)
    pairs = tuple(PointPair(pair.camera_px, pair.display_px) for pair in entry.pairs)
    calibration = EyepieceCalibration(
        objective=entry.objective,
        camera=entry.camera,
        display=entry.display,
        camera_px=entry.camera_px,
        display_px=entry.display_px,
        um_per_px=entry.um_per_px,
        pairs=pairs,
        made_on=entry.made_on,
    )
    try:
        _ = calibration.fit
    except CalibrationProblem as error:
        raise ValueError(str(error)) from error
    return calibration


def _to_file(calibration: EyepieceCalibration) -> _Calibration:
    return _Calibration(
        objective=calibration.objective,
        camera=calibration.camera,
        display=calibration.display,
        camera_px=calibration.camera_px,
        display_px=calibration.display_px,
        um_per_px=calibration.um_per_px,
        made_on=calibration.made_on,
        pairs=[
            _Pair(camera_px=pair.camera_px, display_px=pair.display_px)
            for pair in calibration.pairs
        ],
    )


def _setting(calibration: EyepieceCalibration) -> tuple[object, ...]:
    return (
        calibration.objective,
        calibration.camera,
        calibration.display,
        calibration.camera_px,
        calibration.display_px,
    )

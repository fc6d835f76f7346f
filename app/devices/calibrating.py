"""A calibration made of pictures, and kept: for the terminal and for the window alike."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from app.storage.calibration_file import Calibrations, load_calibrations, save_calibrations
from app.storage.flat_field_file import save_smooth_light
from hardware.micrometer.reading import MicrometerReading, read_micrometer
from hardware.objective_calibration import (
    VALID_DAYS,
    FlatField,
    ObjectiveCalibration,
    disagreement,
    usual_expiry,
)
from inference.arrays import F64, U8
from inference.stain.flat_field import SmoothLight, smooth_light


@dataclass(frozen=True, eq=False)
class MeasuredPixelSize:
    """What a picture of a micrometer gave.

    Attributes
    ----------
    calibration
        To be kept once the lines were looked at.
    reading
        The lines.
    doubts
        Why it should not be kept unseen, one line each.
    """

    calibration: ObjectiveCalibration
    reading: MicrometerReading
    doubts: tuple[str, ...]


def measure_pixel_size(
    rgb: U8,
    pitch_um: float,
    camera: str,
    objective: str,
    kept: Calibrations,
    today: date,
    days: int = VALID_DAYS,
) -> MeasuredPixelSize:
    """Find the scale in a picture.

    Parameters
    ----------
    rgb
        (h, w, 3) uint8, as the camera gave it.
    pitch_um
        Distance of neighboring lines of the scale.
    kept
        What the new one must go with.
    days
        How long it is to hold.

    Raises
    ------
    ValueError
        There is no scale to be seen, or what was given is wrong; one line.
    """
    reading = read_micrometer(rgb, pitch_um)
    calibration = ObjectiveCalibration(
        camera=camera,
        objective=objective,
        camera_px=(rgb.shape[1], rgb.shape[0]),
        um_per_px=reading.um_per_px,
        residual_um=reading.residual_um,
        lines=reading.lines,
        made_on=today,
        valid_until=usual_expiry(today, days),
    )
    doubt = disagreement(calibration, kept.objectives)
    return MeasuredPixelSize(
        calibration, reading, (*reading.warnings, *((doubt,) if doubt else ()))
    )


def keep_pixel_size(path: Path, calibration: ObjectiveCalibration) -> Calibrations:
    """Write a pixel size to the file of calibrations, and return all that stands there then.

    Raises
    ------
    ValueError, OSError
        The file has entries that would be lost, or cannot be written; one line.
    """
    kept = _kept(path).with_objective(calibration)
    save_calibrations(path, kept)
    return kept


@dataclass(frozen=True, eq=False)
class MeasuredLight:
    """What pictures of empty fields gave.

    Attributes
    ----------
    light
        Smooth over the field.
    fall
        Largest fall of the light over the field, as a part of its highest.
    """

    light: SmoothLight
    fall: float

    def part(self, width: int, height: int) -> F64:
        """Return the green light (height, width) as a part of its highest, to be looked at."""
        green = self.light.at_size(width, height)[..., 1]
        return np.asarray(green / green.max(), np.float64)


def measure_light(pictures: Sequence[U8]) -> MeasuredLight:
    """Estimate the light; see `inference.stain.flat_field.smooth_light`.

    Raises
    ------
    ValueError
        One line.
    """
    light = smooth_light(pictures)
    field = light.at_size(64, 64)
    highest = field.max(axis=(0, 1))
    return MeasuredLight(light, float(((highest - field.min(axis=(0, 1))) / highest).max()))


def keep_light(
    path: Path,
    light: SmoothLight,
    camera: str,
    objective: str,
    today: date,
    days: int = VALID_DAYS,
) -> Calibrations:
    """Write a flat field beside the file of calibrations, and return all that stands there then.

    Raises
    ------
    ValueError, OSError
        The file has entries that would be lost, or cannot be written; one line.
    """
    before = _kept(path)
    name = _file_name(camera, objective, light.size_px, light.coefficients.tobytes())
    flat = FlatField(
        camera=camera,
        objective=objective,
        camera_px=light.size_px,
        white=light.white,
        file=name,
        made_on=today,
        valid_until=usual_expiry(today, days),
    )
    # The map first: an entry without one would be a flat field that cannot be used.
    save_smooth_light(path.with_name(name), light)
    kept = before.with_flat_field(flat)
    save_calibrations(path, kept)
    return kept


def _kept(path: Path) -> Calibrations:
    kept, unusable = load_calibrations(path)
    if unusable:
        raise ValueError(f"not saved: {path} has entries that would be lost; move it away")
    return kept


def _file_name(camera: str, objective: str, size_px: tuple[int, int], content: bytes) -> str:
    words = re.sub(r"[^A-Za-z0-9]+", "-", f"{camera} {objective}").strip("-")[:60]
    mark = hashlib.sha256(content).hexdigest()[:8]
    return f"light-{words}-{size_px[0]}x{size_px[1]}-{mark}.npy"

"""The file of a smooth light, beside the file of calibrations."""

from pathlib import Path

import numpy as np

from app.storage.atomic import atomic_write
from inference.stain.flat_field import SmoothLight


def save_smooth_light(path: Path, light: SmoothLight) -> None:
    """Write a light (``.npy``: NumPy's format, of plain numbers), whole or not at all.

    Raises
    ------
    OSError
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(path) as part, part.open("wb") as file:
        np.save(file, light.coefficients, allow_pickle=False)


def load_smooth_light(path: Path, size_px: tuple[int, int]) -> SmoothLight:
    """Read a light for pictures of a size.

    Raises
    ------
    ValueError
        It is missing or damaged; with one line.
    """
    try:
        coefficients = np.load(path, allow_pickle=False)
        return SmoothLight(np.asarray(coefficients, np.float64), size_px)
    except (OSError, ValueError, EOFError, TypeError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ValueError(f"{path}: the flat field cannot be used: {reason}") from error

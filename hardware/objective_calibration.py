"""What is kept of a camera behind an objective: its pixel size and its light, until a day."""

import re
import statistics
from dataclasses import dataclass
from datetime import date, timedelta

VALID_DAYS = 365
"""The laboratory's yearly check; cameras are also taken off and put back in between."""
SOON_DAYS = 14
MOST_DISAGREEMENT = 0.05
"""Of pixel size times magnification between the objectives of a camera: makers allow the
magnification of an objective up to 5 % (ISO 8578), and a mistake in the pitch is 100 %."""

_MAGNIFICATION = re.compile(r"(\d+(?:[.,]\d+)?)\s*[x×]|[x×]\s*(\d+(?:[.,]\d+)?)", re.IGNORECASE)


@dataclass(frozen=True)
class ObjectiveCalibration:
    """The pixel size of a camera behind one objective, from a stage micrometer.

    Attributes
    ----------
    camera, objective
        Names; with another of them the calibration does not apply.
    camera_px
        Width and height of the pictures.
    um_per_px
        Pixel size.
    residual_um
        Root mean square distance of the micrometer's lines from even spacing.
    lines
        How many lines were found.
    made_on, valid_until
        Days; on the latter it is still valid.
    """

    camera: str
    objective: str
    camera_px: tuple[int, int]
    um_per_px: float
    residual_um: float
    lines: int
    made_on: date
    valid_until: date

    def __post_init__(self) -> None:
        """Refuse what is no calibration."""
        if not self.camera or not self.objective:
            raise ValueError("camera and objective must have names")
        if not 0 < self.um_per_px < 100:
            raise ValueError(f"the pixel size must lie in 0 to 100 um, not {self.um_per_px:g}")
        if self.residual_um < 0 or self.lines < 1 or min(self.camera_px) < 1:
            raise ValueError("residual, lines and camera size must be positive")
        _require_order(self.made_on, self.valid_until)


@dataclass(frozen=True)
class FlatField:
    """The light of a camera behind one objective, from an empty field.

    Attributes
    ----------
    camera, objective
        Names; with another of them it does not apply.
    camera_px
        Width and height of the pictures.
    white
        White point: red, green and blue of the empty field, 0 to 255.
    file
        Name of the file with the smooth map, beside the file of calibrations.
    made_on, valid_until
        Days; on the latter it is still valid.
    """

    camera: str
    objective: str
    camera_px: tuple[int, int]
    white: tuple[float, float, float]
    file: str
    made_on: date
    valid_until: date

    def __post_init__(self) -> None:
        """Refuse what is no flat field."""
        if not self.camera or not self.objective:
            raise ValueError("camera and objective must have names")
        if not all(0 < channel <= 255 for channel in self.white):
            raise ValueError(f"the white point must lie in 0 to 255, not {self.white}")
        if not self.file or re.search(r"[/\\:]", self.file) or self.file in {".", ".."}:
            raise ValueError(f"'{self.file}' is no file name without folders")
        if min(self.camera_px) < 1:
            raise ValueError("the camera size must be positive")
        _require_order(self.made_on, self.valid_until)


def _require_order(made_on: date, valid_until: date) -> None:
    if valid_until < made_on:
        raise ValueError(f"valid until {valid_until}, before it was made on {made_on}")


def usual_expiry(made_on: date, days: int = VALID_DAYS) -> date:
    """Return the last day of a calibration."""
    return made_on + timedelta(days=days)


def expiry_words(calibration: ObjectiveCalibration | FlatField, today: date) -> str | None:
    """Return a line for the user when a calibration has run out or soon will; else None."""
    what = (
        f"pixel size of the {calibration.objective}"
        if isinstance(calibration, ObjectiveCalibration)
        else f"flat field of the {calibration.objective}"
    )
    if today < calibration.made_on:
        return (
            f"the {what} was made on {calibration.made_on}, which is to come: see to the clock of "
            "the computer"
        )
    left = (calibration.valid_until - today).days
    if left < 0:
        return f"the {what} ran out on {calibration.valid_until}: calibrate again"
    if left <= SOON_DAYS:
        days = "today" if left == 0 else f"in {left} day{'s' * (left > 1)}"
        return f"the {what} runs out {days}: calibrate again soon"
    return None


def expired(calibration: ObjectiveCalibration | FlatField, today: date) -> bool:
    """Say whether a calibration must not be used any more."""
    return today > calibration.valid_until


def magnification(objective: str) -> float | None:
    """Return the magnification that an objective's name states, e.g. 40 of ``Plan 40x/0.65``."""
    found = _MAGNIFICATION.search(objective)
    if found is None:
        return None
    value = float((found[1] or found[2]).replace(",", "."))
    return value or None


def disagreement(new: ObjectiveCalibration, others: tuple[ObjectiveCalibration, ...]) -> str | None:
    """Return a line when a pixel size does not go with those of the camera's other objectives.

    Behind one camera, pixel size times magnification is the same for all objectives. A pitch that
    was stated wrongly, or a micrometer read by every second or fifth line, changes it at once.
    """
    own = magnification(new.objective)
    products = [
        other.um_per_px * times
        for other in others
        if other.camera == new.camera
        and other.objective != new.objective
        and other.camera_px == new.camera_px
        and (times := magnification(other.objective)) is not None
    ]
    if own is None or not products:
        return None
    expected = statistics.median(products) / own
    if abs(new.um_per_px / expected - 1) <= MOST_DISAGREEMENT:
        return None
    return (
        f"{new.um_per_px:.4g} um/px of the {new.objective} is {new.um_per_px / expected:.2f} times "
        f"what the other objectives of this camera lead to expect ({expected:.4g}): see to the "
        "pitch, the objective in the light and any zoom"
    )

"""Numbers that say whether a picture is fit for analysis, and their limits.

Measured on a reduced picture, about 190 px wide, on the acquisition thread. White point, level and
evenness of the light are seen on bare glass alone: tissue tells nothing certain of them, so that a
field without glass has no such numbers. On seven camera fields and ten cores the glass was found to
a gray level where the full picture shows it, and nowhere else; one measurement takes 2 to 8 ms.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from inference.arrays import U8
from inference.stain.density import White
from inference.stain.white import estimate_white

Flaw = Literal["focus", "exposure", "white", "light", "motion"]
"""What may be wrong; the settings name those that refuse a field."""

_SIDE = 192
_SIDES = 0.02
"""Glass has the same color however the light falls: channels differ by less than that."""
_FALL = 0.36
"""Light falls by less than that over a field that can be used at all."""
_BAND = 0.12
"""Glass of a quarter lies in a band of brightness that is so wide."""
_LEAST_PART = 0.01
"""Of a quarter of the picture that must be glass for its light to count."""
_DARK_PERCENTILE = 99


@dataclass(frozen=True)
class LightQuality:
    """What a picture tells of its light.

    Attributes
    ----------
    glass
        Red, green and blue of bare glass; None where too little of it is seen.
    level
        The brightest part of the picture (99th percentile of green), 0 to 1.
    unevenness
        By how much the light of the darkest quarter is below that of the brightest, as a part of
        it; None where glass is seen in fewer than three quarters.
    """

    glass: White | None
    level: float
    unevenness: float | None


UNSEEN_LIGHT = LightQuality(None, 1.0, None)
"""Before anything was measured."""


@dataclass(frozen=True)
class QualityLimits:
    """From when on a picture is flawed.

    Attributes
    ----------
    least_focus, most_clipped
        See `app.live.sharpness`.
    most_white_drift
        Largest deviation of a channel of the glass from the white point in force, as a part.
    least_level
        Of `LightQuality.level`.
    most_unevenness
        Of `LightQuality.unevenness`.
    refuse
        Flaws with which a field is refused; with the others it is marked.
    """

    least_focus: float = 0.25
    most_clipped: float = 0.02
    most_white_drift: float = 0.08
    least_level: float = 0.4
    most_unevenness: float = 0.25
    refuse: tuple[Flaw, ...] = ()


@dataclass(frozen=True)
class PictureQuality:
    """All numbers of a picture; None is not known.

    Attributes
    ----------
    focus, clipped
        See `app.live.sharpness`.
    white_drift, level, unevenness
        See `QualityLimits`.
    moved
        Whether the stage moved between the picture before and this one.
    """

    focus: float | None
    clipped: float
    white_drift: float | None
    level: float
    unevenness: float | None
    moved: bool

    def record(self) -> Mapping[str, float | bool | None]:
        """Return the numbers as they are kept with a field."""
        return {
            "focus": _rounded(self.focus),
            "clipped": _rounded(self.clipped),
            "white_drift": _rounded(self.white_drift),
            "light_level": _rounded(self.level),
            "light_unevenness": _rounded(self.unevenness),
            "moving": self.moved,
        }

    def flaws(self, limits: QualityLimits) -> tuple[tuple[Flaw, str], ...]:
        """Return what is wrong, one sentence each, with number and limit."""
        found: list[tuple[Flaw, str]] = []
        if self.moved:
            found.append(("motion", "the stage was moving"))
        if self.focus is not None and self.focus < limits.least_focus:
            least = limits.least_focus
            found.append(
                ("focus", f"the field is blurred (focus {self.focus:.2f}, at least {least:g})")
            )
        if self.clipped > limits.most_clipped:
            found.append(("exposure", f"{100 * self.clipped:.0f} % of the field is overexposed"))
        if self.white_drift is not None and self.white_drift > limits.most_white_drift:
            found.append(
                (
                    "white",
                    f"bare glass is {100 * self.white_drift:.0f} % off the white point "
                    f"(at most {100 * limits.most_white_drift:.0f} %): take it again",
                )
            )
        if self.level < limits.least_level:
            found.append(
                (
                    "light",
                    f"the picture is dark (brightest part {100 * self.level:.0f} %, at least "
                    f"{100 * limits.least_level:.0f} %)",
                )
            )
        if self.unevenness is not None and self.unevenness > limits.most_unevenness:
            found.append(
                (
                    "light",
                    f"the light falls by {100 * self.unevenness:.0f} % over the field (at most "
                    f"{100 * limits.most_unevenness:.0f} %)",
                )
            )
        return tuple(found)


def light_quality(rgb: U8) -> LightQuality:
    """Measure the light of a picture.

    Parameters
    ----------
    rgb
        (h, w, 3) uint8; is reduced to some 190 px.
    """
    height, width = rgb.shape[:2]
    factor = min(1.0, _SIDE / max(height, width))
    size = (max(8, round(width * factor)), max(8, round(height * factor)))
    small = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
    level = float(np.percentile(small[..., 1], _DARK_PERCENTILE)) / 255
    glass = estimate_white(small)
    return LightQuality(glass, level, None if glass is None else _unevenness(small, glass))


def white_drift(glass: White | None, white: White | None) -> float | None:
    """Return the largest deviation of a channel of bare glass from a white point, as a part."""
    if glass is None or white is None:
        return None
    return float(np.abs(np.asarray(glass) / np.asarray(white) - 1.0).max())


def _unevenness(small: U8, glass: White) -> float | None:
    """Return by how much the glass of the darkest quarter is below that of the brightest."""
    height, width = small.shape[:2]
    found = []
    for top in (0, height // 2):
        for left in (0, width // 2):
            part = small[top : top + height // 2, left : left + width // 2].astype(np.float32)
            # As colorless as the glass, whatever its brightness: the light falls on all channels.
            ratio = part / np.asarray(glass, np.float32)
            mean = ratio.mean(axis=2)
            pale = (np.abs(ratio - mean[..., None]) < _SIDES).all(axis=2)
            seen = pale & (np.abs(mean - 1.0) < _FALL)
            if seen.mean() >= _LEAST_PART:
                brightest = np.percentile(mean[seen], 90)
                found.append(float(np.median(mean[seen & (mean > brightest * (1 - _BAND))])))
    return 1.0 - min(found) / max(found) if len(found) >= 3 else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)

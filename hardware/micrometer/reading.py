"""The pixel size from a picture of a stage micrometer.

Lines of a ruler, or crossed lines of a grid, at any angle: the direction is that of the
strongest waves; the pitch that of the autocorrelation of strips across the lines; places of
lines are centers of their darkness, and one fit by least squares through all of them gives pitch
and angle.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from hardware.micrometer.direction import F32, even_light, main_direction, wave_strength
from hardware.micrometer.family import LineFamily, find_family
from hardware.micrometer.problem import MicrometerProblem

U8 = npt.NDArray[np.uint8]

MOST_UNEQUAL = 0.005
"""Difference of the pixel's width and height, as a part, that is none: the program takes square
pixels."""
MOST_PITCH_CHANGE = 0.01
"""Difference of the pitch between two halves of the picture, as a part."""
MOST_ERROR = 0.0005
"""Standard error of the pixel size, as a part of it; of 1050 simulated micrometers one of few,
faint lines was off by four of them."""
MOST_RESIDUAL = 0.05
"""Distance of lines from even spacing, in pitches: makers state a hundredth."""
MOST_ASKEW_DEG = 0.5
"""Of the crossed lines of a grid against a right angle."""
THINNEST = 0.07
"""Width of a line in pitches: thinner ones may be every fifth or tenth line."""

_NO_GRID = 0.3
_DIAGONAL = 0.5
_FINER = 1.15
_TIMES = 10
"""Rulers have longer lines at every fifth and tenth."""


class Pattern(StrEnum):
    """What the micrometer shows."""

    RULER = "ruler"
    GRID = "grid"


@dataclass(frozen=True, eq=False)
class MicrometerReading:
    """The pixel size, and how far it can be trusted.

    Attributes
    ----------
    um_per_px
        Pixel size: across the lines of a ruler; the geometric mean of both sides of a grid.
    pattern
        Ruler or grid.
    pitch_um
        Distance of neighboring lines as the user stated it.
    families
        One of a ruler, two of a grid.
    um_per_px_sides
        Width and height of a pixel in um; None of a ruler, which has one direction alone.
    warnings
        What the user should know, a line each.
    """

    um_per_px: float
    pattern: Pattern
    pitch_um: float
    families: tuple[LineFamily, ...]
    um_per_px_sides: tuple[float, float] | None
    warnings: tuple[str, ...]

    @property
    def lines(self) -> int:
        """How many lines were found."""
        return sum(family.lines for family in self.families)

    @property
    def residual_um(self) -> float:
        """Root mean square distance of the lines from even spacing, of the worse direction."""
        return max(family.residual_px for family in self.families) * self.um_per_px

    @property
    def straightness_um(self) -> float:
        """Root mean square distance of pieces of lines from straight ones."""
        return max(family.straightness_px for family in self.families) * self.um_per_px

    @property
    def error(self) -> float:
        """Standard error of the pixel size, as a part of it, from the spread of the lines."""
        return max(family.pitch_error for family in self.families)


def read_micrometer(picture: U8, pitch_um: float) -> MicrometerReading:
    """Find the lines of a stage micrometer and return the pixel size.

    Two things cannot be told from a picture, and are left to the user, who looks at the lines
    that were found: that every fifth line alone was brought into view (then a warning says how
    thin the lines would be), and lines less than two pixels apart, in whose place a camera shows
    a coarser wave.

    Parameters
    ----------
    picture
        (h, w, 3) RGB or (h, w) gray, uint8.
    pitch_um
        Distance between neighboring lines, of all lines and not of the longer ones.

    Raises
    ------
    MicrometerProblem
        The picture is none of a micrometer, out of focus, or has too few lines.
    """
    if not (math.isfinite(pitch_um) and pitch_um > 0):
        raise MicrometerProblem(f"the pitch must be positive, not {pitch_um:g} um")
    even = even_light(picture)
    angle = main_direction(even)
    problems: list[MicrometerProblem] = []
    families: list[LineFamily] = []
    for across in (angle, angle + math.pi / 2):
        try:
            family = find_family(even, across)
        except MicrometerProblem as problem:
            problems.append(problem)
            continue
        if family is not None:
            families.append(family)
    if not families:
        if problems:
            raise problems[0]
        raise MicrometerProblem(
            "no evenly spaced lines are found: focus on the scale of a stage micrometer, and let "
            "its lines fill the picture"
        )
    for family in families:
        _refuse_finer(even, family)
    if len(families) == 1:
        return _ruler(families[0], pitch_um)
    _refuse_diagonals(even, families[0], families[1])
    return _grid(families[0], families[1], pitch_um)


def _ruler(family: LineFamily, pitch_um: float) -> MicrometerReading:
    um_per_px = pitch_um / family.pitch_px
    warnings = _warnings((family,), pitch_um)
    return MicrometerReading(um_per_px, Pattern.RULER, pitch_um, (family,), None, warnings)


def _grid(first: LineFamily, second: LineFamily, pitch_um: float) -> MicrometerReading:
    """Take width and height of a pixel from both families at any angle.

    In um the waves across the lines have length 1 / pitch and a right angle between them; the
    picture is that scaled by one over a pixel's width and height. So a wave in lines per px is
    (width cos a, height sin a) / pitch for the one and (-width sin a, height cos a) / pitch for
    the other, and the squares of their parts add to (width / pitch)^2 and (height / pitch)^2.
    """
    (x1, y1), (x2, y2) = first.wave, second.wave
    width, height = pitch_um * math.hypot(x1, x2), pitch_um * math.hypot(y1, y2)
    um_per_px = math.sqrt(width * height)
    unequal = abs(math.log(first.pitch_px / second.pitch_px))
    if unequal > _NO_GRID:
        raise MicrometerProblem(
            f"the crossed lines have pitches of {first.pitch_px:.1f} and {second.pitch_px:.1f} px: "
            "bring a grid of one pitch, or one ruler alone, into view"
        )
    warnings = []
    if abs(width / height - 1) > MOST_UNEQUAL:
        warnings.append(
            f"pixels are not square: {width:.5f} um wide and {height:.5f} um high, "
            f"{100 * abs(width / height - 1):.1f} % apart; set the camera to square pixels"
        )
    else:
        askew = abs(_between(first.angle_deg, second.angle_deg) - 90.0)
        if askew > MOST_ASKEW_DEG:
            warnings.append(
                f"the crossed lines are {askew:.1f} degrees off a right angle: is the micrometer "
                "level, and the camera too?"
            )
    families = (first, second)
    lines = (*warnings, *_warnings(families, pitch_um))
    return MicrometerReading(um_per_px, Pattern.GRID, pitch_um, families, (width, height), lines)


def _refuse_finer(even: F32, family: LineFamily) -> None:
    """Refuse lines among which finer ones stand, such as every fifth line of a ruler.

    The harmonics of even lines are at most as strong as the wave itself; a stronger one is a wave
    of its own, if only where the strips did not see it.
    """
    x, y = family.wave
    least = _FINER * wave_strength(even, family.wave)
    finest = min(_TIMES, int(0.49 / max(abs(x), abs(y))))  # the camera shows no finer wave
    for times in range(2, finest + 1):
        if wave_strength(even, (times * x, times * y)) > least:
            raise MicrometerProblem(
                f"the lines that are found stand {times} times as far apart as others that are not "
                "told from each other: focus on the finest lines, or take a stronger objective"
            )


def _refuse_diagonals(even: F32, first: LineFamily, second: LineFamily) -> None:
    """Refuse the diagonals of a grid, which are evenly spaced, too, and nearer by a root of two."""
    (x1, y1), (x2, y2) = first.wave, second.wave
    found = min(wave_strength(even, first.wave), wave_strength(even, second.wave))
    for sign in (1, -1):
        between = ((x1 + sign * x2) / 2, (y1 + sign * y2) / 2)
        if wave_strength(even, between) > _DIAGONAL * found:
            raise MicrometerProblem(
                "the crossed lines look like their diagonals: focus, or take a coarser grid"
            )


def _between(one: float, other: float) -> float:
    """Return the angle between two lines without direction, 0 to 90 or a little more, degrees."""
    return abs((one - other) % 180.0)


def _warnings(families: tuple[LineFamily, ...], pitch_um: float) -> tuple[str, ...]:
    worst = max(family.residual_px / family.pitch_px for family in families)
    if worst > MOST_RESIDUAL:
        raise MicrometerProblem(
            f"the lines are {100 * worst:.0f} % of the pitch off even spacing: this is no stage "
            "micrometer, or its picture is distorted"
        )
    warnings = []
    change = max((family.pitch_change for family in families), key=abs)
    if abs(change) > MOST_PITCH_CHANGE:
        warnings.append(
            f"the pitch changes by {100 * abs(change):.1f} % over the picture: the micrometer is "
            "not level, or the optics distort"
        )
    error = max(family.pitch_error for family in families)
    if error > MOST_ERROR:
        warnings.append(
            f"the pixel size is known to {100 * error:.2f} % only: bring more lines into view, or "
            "a cleaner place"
        )
    thinnest = min(family.line_width for family in families)
    if thinnest < THINNEST:
        warnings.append(
            f"the lines are {thinnest * pitch_um:.2f} um thin if their pitch is {pitch_um:g} um: "
            "see that these are all lines, and not every fifth or tenth alone"
        )
    return tuple(warnings)

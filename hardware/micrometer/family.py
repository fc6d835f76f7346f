"""A family of parallel lines: found in all strips, numbered through, fitted together."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d

from hardware.micrometer.direction import F32, Strips, strips_across
from hardware.micrometer.problem import MicrometerProblem
from hardware.micrometer.strip_lines import StripLines, lines_of

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

LEAST_LINES = 6
LEAST_PITCH_PX = 5.0
BROADEST = 0.45
"""Width of a line at half its contrast, in pitches; a wave has a half."""

_LEAST_STRIPS = 3
_SAME_PITCH = 0.04
_MOST_ASKEW = 0.04
"""Radians between the direction at first and that of the lines."""
_AGREEING = 0.6
"""Least part of the places of lines that the common fit must explain."""
_OFF_PITCH = 0.15
_BETWEEN = 0.06
"""Contrast of something between the lines that may be a line, as a part of theirs."""
_PHASES = (16, 96)
"""Parts into which a pitch is cut to see the shape of a line: least and most."""
_SEEN = 0.8
"""Part of the places from the first to the last line at which there must be one."""


@dataclass(frozen=True, eq=False)
class LineFamily:
    """Parallel lines in a picture.

    Attributes
    ----------
    pitch_px
        Distance of neighboring lines.
    pitch_error
        Standard error of the pitch, as a part of it.
    angle_deg
        Direction across the lines, from the rows of the picture downwards; -90 to 90.
    lines
        How many were found.
    missing
        How many between the first and the last were not.
    residual_px
        Root mean square distance of the lines from even spacing.
    straightness_px
        Root mean square distance of pieces of lines from the straight line that they belong to.
    pitch_change
        How much the pitch of one half of the lines differs from that of the other, as a part.
    line_width
        Width of a line at half its contrast, in pitches.
    segments
        (lines, 4) x, y of both ends of each line as far as it was found, in px.
    """

    pitch_px: float
    pitch_error: float
    angle_deg: float
    lines: int
    missing: int
    residual_px: float
    straightness_px: float
    pitch_change: float
    line_width: float
    segments: F64

    @property
    def wave(self) -> tuple[float, float]:
        """Lines per px across and down: the vector across the lines, of 1 / pitch."""
        angle = math.radians(self.angle_deg)
        return math.cos(angle) / self.pitch_px, math.sin(angle) / self.pitch_px


@dataclass(frozen=True, eq=False)
class _Points:
    """Places where lines cross strips: px across and along, number of the line."""

    across: F64
    along: F64
    number: I64


@dataclass(frozen=True)
class _Fit:
    """Across = start + pitch * number + slope * along."""

    start: float
    pitch: float
    slope: float

    def off(self, points: _Points) -> F64:
        expected = self.start + self.pitch * points.number + self.slope * points.along
        return np.asarray(points.across - expected, np.float64)


def find_family(even: F32, angle: float) -> LineFamily | None:
    """Return the parallel lines across a direction; None where there are none.

    Parameters
    ----------
    even
        (h, w) of `hardware.micrometer.direction.even_light`.
    angle
        Direction across the lines in radians, a degree more or less.

    Raises
    ------
    MicrometerProblem
        There are lines, but they cannot be trusted.
    """
    for _ in range(3):
        strips = strips_across(even, angle)
        found = _common(strips)
        if found is None:
            return None
        fit, points, upright = found
        if abs(fit.slope) < 3e-4:
            break
        angle -= math.atan(fit.slope)
    width = _line_width(strips, upright, fit, points)
    return _family(strips, fit, points, width, even.shape)


def _common(strips: Strips) -> tuple[_Fit, _Points, F64] | None:
    """Return the fit to all strips, its points, and the profiles with the lines upward."""
    profiles = strips.profiles * _sign(strips.profiles)
    found: dict[int, StripLines] = {}
    begins: dict[int, int] = {}
    for i, profile in enumerate(profiles):
        inside = np.flatnonzero(np.isfinite(profile))
        if len(inside) < 60:
            continue
        lines = lines_of(profile[inside[0] : inside[-1] + 1])
        if lines is not None:
            found[i], begins[i] = lines, int(inside[0])
    chosen = _with_the_neighbors(found)
    if len(chosen) < _LEAST_STRIPS:
        return None
    pitch = float(np.median([found[i].pitch for i in chosen]))
    across = [found[i].places + begins[i] + strips.first for i in chosen]
    along = strips.heights[chosen]
    points = _numbered_through(across, along, [found[i].numbers for i in chosen], pitch)
    fit, kept = _fitted(points)
    if kept.mean() < _AGREEING:
        return None
    points = _Points(points.across[kept], points.along[kept], points.number[kept])
    points = _of_whole_lines(points)
    return (fit, points, profiles) if len(points.across) else None


def _sign(profiles: F64) -> float:
    """Return -1 for dark lines, 1 for bright ones: lines cover the smaller part of the ground."""
    strips = profiles[np.isfinite(profiles).any(axis=1)]
    # Strips that hold a crossing line are darker as a whole.
    away = strips - np.nanmedian(strips, axis=1, keepdims=True)
    away = away[np.isfinite(away)]
    return 1.0 if float((away**3).sum()) > 0 else -1.0


def _with_the_neighbors(found: dict[int, StripLines]) -> list[int]:
    """Return the strips that show every line, not every fifth or tenth alone.

    Raises
    ------
    MicrometerProblem
        As many strips show a pitch that is no multiple of the smallest.
    """
    groups: list[list[int]] = []
    for i in sorted(found, key=lambda strip: found[strip].pitch):
        if groups and found[i].pitch < (1 + _SAME_PITCH) * found[groups[-1][0]].pitch:
            groups[-1].append(i)
        else:
            groups.append([i])
    groups = [group for group in groups if len(group) >= _LEAST_STRIPS]
    if not groups:
        return []
    most = max(len(group) for group in groups)
    for group in groups:
        pitch = float(np.median([found[i].pitch for i in group]))
        fits = True
        for other in groups:
            ratio = float(np.median([found[i].pitch for i in other])) / pitch
            if len(other) >= len(group) and abs(ratio - round(ratio)) > 0.05:
                fits = False
        if fits and 10 * len(group) >= most:
            return sorted(group)
    raise MicrometerProblem(
        "the lines have more than one pitch: bring one scale into view, without letters and frames"
    )


def _numbered_through(across: list[F64], along: F64, numbers: list[I64], pitch: float) -> _Points:
    """Give all strips one numbering; the phases of their lines tell how far they are askew."""
    anchors = np.array([places[np.abs(places).argmin()] for places in across])
    turns = 2j * np.pi / pitch
    span = max(float(np.ptp(along)), 1.0)
    slopes = np.arange(-_MOST_ASKEW, _MOST_ASKEW, pitch / (10 * span))
    sums = np.exp(turns * (anchors - slopes[:, None] * along)).sum(axis=1)
    best = int(np.abs(sums).argmax())
    slope = float(slopes[best])
    start = float(np.angle(sums[best])) * pitch / (2 * np.pi)
    shifted = []
    for places, height, own in zip(across, along, numbers, strict=True):
        # By the line that is nearest to the middle, where an error of the pitch matters least.
        middle = int(np.abs(places).argmin())
        true = round(float((places[middle] - slope * height - start) / pitch))
        shifted.append(own + (true - own[middle]))
    heights = np.repeat(along, [len(places) for places in across])
    return _Points(np.concatenate(across), heights, np.concatenate(shifted))


def _fitted(points: _Points) -> tuple[_Fit, npt.NDArray[np.bool_]]:
    """Fit all places by least squares without those that are far off; say which are kept."""
    rows = np.column_stack([np.ones(len(points.across)), points.number, points.along])
    kept = np.ones(len(points.across), bool)
    fit = _Fit(0.0, 1.0, 0.0)
    for _ in range(6):
        solution = np.linalg.lstsq(rows[kept], points.across[kept], rcond=None)[0]
        fit = _Fit(*(float(value) for value in solution))
        off = np.abs(fit.off(points))
        scale = 1.4826 * float(np.median(off[kept]))
        kept = off <= min(max(4 * scale, 0.1), _OFF_PITCH * abs(fit.pitch))
        if kept.sum() < 2 * LEAST_LINES:
            break
    return fit, kept


def _of_whole_lines(points: _Points) -> _Points:
    """Leave out lines that were seen in fewer strips than others by far: dust on the pitch."""
    _, which, counts = np.unique(points.number, return_inverse=True, return_counts=True)
    kept = counts[which] >= max(2.0, 0.15 * float(np.median(counts)))
    return _Points(points.across[kept], points.along[kept], points.number[kept])


def _line_width(strips: Strips, profiles: F64, fit: _Fit, points: _Points) -> float:
    """Return the width of a line at half its contrast in pitches, of all lines laid together.

    Raises
    ------
    MicrometerProblem
        The lines are too broad, or something stands between them.
    """
    phases = int(np.clip(1.2 * fit.pitch, *_PHASES))
    heights = np.unique(points.along)
    used = np.flatnonzero(np.isin(strips.heights, heights))
    first, last = int(points.number.min()), int(points.number.max())
    bins = (last - first + 1) * phases
    sums, counts = np.zeros(bins), np.zeros(bins)
    columns = np.arange(profiles.shape[1]) + strips.first
    for i in used:
        place = (columns - fit.start - fit.slope * strips.heights[i]) / fit.pitch
        on = np.isfinite(profiles[i]) & (place > first - 0.5) & (place < last + 0.499)
        # Against the light between the two neighbors, which changes over the picture.
        flat = profiles[i, on] - gaussian_filter1d(profiles[i, on], fit.pitch, mode="nearest")
        phase = np.floor((place[on] - first + 0.5) * phases).astype(np.int64)
        phase = np.clip(phase, 0, bins - 1)
        sums += np.bincount(phase, flat, bins)
        counts += np.bincount(phase, minlength=bins)
    filled = counts > 0
    grid = np.arange(bins)
    whole = np.interp(grid, grid[filled], sums[filled] / counts[filled])
    # The usual line: dust stands beside some lines, finer lines stand beside all.
    shape = np.median(whole.reshape(-1, phases), axis=0)
    middle = phases // 2
    ground = float(np.percentile(shape, 10))
    height = float(shape[middle - phases // 16 : middle + phases // 16 + 1].max()) - ground
    if not height > 0:
        raise MicrometerProblem("the lines are not told from the ground: focus and add contrast")
    shape = (shape - ground) / height
    fine = np.interp(np.arange(0, phases, 0.1), np.arange(phases), shape, period=phases)
    width = float(np.mean(fine > 0.5))
    if width > BROADEST:
        raise MicrometerProblem(
            f"the lines are {100 * width:.0f} % as broad as their pitch: focus, or take a "
            "stronger objective or a coarser scale"
        )
    _refuse_between(np.asarray(shape, np.float64))
    return width


def _refuse_between(shape: F64) -> None:
    """Refuse a second maximum between the lines: the true pitch may be a part of that found."""
    middle = len(shape) // 2
    smooth = gaussian_filter1d(shape, max(0.7, len(shape) / 24), mode="wrap")
    for side in (smooth[middle:], smooth[middle::-1]):
        valley = np.minimum.accumulate(side)
        rise = side - valley
        # The second half of the way to the next line belongs to that line.
        if float(rise[: len(shape) // 2 + 1].max()) > _BETWEEN:
            raise MicrometerProblem(
                "fainter lines stand between the lines that were found: move to where all lines "
                "of the scale have one length and darkness"
            )


def _family(
    strips: Strips, fit: _Fit, points: _Points, width: float, size: tuple[int, ...]
) -> LineFamily:
    numbers, which, counts = np.unique(points.number, return_inverse=True, return_counts=True)
    if len(numbers) < LEAST_LINES:
        raise MicrometerProblem(
            f"{len(numbers)} lines are found and {LEAST_LINES} are needed: take a finer scale or "
            "more of it into view"
        )
    scale = math.hypot(1.0, fit.slope)
    pitch = fit.pitch / scale
    if pitch < LEAST_PITCH_PX:
        raise MicrometerProblem(
            f"the lines are {pitch:.1f} px apart and {LEAST_PITCH_PX:g} are needed: take a "
            "coarser scale"
        )
    missing = int(np.ptp(numbers)) + 1 - len(numbers)
    if len(numbers) < _SEEN * (len(numbers) + missing):
        raise MicrometerProblem(
            f"{missing} of {len(numbers) + missing} lines are not found between the first and the "
            "last: clean the micrometer, and see to focus and light"
        )
    off = fit.off(points) / scale
    of_line = np.bincount(which, off) / counts
    # Freedom of two numbers, start and pitch, is taken out.
    residual = math.sqrt(float((of_line**2).sum()) / max(1, len(numbers) - 2))
    inner = off - of_line[which]
    straightness = math.sqrt(float((inner**2).sum()) / max(1, len(off) - len(numbers)))
    spread = float(((numbers - numbers.mean()) ** 2).sum())
    return LineFamily(
        pitch_px=pitch,
        pitch_error=residual / math.sqrt(spread) / pitch,
        angle_deg=_half_turn(math.degrees(strips.angle - math.atan(fit.slope))),
        lines=len(numbers),
        missing=missing,
        residual_px=residual,
        straightness_px=straightness,
        pitch_change=_pitch_change(numbers, of_line / pitch),
        line_width=width,
        segments=_segments(strips, fit, points, size),
    )


def _half_turn(degrees: float) -> float:
    return (degrees + 90.0) % 180.0 - 90.0


def _pitch_change(numbers: I64, off: F64) -> float:
    """Return the pitch of the upper half less that of the lower half, as a part of the pitch."""
    half = len(numbers) // 2
    if half < 3:
        return 0.0
    low = np.polyfit(numbers[:half], off[:half], 1)[0]
    high = np.polyfit(numbers[-half:], off[-half:], 1)[0]
    return float(high - low)


def _segments(strips: Strips, fit: _Fit, points: _Points, size: tuple[int, ...]) -> F64:
    cos, sin = math.cos(strips.angle), math.sin(strips.angle)
    height, width = size
    ends = []
    for number in np.unique(points.number):
        own = points.along[points.number == number]
        for t in (own.min() - 8.0, own.max() + 8.0):
            s = fit.start + fit.pitch * number + fit.slope * t
            ends.append(((width - 1) / 2 + cos * s - sin * t, (height - 1) / 2 + sin * s + cos * t))
    return np.asarray(ends, np.float64).reshape(-1, 4)

"""Lines in the profile of one strip: their pitch, their places, their numbers."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.fft import irfft, next_fast_len, rfft
from scipy.ndimage import gaussian_filter1d

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

LEAST_IN_STRIP = 3

_LEAST_CORRELATION = 0.25
"""Of a profile with itself one pitch on; noise and tissue stay below it in nearly all strips."""
_FIRST_OF_HIGHEST = 0.6
"""The pitch is the first maximum that reaches this part of the highest: that of the neighbors,
and not that of every fifth line."""
_STRONGEST = 6
"""So many lines say what contrast is usual: the scale may end in the picture."""
_FAINTEST = 0.3
"""Of the usual contrast of a line; longer lines are darker in a strip that holds their ends."""
_OFF_PITCH = 0.15
"""Largest distance of a line from its place, in pitches."""
_FEWEST_SEEN = 0.6
"""Part of the places from the first to the last line where one must be."""


@dataclass(frozen=True, eq=False)
class StripLines:
    """The lines of one strip.

    Attributes
    ----------
    places
        (n,) px from the beginning of the profile.
    numbers
        (n,) whole numbers, counted in pitches from the first.
    pitch
        px.
    """

    places: F64
    numbers: I64
    pitch: float


def lines_of(profile: F64) -> StripLines | None:
    """Return the evenly spaced lines of a profile; None where there are none.

    Parameters
    ----------
    profile
        (w,), high on the lines.
    """
    flat = profile - gaussian_filter1d(profile, max(8.0, len(profile) / 10))
    pitch = _pitch(flat)
    if pitch is None:
        return None
    places = _places(flat, pitch)
    if len(places) < LEAST_IN_STRIP:
        return None
    return _numbered(places, pitch)


def _pitch(flat: F64) -> float | None:
    """Return the pitch by autocorrelation, or None."""
    length = len(flat)
    size = next_fast_len(2 * length, real=True)
    spectrum = rfft(flat, size)
    lags = np.arange(max(3, int(length * 0.45)))
    correlation = irfft(np.abs(spectrum) ** 2, size)[: len(lags)] / (length - lags)
    if not correlation[0] > 1e-12:
        return None
    correlation /= correlation[0]
    peaks, _ = _maxima(correlation, height=_LEAST_CORRELATION, prominence=0.1)
    if len(peaks) == 0:
        return None
    heights = correlation[peaks]
    at = int(peaks[np.argmax(heights >= _FIRST_OF_HIGHEST * heights.max())])
    before, here, after = correlation[at - 1 : at + 2]
    bend = before - 2 * here + after
    return float(at + (0.5 * (before - after) / bend if bend < 0 else 0.0))


def _places(flat: F64, pitch: float) -> F64:
    """Return the places of lines: maxima, each made finer by the center of its weight."""
    smooth = gaussian_filter1d(flat, max(0.5, 0.06 * pitch))
    reach = max(3, int(3 * pitch)) | 1
    peaks, found = _maxima(smooth, prominence=0.0, distance=max(1, 0.3 * pitch), wlen=reach)
    if len(peaks) == 0:
        return np.empty(0)
    prominence = found["prominences"]
    usual = float(np.median(np.sort(prominence)[-_STRONGEST:]))
    peaks = peaks[prominence >= _FAINTEST * usual]
    half = max(1.5, 0.25 * pitch)
    peaks = peaks[(peaks > half + 1) & (peaks < len(flat) - half - 2)]
    return _centers(smooth, peaks.astype(np.float64), half)


def _maxima(values: F64, **wanted: float) -> tuple[I64, dict[str, F64]]:
    """Do what `scipy.signal.find_peaks` does."""
    # Half a second for its import, that every start would wait for.
    from scipy.signal import find_peaks  # noqa: PLC0415

    peaks, found = find_peaks(values, **wanted)
    return peaks, found


def _centers(smooth: F64, places: F64, half: float) -> F64:
    """Return centers of weight in a bell-shaped window of its own center, which has no bias."""
    reach = np.arange(-int(2 * half) - 1, int(2 * half) + 2)
    start = np.rint(places).astype(np.int64)
    at = np.clip(start[:, None] + reach, 0, len(smooth) - 1)
    light = smooth[at]
    # The ground may slope: it is the straight line between the darkest on both sides.
    sides = len(reach) // 2
    left = light[:, :sides].min(axis=1, keepdims=True)
    right = light[:, sides + 1 :].min(axis=1, keepdims=True)
    share = (reach + sides) / (2 * sides)
    light = np.maximum(light - left - (right - left) * share, 0.0)
    for _ in range(8):
        window = np.exp(-0.5 * ((at - places[:, None]) / (0.6 * half)) ** 2)
        weights = light * window
        # Twice the step: a window as broad as the line halves what it sees of the way.
        center = (weights * at).sum(axis=1) / np.maximum(weights.sum(axis=1), 1e-12)
        places = places + 1.5 * (center - places)
    return np.asarray(places, np.float64)


def _numbered(places: F64, pitch: float) -> StripLines | None:
    """Give the lines their numbers and leave out what lies between them; None if unevenly set."""
    places = np.sort(places)
    turn = np.exp(2j * np.pi * places / pitch)
    # Lines near each other share their phase even where the pitch is a little off: count steps.
    steps = np.rint(np.diff(places) / pitch)
    numbers = np.concatenate([[0], np.cumsum(steps)])
    if np.any(steps == 0) or abs(turn.mean()) < 0.3:
        phase = np.angle(turn.sum()) / (2 * np.pi) * pitch
        numbers = np.rint((places - phase) / pitch)
    kept = np.ones(len(places), bool)
    for _ in range(4):
        if kept.sum() < LEAST_IN_STRIP or np.ptp(numbers[kept]) < LEAST_IN_STRIP - 1:
            return None
        slope, start = np.polyfit(numbers[kept], places[kept], 1)
        if not 0.8 * pitch < slope < 1.25 * pitch:
            return None
        numbers = np.rint((places - start) / slope)
        off = np.abs(places - start - slope * numbers)
        kept = off <= _OFF_PITCH * slope
    places, numbers = places[kept], numbers[kept].astype(np.int64)
    if len(places) < LEAST_IN_STRIP or len(places) < 0.6 * len(kept):
        return None
    if len(np.unique(numbers)) < _FEWEST_SEEN * (np.ptp(numbers) + 1):
        return None
    return StripLines(places, numbers - numbers.min(), float(slope))

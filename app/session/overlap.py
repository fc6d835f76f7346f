"""Whether two fields show the same tissue, whose cells would then be counted twice.

A stage that is moved by hand tells nobody where it is, but tissue does: two thumbnails are laid
over each other at every shift, and where they agree, it is the same place (normalized
cross-correlation over what they share, Lewis 1995).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from scipy import fft

from inference.arrays import F32, U8

SIDE_PX = 96
"""Longer side at which fields are compared: 7 um per px of a 40x field; single nuclei count."""
MOST_COMPARED = 12
"""A field is compared with so many before it: who goes back to an earlier one does so soon."""
LEAST_OVERLAP = 0.1
"""Part of a field from which on it is worth a warning; less of it may agree by chance."""
SAME_TISSUE = 0.65
"""Correlation from which on two pictures show the same tissue. On real cores the same tissue, with
other noise, gave 0.83 and more, and other tissue 0.42 at most."""

_FINE_PX, _COARSE_PX = 0.8, 4.0
"""Structures between these sizes are compared: no noise, and no light that falls off."""
_LEAST_CONTRAST = 1.5
"""Gray levels of a standard deviation: bare glass is like all other glass."""

_Spectrum = npt.NDArray[np.complex64]


@dataclass(frozen=True, eq=False)
class Look:
    """A field made ready to be compared.

    Attributes
    ----------
    shape
        Height and width at which it is compared.
    scale
        Its size before, divided by that.
    details, energy, area
        Spectra of its structures, of their squares, and of its outline.
    """

    shape: tuple[int, int]
    details: _Spectrum
    energy: _Spectrum
    area: _Spectrum
    empty: bool


def look(rgb: U8) -> Look:
    """Make a thumbnail (h, w, 3) ready to be compared with others."""
    scale = min(1.0, SIDE_PX / max(rgb.shape[:2]))
    size = max(2, round(rgb.shape[1] * scale)), max(2, round(rgb.shape[0] * scale))
    gray = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA).mean(axis=2, dtype=np.float32)
    fine, coarse = (cv2.GaussianBlur(gray, (0, 0), each) for each in (_FINE_PX, _COARSE_PX))
    details: F32 = np.asarray(fine - coarse, np.float32)
    return Look(
        details.shape,
        _spectrum(details),
        _spectrum(details**2),
        _spectrum(np.ones_like(details)),
        bool(details.std() < _LEAST_CONTRAST),
    )


def overlap(one: Look, other: Look) -> float:
    """Return the part of a field that another shows too, 0 to 1; 0 where nothing says so."""
    if one.shape != other.shape or one.empty or other.empty:
        return 0.0
    shared = _correlation(one.area, other.area)
    product = _correlation(one.details, other.details)
    energy = _correlation(one.energy, other.area) * _correlation(one.area, other.energy)
    enough = shared >= LEAST_OVERLAP * one.shape[0] * one.shape[1]
    likeness = np.where(enough, product / np.sqrt(np.maximum(energy, 1e-6)), 0.0)
    best = int(likeness.argmax())
    if likeness.flat[best] < SAME_TISSUE:
        return 0.0
    return float(shared.flat[best]) / (one.shape[0] * one.shape[1])


def _spectrum(image: F32) -> _Spectrum:
    """Return the spectrum, with room for every shift at which two pictures still touch."""
    height, width = image.shape
    return np.asarray(fft.rfft2(image, (2 * height, 2 * width)), np.complex64)


def _correlation(one: _Spectrum, other: _Spectrum) -> F32:
    return np.asarray(fft.irfft2(one * other.conj()), np.float32)


@dataclass(frozen=True, eq=False)
class SeenField:
    """A field that counts already.

    Attributes
    ----------
    field, number
        Its name and number.
    thumbnail
        (h, w, 3), of the same objective as what it is compared with.
    """

    field: str
    number: int
    thumbnail: U8


class SeenTissue:
    """Remembers how fields look, and tells which of them a new one overlaps.

    For one thread.
    """

    def __init__(self) -> None:
        self._looks: dict[str, Look] = {}

    def warnings(self, thumbnail: U8, fields: Sequence[SeenField]) -> tuple[str, ...]:
        """Return a sentence for each field that shows a part of the same tissue.

        Parameters
        ----------
        thumbnail
            Of the new field.
        fields
            Those that count, in their order; all others are forgotten.
        """
        known, fields = self._looks, fields[-MOST_COMPARED:]
        self._looks = {
            each.field: known[each.field] if each.field in known else look(each.thumbnail)
            for each in fields
        }
        new = look(thumbnail)
        shared = [(each.number, overlap(new, self._looks[each.field])) for each in fields]
        return tuple(
            f"{round(100 * part)} % of the tissue is in field {number} too: its cells count twice"
            for number, part in shared
            if part
        )

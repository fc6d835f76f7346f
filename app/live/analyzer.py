"""What measures a field, and in what setting."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from app.installed_network import installed_network
from inference.analyser import MeasuredField, classify_field, describe_field, measure_field
from inference.arrays import U8
from inference.nuclei.choice import (
    DetectorKind,
    choose_detector,
    detector_notices,
    pixel_size_doubt,
)
from inference.nuclei.points import NucleusDetector, NucleusPoints
from inference.stain.density import White
from inference.stain.profile import StainProfile
from inference.stain.white import estimate_white

_WARM_UP_SIDE_PX = 512
_WARM_UP_UM_PER_PX = 0.3


class FieldRefused(ValueError):
    """A field cannot be analyzed; the message is one line that says what to do."""


@dataclass(frozen=True)
class AnalysisSetup:
    """What the measurement of a field depends on besides its pixels.

    Attributes
    ----------
    stain
        Stain profile with the thresholds at which a result is first classified.
    white
        White point of the station; None takes it from the glass in each picture.
    white_origin
        Where it is from, for the reader.
    """

    stain: StainProfile
    white: White | None = None
    white_origin: str = ""


@dataclass(frozen=True)
class Measurement:
    """A measured field and how it was measured.

    Attributes
    ----------
    measured
        Cached as long as the field is on the slide.
    white, white_origin
        White point that was used.
    detector
        Name and version of the nucleus detector.
    warnings
        One sentence each.
    """

    measured: MeasuredField
    white: White
    white_origin: str
    detector: str
    warnings: tuple[str, ...] = ()


class FieldAnalyzer(Protocol):
    """Measures fields. Created, warmed up and used on the analysis thread alone."""

    def measure(
        self,
        rgb: U8,
        um_per_px: float,
        setup: AnalysisSetup,
        nuclei: NucleusPoints | None = None,
    ) -> Measurement:
        """Measure a field.

        Parameters
        ----------
        rgb
            (h, w, 3) uint8.
        nuclei
            Nuclei that were detected before, in pixels of the field: nothing is detected
            again, so that edits go on meaning the same cells.

        Raises
        ------
        FieldRefused
            The picture cannot be analyzed.
        """
        ...


OpenAnalyzer = Callable[[], FieldAnalyzer]
"""Creates and warms up an analyzer; called on the analysis thread."""


class DetectorAnalyzer:
    """Measures with the chosen nucleus detector.

    Parameters
    ----------
    kind
        ``auto``, ``linknet`` or ``rough``.
    """

    def __init__(self, kind: DetectorKind) -> None:
        self._kind = kind
        self._chosen: tuple[object, NucleusDetector, str | None] | None = None

    def warm_up(self, setup: AnalysisSetup) -> None:
        """Compile and load everything before the first field waits for it.

        Raises
        ------
        DetectorUnavailable
            The wanted detector cannot be had.
        """
        noise = np.random.default_rng(0).integers(
            60, 230, (_WARM_UP_SIDE_PX, _WARM_UP_SIDE_PX, 3), np.uint8
        )
        known = AnalysisSetup(setup.stain, setup.white or (240.0, 240.0, 240.0))
        measured = self.measure(noise, _WARM_UP_UM_PER_PX, known).measured
        classify_field(measured, describe_field(measured, setup.stain), setup.stain)

    def measure(
        self,
        rgb: U8,
        um_per_px: float,
        setup: AnalysisSetup,
        nuclei: NucleusPoints | None = None,
    ) -> Measurement:
        """Measure a field; see `FieldAnalyzer.measure`."""
        white, origin, warning = _white(rgb, setup)
        detector, caution = self._detector(setup, white)
        finder = detector if nuclei is None else _Given(detector.name, nuclei)
        measured = measure_field(rgb, um_per_px, setup.stain, white, finder)
        # Nuclei that are given were doubted, or not, when they were found.
        doubt = None
        if nuclei is None:
            doubt = pixel_size_doubt(detector, rgb, um_per_px, measured.nuclei)
        warnings = tuple(t for t in (doubt, caution, warning, *detector_notices(detector)) if t)
        return Measurement(measured, white, origin, detector.name, warnings)

    def _detector(self, setup: AnalysisSetup, white: White) -> tuple[NucleusDetector, str | None]:
        key = (setup.stain.vectors, white)
        if self._chosen is None or self._chosen[0] != key:
            vectors = setup.stain.vectors
            chosen = choose_detector(self._kind, vectors, white, installed_network())
            self._chosen = (key, *chosen)
        return self._chosen[1], self._chosen[2]


@dataclass(frozen=True)
class _Given:
    """Nuclei that are known already."""

    name: str
    nuclei: NucleusPoints

    def detect(self, rgb: U8, um_per_px: float) -> NucleusPoints:  # noqa: ARG002 - the protocol's
        return self.nuclei


def chosen_analyzer(kind: DetectorKind, setup: AnalysisSetup) -> OpenAnalyzer:
    """Return what creates and warms up the analyzer of this program."""

    def open_analyzer() -> FieldAnalyzer:
        analyzer = DetectorAnalyzer(kind)
        analyzer.warm_up(setup)
        return analyzer

    return open_analyzer


def _white(rgb: U8, setup: AnalysisSetup) -> tuple[White, str, str | None]:
    if setup.white is not None:
        return setup.white, setup.white_origin, None
    if setup.stain.white is not None:
        return setup.stain.white, "stain profile", None
    estimate = estimate_white(rgb)
    if estimate is None:
        raise FieldRefused(
            "the white point is not known and this field shows no bare glass: "
            "go to clean glass and take the white point there"
        )
    return estimate, "estimated from the picture", "the white point is estimated from the picture"

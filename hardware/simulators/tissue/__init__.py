"""A synthetic HER2 slide: any field of it, rendered from its seed, together with the truth."""

from hardware.simulators.tissue.field import render_field
from hardware.simulators.tissue.optics import STAINS, Optics, Stains
from hardware.simulators.tissue.pattern import PATTERN_NAMES, SlidePattern, pattern
from hardware.simulators.tissue.truth import NO_CLASS, Kind, SimulatedField, Truth

__all__ = [
    "NO_CLASS",
    "PATTERN_NAMES",
    "STAINS",
    "Kind",
    "Optics",
    "SimulatedField",
    "SlidePattern",
    "Stains",
    "Truth",
    "pattern",
    "render_field",
]

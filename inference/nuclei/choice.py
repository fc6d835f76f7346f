"""Which detector finds the nuclei, and what its results must be said to be."""

from typing import Literal

from inference.nuclei.points import NucleusDetector
from inference.nuclei.rough import RoughNuclei
from inference.stain.density import White
from inference.stain.vectors import StainVectors

DetectorKind = Literal["auto", "linknet", "rough"]
"""`linknet`: the trained network; `rough`: image processing; `auto`: the best that is there."""

_ROUGH_WARNING = "nuclei found by rough image processing, which counts immune and stromal cells too"


class DetectorUnavailable(RuntimeError):
    """The wanted detector cannot be had; the message is one line for the user."""


def choose_detector(
    kind: DetectorKind, vectors: StainVectors, white: White
) -> tuple[NucleusDetector, str | None]:
    """Return a detector, and a warning that belongs beside each of its results.

    Raises
    ------
    DetectorUnavailable
        The trained network is wanted, and none is installed.
    ValueError
        The kind is not known, or the stain vectors or the white point are unusable.
    """
    if kind == "linknet":
        raise DetectorUnavailable(
            "no trained network is installed; use the detector 'rough', or 'auto', which takes the "
            "network once there is one"
        )
    if kind not in ("auto", "rough"):
        raise ValueError(f"no detector is called {kind!r}; there are auto, linknet and rough")
    rough = RoughNuclei(vectors, white)
    if kind == "rough":
        return rough, _ROUGH_WARNING
    return rough, f"no trained network is installed: {_ROUGH_WARNING}"

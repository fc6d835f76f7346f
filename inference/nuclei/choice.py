"""Which nucleus detector runs, and what its user must be told."""

from typing import Literal

from inference.arrays import U8
from inference.nuclei.network.detector import NetworkDetector
from inference.nuclei.network.opening import NetworkSource, network_detector
from inference.nuclei.points import NucleusDetector, NucleusPoints
from inference.nuclei.rough import RoughNuclei
from inference.nuclei.scale_doubt import doubt_words, scale_doubt
from inference.nuclei.unavailable import DetectorUnavailable
from inference.stain.density import White
from inference.stain.vectors import StainVectors

__all__ = [
    "DetectorKind",
    "DetectorUnavailable",
    "choose_detector",
    "detector_notices",
    "pixel_size_doubt",
    "runtimes_left_out",
]

DetectorKind = Literal["auto", "linknet", "rough"]
"""`linknet`: the trained network; `rough`: image processing; `auto`: the best that is there."""

_ROUGH_WARNING = "nuclei found by rough image processing, which counts immune and stromal cells too"

_SHIPPED = NetworkSource()


def choose_detector(
    kind: DetectorKind, vectors: StainVectors, white: White, network: NetworkSource = _SHIPPED
) -> tuple[NucleusDetector, str | None]:
    """Return a detector, and a warning that belongs beside each of its results.

    The network is opened once per process, however often it is chosen. What may happen to a
    detector later is told by `detector_notices`.

    Raises
    ------
    DetectorUnavailable
        The trained network is wanted, and none is installed, or it cannot run.
    ValueError
        The kind is not known, or the stain vectors or the white point are unusable.
    """
    if kind not in ("auto", "linknet", "rough"):
        raise ValueError(f"no detector is called {kind!r}; there are auto, linknet and rough")
    rough = RoughNuclei(vectors, white)
    if kind == "rough":
        return rough, _ROUGH_WARNING
    try:
        found = network_detector(network)
    except DetectorUnavailable as problem:
        if kind == "auto":
            return rough, f"{problem}: {_ROUGH_WARNING}"
        raise DetectorUnavailable(
            f"{problem}; use the detector 'rough', or 'auto', which takes the network where it runs"
        ) from problem
    return (found if kind == "linknet" else _NetworkElseRough(found, rough)), None


def detector_notices(detector: NucleusDetector) -> tuple[str, ...]:
    """Return what has happened to a detector since it was chosen, a line each for the user.

    A network that lost its GPU in the middle runs on, on the next runtime, and says so here; so
    does `auto` where no runtime is left and rough image processing has taken its place.
    """
    return detector.notices if isinstance(detector, NetworkDetector | _NetworkElseRough) else ()


def runtimes_left_out(detector: NucleusDetector) -> tuple[str, ...]:
    """Return a line for each way to run a detector's network that is not used here, and why."""
    return detector.left_out if isinstance(detector, NetworkDetector | _NetworkElseRough) else ()


def pixel_size_doubt(
    detector: NucleusDetector, rgb: U8, um_per_px: float, nuclei: NucleusPoints
) -> str | None:
    """Return a sentence when the nuclei of a field tell that its pixel size is wrong; else None.

    Only the trained network can tell; see `inference.nuclei.scale_doubt`.
    """
    if not _by_network(detector):
        return None
    factor = scale_doubt(detector, rgb, um_per_px, nuclei)
    # Lost meanwhile, it has been counting rough nuclei.
    return doubt_words(factor) if factor is not None and _by_network(detector) else None


def _by_network(detector: NucleusDetector) -> bool:
    if isinstance(detector, _NetworkElseRough):
        return not detector.lost
    return isinstance(detector, NetworkDetector)


class _NetworkElseRough:
    """The network as long as anything can run it, then rough image processing."""

    def __init__(self, network: NetworkDetector, rough: RoughNuclei) -> None:
        self._network, self._rough = network, rough
        self._lost: str | None = None

    @property
    def name(self) -> str:
        return self._network.name if self._lost is None else self._rough.name

    @property
    def notices(self) -> tuple[str, ...]:
        lost = () if self._lost is None else (f"{self._lost}: {_ROUGH_WARNING}",)
        return (*self._network.notices, *lost)

    @property
    def left_out(self) -> tuple[str, ...]:
        return self._network.left_out

    @property
    def lost(self) -> bool:
        return self._lost is not None

    def detect(self, rgb: U8, um_per_px: float) -> NucleusPoints:
        if self._lost is None:
            try:
                return self._network.detect(rgb, um_per_px)
            except DetectorUnavailable as problem:
                self._lost = str(problem)
        return self._rough.detect(rgb, um_per_px)

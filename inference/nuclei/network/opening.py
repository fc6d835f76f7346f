"""From a folder of weights to a detector that runs on what is fastest here."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from inference.kernel import worker_count
from inference.nuclei.network.candidates import candidates
from inference.nuclei.network.detector import NetworkDetector
from inference.nuclei.network.manifest import NetworkManifest, read_manifest, read_weights
from inference.nuclei.network.network_runtime import NetworkRuntime
from inference.nuclei.network.ranking import probe, rank
from inference.nuclei.network.ranking_file import keep_ranking, kept_ranking, ranking_key
from inference.nuclei.network.runtime import Candidate

_SHIPPED = Path(__file__).resolve().parents[3] / "models" / "weights"
"""Beside the packages, in a checkout and when installed."""


@dataclass(frozen=True)
class NetworkSource:
    """Which network, and how it may run.

    Attributes
    ----------
    weights
        Folder with a manifest; the shipped one unless given.
    cache_folder
        Where the measured ranking of the runtimes is kept. None measures nothing and takes the
        runtime that is usually the fastest.
    threads
        Of the CPU; None takes all that this process may use.
    """

    weights: Path = _SHIPPED
    cache_folder: Path | None = None
    threads: int | None = None

    def __post_init__(self) -> None:
        if self.threads is not None and self.threads < 1:
            raise ValueError(f"the network needs at least one thread, not {self.threads}")


def network_detector(source: NetworkSource) -> NetworkDetector:
    """Return the detector of a source. It is opened once, and again when the manifest changes.

    The first time on a machine, the runtimes are measured, which takes some seconds; with a
    cache folder only then.

    Raises
    ------
    DetectorUnavailable
        One line: there are no weights, they are damaged, or nothing here can run them.
    """
    return _opened(source, read_manifest(source.weights))


@lru_cache(maxsize=1)
def _opened(source: NetworkSource, manifest: NetworkManifest) -> NetworkDetector:
    # White point and stain may change with every field, and with them the rough detector; the
    # network stays, and with it the memory of which runtime has failed.
    for file in manifest.variants.values():
        read_weights(source.weights, file)
    threads = source.threads or worker_count()
    found = candidates(source.weights, manifest, threads)
    if source.cache_folder is not None:
        found = _fastest_first(found, manifest, threads, source.cache_folder)
    return NetworkDetector(manifest, NetworkRuntime(found))


def _fastest_first(
    found: tuple[Candidate, ...], manifest: NetworkManifest, threads: int, cache_folder: Path
) -> tuple[Candidate, ...]:
    key = ranking_key(manifest, found, threads)
    ranking = kept_ranking(cache_folder, key)
    if ranking is None:
        ranking = rank(found, probe())
        if not ranking.milliseconds:
            return found  # opening them will say why
        keep_ranking(cache_folder, key, ranking)
    of_label = {candidate.label: candidate for candidate in found}
    return tuple(of_label[label] for label in ranking.milliseconds)

"""From a folder of weights to a detector that runs on what is fastest here."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from inference.kernel import worker_count
from inference.nuclei.network.agreement import agreeing
from inference.nuclei.network.candidates import candidates
from inference.nuclei.network.detector import NetworkDetector
from inference.nuclei.network.manifest import NetworkManifest, read_manifest, read_weights
from inference.nuclei.network.network_runtime import NetworkRuntime
from inference.nuclei.network.picture import nuclei_picture
from inference.nuclei.network.ranking import Ranking, rank
from inference.nuclei.network.ranking_file import keep_ranking, kept_ranking, ranking_key
from inference.nuclei.network.runtime import Candidate

_SHIPPED = Path(__file__).resolve().parents[3] / "models" / "weights"
"""Beside the packages, in a checkout and when installed."""

_AGREEMENT_SIDE_PX, _SPEED_SIDE_PX = 512, 1024


@dataclass(frozen=True)
class NetworkSource:
    """Which network, and how it may run.

    Attributes
    ----------
    weights
        Folder with a manifest; the shipped one unless given.
    cache_folder
        Where the measured ranking of the runtimes is kept. None measures no time and takes, of
        the runtimes that agree with the fp32 weights, the one that is usually the fastest.
    threads
        Of the CPU; None takes all that this process may use.
    threshold
        Least heatmap value of a nucleus, 0 to 1, in place of the one that was chosen for the
        network.
    """

    weights: Path = _SHIPPED
    cache_folder: Path | None = None
    threads: int | None = None
    threshold: float | None = None

    def __post_init__(self) -> None:
        if self.threads is not None and self.threads < 1:
            raise ValueError(f"the network needs at least one thread, not {self.threads}")
        if self.threshold is not None and not 0 < self.threshold < 1:
            raise ValueError(f"a threshold lies between 0 and 1, not at {self.threshold:g}")


def network_detector(source: NetworkSource) -> NetworkDetector:
    """Return the detector of a source. It is opened once, and again when the manifest changes.

    The first time on a machine, the runtimes are measured, which takes some seconds; with a
    cache folder only then.

    Raises
    ------
    DetectorUnavailable
        One line: there are no weights, they are damaged, or nothing here can run them.
    """
    manifest = read_manifest(source.weights)
    if source.threshold is not None:
        manifest = manifest.model_copy(update={"threshold": source.threshold})
    return _opened(source, manifest)


@lru_cache(maxsize=1)
def _opened(source: NetworkSource, manifest: NetworkManifest) -> NetworkDetector:
    # White point and stain may change with every field, and with them the rough detector; the
    # network stays, and with it the memory of which runtime has failed.
    for file in manifest.variants.values():
        read_weights(source.weights, file)
    threads = source.threads or worker_count()
    found = candidates(source.weights, manifest, threads)
    checked = agreeing(found, nuclei_picture(_AGREEMENT_SIDE_PX))
    if source.cache_folder is None:
        return NetworkDetector(manifest, NetworkRuntime(checked))
    key = ranking_key(manifest, found, threads)
    ranking = kept_ranking(source.cache_folder, key)
    if ranking is None:
        ranking = rank(checked, nuclei_picture(_SPEED_SIDE_PX))
        if not ranking.milliseconds:
            return NetworkDetector(manifest, NetworkRuntime(checked))  # which says why
        keep_ranking(source.cache_folder, key, ranking)
    return NetworkDetector(manifest, _fastest_first(found, ranking))


def _fastest_first(found: tuple[Candidate, ...], ranking: Ranking) -> NetworkRuntime:
    # What the ranking names has agreed when it was measured, and need not show it again.
    of_label = {candidate.label: candidate for candidate in found}
    left_out = tuple(f"{label}: {why}" for label, why in ranking.refused.items())
    return NetworkRuntime([of_label[label] for label in ranking.milliseconds], left_out)

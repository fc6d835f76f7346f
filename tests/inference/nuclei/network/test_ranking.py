from pathlib import Path

import numpy as np
import pytest

from inference.arrays import F32, U8
from inference.nuclei.network.manifest import NetworkManifest, Variant, read_manifest
from inference.nuclei.network.ranking import Ranking, rank
from inference.nuclei.network.ranking_file import keep_ranking, kept_ranking, ranking_key
from inference.nuclei.network.runtime import Candidate, Runtime

PICTURE = np.zeros((32, 32, 3), np.uint8)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Fake:
    """Takes a time on the clock, answers with a number, and fails at a certain run."""

    def __init__(self, clock: Clock, seconds: float, number: float, fails_at: int = -1) -> None:
        self.clock, self.seconds, self.number, self.fails_at = clock, seconds, number, fails_at
        self.runs = 0

    def run(self, rgb: U8) -> F32:
        if self.runs == self.fails_at:
            raise RuntimeError("device lost")
        self.runs += 1
        self.clock.now += self.seconds
        return np.full((rgb.shape[0] // 4, rgb.shape[1] // 4), self.number, np.float32)


def candidate(engine: str, runtime: Runtime | Exception, variant: Variant = "fp32") -> Candidate:
    def load() -> Runtime:
        if isinstance(runtime, Exception):
            raise runtime
        return runtime

    return Candidate(engine, variant, load)


def test_the_fastest_comes_first_and_what_fails_is_left_out() -> None:
    clock = Clock()
    found = rank(
        [
            candidate("broken", OSError("not here")),
            candidate("quick", Fake(clock, 0.01, 0.52), "int8"),
            candidate("dies", Fake(clock, 0.001, 0.5, fails_at=3)),
            candidate("quickest", Fake(clock, 0.005, 0.5)),
            candidate("plain", Fake(clock, 0.1, 0.5)),
        ],
        PICTURE,
        clock,
    )
    expected = {"quickest, fp32": 5.0, "quick, int8": 10.0, "plain, fp32": 100.0}
    assert list(found.milliseconds) == list(expected)
    assert found.milliseconds == pytest.approx(expected)
    assert found.refused == {
        "broken, fp32": "not here",
        "dies, fp32": "device lost",
    }


def test_one_slow_run_does_not_decide() -> None:
    clock = Clock()

    class OnceSlow(Fake):
        def run(self, rgb: U8) -> F32:
            self.seconds = 3.0 if self.runs == 2 else 0.01
            return super().run(rgb)

    found = rank(
        [candidate("a", OnceSlow(clock, 0, 0.5)), candidate("b", Fake(clock, 0.02, 0.5))],
        PICTURE,
        clock,
    )
    assert list(found.milliseconds) == ["a, fp32", "b, fp32"]


def test_a_slow_machine_measures_less() -> None:
    clock = Clock()
    slow = Fake(clock, 10.0, 0.5)
    assert list(rank([candidate("slow", slow)], PICTURE, clock).milliseconds) == ["slow, fp32"]
    assert slow.runs == 3  # one to warm up


def test_nothing_runs() -> None:
    found = rank([candidate("a", OSError("no"))], PICTURE)
    assert found == Ranking({}, {"a, fp32": "no"})


@pytest.fixture
def manifest(write_weights: object) -> NetworkManifest:
    assert callable(write_weights)
    return read_manifest(write_weights())


CANDIDATES = [candidate("a", OSError()), candidate("b", OSError())]
RANKING = Ranking({"b, fp32": 1.5, "a, fp32": 2.0}, {})


def kept_file(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


def test_a_ranking_is_found_again(tmp_path: Path, manifest: NetworkManifest) -> None:
    folder, key = tmp_path / "new" / "cache", ranking_key(manifest, CANDIDATES, 2)
    assert kept_ranking(folder, key) is None
    keep_ranking(folder, key, RANKING)
    found = kept_ranking(folder, key)
    assert found is not None
    assert list(found.milliseconds.items()) == list(RANKING.milliseconds.items())
    assert kept_file(folder).suffix == ".json"


def test_it_holds_for_one_setting_alone(tmp_path: Path, manifest: NetworkManifest) -> None:
    keep_ranking(tmp_path / "c", ranking_key(manifest, CANDIDATES, 2), RANKING)
    other = manifest.model_copy(
        update={
            "files": manifest.files.model_copy(
                update={"fp32": manifest.files.fp32.model_copy(update={"sha256": "0" * 64})}
            )
        }
    )
    for key in (
        ranking_key(manifest, CANDIDATES, 1),
        ranking_key(manifest, CANDIDATES[:1], 2),
        ranking_key(other, CANDIDATES, 2),
    ):
        assert kept_ranking(tmp_path / "c", key) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"[]",
        b'{"format": 1, "key": "other", "milliseconds": {"a, fp32": 1}, "refused": {}}',
    ],
)
def test_a_broken_file_is_ignored(
    tmp_path: Path, manifest: NetworkManifest, content: bytes
) -> None:
    folder, key = tmp_path / "c", ranking_key(manifest, CANDIDATES, 2)
    keep_ranking(folder, key, RANKING)
    kept_file(folder).write_bytes(content)
    assert kept_ranking(folder, key) is None
    keep_ranking(folder, key, RANKING)
    assert kept_ranking(folder, key) == RANKING


@pytest.mark.parametrize("milliseconds", [{}, {"unknown, fp32": 1.0}])
def test_a_ranking_of_other_runtimes_is_ignored(
    tmp_path: Path, manifest: NetworkManifest, milliseconds: dict[str, float]
) -> None:
    key = ranking_key(manifest, CANDIDATES, 2)
    keep_ranking(tmp_path / "c", key, Ranking(milliseconds, {}))
    assert kept_ranking(tmp_path / "c", key) is None


def test_a_folder_that_cannot_be_written_stops_nothing(
    tmp_path: Path, manifest: NetworkManifest
) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("kept", "utf-8")
    key = ranking_key(manifest, CANDIDATES, 2)
    keep_ranking(in_the_way, key, RANKING)
    assert kept_ranking(in_the_way, key) is None
    assert in_the_way.read_text("utf-8") == "kept"

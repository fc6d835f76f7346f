import numpy as np
import pytest

from inference.arrays import F32, U8
from inference.nuclei.network.network_runtime import NetworkRuntime
from inference.nuclei.network.runtime import Candidate, Runtime
from inference.nuclei.unavailable import DetectorUnavailable

RGB = np.zeros((32, 64, 3), np.uint8)


class Fake:
    """Answers with a number until its answers are used up, and with an exception then."""

    def __init__(self, number: float, answers: int = 1000) -> None:
        self.number, self.left = number, answers

    def run(self, rgb: U8) -> F32:
        if not self.left:
            raise RuntimeError("CUDA error 719: unspecified launch failure\nsecond line")
        self.left -= 1
        return np.full((rgb.shape[0] // 4, rgb.shape[1] // 4), self.number, np.float32)


class Wrong:
    def __init__(self, heatmap: object) -> None:
        self.heatmap = heatmap

    def run(self, rgb: U8) -> F32:
        return np.asarray(self.heatmap)


def candidate(engine: str, runtime: Runtime | Exception) -> Candidate:
    def load() -> Runtime:
        if isinstance(runtime, Exception):
            raise runtime
        return runtime

    return Candidate(engine, "fp32", load)


def test_the_first_that_opens_runs() -> None:
    runtime = NetworkRuntime([candidate("GPU", Fake(0.5)), candidate("CPU", Fake(0.25))])
    assert runtime.label == "GPU, fp32"
    assert runtime.run(RGB)[0, 0] == 0.5
    assert runtime.notices == ()


def test_one_that_cannot_be_started_is_told() -> None:
    broken = candidate("GPU", OSError("libcuda.so.1: cannot open shared object file"))
    runtime = NetworkRuntime([broken, candidate("CPU", Fake(0.25))])
    assert runtime.label == "CPU, fp32"
    (notice,) = runtime.notices
    assert notice == (
        "GPU, fp32 could not be used (libcuda.so.1: cannot open shared object file): "
        "the network runs on CPU, fp32 now"
    )


def test_a_gpu_that_is_lost_in_the_middle() -> None:
    left = [
        candidate("GPU", Fake(0.5, answers=2)),
        candidate("other GPU", OSError("lost too")),
        candidate("CPU", Fake(0.25)),
    ]
    runtime = NetworkRuntime(left)
    assert [float(runtime.run(RGB)[0, 0]) for _ in range(4)] == [0.5, 0.5, 0.25, 0.25]
    assert runtime.label == "CPU, fp32"
    (notice,) = runtime.notices
    assert notice == (
        "GPU, fp32 failed in the middle (CUDA error 719: unspecified launch failure); "
        "other GPU, fp32 could not be used (lost too): the network runs on CPU, fp32 now"
    )


@pytest.mark.parametrize(
    ("heatmap", "why"),
    [
        (np.zeros((8, 15), np.float32), "float32 of shape (8, 15), not float32 of (8, 16)"),
        (np.zeros((1, 8, 16), np.float32), "float32 of shape (1, 8, 16), not float32"),
        (np.zeros((8, 16), np.float16), "float16 of shape (8, 16), not float32"),
        (np.full((8, 16), np.nan, np.float32), "its heatmap is not finite"),
    ],
)
def test_a_heatmap_that_is_none_is_a_failure(heatmap: F32, why: str) -> None:
    runtime = NetworkRuntime([candidate("GPU", Wrong(heatmap)), candidate("CPU", Fake(0.25))])
    assert runtime.run(RGB)[0, 0] == 0.25
    assert why in runtime.notices[0]


def test_none_is_left() -> None:
    runtime = NetworkRuntime([candidate("GPU", Fake(0.5, 0)), candidate("CPU", Fake(0.25, 1))])
    assert runtime.run(RGB)[0, 0] == 0.25
    for _ in range(2):  # it stays so
        with pytest.raises(
            DetectorUnavailable, match=r"^the network cannot run: CPU, fp32 failed in .* \(CUDA"
        ):
            runtime.run(RGB)
    assert len(runtime.notices) == 1


def test_none_can_be_opened() -> None:
    with pytest.raises(DetectorUnavailable, match=r"^the network cannot run: CPU, fp32 .*\(AVX\)$"):
        NetworkRuntime([candidate("CPU", OSError("AVX"))])
    with pytest.raises(DetectorUnavailable, match=r"^the network cannot run: no runtime is inst"):
        NetworkRuntime([])


def test_a_long_or_empty_reason_stays_short() -> None:
    long = candidate("A", OSError("x" * 5000))
    silent = candidate("B", MemoryError())
    (notice,) = NetworkRuntime([long, silent, candidate("C", Fake(1))]).notices
    assert len(notice) < 400
    assert "MemoryError" in notice

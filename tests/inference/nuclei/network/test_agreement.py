"""A runtime that gives another heatmap than the fp32 weights never serves."""

import numpy as np
import pytest

from inference.arrays import F32, U8
from inference.nuclei.network.agreement import MOST_ERROR, agreeing
from inference.nuclei.network.manifest import Variant
from inference.nuclei.network.network_runtime import NetworkRuntime
from inference.nuclei.network.picture import nuclei_picture
from inference.nuclei.network.ranking import rank
from inference.nuclei.network.runtime import Candidate, Runtime
from inference.nuclei.unavailable import DetectorUnavailable

PICTURE = nuclei_picture(128)
RIGHT = np.random.default_rng(0).random((32, 32), dtype=np.float32)


class Fake:
    """Answers with one heatmap, whatever it is given."""

    def __init__(self, heatmap: F32) -> None:
        self.heatmap = np.asarray(heatmap, np.float32)
        self.runs = 0

    def run(self, rgb: U8) -> F32:
        self.runs += 1
        assert rgb.shape == PICTURE.shape
        return self.heatmap


def candidate(engine: str, variant: Variant, runtime: Runtime | Exception) -> Candidate:
    def load() -> Runtime:
        if isinstance(runtime, Exception):
            raise runtime
        return runtime

    return Candidate(engine, variant, load)


PLAIN = candidate("plain", "fp32", Fake(RIGHT))
ROUNDED = candidate("rounded", "int8", Fake(RIGHT + 0.02))
CUT_OFF = candidate("cut off", "int8", Fake(np.minimum(RIGHT, 0.5)))


def test_the_wrong_one_is_left_out_with_the_reason_however_fast_it_is() -> None:
    found = rank(agreeing([CUT_OFF, ROUNDED, PLAIN], PICTURE), PICTURE)
    assert set(found.milliseconds) == {"rounded, int8", "plain, fp32"}
    assert list(found.refused) == ["cut off, int8"]
    assert found.refused["cut off, int8"].startswith("its heatmap differs by 0.2")
    assert "from that of the fp32 weights" in found.refused["cut off, int8"]


def test_it_does_not_serve_unmeasured_either() -> None:
    runtime = NetworkRuntime(agreeing([CUT_OFF, ROUNDED, PLAIN], PICTURE))
    assert runtime.label == "rounded, int8"
    (notice,) = runtime.notices
    assert notice.startswith("cut off, int8 could not be used (its heatmap differs by")


@pytest.mark.parametrize(("error", "agrees"), [(0.9 * MOST_ERROR, True), (1.1 * MOST_ERROR, False)])
def test_the_bound_is_a_part_of_the_right_heatmap(error: float, agrees: bool) -> None:
    for height in (1.0, 0.1):
        plain = candidate("plain", "fp32", Fake(height * RIGHT))
        other = candidate("other", "int8", Fake(height * (1 + error) * RIGHT))
        found = rank(agreeing([other, plain], PICTURE), PICTURE)
        assert ("other, int8" in found.milliseconds) == agrees


def test_a_gpu_must_agree_too() -> None:
    wrong = candidate("GPU", "fp32", Fake(1 - RIGHT))
    assert set(rank(agreeing([wrong, PLAIN], PICTURE), PICTURE).milliseconds) == {"plain, fp32"}


def test_the_next_fp32_runtime_says_what_is_right() -> None:
    broken = candidate("broken", "fp32", OSError("not here"))
    found = rank(agreeing([CUT_OFF, ROUNDED, PLAIN, broken], PICTURE), PICTURE)
    assert set(found.milliseconds) == {"rounded, int8", "plain, fp32"}
    assert found.refused["broken, fp32"] == "not here"


def test_what_cannot_be_compared_does_not_serve() -> None:
    broken = candidate("broken", "fp32", OSError("not here"))
    with pytest.raises(DetectorUnavailable) as caught:
        NetworkRuntime(agreeing([ROUNDED, broken], PICTURE))
    assert "no runtime with the fp32 weights works here" in str(caught.value)
    assert "broken, fp32 could not be used (not here)" in str(caught.value)


def test_each_runs_once_more_and_the_right_answer_is_made_once() -> None:
    plain, other = Fake(RIGHT), Fake(RIGHT)
    runtimes = agreeing(
        [candidate("a", "int8", other), candidate("b", "fp32", plain)], PICTURE
    )  # fmt: skip
    for each in (*runtimes, *runtimes):
        each.open()
    assert (other.runs, plain.runs) == (2, 3)


def test_the_picture_is_always_the_same() -> None:
    picture = nuclei_picture(256)
    assert picture.shape == (256, 256, 3)
    np.testing.assert_array_equal(picture, nuclei_picture(256))
    assert picture.std() > 10

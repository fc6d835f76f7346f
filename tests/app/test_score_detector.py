"""``her2scope score`` when the trained network is lost on the way."""

import numpy as np
import pytest

from app import image_scoring
from app.live import analyzer
from app.live.analyzer import AnalysisSetup, DetectorAnalyzer
from inference.nuclei import choice
from inference.nuclei.choice import DetectorUnavailable
from inference.nuclei.network.detector import NetworkDetector
from inference.nuclei.network.opening import NetworkSource
from inference.nuclei.points import NucleusPoints
from inference.nuclei.scale_doubt import doubt_words
from inference.stain.profile import DEFAULT_PROFILE, load_stain_profile
from tests.app.conftest import UM_PER_PX

LOST_GPU = "CUDA failed in the middle: the network runs on CPU now"
LOST = "the network cannot run: CPU failed in the middle"


class Network(NetworkDetector):
    """Finds a nucleus in each field: on a GPU at first, then on a CPU, and then not at all."""

    def __init__(self, on_gpu: int, on_cpu: int) -> None:
        self.on_gpu, self.on_cpu, self.runs = on_gpu, on_cpu, 0

    @property
    def left_out(self) -> tuple[str, ...]:
        return ("OpenVINO CPU, int8: its heatmap differs",)

    @property
    def name(self) -> str:
        return f"network 1 ({'GPU' if self.runs <= self.on_gpu else 'CPU'})"

    @property
    def notices(self) -> tuple[str, ...]:
        return (LOST_GPU,) if self.runs > self.on_gpu else ()

    def detect(self, rgb, um_per_px) -> NucleusPoints:
        if um_per_px != UM_PER_PX:  # whether the pixel size is doubted
            return NucleusPoints.none()
        self.runs += 1
        if self.runs > self.on_gpu + self.on_cpu:
            raise DetectorUnavailable(LOST)
        return NucleusPoints(np.full((1, 2), 50, np.float32), np.ones(1, np.float32))


@pytest.fixture
def lose(monkeypatch):
    def after(on_gpu: int, on_cpu: int) -> None:
        network = Network(on_gpu, on_cpu)
        monkeypatch.setattr(choice, "network_detector", lambda _: network)

    return after


def test_a_lost_gpu_is_told_and_the_network_goes_on(saved, score, lose) -> None:
    lose(1, 9)
    result, out = score(saved("a.png"), saved("b.png", 1))
    assert result.exit_code == 0
    assert out.warnings["detector_lost"] == LOST_GPU
    assert LOST_GPU in out.text
    assert [row["detector"] for row in out.fields] == ["network 1 (GPU)", "network 1 (CPU)"]
    first, second = (row["warnings"] for row in out.fields)
    assert LOST_GPU not in first
    assert LOST_GPU in second
    assert out.provenance["detectors"] == ["network 1 (CPU)", "network 1 (GPU)"]
    for image in out.provenance["images"]:
        assert image["runtimes_left_out"] == ["OpenVINO CPU, int8: its heatmap differs"]
    assert [image["detector"] for image in out.provenance["images"]] == [
        "network 1 (GPU)",
        "network 1 (CPU)",
    ]
    assert "Nuclei network 1 (GPU), network 1 (CPU)" in out.text


def test_a_lost_network_leaves_rough_nuclei_and_a_warning(saved, score, lose) -> None:
    lose(0, 1)
    result, out = score(saved("a.png"), saved("b.png", 1), saved("c.png", 2))
    assert result.exit_code == 0
    assert [row["detector"].partition(" ")[0] for row in out.fields] == [
        "network",
        "rough-nuclei",
        "rough-nuclei",
    ]
    assert "counts immune and stromal cells too" in out.text
    assert LOST in out.fields[2]["warnings"]


def test_a_lost_network_that_was_wanted_fails_the_image_in_one_line(saved, score, lose) -> None:
    lose(0, 1)
    result, out = score(saved("a.png"), saved("b.png", 1), "--detector", "linknet")
    assert result.exit_code == 1
    assert out.failed == {"b.png": LOST}
    assert "report" not in result.stderr


def test_a_network_that_cannot_be_opened_again_fails_the_image(
    saved, score, lose, monkeypatch
) -> None:
    lose(9, 0)
    monkeypatch.setattr(
        image_scoring,
        "choose_detector",
        lambda *_: (_ for _ in ()).throw(DetectorUnavailable("the weights are damaged")),
    )
    _, out = score(saved("a.png"), "--detector", "linknet")
    assert out.failed == {"a.png": "the weights are damaged"}


def test_no_network_is_a_wrong_call_in_one_line(tmp_path, saved, call, monkeypatch) -> None:
    nowhere = NetworkSource(weights=tmp_path / "nothing")
    monkeypatch.setattr("app.commands.score.installed_network", lambda: nowhere)
    out = tmp_path / "out"
    result = call(
        "score", saved("a.png"), "--mpp", "0.424", "--detector", "linknet", "--output", out
    )
    assert result.exit_code == 2
    assert result.stderr.startswith("her2scope score: no trained network is installed; use the ")
    assert result.stderr.count("\n") == 1
    assert not out.exists()


def test_the_live_analysis_warns_with_each_field(lose, tissue) -> None:
    lose(1, 1)
    live, setup = (
        DetectorAnalyzer("auto"),
        AnalysisSetup(load_stain_profile(DEFAULT_PROFILE), (240.0, 240.0, 240.0)),
    )
    first, second, third = (live.measure(tissue, 0.424, setup) for _ in range(3))
    assert (first.detector, first.warnings) == ("network 1 (GPU)", ())
    assert (second.detector, second.warnings) == ("network 1 (CPU)", (LOST_GPU,))
    assert third.detector.startswith("rough-nuclei")
    assert third.warnings[1].startswith(f"{LOST}: nuclei found by rough image processing")
    assert len(third.warnings) == 2
    assert analyzer.installed_network().cache_folder is not None


def test_a_doubted_pixel_size_is_told_of_its_fields(saved, score, monkeypatch) -> None:
    words = iter([doubt_words(2.0), None])
    monkeypatch.setattr(image_scoring, "pixel_size_doubt", lambda *_: next(words))
    result, out = score(saved("a.png"), saved("b.png", 1))
    assert result.exit_code == 0
    assert out.warnings["pixel_size"] == f"in 1 of 1 fields {doubt_words(2.0)}"
    assert [doubt_words(2.0) in row["warnings"] for row in out.fields] == [True, False]


def test_the_live_analyzer_doubts_a_pixel_size_once(monkeypatch) -> None:
    monkeypatch.setattr(analyzer, "pixel_size_doubt", lambda *_: doubt_words(0.5))
    setup = AnalysisSetup(load_stain_profile(DEFAULT_PROFILE), (240.0, 240.0, 240.0))
    rgb = np.full((300, 300, 3), 240, np.uint8)
    found = DetectorAnalyzer("rough").measure(rgb, UM_PER_PX, setup)
    assert found.warnings[0] == doubt_words(0.5)
    again = DetectorAnalyzer("rough").measure(rgb, UM_PER_PX, setup, found.measured.nuclei)
    assert doubt_words(0.5) not in again.warnings

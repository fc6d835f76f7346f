from pathlib import Path

import numpy as np
import pytest

from inference.arrays import U8
from inference.nuclei import choice
from inference.nuclei.choice import DetectorUnavailable, choose_detector, detector_notices
from inference.nuclei.network.detector import NetworkDetector
from inference.nuclei.network.opening import NetworkSource
from inference.nuclei.points import NucleusPoints
from inference.stain.vectors import RUIFROK

WHITE = (240.0, 240.0, 245.0)
FIELD = np.full((40, 60, 3), 240, np.uint8)


@pytest.fixture
def nowhere(tmp_path: Path) -> NetworkSource:
    return NetworkSource(tmp_path)


class Dying(NetworkDetector):
    """A network that runs some times, and for which no runtime is left then."""

    def __init__(self, runs: int) -> None:
        self.left = runs

    @property
    def name(self) -> str:
        return "dying 1"

    @property
    def notices(self) -> tuple[str, ...]:
        return () if self.left else ("GPU failed in the middle: the network runs on CPU now",)

    def detect(self, rgb: U8, um_per_px: float) -> NucleusPoints:
        if not self.left:
            raise DetectorUnavailable("the network cannot run: CPU failed too")
        self.left -= 1
        return NucleusPoints(np.ones((1, 2), np.float32), np.ones(1, np.float32))


@pytest.fixture
def dying(monkeypatch: pytest.MonkeyPatch) -> Dying:
    network = Dying(2)
    monkeypatch.setattr(choice, "network_detector", lambda _: network)
    return network


def test_auto_without_a_network_is_rough_and_says_so(nowhere: NetworkSource) -> None:
    detector, warning = choose_detector("auto", RUIFROK, WHITE, nowhere)
    assert detector.name.startswith("rough-nuclei")
    assert warning is not None
    assert warning.startswith("no trained network is installed: nuclei found by rough image")
    assert "counts immune and stromal cells too" in warning
    assert detector_notices(detector) == ()


def test_auto_with_a_broken_network_is_rough_and_says_why(nowhere: NetworkSource) -> None:
    (nowhere.weights / "manifest.json").write_text("{}", "utf-8")
    detector, warning = choose_detector("auto", RUIFROK, WHITE, nowhere)
    assert detector.name.startswith("rough-nuclei")
    assert warning is not None
    assert "manifest.json: format: Field required: nuclei found by rough image" in warning


def test_rough_warns_of_what_it_counts() -> None:
    detector, warning = choose_detector("rough", RUIFROK, WHITE)
    assert detector.name.startswith("rough-nuclei")
    assert warning is not None
    assert "counts immune and stromal cells too" in warning


def test_a_network_that_is_wanted_and_not_there(nowhere: NetworkSource) -> None:
    with pytest.raises(
        DetectorUnavailable,
        match=r"^no trained network is installed; use the detector 'rough', or 'auto'[^\n]*$",
    ):
        choose_detector("linknet", RUIFROK, WHITE, nowhere)


def test_the_network_needs_no_warning(dying: Dying) -> None:
    for kind in ("auto", "linknet"):
        detector, warning = choose_detector(kind, RUIFROK, WHITE)
        assert (detector.name, warning) == ("dying 1", None)
        assert len(detector.detect(FIELD, 0.4)) == 1


def test_auto_survives_the_loss_of_the_network(dying: Dying) -> None:
    detector, _ = choose_detector("auto", RUIFROK, WHITE)
    found = [len(detector.detect(FIELD, 0.4)) for _ in range(4)]
    assert found == [1, 1, 0, 0]  # the field is empty to rough image processing
    assert detector.name.startswith("rough-nuclei")
    first, last = detector_notices(detector)
    assert first == "GPU failed in the middle: the network runs on CPU now"
    assert last.startswith("the network cannot run: CPU failed too: nuclei found by rough image")


def test_a_wanted_network_that_is_lost_is_an_error(dying: Dying) -> None:
    detector, _ = choose_detector("linknet", RUIFROK, WHITE)
    dying.left = 0
    with pytest.raises(DetectorUnavailable, match=r"^the network cannot run"):
        detector.detect(FIELD, 0.4)
    assert detector_notices(detector) == dying.notices


def test_unknown_kind() -> None:
    with pytest.raises(ValueError, match="'unet'; there are auto, linknet and rough"):
        choose_detector("unet", RUIFROK, WHITE)  # type: ignore[arg-type]

import pytest

from inference.nuclei.choice import DetectorUnavailable, choose_detector
from inference.stain.vectors import RUIFROK

WHITE = (240.0, 240.0, 245.0)


def test_auto_is_rough_and_says_so() -> None:
    detector, warning = choose_detector("auto", RUIFROK, WHITE)
    assert detector.name.startswith("rough-nuclei")
    assert warning is not None
    assert warning.startswith("no trained network is installed: nuclei found by rough image")
    assert "counts immune and stromal cells too" in warning


def test_rough_warns_of_what_it_counts() -> None:
    detector, warning = choose_detector("rough", RUIFROK, WHITE)
    assert detector.name.startswith("rough-nuclei")
    assert warning is not None
    assert "counts immune and stromal cells too" in warning


def test_network_is_not_there() -> None:
    with pytest.raises(DetectorUnavailable, match=r"^no trained network is installed[^\n]*$"):
        choose_detector("linknet", RUIFROK, WHITE)


def test_unknown_kind() -> None:
    with pytest.raises(ValueError, match="'unet'; there are auto, linknet and rough"):
        choose_detector("unet", RUIFROK, WHITE)  # type: ignore[arg-type]

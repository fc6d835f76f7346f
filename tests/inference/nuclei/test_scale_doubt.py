"""A pixel size that is wrong by the factor between two objectives is doubted, a right one not."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from hardware.simulators.tissue import pattern, render_field
from inference.arrays import U8
from inference.nuclei.choice import choose_detector, pixel_size_doubt
from inference.nuclei.points import NucleusPoints
from inference.nuclei.scale_doubt import FEWEST, LEAD, SURE, doubt_words, scale_doubt
from inference.stain.profile import load_stain_profile
from inference.stain.vectors import RUIFROK

RNG = np.random.default_rng(3)
FIELD = np.full((1200, 1600, 3), 220, np.uint8)
UM = 0.25


def points(count: int, confidence: float, width: int = 1600, height: int = 1200) -> NucleusPoints:
    xy = RNG.uniform(0, (width, height), (count, 2)).astype(np.float32)
    return NucleusPoints(xy, np.full(count, confidence, np.float32))


@dataclass
class Sure:
    """Finds as many sure nuclei as it is told for a pixel size."""

    counts: dict[float, int]
    name: str = "sure 1"
    parts: dict[float, tuple[int, int]] = field(default_factory=dict)

    def detect(self, rgb: U8, um_per_px: float) -> NucleusPoints:
        assert rgb.flags.c_contiguous
        self.parts[um_per_px] = rgb.shape[1], rgb.shape[0]
        return points(self.counts.get(um_per_px, 0), SURE, rgb.shape[1], rgb.shape[0])


@pytest.mark.parametrize(
    ("half", "double", "expected"),
    [
        (0, 0, None),
        (FEWEST, 0, 0.5),
        (0, FEWEST, 2.0),
        (FEWEST - 1, FEWEST - 1, None),
        (FEWEST, FEWEST + 1, 2.0),
    ],
)
def test_sure_nuclei_at_another_size_raise_a_doubt(
    half: int, double: int, expected: float | None
) -> None:
    detector = Sure({UM / 2: half, UM * 2: double})
    assert scale_doubt(detector, FIELD, UM, NucleusPoints.none()) == expected


def test_only_those_of_the_same_part_are_compared_and_only_sure_ones_count() -> None:
    corner = NucleusPoints(
        RNG.uniform(0, 200, (100, 2)).astype(np.float32), np.full(100, SURE, np.float32)
    )
    detector = Sure({UM * 2: round(LEAD * 100) - 1})
    assert scale_doubt(detector, FIELD, UM, corner) is None
    assert detector.parts[UM * 2] == (500, 500)  # 250 um at 0.5 um per px
    assert detector.parts[UM / 2] == (1200, 1200)  # 250 um would be more than the field is high
    unsure = NucleusPoints(corner.xy_px, np.full(100, SURE - 0.01, np.float32))
    assert scale_doubt(detector, FIELD, UM, unsure) == 2.0


def test_pixels_in_which_no_nucleus_could_be_told_are_not_tried() -> None:
    detector = Sure({0.6: 500})
    assert scale_doubt(detector, FIELD, 0.6, NucleusPoints.none()) is None
    assert list(detector.parts) == [0.3]


def test_the_words_say_which_way() -> None:
    assert doubt_words(0.5).startswith("the nuclei look 2 times larger than they can be")
    assert doubt_words(2.0).startswith("the nuclei look 2 times smaller than they can be")


@pytest.mark.parametrize("objective_um", [0.212, 0.424])
@pytest.mark.parametrize("slide", ["0", "2+", "3+"])
def test_the_shipped_network_tells_on_simulated_tumor(slide: str, objective_um: float) -> None:
    side = round(500 / objective_um)
    rgb = render_field(pattern(slide), 1, 900.0, 900.0, side, side, objective_um).rgb
    detector, _ = choose_detector("linknet", RUIFROK, (240.0, 240.0, 240.0))
    told = {}
    for factor in (0.5, 1.0, 2.0):
        um = objective_um * factor
        told[factor] = pixel_size_doubt(detector, rgb, um, detector.detect(rgb, um))
    assert told[1.0] is None
    assert told[2.0] == doubt_words(0.5)
    # Simulated nuclei were learned in many sizes, so that small ones look like nuclei, too.
    assert told[0.5] in {None, doubt_words(2.0)}


def test_rough_nuclei_tell_nothing() -> None:
    stain = load_stain_profile("camera")
    rough, _ = choose_detector("rough", stain.vectors, (240.0, 240.0, 240.0))
    assert pixel_size_doubt(rough, FIELD, UM, points(10, 1.0)) is None

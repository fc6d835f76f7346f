import numpy as np
import pytest

from hardware.simulators.microscope import Sensor, SimulatedMicroscope
from hardware.simulators.slides import SyntheticSlide
from hardware.simulators.tissue import PATTERN_NAMES, Kind, pattern
from tests.hardware.camera_contract import opened, read


@pytest.fixture(scope="module")
def slide():
    return SyntheticSlide(pattern("3+"), 3)


def test_it_has_no_borders_and_says_what_it_is(slide):
    assert slide.extent is None
    assert slide.name == "simulated 3+, seed 3"


def test_regions_that_touch_fit_together(slide):
    whole = slide.region(100.0, 200.0, 128, 64, 0.25)
    left = slide.region(100.0, 200.0, 64, 64, 0.25)
    right = slide.region(116.0, 200.0, 64, 64, 0.25)
    assert np.array_equal(np.hstack([left, right]), whole)
    assert not whole.flags.writeable
    coarse = slide.region(0.0, 0.0, 200, 100, 1.0).astype(int)
    parts = np.hstack([slide.region(x, 0.0, 100, 100, 1.0) for x in (0.0, 100.0)])
    # OpenCV interpolates in steps of 1/32 pixel, and maps are directed by their neighbors.
    assert np.abs(coarse - parts).mean() < 1


# The clones of a mixed slide stain unlike its average.
@pytest.mark.parametrize("name", [n for n in PATTERN_NAMES if pattern(n).clone_mix is None])
def test_the_impression_has_the_color_of_the_tissue(name):
    slide = SyntheticSlide(pattern(name), 3)
    x, y = slide.start_um(200.0, 200.0)
    sharp = slide.region(x - 100, y - 100, 400, 400, 0.5)
    vague = slide.region(x - 100, y - 100, 200, 200, 1.0)
    assert vague.shape == (200, 200, 3)
    difference = sharp.reshape(-1, 3).mean(0) - vague.reshape(-1, 3).mean(0)
    assert np.abs(difference).max() < 20
    assert vague.std() < sharp.std()


def test_fields_rich_in_tumor_are_found_and_do_not_overlap(slide):
    fields = slide.find_tumor(4, 150.0, 100.0, 0.6)
    assert fields == slide.find_tumor(4, 150.0, 100.0, 0.6)
    assert len(set(fields)) == 4
    for x, y in fields:
        assert slide.tumor_share(x, y, 150.0, 100.0) >= 0.6
        assert x % 150.0 == 75.0
        assert y % 100.0 == 50.0
    truth = slide.truth(fields[0][0] - 75, fields[0][1] - 50, 300, 200, 0.5)
    assert (truth.kind == Kind.TUMOR).mean() > 0.5


def test_where_there_is_too_little_tumor_the_richest_fields_come(slide, monkeypatch):
    monkeypatch.setattr("hardware.simulators.slides.synthetic._SEARCHED", 9)
    fields = slide.find_tumor(3, 60.0, 60.0, least=2.0)
    shares = [slide.tumor_share(x, y, 60.0, 60.0) for x, y in fields]
    assert shares == sorted(shares, reverse=True)
    all_nine = [(30.0 + 60 * i, 30.0 + 60 * j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
    rest = [slide.tumor_share(*place, 60.0, 60.0) for place in all_nine if place not in fields]
    assert len(rest) == 6
    assert min(shares) >= max(rest)
    with pytest.raises(ValueError, match="1 to 9"):
        slide.find_tumor(10, 60.0, 60.0)


def test_the_truth_of_the_microscope_lies_on_the_nuclei_of_its_picture():
    sensor = Sensor(300, 260, vignetting=0, full_well=0, read_noise=0)
    microscope = SimulatedMicroscope(SyntheticSlide(pattern("0"), 5), sensor)
    start = microscope.stage.position
    assert (start.x_um, start.y_um) == microscope.find_tumor(1)[0]
    for name in ("40x", "20x"):
        microscope.nosepiece.select(name)
        with opened(microscope.camera) as camera:
            while not microscope.sharp:
                rgb = read(camera).rgb
            rgb = read(camera).rgb
        truth = microscope.truth_in_view()
        assert len(truth.kind) > 10
        columns, rows = np.rint(truth.xy_px).astype(int).T
        assert columns.max() < 300
        assert rows.max() < 260
        # Nuclei are blue: less red than what lies around them.
        red = rgb[..., 0].astype(float)
        assert red[rows, columns].mean() < red.mean() - 15

"""Numbers of a picture: what they are on pictures that are known, and what follows from them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from app.live.preview import Preview
from app.live.quality import (
    PictureQuality,
    QualityLimits,
    light_quality,
    white_drift,
)
from hardware.simulators.tissue import pattern, render_field
from inference.arrays import U8

MakeRig = Callable[..., Any]
GOOD = PictureQuality(0.8, 0.0, 0.01, 0.9, 0.05, moved=False)


def glass(fall: float, height: int = 480, width: int = 640) -> U8:
    """Bare glass whose light falls from the left to the right."""
    light = 235.0 * (1 - fall * np.linspace(0, 1, width)[None, :, None])
    noise = np.random.default_rng(0).normal(0, 1.0, (height, width, 3))
    return np.clip(np.rint(light + noise), 0, 255).astype(np.uint8)


def test_glass_level_and_evenness_of_an_empty_field() -> None:
    even = light_quality(glass(0.0))
    assert even.glass == pytest.approx((235, 235, 235), abs=1)
    assert even.level == pytest.approx(235 / 255, abs=0.01)
    assert even.unevenness == pytest.approx(0.0, abs=0.01)


@pytest.mark.parametrize("fall", [0.1, 0.2, 0.3])
def test_a_fall_of_light_is_found_between_the_quarters(fall: float) -> None:
    found = light_quality(glass(fall)).unevenness
    assert found is not None
    # From the middle of the left half to that of the right one.
    assert found == pytest.approx(1 - (1 - 0.75 * fall) / (1 - 0.25 * fall), abs=0.04)


def test_glass_beside_tissue_tells_the_white_and_tissue_alone_does_not() -> None:
    tissue = render_field(pattern("2+"), 1, 900.0, 900.0, 640, 480, 0.848).rgb
    assert light_quality(tissue).glass is None
    beside = tissue.copy()
    beside[:, :160] = glass(0.0)[:, :160]
    found = light_quality(beside)
    assert found.glass == pytest.approx((235, 235, 235), abs=2)
    pink = np.full((480, 640, 3), (210, 150, 190), np.uint8)
    pink[:, :160] = glass(0.0)[:, :160]
    assert light_quality(pink).unevenness is None  # glass is seen in two quarters only
    assert light_quality((tissue * 0.3).astype(np.uint8)).level < 0.4


def test_the_white_drifts_by_its_worst_channel() -> None:
    assert white_drift((240.0, 228.0, 252.0), (240.0, 240.0, 240.0)) == pytest.approx(0.05)
    assert white_drift(None, (240.0, 240.0, 240.0)) is None
    assert white_drift((240.0, 240.0, 240.0), None) is None


@pytest.mark.parametrize(
    ("change", "flaw", "words"),
    [
        ({"focus": 0.12}, "focus", "blurred (focus 0.12, at least 0.25)"),
        ({"clipped": 0.2}, "exposure", "20 % of the field is overexposed"),
        ({"white_drift": 0.12}, "white", "12 % off the white point (at most 8 %)"),
        ({"level": 0.2}, "light", "dark (brightest part 20 %, at least 40 %)"),
        ({"unevenness": 0.4}, "light", "falls by 40 % over the field (at most 25 %)"),
        ({"moved": True}, "motion", "the stage was moving"),
    ],
)
def test_each_number_has_a_limit_and_a_sentence(
    change: dict[str, Any], flaw: str, words: str
) -> None:
    values = {
        "focus": 0.8,
        "clipped": 0.0,
        "white_drift": 0.01,
        "level": 0.9,
        "unevenness": 0.05,
        "moved": False,
    }
    ((found, text),) = PictureQuality(**{**values, **change}).flaws(QualityLimits())
    assert found == flaw and words in text


def test_what_is_not_known_is_no_flaw() -> None:
    unknown = PictureQuality(None, 0.0, None, 1.0, None, moved=False)
    assert unknown.flaws(QualityLimits()) == ()
    assert GOOD.flaws(QualityLimits()) == ()
    assert unknown.record()["focus"] is None


def test_a_flaw_marks_the_field_and_its_numbers_are_kept(rig: MakeRig) -> None:
    r = rig(quality=QualityLimits(least_level=1.0))
    r.begin()
    field = r.take_field()
    kept = r.keeper.fields[field.field]
    assert any("the picture is dark" in text for text in kept.warnings)
    assert set(kept.quality) == set(GOOD.record())
    assert 0 < kept.quality["light_level"] < 1


def test_a_flaw_refuses_the_field_when_that_is_set(rig: MakeRig) -> None:
    r = rig(quality=QualityLimits(least_level=1.0, refuse=("light",)))
    r.begin()
    r.session.analyze_field()
    (text,) = r.events.texts()
    assert text.startswith("no field taken: the picture is dark")
    assert not r.slide.fields


def test_glass_in_view_is_held_against_the_white_in_force(rig: MakeRig) -> None:
    r = rig(white=(200.0, 200.0, 200.0))
    r.camera.picture = glass(0.0, 112, 164)
    r.begin()
    preview = r.events.last(Preview)
    assert preview.light.glass is not None
    assert preview.white_drift == pytest.approx(35 / 200, abs=0.02)

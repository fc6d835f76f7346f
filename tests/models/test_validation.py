"""Validation of a detector that is right by construction."""

import cv2
import numpy as np
import pytest

from inference.arrays import F32, U8
from models.training.annotations import AnnotatedPart
from models.training.material import OTHER, TUMOR, Material
from models.training.settings import Settings
from models.training.validation import THRESHOLDS, validate, views

UM_PER_PX = 0.25
STILL = Settings.model_validate({"detection": {"varied": 0}})


def scene() -> tuple[Material, list[AnnotatedPart], F32]:
    """Return an image with black dots, of which one crop is annotated."""
    places = np.array([(x, y) for y in range(60, 600, 60) for x in range(60, 600, 60)], np.float32)
    rgb = np.full((640, 640, 3), 240, np.uint8)
    for x, y in places:
        cv2.circle(rgb, (int(x), int(y)), 12, (20, 20, 20), -1)
    box = (170.0, 190.0, 470.0, 430.0)
    inside = ((places > box[:2]) & (places < box[2:])).all(axis=1)
    kinds = ["tumor"] * int(inside.sum())
    kinds[0] = "immune"
    meaning = np.array([OTHER if kind == "immune" else TUMOR for kind in kinds], np.uint8)
    part = AnnotatedPart("p", "a", "a", box, places[inside], tuple(kinds))
    material = Material("a", rgb, UM_PER_PX, part.xy, meaning, (box,))
    return material, [part], places


def dark(rgb: U8) -> F32:
    """Return how dark each cell and its neighbors are."""
    small = cv2.resize(rgb[..., 0], None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    darkness = (240 - cv2.GaussianBlur(small.astype(np.float32), (0, 0), 1.0)) / 220
    return np.asarray(darkness, np.float32)


def test_every_nucleus_is_found_in_its_place() -> None:
    material, parts, _ = scene()
    (view,) = views([material], parts, STILL)
    assert view.rgb.shape[0] % 32 == view.rgb.shape[1] % 32 == 0
    assert not view.varied
    result = validate(dark, [view], STILL)
    assert result.plain.true_positives == len(parts[0].xy) - 1
    assert result.plain.false_positives == 1  # the immune one
    assert result.other_found == 1
    assert result.varied is None
    assert result.choice == result.plain.f1
    assert result.of_image["a"] == result.plain
    assert result.threshold in THRESHOLDS


def test_the_threshold_is_chosen() -> None:
    material, parts, _ = scene()
    shown = views([material], parts, STILL)

    def faint(rgb: U8) -> F32:
        # True peaks at half their height, and noise below.
        heatmap = 0.5 * dark(rgb)
        heatmap[1::4, 1::4] += 0.2
        return heatmap

    result = validate(faint, shown, STILL)
    assert 0.2 < result.threshold <= 0.5
    assert result.plain.recall == 1


def test_varied_views_are_fixed_and_weigh_as_much_as_the_plain_ones() -> None:
    material, parts, _ = scene()
    twice = Settings.model_validate({"detection": {"varied": 2}})
    shown = views([material], parts, twice)
    again = views([material], parts, twice)
    assert [view.varied for view in shown] == [False, True, True]
    assert all(np.array_equal(a.rgb, b.rgb) for a, b in zip(shown, again, strict=True))
    assert not np.array_equal(shown[0].rgb, shown[1].rgb)
    result = validate(dark, shown, twice)
    assert result.varied is not None
    assert result.choice == pytest.approx((result.plain.f1 + (result.varied.f1 or 0)) / 2)
    assert result.as_json()["f1_varied"] == result.varied.f1

"""Rough nuclei on fields drawn by the law of absorption, with nuclei at known places."""

import math
from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from inference.arrays import F32, U8
from inference.nuclei.matching import compare
from inference.nuclei.rough import RoughNuclei
from inference.nuclei.rough_settings import RoughSettings
from inference.stain.vectors import RUIFROK

WHITE = (240.0, 238.0, 244.0)
MPP = 0.424
SHAPE = (400, 517)
NUCLEUS_UM = 3.5
CYTOPLASM_OD = 0.08
NO_GAP_TEST = RoughSettings(gap_limit=1.0)


def lattice(spacing: float, shape: tuple[int, int] = SHAPE, margin: float = 30) -> F32:
    """Return places in a hexagonal lattice, (n, 2)."""
    return np.array(
        [
            (x, y)
            for i, y in enumerate(np.arange(margin, shape[0] - margin, spacing * 0.87))
            for x in np.arange(margin + (i % 2) * spacing / 2, shape[1] - margin, spacing)
        ],
        np.float32,
    )


def drawn(places: F32, inner: float, outer: float, shape: tuple[int, int] = SHAPE) -> F32:
    """Return soft discs (inner 0) or rings of height 1 at places; radii in px."""
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    image = np.zeros(shape, np.float32)
    for at_x, at_y in places:
        distance = np.hypot(x - at_x, y - at_y)
        image[(distance >= inner) & (distance < outer)] = 1
    return np.asarray(cv2.GaussianBlur(image, (0, 0), 1.0), np.float32)


def field(hematoxylin: F32, dab: F32 | None = None) -> U8:
    """Return the RGB of densities, each (h, w) in OD."""
    vectors = RUIFROK.matrix()
    od = hematoxylin[..., None] * vectors[0]
    if dab is not None:
        od = od + dab[..., None] * vectors[1]
    noise = np.random.default_rng(3).normal(0, 1, od.shape)
    return np.clip(np.rint(np.asarray(WHITE) * 10.0**-od + noise), 0, 255).astype(np.uint8)


def unstained(places: F32) -> U8:
    return field(CYTOPLASM_OD + 0.15 * drawn(places, 0, NUCLEUS_UM / MPP))


def stained(places: F32) -> U8:
    """Return pale blue nuclei in rings of brown membrane."""
    nuclei = 0.1 * drawn(places, 0, NUCLEUS_UM / MPP)
    return field(CYTOPLASM_OD + nuclei, 0.7 * drawn(places, 4.2 / MPP, 5.2 / MPP))


def found(
    rgb: U8, places: F32, mpp: float = MPP, rough: RoughSettings | None = None
) -> tuple[int, int, int]:
    points = RoughNuclei(RUIFROK, WHITE, rough).detect(rgb, mpp)
    everything = np.ones(len(places), np.bool_)
    score = compare(points.xy_px, places, everything, ~everything, mpp, distance_um=1.5).score
    return score.true_positives, score.false_positives, score.false_negatives


@pytest.mark.parametrize("draw", [unstained, stained])
def test_finds_the_nuclei_of_compact_tissue(draw: Callable[[F32], U8]) -> None:
    places = lattice(10 / MPP, margin=-20)
    detected = RoughNuclei(RUIFROK, WHITE).detect(draw(places), MPP).xy_px
    inside = places[((places > 15) & (places < np.array(SHAPE[::-1]) - 15)).all(axis=1)]
    every = np.ones(len(inside), np.bool_)
    box = (20.0, 20.0, SHAPE[1] - 20.0, SHAPE[0] - 20.0)
    score = compare(detected, inside, every, ~every, MPP, box, distance_um=1.5).score
    assert score.false_negatives == 0
    assert score.false_positives == 0


def test_drops_nuclei_between_gaps() -> None:
    """The same nuclei on bare glass are taken for stroma, unless the gap test is off."""
    places = lattice(20 / MPP)
    rgb = field(0.2 * drawn(places, 0, NUCLEUS_UM / MPP))
    assert found(rgb, places) == (0, 0, len(places))
    assert found(rgb, places, rough=NO_GAP_TEST)[0] == len(places)


def test_drops_small_nuclei_outside_of_the_stained_region() -> None:
    places = lattice(12 / MPP)
    rgb = field(CYTOPLASM_OD + 0.25 * drawn(places, 0, 2.0 / MPP))
    assert found(rgb, places)[0] == len(places)
    assert found(rgb, places, rough=RoughSettings(nucleus_min_um2=40.0))[0] == 0


def test_stained_and_unstained_regions_side_by_side_give_no_doubles() -> None:
    places = lattice(10 / MPP)
    rgb = stained(places)
    right_half = places[:, 0] > SHAPE[1] / 2
    plain = unstained(places)
    rgb[:, SHAPE[1] // 2 :] = plain[:, SHAPE[1] // 2 :]
    points = RoughNuclei(RUIFROK, WHITE).detect(rgb, MPP)
    _, _, missed = found(rgb, places)
    assert right_half.any()
    assert missed <= 2  # cells that the seam cuts
    distance = np.hypot(*(points.xy_px[:, None] - points.xy_px[None]).transpose(2, 0, 1))
    np.fill_diagonal(distance, math.inf)
    assert distance.min() * MPP >= RoughSettings().separation_um - 1e-3


def test_the_half_field_is_found_at_its_finer_pixel_size() -> None:
    """A 40x field and the same field at half size give the same nuclei in um."""
    places = lattice(10 / MPP)
    small = unstained(places)
    large = cv2.resize(small, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR)
    detect = RoughNuclei(RUIFROK, WHITE).detect
    few, many = detect(small, MPP), detect(np.asarray(large, np.uint8), MPP / 2)
    assert len(few) == len(many)
    every = np.ones(len(few), np.bool_)
    in_large = (few.xy_px + np.float32(0.5)) * 2 - np.float32(0.5)
    near = compare(many.xy_px, in_large, every, ~every, MPP / 2, distance_um=0.3)
    assert near.score.true_positives == len(few)


def test_positions_are_not_shifted() -> None:
    places = lattice(12 / MPP, (401, 533))
    rgb = field(CYTOPLASM_OD + 0.15 * drawn(places, 0, NUCLEUS_UM / MPP, (401, 533)))
    points = RoughNuclei(RUIFROK, WHITE).detect(rgb, MPP)
    every = np.ones(len(places), np.bool_)
    pairs = compare(points.xy_px, places, every, ~every, MPP).found_by
    assert (pairs >= 0).all()
    shift = (points.xy_px[pairs] - places).mean(axis=0) * MPP
    assert np.abs(shift).max() < 0.1


def test_confidence_follows_contrast_and_gaps() -> None:
    places = lattice(10 / MPP)
    pale, dark = (places[:, 0] < 250), (places[:, 0] >= 250)
    nuclei = 0.1 * drawn(places[pale], 0, 8) + 0.2 * drawn(places[dark], 0, 8)
    points = RoughNuclei(RUIFROK, WHITE).detect(field(CYTOPLASM_OD + nuclei), MPP)
    assert ((points.confidence > 0) & (points.confidence < 1)).all()
    left = points.xy_px[:, 0] < 235
    right = points.xy_px[:, 0] > 265
    assert points.confidence[left].mean() < 0.8 * points.confidence[right].mean()
    assert points.confidence.dtype == points.xy_px.dtype == np.float32


@pytest.mark.parametrize("gray", [238, 255, 230])
def test_glass_holds_no_nuclei(gray: int) -> None:
    noise = np.random.default_rng(1).normal(gray, 1.5, (300, 301, 3))
    rgb = np.clip(np.rint(noise), 0, 255).astype(np.uint8)
    assert len(RoughNuclei(RUIFROK, WHITE).detect(rgb, MPP)) == 0


@settings(deadline=None, max_examples=60)
@given(
    rgb=arrays(
        np.uint8,
        array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=40).map(lambda s: (*s, 3)),
        elements=st.integers(0, 255),
    ),
    mpp=st.sampled_from([0.106, 0.212, 0.3, 0.424, 0.6, 1.0]),
    off=st.booleans(),
)
def test_any_picture_gives_points_inside_of_it(rgb: U8, mpp: float, off: bool) -> None:
    points = RoughNuclei(RUIFROK, WHITE, NO_GAP_TEST if off else None).detect(rgb, mpp)
    height, width = rgb.shape[:2]
    assert points.xy_px.shape == (len(points), 2)
    assert np.isfinite(points.confidence).all()
    assert ((points.confidence >= 0) & (points.confidence <= 1)).all()
    assert (points.xy_px >= -0.5).all()
    assert (points.xy_px <= np.array([width, height]) - 0.5).all()


@pytest.mark.parametrize("mpp", [1.2, 0.0, -0.2, math.nan])
def test_refuses_a_pixel_size(mpp: float) -> None:
    with pytest.raises(ValueError, match=r"^[^\n]*um per px[^\n]*$"):
        RoughNuclei(RUIFROK, WHITE).detect(np.zeros((9, 9, 3), np.uint8), mpp)


def test_name_for_the_provenance() -> None:
    assert RoughNuclei(RUIFROK, WHITE).name == "rough-nuclei 1"


@pytest.mark.parametrize(
    "wrong", [{"contrast": -0.1}, {"hole_um2": math.nan}, {"core_um": 6.0}, {"core_um": 0.0}]
)
def test_settings_refuse(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        replace(RoughSettings(), **wrong)

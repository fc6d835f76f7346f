"""What is made of each frame: the view, the sharpness, the motion of the stage."""

import math

import cv2
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.live.motion import MotionMeter
from app.live.rhythm import Rhythm
from app.live.sharpness import clipped_fraction, focus
from app.live.view import Crop, View, halved, view_of, within
from inference.arrays import U8


def speckle(height: int, width: int, seed: int = 0, size: float = 3.0) -> U8:
    """A picture with detail of all scales above a size."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, 1, (height, width)).astype(np.float32)
    total = sum(cv2.GaussianBlur(noise, (0, 0), size * 2**k) * size * 2**k * 60 for k in range(4))
    return np.clip(140 + total, 0, 250).astype(np.uint8)


def rgb_of(gray: U8) -> U8:
    return np.repeat(gray[:, :, None], 3, axis=2)


# The view


@settings(deadline=None)
@given(
    size=st.tuples(st.integers(1, 90), st.integers(1, 90)),
    room=st.tuples(st.integers(1, 120), st.integers(1, 120)),
    crop=st.none() | st.builds(Crop, *[st.integers(-20, 100)] * 2, *[st.integers(1, 120)] * 2),
)
def test_any_part_of_any_picture_fits_any_window(
    size: tuple[int, int], room: tuple[int, int], crop: Crop | None
) -> None:
    rgb = np.zeros((*size, 3), np.uint8)
    rgb[:] = (10, 20, 30)
    bgra, shown = view_of(rgb, halved(rgb), View(*room, crop))
    assert bgra.shape[1] <= room[0] and bgra.shape[0] <= room[1]
    assert bgra.shape[1] == room[0] or bgra.shape[0] == room[1]
    assert bgra.flags.c_contiguous and not bgra.flags.writeable
    assert (bgra == (30, 20, 10, 255)).all()
    assert shown == within(crop, size[1], size[0])
    assert shown.x0_px >= 0 and shown.x0_px + shown.width_px <= size[1]
    assert shown.y0_px >= 0 and shown.y0_px + shown.height_px <= size[0]


@pytest.mark.parametrize("crop", [None, Crop(100, 60, 200, 160), Crop(101, 61, 199, 159)])
@pytest.mark.parametrize("room", [(400, 320), (150, 120), (70, 56), (30, 24)])
def test_a_view_shows_what_an_area_reduction_of_the_part_shows(
    crop: Crop | None, room: tuple[int, int]
) -> None:
    rgb = rgb_of(speckle(320, 400, size=6.0))
    bgra, shown = view_of(rgb, halved(rgb), View(*room, crop))
    part = rgb[shown.y0_px :, shown.x0_px :][: shown.height_px, : shown.width_px]
    exact = cv2.resize(part, bgra.shape[1::-1], interpolation=cv2.INTER_AREA)
    difference = np.abs(bgra[..., 2::-1].astype(int) - exact.astype(int))
    assert difference.mean() < 2.5


# Sharpness


@pytest.mark.parametrize("um_per_px", [0.212, 0.424, 0.3, None])
def test_focus_falls_with_blur_whatever_the_pixel_size(um_per_px: float | None) -> None:
    # Detail of 0.6 um, seen by a camera of that pixel size.
    scale = 0.212 if um_per_px is None else um_per_px
    sharp = speckle(900, 900, size=0.6 / scale)
    values = []
    for blur_um in (0.0, 0.8, 2.0):
        sigma = blur_um / scale
        gray = cv2.GaussianBlur(sharp, (0, 0), sigma) if sigma else sharp
        half = halved(np.asarray(gray, np.uint8))
        values.append(focus(half, None if um_per_px is None else 2 * um_per_px))
    assert None not in values
    assert values[0] > values[1] + 0.1
    assert values[1] > values[2] or values[2] == 0


def test_focus_does_not_depend_on_the_light() -> None:
    bright = speckle(600, 600)
    dim = (bright * 0.6).astype(np.uint8)
    assert focus(bright, 0.424) == pytest.approx(focus(dim, 0.424), abs=0.05)


def test_there_is_nothing_to_focus_on_in_empty_glass() -> None:
    glass = np.random.default_rng(0).normal(230, 1.5, (600, 600)).astype(np.uint8)
    assert focus(glass, 0.424) is None


def test_a_picture_of_shadows_alone_is_blurred_and_not_empty() -> None:
    shadows = cv2.GaussianBlur(speckle(600, 600, size=8.0), (0, 0), 30)
    stretched = cv2.normalize(shadows, None, 40, 220, cv2.NORM_MINMAX)
    assert focus(np.asarray(stretched, np.uint8), 0.424) == 0.0


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (5, 3), (16, 16)])
def test_tiny_pictures_have_no_focus_but_do_no_harm(size: tuple[int, int]) -> None:
    assert focus(np.zeros(size, np.uint8), 0.424) is None


def test_clipped_counts_pixels_with_any_channel_at_the_end() -> None:
    rgb = np.full((10, 10, 3), 200, np.uint8)
    assert clipped_fraction(rgb) == 0
    rgb[0, :5, 0] = 255
    rgb[1, :5] = 254
    rgb[2, :5] = 253
    assert clipped_fraction(rgb) == pytest.approx(0.10)


# Motion


def moved(picture: U8, dx: float, dy: float) -> U8:
    matrix = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
    size = (picture.shape[1], picture.shape[0])
    return np.asarray(
        cv2.warpAffine(picture, matrix, size, borderMode=cv2.BORDER_REFLECT), np.uint8
    )


def with_noise(picture: U8, seed: int) -> U8:
    noise = np.random.default_rng(seed).normal(0, 2.5, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


SCENE = speckle(752, 752, seed=5, size=6.0)
"""A camera picture of 3008 x 3008 reduced to a quarter: 4 camera pixels per pixel."""


def test_noise_and_a_change_of_light_are_no_motion() -> None:
    meter = MotionMeter()
    meter.update(with_noise(SCENE, 0), 0, 4.0, 7.0)
    for number in range(1, 6):
        light = (SCENE * (1 - 0.01 * number)).astype(np.uint8)
        assert meter.update(with_noise(light, number), number, 4.0, 7.0).still_since == 0


@pytest.mark.parametrize("size", [2.0, 3.0, 6.0])
@pytest.mark.parametrize("blur", [4, 8, 12, 16])
def test_focusing_is_no_motion(size: float, blur: float) -> None:
    """Noise must not find one later either: the overlay of a press from in between went dark."""
    sharp = speckle(752, 752, seed=5, size=size)
    blurred = np.asarray(cv2.GaussianBlur(sharp, (0, 0), blur), np.uint8)
    for first, then in ((sharp, blurred), (blurred, sharp)):
        meter = MotionMeter()
        meter.update(with_noise(first, 0), 0, 4.0, 3.5)
        for number in range(1, 20):
            motion = meter.update(with_noise(then, number), number, 4.0, 3.5)
            assert motion.still_since == 0


@pytest.mark.parametrize("blur", [4, 8, 12])
@pytest.mark.parametrize("dx", [3.0, 8.0, 16.0])
def test_a_move_while_it_is_focused_is_one(dx: float, blur: float) -> None:
    blurred = np.asarray(cv2.GaussianBlur(SCENE, (0, 0), blur), np.uint8)
    meter = MotionMeter()
    meter.update(with_noise(SCENE, 0), 0, 4.0, 3.5)
    assert meter.update(with_noise(moved(blurred, dx, 0), 1), 1, 4.0, 3.5).still_since == 1


def test_lines_that_go_one_way_move_across_and_not_along() -> None:
    lines = np.repeat(speckle(752, 752, seed=5, size=6.0)[:1], 752, axis=0)
    meter = MotionMeter()
    meter.update(with_noise(lines, 0), 0, 4.0, 3.5)
    assert meter.update(with_noise(moved(lines, 0, 3), 1), 1, 4.0, 3.5).still_since == 0
    assert meter.update(with_noise(moved(lines, 3, 0), 2), 2, 4.0, 3.5).still_since == 2


@given(
    place=st.tuples(st.integers(0, 300), st.integers(0, 300)),
    size=st.sampled_from([1.5, 3.0, 6.0, 12.0]),
)
@settings(deadline=None, max_examples=60)
def test_no_move_is_too_far_to_be_seen(place: tuple[int, int], size: float) -> None:
    slide = speckle(700, 700, seed=5, size=size)
    meter = MotionMeter()
    meter.update(with_noise(slide[150:550, 150:550], 0), 0, 4.0, 3.5)
    y, x = place
    assume(math.hypot(y - 150, x - 150) >= 3)
    motion = meter.update(with_noise(slide[y : y + 400, x : x + 400], 1), 1, 4.0, 3.5)
    assert motion.still_since == 1


@pytest.mark.parametrize(("dx", "dy"), [(2.5, 0), (0, -2.5), (3, 3), (-40, 7), (300, 0)])
def test_a_move_is_seen_in_the_very_next_frame(dx: float, dy: float) -> None:
    meter = MotionMeter()
    meter.update(with_noise(SCENE, 0), 10, 4.0, 7.0)
    motion = meter.update(with_noise(moved(SCENE, dx, dy), 1), 11, 4.0, 7.0)
    assert motion.still_since == 11
    if max(abs(dx), abs(dy)) < 20:
        assert motion.shift_px == pytest.approx(4 * np.hypot(dx, dy), rel=0.15)


def test_a_move_below_the_tolerance_is_none() -> None:
    meter = MotionMeter()
    meter.update(SCENE, 0, 4.0, 20.0)
    motion = meter.update(moved(SCENE, 2.5, 0), 1, 4.0, 20.0)
    assert motion.still_since == 0
    assert motion.shift_px == pytest.approx(10, rel=0.15)


def test_a_slow_drift_adds_up() -> None:
    meter = MotionMeter()
    since = [  # 0.8 camera pixels from frame to frame
        meter.update(moved(SCENE, 0.2 * number, 0), number, 4.0, 7.0).still_since
        for number in range(20)
    ]
    assert max(since) >= 9 and len(set(since)) <= 4


def test_another_place_of_the_slide_is_a_move_however_alike_it_looks() -> None:
    meter = MotionMeter()
    meter.update(SCENE, 0, 4.0, 7.0)
    motion = meter.update(speckle(752, 752, seed=6, size=6.0), 1, 4.0, 7.0)
    assert motion.still_since == 1 and motion.shift_px is None


def test_empty_glass_stands_still_until_tissue_comes() -> None:
    glass = np.full((752, 752), 235, np.uint8)
    meter = MotionMeter()
    meter.update(with_noise(glass, 0), 0, 4.0, 7.0)
    assert meter.update(with_noise(glass, 1), 1, 4.0, 7.0).still_since == 0
    assert meter.update(with_noise(SCENE, 2), 2, 4.0, 7.0).still_since == 2


def test_after_a_reset_nothing_from_before_counts() -> None:
    meter = MotionMeter()
    meter.update(SCENE, 0, 4.0, 7.0)
    meter.reset()
    assert meter.update(SCENE, 1, 4.0, 7.0).still_since == 1


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (3, 2), (40, 700)])
def test_pictures_of_odd_shapes_do_no_harm(size: tuple[int, int]) -> None:
    meter = MotionMeter()
    picture = np.full(size, 100, np.uint8)
    picture[:, ::2] = 200
    for number in range(3):
        motion = meter.update(np.roll(picture, number, axis=1), number, 4.0, None)
        assert 0 <= motion.still_since <= number


# Rhythm


def test_rate_and_interval_follow_the_camera_and_survive_one_stall() -> None:
    rhythm = Rhythm()
    assert rhythm.rate_fps == 0
    for number in range(60):
        rhythm.add(number * 0.02)
    assert rhythm.rate_fps == pytest.approx(50)
    assert rhythm.interval_s == pytest.approx(0.02)
    rhythm.add(59 * 0.02 + 3.0)
    assert rhythm.interval_s == pytest.approx(0.02)
    rhythm.reset()
    assert rhythm.rate_fps == 0

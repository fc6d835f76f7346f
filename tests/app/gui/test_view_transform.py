"""Zoom and pan: what lies where."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.gui.view_transform import MOST_SCALE, ViewTransform
from app.live.view import Crop, View, fitted, within

sizes = st.tuples(st.integers(1, 4000), st.integers(1, 4000))
views = st.tuples(st.integers(1, 2000), st.integers(1, 2000))


@given(field=sizes, view=views)
def test_the_whole_field_is_seen_at_first_and_in_the_middle(
    field: tuple[int, int], view: tuple[int, int]
) -> None:
    transform = ViewTransform.whole(field, view)
    left, top, width, height = transform.rectangle(Crop(0, 0, *field))
    assert left >= -1e-6
    assert top >= -1e-6
    assert left + width <= view[0] + 1e-6
    assert top + height <= view[1] + 1e-6
    assert 2 * left + width == pytest.approx(view[0], abs=1e-6)
    assert 2 * top + height == pytest.approx(view[1], abs=1e-6)
    assert transform.wanted() == View(*view)


@given(field=sizes, view=views, x=st.floats(-100, 4000), y=st.floats(-100, 4000))
def test_the_way_back_leads_back(
    field: tuple[int, int], view: tuple[int, int], x: float, y: float
) -> None:
    transform = ViewTransform.whole(field, view).zoomed(2.0)
    there = transform.to_view(x, y)
    assert transform.to_field(*there) == pytest.approx((x, y), abs=1e-6)
    np.testing.assert_allclose(transform.matrix @ [x, y, 1], there, atol=1e-6)


def test_zooming_keeps_what_lies_under_the_pointer() -> None:
    transform = ViewTransform.whole((3000, 3000), (1000, 800)).zoomed(3.0)
    at = (700.0, 300.0)
    before = transform.to_field(*at)
    after = transform.zoomed(1.5, at)
    assert after.to_field(*at) == pytest.approx(before)
    assert after.zoom == pytest.approx(4.5)


def test_zooming_ends_at_the_whole_field_and_at_large_pixels() -> None:
    transform = ViewTransform.whole((3000, 2000), (1000, 800))
    assert transform.zoomed(0.01).zoom == 1.0
    assert transform.zoomed(1e9).scale == pytest.approx(MOST_SCALE)
    assert transform.at_scale(1.0).scale == pytest.approx(1.0)
    # A field smaller than the view is never shown smaller than whole.
    assert ViewTransform.whole((10, 10), (1000, 1000)).zoomed(9.0).zoom == 1.0


@given(dx=st.floats(-9000, 9000), dy=st.floats(-9000, 9000), zoom=st.floats(1.0, 20.0))
def test_the_field_cannot_be_pushed_out_of_the_view(dx: float, dy: float, zoom: float) -> None:
    transform = ViewTransform.whole((3000, 2000), (1000, 800)).zoomed(zoom).panned(dx, dy)
    left, top, width, height = transform.rectangle(Crop(0, 0, 3000, 2000))
    for start, length, room in ((left, width, 1000), (top, height, 800)):
        if length >= room:
            assert start <= 1e-6
            assert start + length >= room - 1e-6
        else:
            assert 2 * start + length == pytest.approx(room, abs=1e-6)


def test_a_push_moves_the_field_with_the_hand() -> None:
    transform = ViewTransform.whole((3000, 3000), (1000, 1000)).zoomed(4.0)
    x, y = transform.to_view(1500, 1500)
    assert transform.panned(30, -20).to_view(1500, 1500) == pytest.approx((x + 30, y - 20))


@given(view=views, zoom=st.floats(1.01, 20.0), dx=st.floats(-5000, 5000), dy=st.floats(-5000, 5000))
def test_what_is_asked_for_covers_the_view_and_comes_at_its_scale(
    view: tuple[int, int], zoom: float, dx: float, dy: float
) -> None:
    transform = ViewTransform.whole((3008, 2000), view).zoomed(zoom).panned(dx, dy)
    wanted = transform.wanted()
    if wanted.crop is None:
        return
    assert within(wanted.crop, 3008, 2000) == wanted.crop
    left, top, width, height = transform.rectangle(wanted.crop)
    whole = transform.rectangle(Crop(0, 0, 3008, 2000))
    for start, length, room, first, size in (
        (left, width, view[0], whole[0], whole[2]),
        (top, height, view[1], whole[1], whole[3]),
    ):
        assert start <= max(0.0, first) + 1e-6
        assert start + length >= min(room, first + size) - 1e-6
    made = fitted(wanted.crop, wanted)
    # As large as it is painted, to a pixel: no stretching, and the overlay fits.
    assert abs(made[0] - width) <= 1 + 1e-6
    assert abs(made[1] - height) <= 1 + 1e-6


def test_the_same_tissue_is_seen_when_view_or_field_change() -> None:
    transform = ViewTransform.whole((3000, 3000), (1000, 1000)).zoomed(4.0).panned(-200, 100)
    resized = transform.resized((500, 700))
    assert (resized.x_px, resized.y_px) == (transform.x_px, transform.y_px)
    half = transform.of_field((1500, 1500))
    assert (half.x_px, half.y_px) == pytest.approx((transform.x_px / 2, transform.y_px / 2))
    assert transform.of_field((3000, 3000)) is transform

import threading
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.simulators.microscope.stage import StagePosition
from hardware.simulators.microscope.supply import SlideUnreadable, TileSupply
from hardware.simulators.microscope.tiles import (
    TILE_PX,
    PixelRect,
    TileKey,
    TileStore,
    levels,
    tiles_over,
)
from hardware.simulators.microscope.view import View, view_of
from hardware.simulators.slides import GLASS

TILE_BYTES = TILE_PX * TILE_PX * 3


def tile(value):
    rgb = np.full((TILE_PX, TILE_PX, 3), value, np.uint8)
    rgb.setflags(write=False)
    return rgb


def view(left=0, top=0, width=700, height=600, um=0.2, lead=(0, 0)):
    return View(left, top, width, height, um, lead)


def joined(patches, width=700, height=600):
    out = np.zeros((height, width, 3), np.uint8)
    seen = np.zeros((height, width), int)
    for p in patches:
        part = p.rgb[p.from_row : p.from_row + p.rows, p.from_column : p.from_column + p.columns]
        out[p.row : p.row + p.rows, p.column : p.column + p.columns] = part
        seen[p.row : p.row + p.rows, p.column : p.column + p.columns] += 1
    assert (seen == 1).all()
    return out


class Numbered:
    """A slide that says by its color how often it was asked, and remembers for what."""

    name = "numbered"
    extent = None

    def __init__(self):
        self.asked = []
        self.gate = threading.Event()
        self.gate.set()
        self.size = TILE_PX

    def start_um(self, _width_um, _height_um):
        return 0.0, 0.0

    def region(self, x_um, y_um, _width_px, _height_px, um_per_px):
        self.gate.wait(10)
        self.asked.append((round(x_um / um_per_px), round(y_um / um_per_px), um_per_px))
        return tile(len(self.asked))[: self.size]


def running(slide, **more):
    supply = TileSupply(slide, **more)
    supply.start()
    return supply


def finish(supply):
    supply.stop()
    supply.join()


def await_cover(supply, target):
    deadline = time.monotonic() + 10
    while not supply.covers(target):
        assert time.monotonic() < deadline
        supply.look(target)
        time.sleep(0.001)


def test_levels_double_up_to_the_coarsest():
    assert levels(0.212) == [0.212, 0.424, 0.848]
    assert levels(0.424) == [0.424, 0.848]
    assert levels(3.0) == [3.0]


@settings(deadline=None)
@given(
    left=st.integers(-5000, 5000),
    top=st.integers(-5000, 5000),
    width=st.integers(1, 2000),
    height=st.integers(1, 2000),
    level=st.integers(0, 3),
)
def test_tiles_over_a_rectangle_are_those_that_touch_it(left, top, width, height, level):
    rect = PixelRect(left, top, left + width, top + height)
    keys = list(tiles_over(rect, 0.2, level))
    assert len(set(keys)) == len(keys)
    side = TILE_PX * 2**level
    wanted = {
        (x // side, y // side) for x in (left, rect.right - 1) for y in (top, rect.bottom - 1)
    }
    assert wanted <= {(key.i, key.j) for key in keys}
    for key in keys:
        assert key.um_per_px == 0.2 * 2**level
        assert key.i * side < rect.right
        assert (key.i + 1) * side > rect.left
        assert key.j * side < rect.bottom
        assert (key.j + 1) * side > rect.top


@settings(max_examples=40, deadline=None)
@given(
    left=st.integers(-900, 900),
    top=st.integers(-900, 900),
    width=st.integers(1, 1300),
    height=st.integers(1, 1300),
)
def test_pieces_cover_every_pixel_of_a_view_once(left, top, width, height):
    patches = TileStore(10**9).patches(view(left, top, width, height))
    assert (joined(patches, width, height) == GLASS).all()


def test_a_coarse_tile_stands_in_until_the_fine_one_is_there():
    store = TileStore(10**9)
    coarse = np.zeros((TILE_PX, TILE_PX, 3), np.uint8)
    coarse[: TILE_PX // 2, TILE_PX // 2 :] = 90  # the upper right quarter
    coarse.setflags(write=False)
    store.put(TileKey(0.4, 0, 0), coarse)
    target = view(0, 0, 2 * TILE_PX, 2 * TILE_PX)
    picture = joined(store.patches(target), 2 * TILE_PX, 2 * TILE_PX)
    assert (picture[:TILE_PX, TILE_PX:] == 90).all()
    assert (picture[TILE_PX:] == 0).all()
    store.put(TileKey(0.2, 0, 0), tile(5))
    picture = joined(store.patches(target), 2 * TILE_PX, 2 * TILE_PX)
    assert (picture[:TILE_PX, :TILE_PX] == 5).all()
    assert (picture[:TILE_PX, TILE_PX:] == 90).all()


def test_the_finest_stand_in_is_taken():
    store = TileStore(10**9)
    store.put(TileKey(0.8, -1, 0), tile(8))
    target = view(-10, 0, 5, 5)
    assert (joined(store.patches(target), 5, 5) == 8).all()
    store.put(TileKey(0.4, -1, 0), tile(4))
    assert (joined(store.patches(target), 5, 5) == 4).all()


def test_memory_is_bounded_and_what_is_seen_stays():
    store = TileStore(20 * TILE_BYTES)
    store.put(TileKey(0.2, 0, 0), tile(1))
    here = view(0, 0, 100, 100)
    for k in range(1, 200):
        store.put(TileKey(0.2, k, 50), tile(2))
        assert (joined(store.patches(here), 100, 100) == 1).all()
        assert store.held_bytes <= 27 * TILE_BYTES  # what a small view needs at least


def test_the_view_is_in_whole_pixels_around_the_stage():
    still = StagePosition(100.0, -50.0, 0.0, 0.0, 0.0)
    assert view_of(still, 0.2, 101, 50) == View(450, -275, 101, 50, 0.2, (0, 0))
    # Steps of a pixel stay such, wherever halves fall.
    lefts = [
        view_of(StagePosition(k * 0.25, 0.0, 0.0, 0.0, 0.0), 0.25, 101, 50).left_px
        for k in range(5)
    ]
    assert np.diff(lefts).tolist() == [1] * 4
    moving = StagePosition(0.0, 0.0, 0.0, 20.0, -1e9)
    lead = view_of(moving, 0.2, 100, 100).lead_px
    assert lead[0] > 0
    assert lead[1] == -200


def test_the_middle_comes_first_coarse_before_fine_and_what_is_seen_before_the_rest():
    slide = Numbered()
    slide.gate.clear()
    supply = running(slide)
    try:
        target = view(0, 0, 3 * TILE_PX, 3 * TILE_PX)
        supply.look(target)
        slide.gate.set()
        await_cover(supply, target)
    finally:
        finish(supply)
    sizes = [um for _, _, um in slide.asked]
    assert sizes.index(0.4) < sizes.index(0.2)
    assert sizes[0] == 0.8
    fine = [(x, y) for x, y, um in slide.asked if um == 0.2]
    assert fine[0] == (TILE_PX, TILE_PX)
    assert set(fine[:9]) == {(i * TILE_PX, j * TILE_PX) for i in range(3) for j in range(3)}
    assert len(set(slide.asked)) == len(slide.asked)


def test_it_reads_ahead_in_the_direction_of_motion():
    slide = Numbered()
    supply = running(slide)
    try:
        target = view(0, 0, TILE_PX, TILE_PX, lead=(2 * TILE_PX, 0))
        supply.look(target)
        ahead = view(2 * TILE_PX, 0, TILE_PX, TILE_PX)
        deadline = time.monotonic() + 10
        while not supply.covers(ahead):
            assert time.monotonic() < deadline
            time.sleep(0.001)
        assert not supply.covers(view(-3 * TILE_PX, 0, TILE_PX, TILE_PX))
    finally:
        finish(supply)


def test_a_small_memory_does_not_make_it_read_without_end():
    slide = Numbered()
    supply = running(slide, memory_bytes=1)
    try:
        target = view(0, 0, 600, 600)
        await_cover(supply, target)
        for _ in range(100):
            supply.look(target)
            time.sleep(0.001)
    finally:
        finish(supply)
    assert len(set(slide.asked)) == len(slide.asked)


def test_a_tile_of_the_last_slide_that_comes_late_is_not_shown():
    old, new = Numbered(), Numbered()
    old.gate.clear()
    supply = running(old)
    try:
        target = view(0, 0, 100, 100)
        supply.look(target)
        time.sleep(0.02)
        supply.change(new)
        new.region = lambda *_: tile(200)
        old.gate.set()
        await_cover(supply, target)
        patches, _ = supply.look(target)
        assert (joined(patches, 100, 100) == 200).all()
    finally:
        old.gate.set()
        finish(supply)


@pytest.mark.parametrize("fault", ["raises", "wrong size"])
def test_what_fails_on_the_thread_reaches_the_one_who_looks(fault):
    slide = Numbered()
    if fault == "raises":
        slide.region = lambda *_: 1 / 0
    else:
        slide.size = 5
    supply = running(slide)
    try:
        with pytest.raises(SlideUnreadable):
            for _ in range(1000):
                supply.look(view())
                time.sleep(0.001)
        supply.change(Numbered())
        await_cover(supply, view())
    finally:
        finish(supply)


def test_it_can_be_started_and_stopped_again_and_keeps_its_tiles():
    slide = Numbered()
    supply = TileSupply(slide)
    finish(supply)
    supply.start()
    supply.start()
    await_cover(supply, view())
    finish(supply)
    finish(supply)
    assert supply.covers(view())
    supply.start()
    await_cover(supply, view(5000, 5000))
    finish(supply)

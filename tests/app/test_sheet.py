"""The saved picture of a field: title, legend, scale bar, and their text."""

import numpy as np
import pytest

from app.model.lettering import draw_text, shortened, text_width
from app.model.overlay import Overlay
from app.model.palette import CLASS_STYLES
from app.model.sheet import nice_length_um, sheet
from inference.arrays import U8


def an_overlay(
    width: int,
    height: int,
    classes: tuple[int, ...] = (),
    um_per_px: float = 0.25,
    *,
    counted: bool = True,
) -> Overlay:
    n = len(classes)
    return Overlay(
        width,
        height,
        um_per_px,
        np.zeros((n, 2), np.float32),
        np.array(classes, np.uint8),
        np.full(n, counted),
        np.zeros((height, width), np.uint8),
    )


def gray(width: int, height: int) -> U8:
    return np.full((height, width, 3), 200, np.uint8)


def test_the_sheet_keeps_the_picture_whole_between_title_and_legend() -> None:
    overlay = an_overlay(640, 480, (4, 1))
    picture = np.random.default_rng(0).integers(0, 256, (480, 640, 3), np.uint8)
    framed = sheet(picture, overlay, "field")
    tops = [y for y in range(len(framed) - 480 + 1) if (framed[y : y + 480] == picture).all()]
    assert len(tops) == 1
    assert 20 < tops[0] < 80
    for style in CLASS_STYLES.values():
        legend = framed[tops[0] + 480 :]
        assert (np.abs(legend.astype(int) - style.color).sum(axis=2) < 12).any()


@pytest.mark.parametrize("width", [200, 420, 640, 1280, 3008])
def test_the_title_fits_whatever_the_width_and_the_name(width: int) -> None:
    overlay = an_overlay(width, 20)
    picture = gray(width, 20)
    framed = sheet(picture, overlay, "a rather long name of a field, " * 9)
    margin = framed[:20, -6:]
    assert (margin == margin[0, 0]).all()
    short = sheet(picture, overlay, "a")
    assert framed.shape[1] == short.shape[1]


def test_the_legend_counts_the_cells_that_count() -> None:
    picture = gray(80, 60)
    two = sheet(picture, an_overlay(80, 60, (4, 4)), "f")
    one = sheet(picture, an_overlay(80, 60, (4,)), "f")
    none = sheet(picture, an_overlay(80, 60), "f")
    not_counted = sheet(picture, an_overlay(80, 60, (4,), counted=False), "f")
    assert (two != one).any()
    assert (one != none).any()
    np.testing.assert_array_equal(not_counted, none)


@pytest.mark.parametrize(
    ("most", "nice"), [(1.0, 1), (1.99, 1), (2, 2), (49.9, 20), (50, 50), (999, 500), (0.3, 0.2)]
)
def test_scale_bars_have_round_lengths(most: float, nice: float) -> None:
    assert nice_length_um(most) == pytest.approx(nice)


@pytest.mark.parametrize("um_per_px", [0.05, 0.25, 0.424, 2.0])
def test_the_scale_bar_is_as_long_as_it_says(um_per_px: float) -> None:
    overlay = an_overlay(900, 40, um_per_px=um_per_px)
    framed = sheet(np.zeros((40, 900, 3), np.uint8), overlay, "f")
    size = 14
    length_px = nice_length_um(9 * size * um_per_px) / um_per_px
    text = (framed[-4 * size :] == 0xF2).all(axis=2)
    longest = 0
    for row in text:
        ends = np.flatnonzero(np.diff(np.concatenate([[0], row.astype(int), [0]])))
        longest = max([longest, *(ends[1::2] - ends[::2]).tolist()])
    assert longest == pytest.approx(length_px, abs=1)


def test_names_are_shortened_in_the_middle() -> None:
    name = "case-1234-her2-slide-with-a-long-name_x3008_y6016"
    short = shortened(name, 14, 200)
    assert text_width(short, 14) <= 200
    assert short.startswith("case-1")
    assert short.endswith("6016")
    assert shortened(name, 14, 1000) == name
    assert shortened(name, 14, 5) == ""


def test_text_beside_the_canvas_and_in_other_scripts_is_no_error() -> None:
    canvas = np.zeros((20, 60, 3), np.uint8)
    for place_xy in ((-30, 15), (50, 15), (500, 15), (5, -40), (5, 60)):
        draw_text(canvas, place_xy, "field", 14, (255, 255, 255))
    draw_text(canvas, (5, 15), "坏\n\udcff", 14, (255, 255, 255))
    assert canvas.any()

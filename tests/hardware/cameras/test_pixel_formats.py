import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.cameras.pixel_formats import (
    PREFERRED,
    FormatProblem,
    channels,
    is_known,
    shaped,
    to_rgb,
)

COLOR = (200, 120, 40)
LAYOUTS = {"RG": "RGGB", "GR": "GRBG", "GB": "GBRG", "BG": "BGGR"}


def mosaic(rgb, layout):
    raw = np.empty(rgb.shape[:2], rgb.dtype)
    for place, color in enumerate(LAYOUTS[layout]):
        y, x = divmod(place, 2)
        raw[y::2, x::2] = rgb[y::2, x::2, "RGB".index(color)]
    return raw


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("bits", [8, 10, 12, 16])
def test_every_mosaic_gives_its_color_back(layout, bits):
    kind = np.uint8 if bits == 8 else np.uint16
    rgb = np.full((12, 16, 3), COLOR, kind) << (bits - 8)
    out = to_rgb(mosaic(rgb, layout), f"Bayer{layout}{bits}")
    assert (out == COLOR).all()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_mosaic_of_a_gradient_is_interpolated(layout):
    ramp = np.add.outer(2 * np.arange(20), 4 * np.arange(24)).astype(np.uint8)
    out = to_rgb(mosaic(np.stack([ramp] * 3, -1), layout), f"Bayer{layout}8").astype(int)
    assert np.abs(out - ramp[..., None])[2:-2, 2:-2].max() <= 1


@pytest.mark.parametrize(
    ("pixel_format", "order"),
    [
        ("RGB8", (0, 1, 2)),
        ("RGB8Packed", (0, 1, 2)),
        ("BGR8", (2, 1, 0)),
        ("BGR8Packed", (2, 1, 0)),
        ("RGBa8", (0, 1, 2, 0)),
        ("BGRa8", (2, 1, 0, 0)),
        ("BGRA8Packed", (2, 1, 0, 0)),
    ],
)
def test_colors_are_put_in_order(pixel_format, order):
    raw = np.full((4, 6, 3), COLOR, np.uint8)[..., list(order)]
    assert channels(pixel_format) == len(order)
    assert (to_rgb(raw, pixel_format) == COLOR).all()


@given(st.sampled_from([8, 10, 12, 14, 16]), st.integers(0, 65535))
def test_the_highest_byte_is_kept(bits, value):
    value = min(value, 2**bits - 1)
    raw = np.full((2, 2), value, np.uint8 if bits == 8 else np.uint16)
    assert (to_rgb(raw, f"Mono{bits}") == value >> (bits - 8)).all()


def test_noise_above_the_depth_does_not_wrap_around():
    assert (to_rgb(np.full((2, 2), 5000, np.uint16), "Mono12") == 255).all()


@pytest.mark.parametrize("pixel_format", [*PREFERRED, "Mono8", "BayerRG12", "RGB16"])
def test_what_comes_out_is_new_contiguous_and_read_only(pixel_format):
    kind = np.uint8 if pixel_format in PREFERRED or pixel_format == "Mono8" else np.uint16
    raw = np.zeros((8, 8, channels(pixel_format)), kind)
    out = to_rgb(raw, pixel_format)
    assert out.dtype == np.uint8
    assert out.shape == (8, 8, 3)
    assert out.flags.c_contiguous
    assert not out.flags.writeable
    assert not np.shares_memory(out, raw)


@pytest.mark.parametrize("pixel_format", ["", "BayerRG12p", "YUV422_8", "Mono1", "RGB8Planar"])
def test_what_is_not_known_is_told(pixel_format):
    assert not is_known(pixel_format)
    with pytest.raises(FormatProblem, match="cannot be read"):
        to_rgb(np.zeros((4, 4), np.uint8), pixel_format)


@pytest.mark.parametrize(
    ("shape", "kind", "pixel_format"),
    [
        ((4, 4), np.uint8, "RGB8"),
        ((4, 4, 3), np.uint8, "BayerRG8"),
        ((4, 4, 4), np.uint8, "RGB8"),
        ((4, 4), np.uint16, "Mono8"),
        ((4, 4), np.uint8, "Mono12"),
        ((0, 4), np.uint8, "Mono8"),
        ((1, 4), np.uint8, "BayerRG8"),
        ((4,), np.uint8, "Mono8"),
    ],
)
def test_an_array_of_another_shape_is_refused(shape, kind, pixel_format):
    with pytest.raises(FormatProblem):
        to_rgb(np.zeros(shape, kind), pixel_format)


@pytest.mark.parametrize("pixel_format", ["RGB8", "BayerRG12", "Mono8", "BGRa8"])
@pytest.mark.parametrize("padding", [0, 6])
def test_rows_are_found_in_memory(pixel_format, padding):
    kind = np.uint16 if pixel_format.endswith("12") else np.uint8
    raw = np.arange(5 * 8 * channels(pixel_format)).astype(kind).reshape(5, 8, -1)
    rows = [row.tobytes() for row in raw]
    memory = bytes(padding).join(rows) + b"tail"
    assert (shaped(memory, pixel_format, 8, 5, padding).reshape(raw.shape) == raw).all()


def test_memory_that_is_too_small_is_told():
    with pytest.raises(FormatProblem, match="no 4 x 4 px"):
        shaped(bytes(15), "Mono8", 4, 4)

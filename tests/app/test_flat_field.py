"""The light of empty fields: estimated to a gray level, taken out as the literal twin does."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from app.storage.flat_field_file import load_smooth_light, save_smooth_light
from hardware.simulators.microscope import Sensor, SimulatedMicroscope
from hardware.simulators.slides import SyntheticSlide
from hardware.simulators.tissue import pattern, render_field
from inference.stain.flat_field import FlatFieldCorrection, SmoothLight, smooth_light

U8 = npt.NDArray[np.uint8]
F64 = npt.NDArray[np.float64]

WIDTH, HEIGHT = 640, 480


def true_light(fall: float = 0.25, tilt: float = 0.1) -> F64:
    x = (2 * np.arange(WIDTH) + 1) / WIDTH - 1
    y = ((2 * np.arange(HEIGHT) + 1) / HEIGHT - 1)[:, None]
    shape = (1 - fall * (x * x + y * y) / 2) * (1 - tilt * (x + 1) / 2)
    return shape[..., None] * np.array([238.0, 242.0, 230.0])


def taken(light: F64, seed: int = 0, noise: float = 2.0) -> U8:
    random = np.random.default_rng(seed)
    return np.clip(np.rint(light + random.normal(0, noise, light.shape)), 0, 255).astype(np.uint8)


def dusty(picture: U8, seed: int, specks: int) -> U8:
    random = np.random.default_rng(seed)
    out = picture.copy()
    for x, y in zip(
        random.integers(0, WIDTH, specks), random.integers(0, HEIGHT, specks), strict=True
    ):
        out[y : y + 14, x : x + 14] = 90
    return out


@pytest.mark.parametrize(("fall", "tilt"), [(0.0, 0.0), (0.06, 0.0), (0.25, 0.1), (0.3, 0.15)])
def test_the_light_is_found_to_a_gray_level(fall: float, tilt: float) -> None:
    light = true_light(fall, tilt)
    found = smooth_light([taken(light)])
    assert np.abs(found.at_size(WIDTH, HEIGHT) - light).max() < 1.0
    assert found.white == pytest.approx(np.median(light.reshape(-1, 3), axis=0), abs=0.5)


def test_dust_does_not_disturb_and_differs_from_picture_to_picture() -> None:
    light = true_light()
    one = smooth_light([dusty(taken(light), 1, 8)])
    assert np.abs(one.at_size(WIDTH, HEIGHT) - light).max() < 1.5
    many = [dusty(taken(light, seed), seed, 40) for seed in range(5)]
    with pytest.raises(ValueError, match="tissue or dirt"):
        smooth_light(many[:1])
    found = smooth_light(many)
    assert np.abs(found.at_size(WIDTH, HEIGHT) - light).max() < 1.5


def test_an_empty_field_comes_out_even() -> None:
    light = true_light()
    correction = FlatFieldCorrection(smooth_light([taken(light)]))
    even = correction.apply(taken(light, 7)).astype(np.float64)
    blocks = even.reshape(HEIGHT // 40, 40, WIDTH // 40, 40, 3).mean(axis=(1, 3))
    assert np.abs(blocks - np.asarray(correction.white)).max() < 1.0


def test_it_is_the_literal_product() -> None:
    """Twin: every channel of every pixel times white over light, rounded and cut at 255."""
    light = smooth_light([taken(true_light())])
    picture = np.random.default_rng(3).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
    exact = picture * (np.asarray(light.white) / light.at_size(WIDTH, HEIGHT))
    got = FlatFieldCorrection(light).apply(picture)
    # A gain of 14 bits is off by 3e-5, which moves 255 by less than a hundredth of a level.
    off = np.abs(got - np.minimum(exact, 255))
    assert off.max() <= 0.51
    assert np.mean(got != np.minimum(np.rint(exact), 255)) < 0.01
    strided = np.ascontiguousarray(picture[:, ::-1])[:, ::-1]
    np.testing.assert_array_equal(FlatFieldCorrection(light).apply(strided), got)


def test_the_simulated_microscope_s_vignetting_is_taken_out() -> None:
    sensor = Sensor(512, 512, vignetting=0.2, full_well=9000)
    field = SimulatedMicroscope(SyntheticSlide(pattern("0"), 1), sensor).empty_field()
    correction = FlatFieldCorrection(smooth_light([field]))
    even = correction.apply(field).astype(np.float64)
    blocks = even.reshape(8, 64, 8, 64, 3).mean(axis=(1, 3))
    before = field.reshape(8, 64, 8, 64, 3).astype(np.float64).mean(axis=(1, 3))
    assert np.ptp(before, axis=(0, 1)).max() > 20
    assert np.ptp(blocks, axis=(0, 1)).max() < 1.0


def tissue() -> U8:
    return render_field(pattern("2+"), 3, 200.0, 300.0, WIDTH, HEIGHT, 0.25).rgb


def rings() -> U8:
    x, y = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    wave = 1 + 0.015 * np.sin(np.hypot(x - 300, y - 200) / 8)
    return taken(true_light(0, 0) * wave[..., None])


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        (tissue, "tissue or dirt|too dark|colored"),
        (rings, "not smooth"),
        (lambda: taken(true_light() * 0.3), "too dark"),
        (lambda: taken(true_light(0, 0) * 1.1), "overexposed"),
        (lambda: taken(true_light() * [1.0, 0.7, 0.6]), "colored"),
        (lambda: taken(true_light(0.75, 0.4)), "falls by"),
    ],
)
def test_what_is_no_empty_field_is_refused(picture: object, words: str) -> None:
    with pytest.raises(ValueError, match=words) as refused:
        smooth_light([picture()])  # type: ignore[operator]
    assert "\n" not in str(refused.value)


def test_sizes_must_agree() -> None:
    light = smooth_light([taken(true_light())])
    with pytest.raises(ValueError, match="differ in size"):
        smooth_light([taken(true_light()), taken(true_light())[:-1]])
    with pytest.raises(ValueError, match="is for 640 x 480 px"):
        FlatFieldCorrection(light).apply(np.zeros((480, 641, 3), np.uint8))
    with pytest.raises(ValueError, match="no picture"):
        smooth_light([])


def test_the_file_comes_back_and_a_damaged_one_is_one_line(tmp_path: Path) -> None:
    light = smooth_light([taken(true_light())])
    path = tmp_path / "new" / "40x.npy"
    save_smooth_light(path, light)
    again = load_smooth_light(path, (WIDTH, HEIGHT))
    np.testing.assert_array_equal(again.coefficients, light.coefficients)
    assert again.white == light.white
    whole = path.read_bytes()
    for damaged in (b"", whole[:40], whole[:-9], b"not an array", whole.replace(b"f8", b"f4")):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match="cannot be used") as refused:
            load_smooth_light(path, (WIDTH, HEIGHT))
        assert "\n" not in str(refused.value)
    with pytest.raises(ValueError, match="cannot be used"):
        load_smooth_light(tmp_path / "none.npy", (WIDTH, HEIGHT))
    np.save(path, np.zeros((3, 28)))
    with pytest.raises(ValueError, match="uneven"):
        load_smooth_light(path, (WIDTH, HEIGHT))


def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        SmoothLight(np.full((3, 28), np.nan), (10, 10))

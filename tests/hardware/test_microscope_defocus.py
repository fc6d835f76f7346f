import cv2
import numpy as np
import pytest

from hardware.simulators.microscope.defocus import Defocus, defocus_sigma_px
from hardware.simulators.microscope.tiles import Patch
from hardware.simulators.microscope.view import View


def view(width, height, left=0):
    return View(left, 0, width, height, 0.212, (0, 0))


def patches(picture):
    picture.setflags(write=False)
    height, width = picture.shape[:2]
    half = width // 2
    return [
        Patch(picture, 0, 0, 0, 0, height, half),
        Patch(picture, 0, half, 0, half, height, width - half),
    ]


def blurred(picture, sigma):
    height, width = picture.shape[:2]
    (patch,) = Defocus().blurred(view(width, height), patches(picture), 1, sigma)
    assert patch.rgb.shape == picture.shape
    return patch.rgb


def test_the_blur_grows_with_distance_aperture_and_magnification():
    assert defocus_sigma_px(0.0, 0.65, 0.212) == 0.0
    one = defocus_sigma_px(1.0, 0.65, 0.212)
    assert one == pytest.approx(0.5 * np.tan(np.arcsin(0.65)) / 0.212)
    assert defocus_sigma_px(-2.0, 0.65, 0.212) == pytest.approx(2 * one)
    assert defocus_sigma_px(1.0, 0.45, 0.212) < one
    assert defocus_sigma_px(1.0, 0.65, 0.424) == pytest.approx(one / 2)


@pytest.mark.parametrize("sigma", [0.5, 1.0, 1.5, 1.75, 3.0, 4.0, 8.0, 12.0, 30.0])
def test_a_point_becomes_a_spot_of_that_size(sigma):
    picture = np.zeros((301, 303, 3), np.uint8)
    picture[148:153, 149:154] = 255
    picture = np.array(cv2.GaussianBlur(picture, (0, 0), 3.0), np.uint8) * 3
    spot = blurred(picture, sigma)[..., 1].astype(float)
    y, x = np.mgrid[:301, :303]
    before = picture[..., 1].astype(float)

    def moments(light):
        cy, cx = (light * y).sum() / light.sum(), (light * x).sum() / light.sum()
        return cy, cx, (light * ((y - cy) ** 2 + (x - cx) ** 2)).sum() / light.sum() / 2

    if sigma <= 8:  # a wider one sinks below one gray level
        first, last = moments(before), moments(spot)
        assert last[0] == pytest.approx(first[0], abs=0.3)
        assert last[1] == pytest.approx(first[1], abs=0.3)
        assert np.sqrt(max(0, last[2] - first[2])) == pytest.approx(sigma, rel=0.15)


@pytest.mark.parametrize("sigma", [0.5, 1.75, 3.0, 6.0, 12.0, 30.0])
def test_it_is_nearly_a_gaussian(sigma):
    noise = np.random.default_rng(2).integers(0, 256, (400, 401, 3), np.uint8)
    picture = np.array(cv2.GaussianBlur(noise, (0, 0), 2.0), np.uint8)
    picture = np.clip((picture.astype(int) - 128) * 6 + 128, 0, 255).astype(np.uint8)
    inside = np.s_[100:-100, 100:-100]  # beyond the border both only guess
    true = cv2.GaussianBlur(picture, (0, 0), sigma)[inside].astype(float)
    error = blurred(picture, sigma)[inside].astype(float) - true
    assert np.sqrt((error**2).mean()) < max(1.0, 0.15 * true.std())


def test_in_focus_nothing_is_touched():
    pieces = patches(np.zeros((40, 50, 3), np.uint8))
    assert Defocus().blurred(view(50, 40), pieces, 1, 0.1) is pieces


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (7, 3), (33, 65)])
def test_any_size_can_be_blurred(size):
    for sigma in (0.5, 3.0, 20.0, 60.0):
        gray = np.full((*size, 3), 77, np.uint8)
        assert (blurred(gray, sigma) == 77).all()


def test_what_stands_still_is_blurred_once_and_what_changed_again():
    picture = np.random.default_rng(1).integers(0, 256, (64, 64, 3), np.uint8)
    defocus = Defocus()
    first = defocus.blurred(view(64, 64), patches(picture), 1, 2.0)
    assert defocus.blurred(view(64, 64), patches(picture), 1, 2.01) is first
    other = np.zeros((64, 64, 3), np.uint8)
    for changed in (
        (view(64, 64), 2, 2.0),
        (view(64, 64, left=1), 1, 2.0),
        (view(64, 64), 1, 3.0),
    ):
        defocus.blurred(view(64, 64), patches(picture), 1, 2.0)
        (patch,) = defocus.blurred(changed[0], patches(other), *changed[1:])
        assert (patch.rgb == 0).all()

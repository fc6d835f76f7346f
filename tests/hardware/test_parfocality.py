"""The middles of two objectives against a known shift of simulated tissue."""

import numpy as np
import numpy.typing as npt
import pytest

from hardware.parfocality import ParfocalityProblem, parcentricity
from hardware.simulators.micrometer import SimulatedMicrometer
from hardware.simulators.microscope import Sensor, SimulatedMicroscope
from hardware.simulators.slides import SyntheticSlide
from hardware.simulators.tissue import pattern, render_field

U8 = npt.NDArray[np.uint8]

MIDDLE_UM = (400.0, 380.0)


def field(um_per_px: float, dx_um: float = 0.0, dy_um: float = 0.0, px: int = 560) -> U8:
    left = MIDDLE_UM[0] + dx_um - px * um_per_px / 2
    top = MIDDLE_UM[1] + dy_um - px * um_per_px / 2
    return render_field(pattern("2+"), 5, left, top, px, px, um_per_px).rgb


@pytest.fixture(scope="module")
def weaker() -> U8:
    return field(0.424)


@pytest.mark.parametrize(
    ("um_per_px", "dx_um", "dy_um"),
    [(0.212, 0, 0), (0.212, 21.3, -34.7), (0.212, -60.0, 55.0), (0.14, 30.0, 12.5), (0.37, 7, -4)],
)
def test_a_known_shift_is_found(weaker: U8, um_per_px: float, dx_um: float, dy_um: float) -> None:
    found = parcentricity(weaker, 0.424, field(um_per_px, dx_um, dy_um), um_per_px)
    assert found.dx_um == pytest.approx(dx_um, abs=0.3)
    assert found.dy_um == pytest.approx(dy_um, abs=0.3)
    assert found.shift_um == pytest.approx(np.hypot(dx_um, dy_um), abs=0.4)
    assert found.likeness > 0.8


def test_light_noise_and_another_focus_do_not_disturb(weaker: U8) -> None:
    stronger = field(0.212, 15.0, 9.0).astype(np.float64)
    y, x = np.mgrid[-1:1:560j, -1:1:560j]
    light = (0.8 - 0.15 * x - 0.1 * (x * x + y * y))[..., None]
    dim = stronger * light + np.random.default_rng(1).normal(0, 6, stronger.shape)
    found = parcentricity(weaker, 0.424, np.clip(dim, 0, 255).astype(np.uint8), 0.212)
    assert (found.dx_um, found.dy_um) == pytest.approx((15.0, 9.0), abs=0.5)


def test_the_simulated_nosepiece_is_parcentric() -> None:
    microscope = SimulatedMicroscope(SyntheticSlide(pattern("2+"), 1), Sensor(560, 560))
    microscope.stage.move_to(*microscope.find_tumor(1)[0])
    pictures = {}
    with_camera = microscope.camera
    with_camera.open()
    try:
        for name in ("20x", "40x"):
            microscope.nosepiece.select(name)
            with_camera.read(5.0)
            while not microscope.sharp:
                with_camera.read(5.0)
            with_camera.read(5.0)
            pictures[name] = with_camera.read(5.0).rgb
    finally:
        with_camera.close()
    found = parcentricity(pictures["20x"], 0.424, pictures["40x"], 0.212)
    assert found.shift_um < 0.5


def test_gray_pictures_do(weaker: U8) -> None:
    stronger = field(0.212, 10.0, 0.0)
    found = parcentricity(weaker[..., 1].copy(), 0.424, stronger[..., 1].copy(), 0.212)
    assert found.dx_um == pytest.approx(10.0, abs=0.3)


def test_what_cannot_be_compared_is_refused(weaker: U8) -> None:
    stronger = field(0.212)
    elsewhere = render_field(pattern("2+"), 5, 3000.0, 2000.0, 560, 560, 0.212).rgb
    with pytest.raises(ParfocalityProblem, match="do not show one place"):
        parcentricity(weaker, 0.424, elsewhere, 0.212)
    with pytest.raises(ParfocalityProblem, match="smaller pixels"):
        parcentricity(weaker, 0.212, stronger, 0.424)
    with pytest.raises(ParfocalityProblem, match="nothing to see"):
        parcentricity(weaker, 0.424, np.full_like(stronger, 230), 0.212)
    with pytest.raises(ParfocalityProblem, match="are needed"):
        parcentricity(weaker, 4.24, stronger, 0.212)
    with pytest.raises(ParfocalityProblem, match="8 bits"):
        parcentricity(weaker.astype(np.float64), 0.424, stronger, 0.212)  # type: ignore[arg-type]
    grids = [SimulatedMicrometer("grid", um_per_px=(um, um)).picture(560, 560) for um in (0.4, 0.2)]
    with pytest.raises(ParfocalityProblem, match="look alike"):
        parcentricity(grids[0], 0.4, grids[1], 0.2)

import math
import threading

import pytest

from hardware.simulators.microscope import Stage, seconds_to_move
from hardware.simulators.microscope.stage import FARTHEST_FOCUS_UM, SETTLING_S
from hardware.simulators.slides import Extent


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def stage(clock):
    return Stage(clock)


def test_it_takes_up_speed_smoothly_and_keeps_it(stage, clock):
    stage.set_velocity(100.0, -50.0)
    assert stage.position.x_um_s == 0.0
    clock.now_s += SETTLING_S
    position = stage.position
    assert position.x_um_s == pytest.approx(100 * (1 - math.exp(-1)))
    assert position.x_um == pytest.approx(100 * SETTLING_S * math.exp(-1))
    clock.now_s += 10.0
    later = stage.position
    assert later.x_um_s == pytest.approx(100.0)
    assert later.y_um_s == pytest.approx(-50.0)
    # It lags behind by the settling time only.
    assert later.x_um == pytest.approx(100 * (10.0 + SETTLING_S) - 100 * SETTLING_S, abs=0.01)


def test_where_it_is_does_not_depend_on_how_often_it_is_asked(clock):
    often, seldom = Stage(clock), Stage(clock)
    for stage in (often, seldom):
        stage.set_velocity(30.0, 20.0)
    for _ in range(50):
        clock.now_s += 0.01
        assert often.position.x_um >= 0
    assert often.position.x_um == pytest.approx(seldom.position.x_um)
    assert often.position.y_um == pytest.approx(seldom.position.y_um)


def test_it_stops_softly(stage, clock):
    stage.set_velocity(100.0, 0.0)
    clock.now_s += 5.0
    at = stage.position.x_um
    stage.set_velocity(0.0, 0.0)
    clock.now_s += 5.0
    assert stage.position.x_um - at == pytest.approx(100 * SETTLING_S)
    assert stage.position.x_um_s == pytest.approx(0.0, abs=1e-6)


def test_moves_are_immediate(stage, clock):
    stage.move_to(10.0, 20.0)
    stage.move_by(1.0, -2.0)
    stage.focus_to(3.0)
    stage.focus_by(-0.5)
    position = stage.position
    assert (position.x_um, position.y_um, position.z_um) == (11.0, 18.0, 2.5)
    stage.set_velocity(50.0, 0.0)
    stage.set_focus_velocity(2.0)
    clock.now_s += 1.0
    stage.move_to(0.0, 0.0)
    stage.focus_to(0.0)
    clock.now_s += 1.0
    position = stage.position
    assert (position.x_um, position.y_um, position.z_um) == (0.0, 0.0, 0.0)


def test_it_stays_on_the_slide_and_within_focus(stage, clock):
    stage.limit_to(Extent(0.0, 0.0, 100.0, 50.0))
    stage.move_to(-5.0, 70.0)
    assert (stage.position.x_um, stage.position.y_um) == (0.0, 50.0)
    stage.set_velocity(1000.0, 0.0)
    stage.set_focus_velocity(-1000.0)
    clock.now_s += 10.0
    position = stage.position
    assert (position.x_um, position.x_um_s) == (100.0, 0.0)
    assert position.z_um == -FARTHEST_FOCUS_UM
    stage.limit_to(Extent(0.0, 0.0, 40.0, 50.0))
    assert stage.position.x_um == 40.0
    stage.limit_to(None)
    stage.move_by(1e6, 0.0)
    assert stage.position.x_um == 1e6 + 40.0


def test_a_position_is_of_one_moment_whoever_moves_it(stage):
    def walk():
        for k in range(2000):
            stage.move_to(float(k), float(-k))

    walker = threading.Thread(target=walk)
    walker.start()
    while walker.is_alive():
        position = stage.position
        assert position.x_um == -position.y_um
    walker.join()


@pytest.mark.parametrize("um_s", [20.0, 223.0])
def test_when_it_has_moved_by_a_distance_is_known(stage, clock, um_s):
    start = stage.position.x_um
    stage.set_velocity(um_s, 0.0)
    clock.now_s += seconds_to_move(0.75, um_s)
    assert stage.position.x_um - start == pytest.approx(0.75, abs=1e-6)

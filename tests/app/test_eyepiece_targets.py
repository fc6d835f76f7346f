"""The way through the targets of a calibration."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.model.eyepiece_targets import TargetCourse, target_places
from hardware.eyepiece_calibration import Affine, centered_fit

CAMERA = (3008, 2000)
DISPLAY = (1600, 1200)
GUESS = centered_fit(CAMERA, DISPLAY)


@given(st.integers(100, 4000), st.integers(100, 4000))
def test_targets_lie_in_the_round_field_and_spread_over_it(width: int, height: int) -> None:
    places = np.array(target_places((width, height)))
    assert len({tuple(place) for place in places.tolist()}) == 9
    radius = np.hypot(*(places - [width / 2, height / 2]).T)
    side = min(width, height)
    assert radius.max() < side / 2
    assert np.ptp(places, axis=0).min() > 0.55 * side
    assert (places == np.round(places)).all()


def test_three_targets_make_a_triangle() -> None:
    first = np.array(target_places(DISPLAY)[:3])
    assert abs(np.linalg.det(first[1:] - first[0])) > 0.3 * 1200**2


def placed(course: TargetCourse, count: int) -> TargetCourse:
    for i in range(count):
        course = course.marked((100.0 + i, 50.0)).confirmed()
    return course


def test_one_after_the_other_until_all_are_done() -> None:
    course = TargetCourse.start(DISPLAY, CAMERA)
    assert course.target == course.targets[0]
    assert course.confirmed() == course, "without a mark there is nothing to confirm"
    course = placed(course, 9)
    assert course.done
    assert course.target is None
    assert course.mark is None
    assert [pair.camera_px[0] for pair in course.pairs] == [100.0 + i for i in range(9)]
    assert course.marked((1, 1)) == course.cleared() == course.nudged(1, 1, GUESS) == course


def test_back_keeps_the_mark_and_going_on_finds_what_is_missing() -> None:
    course = placed(TargetCourse.start(DISPLAY, CAMERA), 5).at_target(2)
    assert course.mark == (102.0, 50.0)
    assert course.cleared().mark is None
    assert course.cleared().placed == (0, 1, 3, 4)
    moved = course.marked((7.0, 8.0)).confirmed()
    assert moved.at == 5
    assert moved.marks[2] == (7.0, 8.0)


def test_what_was_left_out_comes_at_the_end() -> None:
    course = placed(TargetCourse.start(DISPLAY, CAMERA), 1)
    course = course.at_target(2)
    for _ in range(7):
        course = course.marked((5.0, 5.0)).confirmed()
    assert course.at == 1


def test_a_nudge_starts_where_the_target_is_thought_to_be() -> None:
    guess = Affine(0.5, 0.0, 10.0, 0.0, 0.5, 20.0)
    course = TargetCourse.start(DISPLAY, CAMERA)
    assert course.target is not None
    x, y = ((course.target[0] - 10) * 2, (course.target[1] - 20) * 2)
    assert course.nudged(1, 0, guess).mark == pytest.approx((x + 1, y))
    assert course.nudged(1, 0, guess).nudged(0, -10, guess).mark == pytest.approx((x + 1, y - 10))


def test_marks_stay_in_the_picture_and_the_number_among_the_targets() -> None:
    course = TargetCourse.start(DISPLAY, CAMERA)
    assert course.marked((-5.0, 9999.0)).mark == (0.0, 1999.0)
    assert course.at_target(-1).at == 0
    assert course.at_target(99).at == 8

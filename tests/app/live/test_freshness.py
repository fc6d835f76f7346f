"""When the overlay goes dark."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.live.freshness import (
    Darkness,
    FreshnessLimits,
    LivePicture,
    ShownResult,
    overlay_state,
)

NOW = 100.0
LIMITS = FreshnessLimits(stall_s=0.1, pressed_age_s=60.0, continuous_age_s=2.0)
RESULT = ShownResult(frame=50, taken_s=NOW - 0.5, generation=3)
LIVE = LivePicture(taken_s=NOW - 0.02, generation=3, still_since=40, interval_s=0.04)


@pytest.mark.parametrize(
    ("wanted", "result", "live", "dark"),
    [
        (True, RESULT, LIVE, None),
        (False, RESULT, LIVE, Darkness.OFF),
        (True, None, LIVE, Darkness.NO_RESULT),
        (True, RESULT, None, Darkness.NO_PICTURE),
        # The camera: 40 ms between frames and 100 ms of patience.
        (True, RESULT, replace(LIVE, taken_s=NOW - 0.13), None),
        (True, RESULT, replace(LIVE, taken_s=NOW - 0.15), Darkness.STALLED),
        (True, RESULT, replace(LIVE, taken_s=NOW - 0.15, interval_s=0.1), None),
        # Another objective, before and after.
        (True, RESULT, replace(LIVE, generation=4), Darkness.OTHER_GENERATION),
        (True, replace(RESULT, generation=-1), LIVE, Darkness.OTHER_GENERATION),
        # The stage: still since the very frame is still; one later is not.
        (True, RESULT, replace(LIVE, still_since=50), None),
        (True, RESULT, replace(LIVE, still_since=51), Darkness.MOVED),
        # Age, by the kind of result.
        (True, replace(RESULT, taken_s=NOW - 59), LIVE, None),
        (True, replace(RESULT, taken_s=NOW - 61), LIVE, Darkness.OLD),
        (True, replace(RESULT, taken_s=NOW - 1.9, continuous=True), LIVE, None),
        (True, replace(RESULT, taken_s=NOW - 2.1, continuous=True), LIVE, Darkness.OLD),
        # The gravest reason is the one that is told.
        (
            True,
            replace(RESULT, taken_s=0.0),
            LivePicture(taken_s=0.0, generation=9, still_since=99, interval_s=0.04),
            Darkness.STALLED,
        ),
    ],
)
def test_table(
    wanted: bool, result: ShownResult | None, live: LivePicture | None, dark: Darkness | None
) -> None:
    verdict = overlay_state(wanted, result, live, NOW, LIMITS)
    assert verdict.dark is dark
    assert verdict.visible is (dark is None)


def test_the_user_is_told_what_happened_and_not_what_he_did() -> None:
    silent = {Darkness.OFF, Darkness.NO_RESULT}
    for reason in Darkness:
        result = None if reason is Darkness.NO_RESULT else RESULT
        live = {
            Darkness.NO_PICTURE: None,
            Darkness.STALLED: replace(LIVE, taken_s=0.0),
            Darkness.OTHER_GENERATION: replace(LIVE, generation=9),
            Darkness.MOVED: replace(LIVE, still_since=99),
        }.get(reason, LIVE)
        if reason is Darkness.OLD:
            result = replace(RESULT, taken_s=0.0)
        verdict = overlay_state(reason is not Darkness.OFF, result, live, NOW, LIMITS)
        assert verdict.dark is reason
        assert bool(verdict.message) is (reason not in silent)


@given(
    frame=st.integers(0, 100),
    still_since=st.integers(0, 100),
    generations=st.tuples(st.integers(0, 3), st.integers(0, 3)),
    ages=st.tuples(st.floats(0, 5), st.floats(0, 100)),
    continuous=st.booleans(),
)
def test_nothing_wrong_is_ever_painted(
    frame: int,
    still_since: int,
    generations: tuple[int, int],
    ages: tuple[float, float],
    continuous: bool,
) -> None:
    live = LivePicture(NOW - ages[0], generations[0], still_since, 0.04)
    result = ShownResult(frame, NOW - ages[1], generations[1], continuous)
    if overlay_state(True, result, live, NOW, LIMITS).visible:
        assert generations[0] == generations[1]
        assert frame >= still_since
        assert ages[0] <= 0.14 + 1e-9
        assert ages[1] <= (2.0 if continuous else 60.0) + 1e-9

"""The debounced switch, and a literal one beside it."""

from hypothesis import given
from hypothesis import strategies as st

from hardware.debounce import DEBOUNCE_S, Change, Debounce

Raw = tuple[bool, float]


def literally(raw: list[Raw], hold_s: float) -> list[Change]:
    """Look at the whole story at once: strike out every short gap between two presses."""
    story: list[Raw] = []
    for down, time_s in raw:
        if down != (bool(story) and story[-1][0]):
            story.append((down, time_s))
    kept: list[Change] = []
    i = 0
    while i < len(story):
        down, time_s = story[i]
        short = not down and i + 1 < len(story) and story[i + 1][1] < time_s + hold_s
        if short:
            i += 2
            continue
        kept.append(Change(down, time_s))
        i += 1
    return kept


gaps = st.one_of(
    st.sampled_from([0.0, DEBOUNCE_S, DEBOUNCE_S / 2, DEBOUNCE_S * 2]),
    st.floats(0.0, 0.1, allow_nan=False),
)


@given(st.lists(st.tuples(st.booleans(), gaps, st.booleans()), max_size=40))
def test_it_says_what_a_literal_reading_says(steps: list[tuple[bool, float, bool]]) -> None:
    switch = Debounce()
    raw: list[Raw] = []
    said: list[Change] = []
    now = 100.0
    for down, gap, look_between in steps:
        if look_between:
            said += switch.settle(now + gap / 2)
        now += gap
        raw.append((down, now))
        said += switch.feed(down, now)
    said += switch.settle(now + 1.0)
    assert said == literally(raw, DEBOUNCE_S)


@given(st.lists(st.tuples(st.booleans(), gaps), max_size=40))
def test_presses_and_releases_take_turns(steps: list[tuple[bool, float]]) -> None:
    switch, now, said = Debounce(), 0.0, []
    for down, gap in steps:
        now += gap
        said += switch.feed(down, now)
        assert switch.down == (bool(said) and said[-1].down)
    assert [change.down for change in said] == [i % 2 == 0 for i in range(len(said))]
    assert [change.time_s for change in said] == sorted(change.time_s for change in said)


def test_a_key_held_for_a_second_is_one_press() -> None:
    switch = Debounce()
    said = list(switch.feed(True, 0.0))
    for repetition in range(25):
        up = 0.5 + 0.04 * repetition
        said += switch.feed(False, up)
        said += switch.settle(up + 0.001)
        said += switch.feed(True, up + 0.002)
    assert said == [Change(True, 0.0)]
    assert switch.feed(False, 2.0) == ()
    assert switch.due_s == 2.0 + DEBOUNCE_S
    assert switch.settle(2.0 + DEBOUNCE_S) == (Change(False, 2.0),)
    assert switch.due_s is None


def test_a_release_that_lasts_just_long_enough_counts() -> None:
    switch = Debounce()
    switch.feed(True, 0.0)
    switch.feed(False, 1.0)
    due = switch.due_s
    assert due is not None
    assert switch.feed(True, due) == (Change(False, 1.0), Change(True, due))

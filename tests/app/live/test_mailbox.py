"""One place, newest wins, nothing unaccounted for."""

import threading
import time

from hypothesis import given, settings
from hypothesis import strategies as st

from app.live.mailbox import Mailbox


@given(st.lists(st.sampled_from(["put", "take"]), max_size=60))
def test_any_sequence_gives_the_newest_and_counts_the_others(actions: list[str]) -> None:
    box: Mailbox[int] = Mailbox()
    number, waiting, taken, dropped = 0, None, 0, 0
    for action in actions:
        if action == "put":
            dropped += waiting is not None
            waiting = number
            assert box.put(number)
            number += 1
        else:
            assert box.take(0) == waiting
            taken += waiting is not None
            waiting = None
    assert box.counts == (number, taken, dropped)


def test_nothing_comes_out_of_a_closed_mailbox_nor_goes_in() -> None:
    box: Mailbox[int] = Mailbox()
    box.put(1)
    box.close()
    assert box.closed
    assert not box.put(2)
    assert box.take() is None
    assert box.counts == (1, 0, 1)


def test_closing_wakes_who_waits() -> None:
    box: Mailbox[int] = Mailbox()
    answers: list[int | None] = []
    waiting = threading.Thread(target=lambda: answers.append(box.take()))
    waiting.start()
    box.close()
    waiting.join()
    assert answers == [None]


@settings(max_examples=10, deadline=None)
@given(producers=st.integers(1, 3), pause_us=st.integers(0, 300), each=st.integers(1, 150))
def test_between_threads_every_item_is_the_newest_at_the_time_it_is_taken(
    producers: int, pause_us: int, each: int
) -> None:
    box: Mailbox[tuple[int, int]] = Mailbox()
    put = [-1] * producers

    def produce(who: int) -> None:
        for number in range(each):
            box.put((who, number))
            put[who] = number
            time.sleep(0)

    threads = [threading.Thread(target=produce, args=(who,)) for who in range(producers)]
    for thread in threads:
        thread.start()
    seen = [-1] * producers
    while any(thread.is_alive() for thread in threads):
        before = list(put)
        item = box.take(0.001)
        if item is not None:
            who, number = item
            # What a producer had put before the take is never hidden by its own older item.
            assert number >= before[who] and number > seen[who]
            seen[who] = number
        time.sleep(pause_us * 1e-6)
    for thread in threads:
        thread.join()
    box.take(0)
    posted, taken, dropped = box.counts
    assert posted == producers * each == taken + dropped

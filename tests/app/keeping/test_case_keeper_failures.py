"""A disk that is full, a slide that is late, and what waits for it."""

import errno
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest

from app.case_keeping.begun_slide import BegunSlide
from app.case_keeping.sittings import open_sittings, read_sitting
from app.session.events import Saved
from app.storage.cases import writer
from app.storage.cases.problem import StorageProblem
from app.storage.cases.reader import slides
from app.storage.cases.waiting import MOST_PICTURES
from inference.arrays import U8
from tests.app.keeping import kept_sitting as sittings

MakeBench = Callable[..., Any]


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """While it is set, no picture can be written."""
    full = threading.Event()
    write = writer.write_image

    def write_image(folder: Any, rgb: U8) -> str:
        if full.is_set():
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(folder, rgb)

    monkeypatch.setattr(writer, "write_image", write_image)
    return full


def test_a_full_disk_marks_the_fields_until_they_are_saved_after_all(
    bench: MakeBench, full_disk: threading.Event
) -> None:
    b = bench(retry_s=0.05)
    b.begin()
    b.take_field(0)
    sittings.wait_until(b.all_saved)
    full_disk.set()
    b.take_field(1)
    sittings.wait_until(lambda: b.cards[1].saved is Saved.UNSAVED)
    text = "field 2 is not saved: the disk is full: free space; it is tried again"
    assert text in b.events.texts
    second = b.slide.fields[1].field
    assert b.session.delete_cells(second, [0])  # the sitting goes on
    b.take_field(2)
    sittings.wait_until(lambda: b.cards[2].saved is Saved.UNSAVED)
    assert b.view.unsaved == 3
    assert b.keeper.unsaved() == ("field 2", "the change (cells_deleted)", "field 3")
    full_disk.clear()
    sittings.wait_until(b.all_saved)
    assert b.keeper.unsaved() == ()
    assert read_sitting(b.store, slides(b.store)[0].id).state == b.slide
    b.close()
    assert b.lost == ()


def test_what_a_full_disk_never_took_is_said_at_the_end_and_the_rest_is_whole(
    bench: MakeBench, full_disk: threading.Event
) -> None:
    b = bench()
    b.begin()
    b.take_field(0)
    sittings.wait_until(b.all_saved)
    before = b.slide
    full_disk.set()
    b.take_field(1)
    assert b.session.give_score("2+")
    sittings.wait_until(lambda: b.cards[1].saved is Saved.UNSAVED)
    b.close()
    assert b.lost == (
        "field 2 is not saved: the disk is full: free space",
        "the pathologist's score is not saved: the disk is full: free space",
    )
    full_disk.clear()
    c = bench()
    (left,) = open_sittings(c.store).sittings
    assert left.state == before


def _late() -> "tuple[Future[int], BegunSlide]":
    created: Future[int] = Future()
    return created, BegunSlide(created)


class Writer:
    """Takes changes in order; each has its future."""

    def __init__(self) -> None:
        self.taken: list[tuple[int, str]] = []
        self.futures: dict[str, Future[int]] = {}
        self.refuse: set[str] = set()

    def change(self, name: str) -> "Callable[[int], Future[int]]":
        def keep(slide_id: int) -> "Future[int]":
            if name in self.refuse:
                raise StorageProblem(f"{name} is refused")
            self.taken.append((slide_id, name))
            self.futures[name] = Future()
            return self.futures[name]

        return keep


def test_changes_wait_for_the_slide_and_keep_their_order() -> None:
    created, slide = _late()
    line = Writer()
    early = [slide.keep(line.change(name)) for name in "abc"]
    assert line.taken == [] and slide.id is None
    created.set_result(7)
    assert slide.id == 7
    late = slide.keep(line.change("d"))
    assert line.taken == [(7, name) for name in "abcd"]
    assert not any(future.done() for future in (*early, late))
    line.futures["a"].set_result(1)
    line.futures["b"].set_exception(StorageProblem("no"))
    assert early[0].result() == 1 and not early[2].done()
    with pytest.raises(StorageProblem, match="no"):
        early[1].result()


def test_a_slide_that_cannot_be_kept_takes_all_that_follows_with_it() -> None:
    created, slide = _late()
    line = Writer()
    early = [slide.keep(line.change(name)) for name in "ab"]
    created.set_exception(StorageProblem("the case has that slide"))
    for future in early:
        with pytest.raises(StorageProblem, match="has that slide"):
            future.result()
    with pytest.raises(StorageProblem, match="has that slide"):
        slide.keep(line.change("c"))
    assert line.taken == [] and slide.id is None


def test_nothing_follows_a_gap() -> None:
    created, slide = _late()
    line = Writer()
    line.refuse = {"b"}
    early = [slide.keep(line.change(name)) for name in "abc"]
    created.set_result(1)
    assert line.taken == [(1, "a")]
    for future in early[1:]:
        with pytest.raises(StorageProblem, match="b is refused"):
            future.result()


def test_too_much_is_not_held_in_memory() -> None:
    created, slide = _late()
    line = Writer()
    for number in range(MOST_PICTURES):
        slide.keep(line.change(str(number)))
    with pytest.raises(StorageProblem, match="not saved yet"):
        slide.keep(line.change("more"))
    created.set_result(1)
    assert len(line.taken) == MOST_PICTURES


def test_whoever_waits_for_the_slide_may_keep_more_at_once() -> None:
    created, slide = _late()
    line = Writer()
    more: list[Future[int]] = []
    line.refuse = {"a"}
    slide.keep(line.change("a")).add_done_callback(
        lambda _: more.append(slide.keep(line.change("b")))
    )
    worker = threading.Thread(target=created.set_result, args=(1,))
    worker.start()
    worker.join(10)
    assert not worker.is_alive(), "a callback ran under the lock"
    assert len(more) == 1

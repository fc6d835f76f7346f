"""What the surroundings refuse is reported, waits, and is kept later, whole and in order."""

import errno
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from app.model.case_records import NewStep
from app.storage.cases.problem import StorageProblem, may_pass, problem_line
from app.storage.cases.reader import load_slide
from app.storage.cases.store import CaseStore
from app.storage.cases.waiting import MOST_PICTURES, MOST_WAITING, Change, WaitingLine
from tests.app.cases import sitting_process as sittings

WAIT_S = 20


def _until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.002)


class Faults:
    """Counts the calls that reach the disk, and lets one of them fail."""

    def __init__(self, store: CaseStore, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at: int | None = None
        self.calls = 0
        for name in ("open", "fsync", "replace", "write"):
            self._wrap(monkeypatch, os, name)
        written = Path.write_bytes

        def half_written(path: Path, data: Any) -> int:
            if self._is_now():
                written(path, bytes(data)[: len(data) // 2])
                raise OSError(errno.ENOSPC, "No space left on device")
            return written(path, data)

        monkeypatch.setattr(Path, "write_bytes", half_written)
        event.listen(store._engine, "before_cursor_execute", self._database)
        event.listen(store._engine, "commit", self._database)

    def arm(self, at: int | None) -> None:
        self.at, self.calls = at, 0

    def _is_now(self) -> bool:
        if threading.current_thread().name != "storage":
            return False
        self.calls += 1
        return self.at == self.calls - 1

    def _wrap(self, monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> None:
        was = getattr(module, name)

        def call(*args: Any, **named: Any) -> Any:
            if self._is_now():
                raise OSError(errno.ENOSPC, "No space left on device")
            return was(*args, **named)

        monkeypatch.setattr(module, name, call)

    def _database(self, *_args: Any) -> None:
        if self._is_now():
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorname = "SQLITE_FULL"  # type: ignore[misc]
            raise OperationalError("", {}, error)


@pytest.mark.parametrize("kind", ["slide", "field", "step", "opinion", "finish"])
def test_a_fault_at_any_call_leaves_all_or_nothing(
    kind: str,
    store: CaseStore,
    kept: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    faults = Faults(store, monkeypatch)
    sitting = sittings.Sitting(kept.writer)
    plan = [("slide", 0), ("field", 0)]
    for change in plan:
        sitting.keep(*change).result(WAIT_S)
    at, failed = 0, True
    while failed:
        change = (kind, at + 1)
        kept.failures.clear()
        faults.arm(at)
        if kind == "slide":  # which waits for its own end
            new = sittings.a_slide(f"slide {at + 1}")
            future = kept.writer.create_slide(new, [NewStep("begin", {})])
        else:
            future = sitting.keep(*change)
        _until(lambda future=future: kept.failures or future.done())
        failed = bool(kept.failures)
        faults.arm(None)
        if failed:
            assert kept.failures[0].problem == "the disk is full: free space"
            assert kept.failures[0].future is future
            assert not future.done()
            assert sittings.observed(store) == sittings.expected(plan)
            assert not list(store.images.glob(".*")), "a rest was left"
            kept.writer.retry()
        future.result(WAIT_S)
        plan.append(change)
        if kind == "finish":
            slide = load_slide(store, 1).slide
            assert slide.proposal == {"score": "2+", "place": at + 1}
            kept.writer.reopen_slide(1).result(WAIT_S)
            plan[-1] = ("reopened", 0)
        assert sittings.observed(store) == sittings.expected(plan)
        assert kept.writer.unsaved() == ()
        at += 1
    assert at > (10 if kind == "field" else 4)


def _long(text: str = "x") -> NewStep:
    """Give a step that needs pages of its own."""
    return NewStep("long", {"text": text * 9000})


@contextmanager
def _full_after(store: CaseStore, pages: int) -> Iterator[None]:
    """Let the database grow by so many pages and no more: SQLite's own full disk."""

    def limit(connection: Any, *_rest: Any) -> None:
        used = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {used + pages}")

    store._engine.dispose()
    event.listen(store._engine, "connect", limit)
    try:
        yield
    finally:
        event.remove(store._engine, "connect", limit)
        store._engine.dispose()


def test_a_database_that_cannot_grow(store: CaseStore, kept: Any) -> None:
    slide = kept.writer.create_slide(sittings.a_slide()).result(WAIT_S)
    pages, refused = 0, 0
    while True:
        kept.failures.clear()
        before = sittings.observed(store)
        with _full_after(store, pages):
            steps = [_long(str(i)) for i in range(3)]
            future = kept.writer.add_field(slide, sittings.a_field(pages + 1, pages), steps)
            _until(lambda future=future: kept.failures or future.done())
            if kept.failures:
                refused += 1
                assert kept.failures[0].problem == "the disk is full: free space"
                assert sittings.observed(store) == before
        kept.writer.retry()
        future.result(WAIT_S)
        assert len(load_slide(store, slide).fields) == pages + 1
        pages += 1
        if not kept.failures:
            break
    assert refused >= 5


def test_nothing_overtakes_what_failed(store: CaseStore, kept: Any) -> None:
    slide = kept.writer.create_slide(sittings.a_slide()).result(WAIT_S)
    with _full_after(store, 0):
        field = kept.writer.add_field(slide, sittings.a_field(1, 1), [_long()])
        steps = [kept.writer.append_step(slide, "edit", {"i": i}) for i in range(3)]
        _until(lambda: kept.failures)
        kept.writer.retry()
        _until(lambda: len(kept.failures) == 2)
        assert [failure.attempts for failure in kept.failures] == [1, 2]
        assert kept.failures[0].what == "field 1"
        assert kept.writer.unsaved() == ("field 1", *["the change (edit)"] * 3)
        assert not any(step.done() for step in steps)
        assert load_slide(store, slide).steps == ()
    kept.writer.retry()
    field.result(WAIT_S)
    assert [step.result(WAIT_S) for step in steps] == [2, 3, 4]
    assert [step.kind for step in load_slide(store, slide).steps] == ["long", *["edit"] * 3]


def test_stopping_while_nothing_can_be_kept_tells_what_is_lost(store: CaseStore, kept: Any) -> None:
    slide = kept.writer.create_slide(sittings.a_slide()).result(WAIT_S)
    with _full_after(store, 0):
        futures = [kept.writer.add_field(slide, sittings.a_field(1, 1), [_long()])]
        futures += [kept.writer.append_step(slide, "edit", {})]
        _until(lambda: kept.failures)
        kept.writer.stop()
        assert kept.writer.join(WAIT_S)
        for future, what in zip(futures, ("field 1", r"the change \(edit\)"), strict=True):
            with pytest.raises(StorageProblem, match=f"{what} is not saved: the disk is full"):
                future.result(WAIT_S)
    assert load_slide(store, slide).fields == ()


def test_stopping_keeps_what_waits(store: CaseStore, kept: Any) -> None:
    slide = kept.writer.create_slide(sittings.a_slide()).result(WAIT_S)
    futures = [kept.writer.append_step(slide, "edit", {"i": i}) for i in range(20)]
    kept.writer.stop()
    assert kept.writer.join(WAIT_S)
    assert [future.result(0) for future in futures] == [*range(1, 21)]
    with pytest.raises(StorageProblem, match="is not saved: saving has been stopped"):
        kept.writer.append_step(slide, "edit", {})


def test_a_broken_report_of_failures_leaves_nobody_waiting(
    store: CaseStore, kept: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    slide = kept.writer.create_slide(sittings.a_slide()).result(WAIT_S)
    monkeypatch.setattr(threading, "excepthook", lambda _args: None)

    def broken(_failure: object) -> None:
        raise RuntimeError

    kept.writer._failed = broken
    with _full_after(store, 0):
        future = kept.writer.add_field(slide, sittings.a_field(1, 1), [_long()])
        assert isinstance(future.exception(WAIT_S), StorageProblem)
    with pytest.raises(StorageProblem, match="start the program again"):
        kept.writer.append_step(slide, "edit", {})


def test_the_line_is_bounded() -> None:
    line = WaitingLine()
    for number in range(MOST_PICTURES):
        line.put(Change(f"field {number}", lambda: 1, picture=True))
    with pytest.raises(StorageProblem, match="field 9 is not saved: too much waits"):
        line.put(Change("field 9", lambda: 1, picture=True))
    for _ in range(MOST_WAITING - MOST_PICTURES):
        line.put(Change("a step", lambda: 1))
    with pytest.raises(StorageProblem, match="too much waits"):
        line.put(Change("a step", lambda: 1))
    assert len(line.waiting()) == MOST_WAITING


def test_nobody_can_cancel_what_waits() -> None:
    line = WaitingLine()
    change = Change("a step", lambda: 1)
    line.put(change)
    assert not change.future.cancel()


def _sqlite(name: str) -> OperationalError:
    error = sqlite3.OperationalError("low level words\nand more")
    error.sqlite_errorname = name  # type: ignore[misc]
    return OperationalError("SELECT", {}, error)


@pytest.mark.parametrize(
    ("error", "line", "passes"),
    [
        (_sqlite("SQLITE_BUSY"), "another program holds the database: close it", True),
        (_sqlite("SQLITE_READONLY_DIRECTORY"), "is read-only: allow writing", True),
        (_sqlite("SQLITE_IOERR_FSYNC"), "the disk reports an error", True),
        (_sqlite("SQLITE_CORRUPT"), "the database is damaged", True),
        (_sqlite("SQLITE_NEW"), "low level words", True),
        (OSError(errno.EROFS, "Read-only file system"), "the disk is read-only", True),
        (PermissionError(errno.EACCES, "Permission denied"), "cannot be written: allow", True),
        (PermissionError("close it in other programs"), "close it in other programs", True),
        (OSError(errno.ENODEV, "No such device"), "No such device", True),
        (MemoryError(), "not enough memory", True),
        (StorageProblem("is known"), "is known", False),
        (KeyError("x"), "unexpected KeyError: 'x'", False),
    ],
)
def test_problems_are_told_in_one_line(error: Exception, line: str, passes: bool) -> None:
    text = problem_line(error)
    assert line in text
    assert len(text.splitlines()) == 1
    assert may_pass(error) is passes

"""A slide that was begun: what comes after waits until the store has given it an id."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial

from app.storage.cases.problem import StorageProblem
from app.storage.cases.waiting import MOST_PICTURES

Keep = Callable[[int], "Future[int]"]
"""Hands a change to the writer, with the id of the slide."""


class BegunSlide:
    """Knows the id of a slide, as soon as there is one, and keeps the order of its changes.

    Parameters
    ----------
    created
        The future of `app.storage.cases.writer.CaseWriter.create_slide`, or one that is done.
    """

    def __init__(self, created: "Future[int]") -> None:
        self._lock = threading.Lock()
        self._created = created
        self._waiting: list[tuple[Keep, Future[int]]] = []
        self._ready = False
        created.add_done_callback(self._begin)

    @property
    def id(self) -> int | None:
        """What the store calls it; None as long as it is not on disk."""
        done = self._created.done() and self._created.exception() is None
        return self._created.result() if done else None

    def keep(self, keep: Keep) -> "Future[int]":
        """Hand a change over, now or as soon as the slide is on disk.

        Raises
        ------
        StorageProblem
            Too much waits already, or the slide itself cannot be kept.
        """
        with self._lock:
            if self._ready:
                return keep(self._created.result())
            # Any of them may hold the pixels of a field.
            if len(self._waiting) >= MOST_PICTURES:
                raise StorageProblem("the slide itself is not saved yet, and too much waits for it")
            future: Future[int] = Future()
            future.set_running_or_notify_cancel()
            self._waiting.append((keep, future))
            return future

    def _begin(self, created: "Future[int]") -> None:
        """Hand over all that waits; called on the storage thread."""
        error = created.exception()
        ended: list[tuple[Future[int], Future[int]]] = []
        failed: list[Future[int]] = []
        with self._lock:
            waiting, self._waiting = self._waiting, []
            self._ready = True  # `result` of a slide that cannot be kept raises, as it should
            for keep, future in waiting:
                if error is None:
                    try:
                        ended.append((keep(created.result()), future))
                        continue
                    except Exception as problem:
                        error = problem  # nothing may follow a gap
                failed.append(future)
        # Not under the lock: whoever waits for these may hold a lock and be about to call `keep`.
        for inner, future in ended:
            inner.add_done_callback(partial(_pass_on, future))
        for future in failed:
            future.set_exception(error)


def _pass_on(outer: "Future[int]", inner: "Future[int]") -> None:
    error = inner.exception()
    if error is None:
        outer.set_result(inner.result())
    else:
        outer.set_exception(error)

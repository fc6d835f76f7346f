"""The one thread that writes to the case store."""

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from app.model.case_records import FieldResult, NewField, NewSlide, NewStep
from app.storage.cases import changes
from app.storage.cases.image_files import write_image
from app.storage.cases.problem import StorageProblem, may_pass, problem_line
from app.storage.cases.store import CaseStore
from app.storage.cases.waiting import Change, WaitingLine

RETRY_S = 5.0
_STOPPED = "saving has been stopped"


@dataclass(frozen=True, eq=False)
class Unsaved:
    """A failed attempt to keep something; it goes on waiting, and all that came later with it.

    Attributes
    ----------
    what
        E.g. ``field 3``.
    problem
        What is wrong and what to do, in one line.
    attempts
        How often it was tried.
    future
        The one that was given for it, not done yet.
    """

    what: str
    problem: str
    attempts: int
    future: "Future[int]"


class CaseWriter:
    """Keeps changes one after the other, in order, on a thread of its own.

    Every method that changes something returns at once, with a future that is done when the
    change is on disk; its callbacks run on the storage thread. What the surroundings refuse
    (disk full, database held, folder read-only) is reported, stays first in line and is tried
    again; nothing overtakes it, so that the steps of a sitting never have a gap. What cannot
    ever be kept (a second field 3, a change of a finished slide) fails its future with a
    `StorageProblem`.

    Steps that are given along are kept together with the change or not at all.

    All such methods raise `StorageProblem` when too much waits or the writer was stopped, and
    ``ValueError`` or ``TypeError`` when a payload is not what JSON knows.

    Parameters
    ----------
    store
        Closed by the caller, after `join`.
    failed
        Called on the storage thread after each failed attempt.
    retry_s
        Seconds to the next attempt, unless `retry` is called before.
    """

    def __init__(
        self, store: CaseStore, failed: Callable[[Unsaved], None], retry_s: float = RETRY_S
    ) -> None:
        self._store = store
        self._failed = failed
        self._retry_s = retry_s
        self._line = WaitingLine()
        self._thread = threading.Thread(target=self._run, name="storage")

    def start(self) -> None:
        """Start the thread; once."""
        self._thread.start()

    def stop(self) -> None:
        """Take nothing more, keep what waits if it can be kept, and end; does not wait."""
        self._line.close(_STOPPED)

    def join(self, timeout_s: float | None = None) -> bool:
        """Wait for the end of the thread; False when it has not come in time."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def retry(self) -> None:
        """Try again at once what failed."""
        self._line.retry()

    def unsaved(self) -> tuple[str, ...]:
        """Return what is not on disk yet, in order."""
        return self._line.waiting()

    def create_slide(self, new: NewSlide, steps: Sequence[NewStep] = ()) -> "Future[int]":
        """Begin a slide; gives its id."""
        slide = replace(
            new,
            thresholds_od=_plain(new.thresholds_od),
            provenance=_plain(new.provenance),
            rules=replace(new.rules, content=_plain(new.rules.content)),
            stain=replace(new.stain, content=_plain(new.stain.content)),
        )
        kept = _plain_steps(steps)
        return self._put(f"slide {new.name}", lambda s, now: changes.add_slide(s, slide, kept, now))

    def add_field(
        self, slide_id: int, new: NewField, steps: Sequence[NewStep] = ()
    ) -> "Future[int]":
        """Keep a field with its pixels and first result; gives its id."""
        field, kept = replace(new, result=_plain_result(new.result)), _plain_steps(steps)

        def keep() -> int:
            sha256 = write_image(self._store.images, field.rgb)  # synced before there is a row
            with self._store.writing() as session:
                return changes.add_field(session, slide_id, field, sha256, kept, datetime.now(UTC))

        change = Change(f"field {new.number}", keep, picture=True)
        self._line.put(change)
        return change.future

    def append_step(self, slide_id: int, kind: str, payload: Mapping[str, Any]) -> "Future[int]":
        """Keep a step of the sitting; gives its number, which counts from 1 in each slide."""
        step = NewStep(kind, _plain(payload))
        return self._put(
            f"the change ({kind})", lambda s, now: changes.add_step(s, slide_id, step, now)
        )

    def record_opinion(
        self, slide_id: int, score: str | None, comment: str, steps: Sequence[NewStep] = ()
    ) -> "Future[int]":
        """Keep the pathologist's own score and comment; gives the number of the state."""
        kept = _plain_steps(steps)
        return self._put(
            "the pathologist's score",
            lambda s, now: changes.add_opinion(s, slide_id, score, comment, kept, now),
        )

    def finish_slide(
        self, slide_id: int, proposal: Mapping[str, Any], steps: Sequence[NewStep] = ()
    ) -> "Future[int]":
        """Keep that a slide is finished, and what was proposed then; gives the state's number."""
        plain, kept = _plain(proposal), _plain_steps(steps)
        return self._put(
            "that the slide is finished",
            lambda s, now: changes.finish(s, slide_id, plain, kept, now),
        )

    def reopen_slide(self, slide_id: int, steps: Sequence[NewStep] = ()) -> "Future[int]":
        """Keep that a finished slide is open again; gives the number of the state."""
        kept = _plain_steps(steps)
        return self._put(
            "that the slide is open again", lambda s, now: changes.reopen(s, slide_id, kept, now)
        )

    def _put(self, what: str, add: Callable[[Session, datetime], int]) -> "Future[int]":
        def keep() -> int:
            with self._store.writing() as session:
                return add(session, datetime.now(UTC))

        change = Change(what, keep)
        self._line.put(change)
        return change.future

    def _run(self) -> None:
        try:
            while self._keep_first():
                pass
        finally:
            # Without this a fault of our own would leave others waiting forever.
            self._line.close("saving has broken down: start the program again")
            for change in self._line.empty():
                change.future.set_exception(StorageProblem(f"{change.what} is not saved"))

    def _keep_first(self) -> bool:
        """Keep the first change, with as many attempts as it takes; False at the end.

        A method of its own, so that no variable holds the pixels while nothing is to be done.
        """
        change = self._line.first()
        if change is None:
            return False
        attempts = 0
        while True:
            attempts += 1
            try:
                added = change.keep()
            except Exception as error:
                problem = problem_line(error)
                if not may_pass(error):
                    self._line.drop_first()
                    # A new exception: the old one's frames would hold the pixels.
                    refusal = StorageProblem(f"{change.what} is not saved: {problem}")
                    change.future.set_exception(refusal)
                    return True
            else:
                self._line.drop_first()
                change.future.set_result(added)
                return True
            self._failed(Unsaved(change.what, problem, attempts, change.future))
            if not self._line.wait_to_retry(self._retry_s):
                for left in self._line.empty():  # what came later must not overtake it
                    lost = StorageProblem(f"{left.what} is not saved: {problem}")
                    left.future.set_exception(lost)
                return False


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy as JSON gives it back, which no other thread can change."""
    copy: dict[str, Any] = json.loads(json.dumps(dict(values), allow_nan=False))
    return copy


def _plain_steps(steps: Sequence[NewStep]) -> tuple[NewStep, ...]:
    return tuple(NewStep(step.kind, _plain(step.payload)) for step in steps)


def _plain_result(result: FieldResult) -> FieldResult:
    return replace(
        result, thresholds_od=_plain(result.thresholds_od), provenance=_plain(result.provenance)
    )

"""What a sitting begins with: a new slide, or one that was left unfinished."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from app.case_keeping.keeper import CaseKeeper
from app.case_keeping.sittings import OpenSittings, SavedSitting, open_sittings
from app.storage.cases.problem import StorageProblem
from app.storage.cases.reader import slides
from app.storage.cases.store import CaseStore


class Beginner(Protocol):
    """What is wanted of a session to begin; see `app.session.session.Session`."""

    def next_slide(self, case: str, name: str) -> bool: ...
    def resume(self, steps: Sequence[tuple[str, Mapping[str, Any]]]) -> bool: ...
    def not_saved(self, text: str) -> None: ...


@dataclass(frozen=True)
class Offer:
    """A question at the start that stops nobody: a banner with two buttons.

    Until one of them is pressed there is no slide, and a press of the pedal says so.

    Attributes
    ----------
    text
        One line.
    go_on, begin_new
        Words on the buttons; see `SittingStart.go_on` and `SittingStart.begin_new`.
    """

    text: str
    go_on: str = "Go on with it"
    begin_new: str = "Begin a new slide"


class SittingStart:
    """Puts the first slide on the stage.

    Parameters
    ----------
    keeper
        Saves for the session.
    first_slide
        Case and name of the slide that is begun when none is gone on with; None leaves the stage
        empty until the user has named one.
    resume
        The slide to go on with; None begins a new one.
    ask
        Whether the user is asked first whether to go on with `resume`.
    messages
        What the user should know, one line each.
    """

    def __init__(
        self,
        keeper: CaseKeeper,
        first_slide: tuple[str, str] | None,
        resume: SavedSitting | None = None,
        *,
        ask: bool = False,
        messages: tuple[str, ...] = (),
    ) -> None:
        self._keeper = keeper
        self._first_slide = first_slide
        self._resume = resume
        self._ask = ask and resume is not None
        self.messages = messages

    @property
    def offer(self) -> Offer | None:
        """What to ask the user; None when there is nothing to ask."""
        if not self._ask or self._resume is None:
            return None
        return Offer(f"Not finished: {self._resume.in_words}")

    def begin(self, session: Beginner) -> bool:
        """Join the keeper to a session, and put a slide on the stage unless the user is asked.

        Call it once, when the session runs.

        Returns
        -------
        Whether there is a slide on the stage.
        """
        self._keeper.report_to(session.not_saved)
        if self._ask:
            return False
        return self.begin_new(session) if self._resume is None else self.go_on(session)

    def go_on(self, session: Beginner) -> bool:
        """Take up the slide that was left unfinished; False when the session refused it."""
        if self._resume is None:
            return False
        self._keeper.take_up(self._resume)
        return session.resume(self._resume.resume_steps)

    def begin_new(self, session: Beginner) -> bool:
        """Begin a new slide; what was left unfinished stays as it is.

        False when the session refused it, or the user is to name it first.
        """
        return self._first_slide is not None and session.next_slide(*self._first_slide)


def sitting_start(
    store: CaseStore,
    keeper: CaseKeeper,
    first_slide: tuple[str, str] | None,
    resume: bool | None = None,
) -> SittingStart:
    """Find out what a sitting begins with.

    Parameters
    ----------
    first_slide
        Case and name; where the case has a slide of that name already, a number is added. None
        for slides that only the user can name.
    resume
        True goes on with the slide that was changed last, False begins a new one; None asks
        when one is left unfinished.

    Raises
    ------
    StorageProblem
        The database cannot be read; or there is nothing to go on with, and that was wanted.
    """
    first = None
    if first_slide is not None:
        case, wanted = first_slide
        first = (case, _free_name(store, case, wanted))
    left = open_sittings(store)
    newest = left.sittings[0] if left.sittings else None
    if resume and newest is None:
        why = f": {left.problems[0]}" if left.problems else ""
        raise StorageProblem(f"no slide is left unfinished{why}")
    if resume is None:
        return SittingStart(keeper, first, newest, ask=True, messages=_messages(left))
    return SittingStart(keeper, first, newest if resume else None, messages=left.problems)


def _messages(left: OpenSittings) -> tuple[str, ...]:
    older = len(left.sittings) - 1
    if older < 1:
        return left.problems
    are = "more slide is" if older == 1 else "more slides are"
    return (*left.problems, f"{older} {are} not finished: 'her2scope slides' lists them")


def _free_name(store: CaseStore, case: str, wanted: str) -> str:
    taken = {slide.name for slide in slides(store, case)}
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted} ({number})", number + 1
    return name

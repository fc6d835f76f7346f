"""A sitting: an append-only list of steps, folded; undo and redo are steps, too."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from app.model.sitting_changes import changed
from app.model.sitting_state import SittingState
from app.model.sitting_words import words
from app.model.steps import Change, Redone, Step, StepProblem, Undone


@dataclass(frozen=True)
class Taken:
    """A step that stands, and the state before it, to which undo goes back."""

    step: Change
    before: SittingState


@dataclass(frozen=True)
class Sitting:
    """What the steps so far add up to.

    Attributes
    ----------
    state
        Now.
    taken
        The steps that stand, first to last.
    undone
        The steps that redo would bring back, the next one last.
    """

    state: SittingState = field(default_factory=SittingState)
    taken: tuple[Taken, ...] = ()
    undone: tuple[Change, ...] = ()


@dataclass(frozen=True)
class HistoryEntry:
    """One line of the history.

    Attributes
    ----------
    text
        What was done.
    stands
        False for a step that was undone and can be done again.
    """

    text: str
    stands: bool


def apply(sitting: Sitting, step: Step) -> Sitting:
    """Return the sitting after a step; a new change ends what could be redone.

    Raises
    ------
    StepProblem
        The step does not fit: nothing to undo, no such field ...
    """
    match step:
        case Undone():
            if not sitting.taken:
                raise StepProblem("there is nothing to undo")
            last = sitting.taken[-1]
            return Sitting(last.before, sitting.taken[:-1], (*sitting.undone, last.step))
        case Redone():
            if not sitting.undone:
                raise StepProblem("there is nothing to redo")
            return _taken(sitting, sitting.undone[-1], sitting.undone[:-1])
        case _:
            return _taken(sitting, step, ())


def _taken(sitting: Sitting, step: Change, undone: tuple[Change, ...]) -> Sitting:
    state = changed(sitting.state, step)
    return Sitting(state, (*sitting.taken, Taken(step, sitting.state)), undone)


def replay(steps: Iterable[Step]) -> Sitting:
    """Return the sitting that a list of steps adds up to.

    Raises
    ------
    StepProblem
        As `apply`; steps that were taken once can always be taken again.
    """
    sitting = Sitting()
    for step in steps:
        sitting = apply(sitting, step)
    return sitting


def undo(sitting: Sitting) -> Sitting:
    """Take the last step back; see `apply`."""
    return apply(sitting, Undone())


def redo(sitting: Sitting) -> Sitting:
    """Bring the last step that was taken back again; see `apply`."""
    return apply(sitting, Redone())


def history(sitting: Sitting) -> tuple[HistoryEntry, ...]:
    """Return what was done in words: the steps that stand, then those that redo would bring."""
    stand = [HistoryEntry(words(each.step, each.before), True) for each in sitting.taken]
    state, gone = sitting.state, []
    for step in reversed(sitting.undone):
        gone.append(HistoryEntry(words(step, state), False))
        state = changed(state, step)
    return (*stand, *gone)


def undo_text(sitting: Sitting) -> str | None:
    """Return what undo would take back, in words; None when there is nothing."""
    return words(sitting.taken[-1].step, sitting.taken[-1].before) if sitting.taken else None


def redo_text(sitting: Sitting) -> str | None:
    """Return what redo would bring back, in words; None when there is nothing."""
    return words(sitting.undone[-1], sitting.state) if sitting.undone else None

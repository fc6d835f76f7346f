"""The steps of the sitting, taken only together with their saving."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any

from app.model.sitting import Sitting, apply, replay
from app.model.sitting_state import SlideState
from app.model.sitting_words import words
from app.model.steps import FieldAccepted, Redone, SlideBegun, Step, StepProblem, Undone
from app.session.keeper import Keeper, KeptField, StepToKeep
from inference.scoring.profile import RuleProfile
from inference.stain.profile import StainProfile

Profiles = Callable[[SlideState], tuple[StainProfile, RuleProfile]]
"""Finds the profiles that are in force for a slide."""


class SittingLog:
    """Holds the sitting. Not for several threads at once.

    Parameters
    ----------
    keeper
        Gets every step before it is taken.
    profiles
        Finds the profiles in force.
    done
        Called when a step is on disk or never will be, on any thread, with the slide, the
        field that the step brought, and the error or None.

    Attributes
    ----------
    sitting
        What the steps add up to.
    unsaved
        Steps that are not on disk, those that never will be included.
    """

    def __init__(
        self,
        keeper: Keeper,
        profiles: Profiles,
        done: Callable[[str, str | None, BaseException | None], None],
    ) -> None:
        self._keeper = keeper
        self._profiles = profiles
        self._done = done
        self._numbers: dict[str, int] = {}
        self._broken: set[str] = set()
        self.sitting = Sitting()
        self.unsaved = 0

    def take(
        self,
        step: Step,
        field: KeptField | None = None,
        proposal: Mapping[str, Any] | None = None,
    ) -> bool:
        """Take a step and hand it to the keeper; False when nothing of the slide is kept any more.

        Parameters
        ----------
        field
            The field that is accepted by the step.
        proposal
            The proposed score, for a step that finishes the slide.

        Raises
        ------
        StepProblem
            It does not fit, or the keeper refuses it: nothing has changed.
        """
        before = self.sitting
        after = apply(before, step)
        slide = (before if isinstance(step, Undone) else after).state.slide
        assert slide is not None  # the first step begins a slide
        after_it = _slide(after, slide.slide)
        stain, rules = self._profiles(after_it or slide)
        kept = StepToKeep(
            slide=slide.slide,
            step=step,
            text=_text(before, step),
            before=_slide(before, slide.slide),
            after=after_it,
            stain=stain,
            rules=rules,
            proposal=proposal,
        )
        future = self._hand_over(kept, field)
        self.sitting = after
        self.unsaved += 1
        if future is None:
            return False
        brought = None if field is None else field.field

        def done(future: Future[Any]) -> None:
            self._done(kept.slide, brought, future.exception())

        future.add_done_callback(done)
        return True

    def ended(self, slide: str, error: BaseException | None) -> None:
        """Note that a step is on disk, or never will be: nothing may be saved after a gap."""
        if error is None:
            self.unsaved -= 1
        else:
            self._broken.add(slide)

    def next_number(self, slide: str) -> int:
        """Return the number of the slide's next field; numbers of undone fields stay taken."""
        self._numbers[slide] = self._numbers.get(slide, 0) + 1
        return self._numbers[slide]

    def resume(self, steps: list[Step]) -> None:
        """Take up the steps of a slide that were saved before.

        Raises
        ------
        StepProblem
            There are steps already, or these do not make a slide.
        """
        if self.sitting.taken or self.sitting.undone:
            raise StepProblem("a sitting is under way: a slide cannot be opened in it")
        if not steps or not isinstance(steps[0], SlideBegun):
            raise StepProblem("the saved slide has no beginning and cannot be opened")
        sitting = replay(steps)
        if sitting.state.slide is not None:
            self._profiles(sitting.state.slide)  # or it could not be shown
        self.sitting = sitting
        numbers = [step.number for step in steps if isinstance(step, FieldAccepted)]
        self._numbers[steps[0].slide] = max(numbers, default=0)

    def _hand_over(self, step: StepToKeep, field: KeptField | None) -> Future[Any] | None:
        if step.slide in self._broken:
            return None
        try:
            if field is None:
                return self._keeper.append_step(step)
            return self._keeper.save_field(field, step)
        except Exception as error:
            raise StepProblem(f"not done, since it cannot be saved: {error}") from error


def _slide(sitting: Sitting, slide: str) -> SlideState | None:
    return next((each for each in sitting.state.slides if each.slide == slide), None)


def _text(before: Sitting, step: Step) -> str:
    if isinstance(step, Undone):
        last = before.taken[-1]
        return f"undone: {words(last.step, last.before)}"
    if isinstance(step, Redone):
        return f"redone: {words(before.undone[-1], before.state)}"
    return words(step, before.state)

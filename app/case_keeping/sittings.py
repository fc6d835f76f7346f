"""The sittings that are kept: found, replayed, and ready to be gone on with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.case_keeping.records import kept_field
from app.model.case_records import FieldRecord, SlideContents, SlideRecord, StepRecord
from app.model.sitting import replay
from app.model.sitting_state import FieldState, SlideState
from app.model.steps import FieldAccepted, SlideBegun, StepProblem, saved_step
from app.session.keeper import KeptField
from app.storage.cases.problem import StorageProblem
from app.storage.cases.reader import load_image, load_slide, open_slides
from app.storage.cases.store import CaseStore
from inference.scoring.profile import RuleProfile, load_profile
from inference.stain.profile import StainProfile, load_stain_profile


@dataclass(frozen=True, eq=False)
class SavedSitting:
    """A slide as it is kept, open or finished, with what was done to it.

    Attributes
    ----------
    record
        The slide's row, with the profiles as they were when it was begun.
    begun
        Its first step, with its identity in the session.
    state
        What the steps add up to; None when its beginning was undone.
    steps
        In order.
    fields
        By the name that the session gave them; those included that were dropped or undone.
    """

    record: SlideRecord
    begun: SlideBegun
    state: SlideState | None
    steps: tuple[StepRecord, ...]
    fields: Mapping[str, FieldRecord]

    @property
    def resume_steps(self) -> tuple[tuple[str, Mapping[str, Any]], ...]:
        """What `app.session.session.Session.resume` takes.

        A slide that was begun before its first step held the stain profile gets that of its row.
        """
        first, *others = self.steps
        known = first.payload.get("stain_profile") or self.record.stain.content
        begun = (first.kind, {**first.payload, "stain_profile": known})
        return (begun, *((step.kind, step.payload) for step in others))

    @property
    def changed_utc(self) -> datetime:
        """When the last step was saved."""
        return self.steps[-1].saved_utc

    @property
    def worth_offering(self) -> bool:
        """Whether there is something to go on with: it is open and has fields."""
        return self.record.status == "open" and self.state is not None and bool(self.fields)

    @property
    def in_words(self) -> str:
        """Slide, case, number of fields and last change, in one line."""
        n = len(self.state.accepted) if self.state else 0
        moment = self.changed_utc.astimezone().strftime("%Y-%m-%d %H:%M")
        fields = f"{n} field{'' if n == 1 else 's'}"
        return f"{self.record.name} of case {self.record.case} ({fields}, last change {moment})"

    def load(self, store: CaseStore, field: FieldState) -> KeptField:
        """Read one of its fields again, pixels included.

        Raises
        ------
        StorageProblem
            It cannot be read.
        """
        record = self.fields[field.field]
        rgb = load_image(store, record.image_sha256)
        return kept_field(field.field, self.begun.slide, record, rgb)

    def profiles(
        self,
        load_stain: Callable[[str], StainProfile] = load_stain_profile,
        load_rules: Callable[[str], RuleProfile] = load_profile,
    ) -> tuple[StainProfile, RuleProfile]:
        """Return the profiles in force, the stain profile with the confirmed thresholds.

        They are taken as they were when they were chosen; what was not kept then is found by its
        name.

        Raises
        ------
        StorageProblem
            One cannot be found, or is no profile of this program.
        """
        state = self.state
        try:
            if state is not None and state.stain_profile is not None:
                stain = state.stain_profile
            elif state is None or state.stain == self.begun.stain:
                stain = StainProfile.model_validate(self.record.stain.content)
            else:
                stain = load_stain(state.stain)
            if state is None or state.rules == self.begun.rules:
                rules = RuleProfile.model_validate(self.record.rules.content)
            else:
                rules = load_rules(state.rules)
            return stain.with_thresholds(state.thresholds_od if state else {}), rules
        except ValueError as error:
            raise StorageProblem(f"{self.in_words} cannot be scored: {error}") from error


@dataclass(frozen=True, eq=False)
class OpenSittings:
    """The sittings to go on with, and one line for each that cannot be opened.

    Attributes
    ----------
    sittings
        The one that was changed last comes first.
    """

    sittings: tuple[SavedSitting, ...]
    problems: tuple[str, ...] = ()


def read_sitting(store: CaseStore, slide_id: int) -> SavedSitting:
    """Read a slide, open or finished, and replay its steps.

    Raises
    ------
    StorageProblem
        There is no such slide; it cannot be read; it was not kept by a sitting.
    """
    return _sitting(load_slide(store, slide_id))


def open_sittings(store: CaseStore) -> OpenSittings:
    """Return what was left unfinished, by a crash or by closing the program.

    Raises
    ------
    StorageProblem
        The database cannot be read.
    """
    found, problems = [], []
    for slide in open_slides(store):
        if slide.n_fields == 0:
            continue  # begun and left, as happens at every look at the program
        try:
            sitting = read_sitting(store, slide.id)
        except StorageProblem as problem:
            problems.append(str(problem))
            continue
        if sitting.worth_offering:
            found.append(sitting)
    found.sort(key=lambda sitting: sitting.changed_utc, reverse=True)
    return OpenSittings(tuple(found), tuple(problems))


def _sitting(contents: SlideContents) -> SavedSitting:
    slide = contents.slide
    try:
        steps = [saved_step(step.kind, step.payload) for step in contents.steps]
        state = replay(steps).state.slide
    except StepProblem as problem:
        raise StorageProblem(
            f"{slide.name} of case {slide.case} cannot be opened: {problem}"
        ) from problem
    if not steps or not isinstance(steps[0], SlideBegun):
        raise StorageProblem(
            f"{slide.name} of case {slide.case} cannot be opened: its beginning is missing"
        )
    numbered = {field.number: field for field in contents.fields}
    accepted = [step for step in steps if isinstance(step, FieldAccepted)]
    missing = [step.number for step in accepted if step.number not in numbered]
    if missing:
        raise StorageProblem(
            f"{slide.name} of case {slide.case} cannot be opened: field {missing[0]} is missing"
        )
    return SavedSitting(
        record=slide,
        begun=steps[0],
        state=state,
        steps=contents.steps,
        fields={step.field: numbered[step.number] for step in accepted},
    )

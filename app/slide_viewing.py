"""A slide of the case store as the windows show one, only to be looked at."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.case_keeping.sittings import SavedSitting, read_sitting
from app.live.analyzer import DetectorAnalyzer
from app.model.sitting_state import FieldState, SlideState
from app.model.tally import FieldTally, fold, tally_field
from app.session.events import FieldCard, ShownField, SittingView, TallyView
from app.session.fields import HeldField, measured_again
from app.session.prepared import prepared
from app.session.showing import field_card, shown_field
from app.slide_export.slide_record import changed_proposal
from app.storage.cases.problem import StorageProblem
from app.storage.cases.reader import load_image
from app.storage.cases.store import CaseStore
from inference.arrays import U8
from inference.scoring.profile import RuleProfile
from inference.stain.profile import StainProfile


@dataclass(frozen=True, eq=False)
class ViewedSlide:
    """What is seen of a kept slide.

    Attributes
    ----------
    sitting
        The slide.
    view, tally
        As the session tells them. While fields are being loaded the tally is empty and says how
        many are pending: part of a slide has no score.
    fields
        By name, those that are loaded, without their pixels, which `load_picture` reads.
    problems
        One line for each field that cannot be loaded.
    note
        What differs from the day on which the slide was finished; empty when nothing does.
    """

    sitting: SavedSitting
    view: SittingView
    tally: TallyView
    fields: Mapping[str, ShownField]
    problems: tuple[str, ...] = ()
    note: str = ""

    @property
    def state(self) -> SlideState:
        """What was done to the slide."""
        state = self.view.slide
        assert state is not None  # one that was taken back is refused by `view_slide`
        return state


def view_slide(
    store: CaseStore, slide_id: int, told: Callable[[ViewedSlide], None] = lambda _: None
) -> ViewedSlide:
    """Read a slide, finished or not, to look at it; its fields are measured as on resuming it.

    Only reads the store, and knows nothing of the session: the slide in work stays as it is. May
    run on any thread, and takes about a second a field.

    Parameters
    ----------
    told
        Called with the slide before its first field is loaded, and after each one.

    Raises
    ------
    StorageProblem
        There is no such slide, it was taken back, or it cannot be read.
    """
    sitting = read_sitting(store, slide_id)
    state = sitting.state
    if state is None:
        raise StorageProblem(f"{sitting.in_words} was taken back: there is nothing to see")
    reading = _Reading(sitting, state, *sitting.profiles())
    told(reading.so_far())
    for each in state.accepted:
        reading.load(store, each)
        told(reading.so_far())
    return reading.so_far()


def load_picture(store: CaseStore, sitting: SavedSitting, field: str) -> U8:
    """Return the pixels of a field.

    Raises
    ------
    StorageProblem
        The file is missing, or is not what was written.
    """
    return load_image(store, sitting.fields[field].image_sha256)


class _Reading:
    """Collects the fields of one slide."""

    def __init__(
        self, sitting: SavedSitting, state: SlideState, stain: StainProfile, rules: RuleProfile
    ) -> None:
        self._sitting = sitting
        self._state = state
        self._stain = stain
        self._rules = rules
        self._analyzer = DetectorAnalyzer("rough")  # which detects nothing: the nuclei are kept
        self._shown: dict[str, ShownField] = {}
        self._cards: dict[str, FieldCard] = {}
        self._tallies: list[FieldTally] = []
        self._problems: list[str] = []

    def load(self, store: CaseStore, state: FieldState) -> None:
        """Load, measure and classify a field; one that cannot be loaded is noted and missing."""
        try:
            held = measured_again(self._sitting.load(store, state), self._analyzer)
        except (StorageProblem, ValueError) as error:
            self._problems.append(f"field {state.number} cannot be loaded: {error}")
            return
        shown = self._classified(held, state)
        self._shown[state.field] = shown
        self._cards[state.field] = field_card(state, held)
        self._tallies.append(
            tally_field(state.field, state.number, shown.cells, held.um_per_px, self._rules)
        )

    def so_far(self) -> ViewedSlide:
        """Return what is known by now."""
        state = self._state
        missing = len(self._problems)
        pending = len(state.accepted) - len(self._tallies) - missing
        tally = fold([] if pending else self._tallies, self._rules)
        proposed = self._sitting.record.proposal
        whole = not pending and not missing
        note = changed_proposal(proposed, tally.edited) if whole and proposed is not None else None
        cards = tuple(self._cards.get(each.field, field_card(each, None)) for each in state.fields)
        view = SittingView(
            version=0,
            slide=state,
            fields=cards,
            history=(),
            undo=None,
            redo=None,
            unsaved=0,
            stain=self._stain,
            rules=self._rules,
        )
        return ViewedSlide(
            self._sitting,
            view,
            TallyView(0, tally, pending, missing),
            dict(self._shown),
            tuple(self._problems),
            note.text if note is not None else "",
        )

    def _classified(self, held: HeldField, state: FieldState) -> ShownField:
        ready = prepared(held.measurement, self._stain)
        return shown_field(held, state, ready, previewed=False, stored=True)

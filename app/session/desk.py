"""The slide in work: its steps, its fields in memory, and what is shown of them.

Everything happens under one lock, and what is posted is posted under it, so that the windows
get states in the order in which they came to be. Nothing here waits for another thread.
"""

import itertools
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from app.live.analyzer import FieldAnalyzer
from app.live.field_result import FieldResult
from app.live.trouble import Trouble, traceback_of
from app.model.screen_overlay import Canvas
from app.model.sitting import history, redo_text, undo_text
from app.model.sitting_state import SlideState
from app.model.steps import (
    FieldAccepted,
    Redone,
    SlideBegun,
    SlideFinished,
    StainChosen,
    Step,
    StepProblem,
)
from app.session.events import Events, FieldPicture, Saved, SittingView
from app.session.fields import (
    Classification,
    FieldShelf,
    HeldField,
    classification,
    measured_again,
    thresholds_of,
)
from app.session.keeper import Keeper, KeptField
from app.session.log import SittingLog
from app.session.options import SessionOptions
from app.session.overlap import SeenField
from app.session.prepared import prepared
from app.session.profiles import Profiles
from app.session.showcase import Showcase
from app.session.showing import field_card, shown_field
from app.session.tally_board import TallyBoard
from inference.scoring.profile import RuleProfile
from inference.stain.profile import ProfileProblem, StainProfile


class Desk:
    """Takes steps, classifies, tallies and shows. All functions may be called on any thread.

    Parameters
    ----------
    keeper
        Saves.
    options
        Profiles with which a slide begins.
    events
        Gets `Shown`, `SittingView`, `TallyView`, `FieldPicture` and troubles.
    ask_background
        Asks the analysis thread to call `background`.
    kept
        Called, on any thread, when a field is on disk or is known not to be.

    Attributes
    ----------
    lock
        Held by whoever does several things here at once.
    """

    def __init__(
        self,
        keeper: Keeper,
        options: SessionOptions,
        events: Events,
        ask_background: Callable[[], None],
        kept: Callable[[], None],
    ) -> None:
        self.lock = threading.RLock()
        self._keeper = keeper
        self._events = events
        self._ask_background = ask_background
        self._kept = kept
        self._versions = itertools.count(1)
        self._profiles = Profiles(options)
        self._log = SittingLog(keeper, self._profiles.in_force, self._step_ended)
        self._shelf = FieldShelf()
        self._showcase = Showcase(events, self._shelf, self._versions)
        self._board = TallyBoard(events, self._shelf, self._versions)
        self._picture_wanted: str | None = None
        self._stepping = False

    # What holds now

    @property
    def slide(self) -> SlideState | None:
        """The slide on the stage."""
        with self.lock:
            return self._log.sitting.state.slide

    @property
    def stain(self) -> StainProfile:
        """The stain profile in force, with the confirmed thresholds."""
        with self.lock:
            return self._profiles.in_force(self.slide)[0]

    @property
    def chosen_stain(self) -> StainProfile:
        """The stain profile in force as it was chosen, without the confirmed thresholds."""
        with self.lock:
            return self._profiles.chosen_stain(self.slide)

    def choose_stain(self, name: str) -> None:
        """Take another stain profile, as it stands in its file now.

        Raises
        ------
        StepProblem
            It cannot be read, or the slide has fields.
        """
        try:
            profile = self._profiles.read_stain(name)
        except ProfileProblem as problem:
            raise StepProblem(str(problem)) from problem
        self.take(StainChosen(name, profile))

    @property
    def rules(self) -> RuleProfile:
        """The rule profile in force."""
        with self.lock:
            return self._profiles.in_force(self.slide)[1]

    @property
    def thresholds_in_preview(self) -> Mapping[str, float] | None:
        """Thresholds that are shown and not confirmed."""
        with self.lock:
            return self._showcase.preview

    @property
    def shown(self) -> HeldField | None:
        """What is shown."""
        with self.lock:
            return self._showcase.held

    @property
    def saving(self) -> bool:
        """Whether a field is on its way to the disk, with no bad news so far."""
        with self.lock:
            held = [self._shelf.get(each.field) for each in self.slide.fields] if self.slide else []
            return any(each is not None and each.saved is Saved.SAVING for each in held)

    def field_at_this_place(self, still_since: int, generation: int) -> int | None:
        """Return the number of a field that was taken since the stage last moved, if any."""
        with self.lock:
            for each in self.slide.accepted if self.slide else ():
                held = self._shelf.get(each.field)
                if held is None or held.result.generation != generation:
                    continue
                if held.result.frame >= still_since:
                    return each.number
            return None

    def seen_at(self, um_per_px: float) -> tuple[SeenField, ...]:
        """Return the fields that count and were taken with an objective of this pixel size."""
        with self.lock:
            held = [self._shelf.get(e.field) for e in (self.slide.accepted if self.slide else ())]
            return tuple(
                SeenField(each.field, each.number, each.thumbnail)
                for each in held
                if each is not None and each.um_per_px == um_per_px
            )

    # Steps

    def take(self, step: Step) -> None:
        """Take a step, hand it to the keeper, and post what follows from it.

        Raises
        ------
        StepProblem
            It does not fit or cannot be saved, or it finishes a slide whose score is not known
            yet; nothing has changed.
        """
        with self._step():
            undone = self._log.sitting.undone
            change = undone[-1] if isinstance(step, Redone) and undone else step
            proposal = self._proposal() if isinstance(change, SlideFinished) else None
            self._log.take(step, proposal=proposal)
            if isinstance(change, SlideBegun):
                self._shelf.clear()
                self._showcase.put(None)

    def _proposal(self) -> Mapping[str, Any]:
        if self._board.stale(self.slide, self.stain):
            raise StepProblem("the fields are still being classified: try again in a moment")
        return self._board.folded(self.slide, self.rules).edited.record()

    def resume(self, steps: list[Step]) -> None:
        """Open a saved slide; its fields are loaded and measured in the background.

        Raises
        ------
        StepProblem
            The steps do not make a slide, or a sitting is under way.
        """
        with self._step():
            self._log.resume(steps)

    def accept(self, result: FieldResult, now_s: float) -> None:
        """Make a result a field of the slide.

        Parameters
        ----------
        now_s
            `time.monotonic`.

        Raises
        ------
        StepProblem
            The picture is a field already, or cannot be saved.
        """
        with self._step():
            slide = self.slide
            if slide is None:
                raise StepProblem("there is no slide yet: begin one first")
            self._refuse_twice(slide, result)
            held, kept = self._kept_field(slide, result, now_s)
            step = FieldAccepted(held.field, held.number, len(kept.cells))
            self._shelf.put(held)
            try:
                is_kept = self._log.take(step, kept)
            except StepProblem:
                self._shelf.remove(held.field)
                raise
            if not is_kept:
                self._shelf.set_saved(held.field, Saved.UNSAVED)
            self._showcase.put(held)

    def _refuse_twice(self, slide: SlideState, result: FieldResult) -> None:
        for each in slide.accepted:
            held = self._shelf.get(each.field)
            if held is not None and held.result.frame == result.request.frame.number:
                raise StepProblem(f"not counted again: this picture is field {each.number} already")

    def _kept_field(
        self, slide: SlideState, result: FieldResult, now_s: float
    ) -> tuple[HeldField, KeptField]:
        stain = self.stain
        number = self._log.next_number(slide.slide)
        held = HeldField.of(result).named(f"{slide.slide}-{number}", number)
        frame, measurement = result.request.frame, result.measurement
        kept = KeptField(
            field=held.field,
            slide=slide.slide,
            number=number,
            rgb=frame.rgb,
            um_per_px=held.um_per_px,
            objective=frame.objective.name if frame.objective else "",
            frame=frame.number,
            taken_utc=datetime.now(UTC) - timedelta(seconds=max(0.0, now_s - frame.taken_s)),
            nuclei=measurement.measured.nuclei,
            cells=self._showcase.prepared(held, stain).classes.cells,
            stain=stain,
            white=measurement.white,
            white_origin=measurement.white_origin,
            detector=measurement.detector,
            warnings=held.warnings,
            seconds=result.seconds,
            quality=result.request.quality,
            scale_origin=frame.light.scale_origin,
        )
        return held, kept

    def not_saved(self, text: str) -> None:
        """Note that the keeper could not save for now and tries again."""
        with self.lock:
            for each in self.slide.fields if self.slide else ():
                held = self._shelf.get(each.field)
                if held is not None and held.saved is Saved.SAVING:
                    self._shelf.set_saved(each.field, Saved.UNSAVED)
            self._events.notice(Trouble.now("storage", text))
            self._post_sitting()
        self._kept()

    def _step_ended(self, slide: str, field: str | None, error: BaseException | None) -> None:
        with self.lock:
            self._log.ended(slide, error)
            if field is not None:
                self._shelf.set_saved(field, Saved.SAVED if error is None else Saved.UNSAVED)
            if error is not None:
                text = f"from here on nothing of this slide is saved: {error}"
                self._events.notice(Trouble.now("storage", text))
            if not self._stepping:  # a step that was kept at once is not yet fully taken
                self._post_sitting()
        if field is not None:
            self._kept()

    @contextmanager
    def _step(self) -> Iterator[None]:
        """Take a step under the lock and post what follows from it, unless it is refused."""
        with self.lock:
            self._stepping = True
            try:
                yield
            finally:
                self._stepping = False
            self._showcase.preview = None
            self._showcase.leave_out(self.slide)
            self.post_all()

    # What is shown

    def prepare(self, result: FieldResult, canvases: Collection[Canvas]) -> None:
        """Classify and draw a result that is to be shown soon; without the lock while it takes.

        Parameters
        ----------
        canvases
            Where the windows would draw it.
        """
        before = result.request.setup.stain
        known = Classification(thresholds_of(before), result.description, result.cells)
        ready = prepared(result.measurement, self.stain, known)
        shown = shown_field(HeldField.of(result), None, ready, previewed=False, stored=False)
        ready = ready.drawn_on(canvases, shown.overlay)
        with self.lock:
            self._showcase.know(ready)

    def show(self, held: HeldField | None) -> None:
        """Show a result that is not a field, over the live picture; None shows nothing."""
        with self.lock:
            if not self._showcase.stored:
                self._showcase.put(held)
                self._post_shown()

    def open_field(self, field: str | None) -> None:
        """Show a field of the slide with its own picture; None goes back to the live picture.

        Raises
        ------
        StepProblem
            The slide has no such field, or it is not loaded yet.
        """
        with self.lock:
            if field is None:
                self._showcase.put(None)
            elif self.slide is None or self.slide.field_named(field) is None:
                raise StepProblem("the slide has no such field")
            else:
                held = self._shelf.get(field)
                if held is None:
                    raise StepProblem("that field is still being loaded: try again in a moment")
                self._showcase.put(held, stored=True)
                if held.rgb is None:
                    self._picture_wanted = field
                    self._ask_background()
            self._post_shown()

    def preview(self, thresholds_od: Mapping[str, float] | None) -> None:
        """Show the field at other thresholds, without confirming them; None ends that.

        The field that is shown is classified before this returns: there is no queue in which
        moves of a slider could wait.

        Raises
        ------
        ProfileProblem
            The thresholds are out of order.
        """
        with self.lock:
            if thresholds_od is not None:
                tried = self.stain.with_thresholds(thresholds_od)
                if tried.unit_levels == self.stain.unit_levels:
                    thresholds_od = None  # moved back: there is nothing to confirm
            self._showcase.preview = thresholds_od
            self._post_shown()

    def post_all(self) -> None:
        """Post everything there is to know: first the field that is shown, the slide last."""
        with self.lock:
            self._post_shown()
            self._post_tally()
            self._post_sitting()

    def _post_shown(self) -> None:
        self._showcase.post(self.slide, self.stain)

    def _post_tally(self) -> None:
        if not self._board.post(self.slide, self.stain, self.rules):
            self._ask_background()

    def _post_sitting(self) -> None:
        sitting, slide = self._log.sitting, self.slide
        fields = slide.fields if slide else ()
        view = SittingView(
            version=next(self._versions),
            slide=slide,
            fields=tuple(field_card(each, self._shelf.get(each.field)) for each in fields),
            history=history(sitting),
            undo=undo_text(sitting),
            redo=redo_text(sitting),
            unsaved=self._log.unsaved,
            stain=self.stain,
            rules=self.rules,
        )
        self._events.latest(view)

    # Background

    def background(self, analyzer: FieldAnalyzer) -> bool:
        """Do one piece of what waits; called on the analysis thread. True when there is more."""
        with self.lock:
            wanted, self._picture_wanted = self._picture_wanted, None
            stain = self.stain
            stale = self._board.stale(self.slide, stain)
            held = self._shelf.get(stale[0]) if stale else None
        if wanted is not None:
            self._load_picture(wanted)
            return True
        if not stale:
            return False
        if held is None:
            self._load(stale[0], analyzer)
        else:
            classes = classification(held.measurement, stain)
            with self.lock:
                self._shelf.classify(held.field, classes.thresholds, classes.cells)
        with self.lock:
            if self._board.stale(self.slide, self.stain):
                return True
            self._post_tally()
            return self._picture_wanted is not None

    def _load_picture(self, field: str) -> None:
        try:
            rgb = self._keeper.load_field(field).rgb
        except Exception as error:
            self._events.notice(_cannot_load(error))
            return
        with self.lock:
            self._events.latest(FieldPicture(next(self._versions), field, rgb))

    def _load(self, field: str, analyzer: FieldAnalyzer) -> None:
        """Load and measure a field that is on the slide and not in memory."""
        try:
            held = measured_again(self._keeper.load_field(field), analyzer)
        except Exception as error:
            with self.lock:
                self._board.give_up(field)
                self._events.notice(_cannot_load(error))
            return
        classes = classification(held.measurement, self.stain)
        with self.lock:
            self._shelf.put(held)
            self._shelf.classify(field, classes.thresholds, classes.cells)
            self._post_sitting()


def _cannot_load(error: Exception) -> Trouble:
    text = f"a saved field cannot be loaded: {error}"
    return Trouble("storage", text, traceback_of(error), time.monotonic())

"""The verbs that change the slide: each is a step, is saved, and can be undone."""

import uuid
from collections.abc import Callable, Mapping, Sequence

from app.live.trouble import Trouble
from app.model.steps import (
    CellAdded,
    CellsDeleted,
    CellsReclassified,
    DrawnRegion,
    FieldDropped,
    Points,
    Redone,
    RegionAdded,
    RegionDeleted,
    RegionKind,
    RegionLabeled,
    RegionMoved,
    RegionReshaped,
    RulesChosen,
    ScoreGiven,
    Step,
    StepProblem,
    ThresholdsChanged,
    Undone,
)
from app.session.desk import Desk
from app.session.events import Events
from app.session.fields import thresholds_of


class SlideVerbs:
    """What a user may do to the slide.

    All verbs may be called from any thread and return at once; none raises for what a user may
    do wrong: a refusal is told as a `Trouble`, and the verb returns False.

    Parameters
    ----------
    desk
        Takes the steps.
    events
        Is told of refusals.
    changed
        Called after every step, with the desk's lock held.
    """

    def __init__(self, desk: Desk, events: Events, changed: Callable[[], None]) -> None:
        self._desk = desk
        self._lock = desk.lock
        self._events = events
        self._changed = changed

    # Thresholds and profiles

    def preview_thresholds(self, thresholds_od: Mapping[str, float]) -> bool:
        """Show other thresholds, by the names of the levels; False when they are out of order.

        Classifies the field that is shown before it returns, so that a slider never runs ahead.
        """
        try:
            self._desk.preview(thresholds_od)
        except ValueError:
            return False
        return True

    def confirm_thresholds(self) -> bool:
        """Make the thresholds that are previewed those of the slide."""
        thresholds = self._desk.thresholds_in_preview
        if thresholds is None:
            return False
        merged = {**dict(thresholds_of(self._desk.stain)), **thresholds}
        return self._take(ThresholdsChanged(tuple(merged.items())))

    def cancel_thresholds(self) -> None:
        """Go back from the previewed thresholds to the confirmed ones."""
        self._desk.preview(None)

    def reset_thresholds(self) -> bool:
        """Go back to the thresholds of the stain profile."""
        return self._take(ThresholdsChanged(()))

    def choose_stain(self, name: str) -> bool:
        """Take another stain profile; only while the slide has no fields."""
        return self._try(lambda: self._desk.choose_stain(name))

    def choose_rules(self, name: str) -> bool:
        """Score the slide by another rule profile."""
        return self._take(RulesChosen(name))

    # Fields

    def open_field(self, field: str | None) -> None:
        """Show a field of the slide with its own picture; None goes back to the live picture."""
        self._try(lambda: self._desk.open_field(field))

    def drop_field(self, field: str) -> bool:
        """Let a field no longer count."""
        return self._take(FieldDropped(field))

    def drop_last_field(self) -> bool:
        """Let the last field no longer count."""
        slide = self._desk.slide
        if slide is None or not slide.accepted:
            self._refuse("there is no field to drop")
            return False
        return self._take(FieldDropped(slide.accepted[-1].field))

    # Regions and cells, all in pixels of the field

    def add_region(
        self,
        field: str,
        kind: RegionKind,
        exterior: Points,
        holes: tuple[Points, ...] = (),
        reason: str = "",
    ) -> str | None:
        """Draw a region; returns its name, or None when it was refused."""
        name = uuid.uuid4().hex
        added = self._try(
            lambda: self._desk.take(
                RegionAdded(field, DrawnRegion(name, kind, exterior, holes, reason))
            )
        )
        return name if added else None

    def move_region(self, field: str, region: str, dx_px: float, dy_px: float) -> bool:
        """Move a region."""
        return self._take(RegionMoved(field, region, dx_px, dy_px))

    def reshape_region(
        self, field: str, region: str, exterior: Points, holes: tuple[Points, ...] = ()
    ) -> bool:
        """Give a region other corners."""
        return self._take(RegionReshaped(field, region, exterior, holes))

    def label_region(self, field: str, region: str, kind: RegionKind, reason: str) -> bool:
        """Give a region another kind or reason."""
        return self._take(RegionLabeled(field, region, kind, reason))

    def delete_region(self, field: str, region: str) -> bool:
        """Take a region away."""
        return self._take(RegionDeleted(field, region))

    def reclassify_cells(self, field: str, cells: Sequence[int], cell_class: int) -> bool:
        """Give cells a class; `cells` are numbers as in `EditedCells.numbers`."""
        return self._take(CellsReclassified(field, tuple(cells), int(cell_class)))

    def delete_cells(self, field: str, cells: Sequence[int]) -> bool:
        """Take cells out that are none, or no tumor cells."""
        return self._take(CellsDeleted(field, tuple(cells)))

    def add_cell(self, field: str, x_px: float, y_px: float, cell_class: int) -> bool:
        """Add a cell that was missed."""
        with self._lock:
            slide = self._desk.slide
            state = slide.field_named(field) if slide else None
            number = state.next_added if state else -1
            return self._take(CellAdded(field, number, x_px, y_px, int(cell_class)))

    # The slide

    def undo(self) -> bool:
        """Take the last step back."""
        return self._take(Undone())

    def redo(self) -> bool:
        """Bring the last step that was taken back again."""
        return self._take(Redone())

    def give_score(self, score: str | None, comment: str = "") -> bool:
        """Note the pathologist's own score and comment."""
        return self._take(ScoreGiven(score, comment))

    def not_saved(self, text: str) -> None:
        """Tell that saving failed for now and is tried again; called by whoever saves."""
        self._desk.not_saved(text)

    def _take(self, step: Step) -> bool:
        return self._try(lambda: self._desk.take(step))

    def _try(self, do: Callable[[], None]) -> bool:
        """Do something to the slide; a refusal is told, not raised."""
        with self._lock:
            try:
                do()
            except StepProblem as problem:
                self._refuse(str(problem))
                return False
            self._changed()
            return True

    def _refuse(self, text: str) -> None:
        self._events.notice(Trouble.now("sitting", text))

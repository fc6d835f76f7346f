"""The one field whose cells are shown, and the thresholds at which they are."""

from collections.abc import Iterator, Mapping

from app.model.sitting_state import SlideState
from app.session.events import Events, Shown
from app.session.fields import FieldShelf, HeldField, thresholds_of
from app.session.prepared import Prepared, prepared
from app.session.showing import shown_field
from inference.stain.profile import StainProfile


class Showcase:
    """Classifies what is shown and posts it. Not for several threads at once.

    Parameters
    ----------
    events
        Gets `Shown`.
    shelf
        Gets the classes of a field of the slide.
    versions
        Numbers for what is posted.

    Attributes
    ----------
    held
        What is shown; None is nothing.
    stored
        Whether the user opened it: results of the live picture do not replace it.
    preview
        Thresholds that are shown and not confirmed.
    """

    def __init__(self, events: Events, shelf: FieldShelf, versions: Iterator[int]) -> None:
        self._events = events
        self._shelf = shelf
        self._versions = versions
        self._known: Prepared | None = None
        self._ahead: Prepared | None = None
        self.held: HeldField | None = None
        self.stored = False
        self.preview: Mapping[str, float] | None = None

    def put(self, held: HeldField | None, *, stored: bool = False) -> None:
        """Show something else from the next `post` on."""
        self.held, self.stored = held, stored

    def know(self, ready: Prepared) -> None:
        """Take a field that will be put here soon and is prepared already."""
        self._ahead = ready

    def leave_out(self, slide: SlideState | None) -> None:
        """Show nothing in place of a field that is not of the slide any more."""
        if self.held is None:
            return
        state = slide.field_named(self.held.field) if slide else None
        if self.held.field and (state is None or not (state.accepted or self.stored)):
            self.put(None)

    def post(self, slide: SlideState | None, stain: StainProfile) -> None:
        """Post what is shown.

        Parameters
        ----------
        stain
            In force for the slide.
        """
        held, field = self.held, None
        if held is not None:
            at = stain if self.preview is None else stain.with_thresholds(self.preview)
            ready = self.prepared(held, at)
            state = slide.field_named(held.field) if slide and held.field else None
            if state is not None and self.preview is None:
                self._shelf.classify(held.field, ready.classes.thresholds, ready.classes.cells)
            field = shown_field(
                held,
                state,
                ready,
                previewed=self.preview is not None,
                stored=self.stored,
            )
        self._events.latest(Shown(next(self._versions), field))

    def prepared(self, held: HeldField, stain: StainProfile) -> Prepared:
        """Return a field at the thresholds of a profile; classified again only if need be."""
        wanted = thresholds_of(stain)
        for known in (self._known, self._ahead):
            same = known is not None and known.measurement is held.measurement
            if known is not None and same and known.classes.thresholds == wanted:
                break
        else:
            known = prepared(held.measurement, stain)
        self._known = known
        return known

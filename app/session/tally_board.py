"""The tally of the slide on the stage, and which fields it still waits for."""

from collections.abc import Iterator

from app.model.sitting_state import SlideState
from app.model.tally import Tally, fold
from app.session.events import Events, TallyView
from app.session.fields import FieldShelf, thresholds_of
from inference.scoring.profile import RuleProfile
from inference.stain.profile import StainProfile


class TallyBoard:
    """Folds the accepted fields and posts the tally. Not for several threads at once.

    Parameters
    ----------
    events
        Gets `TallyView`.
    shelf
        Holds classes and counts.
    versions
        Numbers for what is posted.
    """

    def __init__(self, events: Events, shelf: FieldShelf, versions: Iterator[int]) -> None:
        self._events = events
        self._shelf = shelf
        self._versions = versions
        self._last: tuple[str | None, Tally] | None = None
        self._unloadable: set[str] = set()

    def give_up(self, field: str) -> None:
        """Count without a field that cannot be loaded again."""
        self._unloadable.add(field)

    def stale(self, slide: SlideState | None, stain: StainProfile) -> list[str]:
        """Return the accepted fields that are not classified at the confirmed thresholds."""
        thresholds = thresholds_of(stain)
        return [
            each.field
            for each in (slide.accepted if slide else ())
            if each.field not in self._unloadable
            and not self._shelf.is_current(each.field, thresholds)
        ]

    def folded(self, slide: SlideState | None, rules: RuleProfile) -> Tally:
        """Return the tally; no accepted field may be stale."""
        accepted = slide.accepted if slide else ()
        counted = [each for each in accepted if each.field not in self._unloadable]
        return fold([self._shelf.count(each, rules) for each in counted], rules)

    def post(self, slide: SlideState | None, stain: StainProfile, rules: RuleProfile) -> bool:
        """Post the tally, or the one from before while fields are stale; whether it is whole."""
        stale = self.stale(slide, stain)
        name = slide.slide if slide else None
        if not stale:
            self._last = (name, self.folded(slide, rules))
        elif self._last is None or self._last[0] != name:
            self._last = (name, fold([], rules))
        missing = sum(each.field in self._unloadable for each in slide.accepted) if slide else 0
        view = TallyView(next(self._versions), self._last[1], len(stale), missing)
        self._events.latest(view)
        return not stale

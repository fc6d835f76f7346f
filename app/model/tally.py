"""The tally of a slide: a fold over its accepted fields, never a running counter."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.model.sitting_cells import EditedCells
from inference.scoring.clusters import count_field
from inference.scoring.counts import FieldCounts
from inference.scoring.profile import RuleProfile
from inference.scoring.score import SlideScore, score_slide


@dataclass(frozen=True)
class FieldTally:
    """What one accepted field adds.

    Attributes
    ----------
    field
        Its name.
    number
        Its number in the slide.
    proposed, edited
        Counts without and with the pathologist's changes to single cells; regions and
        thresholds hold for both.
    """

    field: str
    number: int
    proposed: FieldCounts
    edited: FieldCounts


@dataclass(frozen=True)
class Tally:
    """The slide's counts and scores.

    Attributes
    ----------
    fields
        The accepted fields, in their order.
    proposed
        Score of the cells as they were detected and classified.
    edited
        Score with the pathologist's changes to single cells: the one that is shown.
    """

    fields: tuple[FieldTally, ...]
    proposed: SlideScore
    edited: SlideScore

    @property
    def changed_by_hand(self) -> bool:
        """Whether edits changed any count."""
        return any(each.proposed != each.edited for each in self.fields)


def tally_field(
    field: str, number: int, cells: EditedCells, um_per_px: float, rules: RuleProfile
) -> FieldTally:
    """Count one field, as proposed and as edited."""
    name = f"field {number}"
    proposed = count_field(name, cells.proposed, um_per_px, rules)
    edited = count_field(name, cells.edited, um_per_px, rules) if cells.touched.any() else proposed
    return FieldTally(field, number, proposed, edited)


def fold(fields: Sequence[FieldTally], rules: RuleProfile) -> Tally:
    """Pool the accepted fields and score the slide."""
    proposed = score_slide([each.proposed for each in fields], rules)
    same = all(each.proposed == each.edited for each in fields)
    edited = proposed if same else score_slide([each.edited for each in fields], rules)
    return Tally(tuple(fields), proposed, edited)

"""What should make a reader careful with a score."""

from collections.abc import Sequence
from dataclasses import dataclass

from inference.scoring.counts import FieldCounts
from inference.scoring.heterogeneity import heterogeneity
from inference.scoring.profile import Score

FEWEST_FIELDS = 5
FEWEST_CELLS = 500
"""An observed 10 % of 500 cells may be 7.7 to 12.9 %."""

COARSEST_UM_PER_PX = 0.3
"""Between the paper's 40x (0.212) and 20x (0.424 um per px). A 1+ membrane is 0.64 um wide
(Scheel et al., Diagn Pathol 2018;13:19), which is 1.5 px at 20x."""

_FAINT = {Score.ZERO, Score.ULTRALOW, Score.ONE}


@dataclass(frozen=True)
class ScoreNote:
    """A warning or a flag: a code for programs and one line for the reader."""

    code: str
    text: str


def cautions(
    fields: Sequence[FieldCounts], possible: Sequence[Score], limit: str | None
) -> tuple[ScoreNote, ...]:
    """Return the warnings that go with a score.

    Parameters
    ----------
    fields
        The accepted fields.
    possible
        The scores within the intervals.
    limit
        The scores between which the slide lies, e.g. ``1+/2+``; None when there is one only.
    """
    full = [field for field in fields if field.counts.total > 0]
    n_cells = sum(field.counts.total for field in full)
    found = []
    if limit is not None:
        found.append(
            ScoreNote("borderline", f"borderline {limit}: the counts allow more than one score")
        )
    if n_cells < FEWEST_CELLS:
        found.append(
            ScoreNote("few_cells", f"{n_cells} tumor cells; {FEWEST_CELLS} or more are advised")
        )
    if len(full) < FEWEST_FIELDS:
        plural = "" if len(full) == 1 else "s"
        found.append(
            ScoreNote(
                "few_fields",
                f"{len(full)} field{plural} with tumor cells; {FEWEST_FIELDS} or more are advised",
            )
        )
    spread = heterogeneity([field.counts for field in full])
    if spread.marked:
        found.append(
            ScoreNote(
                "heterogeneous",
                f"the fields differ by more than chance (effect size w {spread.w:.2f}): consider "
                "heterogeneity",
            )
        )
    coarse = [
        field.um_per_px
        for field in full
        if field.um_per_px is not None and field.um_per_px > COARSEST_UM_PER_PX
    ]
    if coarse and _FAINT.intersection(possible):
        found.append(
            ScoreNote(
                "low_magnification",
                f"0 against 1+ was read at {max(coarse):.3g} um per px; read it at 40x (about "
                "0.21 um per px)",
            )
        )
    return tuple(found)

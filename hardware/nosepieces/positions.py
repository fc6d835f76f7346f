"""Which objective sits in which place of a nosepiece."""

from collections.abc import Sequence
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

MOST_POSITIONS: Final = 12


class NosepieceRecord(BaseModel):
    """A record of the settings of a nosepiece: frozen, and nothing in it that is not known."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class NosepiecePosition(NosepieceRecord):
    """An objective, and what the nosepiece calls its place."""

    position: Annotated[str, Field(min_length=1)]
    name: Annotated[str, Field(min_length=1)]


def _all_different(positions: Sequence[NosepiecePosition]) -> Sequence[NosepiecePosition]:
    for what in ("position", "name"):
        if len({getattr(each, what) for each in positions}) < len(positions):
            raise ValueError(f"two objectives have the same {what}")
    return positions


Positions = Annotated[
    tuple[NosepiecePosition, ...],
    Field(min_length=1, max_length=MOST_POSITIONS),
    AfterValidator(_all_different),
]
"""Weakest objective first; no place and no name stands twice."""

"""What the windows were measured to do, beside what they should do."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from app.bench.figures import Spread

Judged = Literal["median", "p95", "worst"]


@dataclass(frozen=True)
class Aim:
    """What a figure should be.

    Attributes
    ----------
    value
        In the unit of the figure.
    judged
        Which of its percentiles is to reach it.
    least
        Whether it should be at least that, and not at most.
    """

    value: float
    judged: Judged = "p95"
    least: bool = False

    def met(self, spread: Spread) -> bool:
        """Tell whether measured values reach it; nothing measured reaches nothing."""
        measured: float = getattr(spread, self.judged)
        return measured >= self.value if self.least else measured <= self.value

    def __str__(self) -> str:
        """Return it in a few words."""
        return f"{self.judged} {'>=' if self.least else '<='} {self.value:g}"


@dataclass(frozen=True)
class Figure:
    """One measured quantity.

    Attributes
    ----------
    name, unit
        What, and in what.
    spread
        Of the values.
    aim
        None where there is none.
    """

    name: str
    unit: str
    spread: Spread
    aim: Aim | None = None

    @staticmethod
    def of(name: str, unit: str, values: Sequence[float], aim: Aim | None = None) -> "Figure":
        """Return the figure of measured values."""
        return Figure(name, unit, Spread.of(values), aim)

    @property
    def met(self) -> bool | None:
        """Whether the aim is reached; None without an aim."""
        return None if self.aim is None else self.aim.met(self.spread)

    def record(self) -> dict[str, object]:
        """Return it for JSON, in which there is no nan."""
        spread = {
            name: None if isinstance(value, float) and math.isnan(value) else value
            for name, value in asdict(self.spread).items()
        }
        return {
            "name": self.name,
            "unit": self.unit,
            **spread,
            "aim": None if self.aim is None else str(self.aim),
            "met": self.met,
        }


@dataclass(frozen=True)
class Sweep:
    """Fast moves of a slider, and what followed.

    Attributes
    ----------
    moves
        Of the mouse.
    classified
        How often the field was classified again.
    pictures
        Painted with new classes.
    last_wins
        Whether the last picture is that of the place where the slider was left.
    """

    moves: int
    classified: int
    pictures: int
    last_wins: bool

    @property
    def queued(self) -> bool:
        """Whether classes were made that nobody saw, or the last place was not shown.

        One more than the pictures may be: it is in the making when the next is asked for.
        """
        return self.classified > self.pictures + 1 or not self.last_wins


@dataclass(frozen=True)
class GuiBenchReport:
    """What a run found.

    Attributes
    ----------
    figures
        In the order in which they are told.
    sweeps
        Of the slider.
    fields
        Analyzed after the first, which warms up and does not count.
    """

    figures: tuple[Figure, ...]
    sweeps: tuple[Sweep, ...]
    fields: int

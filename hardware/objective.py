"""Objectives, and the nosepiece that says which one is in the light."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Objective:
    """One objective with the camera behind it.

    Attributes
    ----------
    name
        As on its barrel, e.g. ``40x``.
    um_per_px
        Calibrated pixel size of the camera behind it; None when it was never calibrated:
        then nothing is analyzed.
    problem
        Why there is none, for the user; empty when it was just never calibrated.
    """

    name: str
    um_per_px: float | None
    problem: str = ""

    @property
    def unscaled(self) -> str | None:
        """Why nothing can be analyzed with it, in one line; None when it has a pixel size."""
        if self.um_per_px is not None:
            return None
        return self.problem or f"the objective {self.name} was never calibrated: calibrate it first"


class Nosepiece(Protocol):
    """Knows which objective is in the light path, and may change it."""

    @property
    def objectives(self) -> tuple[Objective, ...]:
        """All objectives, weakest first."""
        ...

    @property
    def current(self) -> Objective | None:
        """The one in the light; None when it is not known. May be asked from any thread."""
        ...

    def select(self, name: str) -> None:
        """Turn to an objective (or note that the user did).

        Raises
        ------
        ValueError
            There is no objective of that name.
        """
        ...

    @property
    def trouble(self) -> str:
        """Why it does not know which one is in the light, in one line; empty while all is well."""
        ...

    def close(self) -> None:
        """Let go of the device; the next question takes hold of it again."""
        ...


def objective_named(objectives: Sequence[Objective], name: str) -> Objective:
    """Return the objective of that name.

    Raises
    ------
    ValueError
        There is none; the line names those that there are.
    """
    found = next((each for each in objectives if each.name == name), None)
    if found is None:
        names = ", ".join(each.name for each in objectives)
        raise ValueError(f"there is no objective {name!r}; there are {names}")
    return found

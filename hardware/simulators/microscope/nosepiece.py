"""The simulated turret with its objectives."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from hardware.objective import Objective, objective_named


@dataclass(frozen=True)
class SimulatedObjective:
    """An objective, and how it blurs.

    Attributes
    ----------
    objective
        As the program sees it.
    um_per_px
        True pixel size of the picture, whatever `objective` says.
    numerical_aperture
        Says how fast the picture blurs out of focus.
    """

    objective: Objective
    um_per_px: float
    numerical_aperture: float


TWENTY = SimulatedObjective(Objective("20x", 0.424), 0.424, 0.45)
FORTY = SimulatedObjective(Objective("40x", 0.212), 0.212, 0.65)


class SimulatedNosepiece:
    """A turret that tells the program what is in the light; any thread may turn it.

    Parameters
    ----------
    objectives
        Weakest first; the last one is in the light at the beginning.
    """

    def __init__(self, objectives: Sequence[SimulatedObjective] = (TWENTY, FORTY)) -> None:
        self._all = tuple(objectives)
        self._in_light = self._all[-1]
        self._lock = threading.Lock()

    @property
    def objectives(self) -> tuple[Objective, ...]:
        """All objectives, weakest first."""
        return tuple(item.objective for item in self._all)

    @property
    def current(self) -> Objective:
        """The one in the light."""
        return self.in_light.objective

    @property
    def in_light(self) -> SimulatedObjective:
        """The one in the light, with what only the simulation knows."""
        with self._lock:
            return self._in_light

    def select(self, name: str) -> None:
        """Turn to the objective of that name; the middle of the picture stays where it is.

        Raises
        ------
        ValueError
            There is no objective of that name.
        """
        chosen = objective_named(self.objectives, name)
        turned = next(item for item in self._all if item.objective is chosen)
        with self._lock:
            self._in_light = turned

    @property
    def trouble(self) -> str:
        """Nothing: there is no device that could fail."""
        return ""

    def close(self) -> None:
        """Do nothing: there is no device."""

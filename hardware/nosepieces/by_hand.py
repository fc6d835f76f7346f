"""A nosepiece that tells nothing: the user says which objective is in the light."""

from collections.abc import Sequence

from hardware.objective import Objective, objective_named


class HandNosepiece:
    """A `hardware.objective.Nosepiece` that is turned by hand and told by a key.

    Which objective is in the light is not known before the user has said it: a guess would be a
    wrong pixel size.

    Parameters
    ----------
    objectives
        Names, weakest first.

    Raises
    ------
    ValueError
        There is none, or one stands twice.
    """

    def __init__(self, objectives: Sequence[str]) -> None:
        if not objectives:
            raise ValueError("a nosepiece needs an objective: name those of the microscope")
        twice = next((name for name in objectives if objectives.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"the objective {twice} stands twice")
        self._objectives = tuple(Objective(name, None) for name in objectives)
        self._current: Objective | None = None

    @property
    def objectives(self) -> tuple[Objective, ...]:
        """All objectives, weakest first."""
        return self._objectives

    @property
    def current(self) -> Objective | None:
        """The one that the user named last; None before."""
        return self._current

    def select(self, name: str) -> None:
        """Note that the user turned to an objective.

        Raises
        ------
        ValueError
            There is no objective of that name.
        """
        self._current = objective_named(self._objectives, name)

    @property
    def trouble(self) -> str:
        """Nothing: there is no device that could fail."""
        return ""

    def close(self) -> None:
        """Do nothing: there is no device."""

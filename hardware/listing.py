"""What a look around finds without opening anything, and how a look that fails is told."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Listed:
    """One device that is there.

    Attributes
    ----------
    address
        As it is given to its make, or the name of its port.
    text
        For the user.
    """

    address: str
    text: str


@dataclass(frozen=True)
class Listing:
    """What one look found.

    Attributes
    ----------
    devices
        Those that are there.
    notes
        What the look does not see, and why; one line each.
    problem
        Why the look failed, in one line; empty when it did not.
    """

    devices: tuple[Listed, ...] = ()
    notes: tuple[str, ...] = ()
    problem: str = ""


def looked(look: Callable[[], Listing]) -> Listing:
    """Return what a look found; one that fails is told in a line and stops no other."""
    try:
        return look()
    except Exception as error:  # a driver may fail in any way
        lines = str(error).strip().splitlines() or [type(error).__name__]
        return Listing(problem=lines[0])

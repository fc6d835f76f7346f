"""One nosepiece, asked for some seconds which objective is in the light."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from app.interruption import ctrl_c_held
from hardware.objective import Nosepiece

_LOOK_S = 0.1


@dataclass(frozen=True)
class NosepieceLook:
    """What a nosepiece told at one moment.

    Attributes
    ----------
    objective
        Name of the one in the light; empty when it is not known.
    trouble
        Why it is not known, in one line; empty between two places.
    """

    objective: str
    trouble: str = ""

    @property
    def words(self) -> str:
        """Say it to the user."""
        if self.objective:
            return f"{self.objective} is in the light"
        return self.trouble or "it is not known which objective is in the light"


@dataclass
class NosepieceCheck:
    """What a nosepiece told.

    Attributes
    ----------
    looks
        One for each change.
    problem
        That it never knew an objective, and why, in one line; empty when it did.
    interrupted
        Whether Ctrl-C ended it.
    """

    looks: list[NosepieceLook] = field(default_factory=list)
    problem: str = ""
    interrupted: bool = False


def check_nosepiece(
    nosepiece: Nosepiece,
    seconds: float,
    seen: Callable[[NosepieceLook], None],
    wait: Callable[[], None] = lambda: None,
) -> NosepieceCheck:
    """Ask a nosepiece for some seconds and let go of it, whatever happens meanwhile.

    Parameters
    ----------
    seen
        Called with each change.
    wait
        Called a few times a second; what it raises ends the check and goes on to the caller.
    """
    check = NosepieceCheck()
    with ctrl_c_held() as ctrl_c:
        try:
            with ctrl_c.let_through():
                began_s = time.monotonic()
                while time.monotonic() - began_s < seconds:
                    wait()
                    current = nosepiece.current
                    name = "" if current is None else current.name
                    look = NosepieceLook(name, "" if name else nosepiece.trouble)
                    if not check.looks or check.looks[-1] != look:
                        check.looks.append(look)
                        seen(look)
                    time.sleep(_LOOK_S)
        except KeyboardInterrupt:
            check.interrupted = True
        finally:
            nosepiece.close()
    if not (check.interrupted or any(look.objective for look in check.looks)):
        last = check.looks[-1].trouble if check.looks else ""
        check.problem = last or f"the nosepiece named no objective within {seconds:g} s"
    return check


def nosepiece_record(check: NosepieceCheck) -> dict[str, Any]:
    """Return what was told as JSON has it; its schema stands with ``her2scope devices``."""
    return {
        "objectives": [look.objective or None for look in check.looks],
        "problem": check.problem,
        "interrupted": check.interrupted,
    }

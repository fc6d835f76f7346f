"""One pedal, opened and listened to for some seconds."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from app.interruption import ctrl_c_held
from hardware.pedal import Pedal, PedalError, PedalEvent

_LOOK_S = 0.1


@dataclass
class PedalCheck:
    """What was heard of a pedal.

    Attributes
    ----------
    began_s
        `time.monotonic` at which it was open.
    events
        Presses and releases.
    problem
        Why it ended early, or that nothing came, in one line; empty when all was well.
    interrupted
        Whether Ctrl-C ended it.
    """

    name: str
    switch_count: int
    began_s: float = 0.0
    events: list[PedalEvent] = field(default_factory=list)
    problem: str = ""
    interrupted: bool = False


def check_pedal(
    pedal: Pedal,
    seconds: float,
    ready: Callable[[PedalCheck], None],
    heard: Callable[[PedalCheck, PedalEvent], None],
    wait: Callable[[], None] = lambda: None,
) -> PedalCheck:
    """Open a pedal, listen for some seconds and close it, whatever happens meanwhile.

    Parameters
    ----------
    ready
        Called once it listens.
    heard
        Called with each event.
    wait
        Called a few times a second; what it raises ends the check and goes on to the caller.
    """
    check = PedalCheck(pedal.name, pedal.switch_count)
    with ctrl_c_held() as ctrl_c:
        try:
            with ctrl_c.let_through():
                pedal.open()
                check.began_s = time.monotonic()
                ready(check)
                while (left_s := check.began_s + seconds - time.monotonic()) > 0:
                    wait()
                    event = pedal.read(min(_LOOK_S, left_s))
                    if event is not None:
                        check.events.append(event)
                        heard(check, event)
        except PedalError as error:
            check.problem = str(error)
        except KeyboardInterrupt:
            check.interrupted = True
        finally:
            pedal.close()
    if not (check.problem or check.interrupted or any(event.down for event in check.events)):
        check.problem = f"no press came from {check.name} within {seconds:g} s"
    return check


def pedal_record(check: PedalCheck) -> dict[str, Any]:
    """Return what was heard as JSON has it; its schema stands with ``her2scope devices``."""
    return {
        "name": check.name,
        "switch_count": check.switch_count,
        "events": [
            {
                "switch": event.switch,
                "down": event.down,
                "time_s": round(event.time_s - check.began_s, 4),
            }
            for event in check.events
        ],
        "problem": check.problem,
        "interrupted": check.interrupted,
    }

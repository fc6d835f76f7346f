"""Timing of two ways of doing the same, turn by turn in one run."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Timing:
    """One step of a field.

    Attributes
    ----------
    step
        What was done.
    ours_ms, plain_ms
        Median time; None where there is no plain way, or no way of ours.
    """

    step: str
    ours_ms: float | None
    plain_ms: float | None

    @property
    def ratio(self) -> float | None:
        """How many times faster ours is."""
        return self.plain_ms / self.ours_ms if self.plain_ms and self.ours_ms else None


def interleaved(
    step: str, ours: Callable[[], object], plain: Callable[[], object] | None, repeats: int
) -> Timing:
    """Time both ways in turns, so that a busy machine disturbs both alike.

    The plain way, being slow, is run a third as often. Each is run once before it counts.
    """
    ours()
    if plain is not None:
        plain()
    ours_s, plain_s = [], []
    for turn in range(repeats):
        ours_s.append(_seconds(ours))
        if plain is not None and turn % 3 == 0:
            plain_s.append(_seconds(plain))
    return Timing(step, *(1e3 * statistics.median(s) if s else None for s in (ours_s, plain_s)))


def _seconds(what: Callable[[], object]) -> float:
    start = time.perf_counter()
    what()
    return time.perf_counter() - start


def peak_memory_mb() -> float | None:
    """Return the largest resident memory of this process so far; None where it is not told.

    Linux tells it in /proc. `getrusage` is no good: its maximum survives exec, so that a
    program started by a large one seems large.
    """
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    lines = status.read_text("ascii").splitlines()
    kilobytes = next(line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(kilobytes) / 1024

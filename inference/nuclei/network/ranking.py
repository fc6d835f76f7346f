"""Which runtime is the fastest on this machine, by measurement."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from inference.arrays import U8
from inference.nuclei.network.runtime import Candidate, Runtime, checked_run, reason

_ROUNDS = 5
_LEAST_ROUNDS = 2
_LONGEST_S = 8.0
"""No further round is begun after this time."""


@dataclass(frozen=True)
class Ranking:
    """Candidates in the order of their speed.

    Attributes
    ----------
    milliseconds
        Per label the median time of one image, the fastest first.
    refused
        Per label why a candidate cannot be had.
    """

    milliseconds: dict[str, float]
    refused: dict[str, str]


def rank(
    candidates: Sequence[Candidate], picture: U8, clock: Callable[[], float] = time.perf_counter
) -> Ranking:
    """Open all candidates and run them by turns, so that what else the machine does hits all.

    A candidate that cannot be opened or that fails is refused.

    Parameters
    ----------
    candidates
        All are open at once, and each holds its memory.
    picture
        What they run on; large enough to tell them apart.
    clock
        Tells the time in seconds.
    """
    refused: dict[str, str] = {}
    opened: dict[str, Runtime] = {}
    for candidate in candidates:
        try:
            runtime = candidate.open()
            checked_run(runtime, picture)  # warms it up
        except Exception as error:  # each engine has exceptions of its own
            refused[candidate.label] = reason(error)
            continue
        opened[candidate.label] = runtime
    times: dict[str, list[float]] = {label: [] for label in opened}
    begun = clock()
    for turn in range(_ROUNDS):
        if turn >= _LEAST_ROUNDS and clock() - begun > _LONGEST_S:
            break
        for label in tuple(opened):
            started = clock()
            try:
                checked_run(opened[label], picture)
            except Exception as error:  # each engine has exceptions of its own
                refused[label] = reason(error)
                del opened[label], times[label]
                continue
            times[label].append(clock() - started)
    fastest = sorted(times, key=lambda label: median(times[label]))
    return Ranking({label: round(1000 * median(times[label]), 2) for label in fastest}, refused)

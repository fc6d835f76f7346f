"""Which runtime is the fastest on this machine, by measurement."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

import cv2
import numpy as np

from inference.arrays import F32, U8
from inference.nuclei.network.runtime import (
    Candidate,
    Runtime,
    RuntimeRefused,
    checked_run,
    reason,
)

_PROBE_SIDE_PX = 1024
"""Large enough to tell the runtimes apart; all are open at once, and each holds its memory."""

_ROUNDS = 5
_LEAST_ROUNDS = 2
_LONGEST_S = 8.0
"""No further round is begun after this time."""

_MOST_RMS = 0.05
"""Heatmaps, which are about 0 to 1, may differ by so much from that of the plain runtime.

An int8 network rounds by 0.01 to 0.03. More is another result: processors without VNNI let sums
of int8 products overflow.
"""


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


def probe(side_px: int = _PROBE_SIDE_PX) -> U8:
    """Return a picture (side, side, 3) of pale blue nuclei in brown rings, which a network finds.

    Where it found nothing, one runtime's heatmap would be like another's whatever they did.
    """
    random = np.random.default_rng(0)
    picture = np.full((side_px, side_px, 3), (225, 212, 218), np.uint8)
    for _ in range(side_px * side_px // 900):
        x, y = random.integers(0, side_px, 2).tolist()
        radius, angle = int(random.integers(8, 12)), float(random.integers(0, 180))
        cv2.circle(picture, (x, y), int(1.7 * radius), (170, 130, 100), 2)
        cv2.ellipse(picture, ((x, y), (2 * radius, 1.6 * radius), angle), (150, 155, 190), -1)
    noise = random.integers(0, 16, picture.shape, np.uint8)
    return np.asarray(cv2.subtract(cv2.GaussianBlur(picture, (0, 0), 1.2), noise), np.uint8)


def rank(
    candidates: Sequence[Candidate], picture: U8, clock: Callable[[], float] = time.perf_counter
) -> Ranking:
    """Open all candidates and run them by turns, so that what else the machine does hits all.

    A candidate that cannot be opened, that fails, or whose heatmap is not that of the last
    candidate which works (the plain one), is refused.

    Parameters
    ----------
    candidates
        The plain one last.
    picture
        What they run on.
    clock
        Tells the time in seconds.
    """
    refused: dict[str, str] = {}
    opened: dict[str, Runtime] = {}
    heatmaps: dict[str, F32] = {}
    for candidate in reversed(candidates):
        try:
            runtime = candidate.open()
            heatmap = checked_run(runtime, picture)
            _require_alike(heatmap, next(iter(heatmaps.values()), heatmap))
        except Exception as error:  # each engine has exceptions of its own
            refused[candidate.label] = reason(error)
            continue
        opened[candidate.label], heatmaps[candidate.label] = runtime, heatmap
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


def _require_alike(heatmap: F32, plain: F32) -> None:
    rms = float(np.sqrt(np.mean((heatmap - plain) ** 2)))
    if rms > _MOST_RMS:
        raise RuntimeRefused(f"its heatmap differs by {rms:.3f} from that of the plain runtime")

"""How often frames come."""

import statistics
from collections import deque

_REMEMBERED = 9
_FIRST_GUESS_S = 0.04


class Rhythm:
    """Frame rate and usual interval, from the times at which frames were taken."""

    def __init__(self) -> None:
        self._last_second: deque[float] = deque()
        self._intervals: deque[float] = deque(maxlen=_REMEMBERED)

    def reset(self) -> None:
        """Begin anew, since the camera was opened again."""
        self._last_second.clear()
        self._intervals.clear()

    def add(self, taken_s: float) -> None:
        """Note a frame."""
        if self._last_second:
            self._intervals.append(max(0.0, taken_s - self._last_second[-1]))
        self._last_second.append(taken_s)
        while self._last_second[0] <= taken_s - 1.0:
            self._last_second.popleft()

    @property
    def rate_fps(self) -> float:
        """Frames per second over the last second; 0 until there are two."""
        count = len(self._last_second)
        if count < 2:
            return 0.0
        span = self._last_second[-1] - self._last_second[0]
        return (count - 1) / span if span > 0 else 0.0

    @property
    def interval_s(self) -> float:
        """Median of the last intervals, so that one stall does not widen it."""
        return statistics.median(self._intervals) if self._intervals else _FIRST_GUESS_S

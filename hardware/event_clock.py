"""When an input event really happened."""

_DRIFT = 0.001
"""Two clocks of one computer differ by far less than this, in seconds per second."""


class EventClock:
    """Turns the stamps of a window system into `time.monotonic`.

    The stamps are milliseconds from an unknown start. An event is handled later than it
    happened, never earlier, so the least delay that was seen is taken as none; what comes late,
    since the window was busy, still gets the time at which it happened.
    """

    def __init__(self) -> None:
        self._lead_s: float | None = None
        self._last_s = float("-inf")
        self._now_s = float("-inf")

    def time_s(self, stamp_ms: int, now_s: float) -> float:
        """Return the time of an event, never before that of the event before it.

        Parameters
        ----------
        stamp_ms
            The window system's stamp; 0 when there is none, and then the event is of now.
        now_s
            `time.monotonic`.
        """
        happened = now_s
        if stamp_ms > 0:
            lead = now_s - stamp_ms / 1000
            if self._lead_s is None:
                self._lead_s = lead
            else:
                drift = _DRIFT * (now_s - self._now_s)
                self._lead_s = min(lead, self._lead_s + drift)
            self._now_s = now_s
            happened = min(now_s, stamp_ms / 1000 + self._lead_s)
        self._last_s = max(self._last_s, happened)
        return self._last_s

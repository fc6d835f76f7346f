"""A runtime that gives way to the next one when it fails, and says so."""

import threading
from collections.abc import Sequence

from inference.arrays import F32, U8
from inference.nuclei.network.runtime import Candidate, Runtime, checked_run, reason
from inference.nuclei.unavailable import DetectorUnavailable


class NetworkRuntime:
    """The first of several ways to run a network that works. Safe for several threads at once.

    Parameters
    ----------
    candidates
        The best first.
    left_out
        A line for each runtime that is not among them, with the reason.

    Raises
    ------
    DetectorUnavailable
        None can be opened.
    """

    def __init__(self, candidates: Sequence[Candidate], left_out: tuple[str, ...] = ()) -> None:
        self.left_out = left_out
        self._lock = threading.Lock()
        self._left = list(candidates)
        self._label = ""
        self._runtime: Runtime | None = None
        self._notices: tuple[str, ...] = ()
        self._end = ""
        self._open_next([])

    @property
    def label(self) -> str:
        """Return what really runs, or ran last: engine and weights."""
        return self._label

    @property
    def notices(self) -> tuple[str, ...]:
        """Return a line for the user each time that a runtime had to be replaced."""
        return self._notices

    def run(self, rgb: U8) -> F32:
        """Return the heatmap (h / 4, w / 4) of an image (h, w, 3), h and w multiples of 32.

        Raises
        ------
        DetectorUnavailable
            The last runtime failed too.
        """
        with self._lock:
            while self._runtime is not None:
                try:
                    return checked_run(self._runtime, rgb)
                except Exception as error:  # each engine has exceptions of its own
                    failed = f"{self._label} failed in the middle ({reason(error)})"
                # A lost GPU's memory is given back before the next one is loaded.
                self._runtime = None
                self._open_next([failed])
            raise DetectorUnavailable(self._end)

    def _open_next(self, failures: list[str]) -> None:
        while self._left:
            candidate = self._left.pop(0)
            try:
                self._runtime = candidate.open()
            except Exception as error:  # each engine has exceptions of its own
                failures.append(f"{candidate.label} could not be used ({reason(error)})")
                continue
            self._label = candidate.label
            if failures:
                self._notices += (f"{'; '.join(failures)}: the network runs on {self._label} now",)
            return
        self._end = f"the network cannot run: {'; '.join(failures) or 'no runtime is installed'}"
        raise DetectorUnavailable(self._end)

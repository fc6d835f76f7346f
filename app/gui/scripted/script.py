"""A script that the event loop runs: it goes on when what it waits for has come."""

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TypeAlias

from PySide6.QtCore import QObject, QTimer, Signal

LOOK_MS = 10
"""How often it is looked whether the script can go on."""


class ScriptProblem(Exception):
    """A step did not have its effect; the message is one line."""


@dataclass(frozen=True)
class Pause:
    """Go on after that time."""

    seconds: float


@dataclass(frozen=True)
class Until:
    """Go on as soon as something holds.

    Attributes
    ----------
    holds
        Looked at every few milliseconds on the windows' thread.
    what
        What is waited for, for the line that says that it never came.
    within_s
        Longest time.
    """

    holds: Callable[[], bool]
    what: str
    within_s: float = 20.0


Script: TypeAlias = Generator[Pause | Until, None, None]


class ScriptRunner(QObject):
    """Runs a script step by step from a timer, and never blocks the windows.

    Parameters
    ----------
    script
        What is to be done.
    why
        Returns what may explain that a step had no effect, or nothing.
    clock
        `time.monotonic`, or what a test puts in its place.
    """

    ended = Signal()
    """The script is over, or a step failed: see `error`."""

    def __init__(
        self,
        script: Script,
        why: Callable[[], str] = str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._script = script
        self._why = why
        self._clock = clock
        self._step: Pause | Until = Pause(0.0)
        self._since_s = clock()
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._look)
        self.error: Exception | None = None
        """Why it ended before its end."""

    def start(self) -> None:
        """Begin."""
        self._since_s = self._clock()
        self._timer.start()

    def stop(self) -> None:
        """Go no further; the script is told by closing it."""
        self._timer.stop()
        self._script.close()

    def _look(self) -> None:
        # What a callback of Qt raises is lost: it is kept for whoever started the script.
        try:
            if self._may_go_on():
                self._step = next(self._script)
                self._since_s = self._clock()
        except StopIteration:
            self._end()
        except Exception as error:
            self.error = error
            self._end()

    def _may_go_on(self) -> bool:
        waited_s, step = self._clock() - self._since_s, self._step
        if isinstance(step, Pause):
            return waited_s >= step.seconds
        if step.holds():
            return True
        if waited_s > step.within_s:
            why = self._why()
            because = f" (last message: {why})" if why else ""
            raise ScriptProblem(f"{step.what} did not come within {step.within_s:g} s{because}")
        return False

    def _end(self) -> None:
        self._timer.stop()
        self.ended.emit()

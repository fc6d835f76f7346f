"""Failures as data: they travel the same road as results and end in one visible place."""

import time
import traceback
from dataclasses import dataclass
from typing import Literal

Source = Literal["camera", "analysis", "pedal", "storage", "sitting"]


@dataclass(frozen=True)
class Trouble:
    """Something failed or was refused; no trouble is ever dropped.

    Attributes
    ----------
    source
        Which part of the program.
    text
        One line for the user.
    detail
        Traceback of an error that nobody expected; empty for an everyday failure.
    time_s
        `time.monotonic`.
    """

    source: Source
    text: str
    detail: str
    time_s: float

    @staticmethod
    def now(source: Source, text: str) -> "Trouble":
        """Return an everyday failure of this moment."""
        return Trouble(source, text, "", time.monotonic())

    @staticmethod
    def unexpected(source: Source, error: BaseException) -> "Trouble":
        """Return what is known of an error that nobody expected."""
        return Trouble(source, one_line(error), traceback_of(error), time.monotonic())


def one_line(error: BaseException) -> str:
    """Return an unexpected error in one line."""
    text = " ".join(str(error).split())
    return f"unexpected {type(error).__name__}{': ' + text if text else ''}"


def traceback_of(error: BaseException) -> str:
    """Return the traceback of an error as text."""
    return "".join(traceback.format_exception(error))

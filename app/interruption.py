"""Ctrl-C that interrupts the long work, and never the writing down of what is finished."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class CtrlC:
    """Ctrl-C held back, except where it is let through; see `ctrl_c_held`."""

    def __init__(self) -> None:
        self._pressed = False
        self._through = False

    def press(self, signal_number: int = signal.SIGINT, frame: FrameType | None = None) -> None:
        """Take the signal: interrupt at once where that is allowed, else remember it."""
        del signal_number, frame
        self._pressed = True
        if self._through:
            raise KeyboardInterrupt

    @contextmanager
    def let_through(self) -> Iterator[None]:
        """Let Ctrl-C, an earlier one too, raise KeyboardInterrupt in this block."""
        self._through = True
        try:
            if self._pressed:
                raise KeyboardInterrupt
            yield
        finally:
            self._through = False


@contextmanager
def ctrl_c_held() -> Iterator[CtrlC]:
    """Hold Ctrl-C back in this block.

    Python raises KeyboardInterrupt between any two steps, also between the two tables in which a
    finished image must stand. In a thread other than the main one, which Python never interrupts,
    and in a program that was started with Ctrl-C switched off, nothing changes.
    """
    ctrl_c = CtrlC()
    here = threading.current_thread() is threading.main_thread()
    if not here or signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        yield ctrl_c
        return
    before = signal.signal(signal.SIGINT, ctrl_c.press)
    try:
        yield ctrl_c
    finally:
        signal.signal(signal.SIGINT, before)

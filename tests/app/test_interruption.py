"""Ctrl-C interrupts where it may, and waits where it must."""

import signal
import threading
from contextlib import suppress

import pytest

from app.interruption import ctrl_c_held


def test_ctrl_c_waits_until_it_is_let_through() -> None:
    reached = []
    with ctrl_c_held() as ctrl_c:
        signal.raise_signal(signal.SIGINT)
        reached.append("bookkeeping")
        with pytest.raises(KeyboardInterrupt), ctrl_c.let_through():
            reached.append("work")
    assert reached == ["bookkeeping"]


def test_ctrl_c_interrupts_the_work_at_once_and_then_waits_again() -> None:
    reached = []
    with ctrl_c_held() as ctrl_c:
        with pytest.raises(KeyboardInterrupt), ctrl_c.let_through():
            signal.raise_signal(signal.SIGINT)
            reached.append("work")
        signal.raise_signal(signal.SIGINT)
        reached.append("bookkeeping")
    assert reached == ["bookkeeping"]


def test_work_that_nobody_interrupts_goes_on() -> None:
    with ctrl_c_held() as ctrl_c:
        for _ in range(2):
            with ctrl_c.let_through():
                pass


def test_a_press_that_was_swallowed_is_not_forgotten() -> None:
    with ctrl_c_held() as ctrl_c:
        with (
            ctrl_c.let_through(),
            suppress(KeyboardInterrupt),
        ):  # as a destructor or a callback from C does
            signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt), ctrl_c.let_through():
            pass


def test_the_old_way_is_back_afterwards() -> None:
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(RuntimeError), ctrl_c_held():
        assert signal.getsignal(signal.SIGINT) is not before
        raise RuntimeError
    assert signal.getsignal(signal.SIGINT) is before


def test_a_program_that_ignores_ctrl_c_goes_on_ignoring_it() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with ctrl_c_held() as ctrl_c, ctrl_c.let_through():
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)


def test_another_thread_may_hold_it_too() -> None:
    passed = []

    def work() -> None:
        with ctrl_c_held() as ctrl_c, ctrl_c.let_through():
            passed.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert passed

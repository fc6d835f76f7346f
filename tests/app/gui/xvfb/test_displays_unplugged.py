"""The eyepiece alone on the second monitor, which is pulled out and plugged in again."""

import json
import queue
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.app.gui.xvfb.screen import PATIENCE_S, TwoMonitors, needs_x

PROGRAM = Path(__file__).resolve().parents[1] / "eyepiece_program.py"
ROOT = Path(__file__).resolve().parents[4]
AR = [1600, 0, 1600, 1200]

pytestmark = [pytest.mark.slow, needs_x]


class Running:
    """The program in its own process; a thread collects what it tells."""

    def __init__(self, screen: TwoMonitors, stack: ExitStack, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(PROGRAM), *arguments],
            env=screen.environment,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.told: queue.Queue[dict[str, Any]] = queue.Queue()
        self.reader = threading.Thread(target=self._read)
        self.reader.start()
        stack.callback(closed, self.process)
        stack.callback(self.reader.join, 10.0)
        stack.callback(stopped, self.process)
        self.wait_for("ready")

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.told.put(json.loads(line))

    def say(self, command: str) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return self.wait_for("done", command=command.split(maxsplit=1)[0])

    def wait_for(self, kind: str, **values: object) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE_S
        seen: list[dict[str, Any]] = []
        while True:
            try:
                line = self.told.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                pytest.fail(f"{kind} {values} did not come, but {seen}")
            if line["kind"] == kind and values.items() <= line.items():
                return line
            seen.append(line)

    def pedal_events(self, least: int = 0) -> list[bool]:
        """Return the presses and releases since the last time, once so many have come."""
        found: list[bool] = []
        while len(found) < least:
            found.append(self.wait_for("pedal")["down"])
        time.sleep(0.3)  # one too many would come now
        while not self.told.empty():
            line = self.told.get()
            if line["kind"] == "pedal":
                found.append(line["down"])
        return found


def stopped(process: subprocess.Popen[Any]) -> None:
    process.terminate()
    process.wait(10)


def closed(process: subprocess.Popen[Any]) -> None:
    for pipe in filter(None, (process.stdin, process.stdout)):
        pipe.close()


def light(screen: TwoMonitors) -> int:
    """Return the brightest byte in the upper part of the second monitor."""
    return int(screen.monitor(1)[:800].max())


def until_lit(screen: TwoMonitors) -> None:
    screen.until(lambda: light(screen) > 150, "light in the eyepiece")


def test_pulled_out_and_plugged_in_again(screen: TwoMonitors, stack: ExitStack) -> None:
    program = Running(screen, stack)
    program.say("choose 0")
    screen.picture("1-both")
    until_lit(screen)
    for _ in range(3):
        screen.unplug()
        hidden = program.wait_for("placed", place="away")
        assert not hidden["visible"]
        notice = program.wait_for("notice")
        assert "AR is not there" in notice["text"]
        screen.picture("2-unplugged")
        # The sitting goes on: the main window still has the pedal's key.
        screen.hand("key", "space")
        assert program.pedal_events(2) == [True, False]
        screen.plug()
        back = program.wait_for("placed", place="display")
        assert (back["screen"], back["geometry"], back["primary"]) == ("AR", AR, False)
        assert program.wait_for("notice")["text"] == ""
    screen.picture("3-back")
    until_lit(screen)


def test_remembered_from_the_last_sitting_and_plugged_in_later(
    screen: TwoMonitors, stack: ExitStack
) -> None:
    remembered = {
        "name": "AR",
        "make": "",
        "serial": "",
        "x": 1600,
        "y": 0,
        "width_px": 1600,
        "height_px": 1200,
    }
    screen.unplug()
    program = Running(screen, stack, json.dumps(remembered))
    screen.plug()
    assert program.wait_for("placed", place="display")["geometry"] == AR


def test_told_dark_and_stalled_it_is_black(screen: TwoMonitors, stack: ExitStack) -> None:
    program = Running(screen, stack)
    program.say("choose 0")
    for off, on in (("dark", "light"), ("stall", "")):
        until_lit(screen)
        program.say(off)
        screen.until(lambda: light(screen) == 0, "a black eyepiece")
        screen.picture(f"4-{off}")
        if on:
            program.say(on)


def test_the_space_bar_as_a_pedal(screen: TwoMonitors, stack: ExitStack) -> None:
    program = Running(screen, stack)
    program.say("choose 0")
    screen.run("xset", "r", "rate", "250", "40")
    screen.hand("key", "space")
    assert program.pedal_events(2) == [True, False]
    screen.hand("keydown", "space")
    time.sleep(1.5)
    assert program.pedal_events(1) == [True], "a held key is one press"
    screen.hand("keyup", "space")
    assert program.pedal_events(1) == [False]
    # Release and press pairs, as a window system makes them of a held key.
    pairs = ["keyup", "space", "keydown", "space"] * 20
    screen.hand("keydown", "space", *pairs, "keyup", "space")
    assert program.pedal_events(2) == [True, False]
    program.say("edit")
    screen.hand("key", "a", "space", "b")
    assert program.pedal_events() == []
    assert program.say("away")["text"] == "a b"


def test_a_picture_of_the_eyepiece_is_what_the_display_shows(
    screen: TwoMonitors, stack: ExitStack, tmp_path: Path
) -> None:
    program = Running(screen, stack)
    program.say("choose 0")
    until_lit(screen)
    program.say(f"grab {tmp_path / 'shown.npy'}")
    shown = np.load(tmp_path / "shown.npy")
    assert shown.shape == (1200, 1600, 3)
    assert shown.max() > 150

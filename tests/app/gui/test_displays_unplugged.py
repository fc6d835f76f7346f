"""A real window on two monitors of a virtual X server, one of which is pulled out.

Needs Xvfb, xrandr, openbox and xdotool; without them it is skipped. With the environment variable
``HER2SCOPE_PICTURES`` it leaves screenshots in that folder (needs ImageMagick's import).
"""

import json
import os
import queue
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

PROGRAM = Path(__file__).with_name("eyepiece_program.py")
ROOT = Path(__file__).resolve().parents[3]
NEEDED = ("Xvfb", "xrandr", "openbox", "xdotool")
PATIENCE_S = 20.0

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not all(map(shutil.which, NEEDED)), reason=f"needs {', '.join(NEEDED)} to be installed"
    ),
]


class TwoMonitors:
    """An X server with two monitors side by side, and a window manager."""

    def __init__(self, stack: ExitStack) -> None:
        read_end, write_end = os.pipe()
        server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write_end), "-screen", "0", "3200x1200x24", "-noreset"],
            pass_fds=[write_end],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        stack.callback(stopped, server)
        os.close(write_end)
        with os.fdopen(read_end) as pipe:
            self.environment = {**os.environ, "DISPLAY": f":{pipe.readline().strip()}"}
        self.environment["QT_QPA_PLATFORM"] = "xcb"
        self.run("xrandr", "--setmonitor", "MAIN", "1600/400x1200/300+0+0", "screen")
        self.plug()
        manager = subprocess.Popen(
            ["openbox"],
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        stack.callback(stopped, manager)

    def run(self, *command: str) -> str:
        answer = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=True, timeout=30
        )
        return answer.stdout

    def plug(self) -> None:
        self.run("xrandr", "--setmonitor", "AR", "1600/400x1200/300+1600+0", "none")

    def unplug(self) -> None:
        self.run("xrandr", "--delmonitor", "AR")

    def picture(self, name: str) -> None:
        folder = os.environ.get("HER2SCOPE_PICTURES")
        if folder and shutil.which("import"):
            time.sleep(0.5)
            self.run("import", "-window", "root", str(Path(folder) / f"{name}.png"))


class Running:
    """The program in its own process; a thread collects what it tells."""

    def __init__(self, monitors: TwoMonitors, stack: ExitStack, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(PROGRAM), *arguments],
            env=monitors.environment,
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
        seen = []
        while True:
            try:
                line = self.told.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                pytest.fail(f"{kind} {values} did not come, but {seen}")
            if line["kind"] == kind and values.items() <= line.items():
                return line
            seen.append(line)

    def pedal_events(self) -> list[bool]:
        time.sleep(0.3)
        found = []
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


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def monitors(stack: ExitStack) -> TwoMonitors:
    return TwoMonitors(stack)


AR = [1600, 0, 1600, 1200]


def light_of_screen(monitors: TwoMonitors, tmp_path: Path, x: int) -> int:
    """Return the brightest byte in the upper part of a monitor, as the X server has it."""
    shot = tmp_path / "shot.xwd.png"
    if shutil.which("import") is None:
        pytest.skip("needs ImageMagick")
    monitors.run("import", "-window", "root", "-crop", f"1600x800+{x}+0", str(shot))
    picture = cv2.imread(str(shot))
    assert picture is not None
    return int(picture.max())


def test_pulled_out_and_plugged_in_again(
    monitors: TwoMonitors, stack: ExitStack, tmp_path: Path
) -> None:
    program = Running(monitors, stack)
    program.say("choose 0")
    monitors.picture("1-both")
    assert light_of_screen(monitors, tmp_path, 1600) > 150
    for _ in range(3):
        monitors.unplug()
        hidden = program.wait_for("placed", place="away")
        assert not hidden["visible"]
        notice = program.wait_for("notice")
        assert "AR is not there" in notice["text"]
        monitors.picture("2-unplugged")
        # The sitting goes on: the main window still has the pedal's key.
        monitors.run("xdotool", "key", "space")
        assert program.pedal_events() == [True, False]
        monitors.plug()
        back = program.wait_for("placed", place="display")
        assert (back["screen"], back["geometry"], back["primary"]) == ("AR", AR, False)
        assert program.wait_for("notice")["text"] == ""
    monitors.picture("3-back")
    time.sleep(0.5)
    assert light_of_screen(monitors, tmp_path, 1600) > 150


def test_remembered_from_the_last_sitting_and_plugged_in_later(
    monitors: TwoMonitors, stack: ExitStack
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
    monitors.unplug()
    program = Running(monitors, stack, json.dumps(remembered))
    monitors.plug()
    assert program.wait_for("placed", place="display")["geometry"] == AR


def test_told_dark_and_stalled_it_is_black(
    monitors: TwoMonitors, stack: ExitStack, tmp_path: Path
) -> None:
    program = Running(monitors, stack)
    program.say("choose 0")
    time.sleep(0.5)
    for off, on in (("dark", "light"), ("stall", "")):
        assert light_of_screen(monitors, tmp_path, 1600) > 150
        program.say(off)
        time.sleep(0.5)
        monitors.picture(f"4-{off}")
        assert light_of_screen(monitors, tmp_path, 1600) == 0
        if on:
            program.say(on)
            time.sleep(0.5)


def test_the_space_bar_as_a_pedal(monitors: TwoMonitors, stack: ExitStack) -> None:
    program = Running(monitors, stack)
    program.say("choose 0")
    monitors.run("xset", "r", "rate", "250", "40")
    monitors.run("xdotool", "key", "space")
    assert program.pedal_events() == [True, False]
    monitors.run("xdotool", "keydown", "space")
    time.sleep(1.5)
    assert program.pedal_events() == [True], "a held key is one press"
    monitors.run("xdotool", "keyup", "space")
    assert program.pedal_events() == [False]
    # Release and press pairs, as a window system makes them of a held key.
    pairs = ["keyup", "space", "keydown", "space"] * 20
    monitors.run("xdotool", "keydown", "space", *pairs, "keyup", "space")
    assert program.pedal_events() == [True, False]
    program.say("edit")
    monitors.run("xdotool", "key", "a", "space", "b")
    assert program.pedal_events() == []
    assert program.say("away")["text"] == "a b"


def test_a_picture_of_the_eyepiece_is_what_the_display_shows(
    monitors: TwoMonitors, stack: ExitStack, tmp_path: Path
) -> None:
    program = Running(monitors, stack)
    program.say("choose 0")
    time.sleep(0.5)
    program.say(f"grab {tmp_path / 'shown.npy'}")
    shown = np.load(tmp_path / "shown.npy")
    assert shown.shape == (1200, 1600, 3)
    assert shown.max() > 150

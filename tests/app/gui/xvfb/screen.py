"""A virtual X server with two monitors, its pixels, and a hand on its keyboard and mouse."""

import mmap
import os
import shutil
import struct
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import cv2
import numpy as np
import pytest

from inference.arrays import U8

NEEDED = ("Xvfb", "xrandr", "openbox", "xdotool")
PATIENCE_S = 120.0
"""Nothing here is a measurement of time: a loaded computer may take as long as it likes."""
MONITOR = (1600, 1200)
PICTURES = "HER2SCOPE_PICTURES"
"""Environment variable: a folder in which screenshots are left."""

needs_x = pytest.mark.skipif(
    not all(map(shutil.which, NEEDED)), reason=f"needs {', '.join(NEEDED)} to be installed"
)


class Framebuffer:
    """What the X server shows, read from its memory: the file that ``-fbdir`` makes is an XWD."""

    def __init__(self, file: Path) -> None:
        with file.open("rb") as opened:
            self._memory = mmap.mmap(opened.fileno(), 0, prot=mmap.PROT_READ)
        head = struct.unpack(">25I", self._memory[:100])
        height, line, colors = head[5], head[12], head[19]
        assert head[11] == 32, "four bytes a pixel"
        raw = np.frombuffer(self._memory, np.uint8, height * line, head[0] + 12 * colors)
        self._bgrx = raw.reshape(height, line // 4, 4)

    def rgb(self, x: int, y: int, width: int, height: int) -> U8:
        """Return a copy of a part of the screen, (height, width, 3)."""
        return self._bgrx[y : y + height, x : x + width, 2::-1].copy()


class TwoMonitors:
    """An X server with the monitors MAIN and AR side by side, and a window manager.

    Parameters
    ----------
    stack
        Ends both.
    folder
        For the memory of the screen, and the home of all that runs on it.
    """

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        self.home = folder / "home"
        self.home.mkdir()
        inherited = {name: value for name, value in os.environ.items() if name[:4] != "XDG_"}
        self.environment = {**inherited, "HOME": str(self.home), "QT_QPA_PLATFORM": "xcb"}
        read_end, write_end = os.pipe()
        with os.fdopen(read_end) as number:
            self._start(
                stack,
                *("Xvfb", "-displayfd", str(write_end), "-noreset", "-fbdir", str(folder)),
                *("-screen", "0", "3200x1200x24"),
                kept_open=write_end,
            )
            os.close(write_end)
            self.environment["DISPLAY"] = f":{number.readline().strip()}"
        self.run("xrandr", "--setmonitor", "MAIN", "1600/400x1200/300+0+0", "screen")
        self.plug()
        self._start(stack, "openbox")
        self.framebuffer = Framebuffer(folder / "Xvfb_screen0")

    def plug(self) -> None:
        """Plug the second monitor in."""
        self.run("xrandr", "--setmonitor", "AR", "1600/400x1200/300+1600+0", "none")

    def unplug(self) -> None:
        """Pull the second monitor out."""
        self.run("xrandr", "--delmonitor", "AR")

    # The hand

    def hand(self, *words: object) -> str:
        """Do with keyboard and mouse what xdotool calls by these words."""
        return self.run("xdotool", *map(str, words))

    def key(self, name: str) -> None:
        """Press a key and let it go."""
        self.hand("key", name)

    def hold(self, name: str, seconds: float) -> None:
        """Hold a key down."""
        self.hand("keydown", name)
        time.sleep(seconds)
        self.hand("keyup", name)

    def point(self, x: float, y: float) -> None:
        """Move the mouse there."""
        self.hand("mousemove", round(x), round(y))

    def click(self, x: float, y: float, button: int = 1, times: int = 1) -> None:
        """Click there; buttons 4 and 5 are the wheel."""
        self.point(x, y)
        self.hand("click", "--repeat", times, "--delay", 60, button)

    def drag(self, *places: tuple[float, float]) -> None:
        """Hold the left button from the first place over the others; `drop` lets it go."""
        self.point(*places[0])
        self.hand("mousedown", 1)
        for place in places[1:]:
            self.point(*place)
            time.sleep(0.03)

    def drop(self) -> None:
        """Let the left button go."""
        self.hand("mouseup", 1)

    def windows(self, title: str) -> list[int]:
        """Return the windows on the screen whose title matches."""
        found = self.run("xdotool", "search", "--onlyvisible", "--name", title, ends=(0, 1))
        return [int(word) for word in found.split()]

    # The eye

    def monitor(self, number: int) -> U8:
        """Return what a monitor shows: 0 is MAIN, 1 is AR."""
        return self.framebuffer.rgb(number * MONITOR[0], 0, *MONITOR)

    def picture(self, name: str) -> None:
        """Leave a picture of both monitors where the user wants them, if so."""
        folder = os.environ.get(PICTURES)
        if folder:
            shown = np.concatenate([self.monitor(0), self.monitor(1)], axis=1)
            cv2.imwrite(str(Path(folder) / f"{name}.png"), shown[..., ::-1])

    def until(self, seen: Callable[[], object], what: str) -> None:
        """Wait until something is so, and fail when it does not come."""
        end = time.monotonic() + PATIENCE_S
        while not seen():
            if time.monotonic() > end:
                self.picture("failed")
                pytest.fail(f"not seen: {what}")
            time.sleep(0.1)

    # Processes

    def run(self, *command: str, ends: tuple[int, ...] = (0,)) -> str:
        """Run a command on the screen, and return what it says."""
        ended = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=False, timeout=60
        )
        assert ended.returncode in ends, f"{' '.join(command)}: {ended.stderr}"
        return ended.stdout

    def _start(self, stack: ExitStack, *command: str, kept_open: int | None = None) -> None:
        process = subprocess.Popen(
            command,
            env=self.environment,
            pass_fds=() if kept_open is None else (kept_open,),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        stack.callback(process.wait, 30)
        stack.callback(process.terminate)

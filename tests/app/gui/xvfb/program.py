"""The real program on a virtual screen, and where a person sees its parts: by their pixels."""

import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from app.gui.field_strip import CARD_WIDTH
from app.gui.theme import DARK, GRID
from app.model.eyepiece import EyepieceLook
from inference.arrays import U8
from inference.cells.classes import CellClass
from tests.app.gui.xvfb.pixels import Box, class_flags, class_pixels, is_color, runs
from tests.app.gui.xvfb.screen import TwoMonitors
from tests.app.gui.xvfb.store import Store

ROOT = Path(__file__).resolve().parents[4]
LEFT_PX, RIGHT_PX = 30 * GRID, 46 * GRID
"""Widths of the panels beside the picture."""
_TOP_PX, _BOTTOM_PX = 80, 140
MAIN, EYEPIECE_PAGE = "HER2Scope - For Rese", "^Eyepiece$"
"""Titles of windows."""
_THUMB_PX, _BLOCK_PX, _MENU_PX, _MARKERS_PX, _LINES_PX = 90, 40, 80, 40, 110
_REST_S, _NOISE = 0.25, 1.0
"""Two pictures so far apart of the same tissue differ by less, as mean of gray values."""
_CHOICE_PX, _LINE_PX = 34, 38
"""In the eyepiece's settings: where the displays are chosen, and one line of their list."""
_LINE_OF_STATE = (slice(73, 89), slice(2, 70))
"""In a card, from the corner of its picture: where “saved” or “saving …” stands."""


class Running:
    """``her2scope window`` in its own process.

    Parameters
    ----------
    screen
        Where it shows its windows.
    stack
        Ends it, if it did not end before.
    cases
        Folder of the cases.
    options
        More of the command line.
    """

    def __init__(self, screen: TwoMonitors, stack: ExitStack, cases: Path, *options: str) -> None:
        self.screen = screen
        self.store = Store(cases)
        self._corners: dict[int, tuple[int, int]] = {}
        self.output = screen.home / "output.txt"
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app", "window", "--cases", str(cases), *options],
                env=screen.environment,
                cwd=ROOT,
                stdout=output,
                stderr=output,
            )
        stack.callback(self._end)
        screen.until(lambda: self._alive() and screen.windows(MAIN), "a window")
        screen.until(lambda: self.picture_box() is not None, "the live picture")

    def kill(self) -> None:
        """Kill it as kill -9 does."""
        assert self.process.poll() is None, f"it had ended before: {self.output.read_text()}"
        self.process.send_signal(signal.SIGKILL)
        assert self.process.wait(60) == -signal.SIGKILL

    def quit(self) -> None:
        """Close it by its key; it must end well, and without a word."""
        self.screen.key("ctrl+q")
        assert self.process.wait(120) == 0, self.output.read_text()
        assert "Traceback" not in self.output.read_text()

    # The window

    def box(self, title: str = MAIN) -> Box:
        """Return where the window is, or another one, without its frame."""
        ids = self.screen.windows(title)
        if not ids:
            return Box(0, 0, 0, 0)
        told = self.screen.hand("getwindowgeometry", "--shell", ids[0])
        size = dict(line.split("=") for line in told.split())
        return Box(*self._corner(ids[0]), int(size["WIDTH"]), int(size["HEIGHT"]))

    def _corner(self, window: int) -> tuple[int, int]:
        """Return the upper left corner of a window, found by the mouse and then remembered.

        What getwindowgeometry says of it counts the frame twice.
        """
        if window not in self._corners:
            self.screen.hand("mousemove", "--sync", "--window", window, 0, 0)
            told = self.screen.hand("getmouselocation", "--shell")
            place = dict(line.split("=") for line in told.split())
            self._corners[window] = (int(place["X"]), int(place["Y"]))
        return self._corners[window]

    def seen(self) -> U8:
        """Return the pixels of the window."""
        box = self.box()
        return self.screen.framebuffer.rgb(box.x, box.y, box.width, box.height)

    def part(self, box: Box) -> U8:
        """Return the pixels of a part of the screen."""
        return self.screen.framebuffer.rgb(box.x, box.y, box.width, box.height)

    def picture_box(self) -> Box | None:
        """Return where the field is: in the middle, with its surround at both sides."""
        window = self.box()
        if not window.width:
            return None
        middle = self.seen()[:, LEFT_PX + 2 : window.width - RIGHT_PX - 2]
        around = is_color(middle, DARK.surround, within=0)
        rows = runs(around.sum(axis=1) >= 40, 200)
        if not rows:
            return None
        top, height = max(rows, key=lambda run: run[1])
        columns = runs(around[top : top + height].mean(axis=0) < 0.5, 200)
        if len(columns) != 1:
            return None
        left, width = columns[0]
        if abs(width - height) > 3:
            return None
        return Box(window.x + LEFT_PX + 2 + left, window.y + top, width, height)

    def field_box(self) -> Box:
        """Return `picture_box`, which must be there."""
        found = self.picture_box()
        assert found is not None
        return found

    @property
    def crisp(self) -> bool:
        """Whether the picture is sharp everywhere: the simulated tissue becomes so bit by bit."""
        box = self.picture_box()
        if box is None:
            return False
        gray = self.part(box).astype(float).mean(axis=-1)
        steps = np.abs(np.diff(gray, axis=1))
        count = min(steps.shape) // _BLOCK_PX
        steps = steps[: count * _BLOCK_PX, : count * _BLOCK_PX]
        blocks = steps.reshape(count, _BLOCK_PX, count, _BLOCK_PX).mean(axis=(1, 3))
        return bool((blocks > 3.0).mean() > 0.97)

    @property
    def still(self) -> bool:
        """Whether the stage has come to rest: it glides on when its key is let go."""
        box = self.picture_box()
        if box is None:
            return False
        before = self.part(box).astype(float).mean(axis=-1)
        time.sleep(_REST_S)
        after = self.part(box).astype(float).mean(axis=-1)
        return bool(np.abs(after - before).mean() < _NOISE)

    def cards(self) -> list[Box]:
        """Return where the small pictures of the fields are in the strip, the first one first."""
        window = self.box()
        bright = self.seen()[-_BOTTOM_PX:].max(axis=-1) > 100
        found = []
        for left, width in runs(bright.sum(axis=0) >= 30, _THUMB_PX):
            assert width < CARD_WIDTH
            rows = runs(bright[:, left : left + width].mean(axis=1) > 0.6, 40)
            if rows:
                top = window.y + window.height - _BOTTOM_PX + rows[0][0]
                found.append(Box(window.x + left, top, width, rows[0][1]))
        return found

    def saved_cards(self) -> list[bool]:
        """Return for each field in the strip whether the strip says that it is saved."""
        window, seen = self.box(), self.seen()
        found = []
        for card in self.cards():
            corner = seen[card.y - window.y :, card.x - window.x :]
            line = corner[_LINE_OF_STATE].astype(int)
            yellow = (line[..., 0] - line[..., 2] > 60).sum()
            gray = ((line.min(axis=-1) > 100) & (np.ptp(line, axis=-1) < 40)).sum()
            found.append(bool(gray > 20 and yellow == 0))
        return found

    @property
    def field_opened(self) -> bool:
        """Whether a field of the strip is marked as the opened one."""
        return bool(is_color(self.seen()[-_BOTTOM_PX:], DARK.accent).sum() > 2 * CARD_WIDTH)

    def counts(self) -> U8:
        """Return the lines of the panel in which the cells of each class are counted."""
        # Numbers alone: the bars give way to a scroll bar when there is more to say below.
        panel = self.seen()[_TOP_PX:-_BOTTOM_PX, -RIGHT_PX : -12 * GRID]
        markers = class_flags(panel[:, :_MARKERS_PX], CellClass.INTENSE_COMPLETE)
        top = int(np.flatnonzero(markers.any(axis=1))[0])
        return panel[top - 6 : top + _LINES_PX]

    def slider_handles(self) -> list[tuple[float, float]]:
        """Return where the handles of the two threshold sliders are, the weak one first."""
        window = self.box()
        panel = self.seen()[:, :LEFT_PX]
        groove = is_color(panel, DARK.edge)
        ends = groove[:, 19] & groove[:, LEFT_PX - 20]  # a histogram is shorter
        found = []
        for top, height in runs(ends, 2):
            row = groove[top + height // 2, 16 : LEFT_PX - 16]
            handle = runs(~row, 8)
            assert len(handle) == 1
            start, width = handle[0]
            found.append((window.x + 16 + start + width / 2, window.y + top + height / 2))
        return found

    def button(self, color: str, left: int, right: int, least: int = 80) -> Box | None:
        """Return the first button of a color between two columns of the window."""
        window = self.box()
        flags = is_color(self.seen()[:, left:right], color)
        for top, height in runs(flags.sum(axis=1) > 0.4 * least, 16):
            columns = runs(flags[top : top + height].mean(axis=0) > 0.5, 8)
            first, last = columns[0], columns[-1]
            width = last[0] + last[1] - first[0]
            if width > least:
                return Box(window.x + left + first[0], window.y + top, width, height)
        return None

    @property
    def finish_button(self) -> Box | None:
        """The button that finishes the slide, when it is in sight and can be pressed."""
        width = self.box().width
        return self.button(DARK.accent, width - RIGHT_PX, width)

    @property
    def unconfirmed(self) -> bool:
        """Whether the panel of the thresholds says that they are not confirmed."""
        return self.button(DARK.warning, 0, LEFT_PX) is not None

    @property
    def asks(self) -> bool:
        """Whether it asks to go on with an unfinished slide."""
        width = self.box().width
        return self.button(DARK.accent, LEFT_PX, width - RIGHT_PX) is not None

    def menu(self) -> Box | None:
        """Return where the small menu is in the picture, without its frame."""
        field = self.field_box()
        flags = is_color(self.part(field), DARK.panel, within=0)
        columns = runs(flags.sum(axis=0) > _MENU_PX, _MENU_PX)
        if not columns:
            return None
        left, right = columns[0][0], sum(columns[-1])
        # A banner may lie in the same columns.
        filled = flags[:, left:right].mean(axis=1) > 0.4
        top, height = max(runs(filled, 1), key=lambda run: run[1], default=(0, 0))
        return Box(field.x + left, field.y + top, right - left, height) if height else None

    def line_of_menu(self, meant: CellClass) -> tuple[float, float] | None:
        """Return where the marker of a class is in the small menu."""
        menu = self.menu()
        if menu is None:
            return None
        places = np.argwhere(class_flags(self.part(menu), meant))
        if len(places) == 0:
            return None
        y, x = places.mean(axis=0)
        return menu.x + float(x), menu.y + float(y)

    # The eyepiece, on the second monitor

    def light_in_eyepiece(self, *classes: CellClass) -> int:
        """Return how many pixels of the second monitor have the color of a class."""
        light = EyepieceLook().brightness
        return class_pixels(self.screen.monitor(1), *classes, light=light)

    @property
    def eyepiece_dark(self) -> bool:
        """Whether the eyepiece shows gray words at most."""
        return bool(np.ptp(self.screen.monitor(1).astype(int), axis=-1).max() < 16)

    def show_eyepiece(self) -> None:
        """Choose the second monitor for the eyepiece, by the page that the settings are on."""
        screen = self.screen
        screen.key("F8")
        screen.until(lambda: screen.windows(EYEPIECE_PAGE), "the settings of the eyepiece")
        page = self.box(EYEPIECE_PAGE)
        x = page.x + 0.7 * page.width
        screen.click(x, page.y + _CHOICE_PX)
        second = page.around((x, page.y + _CHOICE_PX + _LINE_PX), 9)
        screen.until(
            lambda: is_color(self.part(second), DARK.raised).mean() > 0.4, "the list of displays"
        )
        screen.click(x, page.y + _CHOICE_PX + _LINE_PX)
        screen.until(lambda: screen.monitor(1).max() > 0, "words in the eyepiece")
        screen.key("F8")
        screen.until(lambda: not screen.windows(EYEPIECE_PAGE), "no settings any more")
        screen.click(*self.field_box().at(0.5, 0.02))

    # What the user does again and again

    def analyze(self) -> None:
        """Press the pedal's key where the picture is crisp; the field is in the strip, saved."""
        before = self.saved_cards()
        assert all(before)
        self.screen.until(lambda: self.crisp and self.still, "a crisp picture that stands still")
        self.screen.key("space")
        wanted = [*before, True]
        self.screen.until(lambda: self.saved_cards() == wanted, "one more saved field")

    def open_field(self, number: int) -> None:
        """Click a field of the strip, and wait until it is seen with its cells."""
        self.screen.click(*self.cards()[number - 1].at(0.5, 0.5))
        self.screen.until(lambda: self.field_opened, "a field that is opened")
        self.screen.until(lambda: self.picture_box() is not None, "its picture")
        self.screen.until(lambda: class_pixels(self.part(self.field_box())) > 500, "its cells")
        self.look_away()

    def look_away(self) -> None:
        """Take the mouse out of the picture: the arrow is among its pixels."""
        window = self.box()
        self.screen.point(window.x + 20, window.y + window.height - 150)

    def drive(self, key: str = "Right") -> None:
        """Drive the stage by an arrow key."""
        self.screen.hold(key, 0.4)

    def _alive(self) -> bool:
        assert self.process.poll() is None, f"it ended: {self.output.read_text()}"
        return True

    def _end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(60)

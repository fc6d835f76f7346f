"""The thread that reads tiles of the slide: first what is seen, then what will be."""

import os
import sys
import threading
from collections.abc import Iterator

from hardware.arrays import U8
from hardware.simulators.microscope.tiles import (
    TILE_PX,
    Patch,
    PixelRect,
    TileKey,
    TileStore,
    levels,
    seen,
    tiles_over,
)
from hardware.simulators.microscope.view import View
from hardware.simulators.slides.slide import Slide, SlideProblem

MEMORY_BYTES = 200_000_000
"""Some five views of 3008 x 3008 px."""

_NICE = 5
"""How far the thread stands back behind all others."""


class SlideUnreadable(Exception):
    """The thread met a slide that it cannot read; the message is one line."""


class TileSupply:
    """Reads a slide tile by tile on a thread of its own.

    Parameters
    ----------
    slide
        What lies on the stage.
    memory_bytes
        Bound of the memory for tiles.
    """

    def __init__(self, slide: Slide, memory_bytes: int = MEMORY_BYTES) -> None:
        self._slide = slide
        self._store = TileStore(memory_bytes)
        self._changed = threading.Condition()
        self._view: View | None = None
        self._failure: Exception | None = None
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._version = 0

    @property
    def slide(self) -> Slide:
        """What lies on the stage."""
        with self._changed:
            return self._slide

    @property
    def held_bytes(self) -> int:
        """Memory that tiles take."""
        with self._changed:
            return self._store.held_bytes

    def covers(self, view: View) -> bool:
        """Tell whether every tile of a view was read."""
        with self._changed:
            keys = tiles_over(seen(view), view.um_per_px, 0)
            return all(key in self._store for key in keys)

    def start(self) -> None:
        """Begin to read tiles; a failure of before is forgotten."""
        with self._changed:
            self._failure = None
            self._changed.notify_all()
            if self._thread is not None:
                return
            self._stopping = False
            self._thread = threading.Thread(target=self._run, name="simulated slide")
            self._thread.start()

    def stop(self) -> None:
        """Tell the thread to end after the tile at hand."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()

    def join(self) -> None:
        """Wait until the thread has ended."""
        thread = self._thread
        if thread is not None:
            thread.join()
            self._thread = None

    def change(self, slide: Slide) -> None:
        """Put another slide under the objective; nothing of the last one is shown any more."""
        with self._changed:
            self._slide = slide
            self._store.clear()
            self._failure = None
            self._version += 1
            self._changed.notify_all()

    def look(self, view: View) -> tuple[list[Patch], int]:
        """Say what is seen now, and return the best picture of it that there is.

        Returns
        -------
        patches
            Pieces that together make up the view.
        version
            Another number when a tile was added in between, here or elsewhere.

        Raises
        ------
        SlideUnreadable
            The slide could not be read.
        """
        with self._changed:
            if self._failure is not None:
                raise SlideUnreadable(str(self._failure)) from self._failure
            if view != self._view:
                self._view = view
                self._changed.notify_all()
            return self._store.patches(view), self._version

    def _run(self) -> None:
        first = True
        while True:
            with self._changed:
                key = None
                while not self._stopping and (key := self._next()) is None:
                    self._changed.wait()
                if key is None:
                    return
                slide = self._slide
            try:
                rgb = _read(slide, key)
            except Exception as error:  # it goes on to whoever looks, and ends this slide
                with self._changed:
                    if self._slide is slide:
                        self._failure = error
                continue
            with self._changed:
                if self._slide is slide:
                    self._store.put(key, rgb)
                    self._version += 1
            if first:  # for the first one, which may compile everything, all others wait
                _stand_back()
                first = False

    def _next(self) -> TileKey | None:
        """Return the tile that is missed most, with the lock held."""
        view = self._view
        if view is None or self._failure is not None:
            return None
        for level, rect in _order(view):
            missing = [
                key
                for key in tiles_over(rect, view.um_per_px, level)
                if key not in self._store and self._useful(key, level, rect)
            ]
            if missing:
                return min(missing, key=lambda key: _distance(key, rect, level))
        return None

    def _useful(self, key: TileKey, level: int, rect: PixelRect) -> bool:
        """Tell whether a coarse tile would stand in for anything."""
        if level == 0:
            return True
        side = TILE_PX << level
        left, top = key.i * side, key.j * side
        part = PixelRect(
            max(left, rect.left),
            max(top, rect.top),
            min(left + side, rect.right),
            min(top + side, rect.bottom),
        )
        return any(
            fine not in self._store for fine in tiles_over(part, key.um_per_px / 2**level, 0)
        )


def _order(view: View) -> Iterator[tuple[int, PixelRect]]:
    """Walk levels and areas from what is wanted first."""
    now = seen(view)
    dx, dy = view.lead_px
    ahead = PixelRect(
        now.left + min(dx, 0) - TILE_PX // 2,
        now.top + min(dy, 0) - TILE_PX // 2,
        now.right + max(dx, 0) + TILE_PX // 2,
        now.bottom + max(dy, 0) + TILE_PX // 2,
    )
    coarse = range(len(levels(view.um_per_px)) - 1, 0, -1)
    for level in coarse:
        yield level, now
        if dx or dy:
            yield level, ahead
    yield 0, now
    for level in coarse:
        yield level, ahead
    yield 0, ahead


def _distance(key: TileKey, rect: PixelRect, level: int) -> int:
    """Return how far a tile lies from the middle of an area (squared, in tiles and a half)."""
    side = TILE_PX << level
    x = (2 * key.i + 1) * side - rect.left - rect.right
    y = (2 * key.j + 1) * side - rect.top - rect.bottom
    return x * x + y * y


def _read(slide: Slide, key: TileKey) -> U8:
    side_um = TILE_PX * key.um_per_px
    rgb = slide.region(key.i * side_um, key.j * side_um, TILE_PX, TILE_PX, key.um_per_px)
    if rgb.shape != (TILE_PX, TILE_PX, 3) or rgb.flags.writeable:
        raise SlideProblem(f"{slide.name}: a region of {rgb.shape} came in place of a tile")
    return rgb


def _stand_back() -> None:
    """Let all other threads go first: no real slide takes the computer's time to be looked at."""
    if sys.platform == "linux":  # elsewhere this would be the whole process
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)

"""The motorized stage and the focus drive of the simulated microscope."""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from hardware.simulators.slides.slide import Extent

SETTLING_S = 0.08
"""Time constant with which the stage takes up a new speed: felt as weight, not as delay."""

FARTHEST_FOCUS_UM = 100.0
"""The focus drive stops there on both sides of the tissue."""


@dataclass(frozen=True)
class StagePosition:
    """Where the stage is, at one moment.

    Attributes
    ----------
    x_um, y_um
        Position on the slide that lies in the middle of the picture.
    z_um
        Distance of the focus from the tissue.
    x_um_s, y_um_s
        Speed.
    """

    x_um: float
    y_um: float
    z_um: float
    x_um_s: float
    y_um_s: float


def seconds_to_move(um: float, um_s: float) -> float:
    """Return how long after `Stage.set_velocity` a stage that stood has moved by a distance."""
    low, high = 0.0, um / um_s + SETTLING_S
    for _ in range(50):
        middle = (low + high) / 2
        drive = _Drive()
        drive.target = um_s
        drive.advance(middle, -math.inf, math.inf)
        low, high = (low, middle) if drive.at >= um else (middle, high)
    return high


class _Drive:
    """One axis: nears its target speed exponentially, so that it starts and stops smoothly."""

    def __init__(self) -> None:
        self.at = 0.0
        self.speed = 0.0
        self.target = 0.0

    def advance(self, seconds: float, least: float, most: float) -> None:
        # v(t) = target + (v - target) exp(-t / tau), and its integral.
        excess = self.speed - self.target
        fade = math.exp(-seconds / SETTLING_S)
        at = self.at + self.target * seconds + excess * SETTLING_S * (1 - fade)
        self.speed = self.target + excess * fade
        self.at = min(max(at, least), most)
        if self.at != at:
            self.speed = 0.0

    def jump(self, to: float, least: float, most: float) -> None:
        self.at = min(max(to, least), most)


class Stage:
    """Stage and focus; every method may be called from any thread.

    Parameters
    ----------
    clock
        Tells the time in s.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._x, self._y, self._z = _Drive(), _Drive(), _Drive()
        self._extent: Extent | None = None
        self._then_s = clock()

    @property
    def position(self) -> StagePosition:
        """Position and speed at this moment."""
        with self._lock:
            self._advance()
            x, y, z = self._x, self._y, self._z
            return StagePosition(x.at, y.at, z.at, x.speed, y.speed)

    def set_velocity(self, x_um_s: float, y_um_s: float) -> None:
        """Move at that speed from now on; (0, 0) stops. For keys that are held down."""
        with self._lock:
            self._advance()
            self._x.target, self._y.target = x_um_s, y_um_s

    def set_focus_velocity(self, z_um_s: float) -> None:
        """Drive the focus at that speed from now on; 0 stops."""
        with self._lock:
            self._advance()
            self._z.target = z_um_s

    def move_by(self, x_um: float, y_um: float) -> None:
        """Move at once by a distance. For the mouse, which is smooth by itself."""
        with self._lock:
            self._advance()
            self._jump(self._x.at + x_um, self._y.at + y_um)

    def move_to(self, x_um: float, y_um: float) -> None:
        """Go to a position at once, and stand still there."""
        with self._lock:
            self._advance()
            for drive in (self._x, self._y):
                drive.speed = drive.target = 0.0
            self._jump(x_um, y_um)

    def focus_by(self, z_um: float) -> None:
        """Move the focus at once by a distance."""
        with self._lock:
            self._advance()
            self._z.jump(self._z.at + z_um, -FARTHEST_FOCUS_UM, FARTHEST_FOCUS_UM)

    def focus_to(self, z_um: float) -> None:
        """Set the focus at once, and leave it there; 0 is in focus."""
        with self._lock:
            self._advance()
            self._z.speed = self._z.target = 0.0
            self._z.jump(z_um, -FARTHEST_FOCUS_UM, FARTHEST_FOCUS_UM)

    def limit_to(self, extent: Extent | None) -> None:
        """Keep the middle of the picture within a rectangle; None lets it go anywhere."""
        with self._lock:
            self._advance()
            self._extent = extent
            self._jump(self._x.at, self._y.at)

    def _advance(self) -> None:
        now_s = self._clock()
        seconds = max(0.0, now_s - self._then_s)
        self._then_s = now_s
        left, top, right, bottom = self._sides
        self._x.advance(seconds, left, right)
        self._y.advance(seconds, top, bottom)
        self._z.advance(seconds, -FARTHEST_FOCUS_UM, FARTHEST_FOCUS_UM)

    def _jump(self, x_um: float, y_um: float) -> None:
        left, top, right, bottom = self._sides
        self._x.jump(x_um, left, right)
        self._y.jump(y_um, top, bottom)

    @property
    def _sides(self) -> tuple[float, float, float, float]:
        extent = self._extent
        if extent is None:
            return -math.inf, -math.inf, math.inf, math.inf
        return extent.left, extent.top, extent.right, extent.bottom

"""One camera, opened and watched for some seconds."""

import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import cv2
import numpy as np

from app.interruption import ctrl_c_held
from hardware.arrays import U8
from hardware.camera import BrokenPicture, Camera, CameraError, CameraPicture, CameraStalled
from hardware.camera_settings import CameraCapabilities, CameraSettings

_PATIENCE_S = 2.0
"""A camera that is silent for so long stalls: slower ones are of no use at a microscope."""


@dataclass
class CameraCheck:
    """What was seen of a camera.

    Attributes
    ----------
    name
        Make and model, better known once it was open.
    capabilities, settings
        As it answered while pictures came; None when it did not come to that.
    numbers, taken_s, ages_s
        Of every picture that was read.
    broken
        How many pictures came, but not whole.
    uncounted
        How many pictures came before the camera was asked what it can: while it answers it drops
        some, and only then.
    broken_before, broken_between
        How many broken ones came before the first picture that counts, and before the last.
    stalls
        How often no picture came for two seconds.
    last
        The newest picture, None when there was none.
    problem
        Why it ended early or what was wrong, in one line; empty when all was well.
    interrupted
        Whether Ctrl-C ended it.
    """

    name: str
    capabilities: CameraCapabilities | None = None
    settings: CameraSettings | None = None
    numbers: list[int] = field(default_factory=list)
    taken_s: list[float] = field(default_factory=list)
    ages_s: list[float] = field(default_factory=list)
    broken: int = 0
    uncounted: int = 0
    broken_before: int = 0
    broken_between: int = 0
    stalls: int = 0
    last: U8 | None = None
    problem: str = ""
    interrupted: bool = False

    def note(self, picture: CameraPicture, now_s: float) -> None:
        """Take one picture into account."""
        if len(self.numbers) == self.uncounted:
            self.broken_before = self.broken
        self.broken_between = self.broken
        self.numbers.append(picture.number)
        self.taken_s.append(picture.taken_s)
        self.ages_s.append(now_s - picture.taken_s)
        self.last = picture.rgb

    @property
    def dropped(self) -> int:
        """How many numbers are missing from the first picture that counts to the last."""
        counted = self.numbers[self.uncounted :]
        if not counted:
            return 0
        broken = self.broken_between - self.broken_before
        return counted[-1] - counted[0] + 1 - len(counted) - broken

    @property
    def interval_s(self) -> tuple[float, float] | None:
        """Median and 95 % of the time from one picture to the next; None for less than two."""
        return _median_and_most(np.diff(self.taken_s).tolist())

    @property
    def age_s(self) -> tuple[float, float] | None:
        """Median and 95 % of a picture's age when it was there to be used."""
        return _median_and_most(self.ages_s)


def check_camera(
    camera: Camera,
    seconds: float,
    clock: Callable[[], float] = time.monotonic,
    each: Callable[[CameraCheck], None] = lambda _: None,
) -> CameraCheck:
    """Open a camera, read it for some seconds and close it, whatever happens meanwhile.

    Ctrl-C ends it early; what was seen until then is returned. It cannot keep the camera open.

    Parameters
    ----------
    each
        Called after each picture; what it raises ends the check and goes on to the caller.
    """
    check = CameraCheck(camera.name)
    _silence_decoders()
    with ctrl_c_held() as ctrl_c:
        try:
            with ctrl_c.let_through():
                camera.open()
                check.name = camera.name
                _watch(camera, check, seconds, clock, each)
        except CameraError as error:
            check.problem = str(error)
        except KeyboardInterrupt:
            check.interrupted = True
        finally:
            try:
                camera.close()
            except CameraError as error:
                check.problem = check.problem or str(error)
    if not check.problem and not check.interrupted:
        if not check.numbers:
            check.problem = f"{check.name} sent no whole picture within {seconds:g} s"
        elif check.stalls:
            check.problem = f"{check.name} sent nothing for {_PATIENCE_S:g} s, {check.stalls} times"
    return check


def _silence_decoders() -> None:
    """Keep OpenCV and its FFmpeg from telling on stderr, in their words, what is told here."""
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # AV_LOG_QUIET
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


def _watch(
    camera: Camera,
    check: CameraCheck,
    seconds: float,
    clock: Callable[[], float],
    each: Callable[[CameraCheck], None],
) -> None:
    ends_s = clock() + seconds
    while (left_s := ends_s - clock()) > 0:
        try:
            # The first one may take longer than a short check is meant to last.
            patience_s = _PATIENCE_S if not check.numbers else min(_PATIENCE_S, left_s)
            check.note(camera.read(patience_s), clock())
        except BrokenPicture:
            check.broken += 1
        except CameraStalled:
            check.stalls += patience_s == _PATIENCE_S
        if check.settings is None and check.numbers:
            # Once pictures come: some cameras do not know before whether they carry a clock.
            check.settings, check.capabilities = camera.settings(), camera.capabilities()
            check.uncounted = len(check.numbers)
        each(check)


def camera_record(check: CameraCheck) -> dict[str, Any]:
    """Return what was seen as JSON has it; its schema stands with ``her2scope devices``."""
    size = None if check.last is None else [check.last.shape[1], check.last.shape[0]]
    capabilities = None if check.capabilities is None else asdict(check.capabilities)
    if capabilities is not None:
        capabilities["white_balance"] = sorted(capabilities["white_balance"])
    rate = None if check.interval_s is None else 1 / check.interval_s[0]
    return {
        "name": check.name,
        "size_px": size,
        "pictures": len(check.numbers),
        "rate_per_s": rate,
        "interval_ms": _milliseconds(check.interval_s),
        "age_ms": _milliseconds(check.age_s),
        "dropped": check.dropped,
        "broken": check.broken,
        "stalls": check.stalls,
        "settings": None if check.settings is None else asdict(check.settings),
        "automatic": [] if check.settings is None else list(check.settings.automatic),
        "capabilities": capabilities,
        "problem": check.problem,
        "interrupted": check.interrupted,
    }


def _milliseconds(pair: tuple[float, float] | None) -> dict[str, float] | None:
    return None if pair is None else {"median": 1000 * pair[0], "p95": 1000 * pair[1]}


def _median_and_most(values: list[float]) -> tuple[float, float] | None:
    if not values:
        return None
    median, most = np.percentile(values, (50, 95))
    return float(median), float(most)

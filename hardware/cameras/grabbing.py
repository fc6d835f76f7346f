"""The camera around a driver: one thread takes all pictures and keeps the newest."""

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Late
from typing import TypeVar

from hardware.camera import BrokenPicture, CameraError, CameraLost, CameraPicture, CameraStalled
from hardware.camera_settings import CameraCapabilities, CameraSettings
from hardware.cameras.exposure import Driver, Exposure
from hardware.cameras.pixel_formats import FormatProblem, to_rgb
from hardware.cameras.stamps import Stamped, Stamps

_GRAB_S = 0.1
"""A driver waits that long for a picture, so that it can be told to stop."""
_ANSWER_S = 10.0
"""A camera that does not answer a question in that time is not going to."""

T = TypeVar("T")


class _Run:
    """What happens between one opening of the camera and the end, guarded by one condition."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.newest: tuple[Stamped, Exposure] | None = None
        self.streaming = False
        self.stopping = False
        self.failure: CameraLost | None = None
        self.unreleased: CameraLost | None = None
        self.questions: queue.SimpleQueue[Callable[[bool], None]] = queue.SimpleQueue()

    @property
    def over(self) -> bool:
        return self.stopping or self.failure is not None

    def put(self, stamped: Stamped, exposure: Exposure) -> None:
        with self.changed:
            older, self.newest = self.newest, (stamped, exposure)
            self.changed.notify_all()
        if older is not None:
            older[1].release()

    def stop(self) -> None:
        with self.changed:
            self.stopping = True
            self.changed.notify_all()


class GrabbingCamera:
    """A `hardware.camera.Camera` out of a driver.

    All calls of the driver come from one thread that begins with `open` and ends with `close` or
    with the loss of the camera; several makes ask for that. `read` turns only those pictures into
    RGB that somebody wants.

    Parameters
    ----------
    driver
        The make.
    settings
        Hold from the opening on, again after every reconnection: a camera that lost its power has
        forgotten them.
    """

    def __init__(self, driver: Driver, settings: CameraSettings | None = None) -> None:
        self._driver = driver
        self._wanted = settings or CameraSettings()
        self._life = threading.Lock()
        self._run: _Run | None = None
        self._thread: threading.Thread | None = None

    @property
    def name(self) -> str:
        """Make and model."""
        return self._driver.name

    def open(self) -> None:
        """Start taking pictures; see `Camera.open`."""
        with self._life:
            if self._run is not None and not self._run.over:
                return
            self._end()
            run = _Run()
            thread = threading.Thread(target=self._take, args=(run,), name="camera")
            self._run, self._thread = run, thread
            thread.start()
            with run.changed:
                run.changed.wait_for(lambda: run.streaming or run.over)
                failure = run.failure
            if failure is not None:
                self._end()
                raise CameraLost(str(failure)) from failure

    def close(self) -> None:
        """Stop; see `Camera.close`. Waits for the driver to let go of the camera.

        Raises
        ------
        CameraLost
            The driver could not let go of a camera that is there. It is closed all the same.
        """
        run = self._run
        if run is not None:
            run.stop()  # before the lock: whoever opens meanwhile gives up
        with self._life:
            self._end()
        if run is not None and run.unreleased is not None:
            unreleased, run.unreleased = run.unreleased, None
            raise unreleased

    def read(self, timeout_s: float) -> CameraPicture:
        """Return the newest picture that was not yet read; see `Camera.read`."""
        stamped, exposure = self._next(timeout_s)
        try:
            if exposure.raw is None:
                raise BrokenPicture(
                    f"picture {stamped.number} of {self.name} is not whole: {exposure.problem}"
                )
            rgb = to_rgb(exposure.raw, exposure.pixel_format)
        except FormatProblem as error:
            raise BrokenPicture(f"picture {stamped.number} of {self.name}: {error}") from error
        finally:
            exposure.release()
        return CameraPicture(stamped.number, rgb, stamped.taken_s, exposure.device_s)

    def capabilities(self) -> CameraCapabilities:
        """Ask what can be set; see `Camera.capabilities`."""
        return self._ask(self._driver.capabilities)

    def settings(self) -> CameraSettings:
        """Ask what holds; see `Camera.settings`."""
        return self._ask(self._driver.settings)

    def adjust(self, settings: CameraSettings) -> None:
        """Set what is not None; see `Camera.adjust`."""
        self._ask(lambda: self._adjust(settings))
        self._wanted = self._wanted.changed_by(settings)

    def _next(self, timeout_s: float) -> tuple[Stamped, Exposure]:
        run = self._run
        if run is None:
            raise CameraLost(f"{self.name} is not open")
        with run.changed:
            run.changed.wait_for(lambda: run.newest is not None or run.over, timeout_s)
            newest, run.newest = run.newest, None
            if newest is not None and not run.stopping:
                return newest
        if newest is not None:
            newest[1].release()
        if run.over:
            raise self._loss(run)
        raise CameraStalled(f"no picture of {self.name} within {timeout_s:g} s")

    def _ask(self, question: Callable[[], T]) -> T:
        """Let the driver's thread answer between two pictures."""
        run = self._run
        if run is None:
            raise CameraLost(f"{self.name} is not open")
        answer: Future[T] = Future()

        def reply(connected: bool) -> None:
            try:
                if not connected:
                    raise self._loss(run)
                answer.set_result(question())
            except CameraError as error:
                answer.set_exception(error)
            except BaseException as error:
                answer.set_exception(CameraLost(_failed(self.name, error)))
                raise

        with run.changed:  # what is asked before the end gets an answer
            if run.over:
                raise self._loss(run)
            run.questions.put(reply)
        try:
            return answer.result(_ANSWER_S)
        except Late:
            raise CameraLost(f"{self.name} does not answer") from None

    def _loss(self, run: _Run) -> CameraLost:
        """Return why there are no pictures any more."""
        loss = CameraLost(f"{self.name} was closed" if run.failure is None else str(run.failure))
        loss.__cause__ = run.failure
        return loss

    def _end(self) -> None:
        """Wait until the thread has ended, with the life lock held."""
        run, thread = self._run, self._thread
        if run is None or thread is None:
            return
        run.stop()
        thread.join()
        self._run = self._thread = None

    def _take(self, run: _Run) -> None:
        failure: CameraLost | None = None
        try:
            self._driver.connect()
            self._begin()
            with run.changed:
                run.streaming = True
                run.changed.notify_all()
            self._stream(run)
        except CameraLost as error:
            failure = error
        except CameraError as error:
            failure = CameraLost(f"{self.name} does not take its settings: {error}")
        except Exception as error:  # a driver may fail in any way
            failure = CameraLost(_failed(self.name, error))
            failure.__cause__ = error
        if failure is not None:
            with run.changed:  # before letting go: some makes ask a camera that is gone for seconds
                run.failure = failure
                run.changed.notify_all()
        try:
            self._driver.disconnect()
        except Exception as error:
            if failure is None:  # a lost camera may well fail here, too
                run.unreleased = CameraLost(_failed(self.name, error))
                run.unreleased.__cause__ = error
        with run.changed:
            run.failure = failure or CameraLost(f"{self.name} was closed")
            newest, run.newest = run.newest, None
            run.changed.notify_all()
        if newest is not None:
            newest[1].release()
        while not run.questions.empty():
            run.questions.get()(False)

    def _begin(self) -> None:
        if self._wanted != CameraSettings():
            self._driver.capabilities().check(self.name, self._wanted)
            self._driver.adjust(self._wanted)
        self._driver.start()

    def _stream(self, run: _Run) -> None:
        stamps = Stamps()
        while not run.stopping:
            while not run.questions.empty():
                run.questions.get()(True)
            exposure = self._driver.grab(_GRAB_S)
            if exposure is not None:
                run.put(stamps.stamped(exposure, time.monotonic()), exposure)

    def _adjust(self, settings: CameraSettings) -> None:
        self._driver.capabilities().check(self.name, settings)
        if not settings.restart:
            self._driver.adjust(settings)
            return
        self._driver.stop()
        try:
            self._driver.adjust(settings)
        finally:
            self._driver.start()


def _failed(name: str, error: BaseException) -> str:
    lines = str(error).split("\n")
    return f"{name} failed: {type(error).__name__}: {lines[0]}"

"""The acquisition thread: owns the camera, numbers and tags frames, makes previews."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import cv2
import numpy as np

from app.live.motion import MotionMeter
from app.live.preview import CameraCondition, CameraStatus, Preview
from app.live.quality import UNSEEN_LIGHT, LightQuality, light_quality
from app.live.rhythm import Rhythm
from app.live.sharpness import clipped_fraction, focus
from app.live.trouble import Trouble, one_line
from app.live.view import View, halved, view_of
from app.live.worker import BackOff, Worker
from app.model.frame import Frame
from app.model.optics import PLAIN_LIGHT, Optics, OpticsOf, RawPicture, as_told
from hardware.camera import BrokenPicture, Camera, CameraLost, CameraPicture, CameraStalled
from hardware.objective import Nosepiece, Objective
from inference.arrays import U8

FIRST_VIEW = View(1000, 1000)
_LIGHT_EVERY_S = 0.3


@dataclass(frozen=True)
class AcquisitionOptions:
    """How the camera is read.

    Attributes
    ----------
    read_timeout_s
        How long one read may wait; stopping takes no longer.
    stall_s
        Time without a frame, beyond the usual interval, that counts as a stall.
    motion_tolerance_um
        Shift of the tissue from which on the stage has moved.
    """

    read_timeout_s: float = 0.2
    stall_s: float = 0.1
    motion_tolerance_um: float = 0.75


class AcquisitionSink(Protocol):
    """Takes what comes from the camera; called on the acquisition thread, must be quick."""

    def frame(self, frame: Frame) -> None:
        """Take every frame, before its preview is made."""
        ...

    def preview(self, preview: Preview) -> None:
        """Take the preview of a frame; the newest wins."""
        ...

    def camera_status(self, status: CameraStatus) -> None:
        """Take a change of the camera's state."""
        ...

    def trouble(self, trouble: Trouble) -> None:
        """Take an error that is not the camera's."""
        ...


class AcquisitionThread(Worker):
    """Reads the camera, opens it again when it was lost, and never ends by an exception.

    Frame numbers go up across reconnections; every reconnection begins a new generation.

    Parameters
    ----------
    camera
        Used on this thread alone.
    nosepiece
        Says which objective is in the light.
    sink
        Takes frames, previews and states.
    options
        How the camera is read.
    clock
        `time.monotonic`, or what a test puts in its place.
    optics_of
        Says what is known of the camera behind an objective; asked on this thread.
    """

    def __init__(
        self,
        camera: Camera,
        nosepiece: Nosepiece,
        sink: AcquisitionSink,
        options: AcquisitionOptions | None = None,
        clock: Callable[[], float] = time.monotonic,
        optics_of: OpticsOf = as_told,
    ) -> None:
        super().__init__("acquisition")
        self._camera = camera
        self._nosepiece = nosepiece
        self._sink = sink
        self._options = options or AcquisitionOptions()
        self._clock = clock
        self._shared = threading.Lock()
        self._view = FIRST_VIEW
        self._latest: Frame | None = None
        self._latest_raw: CameraPicture | None = None
        self._latest_preview: Preview | None = None
        self._generation = 0
        self._last_number = -1
        self._offset = 0
        self._size: tuple[int, int] | None = None
        self._optics_of = optics_of
        self._optics: Optics | None = None
        self._optics_asked: object = None
        self._objective: Objective | None = None
        self._objective_since_s = float("-inf")
        self._last_frame_s = clock()
        self._condition: CameraCondition | None = None
        self._motion = MotionMeter()
        self._rhythm = Rhythm()
        self._light = UNSEEN_LIGHT
        self._light_s = float("-inf")
        self._light_generation = -1

    def set_view(self, view: View) -> None:
        """Say what the window shows; holds from the next frame on."""
        with self._shared:
            self._view = view

    def set_optics(self, optics_of: OpticsOf) -> None:
        """Believe other calibrations, from the next frame on."""
        with self._shared:
            self._optics_of = optics_of

    def raw_picture(self, most_age_s: float) -> RawPicture | None:
        """Return the newest picture as the camera gave it; None when there is none as young.

        What is calibrated must not be corrected by the calibration before.
        """
        with self._shared:
            picture, frame = self._latest_raw, self._latest
        if picture is None or frame is None or self._clock() - picture.taken_s > most_age_s:
            return None
        return RawPicture(picture.rgb, self._camera.name, frame.objective)

    def new_generation(self) -> None:
        """Results of all frames so far are not to be painted: stain or white point changed."""
        with self._shared:
            self._generation += 1

    @property
    def generation(self) -> int:
        """The generation that the next frame will have."""
        with self._shared:
            return self._generation

    def latest(self, most_age_s: float) -> Frame | None:
        """Return the newest frame; None when there is none as young as that."""
        with self._shared:
            frame = self._latest
        if frame is None or self._clock() - frame.taken_s > most_age_s:
            return None
        return frame

    @property
    def latest_preview(self) -> Preview | None:
        """The newest preview; it may be of the frame before the newest."""
        with self._shared:
            return self._latest_preview

    def _run(self) -> None:
        waits = BackOff()
        while not self._stopping.is_set():
            try:
                self._open()
                while not self._stopping.is_set():
                    self._read_one()
                    waits.reset()
            except CameraLost as error:
                self._say(CameraCondition.LOST, str(error))
            except Exception as error:  # a driver may fail in any way
                self._say(CameraCondition.LOST, f"the camera failed: {one_line(error)}")
                self._sink.trouble(Trouble.unexpected("camera", error))
            self._close()
            if not self._stopping.is_set():
                waits.wait(self._stopping)
        self._nosepiece.close()
        self._say(CameraCondition.STOPPED)

    def _open(self) -> None:
        if self._condition is None:
            self._say(CameraCondition.OPENING)
        self._camera.open()
        with self._shared:
            self._generation += 1
        self._motion.reset()
        self._rhythm.reset()
        self._last_frame_s = self._clock()

    def _close(self) -> None:
        try:
            self._camera.close()
        except Exception as error:  # a lost device may fail to close, too
            self._sink.trouble(Trouble.unexpected("camera", error))

    def _read_one(self) -> None:
        try:
            picture = self._camera.read(self._options.read_timeout_s)
        except CameraStalled as error:
            waited = self._clock() - self._last_frame_s
            if waited > self._rhythm.interval_s + self._options.stall_s:
                self._say(CameraCondition.STALLED, str(error))
            return
        except BrokenPicture as error:
            self._say(CameraCondition.BROKEN, str(error))
            return
        problem = self._wrong_size(picture.rgb)
        if problem is not None:
            self._say(CameraCondition.WRONG_SIZE, problem)
            return
        self._last_frame_s = self._clock()
        self._say(CameraCondition.LIVE)
        frame = self._tagged(picture)
        with self._shared:
            self._latest, self._latest_raw = frame, picture
            view = self._view
        self._sink.frame(frame)
        preview = self._preview(frame, view)
        with self._shared:
            self._latest_preview = preview
        self._sink.preview(preview)

    def _wrong_size(self, rgb: U8) -> str | None:
        """Refuse a picture of another size: its pixels are not as large as was calibrated."""
        if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8 or rgb.size == 0:
            return f"the camera sent {rgb.dtype} of shape {rgb.shape} in place of an RGB picture"
        size = (rgb.shape[1], rgb.shape[0])
        if self._size is None:
            self._size = size
        if size == self._size:
            return None
        return (
            f"the camera sent {size[0]} x {size[1]} px in place of {self._size[0]} x "
            f"{self._size[1]} px: the pixel size does not hold for it; set the camera back, or "
            "start the program again"
        )

    def _tagged(self, picture: CameraPicture) -> Frame:
        optics = self._optics_in_light(picture)
        number = picture.number + self._offset
        if number <= self._last_number:  # the camera counts anew
            self._offset += self._last_number + 1 - number
            number = self._last_number + 1
        self._last_number = number
        if optics is not None and optics.correction is not None:
            rgb = optics.correction.apply(picture.rgb)
        else:
            rgb = picture.rgb.view()
        rgb.flags.writeable = False
        objective = None if optics is None else optics.objective
        light = PLAIN_LIGHT if optics is None else optics.light
        with self._shared:
            return Frame(number, rgb, picture.taken_s, objective, self._generation, light)

    def _optics_in_light(self, picture: CameraPicture) -> Optics | None:
        """Return what is known; None for a picture that was exposed while the objective changed."""
        current = self._nosepiece.current
        if current != self._objective:
            self._objective = current
            self._objective_since_s = self._clock()
            self._motion.reset()
        with self._shared:
            optics_of = self._optics_of
        # With the day in it, since calibrations run out at midnight.
        size_px = (picture.rgb.shape[1], picture.rgb.shape[0])
        asked = (current, optics_of, size_px, date.today())
        if asked != self._optics_asked:
            self._optics_asked = asked
            known = None if current is None else optics_of(self._camera.name, current, size_px)
            self._optics = known
            with self._shared:
                self._generation += 1
        turned_since = picture.taken_s <= self._objective_since_s and self._last_number >= 0
        return None if turned_since else self._optics

    def _preview(self, frame: Frame, view: View) -> Preview:
        half = halved(frame.rgb)
        quarter = halved(half)
        green_half = np.asarray(cv2.extractChannel(half, 1), np.uint8)
        green_quarter = np.asarray(cv2.extractChannel(quarter, 1), np.uint8)
        um_per_px = frame.um_per_px
        height, width = frame.rgb.shape[:2]
        reduction = width / quarter.shape[1]
        tolerance_px = self._options.motion_tolerance_um / um_per_px if um_per_px else None
        motion = self._motion.update(green_quarter, frame.number, reduction, tolerance_px)
        bgra, crop = view_of(frame.rgb, half, view)
        self._rhythm.add(frame.taken_s)
        return Preview(
            frame=frame.number,
            taken_s=frame.taken_s,
            made_s=self._clock(),
            generation=frame.generation,
            objective=frame.objective,
            bgra=bgra,
            crop=crop,
            field_width_px=width,
            field_height_px=height,
            focus=focus(green_half, 2 * um_per_px if um_per_px else None),
            clipped=clipped_fraction(quarter),
            still_since=motion.still_since,
            shift_px=motion.shift_px,
            rate_fps=self._rhythm.rate_fps,
            interval_s=self._rhythm.interval_s,
            cautions=self._cautions(frame),
            light=self._light_of(quarter, frame.generation),
        )

    def _cautions(self, frame: Frame) -> tuple[str, ...]:
        """Return what is to be said of calibrations, or why the objective is not known."""
        trouble = self._nosepiece.trouble if frame.objective is None else ""
        return (*frame.light.cautions, *((f"nosepiece: {trouble}",) if trouble else ()))

    def _light_of(self, rgb: U8, generation: int) -> LightQuality:
        """Measure the light now and then: it changes slowly, and takes a while to measure."""
        now_s = self._clock()
        if now_s - self._light_s >= _LIGHT_EVERY_S or generation != self._light_generation:
            self._light_s, self._light_generation = now_s, generation
            self._light = light_quality(rgb)
        return self._light

    def _say(self, condition: CameraCondition, text: str = "") -> None:
        if condition is self._condition:
            return
        self._condition = condition
        self._sink.camera_status(CameraStatus(condition, text, self._camera.name, self._clock()))

"""The camera of the simulated microscope."""

import math
import time

from hardware.arrays import U8
from hardware.camera import BrokenPicture, CameraLost, CameraPicture, CameraStalled
from hardware.camera_settings import CameraCapabilities, CameraSettings, Region
from hardware.simulators.beam_splitter import SimulatedBeamSplitter
from hardware.simulators.microscope.defocus import Defocus, defocus_sigma_px
from hardware.simulators.microscope.faults import Faults
from hardware.simulators.microscope.nosepiece import SimulatedNosepiece
from hardware.simulators.microscope.numbering import write_number
from hardware.simulators.microscope.sensor import Sensor, expose
from hardware.simulators.microscope.stage import Stage
from hardware.simulators.microscope.supply import SlideUnreadable, TileSupply
from hardware.simulators.microscope.view import view_of


class SimulatedCamera:
    """Takes pictures of the slide on the stage, at the beat of its exposures.

    It runs freely: its exposures are counted whether they are read or not. What it shows is the
    tissue under the objective when `read` takes the picture. While it is open a thread of the
    simulated slide makes tissue ready.

    Parameters
    ----------
    sensor
        Size, rate and faults of its pictures that are always there.
    stage, nosepiece, tiles
        What is in front of it.
    faults
        What goes wrong on purpose.
    beam_splitter
        Between them: brings the light of the eyepiece display into the picture.
    """

    def __init__(
        self,
        sensor: Sensor,
        stage: Stage,
        nosepiece: SimulatedNosepiece,
        tiles: TileSupply,
        faults: Faults,
        beam_splitter: SimulatedBeamSplitter,
    ) -> None:
        self._sensor = sensor
        self._stage = stage
        self._nosepiece = nosepiece
        self._tiles = tiles
        self._faults = faults
        self._beam_splitter = beam_splitter
        self._defocus = Defocus()
        self._opened_s: float | None = None
        self._last = -1

    @property
    def name(self) -> str:
        """Make and model."""
        return f"simulated camera {self._sensor.width_px} x {self._sensor.height_px}"

    def open(self) -> None:
        """Start taking pictures; see `Camera.open`."""
        if not self._faults.plugged:
            self.close()
            raise CameraLost("the simulated camera is unplugged")
        if self._opened_s is None:
            self._tiles.start()
            self._opened_s = time.monotonic()
            self._last = -1

    def close(self) -> None:
        """Stop; see `Camera.close`. Waits for the thread of the slide."""
        self._opened_s = None
        self._faults.wake()
        self._tiles.stop()
        self._tiles.join()

    def capabilities(self) -> CameraCapabilities:
        """Say what can be set: nothing, since the simulated sensor is chosen when it is made."""
        self._still_open_since()
        return CameraCapabilities()

    def settings(self) -> CameraSettings:
        """Say what holds; see `Camera.settings`."""
        self._still_open_since()
        return CameraSettings(
            auto_exposure=False,
            auto_gain=False,
            region=Region(self._sensor.width_px, self._sensor.height_px),
            frames_per_s=self._sensor.frames_per_s,
        )

    def adjust(self, settings: CameraSettings) -> None:
        """Refuse every change; see `Camera.adjust`."""
        self.capabilities().check(self.name, settings)

    def read(self, timeout_s: float) -> CameraPicture:
        """Return the newest picture that was not yet read; see `Camera.read`.

        Numbers begin at 0 each time that the camera is opened.
        """
        deadline_s = time.monotonic() + timeout_s
        number = self._await_exposure(deadline_s, timeout_s)
        self._last = number
        # The moment at which the stage is looked at: the end of the exposure.
        taken_s = time.monotonic()
        rgb = self._picture(number)
        self._await_delivery(taken_s, deadline_s, timeout_s)
        if self._faults.take_broken():
            raise BrokenPicture(f"picture {number} of the simulated camera is not whole")
        if self._faults.take_shrunk():
            rgb = rgb[: max(1, rgb.shape[0] // 2)]
        rgb.setflags(write=False)
        return CameraPicture(number, rgb, taken_s)

    def _await_exposure(self, deadline_s: float, timeout_s: float) -> int:
        """Wait for an exposure that was not read, and return its number."""
        while True:
            opened_s = self._still_open_since()
            step_s = 1 / self._sensor.frames_per_s
            ready_s = max(opened_s + (self._last + 1) * step_s, self._faults.stalled_until_s)
            now_s = time.monotonic()
            if now_s >= ready_s:
                return max(self._last + 1, math.floor((now_s - opened_s) / step_s))
            if now_s >= deadline_s:
                raise CameraStalled(f"no picture of the simulated camera within {timeout_s:g} s")
            self._faults.sleep_until(min(ready_s, deadline_s), lambda: self._opened_s is None)

    def _await_delivery(self, taken_s: float, deadline_s: float, timeout_s: float) -> None:
        late_s = self._faults.late_s
        if late_s <= 0:
            return
        self._faults.sleep_until(min(taken_s + late_s, deadline_s), lambda: self._opened_s is None)
        self._still_open_since()
        if taken_s + late_s > deadline_s:
            raise CameraStalled(f"no picture of the simulated camera within {timeout_s:g} s")

    def _still_open_since(self) -> float:
        if not self._faults.plugged:
            self._opened_s = None
            raise CameraLost("the simulated camera was unplugged")
        if self._opened_s is None:
            raise CameraLost("the simulated camera is not open")
        return self._opened_s

    def _picture(self, number: int) -> U8:
        optic = self._nosepiece.in_light
        position = self._stage.position
        view = view_of(position, optic.um_per_px, self._sensor.width_px, self._sensor.height_px)
        try:
            patches, version = self._tiles.look(view)
        except SlideUnreadable as error:
            self._opened_s = None
            raise CameraLost(f"the slide on the simulated microscope: {error}") from error
        sigma_px = defocus_sigma_px(position.z_um, optic.numerical_aperture, optic.um_per_px)
        patches = self._defocus.blurred(view, patches, version, sigma_px)
        rgb = expose(self._sensor, patches, self._faults.gains, number)
        self._beam_splitter.light(rgb)
        if self._sensor.numbered:
            write_number(rgb, number)
        return rgb

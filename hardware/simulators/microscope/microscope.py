"""The simulated microscope: slide, stage, objectives, beam splitter and camera."""

from collections.abc import Sequence

import numpy as np

from hardware.arrays import U8
from hardware.simulators.beam_splitter import SimulatedBeamSplitter
from hardware.simulators.microscope.camera import SimulatedCamera
from hardware.simulators.microscope.faults import Faults
from hardware.simulators.microscope.nosepiece import (
    FORTY,
    TWENTY,
    SimulatedNosepiece,
    SimulatedObjective,
)
from hardware.simulators.microscope.sensor import Sensor, expose
from hardware.simulators.microscope.stage import Stage
from hardware.simulators.microscope.supply import MEMORY_BYTES, TileSupply
from hardware.simulators.microscope.tiles import Patch
from hardware.simulators.microscope.view import View, view_of
from hardware.simulators.slides.slide import GLASS, Slide
from hardware.simulators.slides.synthetic import SyntheticSlide
from hardware.simulators.tissue import Truth


class NoTruth(Exception):
    """The slide is a picture, and nobody knows the truth about it."""


class SimulatedMicroscope:
    """A microscope with a slide on its stage.

    It starts no thread by itself: the camera does, from `open` to `close`.

    Parameters
    ----------
    slide
        What lies on the stage.
    sensor
        The camera.
    objectives
        Weakest first; the last one is in the light at the beginning.
    memory_bytes
        Bound of the memory for tissue that was made ready.

    Attributes
    ----------
    stage, nosepiece, beam_splitter, camera, faults
        The parts; `camera` belongs to one thread, the others to all.
    """

    def __init__(
        self,
        slide: Slide,
        sensor: Sensor | None = None,
        objectives: Sequence[SimulatedObjective] = (TWENTY, FORTY),
        memory_bytes: int = MEMORY_BYTES,
    ) -> None:
        self._sensor = sensor or Sensor()
        self._tiles = TileSupply(slide, memory_bytes)
        self.stage = Stage()
        self.nosepiece = SimulatedNosepiece(objectives)
        self.faults = Faults()
        self.beam_splitter = SimulatedBeamSplitter()
        self.camera = SimulatedCamera(
            self._sensor,
            self.stage,
            self.nosepiece,
            self._tiles,
            self.faults,
            self.beam_splitter,
        )
        self._go_to_start(slide)

    @property
    def slide(self) -> Slide:
        """What lies on the stage."""
        return self._tiles.slide

    @property
    def sharp(self) -> bool:
        """Whether all tissue in view is there; before, coarse tissue may stand in for it.

        Tissue is made ready for what the camera saw last, so pictures must be read meanwhile.
        """
        return self._tiles.covers(self._view())

    @property
    def held_bytes(self) -> int:
        """Memory that tissue takes."""
        return self._tiles.held_bytes

    def insert(self, slide: Slide) -> None:
        """Put another slide on the stage, and go to where it begins. From any thread."""
        self._tiles.change(slide)
        self._go_to_start(slide)

    def empty_field(self) -> U8:
        """Return the picture of clean glass without a slide's tissue, (h, w, 3) uint8.

        What a technician takes the white point of a station from.
        """
        height, width = self._sensor.height_px, self._sensor.width_px
        glass = np.full((height, width, 3), GLASS, np.uint8)
        whole = Patch(glass, 0, 0, 0, 0, height, width)
        return expose(self._sensor, [whole], (1.0, 1.0, 1.0), 0)

    def truth_in_view(self) -> Truth:
        """Return every nucleus in the picture that would be taken now, in its pixels.

        Takes a second or two for a whole field.

        Raises
        ------
        NoTruth
            The slide is not synthetic.
        """
        slide = self._synthetic()
        view = self._view()
        um = view.um_per_px
        return slide.truth(view.left_px * um, view.top_px * um, view.width_px, view.height_px, um)

    def find_tumor(self, count: int, least: float = 0.5) -> list[tuple[float, float]]:
        """Return stage positions (um) of fields that are rich in tumor and do not overlap.

        Parameters
        ----------
        count
            How many.
        least
            Share of the field that must be tumor; see `SyntheticSlide.find_tumor`.

        Raises
        ------
        NoTruth
            The slide is not synthetic.
        """
        return self._synthetic().find_tumor(count, *self._field_um, least)

    @property
    def _field_um(self) -> tuple[float, float]:
        um = self.nosepiece.in_light.um_per_px
        return self._sensor.width_px * um, self._sensor.height_px * um

    def _go_to_start(self, slide: Slide) -> None:
        self.stage.limit_to(slide.extent)
        self.stage.move_to(*slide.start_um(*self._field_um))

    def _view(self) -> View:
        um = self.nosepiece.in_light.um_per_px
        return view_of(self.stage.position, um, self._sensor.width_px, self._sensor.height_px)

    def _synthetic(self) -> SyntheticSlide:
        slide = self.slide
        if not isinstance(slide, SyntheticSlide):
            raise NoTruth(f"{slide.name} is a picture: nobody knows the truth about it")
        return slide

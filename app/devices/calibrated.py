"""Pixel size, light and their days of a camera behind an objective, out of what was calibrated."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

from app.model.optics import FieldLight, Optics
from app.storage.calibration_file import Calibrations
from app.storage.flat_field_file import load_smooth_light
from hardware.objective import Objective
from hardware.objective_calibration import FlatField, ObjectiveCalibration, expired, expiry_words
from inference.stain.flat_field import FlatFieldCorrection

_KEPT = 2
"""Corrections in memory, 54 MB each at 3008 x 3008: one turns back and forth between two."""


class CalibratedOptics:
    """An `app.model.optics.OpticsOf` that believes calibrations.

    A kept pixel size goes before one that the nosepiece tells, as a simulated one does. One that
    ran out is no pixel size any more: nothing is analyzed. A flat field that ran out or cannot be
    read goes with a caution in every field.

    Parameters
    ----------
    calibrations
        What was kept.
    folder
        Where the files of flat fields lie.
    today
        `datetime.date.today`, or what a test puts in its place.
    """

    def __init__(
        self,
        calibrations: Calibrations,
        folder: Path,
        today: Callable[[], date] = date.today,
    ) -> None:
        self._calibrations = calibrations
        self._folder = folder
        self._today = today
        self._corrections: dict[FlatField, FlatFieldCorrection] = {}
        self._building = threading.Lock()

    def __call__(self, camera: str, objective: Objective, size_px: tuple[int, int]) -> Optics:
        """Say what is known. May take half a second for a flat field that was not used lately."""
        sized, light = self._sized(camera, objective, size_px)
        kept = self._calibrations.flat_field(camera, objective.name, size_px)
        if kept is None:
            return Optics(sized, light)
        words = expiry_words(kept, self._today()) if self._unsure(kept) else None
        cautions = (*light.cautions, *((words,) if words else ()))
        try:
            correction = self._correction(kept)
        except ValueError as problem:
            why = f"the light is not evened out: {problem}"
            return Optics(sized, replace(light, cautions=(*cautions, why)))
        origin = f"empty field of the {objective.name}, {kept.made_on}; light evened out"
        white = replace(light, white=correction.white, white_origin=origin, cautions=cautions)
        return Optics(sized, white, correction)

    def reminders(self) -> tuple[str, ...]:
        """Return a line for each calibration that runs out soon, of all cameras, or ran out."""
        kept: tuple[ObjectiveCalibration | FlatField, ...] = (
            *self._calibrations.objectives,
            *self._calibrations.flat_fields,
        )
        found = ((each.camera, expiry_words(each, self._today())) for each in kept)
        return tuple(f"{camera}: {words}" for camera, words in found if words)

    def _sized(
        self, camera: str, objective: Objective, size_px: tuple[int, int]
    ) -> tuple[Objective, FieldLight]:
        kept = self._calibrations.objective(camera, objective.name, size_px)
        if kept is None:
            return objective, FieldLight()
        words = expiry_words(kept, self._today()) if self._unsure(kept) else None
        if expired(kept, self._today()):
            return replace(objective, um_per_px=None, problem=words or ""), FieldLight()
        origin = f"stage micrometer, {kept.made_on}, valid until {kept.valid_until}"
        light = FieldLight(scale_origin=origin, cautions=(words,) if words else ())
        return replace(objective, um_per_px=kept.um_per_px), light

    def _unsure(self, kept: ObjectiveCalibration | FlatField) -> bool:
        """Whether its days must be told with every field; that it runs out soon need not."""
        return not kept.made_on <= self._today() <= kept.valid_until

    def _correction(self, kept: FlatField) -> FlatFieldCorrection:
        with self._building:
            known = self._corrections.pop(kept, None)
            if known is None:
                light = load_smooth_light(self._folder / kept.file, kept.camera_px)
                known = FlatFieldCorrection(light)
            self._corrections[kept] = known
            while len(self._corrections) > _KEPT:
                del self._corrections[next(iter(self._corrections))]
            return known

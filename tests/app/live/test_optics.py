"""Calibrations on the way of a frame: pixel size, evened light, white point, cautions."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from app.model.optics import FieldLight, Optics
from hardware.objective import Objective
from inference.arrays import U8

Rig = Any
MakeRig = Callable[..., Rig]
WHITE = (231.0, 232.0, 233.0)


class Half:
    """Takes half of the light away, so that it can be seen that it was applied once."""

    def apply(self, rgb: U8) -> U8:
        return (rgb // 2).astype(np.uint8)


def lit(camera: str, objective: Objective, size_px: tuple[int, int]) -> Optics:
    assert (camera, size_px) == ("fake camera", (164, 112))
    sized = Objective(objective.name, 0.5)
    return Optics(
        sized, FieldLight(WHITE, "an empty field", "a ruler", ("the light is old",)), Half()
    )


def test_a_frame_is_corrected_once_and_carries_what_holds(rig: MakeRig) -> None:
    r = rig(optics_of=lit)
    r.begin()
    frame = r.session._acquisition.latest(1000)
    raw = r.session.raw_picture()
    assert frame is not None and raw is not None
    assert np.array_equal(frame.rgb, raw.rgb // 2)
    assert not frame.rgb.flags.writeable
    assert frame.um_per_px == 0.5 and frame.light.white == WHITE
    assert raw.camera == "fake camera"
    assert raw.objective is not None and raw.objective.um_per_px == 0.5
    assert r.session._acquisition.latest_preview.cautions == ("the light is old",)


def test_a_field_is_measured_and_kept_with_the_light_of_its_frame(rig: MakeRig) -> None:
    r = rig(optics_of=lit)
    r.begin()
    field = r.take_field()
    kept = r.keeper.fields[field.field]
    assert r.analyzer.setups[-1].white == WHITE
    assert kept.scale_origin == "a ruler"
    assert kept.um_per_px == 0.5 and "the light is old" in kept.warnings


def test_a_white_point_taken_by_hand_holds_for_its_objective(
    rig: MakeRig, fakes: SimpleNamespace
) -> None:
    r = rig(optics_of=lit)
    r.begin()
    r.camera.picture = np.full((112, 164, 3), 220, np.uint8)
    r.expose()
    r.session.take_white()
    r.take_field()
    assert r.analyzer.setups[-1].white == (110.0, 110.0, 110.0)
    r.nosepiece.select("20x")
    r.expose()
    r.expose()
    r.take_field()
    assert r.analyzer.setups[-1].white == WHITE


def test_new_calibrations_hold_from_the_next_frame_on(rig: MakeRig) -> None:
    r = rig()
    r.begin()
    before = r.session._acquisition.latest(1000)
    r.session.set_optics(lit)
    r.expose()
    after = r.session._acquisition.latest(1000)
    assert before.um_per_px == 0.424 and after.um_per_px == 0.5
    assert after.generation > before.generation


def test_an_objective_whose_calibration_ran_out_is_refused_with_the_reason(rig: MakeRig) -> None:
    r = rig(
        optics_of=lambda _camera, objective, _size: Optics(
            Objective(objective.name, None, "the pixel size ran out: calibrate again")
        )
    )
    r.begin()
    r.session.analyze_field()
    assert r.events.texts() == ["no field taken: the pixel size ran out: calibrate again"]

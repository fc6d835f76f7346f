"""The white point of a simulated microscope: taken from its own empty field."""

import dataclasses
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from app.gui.program import Program, session_options
from app.gui.scripted.simulated import simulated_program
from app.settings import MicroscopeSettings
from hardware.simulators.microscope import Sensor, SimulatedMicroscope
from hardware.simulators.slides import GLASS, SyntheticSlide
from hardware.simulators.tissue import pattern


@pytest.fixture
def program(tmp_path: Path) -> Program:
    sensor = Sensor(width_px=512, height_px=400)
    microscope = SimulatedMicroscope(SyntheticSlide(pattern("2+"), 1), sensor)
    nothing = cast("object", SimpleNamespace())
    return simulated_program(microscope, nothing, nothing, "asco-cap-2018", tmp_path)  # type: ignore[arg-type]


def test_a_simulated_station_has_its_white_from_glass(program: Program) -> None:
    options = session_options(program)
    assert options.white_origin == "empty field"
    assert options.white is not None
    # The middle of the light: the corners of the field are darker by vignetting.
    np.testing.assert_allclose(options.white, GLASS, atol=0.04 * 255)
    assert max(np.array(GLASS) - options.white) >= 0


def test_a_white_in_the_settings_goes_first(program: Program) -> None:
    microscope = MicroscopeSettings(white=(200.0, 210.0, 220.0))
    settings = program.settings.model_copy(update={"microscope": microscope})
    options = session_options(dataclasses.replace(program, settings=settings))
    assert (options.white, options.white_origin) == ((200.0, 210.0, 220.0), "settings")
    assert session_options(dataclasses.replace(program, empty_field=None)).white is None

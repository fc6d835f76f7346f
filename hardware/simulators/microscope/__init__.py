"""The simulated microscope: a slide to drive around on, with a camera that can fail."""

from hardware.simulators.microscope.camera import SimulatedCamera
from hardware.simulators.microscope.faults import Faults
from hardware.simulators.microscope.microscope import NoTruth, SimulatedMicroscope
from hardware.simulators.microscope.nosepiece import (
    FORTY,
    TWENTY,
    SimulatedNosepiece,
    SimulatedObjective,
)
from hardware.simulators.microscope.numbering import read_number
from hardware.simulators.microscope.sensor import Sensor
from hardware.simulators.microscope.stage import Stage, StagePosition, seconds_to_move

__all__ = [
    "FORTY",
    "TWENTY",
    "Faults",
    "NoTruth",
    "Sensor",
    "SimulatedCamera",
    "SimulatedMicroscope",
    "SimulatedNosepiece",
    "SimulatedObjective",
    "Stage",
    "StagePosition",
    "read_number",
    "seconds_to_move",
]

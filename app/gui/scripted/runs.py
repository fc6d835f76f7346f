"""The scripts, run with the windows from their start to their end."""

from collections.abc import Callable, Sequence
from pathlib import Path

from app.gui.program import Program
from app.gui.scripted.pictures import Screenshots
from app.gui.scripted.running import run_scripted
from app.gui.scripted.script import Script
from app.gui.scripted.sitting import ScriptedSitting
from app.gui.scripted.soak import Soak, SoakReport, check_soak
from app.gui.scripted.watching import Watch
from app.model.tally import Tally
from hardware.simulators.microscope import SimulatedMicroscope


def run_sitting(
    program: Program,
    microscope: SimulatedMicroscope,
    places: Sequence[tuple[float, float]],
    pictures: Path,
    say: Callable[[str], None],
) -> Tally:
    """Let the script take fields at these places (um), correct them and finish the slide.

    Parameters
    ----------
    pictures
        Folder that takes the screenshots.
    say
        Gets one line for each step.

    Returns
    -------
    The tally that the windows showed last.

    Raises
    ------
    ScriptProblem
        A step did not have its effect.
    OSError
        A screenshot cannot be written.
    """
    made: list[ScriptedSitting] = []

    def script(watch: Watch) -> Script:
        made.append(ScriptedSitting(watch, places, Screenshots(watch.windows, pictures), say))
        return made[0].script()

    run_scripted(program, microscope, script)
    return made[0].result


def run_soak(
    program: Program,
    microscope: SimulatedMicroscope,
    hours: float,
    every_s: float,
    say: Callable[[str], None],
) -> SoakReport:
    """Press every few seconds for hours.

    Raises
    ------
    ScriptProblem
        A press has neither a saved field nor a message.
    """
    made: list[Soak] = []

    def script(watch: Watch) -> Script:
        made.append(Soak(watch, hours, every_s, say, min(60.0, 360 * hours)))
        return made[0].script()

    run_scripted(program, microscope, script)
    check_soak(made[0].report)
    return made[0].report

"""The program with its windows, used by a script from its start to its end."""

from collections.abc import Callable

from app.gui.program import Program, Windows, started_application
from app.gui.scripted.script import Script, ScriptRunner
from app.gui.scripted.watching import Watch
from hardware.simulators.microscope import SimulatedMicroscope


def run_scripted(
    program: Program, microscope: SimulatedMicroscope, script_of: Callable[[Watch], Script]
) -> None:
    """Show the windows, let a script use them, and end.

    Parameters
    ----------
    program
        What the windows are built of.
    microscope
        Under the camera of `program`.
    script_of
        Called once the windows are there; what it returns is run.

    Raises
    ------
    ScriptProblem
        A step did not have its effect.
    """
    application = started_application()
    windows = Windows(application, program)
    watch = Watch(windows, microscope)
    runner = ScriptRunner(script_of(watch), watch.last_trouble)
    runner.ended.connect(application.quit)
    windows.start()
    runner.start()
    try:
        application.exec()
    finally:
        runner.stop()
        windows.stop()
    if runner.error is not None:
        raise runner.error

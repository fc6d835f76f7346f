"""The program with its windows, used by a script from its start to its end."""

from collections.abc import Callable
from contextlib import ExitStack

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
    with ExitStack() as ending:
        windows.start()
        ending.callback(windows.stop)
        runner = ScriptRunner(script_of(watch), watch.last_trouble)
        ending.callback(runner.stop)
        runner.ended.connect(application.quit)
        runner.start()
        application.exec()
    if runner.error is not None:
        raise runner.error

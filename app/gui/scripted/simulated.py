"""The program on a simulated microscope, apart from the settings of the user."""

from pathlib import Path

from app.gui.program import Program, Start
from app.live.analyzer import AnalysisSetup, chosen_analyzer
from app.session.keeper import Keeper
from app.session.options import Devices
from app.settings import AnalysisSettings, Settings, WindowSettings
from app.storage.cases.store import CaseStore
from hardware.pedals.keyboard import KeyboardPedal
from hardware.simulators.microscope import SimulatedMicroscope
from inference.stain.profile import load_stain_profile
from inference.stain.white import white_from_blank


def simulated_program(
    microscope: SimulatedMicroscope,
    keeper: Keeper,
    start: Start,
    rules: str,
    scratch: Path,
    cases: CaseStore | None = None,
) -> Program:
    """Return what the windows of a script are built of.

    Parameters
    ----------
    microscope
        Camera, nosepiece and stage.
    keeper
        Saves; started and closed by the caller.
    start
        Puts the first slide on the stage.
    rules
        Rule profile of the slide.
    scratch
        Takes the settings, which nobody needs afterwards.
    cases
        Where the keeper saves.
    """
    settings = Settings(analysis=AnalysisSettings(rules=rules), window=WindowSettings(guided=True))
    setup = AnalysisSetup(load_stain_profile(settings.analysis.stain))
    return Program(
        devices=Devices(microscope.camera, microscope.nosepiece, KeyboardPedal()),
        motors=microscope.stage,
        keeper=keeper,
        open_analyzer=chosen_analyzer(settings.analysis.detector, setup),
        settings=settings,
        settings_path=scratch / "settings.json",
        messages=(),
        start=start,
        beam_splitter=microscope.beam_splitter,
        empty_field=white_from_blank(microscope.empty_field()),
        cases=cases,
    )

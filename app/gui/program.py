"""The program with its windows: built, run, and ended in order."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app.gui.assets import load_fonts, window_font
from app.gui.banners import PictureLimits
from app.gui.bridge import Bridge
from app.gui.calibration_light import CalibrationLight, SeesDisplay
from app.gui.canvases import Canvases
from app.gui.display import Display
from app.gui.kept_slides import KeptSlides
from app.gui.latency import Latencies
from app.gui.latency_page import LatencyPage
from app.gui.main_window import MainWindow
from app.gui.microscope_wiring import MicroscopeWiring
from app.gui.offer_strip import GO_ON
from app.gui.pedal_wiring import PedalWiring
from app.gui.profile_wiring import ProfileWiring
from app.gui.second_screen import SecondScreen
from app.gui.settled_memory import SettledMemory
from app.gui.stage_drive import Motors, StageDrive
from app.gui.theme import TEXT_PX
from app.gui.wiring import Wiring
from app.live.analyzer import OpenAnalyzer
from app.live.freshness import FreshnessLimits
from app.live.trouble import Trouble
from app.model.optics import OpticsOf, as_told
from app.session.keeper import Keeper
from app.session.options import (
    Devices,
    SessionOptions,
    options_from,
    quality_limits,
    usable_analysis,
)
from app.session.session import Session
from app.settings import (
    PedalSettings,
    Settings,
    WindowSettings,
    save_settings,
    stain_profile_folder,
)
from app.storage.cases.store import CaseStore
from app.storage.eyepiece_file import EyepieceMemory, load_eyepiece, save_eyepiece
from app.storage.stain_profile_folder import StainProfileFolder
from inference.stain.density import White


class Offer(Protocol):
    """A question at the start; see `app.case_keeping.start.Offer`."""

    @property
    def text(self) -> str: ...
    @property
    def go_on(self) -> str: ...
    @property
    def begin_new(self) -> str: ...


class Start(Protocol):
    """Puts the first slide on the stage; see `app.case_keeping.start.SittingStart`."""

    @property
    def offer(self) -> Offer | None: ...
    def begin(self, session: Session) -> bool: ...
    def go_on(self, session: Session) -> bool: ...
    def begin_new(self, session: Session) -> bool: ...


@dataclass(frozen=True)
class NewSlide:
    """A start with a new slide and no question."""

    case: str
    name: str
    offer: None = None

    def begin(self, session: Session) -> bool:
        """Begin the slide."""
        return self.begin_new(session)

    def go_on(self, session: Session) -> bool:  # noqa: ARG002 - there is nothing to go on with
        """Refuse."""
        return False

    def begin_new(self, session: Session) -> bool:
        """Begin the slide."""
        return session.next_slide(self.case, self.name)


@dataclass(frozen=True)
class Program:
    """Everything that the windows are built of.

    Attributes
    ----------
    devices
        Camera, nosepiece and pedal; a `KeyboardPedal` gets the keys of the windows.
    motors
        The stage, when the program can move it.
    keeper
        Saves the sitting; ended by whoever made it.
    open_analyzer
        Creates the detector.
    settings, settings_path
        Of the user, and where changes of the windows go.
    messages
        What went wrong before there was a window.
    start
        What the sitting begins with.
    beam_splitter
        Of a simulated microscope: its camera sees the eyepiece while that is calibrated.
    empty_field
        White point that was taken from an empty field of this microscope; one in the settings
        goes first.
    cases
        Where `keeper` saves, to be read; closed by whoever opened it. None where a trial keeps
        nothing.
    station
        Name of the station whose devices these are; empty for the simulated microscope.
    optics
        What was calibrated of the camera.
    """

    devices: Devices
    motors: Motors | None
    keeper: Keeper
    open_analyzer: OpenAnalyzer
    settings: Settings
    settings_path: Path
    messages: tuple[str, ...]
    start: Start
    beam_splitter: SeesDisplay | None = None
    empty_field: White | None = None
    cases: CaseStore | None = None
    station: str = ""
    optics: OpticsOf = as_told


@dataclass(frozen=True)
class Ending:
    """How the windows ended.

    Attributes
    ----------
    status
        Exit status for the process.
    station
        Name of the station on which the windows are to open again, empty for the simulated
        microscope; None when the user closed them for good.
    """

    status: int
    station: str | None = None


_TURN_S = 0.001
"""How long a thread may keep Python from the others: a fifth of what is usual, since the windows'
thread waits that long whenever it wakes up while a field is being counted or saved."""


class Windows:
    """The main window and the eyepiece, joined to a session.

    Parameters
    ----------
    application
        Running Qt.
    program
        What they are built of.
    """

    def __init__(self, application: QApplication, program: Program) -> None:
        self._program = program
        self._settings = program.settings
        self._quit = application.quit
        self.wanted_station: str | None = None
        live = program.settings.live
        limits = FreshnessLimits(live.stall_s, live.pressed_age_s, live.continuous_age_s)
        self.main = MainWindow(limits, live.least_focus)
        picture_limits = PictureLimits(quality_limits(live), live.stall_s)
        self.display = Display(self.main, picture_limits)
        self.bridge = Bridge(self.display.receive, self.main)
        self.session = Session(
            program.devices,
            program.keeper,
            self.bridge,
            program.open_analyzer,
            session_options(program),
        )
        # Before those who follow the sliders: it is to know when a slider moved.
        self.latencies = Latencies(self.main)
        self.wiring = Wiring(
            self.main,
            self.display,
            self.session,
            drive=None if program.motors is None else StageDrive(program.motors),
            objectives=tuple(each.name for each in program.devices.nosepiece.objectives),
            settings=program.settings.window,
        )
        theme = program.settings.window.theme
        self.kept = KeptSlides(self.main, self.display, self.wiring.pages, program.cases, theme)
        memory, problems = load_eyepiece(self._eyepiece_path)
        self.second = SecondScreen(application, self.main, self.display, memory)
        self._canvases = Canvases(
            self.display, self.main.picture, self.second, self.session.set_canvases
        )
        self._calibration_light = CalibrationLight(
            self.second.calibration,
            self.second.eyepiece,
            self.session,
            program.beam_splitter,
            self.second,
        )
        self.latencies.watch_eyepiece(self.second.eyepiece)
        self._memory = SettledMemory(self.display)
        self.profiles = ProfileWiring(self.wiring, self.main, self.display, _own_profiles(program))
        self.wiring.settings_changed.connect(self._save_window)
        self.wiring.settings_changed.connect(lambda window: self.kept.set_theme(window.theme))
        self.wiring.keys_changed.connect(self.kept.viewer.set_keys)
        self.pedal = self._joined_pedal()
        self.microscope = MicroscopeWiring(
            self.wiring,
            self.main,
            self.display,
            self.session,
            program.station,
            tuple(each.name for each in program.devices.nosepiece.objectives),
            program.settings_path.parent,
        )
        self.microscope.use_asked.connect(self.use_station)
        self.wiring.serve("latency", self._open_latency)
        for action in ("eyepiece", "calibrate"):
            self.wiring.serve(action, partial(self.second.do, action))
        for action in ("slides", "export"):
            self.wiring.serve(action, partial(self.kept.do, action))
        self.second.memory_changed.connect(self._save_eyepiece)
        self.main.offer.answered.connect(self._answer)
        self.main.closing.connect(application.quit)
        for text in (*program.messages, *problems):
            self.display.receive(Trouble.now("sitting", text))

    def start(self) -> None:
        """Show the windows and start the threads."""
        sys.setswitchinterval(_TURN_S)
        self.main.show()
        self.second.start()
        self.display.start()
        self.latencies.start()
        if self.pedal is not None:
            self.pedal.start()
        self.session.start()
        self._begin()
        self.main.activateWindow()
        self.main.picture.setFocus()

    def stop(self) -> None:
        """Stop the threads, then let go of the windows."""
        if self.pedal is not None:
            self.pedal.stop()
        self.latencies.stop()
        self.microscope.close()
        self.kept.close()
        self.display.stop()
        self.session.stop()
        self.bridge.close()
        self.second.stop()
        self._memory.release()
        self.main.close()
        self.main.deleteLater()

    def _begin(self) -> None:
        start = self._program.start
        on_stage = start.begin(self.session)
        offer = start.offer
        if offer is not None:
            self.main.offer.ask(offer.text, offer.go_on, offer.begin_new)
        elif not on_stage:
            self.main.tally.ask_next_slide()

    def _answer(self, answer: str) -> None:
        start = self._program.start
        # What cannot be gone on with must not leave the stage empty.
        if answer == GO_ON and start.go_on(self.session):
            return
        if not start.begin_new(self.session):
            self.main.tally.ask_next_slide()

    def _open_latency(self) -> None:
        self.wiring.pages.open("latency", lambda: LatencyPage(self.latencies.figures))

    def _joined_pedal(self) -> PedalWiring | None:
        pedal = self._program.devices.pedal
        if pedal is None:
            self.wiring.serve("pedal", lambda: self.main.say("There is no pedal"))
            return None
        joined = PedalWiring(
            self.wiring, self.main, self.display, self.session, pedal, self._settings.pedal
        )
        joined.settings_changed.connect(self._save_pedal)
        return joined

    @property
    def _eyepiece_path(self) -> Path:
        return self._program.settings_path.with_name("eyepiece.json")

    def _save_window(self, window: WindowSettings) -> None:
        self._save({"window": window})

    def use_station(self, name: str) -> None:
        """Open the windows again on another microscope, now and at the next start.

        The sitting goes on there: everything is on disk.
        """
        microscope = self._settings.microscope.model_copy(update={"station": name})
        self._save({"microscope": microscope})
        self.wanted_station = name
        self._quit()

    def _save_pedal(self, pedal: PedalSettings) -> None:
        self._save({"pedal": pedal})

    def _save(self, changes: dict[str, object]) -> None:
        self._settings = self._settings.model_copy(update=changes)
        self._try(lambda: save_settings(self._program.settings_path, self._settings))

    def _save_eyepiece(self, memory: EyepieceMemory) -> None:
        self._try(lambda: save_eyepiece(self._eyepiece_path, memory))

    def _try(self, save: Callable[[], None]) -> None:
        try:
            save()
        except OSError as error:
            text = f"settings cannot be saved: {error}"
            self.display.receive(Trouble.now("storage", text))


def session_options(program: Program) -> SessionOptions:
    """Return the options of the settings, with the microscope's own white where they hold none."""
    load = _own_profiles(program).load
    analysis, _ = usable_analysis(program.settings.analysis, load)
    settings = program.settings.model_copy(update={"analysis": analysis})
    options = replace(options_from(settings), load_stain=load, optics_of=program.optics)
    if options.white is not None or program.empty_field is None:
        return options
    return replace(options, white=program.empty_field, white_origin="empty field")


def _own_profiles(program: Program) -> StainProfileFolder:
    return StainProfileFolder(stain_profile_folder(program.settings_path))


def started_application() -> QApplication:
    """Return Qt, started with the program's name, style and typeface."""
    known = QApplication.instance()
    application = known if isinstance(known, QApplication) else QApplication(sys.argv[:1])
    application.setApplicationName("HER2Scope")
    # Closing the main window ends the program, and closing any other does not.
    application.setQuitOnLastWindowClosed(False)
    application.setStyle("Fusion")
    load_fonts()
    application.setFont(window_font(TEXT_PX))
    return application


def run_windows(program: Program, *, seconds: float | None = None) -> Ending:
    """Show the windows until the user closes them, or wants them on another microscope.

    Parameters
    ----------
    seconds
        Close by itself after that time; for trials.
    """
    application = started_application()
    windows = Windows(application, program)
    windows.start()
    limit = QTimer()
    limit.setSingleShot(True)
    limit.timeout.connect(application.quit)
    if seconds is not None:
        limit.start(round(1000 * seconds))
    try:
        status = application.exec()
    finally:
        limit.stop()
        windows.stop()
    return Ending(status, windows.wanted_station)

"""What a session is set up with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from app.live.acquisition import AcquisitionOptions
from app.live.analysis import MOST_WAITING_BYTES
from app.live.quality import QualityLimits
from app.model.optics import OpticsOf, as_told
from app.settings import AnalysisSettings, LiveSettings, Settings
from hardware.camera import Camera
from hardware.objective import Nosepiece
from hardware.pedal import Pedal
from inference.scoring.profile import DEFAULT_PROFILE as DEFAULT_RULES
from inference.scoring.profile import ProfileError, RuleProfile, load_profile
from inference.stain.density import White
from inference.stain.profile import DEFAULT_PROFILE as DEFAULT_STAIN
from inference.stain.profile import ProfileProblem, StainProfile, load_stain_profile


@dataclass(frozen=True)
class Devices:
    """The devices of one microscope; without a pedal the keys are left."""

    camera: Camera
    nosepiece: Nosepiece
    pedal: Pedal | None = None


@dataclass(frozen=True)
class PedalBindings:
    """What the switches of the pedal do; see `app.settings.PedalSettings`.

    Attributes
    ----------
    long_press_s
        From when on a press is a long one.
    short, long
        By the number of the switch, the name of an action.
    """

    long_press_s: float = 0.6
    short: Mapping[int, str] = field(default_factory=lambda: {0: "analyze"})
    long: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SessionOptions:
    """What the user may set about a session.

    Attributes
    ----------
    stain, rules
        Names of the profiles with which a slide begins.
    white, white_origin
        White point of the station; None takes the stain profile's, or the picture's.
    acquisition
        How the camera is read.
    pedal
        What its switches do at the start; `app.session.session.Session.bind_pedal` changes it.
    frame_age_s
        Oldest frame that a press may take: it must be what is in the eyepiece. A press that
        finds an older one takes the next frame.
    quality
        Limits from which on a picture marks its field, or refuses it.
    most_waiting_bytes
        Pixels that may wait in presses.
    load_stain, load_rules
        Find profiles by name.
    optics_of
        Says what is known of the camera behind an objective.
    """

    stain: str
    rules: str
    white: White | None = None
    white_origin: str = ""
    acquisition: AcquisitionOptions = field(default_factory=AcquisitionOptions)
    pedal: PedalBindings = field(default_factory=PedalBindings)
    frame_age_s: float = 0.3
    quality: QualityLimits = field(default_factory=QualityLimits)
    most_waiting_bytes: int = MOST_WAITING_BYTES
    load_stain: Callable[[str], StainProfile] = load_stain_profile
    load_rules: Callable[[str], RuleProfile] = load_profile
    optics_of: OpticsOf = as_told


def usable_analysis(
    analysis: AnalysisSettings, load_stain: Callable[[str], StainProfile]
) -> tuple[AnalysisSettings, tuple[str, ...]]:
    """Return the settings with profiles that can be loaded, and a line for each that cannot.

    A file that was removed or broken must not keep anybody from the microscope. What is used in
    its place stands in the line, and in the window all the time. It is not what the user set,
    and must not be saved as such: the file may come back.
    """
    changes, lines = {}, []
    try:
        load_stain(analysis.stain)
    except ProfileProblem as problem:
        changes["stain"] = DEFAULT_STAIN
        lines.append(f"{problem}; {DEFAULT_STAIN} is used in its place")
    try:
        load_profile(analysis.rules)
    except ProfileError as problem:
        changes["rules"] = DEFAULT_RULES
        lines.append(f"{problem}; {DEFAULT_RULES} is used in its place")
    return analysis.model_copy(update=changes), tuple(lines)


def options_from(settings: Settings) -> SessionOptions:
    """Return the options that settings stand for."""
    live, pedal = settings.live, settings.pedal
    white = settings.microscope.white
    return SessionOptions(
        stain=settings.analysis.stain,
        rules=settings.analysis.rules,
        white=white,
        white_origin="settings" if white else "",
        acquisition=AcquisitionOptions(
            stall_s=live.stall_s, motion_tolerance_um=live.motion_tolerance_um
        ),
        pedal=PedalBindings(pedal.long_press_s, pedal.short, pedal.long),
        quality=quality_limits(live),
    )


def quality_limits(live: LiveSettings) -> QualityLimits:
    """Return the limits that settings stand for."""
    return QualityLimits(
        least_focus=live.least_focus,
        most_clipped=live.most_clipped,
        most_white_drift=live.most_white_drift,
        least_level=live.least_level,
        most_unevenness=live.most_unevenness,
        refuse=live.refuse,
    )

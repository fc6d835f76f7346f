"""What the eyepiece shows, and how: data that crosses threads, and the rendering of it."""

from dataclasses import dataclass, fields

from app.model.overlay import Overlay, OverlayStyle
from app.model.screen_overlay import Canvas
from hardware.eyepiece_calibration import Affine, EyepieceCalibration, centered_fit
from inference.arrays import U8

WATCHDOG_S = 0.09
"""Longest time beyond the usual interval of the camera without news; then all goes dark, which
with the timer and the painting is done within 100 ms."""


@dataclass(frozen=True)
class EyepieceLook:
    """What the user sets for the eyepiece.

    Attributes
    ----------
    brightness
        0.05 to 1: part of the display's full light.
    line_width, point_size
        0.5 to 4: times the usual width of lines and size of points.
    """

    brightness: float = 0.8
    line_width: float = 1.0
    point_size: float = 1.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value, (least, most) = getattr(self, field.name), LOOK_LIMITS[field.name]
            if not least <= value <= most:
                name = field.name.replace("_", " ")
                raise ValueError(f"{name} must be from {least:g} to {most:g}, not {value:g}")

    @property
    def style(self) -> OverlayStyle:
        """Sizes of what is drawn; brightness is a matter of the painting."""
        usual = OverlayStyle()
        return OverlayStyle(
            marker_radius_um=usual.marker_radius_um * self.point_size,
            marker_radius_least_px=usual.marker_radius_least_px * self.point_size,
            marker_line_um=usual.marker_line_um * self.line_width,
            marker_line_least_px=usual.marker_line_least_px * self.line_width,
            membrane_um=usual.membrane_um * self.line_width,
            membrane_least_px=usual.membrane_least_px * self.line_width,
            region_um=usual.region_um * self.line_width,
            region_least_px=usual.region_least_px * self.line_width,
        )


LOOK_LIMITS = {"brightness": (0.05, 1.0), "line_width": (0.5, 4.0), "point_size": (0.5, 4.0)}
"""Least and most by name of the field of `EyepieceLook`."""


@dataclass(frozen=True)
class EyepieceProjection:
    """Where and how an overlay is drawn in the eyepiece.

    A picture that was made for another projection is not shown.

    Attributes
    ----------
    camera_to_display
        Camera pixels to display pixels.
    width_px, height_px
        Size of the display.
    style
        Sizes of what is drawn.
    calibrated
        False when the map is only the centered default.
    """

    camera_to_display: Affine
    width_px: int
    height_px: int
    style: OverlayStyle
    calibrated: bool

    @property
    def canvas(self) -> Canvas:
        """What is drawn on: black, which in the eyepiece is no light."""
        return Canvas(
            self.camera_to_display, self.width_px, self.height_px, self.style, on_tissue=False
        )


@dataclass(frozen=True)
class EyepieceSetting:
    """What is in the light path and before the eye; a calibration fits exactly one.

    Attributes
    ----------
    objective, camera
        Names; the objective is None when it is not known.
    display
        `app.model.eyepiece_display.DisplayIdentity.label`.
    camera_px, display_px
        Width and height.
    """

    objective: str | None
    camera: str
    display: str
    camera_px: tuple[int, int]
    display_px: tuple[int, int]


def applies(calibration: EyepieceCalibration, setting: EyepieceSetting) -> bool:
    """Say whether a calibration was made with this objective, camera and display."""
    made_with = EyepieceSetting(
        calibration.objective,
        calibration.camera,
        calibration.display,
        calibration.camera_px,
        calibration.display_px,
    )
    return made_with == setting


def eyepiece_projection(
    calibrations: tuple[EyepieceCalibration, ...], setting: EyepieceSetting, look: EyepieceLook
) -> EyepieceProjection:
    """Return the map of the newest calibration that applies, or else the centered default."""
    fitting = [calibration for calibration in calibrations if applies(calibration, setting)]
    if fitting:
        newest = max(fitting, key=lambda calibration: calibration.made_on)
        camera_to_display = newest.fit.camera_to_display
    else:
        camera_to_display = centered_fit(setting.camera_px, setting.display_px)
    return EyepieceProjection(camera_to_display, *setting.display_px, look.style, bool(fitting))


@dataclass(frozen=True, eq=False)
class EyepiecePicture:
    """An overlay rendered for one projection.

    Attributes
    ----------
    bgra
        (h, w, 4) uint8, contiguous and read-only, premultiplied:
        ``QImage.Format_ARGB32_Premultiplied`` without a copy.
    projection
        What it was rendered for.
    """

    bgra: U8
    projection: EyepieceProjection


def eyepiece_picture(overlay: Overlay, projection: EyepieceProjection) -> EyepiecePicture:
    """Render an overlay for the eyepiece; may be called on any thread."""
    return EyepiecePicture(projection.canvas.draw(overlay), projection)


@dataclass(frozen=True, eq=False)
class EyepieceState:
    """What the eyepiece is to show from now on, until it is told again or it is too old.

    To be told at every frame of the camera: the window goes dark when it hears nothing.

    Attributes
    ----------
    picture
        The overlay; None when there is none.
    dark
        Why the overlay must not be seen, in a few words; None when it may be seen. An empty
        text is dark without a word.
    score
        The score of the slide, e.g. ``HER2 2+``; may be empty.
    words
        A few words below it; may be empty.
    seen_s
        `time.monotonic` of the frame on which this rests.
    interval_s
        Usual time between two frames of the camera.
    """

    picture: EyepiecePicture | None
    dark: str | None
    score: str
    words: str
    seen_s: float
    interval_s: float

    @property
    def valid_until_s(self) -> float:
        """`time.monotonic` from which on it is too old to be shown."""
        return self.seen_s + self.interval_s + WATCHDOG_S

"""Which display pixel lies over which camera pixel, seen through the eyepiece.

Between the picture plane of the camera and that of the display stand lenses, a beam splitter
that may mirror, and two mounts that are never quite square: an affine map. It is fitted to
pairs of points by least squares. The display shows a target at an exact place and the user
points at it in the camera picture, so the error is the user's, and lies in the camera: the fit
makes the sum of squared distances in the camera smallest, which are distances on the tissue.
"""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

F64: TypeAlias = npt.NDArray[np.float64]
Point: TypeAlias = tuple[float, float]
"""x and y in pixels; the center of the top left pixel is (0, 0)."""

LEAST_POINTS = 3
"""An affine map has six numbers, and a pair of points gives two."""
GOOD_RESIDUAL_UM = 2.0
"""A marker farther from its nucleus than this may seem to belong to the next."""
OLD_DAYS = 90
"""Mounts settle and are bumped into; the laboratory's quarterly check includes this one."""

_LEAST_SPREAD = 0.05
"""Points nearer to one line than this, as a part of their extent, say nothing across it."""
_SUSPECT_RATIO = 3.0


class CalibrationProblem(ValueError):
    """Points that give no calibration; the message is one line for the user."""


@dataclass(frozen=True)
class Affine:
    """x' = xx x + xy y + x0 and y' = yx x + yy y + y0."""

    xx: float
    xy: float
    x0: float
    yx: float
    yy: float
    y0: float

    @property
    def matrix(self) -> F64:
        """(2, 3), as OpenCV takes it."""
        return np.array([[self.xx, self.xy, self.x0], [self.yx, self.yy, self.y0]])

    @classmethod
    def from_matrix(cls, matrix: F64) -> "Affine":
        """Take a (2, 3) matrix."""
        (xx, xy, x0), (yx, yy, y0) = np.asarray(matrix, np.float64).tolist()
        return cls(xx, xy, x0, yx, yy, y0)

    def apply(self, points: F64) -> F64:
        """Map (n, 2) points."""
        matrix = self.matrix
        return np.asarray(points, np.float64) @ matrix[:, :2].T + matrix[:, 2]

    def apply_to_point(self, point: Point) -> Point:
        """Map one point."""
        x, y = point
        return (self.xx * x + self.xy * y + self.x0, self.yx * x + self.yy * y + self.y0)

    @property
    def inverse(self) -> "Affine":
        """The way back.

        Raises
        ------
        CalibrationProblem
            There is none: everything falls onto one line.
        """
        linear = self.matrix[:, :2]
        if not abs(np.linalg.det(linear)) > 0:
            raise CalibrationProblem("the map puts all points onto one line")
        back = np.linalg.inv(linear)
        return Affine.from_matrix(np.column_stack([back, -back @ self.matrix[:, 2]]))


@dataclass(frozen=True)
class PointPair:
    """One target: where the display showed it, and where the user saw it in the camera."""

    camera_px: Point
    display_px: Point


@dataclass(frozen=True)
class AffineFit:
    """A map from camera to display, and how well the points agree with it.

    Attributes
    ----------
    camera_to_display
        Pixels to pixels.
    residuals_um
        By point, how far the user's place is from where the map has it, on the tissue.
    rms_um
        Root of the squared residuals divided by the points beyond three, that is, the error of
        one point with the freedom of the fit taken out; None with three points, which any map
        fits.
    suspect
        Number of the point that the others contradict, if there is one.
    """

    camera_to_display: Affine
    residuals_um: tuple[float, ...]
    rms_um: float | None
    suspect: int | None


@dataclass(frozen=True)
class EyepieceCalibration:
    """What is kept of a calibration: for one objective, camera and display.

    Attributes
    ----------
    objective, camera, display
        Names; with another of any of them the calibration does not apply.
    camera_px, display_px
        Width and height of both pictures.
    um_per_px
        Pixel size of the camera with that objective when the calibration was made.
    pairs
        The points that it was fitted to.
    made_on
        Day.
    """

    objective: str
    camera: str
    display: str
    camera_px: tuple[int, int]
    display_px: tuple[int, int]
    um_per_px: float
    pairs: tuple[PointPair, ...]
    made_on: date

    @cached_property
    def fit(self) -> AffineFit:
        """The map and its residuals, from the points.

        Raises
        ------
        CalibrationProblem
        """
        return fit_affine(self.pairs, self.um_per_px)

    def warnings(self, today: date) -> tuple[str, ...]:
        """Return what the user should know before trusting the eyepiece: nothing, or lines."""
        lines = []
        rms = self.fit.rms_um
        if rms is None:
            lines.append("calibrated from three points: how good it is, is not known")
        elif rms > GOOD_RESIDUAL_UM:
            lines.append(
                f"the points disagree by {rms:.1f} um, more than {GOOD_RESIDUAL_UM:g} um: "
                "calibrate again"
            )
        days = (today - self.made_on).days
        if days > OLD_DAYS:
            lines.append(f"calibrated {days} days ago: calibrate again")
        return tuple(lines)


def fit_affine(pairs: tuple[PointPair, ...], um_per_px: float) -> AffineFit:
    """Fit the map from camera to display to point pairs by least squares.

    Parameters
    ----------
    pairs
        At least three that do not lie on one line; six or more tell how good the map is.
    um_per_px
        Pixel size of the camera.

    Raises
    ------
    CalibrationProblem
        Too few points, or all near one line, in the display or in the camera.
    """
    if not um_per_px > 0:
        raise CalibrationProblem(f"the pixel size must be positive, not {um_per_px} um")
    if len(pairs) < LEAST_POINTS:
        raise CalibrationProblem(f"{len(pairs)} of at least {LEAST_POINTS} targets are placed")
    camera = np.array([pair.camera_px for pair in pairs], np.float64)
    display = np.array([pair.display_px for pair in pairs], np.float64)
    for points, where in ((display, "targets"), (camera, "marked places")):
        if not np.all(np.isfinite(points)) or _on_a_line(points):
            raise CalibrationProblem(f"the {where} lie on one line: place others beside it")
    display_to_camera = _least_squares(display, camera)
    residuals = _distances(display_to_camera, display, camera) * um_per_px
    beyond = len(pairs) - LEAST_POINTS
    rms = float(np.sqrt(np.sum(residuals**2) / beyond)) if beyond else None
    return AffineFit(
        camera_to_display=display_to_camera.inverse,
        residuals_um=tuple(residuals.tolist()),
        rms_um=rms,
        suspect=_suspect(display, camera, um_per_px),
    )


def centered_fit(camera_px: tuple[int, int], display_px: tuple[int, int]) -> Affine:
    """Return the map that shows the whole camera picture, as large as it fits, in the middle."""
    scale = min(display_px[0] / camera_px[0], display_px[1] / camera_px[1])
    x0, y0 = (
        (there - 1) / 2 - scale * (here - 1) / 2
        for here, there in zip(camera_px, display_px, strict=True)
    )
    return Affine(scale, 0.0, x0, 0.0, scale, y0)


def _least_squares(source: F64, target: F64) -> Affine:
    # About the middle and in units of the extent, so that no digits are lost.
    middle, extent = source.mean(axis=0), float(np.ptp(source, axis=0).max())
    rows = np.column_stack([(source - middle) / extent, np.ones(len(source))])
    solution, *_ = np.linalg.lstsq(rows, target, rcond=None)
    linear = solution[:2].T / extent
    return Affine.from_matrix(np.column_stack([linear, solution[2] - linear @ middle]))


def _distances(display_to_camera: Affine, display: F64, camera: F64) -> F64:
    away = display_to_camera.apply(display) - camera
    return np.asarray(np.hypot(away[:, 0], away[:, 1]), np.float64)


def _on_a_line(points: F64) -> bool:
    spread = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
    return bool(spread[1] <= _LEAST_SPREAD * spread[0])


def _suspect(display: F64, camera: F64, um_per_px: float) -> int | None:
    """Return the point that is far from where the others put it, which agree without it.

    Leaving a point out needs four others, of which one is to spare; a point is suspect when it
    is off by more than the good residual and three times as far as the others are.
    """
    worst: tuple[float, int] | None = None
    for i in range(len(display) if len(display) > LEAST_POINTS + 1 else 0):
        others = np.arange(len(display)) != i
        if _on_a_line(display[others]):
            continue
        without = _least_squares(display[others], camera[others])
        rest = _distances(without, display[others], camera[others]) * um_per_px
        rms = np.sqrt(np.sum(rest**2) / (len(rest) - LEAST_POINTS))
        off = float(_distances(without, display[i : i + 1], camera[i : i + 1])[0] * um_per_px)
        least = max(GOOD_RESIDUAL_UM, _SUSPECT_RATIO * rms)
        if off > least and (worst is None or off / least > worst[0]):
            worst = (off / least, i)
    return None if worst is None else worst[1]

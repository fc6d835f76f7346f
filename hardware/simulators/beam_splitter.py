"""A simulated beam splitter: the camera sees what the eyepiece display shows.

A real one mirrors the display into the eyepiece, above the camera's part of the light path: the
user sees it over the tissue, and the camera does not, which takes fields and measures motion while
the overlay is lit. Nobody looks through a simulated eyepiece, so during a calibration, and only
then, this one shows the display in the camera picture, at the place where an eye would see it.
Meanwhile the lamp is turned down, as one does at a real microscope, since on bright glass nothing
brighter is seen.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np

from hardware.arrays import U8
from hardware.eyepiece_calibration import F64, Affine, centered_fit

Mount: TypeAlias = Callable[[tuple[int, int], tuple[int, int]], Affine]
"""Map from camera to display pixels, by width and height of both: the same parts with more
pixels."""


def simulated_truth(camera_px: tuple[int, int], display_px: tuple[int, int]) -> Affine:
    """Return a map from camera to display as a real mount has it: nearly centered, and not quite.

    Turned by 1.3 degrees, 4 % smaller than the whole display and a little unequal in x and y,
    and off the middle by about 1 % of the display.
    """
    fit = centered_fit(camera_px, display_px)
    angle = np.deg2rad(1.3)
    cos, sin = np.cos(angle), np.sin(angle)
    turned = np.array([[0.96 * cos, -0.957 * sin], [0.96 * sin, 0.957 * cos]])
    linear = turned * fit.xx
    middle = np.array([(camera_px[0] - 1) / 2, (camera_px[1] - 1) / 2])
    goal = np.array([0.508 * display_px[0], 0.493 * display_px[1]])
    return Affine.from_matrix(np.column_stack([linear, goal - linear @ middle]))


_LAMP = 0.45
"""Part of the lamp's light that is left while the display is on."""


@dataclass(frozen=True, eq=False)
class _Display:
    """What the display shows, and the corners (4, 2) of the part that is lit, or none."""

    rgb: U8
    corners: F64


def _lit_corners(display_rgb: U8) -> F64:
    x, y, width, height = cv2.boundingRect(display_rgb.max(axis=2))
    if width == 0:
        return np.empty((0, 2))
    return np.array([(i, j) for i in (x - 1.0, x + width) for j in (y - 1.0, y + height)])


class SimulatedBeamSplitter:
    """Lays the light of the display over pictures of the camera, when there is any.

    Every method may be called from any thread.

    Parameters
    ----------
    mount
        The truth that a calibration is to find.
    """

    def __init__(self, mount: Mount = simulated_truth) -> None:
        self._mount = mount
        self._display: _Display | None = None
        self._changing = threading.Lock()

    def show(self, display_rgb: U8 | None) -> None:
        """Let the camera see this on the display from now on; None turns the display's light off.

        Parameters
        ----------
        display_rgb
            (h, w, 3); it is not copied, and must not change any more.
        """
        display = None if display_rgb is None else _Display(display_rgb, _lit_corners(display_rgb))
        with self._changing:
            self._display = display

    def light(self, rgb: U8) -> None:
        """Turn the lamp down and add the display; without the display's light nothing changes.

        Parameters
        ----------
        rgb
            (h, w, 3) of the camera, changed in place.
        """
        with self._changing:
            display = self._display
        if display is None:
            return
        cv2.convertScaleAbs(rgb, dst=rgb, alpha=_LAMP)
        camera_px = rgb.shape[1], rgb.shape[0]
        truth = self._mount(camera_px, (display.rgb.shape[1], display.rgb.shape[0]))
        seen = _seen(truth, display.corners, camera_px)
        if seen is None:
            return
        x0, y0, x1, y1 = seen  # only there, since most of a display is black
        matrix = truth.matrix
        matrix[:, 2] += matrix[:, :2] @ np.array([x0, y0])  # the part's own corner is (0, 0)
        light = cv2.warpAffine(
            display.rgb,
            matrix,
            (x1 - x0, y1 - y0),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_CONSTANT,
        )
        part = rgb[y0:y1, x0:x1]
        part[:] = cv2.addWeighted(part, 1.0, light, 1 - _LAMP, 0.0)


def _seen(
    truth: Affine, corners: F64, camera_px: tuple[int, int]
) -> tuple[int, int, int, int] | None:
    """Return left, top, right and bottom of the light in the camera; None if there is none."""
    if len(corners) == 0:
        return None
    seen = truth.inverse.apply(corners)
    x0, y0 = np.clip(np.floor(seen.min(axis=0)), 0, camera_px).astype(int).tolist()
    x1, y1 = np.clip(np.ceil(seen.max(axis=0)) + 1, 0, camera_px).astype(int).tolist()
    return (x0, y0, x1, y1) if x1 > x0 and y1 > y0 else None

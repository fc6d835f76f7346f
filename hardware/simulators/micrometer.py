"""Simulated stage micrometers: rulers and crossed lines of exactly known pitch."""

import math
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from hardware.arrays import U8

F64 = npt.NDArray[np.float64]


@dataclass(frozen=True)
class SimulatedMicrometer:
    """A slide with lines, and the light and camera before which it lies.

    Attributes
    ----------
    pattern
        ``ruler``: parallel lines, every fifth and tenth longer; ``grid``: crossed lines.
    pitch_um, line_um
        Distance between the middles of neighboring lines, and their width.
    lines
        How many there are (each way, of a grid).
    length_um
        Of the shortest lines of a ruler; the fifth are 1.5, the tenth twice as long.
    um_per_px
        Pixel size across and down.
    angle_deg
        Of the direction across the (first) lines against the rows of the picture.
    middle_um
        Where the middle of the picture is: across the lines from the middle line, and along
        them from the middle of the shortest lines.
    blur_px
        Standard deviation of the spread of a point.
    contrast
        Part of the light that the lines keep back.
    dark_field
        Bright lines on a dark ground.
    vignetting, tilt
        Share of light lost in the corners, and from the left to the right.
    noise
        Standard deviation in gray levels.
    dust
        Number of dark specks and fibers.
    missing
        Numbers of lines that are not there, from -lines / 2.
    seed
        Another seed, other noise and dust.
    """

    pattern: Literal["ruler", "grid"] = "ruler"
    pitch_um: float = 10.0
    line_um: float = 2.0
    lines: int = 101
    length_um: float = 60.0
    um_per_px: tuple[float, float] = (0.25, 0.25)
    angle_deg: float = 0.0
    middle_um: tuple[float, float] = (0.0, 0.0)
    blur_px: float = 0.8
    contrast: float = 0.75
    dark_field: bool = False
    vignetting: float = 0.1
    tilt: float = 0.0
    noise: float = 2.0
    dust: int = 0
    missing: tuple[int, ...] = ()
    seed: int = 0

    def picture(self, width_px: int = 1000, height_px: int = 800) -> U8:
        """Return what the camera sees, (height_px, width_px, 3) uint8."""
        y, x = np.mgrid[:height_px, :width_px].astype(np.float64)
        dx, dy = self.um_per_px
        x = (x - (width_px - 1) / 2) * dx
        y = (y - (height_px - 1) / 2) * dy
        turn = math.radians(self.angle_deg)
        across = x * math.cos(turn) + y * math.sin(turn) + self.middle_um[0]
        along = -x * math.sin(turn) + y * math.cos(turn) + self.middle_um[1]
        pixel = math.sqrt(dx * dy)
        covered = self._lines(across, along, pixel)
        if self.pattern == "grid":
            covered = np.maximum(covered, self._lines(along, across, pixel))
        random = np.random.default_rng(self.seed)
        light = 235.0 * (1.0 - self.contrast * covered)
        if self.dark_field:
            light = 15.0 + 235.0 * self.contrast * covered
        light *= 1.0 - self._dust(random, width_px, height_px)
        if self.blur_px > 0:
            light = np.asarray(cv2.GaussianBlur(light, (0, 0), self.blur_px), np.float64)
        reach = (x / x.max()) ** 2 / 2 + (y / y.max()) ** 2 / 2
        light *= (1.0 - self.vignetting * reach) * (1.0 - self.tilt * (x / x.max() + 1) / 2)
        light = light + random.normal(0.0, self.noise, light.shape)
        gray = np.clip(np.rint(light), 0, 255).astype(np.uint8)
        return np.repeat(gray[..., None], 3, axis=2)

    def _lines(self, across: F64, along: F64, pixel: float) -> F64:
        """Return the part of each pixel that lines cover, exact for lines along the pixels."""
        number = np.rint(across / self.pitch_um)
        away = np.abs(across - number * self.pitch_um)
        covered = np.clip((self.line_um / 2 - away) / pixel + 0.5, 0.0, 1.0)
        covered = np.minimum(covered, self.line_um / pixel)
        first = -(self.lines // 2)
        covered[(number < first) | (number > first + self.lines - 1)] = 0.0
        covered[np.isin(number, self.missing)] = 0.0
        if self.pattern == "ruler":
            length = np.where(number % 10 == 0, 2.0, np.where(number % 5 == 0, 1.5, 1.0))
            end = self.length_um * (length - 0.5)  # all begin at the same height
            inside = np.minimum(along + self.length_um / 2, end - along)
        else:
            inside = self.pitch_um * (self.lines // 2) + self.line_um / 2 - np.abs(along)
        return covered * np.clip(inside / pixel + 0.5, 0.0, 1.0)

    def _dust(self, random: np.random.Generator, width: int, height: int) -> F64:
        specks = np.zeros((height, width), np.uint8)
        for _ in range(self.dust):
            x, y = int(random.integers(width)), int(random.integers(height))
            if random.random() < 0.7:
                cv2.circle(specks, (x, y), int(random.integers(2, 10)), 200, cv2.FILLED)
            else:
                axes = (int(random.integers(10, 60)), int(random.integers(10, 60)))
                start = int(random.integers(360))
                cv2.ellipse(specks, (x, y), axes, 0, start, start + 120, 180, 2)
        return np.asarray(specks, np.float64) / 255.0

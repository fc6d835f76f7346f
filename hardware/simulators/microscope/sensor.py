"""The sensor: white balance, vignetting and noise, in one pass over the picture.

A picture of 3008 x 3008 px takes six milliseconds of one core with vectors of 512 bits.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from hardware.arrays import U8
from hardware.simulators.microscope.faults import Gains
from hardware.simulators.microscope.tiles import Patch
from hardware.simulators.tissue.arrays import F32
from hardware.simulators.tissue.compiled import kernel

I8 = npt.NDArray[np.int8]

NOISE_LENGTH = 1 << 20
"""Length of the noise that every row is cut from at another place."""

_FIRST_MASK = NOISE_LENGTH // 2 - 1

_NOISE_UNIT = 32
"""One standard deviation in the table of noise."""


@dataclass(frozen=True)
class Sensor:
    """The camera behind the objective.

    Attributes
    ----------
    width_px, height_px
        Size of its pictures.
    frames_per_s
        Exposures in a second.
    gains
        White balance: factors of red, green and blue.
    vignetting
        Share of light lost in the corners.
    full_well
        Electrons of a white pixel: fewer give more shot noise; 0 turns noise off.
    read_noise
        Noise of the dark pixel, in gray levels.
    numbered
        Whether each picture bears its number, see `read_number`.
    """

    width_px: int = 3008
    height_px: int = 3008
    frames_per_s: float = 30.0
    gains: Gains = (1.0, 1.0, 1.0)
    vignetting: float = 0.06
    full_well: float = 9000.0
    read_noise: float = 0.7
    numbered: bool = False

    def __post_init__(self) -> None:
        """Refuse what no camera does."""
        if min(self.width_px, self.height_px) < 1 or 3 * self.width_px > NOISE_LENGTH // 2:
            raise ValueError(f"no sensor has {self.width_px} x {self.height_px} px")
        if not 0 < self.frames_per_s <= 1000:
            raise ValueError(f"frames per s must lie in 0 to 1000, not {self.frames_per_s}")
        if not all(0 < gain <= 2 for gain in self.gains):
            raise ValueError(f"the gains must lie in 0 to 2, not {self.gains}")
        if not 0 <= self.vignetting < 1:
            raise ValueError(f"vignetting must be from 0 to below 1, not {self.vignetting}")
        if min(self.full_well, self.read_noise) < 0:
            raise ValueError("full well and read noise cannot be negative")


def expose(sensor: Sensor, patches: list[Patch], drift: Gains, number: int) -> U8:
    """Return the picture that the sensor takes of pieces of the view.

    Parameters
    ----------
    sensor
        The camera.
    patches
        Pieces that together cover the sensor.
    drift
        Factors of red, green and blue beside the sensor's own.
    number
        Number of the exposure; another number, another noise.

    Returns
    -------
    (height_px, width_px, 3) uint8.
    """
    gains = tuple(a * b for a, b in zip(sensor.gains, drift, strict=True))
    columns, rows = _shading(sensor, gains)
    noise = _noise()
    # The variance of a pixel (gray levels squared), in units of the table of noise.
    unit = 1.0 / (_NOISE_UNIT * _NOISE_UNIT) if sensor.full_well > 0 else 0.0
    well = unit * 255.0 / max(sensor.full_well, 1e-9)
    read = unit * sensor.read_noise**2
    out = np.empty((sensor.height_px, sensor.width_px, 3), np.uint8)
    flat = out.reshape(sensor.height_px, 3 * sensor.width_px)
    for patch in patches:
        tile = patch.rgb.reshape(patch.rgb.shape[0], -1)
        _expose(
            flat, tile, patch.row, 3 * patch.column, patch.from_row, 3 * patch.from_column,
            patch.rows, 3 * patch.columns, columns, rows, noise, well, read, number,
        )  # fmt: skip
    return out


@kernel
def _expose(
    out: U8, tile: U8, row: int, column: int, from_row: int, from_column: int, rows: int,
    columns: int, across: F32, down: F32, noise: I8, well: float, read: float, number: int,
) -> None:  # fmt: skip
    well_ = np.float32(well)
    read_ = np.float32(read)
    for r in range(rows):
        keep = down[row + r]
        # Where in the noise this row begins: scattered by a multiplicative hash.
        scattered = ((row + r) * 2654435761 + number * 2246822519) & 0xFFFFFFFF
        first = ((scattered >> 9) & _FIRST_MASK) + column
        # Slices of rows, since the compiler makes vector instructions of nothing less plain.
        to = out[row + r][column : column + columns]
        tissue = tile[from_row + r][from_column : from_column + columns]
        share = across[column : column + columns]
        grain = noise[first : first + columns]
        for k in range(columns):
            light = np.float32(tissue[k]) * (share[k] * keep)
            value = light + np.float32(grain[k]) * np.sqrt(read_ + well_ * light)
            value += np.float32(0.5)
            to[k] = np.uint8(np.int32(min(np.float32(255.0), max(np.float32(0.0), value))))


@lru_cache(maxsize=8)
def _shading(sensor: Sensor, gains: tuple[float, ...]) -> tuple[F32, F32]:
    """Return factors per byte of a row, gains included, and factors per row.

    The light that is left, 1 - v r^2, is written as a product of a part across and a part down,
    which differs from it by less than v^2 / 4 of the light.
    """
    width, height = sensor.width_px, sensor.height_px
    scale = sensor.vignetting / (width * width + height * height)
    x = 2.0 * np.arange(width) + 1 - width
    y = 2.0 * np.arange(height) + 1 - height
    across = np.repeat(1 - scale * x * x, 3) * np.tile(np.array(gains), width)
    return across.astype(np.float32), (1 - scale * y * y).astype(np.float32)


@lru_cache(maxsize=1)
def _noise() -> I8:
    generator = np.random.Generator(np.random.Philox(3008))
    normal = generator.standard_normal(NOISE_LENGTH, np.float32)
    return np.rint(np.clip(normal * _NOISE_UNIT, -127, 127)).astype(np.int8)

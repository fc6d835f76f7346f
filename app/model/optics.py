"""What is known of a camera behind an objective: its pixel size and its light."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from hardware.objective import Objective
from inference.arrays import U8
from inference.stain.density import White


@dataclass(frozen=True)
class FieldLight:
    """The light in which a frame was taken.

    Attributes
    ----------
    white
        White point of the frame's pixels from an empty field of this camera and objective; None
        when there is none, and that of the station holds.
    white_origin
        Where it is from, for the reader.
    scale_origin
        Where the pixel size is from; empty when the nosepiece told it.
    cautions
        What is to be said of calibrations with every field, one sentence each.
    """

    white: White | None = None
    white_origin: str = ""
    scale_origin: str = ""
    cautions: tuple[str, ...] = ()


PLAIN_LIGHT = FieldLight()
"""Nothing is known and nothing was corrected."""


class Correction(Protocol):
    """Takes the unevenness of the light out; see `inference.stain.flat_field`."""

    def apply(self, rgb: U8) -> U8:
        """Return a corrected copy of a picture (h, w, 3)."""
        ...


@dataclass(frozen=True, eq=False)
class Optics:
    """A camera behind an objective.

    Attributes
    ----------
    objective
        With the pixel size that holds today; without one nothing is analyzed.
    light
        Goes with every frame.
    correction
        Applied to every picture; None leaves them as they are.
    """

    objective: Objective
    light: FieldLight = PLAIN_LIGHT
    correction: Correction | None = None


@dataclass(frozen=True, eq=False)
class RawPicture:
    """A picture as the camera gave it: nothing is corrected.

    Attributes
    ----------
    rgb
        (h, w, 3) uint8, read-only.
    camera
        Name of the camera.
    objective
        In the light when it was taken, as it is known now; None when it is not.
    """

    rgb: U8
    camera: str
    objective: Objective | None


OpticsOf: TypeAlias = Callable[[str, Objective, tuple[int, int]], Optics]
"""Says what is known for a camera's name, an objective, and the size (w, h) of the pictures."""


def as_told(camera: str, objective: Objective, size_px: tuple[int, int]) -> Optics:  # noqa: ARG001
    """Believe the nosepiece: it knows its pixel sizes, as a simulated one does."""
    return Optics(objective)

"""Stain vectors: the color of each stain as a direction in optical density."""

import math
from dataclasses import dataclass

import numpy as np

from inference.arrays import F64

_LEAST_VOLUME = 0.05
"""Volume spanned by the three unit vectors below which separation only amplifies noise: for two
stains and their cross product it is the sine of the angle between them, here 2.9 degrees."""


@dataclass(frozen=True)
class StainVectors:
    """Optical density of hematoxylin and DAB in red, green and blue, of any length.

    Attributes
    ----------
    hematoxylin, dab
        Three densities each, none negative, not all zero; the two must differ in direction.
    residual
        Direction of what is neither stain; None takes the cross product of the two, so that
        the residual is the part of a color that no mixture of them explains. Its numbers may be
        negative.

    Raises
    ------
    ValueError
        With one line, for a vector that is zero, negative, not finite or not of three numbers,
        and for vectors that lie in one plane.
    """

    hematoxylin: tuple[float, float, float]
    dab: tuple[float, float, float]
    residual: tuple[float, float, float] | None = None

    def __post_init__(self) -> None:
        hematoxylin = _unit("hematoxylin", self.hematoxylin)
        dab = _unit("DAB", self.dab)
        for name, unit in (("hematoxylin", hematoxylin), ("DAB", dab)):
            if unit.min() < 0:
                raise ValueError(f"the {name} vector has a negative density; a stain only absorbs")
        if np.linalg.norm(np.cross(hematoxylin, dab)) < _LEAST_VOLUME:
            raise ValueError(
                "the hematoxylin and DAB vectors are parallel; two stains of one color "
                "cannot be separated"
            )
        if self.residual is not None:
            _unit("residual", self.residual)
            if abs(np.linalg.det(self.matrix())) < _LEAST_VOLUME:
                raise ValueError(
                    "the residual vector lies in the plane of hematoxylin and DAB; leave it out "
                    "to use their cross product"
                )

    def matrix(self) -> F64:
        """Return (3, 3) unit rows: hematoxylin, DAB, residual."""
        hematoxylin = _unit("hematoxylin", self.hematoxylin)
        dab = _unit("DAB", self.dab)
        if self.residual is None:
            cross = np.cross(hematoxylin, dab)
            residual = cross / np.linalg.norm(cross)
        else:
            residual = _unit("residual", self.residual)
        return np.stack([hematoxylin, dab, residual])


def _unit(name: str, vector: tuple[float, float, float]) -> F64:
    if len(vector) != 3 or not all(math.isfinite(value) for value in vector):
        raise ValueError(f"the {name} vector must be three finite numbers, not {vector}")
    values = np.asarray(vector, np.float64)
    length = float(np.linalg.norm(values))
    if length < 1e-6:
        raise ValueError(f"the {name} vector is zero; it must have a direction")
    return values / length


RUIFROK = StainVectors(hematoxylin=(0.650, 0.704, 0.286), dab=(0.268, 0.570, 0.776))
"""Ruifrok & Johnston 2001, "Quantification of histochemical staining by color deconvolution"."""

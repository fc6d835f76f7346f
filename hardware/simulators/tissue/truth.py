"""What the simulated slide knows about itself."""

from dataclasses import dataclass
from enum import IntEnum

from hardware.simulators.tissue.arrays import F32, U8

NO_CLASS = 255
"""Stands in `Truth.cell_class` for every nucleus that is not one of an invasive tumor cell."""


class Kind(IntEnum):
    """Kinds of nuclei on the simulated slide; only `TUMOR` is to be detected and counted."""

    TUMOR = 0
    IMMUNE = 1
    STROMA = 2
    BENIGN = 3
    DCIS = 4
    DEBRIS = 5


@dataclass(frozen=True)
class Truth:
    """Every nucleus whose center lies inside the field.

    Attributes
    ----------
    xy_px
        (n, 2) centers in pixels of the field; pixel centers at whole numbers.
    kind
        (n,) codes of `Kind`.
    cell_class
        (n,) intended class of a tumor cell: 0 no staining, 1 weak incomplete, 2 weak complete,
        3 intense incomplete, 4 intense complete; `NO_CLASS` for every other kind.
    completeness
        (n,) fraction of the cell's ring on which a membrane is drawn, its own or a neighbor's;
        0 for other kinds.
    """

    xy_px: F32
    kind: U8
    cell_class: U8
    completeness: F32


@dataclass(frozen=True)
class SimulatedField:
    """One rendered field.

    Attributes
    ----------
    rgb
        (h, w, 3) uint8, read-only.
    um_per_px
        Pixel size.
    truth
        The nuclei that were drawn.
    """

    rgb: U8
    um_per_px: float
    truth: Truth

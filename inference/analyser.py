"""One field from pixels to classified cells: measured once, classified always.

`measure_field` does everything that no threshold changes (nuclei, deconvolution, rings) and is
what a program caches per field. `classify_field` follows a slider. `describe_field` draws.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inference.arrays import F32, U8
from inference.cells.classes import merged
from inference.cells.ring import RingProfiles, RingSettings, ring_profiles
from inference.cells.ring_classes import classify_rings, ring_density
from inference.cells.table import CellTable
from inference.grid import analysis_grid
from inference.membrane.description import MembraneDescription, describe
from inference.membrane.paper_classes import classify_by_masks
from inference.nuclei.points import NucleusDetector, NucleusPoints
from inference.regions import Region, counted
from inference.stain.deconvolution import Deconvolution
from inference.stain.density import White
from inference.stain.enhancement import Enhancement, enhance
from inference.stain.profile import StainProfile

COARSEST_UM_PER_PX = 0.7
"""A 1+ membrane is 0.64 um wide (Scheel et al., Diagn Pathol 2018;13:19): at larger pixels it is
thinner than one."""


class TooCoarse(ValueError):
    """The pixels are too large to see membranes; the message is one line for the user."""


def require_membranes_visible(um_per_px: float) -> None:
    """Raise `TooCoarse` for a pixel size above `COARSEST_UM_PER_PX`."""
    if um_per_px > COARSEST_UM_PER_PX:
        raise TooCoarse(
            f"membranes cannot be seen at {um_per_px:g} um per px: take fields at "
            f"{COARSEST_UM_PER_PX:g} um per px or finer, best at 40x (about 0.21)"
        )


@dataclass(frozen=True)
class MeasuredField:
    """What is known of a field before any threshold.

    Attributes
    ----------
    enhancement
        DAB density and membrane contrast on the analysis grid.
    grid_um_per_px
        Pixel size of the analysis grid.
    grid_scale
        Grid pixels per field pixel along x and y.
    nuclei
        Detected nuclei in field pixels.
    xy_grid
        (n, 2) the same in grid pixels.
    rings
        Ring profiles of the cells.
    ring_od
        (n,) mean DAB optical density of each ring.
    """

    enhancement: Enhancement
    grid_um_per_px: float
    grid_scale: tuple[float, float]
    nuclei: NucleusPoints
    xy_grid: F32
    rings: RingProfiles
    ring_od: F32


def measure_field(
    rgb: U8, um_per_px: float, profile: StainProfile, white: White, detector: NucleusDetector
) -> MeasuredField:
    """Detect nuclei and measure membranes in a field.

    Parameters
    ----------
    rgb
        (h, w, 3) uint8 field as the camera gave it.
    um_per_px
        Its calibrated pixel size.
    white
        RGB of bare glass.

    Raises
    ------
    TooCoarse
        The pixels are too large to see membranes.
    """
    require_membranes_visible(um_per_px)
    nuclei = detector.detect(rgb, um_per_px)
    grid = analysis_grid(rgb, um_per_px)
    dab = Deconvolution(profile.vectors, white).dab(grid.rgb)
    background = None if profile.background == "none" else profile.background
    enhancement = enhance(dab, grid.um_per_px, background)
    xy_grid = grid.from_field(nuclei.xy_px)
    rings = ring_profiles(
        enhancement.contrast, enhancement.density, xy_grid, grid.um_per_px, RingSettings()
    )
    return MeasuredField(
        enhancement, grid.um_per_px, grid.scale, nuclei, xy_grid, rings, ring_density(rings)
    )


def describe_field(measured: MeasuredField, profile: StainProfile) -> MembraneDescription:
    """Return masks, skeletons and enclosed areas at the profile's thresholds."""
    limits = profile.completeness
    return describe(
        measured.enhancement.contrast,
        measured.enhancement.density,
        profile.unit_levels,
        measured.grid_um_per_px,
        limits.min_area_um2,
        limits.max_area_um2,
    )


def classify_field(
    measured: MeasuredField,
    description: MembraneDescription,
    profile: StainProfile,
    regions: Sequence[Region] = (),
) -> CellTable:
    """Classify every cell at the profile's thresholds by the profile's method.

    Parameters
    ----------
    description
        What `describe_field` returned for the same field and profile.
    regions
        In field pixels.
    """
    limits = profile.completeness
    levels = profile.unit_levels
    masks = classify_by_masks(
        description, measured.xy_grid, limits.dilation_um, measured.grid_um_per_px
    )
    rings = classify_rings(measured.rings, levels, limits.complete, limits.touched)
    codes = rings.codes if profile.method == "ring" else masks.codes
    return CellTable(
        xy_px=measured.nuclei.xy_px,
        confidence=measured.nuclei.confidence,
        cell_class=merged(codes, len(levels)),
        ring_od=measured.ring_od,
        completeness=np.ascontiguousarray(rings.completeness[:, 0]),
        completeness_intense=np.ascontiguousarray(rings.completeness[:, -1]),
        enclosed_weak=masks.enclosed_weak,
        counted=counted(measured.nuclei.xy_px, regions),
    )

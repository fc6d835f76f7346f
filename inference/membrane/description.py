"""The membranes of one field at given thresholds (Zhang 2020, section 3.2)."""

from collections.abc import Sequence
from dataclasses import dataclass

from inference.arrays import U8
from inference.levels import Level
from inference.membrane.areas import EnclosedAreas, area_limits_px, enclosed_areas
from inference.membrane.bits import BitMask, intersect, pack_above
from inference.membrane.closure import LevelLines, membrane_classes
from inference.membrane.thinning import thin


@dataclass(frozen=True)
class LevelMembranes:
    """What was found at one level.

    Attributes
    ----------
    level
        The level.
    mask
        M: pixels stained at this level.
    skeleton
        C: the skeleton of the weakest level's mask, as far as it lies in this mask.
    areas
        The innermost areas that C encloses; `areas.filled` is M_enclosed.
    """

    level: Level
    mask: BitMask
    skeleton: BitMask
    areas: EnclosedAreas


@dataclass(frozen=True)
class MembraneDescription:
    """The membranes of a field.

    Attributes
    ----------
    levels
        Weakest first.
    classes
        (h, w) class image of the skeletons, for the screen; the codes are those of
        `inference.membrane.closure.membrane_classes`.
    """

    levels: tuple[LevelMembranes, ...]
    classes: U8


def describe(
    contrast: U8,
    density: U8,
    thresholds: Sequence[Level],
    um_per_px: float,
    min_area_um2: float,
    max_area_um2: float,
) -> MembraneDescription:
    """Describe the membranes of a field.

    The weakest level's mask is thinned. The mask of each stronger level is the part of the
    level below that also exceeds its own threshold, and its skeleton the part of the weakest
    skeleton inside: there is no second thinning (Zhang 2020, section 3.2.2).

    Parameters
    ----------
    contrast, density
        (h, w) uint8; see `Level`.
    thresholds
        The levels, weakest first; at least one.
    um_per_px
        Pixel size of the images.
    min_area_um2, max_area_um2
        Limits of the area that a complete membrane encloses, both included.

    Raises
    ------
    ValueError
        If there is no level, the images differ in shape or have not two dimensions, the pixel
        size is not positive, or the limits are not 0 <= min <= max.
    """
    if not thresholds:
        raise ValueError("membranes need at least one staining level")
    if contrast.ndim != 2 or contrast.shape != density.shape:
        raise ValueError(
            f"contrast and density must be two images of one size, not of the shapes"
            f" {contrast.shape} and {density.shape}"
        )
    min_px, max_px = area_limits_px(min_area_um2, max_area_um2, um_per_px)
    levels: list[LevelMembranes] = []
    for level in thresholds:
        mask = pack_above(contrast if level.of == "contrast" else density, level.threshold)
        if levels:
            mask = intersect(levels[-1].mask, mask)
            skeleton = intersect(levels[0].skeleton, mask)
        else:
            skeleton = thin(mask)
        areas = enclosed_areas(skeleton, min_px, max_px)
        levels.append(LevelMembranes(level, mask, skeleton, areas))
    classes = membrane_classes([LevelLines(each.skeleton, each.areas) for each in levels])
    return MembraneDescription(tuple(levels), classes)

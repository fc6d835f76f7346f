"""The membrane chain as one would write it from scikit-image, SciPy and OpenCV.

It does the same as the program's own kernels, step by step, so that the benchmark compares like
with like; what it finds is compared too. Three differences are left:

- scikit-image's thinning decides otherwise for some neighborhoods, so that line pixels lie
  elsewhere; the areas that the lines enclose, which make the classes, are nearly all the same;
- a dilated mask can be asked at the pixel nearest to a nucleus alone, our disc also at the nucleus
  itself, which gives some 2 of 100 cells another class (the comparison asks both at the pixel);
- floating point in place of whole numbers.
"""

from collections.abc import Sequence

import cv2
import numpy as np
import scipy.ndimage as ndi
from skimage.color import separate_stains
from skimage.measure import label, regionprops_table
from skimage.morphology import dilation, skeletonize, white_tophat
from skimage.segmentation import clear_border

from inference.arrays import F32, F64, I64, U8, Bool
from inference.cells.ring import ANGLES, RingSettings, radii_um
from inference.levels import Level
from inference.stain.density import UNITS_PER_OD, White, to_units
from inference.stain.enhancement import (
    BILATERAL_RANGE_OD,
    BILATERAL_SIGMA_UM,
    Background,
    background_footprint,
)
from inference.stain.vectors import StainVectors


def dab(rgb: U8, vectors: StainVectors, white: White) -> U8:
    """Return the DAB density in units of 1/128 OD."""
    conversion = np.linalg.inv(vectors.matrix())
    # scikit-image divides by log(1e-6): its unit is six decades of light.
    transmitted = np.maximum(rgb, 1) / np.asarray(white)
    stains = separate_stains(transmitted, conversion)
    units = np.rint(stains[..., 1] * 6 * UNITS_PER_OD)
    return np.asarray(np.clip(units, 0, 255), np.uint8)


def enhanced(density: U8, um_per_px: float, background: Background) -> tuple[U8, U8]:
    """Return bilateral-filtered density and its contrast to the local background."""
    sigma_px = BILATERAL_SIGMA_UM / um_per_px
    width = 2 * max(1, round(1.5 * sigma_px)) + 1
    sigma_units = BILATERAL_RANGE_OD * UNITS_PER_OD
    smooth = np.asarray(cv2.bilateralFilter(density, width, sigma_units, sigma_px), np.uint8)
    fine = white_tophat(smooth, background_footprint(background.membrane_radius_um / um_per_px))
    thick = white_tophat(smooth, background_footprint(background.thick_radius_um / um_per_px))
    allowance = np.uint8(to_units(background.thick_allowance_od))
    raised = np.maximum(fine, np.maximum(thick, allowance) - allowance)
    return smooth, np.asarray(raised, np.uint8)


def masks(contrast: U8, density: U8, levels: Sequence[Level]) -> list[Bool]:
    """Return the mask of every level, weakest first."""
    found: list[Bool] = []
    for level in levels:
        mask = (contrast if level.of == "contrast" else density) > level.threshold
        found.append(mask & found[-1] if found else mask)
    return found


def skeleton(mask: Bool) -> Bool:
    """Thin the weakest mask."""
    return np.asarray(skeletonize(mask, method="zhang"))


def enclosed(lines: Bool, least_px: float, most_px: float) -> tuple[Bool, I64]:
    """Return the filled innermost areas of a skeleton and the labels of its complement."""
    labels = label(~lines, connectivity=1)
    inner = clear_border(labels)
    table = regionprops_table(inner, properties=("label", "area"))
    fits = (table["area"] >= least_px) & (table["area"] <= most_px)
    areas = np.isin(inner, table["label"][fits])
    return areas, labels


def line_classes(lines: Sequence[Bool], areas: Sequence[tuple[Bool, I64]]) -> U8:
    """Return the class image of the skeletons, codes as in the program."""
    classes = np.zeros(lines[0].shape, np.uint8)
    square = np.ones((3, 3), np.uint8)
    for k, (line, (area, labels)) in enumerate(zip(lines, areas, strict=True)):
        beside = np.where(line, 0, labels)
        highest = ndi.maximum_filter(beside, footprint=square)
        lowest = ndi.minimum_filter(np.where(line, labels.max() + 1, labels), footprint=square)
        closed = line & dilation(area, square) & (highest != lowest)
        classes[line] = 2 * k + 1
        classes[closed] = 2 * k + 2
    return classes


def mask_classes(
    level_masks: Sequence[Bool],
    lines: Sequence[Bool],
    areas: Sequence[tuple[Bool, I64]],
    nearest_px: F32,
    radius_px: float,
) -> U8:
    """Classify cells by the paper's masks, dilating each whole mask by a disc."""
    x, y = nearest_px.astype(np.int64).T
    codes = np.zeros(len(x), np.uint8)
    disc = background_footprint(radius_px)
    square = np.ones((3, 3), np.uint8)
    for k, (mask, line, (area, _)) in enumerate(zip(level_masks, lines, areas, strict=True)):
        codes[dilation(mask, disc)[y, x]] = 2 * k + 1
        enclosed_mask = area | (line & dilation(area, square))
        codes[enclosed_mask[y, x]] = 2 * k + 2
    return codes


def rings(
    contrast: U8, density: U8, xy: F32, limits_um: F32, um_per_px: float, settings: RingSettings
) -> tuple[F64, F64, Bool]:
    """Return contrast and density along the ring of each cell, and which rays are in the field.

    Each is (n, 36).
    """
    height, width = contrast.shape
    radii = radii_um(settings)
    theta = 2 * np.pi * np.arange(ANGLES) / ANGLES
    reach = radii / um_per_px
    x = xy[:, 0, None, None] + reach * np.cos(theta)[:, None]
    y = xy[:, 1, None, None] + reach * np.sin(theta)[:, None]
    inside = (x >= 0) & (y >= 0) & (x <= width - 1) & (y <= height - 1)
    seen = inside[..., 0]
    sampled = ndi.map_coordinates(contrast.astype(np.float64), [y, x], order=1)
    sampled[~inside | (radii > np.maximum(limits_um, radii[0])[..., None])] = -1e9
    sampled[~seen] = 0
    step = settings.stiffness_od * UNITS_PER_OD
    cost = step * abs(np.subtract.outer(np.arange(len(radii)), np.arange(len(radii))))
    best = sampled[:, 0]
    came = []
    for lap in range(1, 2 * ANGLES):
        ways = best[:, None, :] - cost
        came.append(ways.argmax(axis=2))
        best = ways.max(axis=2) + sampled[:, lap % ANGLES]
    place = best.argmax(axis=1)
    path = np.empty((len(xy), ANGLES), np.int64)
    cells = np.arange(len(xy))
    for lap in range(2 * ANGLES - 1, ANGLES // 2 - 1, -1):
        if lap < ANGLES // 2 + ANGLES:
            path[:, lap % ANGLES] = place
        place = came[lap - 1][cells, place]
    at = path[..., None]
    x, y = (np.take_along_axis(axis, at, 2)[..., 0] for axis in (x, y))
    along = np.take_along_axis(sampled, at, 2)[..., 0]
    beside = ndi.map_coordinates(density.astype(np.float64), [y, x], order=1)
    return np.floor(along + 0.5), np.floor(beside + 0.5), seen


def ring_classes(
    rays: tuple[F64, F64, Bool], levels: Sequence[Level], complete: float, touched: float
) -> U8:
    """Classify cells by the fraction of their ring above the thresholds."""
    contrast, density, covered = rays
    codes = np.zeros(len(contrast), np.uint8)
    rays_seen = np.maximum(covered.sum(axis=1), 1)
    for k, level in enumerate(levels):
        covered = covered & ((contrast if level.of == "contrast" else density) > level.threshold)
        fraction = covered.sum(axis=1) / rays_seen
        codes[fraction > touched] = 2 * k + 1
        codes[fraction > complete] = 2 * k + 2
    return codes

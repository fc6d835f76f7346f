"""The maps from which rough nuclei are read: contrast, stained region, nucleus mask, gaps."""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from inference.arrays import F32, I32, U8, Bool
from inference.nuclei.rough_settings import RoughSettings
from inference.nuclei.visibility import COARSEST_UM_PER_PX
from inference.stain.deconvolution import Deconvolution
from inference.stain.density import UNITS_PER_OD

_LEVEL_SMOOTHING_UM = 1.0
_TISSUE_SMOOTHING_UM = 2.0
_GAP_SMOOTHING_UM = 0.6
_LEAST_TISSUE = 0.002
"""Part of the field that must be tissue: a few specks make no nuclear level."""
_LEVEL_BINS = 256


@dataclass(frozen=True)
class Densities:
    """Densities of a field in 1/128 OD, each (h, w) float32, on pixels where nuclei are sought.

    Attributes
    ----------
    hematoxylin, dab
        After the bilateral filter.
    green
        Of both stains together and of whatever else absorbs, as an amount of hematoxylin:
        density in green divided by the green of the hematoxylin vector.
    um_per_px
        Pixel size.
    scale
        These pixels per pixel of the image, along x and y.
    """

    hematoxylin: F32
    dab: F32
    green: F32
    um_per_px: float
    scale: tuple[float, float]

    def blurred(self, image: F32, sigma_um: float) -> F32:
        """Return an image (h, w) of this field smoothed by a Gaussian."""
        return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma_um / self.um_per_px), np.float32)


def densities(
    rgb: U8, um_per_px: float, deconvolution: Deconvolution, settings: RoughSettings
) -> Densities:
    """Separate the stains of an image (h, w, 3), halve it where that is harmless, and smooth them.

    Nuclei are some ten pixels wide on half of the analysis grid, and all that follows is four
    times as fast there; it finds as many.
    """
    height, width = rgb.shape[:2]
    factor = 2 if 2 * um_per_px <= COARSEST_UM_PER_PX else 1
    size = (max(1, width // factor), max(1, height // factor))
    scale = (size[0] / width, size[1] / height)
    small_um_per_px = um_per_px / scale[0]
    sigma_px = settings.bilateral_sigma_um / small_um_per_px

    def reduced(image: U8 | F32) -> F32:
        whole = image.astype(np.float32, copy=False)
        return np.asarray(cv2.resize(whole, size, interpolation=cv2.INTER_AREA), np.float32)

    def smooth(stain: U8) -> F32:
        smoothed = cv2.bilateralFilter(
            reduced(stain),
            2 * max(1, round(2 * sigma_px)) + 1,
            settings.bilateral_range_od * UNITS_PER_OD,
            sigma_px,
        )
        return np.asarray(smoothed, np.float32)

    hematoxylin, dab = deconvolution.hematoxylin_and_dab(rgb)
    white = deconvolution.white[1]
    of_hematoxylin = float(deconvolution.vectors.matrix()[0, 1])
    table = -np.log10(np.maximum(np.arange(256), 1) / white) * UNITS_PER_OD / of_hematoxylin
    green = cv2.LUT(np.ascontiguousarray(rgb[..., 1]), table.astype(np.float32))
    return Densities(
        smooth(hematoxylin),
        smooth(dab),
        reduced(np.asarray(green, np.float32)),
        small_um_per_px,
        scale,
    )


def nuclear_level(field: Densities, settings: RoughSettings) -> float | None:
    """Return the hematoxylin density that separates nuclei from other tissue (Otsu 1979).

    Only tissue without DAB is looked at, since dark brown leaks into hematoxylin; all tissue
    where hardly any is without.

    Returns
    -------
    In 1/128 OD; None in a field without tissue.
    """
    tissue = field.blurred(field.green, _TISSUE_SMOOTHING_UM) > settings.tissue_od * UNITS_PER_OD
    least = max(1, _LEAST_TISSUE * tissue.size)
    if np.count_nonzero(tissue) < least:
        return None
    dab = field.blurred(field.dab, _LEVEL_SMOOTHING_UM)
    unstained = tissue & (dab < settings.membrane_od * UNITS_PER_OD)
    where = unstained if np.count_nonzero(unstained) >= least else tissue
    hematoxylin = field.blurred(field.hematoxylin, _LEVEL_SMOOTHING_UM)[where]
    return max(_otsu(hematoxylin), settings.least_level_od * UNITS_PER_OD)


def _otsu(values: F32) -> float:
    """Return the threshold that separates values into two classes of least inner variance."""
    low, high = float(values.min()), float(values.max())
    # At least one unit wide: bins of a nearly constant image would vanish in rounding.
    counts, edges = np.histogram(values, _LEVEL_BINS, (low, max(high, low + 1)))
    centers = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts)[:-1]
    above = len(values) - below
    sum_below = np.cumsum(counts * centers)[:-1]
    sum_above = np.sum(counts * centers) - sum_below
    means_apart = sum_below / np.maximum(below, 1) - sum_above / np.maximum(above, 1)
    return float(centers[int(np.argmax(below * above * means_apart**2))])


def nuclear_contrast(field: Densities, settings: RoughSettings) -> F32:
    """Return how far each place of nuclear size stands out: a difference of two Gaussians.

    High where hematoxylin has a maximum and DAB a minimum.
    """
    signal = field.hematoxylin - np.float32(settings.dab_weight) * field.dab
    return field.blurred(signal, settings.core_um) - field.blurred(signal, settings.surround_um)


def stained_region(field: Densities, settings: RoughSettings) -> Bool:
    """Return where membranes are stained: the membrane mask dilated, its small holes filled.

    The dilation closes pieces of a membrane to a ring and is taken back afterwards, or the bays
    along the outside of a stained gland would pass for nuclei in rings.
    """
    opened = cv2.morphologyEx(
        field.dab, cv2.MORPH_OPEN, _disc(settings.membrane_radius_um / field.um_per_px)
    )
    membranes = (field.dab - opened > settings.membrane_od * UNITS_PER_OD).astype(np.uint8)
    reach = _disc(settings.membrane_dilation_um / field.um_per_px)
    region = cv2.dilate(membranes, reach)
    holes, area = _components(np.asarray(region == 0, np.uint8), field.um_per_px, connectivity=4)
    filled = (region > 0) | (area <= settings.hole_um2)[holes]
    return np.asarray(cv2.erode(filled.astype(np.uint8), reach) > 0, np.bool_)


def nucleus_parts(field: Densities, level: float, settings: RoughSettings) -> Bool:
    """Return the nucleus mask without its small parts, which are immune or stromal nuclei."""
    mask = field.blurred(field.hematoxylin, _LEVEL_SMOOTHING_UM) > settings.nucleus_level * level
    parts, area = _components(mask.astype(np.uint8), field.um_per_px, connectivity=8)
    return mask & (area >= settings.nucleus_min_um2)[parts]


def gap_fraction(field: Densities, settings: RoughSettings) -> F32:
    """Return the part of each place's surroundings that is gap between cells, 0 to 1."""
    density = field.blurred(field.green, _GAP_SMOOTHING_UM)
    gaps = (density < settings.gap_od * UNITS_PER_OD).astype(np.float32)
    return field.blurred(gaps, settings.gap_reach_um)


def _components(mask: U8, um_per_px: float, connectivity: int) -> tuple[I32, F32]:
    """Return the label of each pixel and the area of each label in um^2."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=connectivity)
    area = stats[:, cv2.CC_STAT_AREA].astype(np.float32) * np.float32(um_per_px**2)
    return np.asarray(labels, np.int32), area


def _disc(radius_px: float) -> U8:
    """Return the pixels whose centers lie within a radius of the middle one, 0 or 1."""
    reach = math.floor(radius_px)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    return np.asarray(x * x + y * y <= radius_px * radius_px, np.uint8)

"""A first impression of synthetic tissue: its colors without its cells, ten times as fast."""

import cv2
import numpy as np

from hardware.arrays import U8
from hardware.simulators.slides.slide import GLASS
from hardware.simulators.tissue import SlidePattern, Stains
from hardware.simulators.tissue.arrays import F32
from hardware.simulators.tissue.tissue_map import (
    CLEAR,
    DUCT,
    GLAND,
    NECROSIS,
    NEST,
    NODE_UM,
    tissue_map,
)

# Mean densities of hematoxylin and DAB over rendered tissue of every pattern, measured.
_STROMA = (0.077, 0.016)
_GLAND_H = 0.2
_NECROSIS_H = 0.113
_NEST_H = 0.123

_WIDTH_UM = (0.0, 0.64, 1.0, 1.8, 2.14)
"""Membrane width by class (Scheel et al. 2018), to weigh the classes of the mix."""


def impression(
    pattern: SlidePattern,
    seed: int,
    x_um: float,
    y_um: float,
    width_px: int,
    height_px: int,
    um_per_px: float,
) -> U8:
    """Return what a field of the synthetic slide looks like from far or out of focus.

    Takes what `render_field` takes, and shows nests, stroma, ducts, glands and bare glass in
    about the colors that their cells give them.

    Returns
    -------
    (height_px, width_px, 3) uint8, read-only, contiguous.
    """
    right, bottom = x_um + width_px * um_per_px, y_um + height_px * um_per_px
    land = tissue_map(pattern, seed, x_um, y_um, right, bottom)
    nodes = _light(pattern, land.planes)
    scale = um_per_px / NODE_UM
    shift_x = (x_um + 0.5 * um_per_px) / NODE_UM - land.ix
    shift_y = (y_um + 0.5 * um_per_px) / NODE_UM - land.iy
    out = cv2.warpAffine(
        nodes,
        np.array([[scale, 0.0, shift_x], [0.0, scale, shift_y]]),
        (width_px, height_px),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    out.setflags(write=False)
    return np.asarray(out, np.uint8)


def _light(pattern: SlidePattern, planes: F32) -> U8:
    """Return (rows, columns, 3) bytes, one color per node of the tissue map."""
    nest_h, nest_dab = _nest_density(pattern)
    cells = _share(np.maximum(planes[..., NEST], planes[..., DUCT]), 3.0)
    gland = _share(planes[..., GLAND], 2.0)
    dead = cells * _share(planes[..., NECROSIS], 4.0)
    hematoxylin = _STROMA[0] + cells * (nest_h - _STROMA[0])
    hematoxylin += gland * (_GLAND_H - hematoxylin) + dead * (_NECROSIS_H - hematoxylin)
    dab = (_STROMA[1] + cells * (nest_dab - _STROMA[1])) * (1 - gland)
    tissue = 1 - _share(planes[..., CLEAR], 1.5)
    densities = np.stack([hematoxylin * tissue, dab * tissue], axis=-1)
    light = np.array(GLASS) * 10 ** -(densities @ Stains().matrix()[:2])
    return np.asarray(np.rint(light), np.uint8)


def _nest_density(pattern: SlidePattern) -> tuple[float, float]:
    """Return hematoxylin and DAB of a nest, fitted to rendered patterns."""
    strengths = (0.0, pattern.weak, pattern.moderate, pattern.intense, pattern.intense)
    load = sum(
        share * strength * width
        for share, strength, width in zip(pattern.expected_mix, strengths, _WIDTH_UM, strict=True)
    )
    # Light through a mixture of dark lines and gaps grows less than the stain does.
    return _NEST_H + 0.022 * load, 0.45 * pattern.blush + 0.16 * load / (1 + 0.35 * load)


def _share(distance: F32, soft_um: float) -> F32:
    """Turn signed distances (um) into coverage from 0 to 1 over a soft edge."""
    return np.asarray(np.clip(distance / (2 * soft_um) + 0.5, 0, 1), np.float32)

"""Nuclei in another stain: brown ones, and solid ones as of a nuclear antibody.

The cores of the training have pale nuclei with a rim and nucleoli in tumor, and dark, solid ones
in lymphocytes and stroma; a network that learned only from them takes darkness itself for a sign.
Elsewhere tumor nuclei are solid too, blue or brown, and only their size tells them apart.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from inference.arrays import F32, F64, I32, Bool
from inference.grid import ANALYSIS_UM_PER_PX
from inference.stain.vectors import RUIFROK

_STAINS = RUIFROK.matrix()
_NUCLEUS_PX = 9
_CORNERS = 24
_SUBPIXEL_BITS = 4


@dataclass(frozen=True, eq=False)
class PatchNuclei:
    """The annotated nuclei of a patch.

    Attributes
    ----------
    xy
        (n, 2) pixels of the patch.
    tumor
        (n,) which of them are tumor nuclei.
    scale
        Magnification of the patch: above 1 nuclei appear larger than they are.
    """

    xy: F32
    tumor: Bool
    scale: float


def browned(density: F32, nuclei: PatchNuclei, random: np.random.Generator) -> F32:
    """Return densities in which some nuclei hold DAB: a nuclear antibody, or one that strays.

    Where a nucleus is, hematoxylin near its center says; the same share of it becomes DAB.
    """
    chosen = nuclei.xy[random.random(len(nuclei.xy)) < random.uniform(0.1, 0.8)]
    mask = np.zeros(density.shape[:2], np.float32)
    for x, y in chosen:
        strength = float(random.uniform(0.2, 1.0))
        cv2.circle(mask, (round(float(x)), round(float(y))), _NUCLEUS_PX, strength, -1)
    mask = np.asarray(cv2.GaussianBlur(mask, (0, 0), 1.5), np.float32)
    unmixing = np.linalg.inv(_STAINS).T.astype(np.float32)
    hematoxylin = np.maximum(cv2.transform(density, unmixing[:1]), 0)
    taken = mask * hematoxylin
    more = float(random.uniform(1.0, 4.0))
    change = np.float32(more) * _STAINS[1] - np.float32(0.9) * _STAINS[0]
    return np.asarray(density + taken[..., None] * change.astype(np.float32), np.float32)


def solid(density: F32, nuclei: PatchNuclei, random: np.random.Generator) -> F32:
    """Return densities in which tumor nuclei are filled, blue or brown, to a soft, uneven border.

    Membranes fade at the same time, as in stains of another antigen. Nuclei of other kinds stay
    as they are, or become brown by `browned`.
    """
    height, width = density.shape[:2]
    cover = np.zeros((height, width), np.float32)
    brown = np.zeros((height, width), np.float32)
    brown_share = float(random.uniform(0, 0.8)) * float(random.random() < 0.7)
    radius_um = float(random.uniform(3.3, 5.0))
    for x, y in nuclei.xy[nuclei.tumor & (random.random(len(nuclei.xy)) < 0.95)]:
        outline = _outline(float(x), float(y), radius_um * nuclei.scale, random)
        opacity = float(random.uniform(0.7, 1.0))
        cv2.fillPoly(cover, [outline], opacity, cv2.LINE_AA, _SUBPIXEL_BITS)
        if random.random() < brown_share:
            strength = float(random.uniform(0.15, 1.0))
            cv2.fillPoly(brown, [outline], strength, cv2.LINE_AA, _SUBPIXEL_BITS)
    blur_px = float(random.uniform(0.5, 1.4))
    cover = np.asarray(cv2.GaussianBlur(cover, (0, 0), blur_px), np.float32)
    brown = np.asarray(cv2.GaussianBlur(brown, (0, 0), blur_px), np.float32)
    grain = np.exp(0.35 * _uneven(height, width, float(random.uniform(0.8, 2.5)), random))
    blue_od, brown_od = random.uniform(0.3, 1.1), random.uniform(0.6, 2.2)
    blue = np.float32(blue_od) * grain * (1 - np.float32(0.7) * brown)
    dab = np.float32(brown_od) * grain * brown
    fill = blue[..., None] * _STAINS[0].astype(np.float32)
    fill += dab[..., None] * _STAINS[1].astype(np.float32)
    faded = _faded(density, float(random.uniform(0.0, 1.0)))
    return np.asarray(faded + cover[..., None] * (fill - faded), np.float32)


def _outline(x: float, y: float, radius_um: float, random: np.random.Generator) -> I32:
    """Return the corners of an uneven ellipse, in pixels with `_SUBPIXEL_BITS` more."""
    size = radius_um / ANALYSIS_UM_PER_PX * float(np.exp(random.normal(0, 0.12)))
    stretch = float(np.exp(abs(random.normal(0, 0.15))))
    theta = np.linspace(0, 2 * np.pi, _CORNERS, endpoint=False)
    bumps = 1 + 0.06 * np.cos(2 * theta + random.uniform(0, 6)) * random.normal()
    bumps += 0.05 * np.cos(3 * theta + random.uniform(0, 6)) * random.normal()
    across, along = size * stretch * bumps * np.cos(theta), size / stretch * bumps * np.sin(theta)
    turn = random.uniform(0, np.pi)
    xy: F64 = np.column_stack(
        [
            x + across * np.cos(turn) - along * np.sin(turn),
            y + across * np.sin(turn) + along * np.cos(turn),
        ]
    )
    return np.asarray(np.rint(xy * 2**_SUBPIXEL_BITS), np.int32)


def _uneven(height: int, width: int, sigma_px: float, random: np.random.Generator) -> F32:
    """Return smooth noise of standard deviation 1."""
    noise = random.standard_normal((height, width), np.float32)
    smooth = np.asarray(cv2.GaussianBlur(noise, (0, 0), sigma_px), np.float32)
    deviation = float(smooth.std())
    return np.asarray(smooth / deviation if deviation > 0 else np.zeros_like(smooth), np.float32)


def _faded(density: F32, keep: float) -> F32:
    """Return densities with only a part of their DAB."""
    unmixing = np.linalg.inv(_STAINS).T.astype(np.float32)
    dab = np.maximum(cv2.transform(density, unmixing[1:2]), 0)
    lost = np.float32(1 - keep) * dab
    return np.asarray(density - lost[..., None] * _STAINS[1].astype(np.float32), np.float32)

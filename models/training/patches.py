"""Patches: drawn from the material by number, so that any of them can be made again."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from inference.arrays import F32, U8
from models.training.areas import Area
from models.training.augmentation import augmented
from models.training.material import TUMOR, Material
from models.training.nuclear_stain import PatchNuclei
from models.training.placement import Placement
from models.training.settings import Settings
from models.training.targets import target_of

_TRIES = 50
_INNER = 0.3
"""Patches are centered in a crop's middle, this part of its side from its center at most: nearer
to its border most of the patch would not be annotated."""


@dataclass(frozen=True)
class Patch:
    """What one step of the training sees once.

    Attributes
    ----------
    rgb
        (side, side, 3).
    heatmap, weight
        (side / 4, side / 4) float32.
    """

    rgb: U8
    heatmap: F32
    weight: F32


class Patches:
    """Endless patches from annotated and simulated images.

    Parameters
    ----------
    annotated, simulated
        Images of both kinds; without simulated ones their share goes to the annotated.
    """

    def __init__(
        self, annotated: Sequence[Material], simulated: Sequence[Material], settings: Settings
    ) -> None:
        self._annotated = tuple(annotated)
        self._simulated = tuple(simulated)
        self._settings = settings
        self._boxes = [(material, box) for material in annotated for box in material.boxes]
        self._areas = [
            (material, area)
            for material in annotated
            for area in material.areas
            if area.kind == "non-tumor"
        ]
        sizes = np.array([cv2.contourArea(area.outline) for _, area in self._areas])
        # By the root of the area: large ones more often, small ones not never.
        self._area_chances = np.sqrt(sizes) / np.sqrt(sizes).sum() if len(sizes) else sizes

    def patch(self, number: int) -> Patch:
        """Return one patch; the same number gives the same."""
        settings = self._settings
        random = np.random.default_rng([settings.course.seed, 1, number])
        material, center = self._place(random)
        placement = Placement(
            center,
            material.um_per_px,
            settings.course.patch_px,
            _scale(settings.augmentation.scale, random),
            float(random.uniform(0, 2 * math.pi)),
            bool(random.integers(2)),
        )
        heatmap, weight = target_of(material, placement, settings.target)
        nuclei = placement.to_patch(material.xy)
        near = ((nuclei > 0) & (nuclei < settings.course.patch_px)).all(axis=1)
        tumor = material.meaning[near] == TUMOR
        picture = placement.cut(material.rgb)
        there = PatchNuclei(nuclei[near], tumor, placement.scale)
        rgb = augmented(picture, settings.augmentation, random, there)
        return Patch(rgb, heatmap, weight)

    def _place(self, random: np.random.Generator) -> tuple[Material, tuple[float, float]]:
        settings = self._settings
        lot = random.random()
        if self._simulated and lot < settings.simulation.share:
            material = self._simulated[int(random.integers(len(self._simulated)))]
            return material, _within(material.boxes[0], random)
        if self._areas and random.random() < settings.course.area_share:
            material, area = self._areas[int(random.choice(len(self._areas), p=self._area_chances))]
            return material, _inside(area, random)
        material, box = self._boxes[int(random.integers(len(self._boxes)))]
        return material, _within(box, random)


def _scale(between: tuple[float, float], random: np.random.Generator) -> float:
    return math.exp(random.uniform(math.log(between[0]), math.log(between[1])))


def _within(
    box: tuple[float, float, float, float], random: np.random.Generator
) -> tuple[float, float]:
    x, y = random.uniform(0.5 - _INNER, 0.5 + _INNER, 2)
    return float(box[0] + x * (box[2] - box[0])), float(box[1] + y * (box[3] - box[1]))


def _inside(area: Area, random: np.random.Generator) -> tuple[float, float]:
    """Return a point in a polygon; of a very thin one possibly a point beside it."""
    low, high = area.outline.min(axis=0), area.outline.max(axis=0)
    for _ in range(_TRIES):
        x, y = random.uniform(low, high)
        if cv2.pointPolygonTest(area.outline, (float(x), float(y)), False) >= 0:
            break
    return float(x), float(y)

"""F1 on held-out images, and the threshold at which it is best."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from inference.arrays import F32, U8
from inference.grid import AnalysisGrid, analysis_grid
from inference.nuclei.matching import DetectionScore
from inference.nuclei.network.detector import heatmap_nuclei, padded
from models.training.annotations import AnnotatedPart
from models.training.augmentation import augmented
from models.training.material import Material
from models.training.nuclear_stain import PatchNuclei
from models.training.results import compared
from models.training.settings import Settings

THRESHOLDS = tuple(round(0.15 + 0.05 * i, 2) for i in range(13))

Heatmaps = Callable[[U8], F32]
"""The network: (h, w, 3) of the analysis grid, sides multiples of 32, to (h / 4, w / 4)."""

_CONTEXT_UM = 30.0
"""Surroundings that the network sees beside the crop."""


@dataclass(frozen=True)
class View:
    """One annotated crop as the network gets it.

    Attributes
    ----------
    part
        The annotation, in pixels of the image.
    rgb
        (h, w, 3) of the analysis grid, continued to multiples of 32.
    grid
        The way back to the cutout.
    corner
        Pixel of the image at which the cutout begins.
    um_per_px
        Pixel size of the image.
    varied
        Whether stain and optics were varied.
    """

    part: AnnotatedPart
    rgb: U8
    grid: AnalysisGrid
    corner: tuple[int, int]
    um_per_px: float
    varied: bool


@dataclass(frozen=True)
class Validation:
    """How well one network does.

    Attributes
    ----------
    threshold
        Of the heatmap, the best of `THRESHOLDS` for the crops as they are.
    plain, varied
        Scores at that threshold: crops as they are; in varied stain and optics, None without.
    of_image
        Scores of the crops as they are, by image.
    other_found
        Part of the annotated nuclei of other kinds that were reported.
    """

    threshold: float
    plain: DetectionScore
    varied: DetectionScore | None
    of_image: dict[str, DetectionScore]
    other_found: float

    @property
    def choice(self) -> float:
        """Return the figure by which checkpoints are chosen: mean F1 of plain and varied."""
        scores = [self.plain] + ([self.varied] if self.varied else [])
        return float(np.mean([score.f1 or 0.0 for score in scores]))

    def as_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "threshold": self.threshold,
            "f1": self.plain.f1,
            "recall": self.plain.recall,
            "precision": self.plain.precision,
            "f1_varied": self.varied.f1 if self.varied else None,
            "f1_of_image": {name: score.f1 for name, score in self.of_image.items()},
            "other_found": self.other_found,
        }


def views(
    materials: Sequence[Material], parts: Sequence[AnnotatedPart], settings: Settings
) -> list[View]:
    """Cut out every annotated part with its surroundings, as it is and in varied forms."""
    of_name = {material.name: material for material in materials}
    made = []
    for turn in range(1 + settings.detection.varied):
        for number, part in enumerate(parts):
            material = of_name[part.image]
            grid, corner = _cutout(material, part)
            rgb = padded(grid.rgb)
            if turn:
                random = np.random.default_rng([settings.course.seed, 2, turn, number])
                xy = grid.from_field(part.xy - np.array(corner, np.float32))
                tumor = np.array([kind.startswith("tumor") for kind in part.kinds], np.bool_)
                nuclei = PatchNuclei(xy, tumor, 1.0)
                rgb = augmented(rgb, settings.augmentation, random, nuclei)
            made.append(View(part, rgb, grid, corner, material.um_per_px, turn > 0))
    return made


def _cutout(material: Material, part: AnnotatedPart) -> tuple[AnalysisGrid, tuple[int, int]]:
    height, width = material.rgb.shape[:2]
    context = _CONTEXT_UM / material.um_per_px
    x0, y0, x1, y1 = part.box or (0, 0, width, height)
    left, top = max(0, int(x0 - context)), max(0, int(y0 - context))
    right, bottom = min(width, int(x1 + context)), min(height, int(y1 + context))
    grid = analysis_grid(material.rgb[top:bottom, left:right], material.um_per_px)
    return grid, (left, top)


def validate(heatmaps: Heatmaps, shown: Sequence[View], settings: Settings) -> Validation:
    """Detect in all views and score at every threshold."""
    found = []
    for view in shown:
        radius = settings.detection.suppression_um / view.grid.um_per_px
        xy, height = heatmap_nuclei(heatmaps(view.rgb), THRESHOLDS[0], radius)
        at = view.grid.to_field(xy) + np.array(view.corner, np.float32)
        found.append((np.asarray(at, np.float32), height))

    def score(
        threshold: float, varied: bool, image: str | None = None
    ) -> tuple[DetectionScore, float]:
        total, others, taken = DetectionScore(), 0, 0
        for view, (xy, height) in zip(shown, found, strict=True):
            if view.varied != varied or image not in (None, view.part.image):
                continue
            result = compared(view.part, xy[height >= threshold], view.um_per_px, ("unsure",))
            total += result.comparison.score
            for kind, count in result.annotated.items():
                if not kind.startswith("tumor") and kind != "unsure":
                    others += count
                    taken += result.found[kind]
        return total, taken / max(others, 1)

    plain = {threshold: score(threshold, False) for threshold in THRESHOLDS}
    best = max(THRESHOLDS, key=lambda threshold: plain[threshold][0].f1 or 0.0)
    any_varied = any(view.varied for view in shown)
    return Validation(
        threshold=best,
        plain=plain[best][0],
        varied=score(best, True)[0] if any_varied else None,
        of_image={
            name: score(best, False, name)[0]
            for name in sorted({view.part.image for view in shown})
        },
        other_found=plain[best][1],
    )

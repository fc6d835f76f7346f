"""Simulated fields as training material: each of its own tissue, stain, optics and camera."""

from dataclasses import replace

import numpy as np

from hardware.simulators.tissue import (
    PATTERN_NAMES,
    Kind,
    Optics,
    SlidePattern,
    Stains,
    pattern,
    render_field,
)
from models.training.material import OTHER, TUMOR, UNSURE, Material
from models.training.settings import Simulation

_UM_PER_PX = 0.3
_MEANING = {
    Kind.TUMOR: TUMOR,
    Kind.IMMUNE: OTHER,
    Kind.STROMA: OTHER,
    Kind.BENIGN: OTHER,
    # Tumor cells, but not invasive: a detector of nuclei cannot be asked to see that.
    Kind.DCIS: UNSURE,
    Kind.DEBRIS: OTHER,
}
_SLIDE_UM = 20_000.0


def simulated_material(number: int, seed: int, settings: Simulation) -> Material:
    """Return one field; the same number and seed give the same."""
    random = np.random.default_rng([seed, number])
    side = max(32, round(settings.side_um / _UM_PER_PX))
    field = render_field(
        _varied_pattern(random),
        int(random.integers(2**31)),
        float(random.uniform(0, _SLIDE_UM)),
        float(random.uniform(0, _SLIDE_UM)),
        side,
        side,
        _UM_PER_PX,
        optics=_varied_optics(random),
        stains=_varied_stains(random),
    )
    of_kind = np.array([_MEANING[kind] for kind in Kind], np.uint8)
    return Material(
        name=f"simulated-{number:04d}",
        rgb=field.rgb,
        um_per_px=field.um_per_px,
        xy=field.truth.xy_px,
        meaning=of_kind[field.truth.kind],
        boxes=((0.0, 0.0, float(side), float(side)),),
    )


def _varied_pattern(random: np.random.Generator) -> SlidePattern:
    name = PATTERN_NAMES[int(random.integers(len(PATTERN_NAMES)))]
    preset = pattern(name)
    strength = float(np.exp(random.normal(0, 0.3)))
    return replace(
        preset,
        nest_fraction=float(random.uniform(0.35, 0.8)),
        nest_um=float(random.uniform(60, 300)),
        cell_um=float(random.uniform(9.5, 16.0)),
        immune=float(random.uniform(0, 1) ** 1.5),
        blush=float(preset.blush * random.uniform(0, 2.5)),
        weak=preset.weak * strength,
        moderate=preset.moderate * strength,
        intense=preset.intense * strength,
        gap_um=float(random.uniform(0.2, 1.2)),
        mitoses=float(random.uniform(0, 0.03)),
        apoptoses=float(random.uniform(0, 0.03)),
        dirt=float(random.uniform(0, 1)),
    )


def _varied_optics(random: np.random.Generator) -> Optics:
    white = np.clip(random.normal(238, 10) + random.normal(0, 4, 3), 180, 254)
    return Optics(
        white=(float(white[0]), float(white[1]), float(white[2])),
        defocus_um=float(abs(random.normal(0, 0.7))),
        full_well=float(np.exp(random.uniform(np.log(1500), np.log(20000)))),
        sharpening=float(max(0.0, random.uniform(-1, 1.2))),
    )


def _varied_stains(random: np.random.Generator) -> Stains:
    def near(vector: tuple[float, float, float]) -> tuple[float, float, float]:
        x, y, z = np.maximum(np.array(vector) + random.normal(0, 0.06, 3), 0.03)
        return float(x), float(y), float(z)

    usual = Stains()
    return Stains(
        near(usual.hematoxylin),
        near(usual.dab),
        usual.neutral,
        float(np.exp(random.uniform(np.log(0.5), np.log(1.8)))),
        float(np.exp(random.uniform(np.log(0.5), np.log(1.6)))),
    )

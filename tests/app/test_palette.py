"""Colors and shapes of the classes, as eyes with and without color deficiency see them."""

import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab

from app.model.palette import CLASS_STYLES, HALO
from inference.arrays import F64
from inference.cells.classes import CellClass


def linear(rgb: F64) -> F64:
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def encoded(rgb: F64) -> F64:
    rgb = np.clip(rgb, 0, 1)
    return np.where(rgb <= 0.0031308, 12.92 * rgb, 1.055 * rgb ** (1 / 2.4) - 0.055)


# Machado, Oliveira, Fernandes 2009, severity 1.0, on linear RGB.
EYES = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}


def difference(eye: str, one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    seen = encoded(linear(np.array([[one, other]]) / 255) @ EYES[eye].T)
    lab = rgb2lab(seen)[0]
    return float(deltaE_ciede2000(lab[0], lab[1]))


@pytest.mark.parametrize("eye", EYES)
def test_class_colors_differ_for_every_eye(eye: str) -> None:
    colors = [style.color for style in CLASS_STYLES.values()]
    for i, one in enumerate(colors):
        for other in colors[:i]:
            assert difference(eye, one, other) > 15


@pytest.mark.parametrize("eye", EYES)
def test_class_colors_stand_out_on_black_and_from_their_dark_edge(eye: str) -> None:
    for style in CLASS_STYLES.values():
        assert difference(eye, style.color, (0, 0, 0)) > 40
        assert difference(eye, style.color, HALO) > 35


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize(
    "tissue", [(120, 75, 40), (170, 130, 100), (110, 115, 160)], ids=["dark", "brown", "blue"]
)
def test_class_colors_differ_from_stained_tissue(eye: str, tissue: tuple[int, int, int]) -> None:
    for style in CLASS_STYLES.values():
        assert difference(eye, style.color, tissue) > 12


def test_every_class_has_a_style() -> None:
    assert set(CLASS_STYLES) == set(CellClass)
    assert len({style.shape for style in CLASS_STYLES.values()}) == len(CellClass)
    assert list(CLASS_STYLES) == sorted(CellClass, reverse=True)

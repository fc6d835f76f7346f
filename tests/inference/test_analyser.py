"""A field from pixels to classes, on a drawing whose classes are known."""

import cv2
import numpy as np
import pytest

from inference.analyser import (
    COARSEST_UM_PER_PX,
    MeasuredField,
    TooCoarse,
    classify_field,
    describe_field,
    measure_field,
)
from inference.arrays import U8
from inference.cells.classes import CellClass
from inference.cells.table import CellTable
from inference.nuclei.points import NucleusPoints
from inference.regions import Region
from inference.stain.profile import LevelThreshold, StainProfile
from inference.stain.vectors import RUIFROK

WHITE = (240.0, 238.0, 242.0)
UM = 0.424
PITCH_UM = 20.0
RADIUS_UM = 5.0
PROFILE = StainProfile(
    name="drawing",
    antibody="",
    origin="",
    levels=(
        LevelThreshold(name="weak", of="contrast", threshold_od=0.1),
        LevelThreshold(name="intense", of="density", threshold_od=0.6),
    ),
)
DRAWN = {
    CellClass.NO_STAINING: (0.0, 0.0),
    CellClass.WEAK_INCOMPLETE: (0.35, 0.55),
    CellClass.WEAK_COMPLETE: (0.35, 1.0),
    CellClass.INTENSE_INCOMPLETE: (1.1, 0.55),
    CellClass.INTENSE_COMPLETE: (1.1, 1.0),
}
"""DAB density of the ring, and how much of it is drawn."""


class Known:
    """A detector that was told."""

    name = "known"

    def __init__(self, xy_px: np.ndarray) -> None:
        self.points = NucleusPoints(
            xy_px.astype(np.float32), np.linspace(0.5, 1, len(xy_px), dtype=np.float32)
        )

    def detect(self, rgb: U8, um_per_px: float) -> NucleusPoints:
        del rgb, um_per_px
        return self.points


def drawing(um_per_px: float, rows: int = 3) -> tuple[U8, np.ndarray]:
    """Return a field with one class a column, and the centers of its cells, row by row."""
    pitch = PITCH_UM / um_per_px
    columns = len(DRAWN)
    size = (round(rows * pitch), round(columns * pitch))
    dab = np.zeros(size, np.float32)
    centers = []
    for row in range(rows):
        for column, (density, part) in enumerate(DRAWN.values()):
            center = ((column + 0.5) * pitch, (row + 0.5) * pitch)
            centers.append(center)
            if part:
                layer = np.zeros(size, np.uint8)
                fine = tuple(round(16 * value) for value in center)
                axes = (round(16 * RADIUS_UM / um_per_px),) * 2
                thick = max(1, round(1.3 / um_per_px))
                cv2.ellipse(
                    layer, fine, axes, 0, 10, 10 + 360 * part, 255, thick, cv2.LINE_AA, shift=4
                )
                dab = np.maximum(dab, density * layer / np.float32(255))
    unit = np.array(RUIFROK.dab) / np.linalg.norm(RUIFROK.dab)
    rgb = np.array(WHITE) * 10 ** (-dab[..., None] * unit)
    return np.rint(rgb).astype(np.uint8), np.array(centers)


def measured(um_per_px: float = UM) -> MeasuredField:
    rgb, centers = drawing(um_per_px)
    return measure_field(rgb, um_per_px, PROFILE, WHITE, Known(centers))


def classified(field: MeasuredField, profile: StainProfile, regions=()) -> CellTable:
    return classify_field(field, describe_field(field, profile), profile, regions)


@pytest.mark.parametrize("method", ["ring", "paper"])
@pytest.mark.parametrize("um_per_px", [0.15, 0.212, 0.3, 0.424, 0.5])
def test_every_class_is_found_at_every_pixel_size(um_per_px: float, method: str) -> None:
    # The paper's disc from membrane to nucleus is as long as the drawn cells are wide.
    wide = PROFILE.completeness.model_copy(update={"dilation_um": RADIUS_UM + 1})
    profile = PROFILE.model_copy(update={"method": method, "completeness": wide})
    cells = classified(measured(um_per_px), profile)
    np.testing.assert_array_equal(cells.cell_class, [*DRAWN] * 3)


def test_the_columns_say_why() -> None:
    cells = classified(measured(), PROFILE)
    by_class = {c: np.flatnonzero(cells.cell_class == c) for c in CellClass}
    complete = by_class[CellClass.INTENSE_COMPLETE]
    assert (cells.completeness_intense[complete] > 0.9).all()
    assert cells.ring_od[complete] == pytest.approx(1.1, abs=0.25)
    half = by_class[CellClass.WEAK_INCOMPLETE]
    assert cells.completeness[half] == pytest.approx(0.55, abs=0.12)
    assert (cells.completeness_intense[half] == 0).all()
    closed = np.isin(cells.cell_class, [CellClass.WEAK_COMPLETE, CellClass.INTENSE_COMPLETE])
    np.testing.assert_array_equal(cells.enclosed_weak, closed)
    assert (cells.ring_od[by_class[CellClass.NO_STAINING]] < 0.05).all()
    assert cells.counted.all()


def test_points_and_confidence_are_the_detector_s() -> None:
    rgb, centers = drawing(0.212)
    known = Known(centers)
    field = measure_field(rgb, 0.212, PROFILE, WHITE, known)
    cells = classified(field, PROFILE)
    np.testing.assert_array_equal(cells.xy_px, known.points.xy_px)
    np.testing.assert_array_equal(cells.confidence, known.points.confidence)
    assert field.grid_um_per_px == pytest.approx(UM, rel=0.01)
    shape = np.array(field.enhancement.density.shape[::-1])
    np.testing.assert_allclose(field.grid_scale, shape / rgb.shape[1::-1], rtol=1e-6)
    expected = (centers + 0.5) * field.grid_scale - 0.5
    np.testing.assert_allclose(field.xy_grid, expected, atol=1e-3)


def test_a_field_measured_once_follows_every_threshold() -> None:
    field = measured()
    before = classified(field, PROFILE)
    none = classified(field, PROFILE.with_thresholds({"weak": 1.4, "intense": 1.5}))
    assert (none.cell_class == CellClass.NO_STAINING).all()
    strong = classified(field, PROFILE.with_thresholds({"intense": 0.15}))
    assert not np.isin(strong.cell_class, [1, 2]).any()
    again = classified(field, PROFILE)
    np.testing.assert_array_equal(again.cell_class, before.cell_class)


def test_without_background_removal_contrast_is_density() -> None:
    rgb, centers = drawing(UM)
    plain = PROFILE.model_copy(update={"background": "none"})
    field = measure_field(rgb, UM, plain, WHITE, Known(centers))
    np.testing.assert_array_equal(field.enhancement.contrast, field.enhancement.density)


def test_one_level_gives_weak_cells_alone_and_three_keep_the_outermost() -> None:
    field = measured()
    weak, intense = PROFILE.levels
    one = classified(field, PROFILE.model_copy(update={"levels": (weak,)}))
    assert set(one.cell_class.tolist()) == {0, 1, 2}
    between = LevelThreshold(name="moderate", of="density", threshold_od=0.5)
    three = classified(field, PROFILE.model_copy(update={"levels": (weak, between, intense)}))
    np.testing.assert_array_equal(three.cell_class, [*DRAWN] * 3)


def test_regions_choose_what_counts_and_change_nothing_else() -> None:
    field = measured()
    half = np.array([[-1, -1], [2.9 * PITCH_UM / UM, -1], [2.9 * PITCH_UM / UM, 999], [-1, 999]])
    cells = classified(field, PROFILE, [Region("include", half)])
    np.testing.assert_array_equal(cells.counted, [True, True, True, False, False] * 3)
    np.testing.assert_array_equal(cells.cell_class, [*DRAWN] * 3)
    assert cells.count(CellClass.INTENSE_COMPLETE) == 0
    assert cells.count(CellClass.WEAK_COMPLETE) == 3


def test_a_field_without_nuclei_has_no_cells() -> None:
    rgb, _ = drawing(UM)
    field = measure_field(rgb, UM, PROFILE, WHITE, Known(np.zeros((0, 2))))
    assert len(classified(field, PROFILE)) == 0
    assert len(describe_field(field, PROFILE).levels[0].areas) > 0


def test_nuclei_on_the_border_have_a_class() -> None:
    rgb, _ = drawing(UM)
    height, width = rgb.shape[:2]
    corners = np.array([[0, 0], [width - 1, 0], [0, height - 1], [width - 0.6, height - 0.6]])
    cells = classified(measure_field(rgb, UM, PROFILE, WHITE, Known(corners)), PROFILE)
    assert (cells.cell_class == CellClass.NO_STAINING).all()
    assert np.isfinite(cells.ring_od).all()


def test_the_field_is_left_as_it_was() -> None:
    rgb, centers = drawing(UM)
    rgb.setflags(write=False)
    before = rgb.copy()
    measure_field(rgb, UM, PROFILE, WHITE, Known(centers))
    np.testing.assert_array_equal(rgb, before)


def test_pixels_wider_than_a_membrane_are_refused() -> None:
    rgb, centers = drawing(UM)
    measure_field(rgb, COARSEST_UM_PER_PX, PROFILE, WHITE, Known(centers))
    with pytest.raises(TooCoarse, match=r"membranes cannot be seen at 0.71 um per px"):
        measure_field(rgb, 0.71, PROFILE, WHITE, Known(centers))

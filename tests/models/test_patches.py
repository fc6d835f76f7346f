"""Geometry of patches, targets and areas; no network is needed for it."""

import json
import math
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.arrays import F32, U8
from inference.grid import ANALYSIS_UM_PER_PX, analysis_grid
from models.training.annotations import AnnotatedPart, AnnotationProblem
from models.training.areas import Area, read_areas
from models.training.material import (
    OTHER,
    TUMOR,
    UNSURE,
    Material,
    meaning_of,
    read_material,
    split_by_image,
)
from models.training.patches import Patches
from models.training.placement import Placement
from models.training.settings import Images, Settings, Target
from models.training.simulated import simulated_material
from models.training.targets import target_of

CELL_UM = 4 * ANALYSIS_UM_PER_PX


def material(
    points: list[tuple[float, float]], meaning: list[int], um_per_px: float = 0.25, side: int = 400
) -> Material:
    return Material(
        "a",
        np.full((side, side, 3), 230, np.uint8),
        um_per_px,
        np.array(points, np.float32).reshape(-1, 2),
        np.array(meaning, np.uint8),
        ((0.0, 0.0, float(side), float(side)),),
    )


placements = st.builds(
    Placement,
    center=st.tuples(st.floats(150, 250), st.floats(150, 250)),
    um_per_px=st.sampled_from([0.212, 0.25, 0.424]),
    side_px=st.sampled_from([64, 128]),
    scale=st.floats(0.7, 1.4),
    angle=st.floats(0, 2 * math.pi),
    mirrored=st.booleans(),
)


@settings(max_examples=40, deadline=None)
@given(placements, st.floats(-8, 8), st.floats(-8, 8))
def test_pixels_and_points_go_to_the_same_place(p: Placement, dx: float, dy: float) -> None:
    x, y = p.center[0] + dx, p.center[1] + dy
    grid_x, grid_y = np.meshgrid(np.arange(400), np.arange(400))
    spot = np.exp(-0.5 * ((grid_x - x) ** 2 + (grid_y - y) ** 2) / 9)
    rgb = np.repeat((255 * spot[..., None]).astype(np.uint8), 3, axis=2)
    patch = p.cut(rgb)[..., 0].astype(np.float64)
    assert patch.shape == (p.side_px, p.side_px)
    rows, columns = np.indices(patch.shape)
    found = (patch * columns).sum() / patch.sum(), (patch * rows).sum() / patch.sum()
    (expected,) = p.to_patch(np.array([[x, y]], np.float32))
    assert found == pytest.approx(tuple(expected), abs=0.15)


def test_a_patch_looks_as_the_runtime_sees_the_field() -> None:
    random = np.random.default_rng(3)
    rough = random.integers(0, 256, (40, 40, 3), dtype=np.uint8)
    field = cv2.resize(rough, (400, 400), interpolation=cv2.INTER_CUBIC)
    side = 64
    # The middle of a patch of even side lies between pixels.
    center = 2 * 60 + side - 0.5
    patch = Placement((center, center), ANALYSIS_UM_PER_PX / 2, side).cut(field)
    seen = analysis_grid(field, ANALYSIS_UM_PER_PX / 2).rgb[60 : 60 + side, 60 : 60 + side]
    assert np.abs(patch.astype(int) - seen).max() <= 1


def slow_target(m: Material, p: Placement, target: Target) -> tuple[F32, F32]:
    """Return the target cell by cell, for a material whose box holds the whole patch."""
    side = p.side_px // 4
    heatmap, weight = np.zeros((side, side), np.float32), np.ones((side, side), np.float32)
    points = p.to_patch(m.xy) * ANALYSIS_UM_PER_PX
    weights = {TUMOR: target.tumor, OTHER: target.other, UNSURE: 0.0}
    for row in range(side):
        for column in range(side):
            at = (np.array([column, row]) + 0.5) * CELL_UM - 0.5 * ANALYSIS_UM_PER_PX
            distances = np.hypot(*(points - at).T)
            for distance, meaning in zip(distances, m.meaning, strict=True):
                if meaning == TUMOR:
                    value = math.exp(-0.5 * (distance / target.sigma_um) ** 2)
                    heatmap[row, column] = max(heatmap[row, column], value)
            nearest = int(distances.argmin())
            if distances[nearest] <= target.disc_um:
                weight[row, column] = weights[int(m.meaning[nearest])]
    return heatmap, weight


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(180, 220), st.floats(180, 220), st.sampled_from([0, 1, 2])),
        min_size=1,
        max_size=6,
        unique_by=lambda one: (round(one[0]), round(one[1])),
    ),
    st.floats(0, 6),
    st.booleans(),
)
def test_targets_equal_the_slow_ones(
    nuclei: list[tuple[float, float, int]], angle: float, mirrored: bool
) -> None:
    m = material([(x, y) for x, y, _ in nuclei], [kind for _, _, kind in nuclei])
    p = Placement((200, 200), 0.25, 64, 1.0, angle, mirrored)
    heatmap, weight = target_of(m, p, Target(margin_um=0))
    expected, expected_weight = slow_target(m, p, Target(margin_um=0))
    # Beyond 3.5 standard deviations outside of the patch a nucleus is left out.
    np.testing.assert_allclose(heatmap, expected, atol=3e-3)
    assert np.mean(weight != expected_weight) < 0.01  # rounding at the rim of a disc


def test_a_peak_stands_where_the_nucleus_is() -> None:
    # Cell 8 of 16 is centered at pixel 33.5 of 64, 2 pixels of the grid from the middle 31.5.
    at = 200 + 2 * ANALYSIS_UM_PER_PX / 0.25
    heatmap, _ = target_of(material([(at, at)], [TUMOR]), Placement((200, 200), 0.25, 64), Target())
    assert heatmap[8, 8] == pytest.approx(1, abs=1e-4)
    assert heatmap[8, 9] == pytest.approx(math.exp(-0.5 * (CELL_UM / 1.7) ** 2), abs=1e-3)


def test_what_is_not_annotated_weighs_nothing() -> None:
    m = replace(material([], []), boxes=((0.0, 0.0, 200.0, 400.0),))
    p = Placement((200, 200), ANALYSIS_UM_PER_PX, 64)
    _, weight = target_of(m, p, Target(margin_um=0))
    assert weight[:, :8].min() == 1
    assert weight[:, 9:].max() == 0
    _, weight = target_of(m, p, Target(margin_um=2 * CELL_UM))
    assert weight[:, 7].max() == 0
    assert weight[:, 4].min() == 1


def test_areas_weigh_outside_of_crops_and_tumor_areas_cut_holes() -> None:
    everywhere = np.array([(0, 0), (400, 0), (400, 400), (0, 400)], np.float32)
    upper = np.array([(0, 0), (400, 0), (400, 200), (0, 200)], np.float32)
    m = replace(
        material([], []),
        boxes=((0.0, 0.0, 200.0, 400.0),),
        areas=(Area("a", "tumor", upper), Area("a", "non-tumor", everywhere)),
    )
    _, weight = target_of(m, Placement((200, 200), 0.424, 64), Target(area=0.5, margin_um=0))
    assert weight[2, 14] == 0
    assert weight[14, 14] == 0.5
    assert weight[2, 2] == weight[14, 2] == 1


def test_patches_are_made_again_by_their_number() -> None:
    random = np.random.default_rng(0)
    m = replace(
        material([(200, 200), (210, 220)], [TUMOR, OTHER]),
        rgb=random.integers(0, 256, (400, 400, 3), dtype=np.uint8),
    )
    given_settings = Settings.model_validate({"course": {"patch_px": 64}})
    first = Patches([m], [], given_settings).patch(7)
    again = Patches([m], [], given_settings).patch(7)
    other = Patches([m], [], given_settings).patch(8)
    for name in ("rgb", "heatmap", "weight"):
        assert np.array_equal(getattr(first, name), getattr(again, name))
    assert not np.array_equal(first.rgb, other.rgb)
    assert first.rgb.shape == (64, 64, 3)
    assert first.heatmap.shape == first.weight.shape == (16, 16)


def test_shares_of_simulated_fields_and_areas() -> None:
    blank = material([], [])
    area = Area("a", "non-tumor", np.array([(300, 300), (390, 300), (390, 390)], np.float32))
    of_boxes = replace(blank, boxes=((0.0, 0.0, 100.0, 100.0),), areas=(area,))
    chosen = Settings.model_validate(
        {"simulation": {"share": 0.5}, "course": {"area_share": 0.5, "patch_px": 64}}
    )
    simulated = simulated_material(0, 1, chosen.simulation)
    patches = Patches([of_boxes], [simulated], chosen)
    random = np.random.default_rng(0)
    places = [patches._place(random) for _ in range(400)]
    share = np.mean([m is simulated for m, _ in places])
    in_area = np.mean([m is of_boxes and center[0] >= 300 for m, center in places])
    in_crop = np.mean([m is of_boxes and center[0] <= 100 for m, center in places])
    assert share == pytest.approx(0.5, abs=0.08)
    assert in_area == pytest.approx(0.25, abs=0.08)
    assert in_crop == pytest.approx(0.25, abs=0.08)


def test_simulated_fields_bring_their_truth() -> None:
    simulation = Settings().simulation
    field = simulated_material(3, 1, simulation)
    again = simulated_material(3, 1, simulation)
    assert np.array_equal(field.rgb, again.rgb)
    assert field.rgb.shape == (500, 500, 3)
    assert set(field.meaning.tolist()) <= {TUMOR, OTHER, UNSURE}
    assert len(field.xy) == len(field.meaning) > 20


def part(image: str) -> AnnotatedPart:
    xy = np.array([(5, 5), (6, 6), (7, 7)], np.float32)
    return AnnotatedPart("p-" + image, image, image, None, xy, ("tumor", "immune", "unsure"))


def test_split_by_image_and_the_test_images_are_never_read(tmp_path: Path) -> None:
    images = Images(test=("c",), validation=("b",))
    split = split_by_image([part("a"), part("b"), part("c")], images)
    assert [p.image for p in split.training] == ["a"]
    assert [p.image for p in split.validation] == ["b"]
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((20, 30, 3), np.uint8))
    outline = np.zeros((3, 2), np.float32)
    areas = [Area("a", "tumor", outline), Area("c", "tumor", outline)]
    # There is no c.png: it would be an error to read it.
    (m,) = read_material(tmp_path, split.training, areas, 0.25)
    assert m.boxes == ((0, 0, 30, 20),)
    assert m.meaning.tolist() == [TUMOR, OTHER, UNSURE]
    assert [area.image for area in m.areas] == ["a"]


@pytest.mark.parametrize(
    ("images", "says"),
    [
        (Images(validation=("b",), test=("x",)), "mistyped.*x"),
        (Images(test=("b",)), "named for validation"),
        (Images(validation=("a", "b")), "left to train on"),
    ],
)
def test_splits_that_cannot_be(images: Images, says: str) -> None:
    with pytest.raises(AnnotationProblem, match=says):
        split_by_image([part("a"), part("b")], images)


def test_meaning_of_kinds() -> None:
    kinds = ("tumor", "tumor_negative", "immune", "lymphocyte", "stroma", "benign", "unsure")
    assert [meaning_of(kind) for kind in kinds] == [
        TUMOR,
        TUMOR,
        OTHER,
        OTHER,
        OTHER,
        OTHER,
        UNSURE,
    ]


SQUARE = [[0, 0], [10, 0], [10, 10], [0, 0]]


def feature(kind: str, shape: str, coordinates: object) -> dict[str, object]:
    geometry = {"type": shape, "coordinates": coordinates}
    return {"type": "Feature", "properties": {"core": "a", "kind": kind}, "geometry": geometry}


def write_areas(folder: Path, *features: object) -> Path:
    file = folder / "areas.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return file


def test_areas_from_geojson(tmp_path: Path) -> None:
    file = write_areas(
        tmp_path,
        feature("tumour", "Polygon", [SQUARE]),
        feature("non-tumor", "MultiPolygon", [[SQUARE], [SQUARE]]),
    )
    areas = read_areas(file)
    assert [(a.image, a.kind) for a in areas] == [("a", "tumor")] + 2 * [("a", "non-tumor")]
    assert areas[0].outline.tolist() == SQUARE


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (feature("fat", "Polygon", [SQUARE]), "not 'fat'"),
        (feature("tumor", "Polygon", [SQUARE, SQUARE]), "has holes"),
        (feature("tumor", "Point", [1, 2]), "expected a GeoJSON"),
        (feature("tumor", "Polygon", [[1, 2]]), "no list of x, y"),
        ({}, "expected a GeoJSON"),
    ],
)
def test_unusable_areas(tmp_path: Path, wrong: object, says: str) -> None:
    with pytest.raises(AnnotationProblem, match=says):
        read_areas(write_areas(tmp_path, wrong))
    with pytest.raises(AnnotationProblem, match="cannot be read"):
        read_areas(tmp_path / "none.geojson")


def test_white_beside_the_image_is_not_invented() -> None:
    # Beyond its border an image goes on as its mirror image, and does not count.
    picture: U8 = np.full((400, 400, 3), 90, np.uint8)
    m = replace(material([], []), rgb=picture)
    p = Placement((0, 0), 0.25, 64)
    assert p.cut(m.rgb).min() == 90
    _, weight = target_of(m, p, Target(margin_um=0))
    assert weight[:7, :7].max() == 0
    assert weight[9:, 9:].min() == 1

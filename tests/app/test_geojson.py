"""Regions from GeoJSON: QuPath's exports, and one clear line for what is no region."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.storage.geojson import RegionProblem, read_regions
from inference.regions import counted, shifted

SQUARE = [[10, 10], [20, 10], [20, 20], [10, 20], [10, 10]]
HOLE = [[12, 12], [18, 12], [18, 18], [12, 18], [12, 12]]


def polygon(*rings: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


def feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def collection(*features: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}


def saved(folder: Path, document: Any, encoding: str = "utf-8") -> Path:
    path = folder / "region.geojson"
    path.write_text(json.dumps(document, ensure_ascii=False), encoding=encoding)
    return path


QUPATH = collection(
    {
        "type": "Feature",
        "id": "2b7a9d8e-0f9b-4c5e-9a0e-6a3b5d1c7f00",
        "geometry": polygon(SQUARE, HOLE),
        "properties": {
            "objectType": "annotation",
            "name": "left duct",
            "classification": {"name": "DCIS", "color": [200, 0, 0]},
            "isLocked": True,
        },
    }
)


def test_a_qupath_annotation_with_a_hole(tmp_path: Path) -> None:
    (region,) = read_regions(saved(tmp_path, QUPATH), "exclude")
    assert (region.kind, region.reason) == ("exclude", "DCIS")
    # Pixel corners at whole numbers there, pixel centers here; the repeated corner is gone.
    np.testing.assert_array_equal(region.exterior, np.array(SQUARE[:-1]) - 0.5)
    np.testing.assert_array_equal(region.holes[0], np.array(HOLE[:-1]) - 0.5)


def test_a_square_of_ten_pixels_holds_exactly_their_centers(tmp_path: Path) -> None:
    (region,) = read_regions(saved(tmp_path, polygon(SQUARE)), "include")
    y, x = np.mgrid[0:30, 0:30]
    inside = counted(np.column_stack([x.ravel(), y.ravel()]).astype(np.float32), [region])
    expected = np.zeros((30, 30), np.bool_)
    expected[10:20, 10:20] = True
    np.testing.assert_array_equal(inside.reshape(30, 30), expected)


def test_a_region_of_the_whole_image_serves_a_field_cut_from_it(tmp_path: Path) -> None:
    (region,) = read_regions(saved(tmp_path, polygon(SQUARE)), "include")
    field = shifted(region, -8, -12)
    xy = np.array([[2, 0], [1, 0], [11, 7], [12, 7]], np.float32)
    assert counted(xy, [field]).tolist() == [True, False, True, False]


@pytest.mark.parametrize(
    "document",
    [
        polygon(SQUARE),
        feature(polygon(SQUARE)),
        collection(feature(polygon(SQUARE))),
        [feature(polygon(SQUARE))],
        {"type": "Feature", "geometry": polygon(SQUARE), "properties": None},
        polygon([[*corner, 0.0] for corner in SQUARE]),
    ],
    ids=["geometry", "feature", "collection", "list", "null properties", "with z"],
)
def test_all_forms_are_read_alike(tmp_path: Path, document: Any) -> None:
    (region,) = read_regions(saved(tmp_path, document), "include")
    np.testing.assert_array_equal(region.exterior, np.array(SQUARE[:-1]) - 0.5)
    assert region.reason == ""


def test_a_multipolygon_gives_a_region_each(tmp_path: Path) -> None:
    far = [[x + 100, y] for x, y in SQUARE]
    multi = {"type": "MultiPolygon", "coordinates": [[SQUARE, HOLE], [far]]}
    regions = read_regions(saved(tmp_path, feature(multi, name="necrosis")), "exclude")
    assert [len(region.holes) for region in regions] == [1, 0]
    assert [region.reason for region in regions] == ["necrosis", "necrosis"]


def test_a_byte_order_mark_and_other_scripts_are_read(tmp_path: Path) -> None:
    path = saved(tmp_path, feature(polygon(SQUARE), name="坏死\n2"), encoding="utf-8-sig")
    assert read_regions(path, "exclude")[0].reason == "坏死 2"


def test_detections_beside_annotations_are_passed_over(tmp_path: Path) -> None:
    cell = feature({"type": "Point", "coordinates": [1, 2]}, objectType="detection")
    document = collection(cell, feature(polygon(SQUARE), objectType="annotation"))
    assert len(read_regions(saved(tmp_path, document), "include")) == 1


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (5, "no list of features"),
        (None, "no list of features"),
        ({}, "no FeatureCollection"),
        ({"type": "FeatureCollection"}, "no list of features"),
        ([1], "no FeatureCollection"),
        (collection(), "holds no polygon; export annotations"),
        (
            collection(feature(polygon(SQUARE), objectType="cell")),
            "holds no polygon, only 1 detections",
        ),
        (feature(None), "feature 1 has no geometry"),
        (polygon(), "feature 1 is empty"),
        (polygon([]), "is empty"),
        ({"type": "MultiPolygon", "coordinates": []}, "is empty"),
        ({"type": "Polygon", "coordinates": "abc"}, "is empty"),
        (polygon(SQUARE[:-1]), "not closed"),
        (polygon([[0, 0], [1, 1], [0, 0]]), "fewer than three corners"),
        (polygon([[0, 0], [5, 5], [9, 9], [0, 0]]), "is no simple area"),
        (polygon([[0, 0], [4, 4], [4, 0], [0, 4], [0, 0]]), r"is no simple area: Self-inters.*2 2"),
        (polygon(SQUARE, [[x + 50, y] for x, y in HOLE]), "is no simple area: Hole lies outside"),
        (polygon([[0, 0], ["a", 1], [1, 1], [0, 0]]), "not pairs of numbers"),
        (polygon([[0, 0], [1], [1, 1], [0, 0]]), "not pairs of numbers"),
        (polygon([[0, 0], [True, 1], [1, 1], [0, 0]]), "not pairs of numbers"),
        (polygon([0, 1, 2, 0]), "not pairs of numbers"),
        (polygon([[0, 0], [float("nan"), 1], [1, 1], [0, 0]]), "not finite"),
        (polygon([[0, 0], [float("inf"), 1], [1, 1], [0, 0]]), "not finite"),
        (feature({"type": "Point", "coordinates": [1, 2]}), "feature 1 is a Point; a region must"),
        (
            collection(
                feature(polygon(SQUARE)),
                feature({"type": "LineString", "coordinates": SQUARE[:-1]}, name="duct"),
            ),
            r"feature 2 \(duct\) is a LineString",
        ),
    ],
)
def test_what_is_no_region_gives_one_line(tmp_path: Path, document: Any, message: str) -> None:
    path = saved(tmp_path, document)
    with pytest.raises(RegionProblem, match=message) as caught:
        read_regions(path, "include")
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [b"", b"field,x,y\n", b"\xff\xfe\x00\x80", b"[" * 200_000, b"9" * 6000],
    ids=["empty", "csv", "binary", "deep", "long number"],
)
def test_what_is_not_json_gives_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "region.geojson"
    path.write_bytes(content)
    with pytest.raises(RegionProblem, match="is not GeoJSON"):
        read_regions(path, "include")


def test_a_huge_whole_number_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path, polygon([[0, 0], [10**400, 0], [1, 1], [0, 0]]))
    with pytest.raises(RegionProblem, match="not finite"):
        read_regions(path, "include")


def test_a_missing_file_and_a_folder_give_one_line(tmp_path: Path) -> None:
    with pytest.raises(RegionProblem, match=r"none\.geojson: cannot be read"):
        read_regions(tmp_path / "none.geojson", "include")
    with pytest.raises(RegionProblem, match="cannot be read"):
        read_regions(tmp_path, "include")

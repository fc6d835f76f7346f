"""``her2scope score --include --exclude``: which cells count."""

import hashlib
import json
from pathlib import Path


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def square(path: Path, x0: float, y0: float, x1: float, y1: float, **properties: object) -> Path:
    ring = [[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]]
    feature = {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": properties,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    return path


def test_regions_of_one_image_stand_in_two_files(tmp_path, saved, score) -> None:
    field = saved("a.png")
    include = square(tmp_path / "in.geojson", 0, 0, 160, 320)
    exclude = square(tmp_path / "out.geojson", 0, 0, 320, 100, classification={"name": "DCIS"})
    result, out = score(field, "--include", include, "--exclude", exclude)
    assert result.exit_code == 0
    kept = [c for c in out.cells if c["counted"] == "true"]
    assert 0 < len(kept) < len(out.cells)
    for cell in out.cells:
        x, y = float(cell["x_px"]) + 0.5, float(cell["y_px"]) + 0.5
        if abs(x - 160) > 0.02 and abs(y - 100) > 0.02:
            assert (cell["counted"] == "true") == (x < 160 and y > 100)
    assert out.slide["n_cells"] == len(kept) == int(out.fields[0]["n_cells"])
    assert int(out.fields[0]["n_detected"]) == len(out.cells)
    assert out.provenance["images"][0]["regions"] == [
        {
            "file": "in.geojson",
            "sha256": sha256(include),
            "regions": [{"kind": "include", "reason": "", "corners": 4}],
        },
        {
            "file": "out.geojson",
            "sha256": sha256(exclude),
            "regions": [{"kind": "exclude", "reason": "DCIS", "corners": 4}],
        },
    ]
    assert "Regions include in 1, exclude in 1 of 1 images" in out.text


def test_regions_of_several_images_stand_in_a_folder(tmp_path, saved, score) -> None:
    files = [saved("a.png"), saved("b.ome.tif", 12), saved("c.png", 20)]
    square(tmp_path / "regions" / "a.geojson", 0, 0, 160, 320)
    square(tmp_path / "regions" / "b.geojson", 160, 0, 320, 320)
    result, out = score(*files, "--include", tmp_path / "regions")
    assert result.exit_code == 0, result.stderr
    for cell in out.cells:
        x = float(cell["x_px"]) + 0.5
        if abs(x - 160) > 0.02:
            inside = {"a": x < 160, "b": x > 160, "c": True}[cell["field"]]
            assert (cell["counted"] == "true") == inside
    assert out.warnings["no_include"].startswith("c.png has no include region")
    assert "Regions include in 2 of 3 images" in out.text


def test_an_exclude_region_need_not_be_in_every_image(tmp_path, saved, score) -> None:
    square(tmp_path / "regions" / "a.geojson", 0, 0, 160, 320)
    _, out = score(saved("a.png"), saved("b.png", 12), "--exclude", tmp_path / "regions")
    assert "no_include" not in out.warnings


def test_one_file_of_regions_for_several_images_is_refused(tmp_path, saved, call) -> None:
    files = [saved("a.png"), saved("b.png", 12)]
    include = square(tmp_path / "in.geojson", 0, 0, 160, 320)
    result = call("score", *files, "--mpp", 0.424, "--include", include, "--output", tmp_path / "o")
    assert result.exit_code == 2
    assert "is one file, and there are 2 images: give a folder" in result.stderr


def test_regions_that_fit_two_images_are_refused(tmp_path, saved, call) -> None:
    files = [saved("one/a.png"), saved("two/a.png", 12)]
    include = square(tmp_path / "regions" / "a.geojson", 0, 0, 160, 320).parent
    result = call("score", *files, "--mpp", 0.424, "--include", include, "--output", tmp_path / "o")
    assert result.exit_code == 2
    assert "rename one of the images" in result.stderr


def test_a_region_outside_of_the_picture_is_told(tmp_path, saved, score) -> None:
    exclude = square(tmp_path / "out.geojson", 400, 0, 500, 100, name="fold")
    result, out = score(saved("a.png"), "--exclude", exclude)
    assert result.exit_code == 0
    assert out.warnings["region_outside"].startswith(
        "a.png: the exclude region 'fold' of out.geojson lies wholly outside of the picture"
    )
    assert out.warnings["region_outside"] in out.text
    assert all(cell["counted"] == "true" for cell in out.cells)


def test_an_include_region_without_cells_is_told(tmp_path, saved, score) -> None:
    include = square(tmp_path / "in.geojson", 400, 0, 500, 100)
    _, out = score(saved("a.png"), "--include", include)
    assert out.slide["score"] == "not assessable"
    assert out.warnings["no_cells_in_regions"] == (
        f"a.png: the regions leave none of its {len(out.cells)} cells"
    )

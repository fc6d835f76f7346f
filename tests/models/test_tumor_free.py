"""False nuclei where there is no tumor: what counts, and over how much tissue."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from inference.nuclei.network.picture import nuclei_picture
from models.training.areas import Area, AreaKind
from models.training.tumor_free import free_areas, main


def area(kind: AreaKind, x0: int, y0: int, x1: int, y1: int) -> Area:
    return Area("a", kind, np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], np.float32))


def test_glass_is_no_area_and_tumor_cuts_a_hole() -> None:
    rgb = np.full((200, 300, 3), 240, np.uint8)
    rgb[:, :150] = (230, 229, 235)  # pale, but no glass
    areas = [area("non-tumor", 0, 0, 299, 99), area("tumor", 0, 0, 49, 99)]
    reported = np.array([(20, 50), (80, 50), (100, 50), (80, 150), (250, 50)], np.float32)
    (free,) = free_areas(rgb, reported, areas, 0.5)
    # (80, 150) lies outside, (20, 50) in tumor; one on glass is false all the same.
    assert free.false.tolist() == [[80, 50], [100, 50], [250, 50]]
    assert free.tissue_um2 == pytest.approx(100 * 100 * 0.25, rel=0.03)


def test_an_area_of_glass_alone_holds_nothing() -> None:
    rgb = np.full((100, 100, 3), 240, np.uint8)
    (free,) = free_areas(rgb, np.empty((0, 2), np.float32), [area("non-tumor", 0, 0, 99, 99)], 0.5)
    assert free.false.shape == (0, 2)
    assert free.tissue_um2 == 0


def test_a_picture_without_glass_is_tissue_all_over() -> None:
    rgb = np.full((100, 100, 3), (200, 150, 190), np.uint8)
    (free,) = free_areas(rgb, np.empty((0, 2), np.float32), [area("non-tumor", 0, 0, 99, 99)], 0.5)
    assert free.tissue_um2 == 2500


@pytest.fixture
def call(tmp_path: Path) -> list[str]:
    picture = cv2.cvtColor(nuclei_picture(512), cv2.COLOR_RGB2BGR)
    features = []
    for name in ("one", "other"):
        cv2.imwrite(str(tmp_path / f"{name}.png"), picture)
        geometry = {"type": "Polygon", "coordinates": [[(0, 0), (511, 0), (511, 511), (0, 511)]]}
        features.append({"properties": {"core": name, "kind": "non-tumor"}, "geometry": geometry})
    (tmp_path / "areas.geojson").write_text(json.dumps({"features": features}))
    found = ["--images", str(tmp_path), "--areas", str(tmp_path / "areas.geojson")]
    return [*found, "--mpp", "0.424"]


def test_table_and_pictures(
    call: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pictures = tmp_path / "pictures"
    assert main([*call, "--pictures", str(pictures)]) == 0
    lines = capsys.readouterr().out.splitlines()
    rows = {
        name: line.split("│")[2:5] for line in lines if (name := line[1:].split("│")[0].strip())
    }
    false = [int(rows[name][1]) for name in ("one", "other", "all")]
    assert false[0] == false[1] > 20  # drawn nuclei that look like tumor
    assert false[2] == 2 * false[0]
    assert sorted(file.name for file in pictures.iterdir()) == ["01-one.png", "02-other.png"]
    red = cv2.cvtColor(cv2.imread(str(pictures / "01-one.png")), cv2.COLOR_BGR2RGB)
    assert (red == (230, 0, 0)).all(axis=2).any()
    assert main([*call, "--only", "one"]) == 0
    assert "other" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--only", "none"], "no polygon without tumor is left: look at --areas and --only"),
        (["--mpp", "0"], "--mpp must be positive"),
        (["--mpp", "inf"], "--mpp must be positive"),
        (["--images", "nowhere"], "nowhere: no image one there"),
    ],
)
def test_bad_input_is_one_line(
    call: list[str], capsys: pytest.CaptureFixture[str], more: list[str], says: str
) -> None:
    assert main([*call, *more]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"tumor_free: {says}")

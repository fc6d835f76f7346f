"""Points of the network where nobody annotated, and nowhere else."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from inference.nuclei.network.picture import nuclei_picture
from models.training.annotations import read_annotations
from models.training.areas import Area, AreaKind
from models.training.pseudo_points import free_squares, main


def area(image: str, kind: AreaKind, x0: int, y0: int, x1: int, y1: int) -> Area:
    return Area(image, kind, np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], np.float32))


def test_squares_lie_in_tumor_and_not_in_what_is_annotated() -> None:
    areas = [area("a", "non-tumor", 30, 0, 39, 9), area("a", "tumor", 0, 0, 59, 24)]
    assert list(free_squares((40, 65), areas, [(15.0, 12.0, 18.0, 14.0)], 10)) == [
        (0, 0), (10, 0), (20, 0), (40, 0), (50, 0), (0, 10), (20, 10), (30, 10), (40, 10), (50, 10)
    ]  # fmt: skip
    assert list(free_squares((40, 65), areas, [(-5.0, -5.0, 99.0, 99.0)], 10)) == []


@pytest.fixture
def cores(tmp_path: Path) -> list[str]:
    """Return the call for two cores of nuclei, one of which chooses checkpoints."""
    picture = cv2.cvtColor(nuclei_picture(512), cv2.COLOR_RGB2BGR)
    features = []
    for name in ("train", "chosen"):
        cv2.imwrite(str(tmp_path / f"{name}.png"), picture)
        outline = [(0, 0), (511, 0), (511, 511), (0, 511)]
        geometry = {"type": "Polygon", "coordinates": [outline]}
        features.append({"properties": {"core": name, "kind": "tumor"}, "geometry": geometry})
    (tmp_path / "areas.geojson").write_text(json.dumps({"features": features}))
    (tmp_path / "points.csv").write_text("crop,core,x,y,kind\np,train,9,9,tumor\n")
    (tmp_path / "crops.csv").write_text("crop,core,x,y,width,height\np,train,0,0,50,50\n")
    (tmp_path / "some.toml").write_text(
        '[images]\num_per_px = 0.424\nvalidation = ["chosen"]\ntest = ["kept"]\n'
    )
    call = ["--images", str(tmp_path), "--areas", str(tmp_path / "areas.geojson")]
    call += ["--annotated", str(tmp_path / "points.csv"), "--settings", str(tmp_path / "some.toml")]
    return [*call, "--side", "100", "--out", str(tmp_path / "out")]


def test_crops_and_points_that_a_training_reads(
    cores: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(cores) == 0
    parts = read_annotations(tmp_path / "out" / "points.csv")
    assert {part.image for part in parts} == {"train"}  # never the one that chooses
    assert len(parts) == 3  # of four squares of 236 px, one holds an annotated crop
    kinds = [kind for part in parts for kind in part.kinds]
    assert set(kinds) == {"tumor", "unsure"}
    assert f"3 squares of 100 um: {kinds.count('tumor')} tumor nuclei" in capsys.readouterr().out
    for part in parts:
        assert part.box is not None
        assert (part.xy >= part.box[:2]).all()
        assert (part.xy < np.array(part.box[2:])).all()
    assert main([*cores, "--sure", "0.99"]) == 0
    again = read_annotations(tmp_path / "out" / "points.csv")
    assert [len(part.xy) for part in again] == [len(part.xy) for part in parts]
    assert sum(part.kinds.count("tumor") for part in again) < kinds.count("tumor")


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--sure", "0.1"], "--sure must be above --unsure"),
        (["--unsure", "0"], "a threshold lies between 0 and 1, not at 0"),
        (["--side", "0"], "--side must be positive"),
    ],
)
def test_bad_input_is_one_line(
    cores: list[str], capsys: pytest.CaptureFixture[str], more: list[str], says: str
) -> None:
    assert main([*cores, *more]) == 2
    assert capsys.readouterr().err == f"pseudo_points: {says}\n"

"""Scores over the threshold and reliability, on points whose answer is known."""

import csv
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from inference.nuclei.network.opening import NetworkSource
from models.training.annotations import AnnotatedPart
from models.training.confidence import THRESHOLDS, reliabilities, write_confidence
from models.training.detections import ImageDetections
from models.training.evaluate import main

FAR_PX = 100.0


def part(
    group: str, kinds: list[str], box: tuple[float, float, float, float] | None = None
) -> AnnotatedPart:
    """Return nuclei in a row, far from each other."""
    xy = np.array([(FAR_PX * i, 0) for i in range(len(kinds))], np.float32).reshape(-1, 2)
    return AnnotatedPart(group, group, group, box, xy, tuple(kinds))


def found(part: AnnotatedPart, points: list[tuple[float, float]]) -> ImageDetections:
    """Return detections at places of that row (1 stands for nucleus 1), with their heights."""
    xy = np.array([(FAR_PX * place, 0) for place, _ in points], np.float32).reshape(-1, 2)
    return ImageDetections((part,), xy, np.array([h for _, h in points], np.float32), 0.5)


ONE = found(
    part("one", ["tumor", "tumor", "unsure", "lymphocyte"]),
    [(0, 0.85), (1, 0.35), (2, 0.33), (3, 0.31), (0.5, 0.15)],
)
TWO = found(part("two", ["tumor"]), [(0, 0.95), (0.5, 0.32)])


def test_scores_fall_and_rise_with_the_threshold() -> None:
    (one,) = reliabilities([ONE], ["unsure"])
    of = dict(zip(THRESHOLDS, one.scores, strict=True))
    assert (of[0.1].recall, of[0.1].precision) == (1.0, 0.5)
    assert (of[0.2].recall, of[0.2].precision) == (1.0, pytest.approx(2 / 3))
    assert (of[0.32].recall, of[0.32].precision) == (1.0, 1.0)
    assert (of[0.5].recall, of[0.5].precision) == (0.5, 1.0)
    assert (THRESHOLDS[0], THRESHOLDS[-1]) == (0.1, 0.8)


def test_each_height_says_what_is_right() -> None:
    one, two, both = reliabilities([ONE, TWO], ["unsure"])
    assert (one.name, two.name, both.name) == ("one", "two", "all")

    def counts(heights: object) -> dict[float, tuple[int, int]]:
        rows = {row.lowest: (row.right, row.reported) for row in heights}  # type: ignore[attr-defined]
        return {lowest: row for lowest, row in rows.items() if row[1]}

    assert counts(one.heights) == {0.1: (0, 1), 0.3: (1, 2), 0.8: (1, 1)}  # the unsure one: nowhere
    assert counts(two.heights) == {0.3: (0, 1), 0.9: (1, 1)}
    assert counts(both.heights) == {0.1: (0, 1), 0.3: (1, 3), 0.8: (1, 1), 0.9: (1, 1)}


def test_points_of_other_parts_of_the_image_keep_their_heights() -> None:
    """Outside of the box nothing counts, and the heights inside are not those of others."""
    inside = part("box", ["tumor"], (-20, -20, 20, 20))
    (box,) = reliabilities([found(inside, [(3, 0.75), (0, 0.45)])], ["unsure"])
    rows = {row.lowest: (row.right, row.reported) for row in box.heights}
    assert rows[0.4] == (1, 1)
    assert rows[0.7] == (0, 0)


def test_files_and_picture(tmp_path: Path) -> None:
    table = write_confidence([ONE, TWO], ["unsure"], 0.25, tmp_path / "new")
    assert len(table.rows) == 9
    with (tmp_path / "new" / "thresholds.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 3 * len(THRESHOLDS)
    (row,) = (r for r in rows if (r["set"], r["threshold"]) == ("one", "0.5"))
    assert (row["recall"], row["precision"], row["f1"]) == ("0.5000", "1.0000", "0.6667")
    with (tmp_path / "new" / "reliability.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    (row,) = (r for r in rows if (r["set"], r["lowest_height"]) == ("all", "0.3"))
    assert (row["reported"], row["right"], row["fraction_right"]) == ("3", "1", "0.3333")
    for name in ("one", "two", "all"):
        picture = cv2.imread(str(tmp_path / "new" / f"{name}.png"))
        assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 4


def test_the_evaluation_draws_them(tmp_path: Path) -> None:
    """More is found below the network's own threshold than at it."""
    random = np.random.default_rng(0)
    rgb = np.full((256, 256, 3), 225, np.uint8)
    for _ in range(60):
        at = random.integers(0, 256, 2).tolist()
        cv2.circle(rgb, at, 8, random.integers(120, 200, 3).tolist(), -1)
    cv2.imwrite(str(tmp_path / "a-1.png"), rgb)
    (tmp_path / "a-1.csv").write_text("x,y,kind\n30,30,tumor\n")
    arguments = ["--images", str(tmp_path), "--points", str(tmp_path / "a-1.csv"), "--mpp", "0.424"]
    arguments += ["--white", "240,240,240", "--curves", str(tmp_path / "curves")]
    assert main([*arguments, "--json", str(tmp_path / "result.json")]) == 0
    (run,) = json.loads((tmp_path / "result.json").read_text())
    with (tmp_path / "curves" / "thresholds.csv").open(newline="") as file:
        rows = {float(row["threshold"]): row for row in csv.DictReader(file)}
    reported = {t: int(r["true_positives"]) + int(r["false_positives"]) for t, r in rows.items()}
    own = run["sets"][0]["true_positives"] + run["sets"][0]["false_positives"]
    assert reported[0.24] >= own >= reported[0.26]
    assert reported[0.1] > own


def test_a_threshold_is_a_height() -> None:
    with pytest.raises(ValueError, match=r"between 0 and 1, not at 1\.5"):
        NetworkSource(threshold=1.5)

"""Settings of a training and what it writes beside the weights."""

import json
from pathlib import Path

import numpy as np
import pytest

from inference.nuclei.network.manifest import Score, read_manifest, read_weights
from models.training.curves import curves_picture
from models.training.history import progress_line
from models.training.manifest import ManifestProblem, with_scores, write_weights
from models.training.settings import Settings, SettingsProblem, read_settings

ROOT = Path(__file__).parents[2]


def test_the_committed_settings_are_usable_and_hold_out_whole_images() -> None:
    read = read_settings(ROOT / "models" / "training" / "nuclei.toml")
    assert read.images.test == ("core-2-0123a214",)
    assert len(read.images.validation) == 2
    assert Settings.model_validate(read.model_dump(mode="json")) == read


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[images]\nmpp = 1", "images.mpp"),
        ("[course]\npatch_px = 100", "course.patch_px"),
        ("[images]\ntest = ['a']\nvalidation = ['a']", "in both"),
        ("[", "is not TOML"),
    ],
)
def test_unusable_settings_are_one_line(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "a.toml"
    file.write_text(text)
    with pytest.raises(SettingsProblem, match=says) as caught:
        read_settings(file)
    assert "\n" not in str(caught.value)
    with pytest.raises(SettingsProblem, match="cannot be read"):
        read_settings(tmp_path / "none.toml")


def written(folder: Path, version: str = "1.0") -> None:
    write_weights(
        folder,
        {"fp32": b"weights", "int8": b"small"},
        name="tiny",
        version=version,
        context_px=160,
        threshold=0.3,
        suppression_radius_um=3.5,
        training_data=["drawn tissue"],
        license_of_weights="Apache-2.0",
    )


def test_the_runtime_reads_the_manifest(tmp_path: Path) -> None:
    written(tmp_path)
    manifest = read_manifest(tmp_path)
    assert (manifest.name, manifest.version, manifest.threshold) == ("tiny", "1.0", 0.3)
    assert read_weights(tmp_path, manifest.variants["int8"]) == b"small"
    assert {file.name for file in tmp_path.iterdir()} == {
        "tiny-fp32.onnx", "tiny-int8.onnx", "manifest.json",
    }  # fmt: skip


def test_nothing_is_written_that_the_runtime_would_refuse(tmp_path: Path) -> None:
    with pytest.raises(ManifestProblem, match="version"):
        written(tmp_path / "new", version="one and a half")
    assert not (tmp_path / "new").exists()


def test_scores_of_the_same_set_are_replaced(tmp_path: Path) -> None:
    written(tmp_path)

    def score(name: str, f1: float) -> Score:
        return Score(set=name, variant="int8", um_per_px=0.25, f1=f1, recall=0.5, precision=0.5)

    with_scores(tmp_path, [score("a", 0.1), score("b", 0.2)])
    with_scores(tmp_path, [score("a", 0.3)])
    assert {s.set: s.f1 for s in read_manifest(tmp_path).scores} == {"a": 0.3, "b": 0.2}
    assert "null" not in json.dumps(json.loads((tmp_path / "manifest.json").read_text()))


def test_curves_rise_to_the_right() -> None:
    picture = curves_picture({"F1": [(0, 0.0), (100, 1.0)]}, 0.0, 1.0, "step", "F1")
    colored = np.argwhere((picture[..., 0] < 90) & (picture[..., 2] > 150))
    left = colored[colored[:, 1] < 200][:, 0]
    right = colored[colored[:, 1] > 700][:, 0]
    assert left[left > 60].mean() > right.mean()
    assert curves_picture({"F1": []}, 0.0, 1.0, "step", "F1").shape == picture.shape


def test_a_line_of_progress_says_what_is_missing() -> None:
    row = dict.fromkeys(("f1", "recall", "precision", "f1_varied", "other_found", "threshold"))
    line = progress_line({**row, "step": 5, "minutes": 0.1, "loss": 0.25, "recall": 0.5})
    assert line.startswith("step 5, 0.1 min, loss 0.25000: F1 -, recall 0.500")

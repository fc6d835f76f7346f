"""A laboratory's own slides, in little: from exported weights to better ones."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

reason = "torch and onnx are installed for training alone: docs/training.md"
torch = pytest.importorskip("torch", reason=reason)
pytest.importorskip("onnx", reason=reason)
pytest.importorskip("onnxruntime", reason=reason)

from inference.nuclei.network.manifest import read_manifest  # noqa: E402
from models.training import laboratory  # noqa: E402
from models.training.annotations import AnnotationProblem  # noqa: E402
from models.training.checkpoint import Checkpoint, State, built  # noqa: E402
from models.training.export import export  # noqa: E402
from models.training.laboratory import laboratory_settings, validation_of  # noqa: E402
from models.training.settings import Settings  # noqa: E402

SMALL = {"network": {"width": 8}}


def test_an_image_keeps_its_role_when_others_come() -> None:
    names = [f"field-{number}" for number in range(12)]
    first = validation_of(names, ())
    assert len(first) == 3
    assert set(first) < set(names)
    more = validation_of([*names, "another"], ())
    assert len(set(more) & set(first)) >= 2
    assert validation_of(names, ["field-7"]) == ("field-7",)
    assert validation_of(["a", "b"], ()) in (("a",), ("b",))
    with pytest.raises(AnnotationProblem, match="at least two"):
        validation_of(["a"], ())


def test_settings_go_on_from_the_shipped_training() -> None:
    settings = laboratory_settings(0.3, ["x"], 5)
    assert settings.images.um_per_px == 0.3
    assert settings.images.validation == ("x",)
    assert settings.images.test == ()
    assert settings.course.rate < 1e-3
    assert settings.network.width == 32


@pytest.fixture
def slides(tmp_path: Path) -> Path:
    """Return a folder of three drawn images with a CSV of points for each."""
    random = np.random.default_rng(0)
    for name in ("a", "b", "c"):
        rgb = np.full((160, 160, 3), 225, np.uint8)
        rows = ["x,y,kind"]
        for x in range(16, 160, 32):
            for y in range(16, 160, 32):
                at = (x + int(random.integers(-4, 5)), y + int(random.integers(-4, 5)))
                cv2.circle(rgb, at, 8, (190, 120, 110), -1)
                rows.append(f"{at[0]},{at[1]},tumor")
        cv2.imwrite(str(tmp_path / f"{name}.png"), rgb)
        (tmp_path / f"{name}.csv").write_text("\n".join(rows) + "\n")
    return tmp_path


def test_it_learns_and_says_that_it_is_better(
    slides: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    torch.manual_seed(0)
    torch.set_num_threads(1)
    start = slides / "start"
    small = Settings.model_validate(SMALL)
    export(
        Checkpoint(small, State(), None, built(small.network).state_dict(), None),
        start, name="some", version="1.0+old", training_data=["noise"],
        license_of_weights="Apache-2.0",
    )  # fmt: skip

    def settings(um_per_px: float, validation: tuple[str, ...], seed: int) -> Settings:
        made = laboratory_settings(um_per_px, validation, seed).model_dump(mode="json")
        made["network"]["width"] = 8
        made["simulation"]["share"] = 0.0
        made["augmentation"] |= {"stain": 0.0, "blur": 0.0, "scale": [0.9, 1.1]}
        made["course"] |= {"steps": 90, "batch": 4, "patch_px": 64, "rate": 0.01}
        made["course"] |= {"validate_every": 30, "warm_up": 5, "average": 0.9}
        return Settings.model_validate(made)

    monkeypatch.setattr(laboratory, "laboratory_settings", settings)
    arguments = ["--images", str(slides), "--mpp", "0.424", "--out", str(slides / "out")]
    arguments += ["--points", *(str(slides / f"{name}.csv") for name in "abc")]
    arguments += ["--start", str(start), "--validation", "c"]
    assert laboratory.main(arguments) == 0
    record = json.loads((slides / "out" / "evaluation.json").read_text())
    assert record["better"] is True
    assert 0.1 <= record["best_threshold_before"] <= 0.8
    assert record["f1_at_best_threshold_before"] >= 0.99 * record["before"]["f1"]
    assert record["after"]["f1"] > 0.8 > record["before"]["f1"]
    assert record["after"]["true_positives"] + record["after"]["false_negatives"] == 25
    manifest = read_manifest(slides / "out" / "weights")
    assert manifest.version.startswith("1.0+20")
    assert manifest.training_data[0] == "noise"
    assert set(manifest.variants) == {"fp32", "int8"}
    said = capsys.readouterr().out
    assert said.startswith("validation: c\ntumor nuclei: 50 to learn, 25 to validate\n")
    assert said.index("before the training") < said.index("step 30") < said.index("after the")
    assert f"F1 {record['f1_at_best_threshold_before']:.3f}" in said.splitlines()[3]


def test_unusable_input_is_one_line(slides: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--images", str(slides), "--mpp", "0.424", "--out", str(slides / "out")]
    arguments += ["--points", str(slides / "a.csv"), "--start", str(slides / "none")]
    assert laboratory.main(arguments) == 2
    assert capsys.readouterr().err == (
        "train: at least two annotated images are needed, one for validation, and there is a "
        "alone: a CSV of points is named as its image\n"
    )
    assert laboratory.main([*arguments, "--points", *(str(slides / f"{n}.csv") for n in "ab")]) == 2
    assert "no trained network is installed" in capsys.readouterr().err
    more = ["--points", *(str(slides / f"{n}.csv") for n in "ab"), "--validation", "typo"]
    start = Path(laboratory.SHIPPED.weights)
    assert laboratory.main([*arguments, *more, "--start", str(start)]) == 2
    said = capsys.readouterr()
    assert said.err == "train: held-out images without annotation (mistyped?): typo\n"
    assert not said.out

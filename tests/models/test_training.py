"""A whole training in little: drawn tissue to weights that the runtime reads."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

reason = "torch and onnx are installed for training alone: docs/training.md"
torch = pytest.importorskip("torch", reason=reason)
onnx = pytest.importorskip("onnx", reason=reason)
pytest.importorskip("onnxruntime", reason=reason)

from inference.nuclei.network.manifest import read_manifest, read_weights  # noqa: E402
from models.training import export, train  # noqa: E402
from models.training.checkpoint import (  # noqa: E402
    Average,
    CheckpointProblem,
    State,
    built,
    read_checkpoint,
    write_checkpoint,
)
from models.training.course import learning_rate, weighted_error  # noqa: E402
from models.training.export import ExportProblem, core_graph, require_parity  # noqa: E402
from models.training.graph import Session, with_bytes  # noqa: E402
from models.training.quantize import quantized  # noqa: E402
from models.training.settings import Course, Settings  # noqa: E402

SETTINGS = """
[images]
um_per_px = 0.424
test = ["t"]
validation = ["v"]
[augmentation]
scale = [0.9, 1.1]
stain_angle = 0.03
hematoxylin = [0.8, 1.2]
clear = 0.0
brown = 0.0
[simulation]
share = 0.25
fields = 1
side_um = 40
[network]
width = 8
[course]
steps = 90
batch = 4
patch_px = 64
rate = 0.01
last_rate = 1.0
warm_up = 5
average = 0.9
validate_every = 30
bf16 = false
[detection]
varied = 1
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of three drawn images with their points; the test image is not there."""
    made = tmp_path_factory.mktemp("training")
    random = np.random.default_rng(0)
    rows = ["crop,core,x,y,kind"]
    crops = ["crop,core,x,y,width,height"]
    for name in ("a", "v", "t"):
        rgb = np.full((160, 160, 3), 225, np.uint8)
        for x in range(16, 160, 32):
            for y in range(16, 160, 32):
                at = (x + int(random.integers(-4, 5)), y + int(random.integers(-4, 5)))
                cv2.circle(rgb, at, 8, (190, 120, 110), -1)
                rows.append(f"{name}0,{name},{at[0]},{at[1]},tumour")
        crops.append(f"{name}0,{name},0,0,160,160")
        if name != "t":
            cv2.imwrite(str(made / f"{name}.png"), rgb)
    (made / "points.csv").write_text("\n".join(rows) + "\n")
    (made / "crops.csv").write_text("\n".join(crops) + "\n")
    (made / "settings.toml").write_text(SETTINGS)
    return made


def trained(folder: Path, out: str, *more: str) -> Path:
    torch.set_num_threads(1)
    arguments = ["--images", str(folder), "--points", str(folder / "points.csv")]
    arguments += ["--settings", str(folder / "settings.toml"), "--out", str(folder / out), "--cpu"]
    assert train.main([*arguments, *more]) == 0
    return folder / out


@pytest.fixture(scope="module")
def out(folder: Path) -> Path:
    return trained(folder, "out")


def test_a_tiny_training_learns(out: Path) -> None:
    history = json.loads((out / "history.json").read_text())
    assert [row["step"] for row in history] == [30, 60, 90]
    assert history[-1]["loss"] < 0.7 * history[0]["loss"]
    assert history[-1]["f1"] > 0.8
    assert cv2.imread(str(out / "f1.png")) is not None
    assert cv2.imread(str(out / "loss.png")) is not None
    assert read_checkpoint(out / "best.pt").state.best == max(row["choice"] for row in history)


def test_the_same_seed_gives_the_same_and_resuming_too(folder: Path, out: Path) -> None:
    text = SETTINGS.replace("steps = 90", "steps = 60")
    (folder / "settings.toml").write_text(text)
    short = trained(folder, "short")
    (folder / "settings.toml").write_text(SETTINGS)
    history = json.loads((out / "history.json").read_text())
    again = json.loads((short / "history.json").read_text())
    # The rate of these settings does not fall, so that the end of the training changes nothing.
    assert again[0]["loss"] == pytest.approx(history[0]["loss"], rel=1e-3)
    longer = trained(folder, "short", "--resume")
    resumed = json.loads((longer / "history.json").read_text())
    assert [row["step"] for row in resumed] == [30, 60, 90]
    assert resumed[:2] == again
    assert read_checkpoint(longer / "last.pt").state.step == 90


def test_from_weights_and_not_from_another_shape(
    folder: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = json.loads((out / "history.json").read_text())[0]["loss"]
    going_on = trained(folder, "more", "--start", str(out / "best.pt"))
    assert json.loads((going_on / "history.json").read_text())[0]["loss"] < first
    write_checkpoint(
        folder / "wide.pt", Settings(), State(), built(Settings().network),
        built(Settings().network), None,
    )  # fmt: skip
    arguments = ["--images", str(folder), "--points", str(folder / "points.csv"), "--cpu"]
    arguments += ["--settings", str(folder / "settings.toml"), "--out", str(folder / "x")]
    for wrong, says in (
        ("wide.pt", "another shape"),
        ("points.csv", "no checkpoint"),
        ("no", "read"),
    ):
        assert train.main([*arguments, "--start", str(folder / wrong)]) == 2
        error = capsys.readouterr().err
        assert says in error
        assert error.count("\n") == 1


def test_exported_weights_do_what_the_network_does(folder: Path, out: Path) -> None:
    weights = folder / "weights"
    (folder / "calibration").mkdir()
    rgb = cv2.imread(str(folder / "a.png"))
    cv2.imwrite(str(folder / "calibration" / "a.png"), rgb)
    cv2.imwrite(str(folder / "calibration" / "t.png"), np.zeros_like(rgb))  # a test image
    arguments = ["--checkpoint", str(out / "best.pt"), "--out", str(weights), "--version", "0.1"]
    arguments += ["--data", "drawn tissue", "--calibration", str(folder / "calibration")]
    assert export.main(arguments) == 0
    manifest = read_manifest(weights)
    assert manifest.threshold == read_checkpoint(out / "best.pt").state.history[-1]["threshold"]
    sessions = {
        variant: Session(onnx.load_from_string(read_weights(weights, file)))
        for variant, file in manifest.variants.items()
    }
    field = cv2.cvtColor(cv2.imread(str(folder / "v.png")), cv2.COLOR_BGR2RGB)[None]
    field = np.ascontiguousarray(field)
    network = read_checkpoint(out / "best.pt").averaged()
    with torch.inference_mode():
        planes = (torch.from_numpy(field).permute(0, 3, 1, 2).float() - 255) / 255
        expected = network(planes)[:, 0].numpy()
    heatmap = sessions["fp32"].heatmaps(field)
    assert heatmap.shape == (1, 40, 40)
    assert heatmap.dtype == np.float32
    np.testing.assert_allclose(heatmap, expected, atol=1e-4)
    assert np.abs(sessions["int8"].heatmaps(field) - expected).mean() < 0.05
    assert sessions["int8"].heatmaps(np.repeat(field[:, :96, :32], 3, axis=0)).shape == (3, 24, 8)


def test_int8_holds_integers_and_takes_bytes_as_they_are(out: Path) -> None:
    core = core_graph(read_checkpoint(out / "best.pt").averaged())
    images = [np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)]
    graph = quantized(core, images).graph
    assert [node.op_type for node in graph.node[:2]] == ["Transpose", "DequantizeLinear"]
    of_output = {name: node for node in graph.node for name in node.output}
    convolutions = [node for node in graph.node if node.op_type == "Conv"]
    in_float = [node for node in convolutions if node.input[1] not in of_output]
    assert in_float == convolutions[-1:]
    assert {of_output[n.input[1]].op_type for n in convolutions[:-1]} == {"DequantizeLinear"}
    assert {of_output[n.input[0]].op_type for n in convolutions[:-1]} == {"DequantizeLinear"}
    unused = {c.name for c in graph.initializer} - {n for node in graph.node for n in node.input}
    assert not unused


def test_parity_is_checked(out: Path) -> None:
    network = read_checkpoint(out / "best.pt").averaged()
    model = with_bytes(core_graph(network))
    assert require_parity(network, model) < 1e-4
    with torch.no_grad():
        network.head[-1].bias += 0.01
    with pytest.raises(ExportProblem, match="differs"):
        require_parity(network, model)


def test_export_says_what_is_wrong(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--checkpoint", str(out / "best.pt"), "--out", str(out / "w"), "--data", "x"]
    assert export.main([*arguments, "--version", "one two"]) == 2
    assert "version" in capsys.readouterr().err
    assert not (out / "w").exists()


def test_error_counts_what_is_annotated() -> None:
    heatmap, target = torch.tensor([1.0, 5.0, 0.5]), torch.tensor([0.0, 0.0, 0.5])
    weight = torch.tensor([3.0, 0.0, 1.0])
    assert float(weighted_error(heatmap, target, weight)) == pytest.approx(3 / 4)
    assert float(weighted_error(heatmap, target, torch.zeros(3))) == 0


def test_the_rate_rises_and_falls() -> None:
    course = Course(rate=1e-3, warm_up=9, last_rate=0.1)
    assert learning_rate(course, 0, 0) == pytest.approx(1e-4)
    assert learning_rate(course, 50, 0.0) == pytest.approx(1e-3)
    assert learning_rate(course, 50, 0.5) == pytest.approx(0.55e-3)
    assert learning_rate(course, 50, 1.5) == pytest.approx(1e-4)


def test_the_average_follows() -> None:
    network = built(Settings.model_validate({"network": {"width": 8}}).network)
    average = Average(network, 0.5)
    with torch.no_grad():
        network.head[-1].bias.fill_(8.0)
    before = float(average.network.head[-1].bias)
    average.update(network, 1000)
    assert float(average.network.head[-1].bias) == pytest.approx((before + 8) / 2)


def test_a_checkpoint_without_optimizer_cannot_be_resumed(folder: Path, out: Path) -> None:
    lonely = folder / "lonely"
    lonely.mkdir()
    (lonely / "last.pt").write_bytes((out / "best.pt").read_bytes())
    arguments = ["--images", str(folder), "--points", str(folder / "points.csv"), "--cpu"]
    arguments += ["--settings", str(folder / "settings.toml"), "--out", str(lonely), "--resume"]
    assert train.main(arguments) == 2
    with pytest.raises(CheckpointProblem):
        read_checkpoint(lonely / "none.pt")

"""``her2scope train``: the call of the training, and the network that is used afterwards."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from app import installed_network
from app.commands import train
from inference.nuclei.unavailable import DetectorUnavailable

Call = Callable[..., Result]
CONTENT = b"weights"


def write_network(folder: Path) -> None:
    """Write a folder of weights whose hashes are right; nothing here runs them."""
    folder.mkdir(parents=True)
    file = {"file": "some.onnx", "sha256": hashlib.sha256(CONTENT).hexdigest()}
    (folder / "some.onnx").write_bytes(CONTENT)
    field = {"name": "field", "layout": "NHWC", "color": "RGB", "type": "uint8"}
    manifest = {
        "format": 1, "name": "some", "version": "1.0", "files": {"fp32": file},
        "um_per_px": 0.424, "input": field | {"multiple_of_px": 32},
        "heatmap": {"name": "heatmap", "stride_px": 4}, "context_px": 32, "threshold": 0.3,
        "suppression_radius_um": 3.5, "training_data": ["none"], "scores": [],
        "license": "Apache-2.0",
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest))


@pytest.fixture(autouse=True)
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the user a data folder of his own."""
    folder = tmp_path / "user"
    monkeypatch.setattr("platformdirs.user_data_path", lambda *_, **__: folder)
    return folder


@pytest.fixture
def slides(tmp_path: Path) -> list[object]:
    (tmp_path / "images").mkdir()
    (tmp_path / "points.csv").write_text("x,y,kind\n")
    return ["--images", tmp_path / "images", "--points", tmp_path / "points.csv", "--mpp", 0.25]


class Training:
    """Stands for the process that trains."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[list[str]] = []
        self.code, self.better = 0, True
        monkeypatch.setattr(train.subprocess, "run", self)  # type: ignore[attr-defined]
        monkeypatch.setattr(train, "_with_torch", lambda: Path(sys.executable))

    def __call__(self, call: list[str], **options: Any) -> subprocess.CompletedProcess[bytes]:
        self.calls.append(call)
        assert (options["cwd"] / "models" / "training" / "laboratory.py").is_file()
        folder = Path(call[call.index("--out") + 1])
        if not self.code:
            write_network(folder / "weights")
            (folder / "evaluation.json").write_text(json.dumps({"better": self.better}))
        return subprocess.CompletedProcess(call, self.code)


@pytest.fixture
def training(monkeypatch: pytest.MonkeyPatch) -> Training:
    return Training(monkeypatch)


def test_a_better_network_is_used_until_the_shipped_one_is_wanted(
    call: Call, slides: list[object], training: Training, tmp_path: Path, user: Path
) -> None:
    shipped = installed_network.installed_network().weights
    output = tmp_path / "out"
    result = call("train", *slides, "--output", output, "--minutes", 5, "--validation", "x")
    assert result.exit_code == 0, result.output
    assert "is used from now on" in result.stdout
    (asked,) = training.calls
    assert asked[1:3] == ["-m", "models.training.laboratory"]
    assert asked[asked.index("--minutes") + 1] == "5.0"
    assert asked[asked.index("--validation") + 1] == "x"
    assert installed_network.installed_network().weights == user / "network"
    assert sorted(user.iterdir()) == [user / "network"]

    assert "shipped network is used from now on" in call("train", "--shipped").stdout
    assert installed_network.installed_network().weights == shipped
    assert "already" in call("train", "--shipped").stdout


def test_a_network_that_is_no_better_is_not_used_unless_forced(
    call: Call, slides: list[object], training: Training, user: Path
) -> None:
    training.better = False
    result = call("train", *slides, "--output", user / "1")
    assert result.exit_code == 1
    assert "no better than before, and not used" in result.stderr
    assert not (user / "network").exists()
    assert call("train", *slides, "--output", user / "2", "--force").exit_code == 0
    assert (user / "network" / "manifest.json").is_file()


def test_what_cannot_begin_says_so_in_one_line(
    call: Call, slides: list[object], training: Training, tmp_path: Path
) -> None:
    training.code = 2
    assert call("train", *slides, "--output", tmp_path / "out").exit_code == 2
    result = call("train", "--images", tmp_path)
    assert result.exit_code == 2
    assert result.stderr == (
        "her2scope train: --images, --points and --mpp are needed (see docs/training.md)\n"
    )
    full = call("train", *slides, "--output", tmp_path)
    assert full.exit_code == 2
    assert "is not empty" in full.stderr


def test_without_torch_it_says_how_to_get_it(
    call: Call, slides: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train.importlib.util, "find_spec", lambda _: None)  # type: ignore[attr-defined]
    result = call("train", *slides)
    assert result.exit_code == 2
    assert "torch is not installed here" in result.stderr


def test_damaged_weights_change_nothing(tmp_path: Path, user: Path) -> None:
    good, bad = tmp_path / "good", tmp_path / "bad"
    write_network(good)
    installed_network.register(good)
    write_network(bad)
    next(bad.glob("*.onnx")).write_bytes(b"cut off")
    with pytest.raises(DetectorUnavailable, match="damaged"):
        installed_network.register(bad)
    assert installed_network.installed_network().weights == user / "network"
    installed_network.register(good)  # again: the copy takes the place of the first
    assert sorted(user.iterdir()) == [user / "network"]

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
        self.interrupted = self.learned = False
        monkeypatch.setattr(train.subprocess, "run", self)  # type: ignore[attr-defined]
        monkeypatch.setattr(train, "_missing", lambda _: "")

    def __call__(self, call: list[str], **options: Any) -> subprocess.CompletedProcess[bytes]:
        self.calls.append(call)
        assert options["env"]["ORT_DISABLE_TELEMETRY"] == "1"
        assert (options["cwd"] / "models" / "training" / "laboratory.py").is_file()
        folder = Path(call[call.index("--out") + 1])
        if self.learned:
            (folder / "last.pt").touch()
        if self.interrupted:
            raise KeyboardInterrupt
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
    assert not (tmp_path / "out").exists()
    result = call("train", "--images", tmp_path)
    assert result.exit_code == 2
    assert result.stderr == (
        "her2scope train: --images, --points and --mpp are needed (see docs/training.md)\n"
    )
    full = call("train", *slides, "--output", tmp_path)
    assert full.exit_code == 2
    assert "is not empty" in full.stderr


def python_that_prints(file: Path, line: str) -> Path:
    file.write_text(f"#!/bin/sh\n{line}\n")
    file.chmod(0o755)
    return file


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for Python is a shell script")
def test_an_environment_without_torch_says_how_to_get_it(
    call: Call, slides: list[object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    python_that_prints(tmp_path / "bare", "echo torch, onnx")
    python_that_prints(tmp_path / "broken", "exit 1")
    for name, problem in (
        ("bare", "lacks torch, onnx: make an environment as docs/training.md says, and name its"),
        ("broken", "is no Python that works"),
        ("none", "cannot be started (No such file or directory)"),
    ):
        result = call("train", *slides, "--python", name)
        assert result.exit_code == 2
        assert result.stderr.startswith(f"her2scope train: {tmp_path / name} {problem}")
        assert result.stderr.count("\n") == 1
    assert not (tmp_path / "results").exists()


def test_what_a_python_lacks_is_asked_of_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train, "_PACKAGES", ("json", "no_such_package", "csv"))
    assert train._missing(Path(sys.executable)) == "no_such_package"


@pytest.mark.parametrize("learned", [True, False])
def test_ctrl_c_says_what_is_left(
    call: Call, slides: list[object], training: Training, tmp_path: Path, learned: bool
) -> None:
    training.interrupted, training.learned = True, learned
    result = call("train", *slides, "--output", tmp_path / "out")
    assert result.exit_code == 130
    assert ("nothing was learned yet" in result.stderr) != learned
    assert (tmp_path / "out").exists() == learned


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

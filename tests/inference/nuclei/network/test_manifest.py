import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from inference.nuclei.network.manifest import read_manifest, read_weights
from inference.nuclei.unavailable import DetectorUnavailable

WriteWeights = Callable[..., Path]


def problem_of(folder: Path) -> str:
    with pytest.raises(DetectorUnavailable) as caught:
        read_manifest(folder)
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_a_good_manifest_is_read(write_weights: WriteWeights, darkness_onnx: bytes) -> None:
    folder = write_weights()
    manifest = read_manifest(folder)
    assert (manifest.name, manifest.version, manifest.threshold) == ("darkness", "1.0.0", 0.3)
    assert list(manifest.variants) == ["fp32", "int8"]
    assert read_weights(folder, manifest.files.fp32) == darkness_onnx


def test_int8_may_be_missing(write_weights: WriteWeights, manifest_values: dict[str, Any]) -> None:
    del manifest_values["files"]["int8"]
    assert list(read_manifest(write_weights()).variants) == ["fp32"]


def test_no_manifest(tmp_path: Path) -> None:
    assert problem_of(tmp_path) == "no trained network is installed"
    assert problem_of(tmp_path / "nowhere") == "no trained network is installed"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"format": 2}, "manifest.json: format: Input should be 1"),
        ({"name": "Bad Name"}, "manifest.json: name: String should match pattern"),
        ({"threshold": 0}, "manifest.json: threshold: Input should be greater than 0"),
        ({"threshold": "0.3"}, "manifest.json: threshold: Input should be a valid number"),
        ({"context_px": 100}, "manifest.json: context_px: Input should be a multiple of 32"),
        ({"extra": 1}, "manifest.json: extra: Extra inputs are not permitted"),
        ({"um_per_px": 0.25}, "made for 0.25 um per px, and this program works at 0.424"),
        ({"training_data": []}, "manifest.json: training_data: Tuple should have at least 1 item"),
        ({"heatmap": {"name": "heatmap"}}, "manifest.json: heatmap.stride_px: Field required"),
        (
            {"files": {"fp32": {"file": "../other.onnx", "sha256": "0" * 64}}},
            "manifest.json: files.fp32.file: String should match pattern",
        ),
    ],
)
def test_a_manifest_that_is_wrong_says_where(
    write_weights: WriteWeights, changes: dict[str, Any], expected: str
) -> None:
    assert expected in problem_of(write_weights(**changes))


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe{}", b"[]", b"null"])
def test_a_manifest_that_cannot_be_understood(write_weights: WriteWeights, content: bytes) -> None:
    folder = write_weights()
    (folder / "manifest.json").write_bytes(content)
    assert str(folder / "manifest.json") in problem_of(folder)


def test_weights_that_are_missing_damaged_or_unreadable(write_weights: WriteWeights) -> None:
    folder = write_weights()
    file = read_manifest(folder).files.int8
    assert file is not None
    path = folder / file.file
    damaged = path.read_bytes()[:-1] + b"x"
    assert hashlib.sha256(damaged).hexdigest() != file.sha256
    path.write_bytes(damaged)
    with pytest.raises(
        DetectorUnavailable, match=r"^the network's weights .*int8.onnx are damaged"
    ):
        read_weights(folder, file)
    path.unlink()
    with pytest.raises(DetectorUnavailable, match=r"^the network's weights .*int8.onnx are miss"):
        read_weights(folder, file)
    path.mkdir()
    with pytest.raises(DetectorUnavailable, match=r"^the network's weights cannot be read"):
        read_weights(folder, file)

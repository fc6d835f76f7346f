import hashlib
import json
import tomllib
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from inference.nuclei.network import candidates as candidates_module
from inference.nuclei.network import opening
from inference.nuclei.network.opening import NetworkSource, network_detector
from inference.nuclei.network.picture import nuclei_picture
from inference.nuclei.unavailable import DetectorUnavailable

WriteWeights = Callable[..., Path]

ROOT = Path(__file__).parents[4]
FIELD = np.random.default_rng(0).integers(0, 256, (96, 128, 3), dtype=np.uint8)


@pytest.fixture(autouse=True)
def _small_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    small = nuclei_picture(64)
    monkeypatch.setattr(opening, "nuclei_picture", lambda _: small)


def without(monkeypatch: pytest.MonkeyPatch, *missing: str) -> None:
    monkeypatch.setattr(
        candidates_module, "find_spec", lambda name: None if name in missing else find_spec(name)
    )


def test_without_a_cache_the_usual_order_holds(write_weights: WriteWeights) -> None:
    detector = network_detector(NetworkSource(write_weights()))
    assert detector.name == "darkness 1.0.0 (OpenVINO CPU, int8)"
    assert len(detector.detect(FIELD, 0.424)) > 5


def test_it_is_opened_once_until_the_manifest_changes(write_weights: WriteWeights) -> None:
    source = NetworkSource(write_weights(), threads=1)
    first = network_detector(source)
    assert network_detector(source) is first
    write_weights(version="1.0.1")
    assert network_detector(source).name.startswith("darkness 1.0.1 ")


def test_the_runtimes_are_measured_once(
    write_weights: WriteWeights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    network_detector(NetworkSource(write_weights(), cache, threads=1))
    (path,) = cache.iterdir()
    kept = json.loads(path.read_text("utf-8"))
    assert set(kept["milliseconds"]) == {
        f"{engine} CPU, {variant}"
        for engine in ("OpenVINO", "onnxruntime")
        for variant in ("fp32", "int8")
    }
    assert not kept["refused"]

    # What stands there is followed, and nothing is measured again.
    kept["milliseconds"] = {"onnxruntime CPU, fp32": 1.0, "OpenVINO CPU, int8": 2.0}
    kept["refused"] = {"onnxruntime CPU, int8": "its heatmap differs"}
    path.write_text(json.dumps(kept), "utf-8")
    opening._opened.cache_clear()
    monkeypatch.setattr(opening, "rank", None)
    detector = network_detector(NetworkSource(write_weights(), cache, threads=1))
    assert detector.name == "darkness 1.0.0 (onnxruntime CPU, fp32)"
    assert detector.left_out == ("onnxruntime CPU, int8: its heatmap differs",)


def lighter(write_weights: WriteWeights) -> Path:
    """Write weights whose int8 file is of another network: it sees half of the darkness."""
    folder = write_weights()
    model = onnx.load(folder / "fp32.onnx")
    for tensor in model.graph.initializer:
        if tensor.name != "channel":
            half = numpy_helper.to_array(tensor) / np.float32(2)
            tensor.CopyFrom(numpy_helper.from_array(half, tensor.name))
    content = model.SerializeToString()
    (folder / "int8.onnx").write_bytes(content)
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    manifest["files"]["int8"]["sha256"] = hashlib.sha256(content).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    return folder


def test_weights_that_disagree_are_never_run(write_weights: WriteWeights, tmp_path: Path) -> None:
    folder, cache = lighter(write_weights), tmp_path / "cache"
    measured = network_detector(NetworkSource(folder, cache, threads=1))
    assert measured.name.endswith("CPU, fp32)")
    assert len(measured.left_out) == 2
    assert all("int8: its heatmap differs" in line for line in measured.left_out)
    (path,) = cache.iterdir()
    kept = json.loads(path.read_text("utf-8"))
    assert set(kept["refused"]) == {"OpenVINO CPU, int8", "onnxruntime CPU, int8"}
    opening._opened.cache_clear()
    again = network_detector(NetworkSource(folder, cache, threads=1))
    assert (again.name, again.left_out) == (measured.name, measured.left_out)

    unmeasured = network_detector(NetworkSource(folder, threads=1))
    assert unmeasured.name == "darkness 1.0.0 (OpenVINO CPU, fp32)"
    assert "int8 could not be used (its heatmap differs" in unmeasured.notices[0]


def test_a_cache_that_cannot_be_used_stops_nothing(
    write_weights: WriteWeights, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    detector = network_detector(NetworkSource(write_weights(), tmp_path / "file" / "cache"))
    assert len(detector.detect(FIELD, 0.424)) > 5


def test_either_runtime_may_be_missing(
    write_weights: WriteWeights, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_weights()
    without(monkeypatch, "openvino")
    found = network_detector(NetworkSource(folder, threads=1))
    assert found.name == "darkness 1.0.0 (onnxruntime CPU, int8)"
    without(monkeypatch, "onnxruntime")
    found = network_detector(NetworkSource(folder, threads=2))
    assert found.name == "darkness 1.0.0 (OpenVINO CPU, int8)"
    assert found.notices == ()


@pytest.mark.parametrize("measured", [True, False])
def test_no_runtime_at_all(
    write_weights: WriteWeights, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, measured: bool
) -> None:
    without(monkeypatch, "openvino", "onnxruntime")
    source = NetworkSource(write_weights(), tmp_path / "cache" if measured else None)
    with pytest.raises(DetectorUnavailable, match=r"^the network cannot run: no runtime is inst"):
        network_detector(source)


@pytest.mark.parametrize("measured", [True, False])
def test_weights_that_no_runtime_understands(
    write_weights: WriteWeights, tmp_path: Path, measured: bool
) -> None:
    content = b"not a network"
    sha256 = hashlib.sha256(content).hexdigest()
    folder = write_weights(content, files={"fp32": {"file": "fp32.onnx", "sha256": sha256}})
    source = NetworkSource(folder, tmp_path / "cache" if measured else None)
    with pytest.raises(DetectorUnavailable) as caught:
        network_detector(source)
    text = str(caught.value)
    assert "\n" not in text
    assert text.startswith("the network cannot run: ")
    assert "OpenVINO CPU, fp32" in text
    assert "onnxruntime CPU, fp32" in text
    assert not (tmp_path / "cache").exists()


def test_damaged_weights_are_not_run(write_weights: WriteWeights) -> None:
    folder = write_weights()
    (folder / "int8.onnx").write_bytes(b"other")
    with pytest.raises(DetectorUnavailable, match=r"int8.onnx are damaged"):
        network_detector(NetworkSource(folder))


def test_threads_and_runtimes_give_the_same_nuclei(
    write_weights: WriteWeights, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_weights()
    found = []
    for missing in ((), ("openvino",)):
        without(monkeypatch, *missing)
        opening._opened.cache_clear()
        for threads in (1, 2, None):
            source = NetworkSource(folder, threads=threads)
            found.append(network_detector(source).detect(FIELD, 0.424))
    for other in found[1:]:
        np.testing.assert_allclose(other.xy_px, found[0].xy_px, atol=1e-3)
        np.testing.assert_allclose(other.confidence, found[0].confidence, atol=1e-5)


def test_no_thread_is_no_number() -> None:
    with pytest.raises(ValueError, match="at least one thread, not 0"):
        NetworkSource(threads=0)


def test_the_shipped_weights_lie_where_the_wheel_puts_them() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    included = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert included["models/weights"] == "models/weights"
    assert NetworkSource().weights == ROOT / "models" / "weights"
    assert NetworkSource().weights.is_dir()

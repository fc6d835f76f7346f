"""A network whose answer is known: its heatmap is the mean darkness of 4 x 4 pixels."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import onnx
import pytest
from onnx import TensorProto, helper

WriteWeights = Callable[..., Path]


@pytest.fixture(scope="session")
def darkness_onnx() -> bytes:
    nodes = [
        helper.make_node("Transpose", ["field"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("Cast", ["planes"], ["light"], to=TensorProto.FLOAT),
        helper.make_node("Conv", ["light", "weight", "bias"], ["dark"]),
        helper.make_node("AveragePool", ["dark"], ["map"], kernel_shape=[4, 4], strides=[4, 4]),
        helper.make_node("Squeeze", ["map", "channel"], ["heatmap"]),
    ]
    constants = [
        helper.make_tensor("weight", TensorProto.FLOAT, [1, 3, 1, 1], [-1 / 765] * 3),
        helper.make_tensor("bias", TensorProto.FLOAT, [1], [1.0]),
        helper.make_tensor("channel", TensorProto.INT64, [1], [1]),
    ]
    field = helper.make_tensor_value_info("field", TensorProto.UINT8, ["n", "h", "w", 3])
    heatmap = helper.make_tensor_value_info("heatmap", TensorProto.FLOAT, ["n", "y", "x"])
    graph = helper.make_graph(nodes, "darkness", [field], [heatmap], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


@pytest.fixture
def manifest_values(darkness_onnx: bytes) -> dict[str, Any]:
    sha256 = hashlib.sha256(darkness_onnx).hexdigest()
    return {
        "format": 1,
        "name": "darkness",
        "version": "1.0.0",
        "files": {name: {"file": f"{name}.onnx", "sha256": sha256} for name in ("fp32", "int8")},
        "um_per_px": 0.424,
        "input": {
            "name": "field",
            "layout": "NHWC",
            "color": "RGB",
            "type": "uint8",
            "multiple_of_px": 32,
        },
        "heatmap": {"name": "heatmap", "stride_px": 4},
        "context_px": 32,
        "threshold": 0.3,
        "suppression_radius_um": 3.5,
        "training_data": ["none: made by hand"],
        "scores": [],
        "license": "Apache-2.0",
    }


@pytest.fixture
def write_weights(
    tmp_path: Path, darkness_onnx: bytes, manifest_values: dict[str, Any]
) -> WriteWeights:
    """Return what writes a folder of weights: both files, and the manifest with changes."""

    def write(content: bytes = darkness_onnx, **changes: Any) -> Path:
        folder = tmp_path / "weights"
        folder.mkdir(exist_ok=True)
        for name in ("fp32", "int8"):
            (folder / f"{name}.onnx").write_bytes(content)
        values = manifest_values | changes
        (folder / "manifest.json").write_text(json.dumps(values), "utf-8")
        return folder

    return write

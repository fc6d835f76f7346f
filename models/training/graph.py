"""The ONNX form that the runtime expects, around a graph that torch wrote.

Input ``field``: bytes (n, h, w, 3), RGB, sides multiples of 32, any size. Output ``heatmap``:
float32 (n, h / 4, w / 4); the center of cell i lies at pixel ``(i + 0.5) * 4 - 0.5``.
"""

import copy

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

from inference.arrays import F32, U8

FIELD, HEATMAP = "field", "heatmap"
"""Names of input and output."""

PLANES = "planes"
"""Name of the network's own input: (n, 3, h, w) float32, 0 is white and -1 black."""

WHITE_BYTE = 255
PLANES_SCALE = 1.0 / 255.0


def with_bytes(core: onnx.ModelProto) -> onnx.ModelProto:
    """Return a graph from `PLANES` as one from bytes `FIELD` to `HEATMAP`.

    The normalization is one `DequantizeLinear`, which an int8 runtime does not even have to
    compute. The one channel of the heatmap is taken away.
    """
    model = copy.deepcopy(core)
    graph = model.graph
    out = graph.output[0].name
    first = [
        helper.make_node("Transpose", [FIELD], ["field_planes"], perm=[0, 3, 1, 2]),
        helper.make_node(
            "DequantizeLinear", ["field_planes", "field_scale", "field_white"], [PLANES]
        ),
    ]
    last = helper.make_node("Squeeze", [out, "heatmap_channel"], [HEATMAP])
    nodes = [*first, *graph.node, last]
    for field in ("node", "input", "output", "value_info"):
        graph.ClearField(field)
    graph.node.extend(nodes)
    graph.initializer.extend(
        [
            helper.make_tensor("field_scale", TensorProto.FLOAT, [], [PLANES_SCALE]),
            helper.make_tensor("field_white", TensorProto.UINT8, [], [WHITE_BYTE]),
            helper.make_tensor("heatmap_channel", TensorProto.INT64, [1], [1]),
        ]
    )
    graph.input.append(
        helper.make_tensor_value_info(FIELD, TensorProto.UINT8, ["n", "height", "width", 3])
    )
    graph.output.append(
        helper.make_tensor_value_info(HEATMAP, TensorProto.FLOAT, ["n", "rows", "columns"])
    )
    onnx.checker.check_model(model)
    return model


class Session:
    """A graph from `with_bytes`, run by onnxruntime on the CPU."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self._session = onnxruntime.InferenceSession(
            model.SerializeToString(), providers=["CPUExecutionProvider"]
        )

    def heatmaps(self, rgb: U8) -> F32:
        """Return the heatmaps (n, h / 4, w / 4) of pictures (n, h, w, 3)."""
        return np.asarray(self._session.run([HEATMAP], {FIELD: rgb})[0], np.float32)

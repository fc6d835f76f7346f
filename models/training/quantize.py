"""The network in int8: static quantization, as QDQ nodes that onnxruntime and OpenVINO both read.

Weights are symmetric and per channel, activations bytes with a zero point. The head stays in
float: its output is the heatmap, whose peaks are placed between cells.
"""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import onnx
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

from inference.arrays import F32, U8
from inference.grid import analysis_grid
from models.training.annotations import AnnotationProblem
from models.training.augmentation import augmented
from models.training.graph import PLANES, PLANES_SCALE, WHITE_BYTE, with_bytes
from models.training.images import SUFFIXES, read_rgb
from models.training.settings import Augmentation

Ranges = Literal["minmax", "percentile", "entropy"]

_METHODS = {
    "minmax": CalibrationMethod.MinMax,
    "percentile": CalibrationMethod.Percentile,
    "entropy": CalibrationMethod.Entropy,
}
_SIDE_PX = 384
_SEED = 7


def calibration_images(
    folder: Path, um_per_px: float, left_out: Sequence[str], augmentation: Augmentation
) -> list[U8]:
    """Return cutouts of real fields from which the ranges of activations are measured.

    Parameters
    ----------
    folder
        Images; the middle of each is taken, as it is and in another stain and optics.
    um_per_px
        Their pixel size.
    left_out
        Names of images that serve for tests.

    Returns
    -------
    Pictures (h, w, 3) of the analysis grid, sides multiples of 32.

    Raises
    ------
    AnnotationProblem
        With one line, if there is no usable image.
    """
    cutouts = []
    for number, file in enumerate(sorted(folder.iterdir())):
        if file.suffix.lower() not in SUFFIXES or file.stem in left_out:
            continue
        rgb = analysis_grid(read_rgb(file), um_per_px).rgb
        height, width = (min(side // 32 * 32, _SIDE_PX) for side in rgb.shape[:2])
        if height and width:
            top, left = (rgb.shape[0] - height) // 2, (rgb.shape[1] - width) // 2
            cutout = np.ascontiguousarray(rgb[top : top + height, left : left + width])
            random = np.random.default_rng([_SEED, number])
            cutouts += [cutout, augmented(cutout, augmentation, random)]
    if not cutouts:
        raise AnnotationProblem(f"{folder}: holds no image to calibrate with")
    return cutouts


class _Planes(CalibrationDataReader):  # type: ignore[misc]
    def __init__(self, images: Iterable[U8]) -> None:
        self._planes: Iterator[F32] = (
            (image.transpose(2, 0, 1)[None].astype(np.float32) - WHITE_BYTE)
            * np.float32(PLANES_SCALE)
            for image in images
        )

    def get_next(self) -> dict[str, F32] | None:
        planes = next(self._planes, None)
        return None if planes is None else {PLANES: planes}


def quantized(
    core: onnx.ModelProto, images: Sequence[U8], ranges: Ranges = "minmax"
) -> onnx.ModelProto:
    """Return a graph from `PLANES` in int8, from bytes `FIELD` to `HEATMAP`.

    Parameters
    ----------
    images
        From `calibration_images`.
    ranges
        How the range of an activation follows from what it was on the images.
    """
    with tempfile.TemporaryDirectory() as folder:
        plain, small = Path(folder) / "plain.onnx", Path(folder) / "small.onnx"
        # Shapes for the calibration; the optimizer has nothing to do in a folded network.
        quant_pre_process(core, plain, skip_optimization=True, skip_symbolic_shape=True)
        quantize_static(
            plain,
            small,
            _Planes(images),
            quant_format=QuantFormat.QDQ,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            per_channel=True,
            calibrate_method=_METHODS[ranges],
            nodes_to_exclude=_head(core),
            extra_options={
                "WeightSymmetric": True,
                "TensorQuantOverrides": {
                    PLANES: [
                        {
                            "scale": np.array(PLANES_SCALE, np.float32),
                            "zero_point": np.array(WHITE_BYTE, np.uint8),
                        }
                    ]
                },
            },
        )
        model = onnx.load(small)
    return with_bytes(_from_quantized_planes(model))


def _head(core: onnx.ModelProto) -> list[str]:
    """Return the names of the nodes of the head: the last two convolutions and what is between."""
    convolutions = [i for i, node in enumerate(core.graph.node) if node.op_type == "Conv"]
    return [node.name for node in core.graph.node[convolutions[-1] :]]


def _from_quantized_planes(model: onnx.ModelProto) -> onnx.ModelProto:
    """Take away the rounding of the input: it is made of bytes anyway."""
    graph = model.graph
    rounding = next(n for n in graph.node if n.op_type == "QuantizeLinear" and n.input[0] == PLANES)
    back = [
        n
        for n in graph.node
        if n.op_type == "DequantizeLinear" and n.input[0] == rounding.output[0]
    ]
    for node in graph.node:
        for place, name in enumerate(node.input):
            if any(name == one.output[0] for one in back):
                node.input[place] = PLANES
    for node in [rounding, *back]:
        graph.node.remove(node)
    used = {name for node in graph.node for name in node.input}
    for constant in [c for c in graph.initializer if c.name not in used]:
        graph.initializer.remove(constant)
    return model

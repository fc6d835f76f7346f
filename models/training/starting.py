"""Exported weights as the beginning of a training.

In a file of weights batch normalization is folded into the convolutions. Here it is unfolded: each
normalization gets the statistics of real pictures, and just that scale and shift with which it
does what the folded network did. A training begins where the exported network ended.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from inference.arrays import F32, U8
from inference.nuclei.network.manifest import read_manifest, read_weights
from models.training.checkpoint import CheckpointProblem, built
from models.training.network import Convolution, LinkNet, normalized
from models.training.settings import Network


def network_from_weights(folder: Path, settings: Network, pictures: Sequence[U8]) -> LinkNet:
    """Return the network of a folder of weights, ready to be trained on.

    Parameters
    ----------
    settings
        Its shape.
    pictures
        Pictures (h, w, 3) of one size, sides multiples of 32, for the statistics.

    Raises
    ------
    CheckpointProblem
        With one line, if the weights are of another shape.
    DetectorUnavailable
        With one line, if there are no weights, or they are damaged.
    """
    manifest = read_manifest(folder)
    model = onnx.load_from_string(read_weights(folder, manifest.files.fp32))
    network = built(settings).eval()
    try:
        _take(network, _convolutions(model))
    except (KeyError, RuntimeError) as error:
        raise CheckpointProblem(f"{folder}: is of a network of another shape") from error
    _take_statistics(network, pictures)
    return network


def _convolutions(model: onnx.ModelProto) -> dict[str, tuple[F32, F32]]:
    """Return weight and bias of each convolution, by the name of its module."""
    values = {each.name: numpy_helper.to_array(each) for each in model.graph.initializer}
    for node in model.graph.node:  # equal values are stored once
        if node.op_type == "Identity" and node.input[0] in values:
            values[node.output[0]] = values[node.input[0]]
    return {
        node.input[1].removesuffix(".weight"): (values[node.input[1]], values[node.input[2]])
        for node in model.graph.node
        if node.op_type == "Conv"
    }


def _take(network: LinkNet, known: dict[str, tuple[F32, F32]]) -> None:
    with torch.no_grad():
        for name, module in network.named_modules():
            if isinstance(module, Convolution):
                weight, bias = known.pop(f"{name}.convolution")
                assert isinstance(module.normalization, nn.BatchNorm2d)
                module.normalization.bias.copy_(torch.from_numpy(np.array(bias)))
                _copy(module.convolution.weight, weight)
            elif isinstance(module, nn.Conv2d) and not name.endswith(".convolution"):
                weight, bias = known.pop(name)
                assert module.bias is not None
                _copy(module.bias, bias)
                _copy(module.weight, weight)
    if known:
        raise KeyError(next(iter(known)))


def _copy(to: Tensor, values: F32) -> None:
    if to.shape != values.shape:  # else one value would be spread over many
        raise RuntimeError(f"{tuple(values.shape)} in place of {tuple(to.shape)}")
    to.copy_(torch.from_numpy(np.array(values)))


def _take_statistics(network: LinkNet, pictures: Sequence[U8]) -> None:
    """Let each normalization see what comes to it, and leave what it gives as it was."""

    def settle(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        assert isinstance(module, nn.BatchNorm2d)
        assert module.running_mean is not None
        assert module.running_var is not None
        mean, variance = inputs[0].mean((0, 2, 3)), inputs[0].var((0, 2, 3), unbiased=False)
        module.running_mean.copy_(mean)
        module.running_var.copy_(variance)
        module.weight.copy_((variance + module.eps).sqrt())
        module.bias.add_(mean)

    layers = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    hooks = [layer.register_forward_pre_hook(settle) for layer in layers]
    try:
        with torch.no_grad():
            network(normalized(torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2)))
    finally:
        for hook in hooks:
            hook.remove()

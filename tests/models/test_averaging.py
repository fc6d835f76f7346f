"""The mean of networks, with statistics of its own."""

import numpy as np
import pytest

reason = "torch and onnx are installed for training alone: docs/training.md"
torch = pytest.importorskip("torch", reason=reason)
pytest.importorskip("onnx", reason=reason)

from inference.arrays import U8  # noqa: E402
from models.training.averaging import mean_weights, take_statistics  # noqa: E402
from models.training.checkpoint import CheckpointProblem, built  # noqa: E402
from models.training.network import normalized  # noqa: E402
from models.training.settings import Network  # noqa: E402

SHAPE = Network(width=8)


def pictures(seed: int) -> list[U8]:
    return list(np.random.default_rng(seed).integers(0, 256, (4, 64, 96, 3), dtype=np.uint8))


def test_the_mean_of_networks_is_the_mean_of_each_weight() -> None:
    torch.manual_seed(1)
    one, other = built(SHAPE).state_dict(), built(SHAPE).state_dict()
    mean = mean_weights([one, other])
    assert mean.keys() == one.keys()
    for name, values in mean.items():
        assert values.dtype == one[name].dtype
        if values.is_floating_point():
            torch.testing.assert_close(values, (one[name] + other[name]) / 2)


def test_networks_of_other_shapes_have_no_mean() -> None:
    wide = built(Network(width=12)).state_dict()
    with pytest.raises(CheckpointProblem, match="other shapes"):
        mean_weights([built(SHAPE).state_dict(), wide])


def test_statistics_are_those_of_the_pictures() -> None:
    torch.manual_seed(2)
    network = built(SHAPE)
    seen: list[object] = []
    first = network.stem[0].normalization
    hook = first.register_forward_pre_hook(lambda _module, inputs: seen.append(inputs[0].detach()))
    take_statistics(network, [pictures(1), pictures(2)])
    hook.remove()
    assert not network.training
    means = torch.stack([each.mean((0, 2, 3)) for each in seen])
    torch.testing.assert_close(first.running_mean, means.mean(0))
    # And it is what they give afterwards: about zero mean and one deviation after normalization.
    with torch.no_grad():
        inputs = normalized(torch.from_numpy(np.stack(pictures(1))).permute(0, 3, 1, 2))
        given = first(network.stem[0].convolution(inputs))
    assert given.mean().abs() < 0.1
    assert 0.8 < given.std() < 1.2

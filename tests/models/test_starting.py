"""Exported weights as the beginning of a training."""

from pathlib import Path

import numpy as np
import pytest

reason = "torch and onnx are installed for training alone: docs/training.md"
torch = pytest.importorskip("torch", reason=reason)
pytest.importorskip("onnx", reason=reason)
pytest.importorskip("onnxruntime", reason=reason)

from inference.arrays import U8  # noqa: E402
from models.training.checkpoint import Checkpoint, CheckpointProblem, State, built  # noqa: E402
from models.training.export import export  # noqa: E402
from models.training.network import normalized  # noqa: E402
from models.training.settings import Network, Settings  # noqa: E402
from models.training.starting import network_from_weights  # noqa: E402

SHAPE = Network(width=8)


def pictures(seed: int, count: int = 4) -> U8:
    return np.random.default_rng(seed).integers(0, 256, (count, 64, 96, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, object]:
    """Return weights, and the network that they are of: random, with statistics of its own."""
    torch.manual_seed(3)
    network = built(SHAPE)
    network.train()
    with torch.no_grad():
        for _ in range(20):
            network(normalized(torch.from_numpy(pictures(1)).permute(0, 3, 1, 2)))
    settings = Settings.model_validate({"network": {"width": 8}})
    checkpoint = Checkpoint(settings, State(), None, network.state_dict(), None)
    folder = tmp_path_factory.mktemp("weights")
    export(
        checkpoint, folder, name="some", version="1", training_data=["noise"],
        license_of_weights="Apache-2.0",
    )  # fmt: skip
    return folder, checkpoint.averaged()


def test_it_does_what_the_exported_network_did(exported: tuple[Path, object]) -> None:
    folder, expected = exported
    network = network_from_weights(folder, SHAPE, list(pictures(2)))
    x = normalized(torch.from_numpy(pictures(5)).permute(0, 3, 1, 2))
    with torch.no_grad():
        before = expected(x)  # type: ignore[operator]
        after = network(x)
    assert float(before.std()) > 1e-3
    np.testing.assert_allclose(after, before, atol=1e-4)


def test_in_training_it_begins_there_too(exported: tuple[Path, object]) -> None:
    """With the statistics of a batch of the same kind in place of those that were kept."""
    folder, expected = exported
    seen = pictures(2, count=16)
    network = network_from_weights(folder, SHAPE, list(seen)).train()
    x = normalized(torch.from_numpy(seen).permute(0, 3, 1, 2))
    with torch.no_grad():
        np.testing.assert_allclose(network(x), expected(x), atol=1e-3)  # type: ignore[operator]


def test_another_shape_is_told(exported: tuple[Path, object]) -> None:
    with pytest.raises(CheckpointProblem, match="another shape"):
        network_from_weights(exported[0], Network(width=16), list(pictures(2)))
    with pytest.raises(CheckpointProblem, match="another shape"):
        network_from_weights(exported[0], Network(width=8, blocks=2), list(pictures(2)))

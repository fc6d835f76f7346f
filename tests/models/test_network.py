"""The network: its form, what it costs and how far it sees."""

import pytest

torch = pytest.importorskip(
    "torch", reason="torch is installed for training alone: docs/training.md"
)

from models.training.network import (  # noqa: E402
    Convolution,
    LinkNet,
    context_px,
    folded,
    multiply_accumulates,
    normalized,
)


@pytest.mark.parametrize("stem", ["one", "two"])
@pytest.mark.parametrize("size", [(64, 96), (32, 32)])
def test_heatmap_at_a_quarter_of_the_size(stem: str, size: tuple[int, int]) -> None:
    network = LinkNet(8, stem).eval()
    assert network(torch.zeros(2, 3, *size)).shape == (2, 1, size[0] // 4, size[1] // 4)


@pytest.mark.parametrize("stem", ["one", "two"])
def test_folding_changes_nothing(stem: str) -> None:
    torch.manual_seed(0)
    network = LinkNet(8, stem, blocks=2)
    for _ in range(3):
        network(torch.rand(2, 3, 64, 64))  # gives the normalization statistics
    x = torch.rand(1, 3, 64, 96)
    expected = network.eval()(x)
    still = folded(network)
    assert torch.allclose(still(x), expected, atol=1e-5)
    assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in still.modules())


def test_white_is_zero_to_the_network() -> None:
    assert normalized(torch.tensor([0, 51, 255], dtype=torch.uint8)).tolist() == pytest.approx(
        [-1.0, -0.8, 0.0]
    )


def test_cost_of_one_convolution_and_of_the_shipped_network() -> None:
    head = LinkNet(8).head
    assert isinstance(head[0], Convolution)
    of_small = multiply_accumulates(LinkNet(8), 32, 32)
    assert multiply_accumulates(LinkNet(8), 64, 96) == 6 * of_small  # linear in pixels
    network = LinkNet(32, "one")
    network.train()
    assert multiply_accumulates(network, 1504, 1504) == pytest.approx(10.6e9, rel=0.01)
    assert network.training


@pytest.mark.parametrize("blocks", [1, 2])
def test_nothing_beyond_the_context_is_seen(blocks: int) -> None:
    torch.manual_seed(0)
    network = LinkNet(8, "two", blocks).eval()
    reach = context_px(blocks)
    side = 2 * reach + 64
    x = torch.rand(1, 3, side, side, requires_grad=True)
    for cell in (side // 8, side // 8 + 7):
        (gradient,) = torch.autograd.grad(network(x)[0, 0, cell, cell], x)
        seen = gradient[0].abs().sum(dim=0).nonzero()
        first, last = int(seen.min()), int(seen.max())
        assert 4 * cell - reach <= first
        assert last <= 4 * cell + 3 + reach
        assert last - first > reach  # and the figure is not far too large

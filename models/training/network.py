"""LinkNet for heatmaps of tumor nuclei (Chaurasia & Culurciello 2017; Zhang 2020, section 3.1.1).

What differs from the article, for speed on processors without a GPU: the stem goes to stride 4 at
once, each encoder stage has one residual block, a 1x1 convolution with depth-to-space stands for
the transposed convolution, and the heatmap stays at stride 4, where a parabola still places a
peak to a tenth of a micrometer.
"""

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

HEATMAP_STRIDE = 4
"""Image pixels per heatmap cell; the center of cell j lies at pixel (j + 0.5) * 4 - 0.5."""

SIZE_MULTIPLE = 32
"""Height and width of the input are multiples of this: the stride of the deepest stage."""

STAGES = 4

Stem = Literal["one", "two"]
"""`one`: a 7x7 convolution of stride 4; `two`: two 3x3 convolutions of stride 2."""


class Convolution(nn.Module):
    """Convolution, batch normalization and, if wanted, ReLU."""

    def __init__(
        self, inputs: int, outputs: int, size: int = 3, stride: int = 1, relu: bool = True
    ) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False)
        self.normalization: nn.Module = nn.BatchNorm2d(outputs)
        self.activation: nn.Module = nn.ReLU() if relu else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """Return the activations."""
        y: Tensor = self.activation(self.normalization(self.convolution(x)))
        return y

    def fold(self) -> None:
        """Put the running statistics into the convolution; only for a network in eval mode."""
        if isinstance(self.normalization, nn.BatchNorm2d):
            self.convolution = fuse_conv_bn_eval(self.convolution, self.normalization)
            self.normalization = nn.Identity()


class Block(nn.Module):
    """Residual block of two 3x3 convolutions (He 2016)."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.first = Convolution(inputs, outputs, 3, stride)
        self.second = Convolution(outputs, outputs, relu=False)
        self.shortcut: nn.Module = (
            nn.Identity()
            if inputs == outputs and stride == 1
            else Convolution(inputs, outputs, 1, stride, relu=False)
        )
        self.activation = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        """Return the activations."""
        y: Tensor = self.activation(self.second(self.first(x)) + self.shortcut(x))
        return y


class Decoder(nn.Module):
    """LinkNet's decoder: to a quarter of the channels, up to twice the size, to the outputs."""

    def __init__(self, inputs: int, outputs: int, up: int) -> None:
        super().__init__()
        middle = max(8, inputs // 4)
        self.reduce = Convolution(inputs, middle, 1)
        self.enlarge = Convolution(middle, middle * up * up, 3 if up == 1 else 1)
        self.shuffle: nn.Module = nn.PixelShuffle(up) if up > 1 else nn.Identity()
        self.expand = Convolution(middle, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return the activations."""
        y: Tensor = self.expand(self.shuffle(self.enlarge(self.reduce(x))))
        return y


class LinkNet(nn.Module):
    """Heatmap of tumor nuclei from a picture.

    Parameters
    ----------
    width
        Channels of the first stage; each of the four stages has twice those before.
    stem
        How the picture is brought to stride 4.
    blocks
        Residual blocks a stage.
    """

    def __init__(self, width: int = 32, stem: Stem = "one", blocks: int = 1) -> None:
        super().__init__()
        channels = [width * 2**stage for stage in range(STAGES)]
        half = max(8, width // 2)
        self.stem: nn.Module = (
            Convolution(3, width, 7, 4)
            if stem == "one"
            else nn.Sequential(Convolution(3, half, 3, 2), Convolution(half, width, 3, 2))
        )
        inputs = [width, *channels[:-1]]
        strides = [1] + [2] * (STAGES - 1)
        self.encoders = nn.ModuleList(
            nn.Sequential(
                Block(before, after, stride), *(Block(after, after, 1) for _ in range(blocks - 1))
            )
            for before, after, stride in zip(inputs, channels, strides, strict=True)
        )
        self.decoders = nn.ModuleList(
            Decoder(after, before, stride)
            for before, after, stride in zip(inputs, channels, strides, strict=True)
        )
        self.head = nn.Sequential(Convolution(width, half), nn.Conv2d(half, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Return heatmaps (n, 1, h / 4, w / 4) of pictures (n, 3, h, w) from `normalized`."""
        x = self.stem(x)
        skips = []
        for encoder in self.encoders:
            skips.append(x)
            x = encoder(x)
        for decoder, skip in zip(reversed(self.decoders), reversed(skips), strict=True):
            x = decoder(x) + skip
        heatmap: Tensor = self.head(x)
        return heatmap


def normalized(rgb: Tensor) -> Tensor:
    """Return what the network sees of bytes: 0 is white, -1 is black.

    White is 0 so that the zeros with which convolutions pad look like glass. As an operator of
    ONNX this is one `DequantizeLinear` with zero point 255.
    """
    return (rgb.float() - 255.0) / 255.0


def folded(network: LinkNet) -> LinkNet:
    """Put batch normalization into the convolutions, in place; the network is then in eval mode."""
    network.eval()
    for module in list(network.modules()):
        if isinstance(module, Convolution):
            module.fold()
    return network


def context_px(blocks: int) -> int:
    """Return how far a heatmap value sees to each side, in input pixels, up to a multiple of 32.

    Each 3x3 convolution of stride step s adds s; the coarsest cell adds its own size less one.
    """
    stem = 3
    encoders = 0
    for stage in range(STAGES):
        step = HEATMAP_STRIDE * 2**stage
        encoders += (step if stage == 0 else step // 2) + (2 * blocks - 1) * step
    decoder_and_head = 2 * HEATMAP_STRIDE
    reach = stem + encoders + decoder_and_head + SIZE_MULTIPLE - 1
    return -(-reach // SIZE_MULTIPLE) * SIZE_MULTIPLE


def multiply_accumulates(network: LinkNet, height: int, width: int) -> int:
    """Return the multiply-accumulate operations of the convolutions for one picture."""
    total = 0

    def count(module: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> None:
        nonlocal total
        assert isinstance(module, nn.Conv2d)
        per_output = module.in_channels * module.kernel_size[0] * module.kernel_size[1]
        total += output.numel() * per_output // module.groups

    hooks = [
        module.register_forward_hook(count)
        for module in network.modules()
        if isinstance(module, nn.Conv2d)
    ]
    was_training = network.training
    device = next(network.parameters()).device
    try:
        with torch.no_grad():
            network.eval()(torch.zeros(1, 3, height, width, device=device))
    finally:
        network.train(was_training)
        for hook in hooks:
            hook.remove()
    return total

"""What runs a network, and how one is offered before it is opened."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from inference.arrays import F32, U8
from inference.nuclei.network.manifest import Variant

STRIDE_PX = 4
"""Input pixels per heatmap cell."""


class Runtime(Protocol):
    """A network that is loaded and ready. One thread at a time."""

    def run(self, rgb: U8) -> F32:
        """Return the heatmap (h / 4, w / 4) of an image (h, w, 3), h and w multiples of 32.

        Any exception means that this runtime has failed.
        """
        ...


@dataclass(frozen=True)
class Candidate:
    """A way to run the network on this machine, not opened yet.

    Attributes
    ----------
    engine
        What runs it, for the reader: ``OpenVINO CPU``.
    variant
        Which weights it takes.
    open
        Loads it; any exception means that it cannot be had here, and its text says why.
    """

    engine: str
    variant: Variant
    open: Callable[[], Runtime]

    @property
    def label(self) -> str:
        """Return engine and weights, as they stand in the provenance."""
        return f"{self.engine}, {self.variant}"


class RuntimeRefused(RuntimeError):
    """A runtime is not what it claims to be, or gives no usable heatmap."""


def checked_run(runtime: Runtime, rgb: U8) -> F32:
    """Return a runtime's heatmap of an image.

    Raises
    ------
    RuntimeRefused
        The heatmap has another size, or is not finite.
    Exception
        Whatever the runtime raises.
    """
    heatmap = runtime.run(rgb)
    expected = (rgb.shape[0] // STRIDE_PX, rgb.shape[1] // STRIDE_PX)
    if heatmap.shape != expected or heatmap.dtype != np.float32:
        raise RuntimeRefused(
            f"its heatmap is {heatmap.dtype} of shape {heatmap.shape}, not float32 of {expected}"
        )
    if not np.isfinite(heatmap).all():
        raise RuntimeRefused("its heatmap is not finite")
    return heatmap


def reason(error: Exception) -> str:
    """Return an exception of a runtime as one short line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = lines[0] if lines else type(error).__name__
    return text if len(text) <= 200 else f"{text[:200]}..."

"""A training as a file: all that it needs to go on as if it had not stopped."""

import copy
import pickle
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

from models.training.network import LinkNet
from models.training.settings import Network, Settings


class CheckpointProblem(ValueError):
    """A checkpoint that cannot be used; the message is one line for the user."""


def built(network: Network) -> LinkNet:
    """Return a network of these settings with random weights."""
    return LinkNet(network.width, network.stem, network.blocks)


class Average:
    """Moving average of a network's weights and statistics, slow to forget once it is settled."""

    def __init__(self, network: LinkNet, decay: float) -> None:
        self.network = copy.deepcopy(network).requires_grad_(False).eval()
        self._decay = decay

    def update(self, network: nn.Module, step: int) -> None:
        """Take one more step into the average; early ones count little."""
        decay = min(self._decay, (1 + step) / (10 + step))
        with torch.no_grad():
            new = network.state_dict()
            for name, value in self.network.state_dict().items():
                if value.is_floating_point():
                    value.lerp_(new[name].to(value.dtype), 1 - decay)
                else:
                    value.copy_(new[name])


@dataclass
class State:
    """Where a training stands.

    Attributes
    ----------
    step
        Steps done.
    seconds
        Time spent.
    best
        Best figure of the validations, and `best_step` when it was reached.
    history
        One row of plain figures for each validation.
    """

    step: int = 0
    seconds: float = 0.0
    best: float = -1.0
    best_step: int = 0
    history: list[dict[str, Any]] = field(default_factory=list)


def write_checkpoint(
    path: Path,
    settings: Settings,
    state: State,
    network: LinkNet,
    average: LinkNet,
    optimizer: torch.optim.Optimizer | None,
) -> None:
    """Write a checkpoint, whole or not at all; without an optimizer it only serves to export."""
    part = path.with_suffix(".part")
    torch.save(
        {
            "settings": settings.model_dump(mode="json"),
            "state": vars(state),
            "network": network.state_dict() if optimizer else None,
            "average": average.state_dict(),
            "optimizer": optimizer.state_dict() if optimizer else None,
        },
        part,
    )
    part.replace(path)


@dataclass(frozen=True)
class Checkpoint:
    """What `write_checkpoint` wrote."""

    settings: Settings
    state: State
    network: dict[str, torch.Tensor] | None
    average: dict[str, torch.Tensor]
    optimizer: dict[str, Any] | None

    def averaged(self) -> LinkNet:
        """Return the averaged network, which is what is exported."""
        network = built(self.settings.network)
        network.load_state_dict(self.average)
        return network.eval()


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint; it may come from anywhere, no code in it is run.

    Raises
    ------
    CheckpointProblem
        With one line, if it cannot be read.
    """
    try:
        held = torch.load(path, map_location="cpu", weights_only=True)
        return Checkpoint(
            Settings.model_validate(held["settings"]),
            State(**held["state"]),
            held["network"],
            held["average"],
            held["optimizer"],
        )
    except OSError as error:
        raise CheckpointProblem(f"{path}: cannot be read ({error.strerror})") from error
    except (
        RuntimeError,
        pickle.UnpicklingError,
        EOFError,
        KeyError,
        TypeError,
        ValueError,
    ) as error:
        raise CheckpointProblem(f"{path}: is no checkpoint of this training") from error

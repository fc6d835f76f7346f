"""The mean of trainings that began with the same weights: ``python -m models.training.averaging``.

Networks that were trained on from one beginning lie in one valley of the loss, and the mean of
their weights does at least as well as each, on other laboratories' pictures often better
(Wortsman 2022, Model soups; Wortsman 2022, Robust fine-tuning of zero-shot models). The
statistics of batch normalization belong to a network as a whole: the mean gets its own, from
training patches.
"""

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from inference.arrays import U8
from inference.nuclei.unavailable import DetectorUnavailable
from models.training.annotations import AnnotationProblem
from models.training.checkpoint import (
    CheckpointProblem,
    State,
    built,
    read_checkpoint,
    write_checkpoint,
)
from models.training.course import heatmaps_of
from models.training.network import LinkNet, normalized
from models.training.patches import Patches
from models.training.settings import SettingsProblem, read_settings
from models.training.train import read_all, simulated_fields, weights_of
from models.training.validation import validate

_BATCHES, _BATCH = 40, 8
_FIRST = 900_000
"""Number of the first patch for the statistics: none that a training of usual length saw."""


def mean_weights(states: Sequence[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """Return the mean of the weights of networks of one shape.

    Raises
    ------
    CheckpointProblem
        They are of other shapes.
    """
    first = states[0]
    for other in states[1:]:
        if {k: v.shape for k, v in other.items()} != {k: v.shape for k, v in first.items()}:
            raise CheckpointProblem("the networks are of other shapes: they have no mean")
    return {
        name: torch.stack([state[name].double() for state in states]).mean(0).to(values.dtype)
        for name, values in first.items()
    }


def take_statistics(network: LinkNet, batches: Iterable[Sequence[U8]]) -> None:
    """Give batch normalization the mean statistics of batches of pictures; in place.

    Parameters
    ----------
    batches
        Pictures (h, w, 3) of one size, sides multiples of 32.
    """
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.reset_running_stats()
            layer.momentum = None  # the plain mean of all batches
    network.train()
    with torch.no_grad():
        for pictures in batches:
            network(normalized(torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2)))
    network.eval()


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m models.training.averaging")
    add = parser.add_argument
    add("--checkpoint", type=Path, required=True, nargs="+", metavar="PT", help="best.pt of each")
    add("--start", type=Path, metavar="DIR", help="exported weights that count too")
    add("--images", type=Path, required=True, metavar="DIR", help="folder of the images")
    add("--points", type=Path, required=True, nargs="+", metavar="CSV", help="annotated nuclei")
    add("--areas", type=Path, nargs="*", default=[], metavar="GEOJSON", help="coarse polygons")
    add("--settings", type=Path, metavar="TOML", help="of the patches, if not the first training's")
    add("--out", type=Path, required=True, metavar="PT", help="the mean, for export")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Average as the command line says; return the exit code."""
    given = _arguments(arguments)
    cv2.setNumThreads(1)
    try:
        checkpoints = [read_checkpoint(path) for path in given.checkpoint]
        own = checkpoints[0].settings
        settings = own if given.settings is None else read_settings(given.settings)
        if settings.network != own.network:
            raise CheckpointProblem(f"{given.settings}: is for a network of another shape")
        material, shown = read_all(given.images, given.points, given.areas, settings)
        patches = Patches(material, simulated_fields(settings), settings)
        states: list[Mapping[str, Tensor]] = [each.average for each in checkpoints]
        if given.start is not None:
            states.append(weights_of(given.start, settings, patches))
        network = built(settings.network)
        network.load_state_dict(mean_weights(states))
        take_statistics(network, _batches(patches))
        result = validate(heatmaps_of(network, torch.device("cpu")), shown, settings)
        row = {"step": 0, "minutes": 0.0, "choice": result.choice, **result.as_json()}
        state = State(best=result.choice, history=[row])
        given.out.parent.mkdir(parents=True, exist_ok=True)
        write_checkpoint(given.out, settings, state, network, network, None)
    except (
        AnnotationProblem, CheckpointProblem, DetectorUnavailable, SettingsProblem, OSError
    ) as error:  # fmt: skip
        sys.stderr.write(f"averaging: {error}\n")
        return 2
    sys.stdout.write(
        f"mean of {len(states)}: F1 {result.plain.f1 or 0:.3f}, choice {result.choice:.3f}, "
        f"threshold {result.threshold:.2f}\n"
    )
    return 0


def _batches(patches: Patches) -> Iterable[list[U8]]:
    for first in range(_FIRST, _FIRST + _BATCHES * _BATCH, _BATCH):
        yield [patches.patch(number).rgb for number in range(first, first + _BATCH)]


if __name__ == "__main__":
    sys.exit(main())

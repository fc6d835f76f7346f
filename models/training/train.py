"""Train the nucleus detector.

``python -m models.training.train --images DIR --points CSV... --out DIR [--areas GEOJSON...]``

Writes to the output folder ``best.pt`` (the averaged weights of the best validation), ``last.pt``
(to resume), ``history.json`` and curves as pictures. Exit code 2 and one line for unusable input.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import torch

from inference.nuclei.unavailable import DetectorUnavailable
from models.training.annotations import AnnotationProblem, read_annotations
from models.training.areas import read_areas
from models.training.checkpoint import CheckpointProblem, read_checkpoint
from models.training.course import Training
from models.training.material import Material, read_material, split_by_image
from models.training.network import multiply_accumulates
from models.training.patches import Patches
from models.training.settings import Settings, SettingsProblem, read_settings
from models.training.simulated import simulated_material
from models.training.starting import network_from_weights
from models.training.validation import View, views

SETTINGS = Path(__file__).with_name("nuclei.toml")
_PICTURES = 32
"""From which the statistics of exported weights are taken."""


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def read_all(
    images: Path, points: Sequence[Path], areas: Sequence[Path], settings: Settings
) -> tuple[list[Material], list[View]]:
    """Return the annotated images to train on, and the views to validate on."""
    parts = [part for file in points for part in read_annotations(file)]
    split = split_by_image(parts, settings.images)
    polygons = [area for file in areas for area in read_areas(file)]
    um_per_px = settings.images.um_per_px
    training = read_material(images, split.training, polygons, um_per_px)
    validation = read_material(images, split.validation, (), um_per_px)
    return training, views(validation, split.validation, settings)


def weights_of(path: Path, settings: Settings, patches: Patches) -> Mapping[str, torch.Tensor]:
    """Return the weights of a checkpoint, or of a folder that was exported.

    Raises
    ------
    CheckpointProblem, DetectorUnavailable
        With one line, if they cannot be read, or are of another shape.
    """
    if not path.is_dir():
        return read_checkpoint(path).average
    pictures = [patches.patch(number).rgb for number in range(_PICTURES)]
    return network_from_weights(path, settings.network, pictures).state_dict()


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m models.training.train")
    add = parser.add_argument
    add("--images", type=Path, required=True, metavar="DIR", help="folder of the images")
    add("--points", type=Path, required=True, nargs="+", metavar="CSV", help="annotated nuclei")
    add("--areas", type=Path, nargs="*", default=[], metavar="GEOJSON", help="coarse polygons")
    add("--out", type=Path, required=True, metavar="DIR", help="folder of the results")
    add("--settings", type=Path, default=SETTINGS, metavar="TOML", help="settings")
    add("--minutes", type=float, metavar="X", help="end after so long, with a falling rate")
    add("--threads", type=int, metavar="N", help="threads of torch; else as many as cores")
    add("--workers", type=int, default=0, metavar="N", help="processes that make patches")
    add("--start", type=Path, metavar="PATH", help="begin with a checkpoint, or exported weights")
    add("--resume", action="store_true", help="go on with last.pt of the output folder")
    add("--cpu", action="store_true", help="leave a GPU alone")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Train as the command line says; return the exit code."""
    given = _arguments(arguments)
    cv2.setNumThreads(1)
    if given.threads:
        torch.set_num_threads(given.threads)
    try:
        settings = read_settings(given.settings)
        material, shown = read_all(given.images, given.points, given.areas, settings)
        simulated = simulated_fields(settings)
        use_gpu = torch.cuda.is_available() and not given.cpu
        device = torch.device("cuda" if use_gpu else "cpu")
        patches = Patches(material, simulated, settings)
        training = Training(settings, patches, shown, given.out, device, _say)
        if given.start:
            training.start_from(weights_of(given.start, settings, patches))
        if given.resume:
            training.resume()
        side = settings.course.patch_px
        cost = multiply_accumulates(training.network, side, side) / side**2
        _say(
            f"{device}, {cost:.0f} multiply-accumulates per pixel, from step {training.state.step}"
        )
        training.run(given.minutes, given.workers)
    except (
        AnnotationProblem, CheckpointProblem, DetectorUnavailable, SettingsProblem, OSError
    ) as error:  # fmt: skip
        sys.stderr.write(f"train: {error}\n")
        return 2
    return 0


def simulated_fields(settings: Settings) -> list[Material]:
    """Return the simulated fields to train on."""
    if not settings.simulation.share:
        return []
    return [
        simulated_material(number, settings.course.seed, settings.simulation)
        for number in range(settings.simulation.fields)
    ]


if __name__ == "__main__":
    sys.exit(main())

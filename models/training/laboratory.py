"""A laboratory's own slides: the shipped network learns them, and shows whether it helped.

``python -m models.training.laboratory --images DIR --points CSV... --mpp X --out DIR``, which
``her2scope train`` calls. Some images are kept for validation. The folder gets what a training
writes, `weights` for the program, and ``evaluation.json``: shipped and new weights on the images
of the validation. Exit code 2 and one line for unusable input.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import cv2
import torch

from inference.nuclei.choice import DetectorUnavailable
from inference.nuclei.network.manifest import read_manifest
from inference.nuclei.network.opening import NetworkSource
from models.training.annotations import AnnotatedPart, AnnotationProblem, read_annotations
from models.training.checkpoint import CheckpointProblem, read_checkpoint
from models.training.confidence import LOWEST, THRESHOLDS, reliabilities
from models.training.course import Training
from models.training.detections import detections
from models.training.evaluate import SHIPPED, evaluate
from models.training.export import ExportProblem, export
from models.training.manifest import ManifestProblem
from models.training.material import Material, split_by_image
from models.training.patches import Patches
from models.training.quantize import calibration_images
from models.training.results import Summary
from models.training.settings import Settings, SettingsProblem, read_settings
from models.training.train import SETTINGS, read_all, simulated_fields, weights_of

_HELD_OUT = 4
"""One image of so many is kept for validation unless some are named."""
_FIELDS = 40
_RATE = 3e-4
"""Lower than from random weights: what the network knows is to be kept."""
_VALIDATE_EVERY = 100
_INTERRUPTED = 130
_IGNORED = ("unsure",)


def validation_of(names: Sequence[str], wanted: Sequence[str]) -> tuple[str, ...]:
    """Return the images that are kept for validation: those wanted, else one of four by its name.

    Raises
    ------
    AnnotationProblem
        There are fewer than two images, so that none is left to learn from.
    """
    if wanted:
        return tuple(wanted)
    if len(names) < 2:
        raise AnnotationProblem(
            "at least two annotated images are needed, one for validation, and there is "
            f"{names[0] if names else 'none'} alone: a CSV of points is named as its image"
        )
    # By a hash, so that an image keeps its role when others come.
    order = sorted(names, key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    return tuple(sorted(order[: max(1, len(names) // _HELD_OUT)]))


def laboratory_settings(um_per_px: float, validation: Sequence[str], seed: int) -> Settings:
    """Return the settings of the shipped training, changed to go on from its weights."""
    base = read_settings(SETTINGS)
    images = {"um_per_px": um_per_px, "validation": tuple(validation), "test": ()}
    course = {
        "seed": seed, "rate": _RATE, "validate_every": _VALIDATE_EVERY, "average": 0.99,
        "steps": 1_000_000,
    }  # fmt: skip
    changed = base.model_dump(mode="json")
    changed["images"] |= images
    changed["course"] |= course
    changed["simulation"] |= {"fields": _FIELDS}
    return Settings.model_validate(changed)


def _scored(
    name: str, parts: Sequence[AnnotatedPart], images: Path, mpp: float, network: NetworkSource
) -> Summary | None:
    try:
        found = evaluate(parts, [images], mpp, "linknet", ignored=_IGNORED, network=network)
    except DetectorUnavailable:
        return None
    return Summary.of(name, found.results)


def _best_threshold(
    parts: Sequence[AnnotatedPart], given: argparse.Namespace
) -> tuple[float, float]:
    """Return what a threshold alone can do for the weights to begin with: it, and F1 with it."""
    network = NetworkSource(given.start, threshold=LOWEST)
    found = detections(parts, [given.images], given.mpp, "linknet", None, network, None)
    scores = reliabilities(found, _IGNORED)[-1].scores
    f1, threshold = max((score.f1 or 0.0, -t) for t, score in zip(THRESHOLDS, scores, strict=True))
    return -threshold, f1


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m models.training.laboratory")
    add = parser.add_argument
    add("--images", type=Path, required=True, metavar="DIR", help="folder of the images")
    add("--points", type=Path, required=True, nargs="+", metavar="CSV", help="annotated nuclei")
    add("--mpp", type=float, required=True, metavar="X", help="um per px of the images")
    add("--out", type=Path, required=True, metavar="DIR", help="folder of the results")
    add("--validation", nargs="*", default=[], metavar="NAME", help="images to validate with")
    add("--start", type=Path, default=SHIPPED.weights, metavar="DIR", help="weights to begin with")
    add("--minutes", type=float, default=30.0, metavar="X", help="how long it may take")
    add("--seed", type=int, default=1, metavar="N", help="of everything that chance decides")
    return parser.parse_args(arguments)


def _train(given: argparse.Namespace, settings: Settings) -> None:
    material, shown = read_all(given.images, given.points, (), settings)
    simulated: list[Material] = simulated_fields(settings)
    patches = Patches(material, simulated, settings)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    training = Training(settings, patches, shown, given.out, device, _say)
    training.start_from(weights_of(given.start, settings, patches))
    training.run(given.minutes, 0)


def _export(given: argparse.Namespace, settings: Settings) -> Path:
    weights = Path(given.out) / "weights"
    start = read_manifest(given.start)
    export(
        read_checkpoint(given.out / "best.pt"),
        weights,
        name=start.name,
        version=f"{start.version.split('+')[0]}+{date.today():%Y%m%d}",
        training_data=[*start.training_data, f"this laboratory's own images ({given.images.name})"],
        license_of_weights=start.license,
        calibration=calibration_images(
            given.images, given.mpp, settings.images.validation, settings.augmentation
        ),
    )
    return weights


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, export and evaluate as the command line says; return the exit code."""
    given = _arguments(arguments)
    cv2.setNumThreads(1)
    record: dict[str, object] = {}
    try:
        parts = [part for file in given.points for part in read_annotations(file)]
        validation = validation_of(sorted({part.image for part in parts}), given.validation)
        settings = laboratory_settings(given.mpp, validation, given.seed)
        read_manifest(given.start)  # before anything that takes long
        held = split_by_image(parts, settings.images).validation
        _say(f"validation: {', '.join(validation)}")
        _say(f"tumor nuclei: {_tumor(parts) - _tumor(held)} to learn, {_tumor(held)} to validate")
        # First: what is wrong with images or environment shows before the long part.
        before = _scored("before", held, given.images, given.mpp, NetworkSource(given.start))
        if before is not None:
            _say(_line(before))
            threshold, by_threshold = _best_threshold(held, given)
            _say(f"with a threshold of {threshold:g} alone: F1 {by_threshold:.3f}")
            record |= {"before": before.as_json(), "best_threshold_before": threshold}
            record |= {"f1_at_best_threshold_before": by_threshold}
        _say(f"training for {given.minutes:g} minutes, a line every {_VALIDATE_EVERY} steps")
        _train(given, settings)
        _say("exporting, and comparing on the images of the validation")
        weights = _export(given, settings)
        after = _scored("after", held, given.images, given.mpp, NetworkSource(weights))
    except KeyboardInterrupt:
        return _INTERRUPTED  # the caller says where everything is
    except (
        AnnotationProblem, CheckpointProblem, DetectorUnavailable, ExportProblem, ManifestProblem,
        SettingsProblem, OSError, ValueError,
    ) as error:  # fmt: skip
        sys.stderr.write(f"train: {error}\n")
        return 2
    if after is not None:
        _say(_line(after))
        record["after"] = after.as_json()
    better = after is not None and (before is None or _f1(after) > _f1(before))
    record["better"] = better
    (given.out / "evaluation.json").write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    return 0


def _tumor(parts: Sequence[AnnotatedPart]) -> int:
    return sum(kind.startswith("tumor") for part in parts for kind in part.kinds)


def _line(summary: Summary) -> str:
    score = summary.score
    return (
        f"{summary.name} the training, on the validation: F1 {_f1(summary):.3f}, "
        f"{score.true_positives} of {score.true_positives + score.false_negatives} tumor nuclei "
        f"found, {score.false_positives} false"
    )


def _f1(summary: Summary) -> float:
    return summary.score.f1 or 0.0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

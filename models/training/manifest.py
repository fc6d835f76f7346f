"""The manifest that goes beside exported weights, in the form that the runtime reads."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from inference.grid import ANALYSIS_UM_PER_PX
from inference.nuclei.network.manifest import MANIFEST, NetworkManifest, Score, Variant


class ManifestProblem(ValueError):
    """A manifest that would make no sense; the message is one line for the user."""


def write_weights(
    folder: Path,
    models: Mapping[Variant, bytes],
    *,
    name: str,
    version: str,
    context_px: int,
    threshold: float,
    suppression_radius_um: float,
    training_data: Sequence[str],
    license_of_weights: str,
    scores: Sequence[Score] = (),
) -> NetworkManifest:
    """Write ``NAME-VARIANT.onnx`` of each variant and the manifest; return the manifest.

    Nothing is written unless the manifest is one that the runtime accepts, and the manifest,
    which names the hashes of the others, comes last.

    Raises
    ------
    ManifestProblem
        With one line, if a figure or a name is unusable.
    """
    files = {variant: f"{name}-{variant}.onnx" for variant in models}
    held: dict[str, Any] = {
        "format": 1,
        "name": name,
        "version": version,
        "files": {
            variant: {"file": files[variant], "sha256": hashlib.sha256(content).hexdigest()}
            for variant, content in models.items()
        },
        "um_per_px": ANALYSIS_UM_PER_PX,
        "input": {
            "name": "field", "layout": "NHWC", "color": "RGB", "type": "uint8",
            "multiple_of_px": 32,
        },
        "heatmap": {"name": "heatmap", "stride_px": 4},
        "context_px": context_px,
        "threshold": threshold,
        "suppression_radius_um": suppression_radius_um,
        "training_data": list(training_data),
        "scores": [score.model_dump() for score in scores],
        "license": license_of_weights,
    }  # fmt: skip
    manifest = _checked(held)
    folder.mkdir(parents=True, exist_ok=True)
    for variant, content in models.items():
        _replace(folder / files[variant], content)
    _replace(folder / MANIFEST, _text(manifest).encode())
    return manifest


def with_scores(folder: Path, scores: Sequence[Score]) -> NetworkManifest:
    """Put measured scores into the manifest of a folder, in place of those for the same sets."""
    path = folder / MANIFEST
    held = json.loads(path.read_text("utf-8"))
    new = {_set_of(score.model_dump()) for score in scores}
    kept = [score for score in held["scores"] if _set_of(score) not in new]
    held["scores"] = [*kept, *(score.model_dump() for score in scores)]
    manifest = _checked(held)
    _replace(path, _text(manifest).encode())
    return manifest


def _set_of(score: Mapping[str, Any]) -> tuple[str, str, float]:
    return score["set"], score["variant"], score["um_per_px"]


def _checked(held: dict[str, Any]) -> NetworkManifest:
    try:
        return NetworkManifest.model_validate(held)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ManifestProblem(f"manifest: {place}: {first['msg']}") from error


def _text(manifest: NetworkManifest) -> str:
    return json.dumps(manifest.model_dump(mode="json", exclude_none=True), indent=1) + "\n"


def _replace(path: Path, content: bytes) -> None:
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(content)
    part.replace(path)

"""A trained network as files for the runtime.

``python -m models.training.export --checkpoint best.pt --out DIR --version X --data TEXT...``
writes the weights in fp32, with ``--calibration DIR`` also in int8, and the manifest. Batch
normalization is folded into the convolutions; `models.training.graph` states the form.
"""

import argparse
import copy
import io
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import torch

from inference.arrays import U8
from inference.nuclei.network.manifest import NetworkManifest, Variant
from models.training.annotations import AnnotationProblem
from models.training.checkpoint import Checkpoint, CheckpointProblem, read_checkpoint
from models.training.graph import PLANES, Session, with_bytes
from models.training.manifest import ManifestProblem, write_weights
from models.training.network import LinkNet, context_px, folded, normalized
from models.training.quantize import calibration_images, quantized

OPSET = 17

_TRACED_SIDE = 64
_PARITY = 1e-4
"""Largest difference of a heatmap in torch and in onnxruntime."""


class ExportProblem(RuntimeError):
    """The exported file does not do what the network does; the message is one line."""


def core_graph(network: LinkNet) -> onnx.ModelProto:
    """Return the folded network as ONNX from `PLANES`, float32, to (n, 1, h / 4, w / 4)."""
    still = folded(copy.deepcopy(network).cpu().float())
    file = io.BytesIO()
    with warnings.catch_warnings():
        # The tracing exporter is enough for convolutions, and asks for no further package.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            still,
            (torch.zeros(1, 3, _TRACED_SIDE, _TRACED_SIDE),),
            file,  # type: ignore[arg-type]  # a stream is taken, whatever the stub says
            opset_version=OPSET,
            input_names=[PLANES],
            output_names=["map"],
            dynamic_axes={
                PLANES: {0: "n", 2: "height", 3: "width"},
                "map": {0: "n", 2: "rows", 3: "columns"},
            },
            dynamo=False,
        )
    return onnx.load_from_string(file.getvalue())


def require_parity(network: LinkNet, model: onnx.ModelProto) -> float:
    """Return the largest difference between torch and onnxruntime, on pictures of two sizes.

    Raises
    ------
    ExportProblem
        It is larger than rounding explains.
    """
    random = np.random.default_rng(0)
    session = Session(model)
    network = network.cpu().eval()
    worst = 0.0
    for shape in ((1, 64, 96, 3), (2, 160, 32, 3)):
        rgb = random.integers(0, 256, shape, dtype=np.uint8)
        with torch.inference_mode():
            expected = network(normalized(torch.from_numpy(rgb).permute(0, 3, 1, 2)))[:, 0]
        worst = max(worst, float(np.abs(session.heatmaps(rgb) - expected.numpy()).max()))
    if worst > _PARITY:
        raise ExportProblem(f"onnxruntime differs from torch by up to {worst:.2g}")
    return worst


def export(
    checkpoint: Checkpoint,
    out: Path,
    *,
    name: str,
    version: str,
    training_data: Sequence[str],
    license_of_weights: str,
    calibration: Sequence[U8] = (),
    threshold: float | None = None,
) -> NetworkManifest:
    """Write fp32, with calibration images also int8, and the manifest.

    Parameters
    ----------
    threshold
        Of the heatmap; None takes the best of the checkpoint's validation.
    """
    network = checkpoint.averaged()
    core = core_graph(network)
    models: dict[Variant, bytes] = {}
    fp32 = with_bytes(core)
    require_parity(network, fp32)
    models["fp32"] = fp32.SerializeToString()
    if calibration:
        models["int8"] = quantized(core, calibration).SerializeToString()
    best = checkpoint.state.history[-1]["threshold"] if checkpoint.state.history else 0.5
    return write_weights(
        out,
        models,
        name=name,
        version=version,
        context_px=context_px(checkpoint.settings.network.blocks),
        threshold=best if threshold is None else threshold,
        suppression_radius_um=checkpoint.settings.detection.suppression_um,
        training_data=training_data,
        license_of_weights=license_of_weights,
    )


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m models.training.export")
    add = parser.add_argument
    add("--checkpoint", type=Path, required=True, metavar="PT", help="best.pt of a training")
    add("--out", type=Path, required=True, metavar="DIR", help="folder of the weights")
    add("--name", default="linknet-her2", help="stands in every result")
    add("--version", required=True, help="stands in every result")
    add("--threshold", type=float, metavar="X", help="else the best of the validation")
    add("--data", nargs="+", required=True, metavar="TEXT", help="training data, with license")
    add("--license", default="Apache-2.0", help="of the weights")
    add("--calibration", type=Path, metavar="DIR", help="real images, to write int8 too")
    add("--mpp", type=float, metavar="X", help="um per px of those, if not of the training's")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Export as the command line says; return the exit code."""
    given = _arguments(arguments)
    try:
        checkpoint = read_checkpoint(given.checkpoint)
        images = checkpoint.settings.images
        calibration = (
            calibration_images(
                given.calibration,
                given.mpp or images.um_per_px,
                images.test,
                checkpoint.settings.augmentation,
            )
            if given.calibration
            else ()
        )
        manifest = export(
            checkpoint,
            given.out,
            name=given.name,
            version=given.version,
            training_data=given.data,
            license_of_weights=given.license,
            calibration=calibration,
            threshold=given.threshold,
        )
    except (
        AnnotationProblem, CheckpointProblem, ExportProblem, ManifestProblem, OSError
    ) as error:  # fmt: skip
        sys.stderr.write(f"export: {error}\n")
        return 2
    sys.stdout.write(f"{', '.join(manifest.variants)}: threshold {manifest.threshold:g}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

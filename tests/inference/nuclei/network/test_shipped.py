"""The weights that are shipped: whole, and the same in every precision and runtime."""

import numpy as np
import pytest

from hardware.simulators.tissue import Kind, SimulatedField, pattern, render_field
from inference.nuclei.matching import compare
from inference.nuclei.network.candidates import candidates
from inference.nuclei.network.detector import NetworkDetector
from inference.nuclei.network.manifest import NetworkManifest, read_manifest, read_weights
from inference.nuclei.network.network_runtime import NetworkRuntime
from inference.nuclei.network.opening import NetworkSource

UM_PER_PX = 0.424
FOLDER = NetworkSource().weights

LEAST_AGREEMENT = {
    "onnxruntime CPU, fp32": 0.995,
    "OpenVINO CPU, fp32": 0.995,
    "OpenVINO CPU, int8": 0.9,
    # On processors without VNNI its sums of two products saturate at 16 bits.
    "onnxruntime CPU, int8": 0.8,
}
"""F1 within 1 um of the nuclei that fp32 in onnxruntime finds."""


@pytest.fixture(scope="module")
def manifest() -> NetworkManifest:
    return read_manifest(FOLDER)


@pytest.fixture(scope="module")
def field() -> SimulatedField:
    """Return tissue of 217 um, which is rich in tumor there."""
    return render_field(pattern("2+"), 1, 0.0, 0.0, 512, 512, UM_PER_PX)


def test_manifest_and_files_belong_together(manifest: NetworkManifest) -> None:
    assert set(manifest.variants) == {"fp32", "int8"}
    for file in manifest.variants.values():
        read_weights(FOLDER, file)
    assert manifest.license == "Apache-2.0"
    assert any("test set" in score.set for score in manifest.scores)


def test_every_way_to_run_it_finds_the_same_nuclei(
    manifest: NetworkManifest, field: SimulatedField
) -> None:
    found = {
        way.label: NetworkDetector(manifest, NetworkRuntime((way,))).detect(field.rgb, UM_PER_PX)
        for way in candidates(FOLDER, manifest, threads=1)
    }
    plain = found["onnxruntime CPU, fp32"].xy_px
    assert len(plain) > 50
    for label, nuclei in found.items():
        all_of_them = np.ones(len(plain), np.bool_)
        score = compare(nuclei.xy_px, plain, all_of_them, ~all_of_them, UM_PER_PX, distance_um=1.0)
        assert score.score.f1 is not None, label
        assert score.score.f1 > LEAST_AGREEMENT[label], label


def test_it_finds_tumor_and_hardly_anything_else(
    manifest: NetworkManifest, field: SimulatedField
) -> None:
    """On simulated tissue, of which other fields were part of the training."""
    way = candidates(FOLDER, manifest, threads=1)[-1]
    nuclei = NetworkDetector(manifest, NetworkRuntime((way,))).detect(field.rgb, UM_PER_PX)
    truth = field.truth
    ignored = truth.kind == Kind.DCIS  # to the eye it is tumor too
    is_tumor = truth.kind == Kind.TUMOR
    score = compare(nuclei.xy_px, truth.xy_px, is_tumor, ignored, UM_PER_PX).score
    assert is_tumor.sum() > 50
    assert score.f1 is not None
    assert score.f1 > 0.8

"""The weights that are shipped: whole, and the same in every precision and runtime."""

import numpy as np
import pytest

from hardware.simulators.tissue import Kind, SimulatedField, pattern, render_field
from inference.arrays import F32, U8
from inference.nuclei.matching import compare
from inference.nuclei.network.agreement import agreeing
from inference.nuclei.network.candidates import candidates
from inference.nuclei.network.detector import NetworkDetector
from inference.nuclei.network.manifest import NetworkManifest, read_manifest, read_weights
from inference.nuclei.network.network_runtime import NetworkRuntime
from inference.nuclei.network.opening import NetworkSource
from inference.nuclei.network.picture import nuclei_picture
from inference.nuclei.network.ranking import rank
from inference.nuclei.network.runtime import Candidate
from inference.nuclei.unavailable import DetectorUnavailable

UM_PER_PX = 0.424
FOLDER = NetworkSource().weights

LEAST_AGREEMENT = {"fp32": 0.995, "int8": 0.9}
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


def test_every_runtime_that_is_accepted_finds_the_same_nuclei(
    manifest: NetworkManifest, field: SimulatedField
) -> None:
    ways = agreeing(candidates(FOLDER, manifest, threads=1), nuclei_picture(512))
    plain = NetworkDetector(manifest, NetworkRuntime(ways[-1:])).detect(field.rgb, UM_PER_PX).xy_px
    assert len(plain) > 50
    for way in ways:
        try:
            runtime = NetworkRuntime((way,))
        except DetectorUnavailable as refused:
            assert "its heatmap differs" in str(refused)  # as on processors that cut sums off
            continue
        nuclei = NetworkDetector(manifest, runtime).detect(field.rgb, UM_PER_PX)
        all_of_them = np.ones(len(plain), np.bool_)
        score = compare(nuclei.xy_px, plain, all_of_them, ~all_of_them, UM_PER_PX, distance_um=1.0)
        assert score.score.f1 is not None, way.label
        assert score.score.f1 > LEAST_AGREEMENT[way.variant], way.label


def test_the_picture_of_the_agreement_is_full_of_nuclei_to_it(manifest: NetworkManifest) -> None:
    way = candidates(FOLDER, manifest, threads=1)[-1]
    nuclei = NetworkDetector(manifest, NetworkRuntime((way,))).detect(
        nuclei_picture(512), UM_PER_PX
    )
    assert len(nuclei) > 100


def test_wrong_arithmetic_shows_on_the_picture(manifest: NetworkManifest) -> None:
    """Peaks cut off at a third: far less than what sums do that are cut off at 16 bits."""
    picture = nuclei_picture(512)
    way = candidates(FOLDER, manifest, threads=1)[-1]

    class CutOff:
        def __init__(self) -> None:
            self.runtime = way.open()

        def run(self, rgb: U8) -> F32:
            return np.minimum(self.runtime.run(rgb), np.float32(0.35))

    wrong = Candidate("cut off", "int8", CutOff)
    found = rank(agreeing((wrong, way), picture), picture)
    assert list(found.refused) == ["cut off, int8"]


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


def test_a_border_that_does_not_fit_the_network_s_steps_looks_like_no_nuclei(
    manifest: NetworkManifest, field: SimulatedField
) -> None:
    """Cut tissue as a part of itself: beside the cut nothing may be found that is not there."""
    whole = field.rgb
    ways = agreeing(candidates(FOLDER, manifest, threads=1), nuclei_picture(512))
    detector = NetworkDetector(manifest, NetworkRuntime(ways[-1:]))
    known = detector.detect(whole, UM_PER_PX).xy_px
    found = false = 0
    for width, height in [(481, 300), (390, 455), (331, 417), (450, 360), (421, 475), (360, 321)]:
        part = np.ascontiguousarray(whole[:height, :width])
        near = detector.detect(part, UM_PER_PX).xy_px
        from_cut = np.minimum(width - near[:, 0], height - near[:, 1]) * UM_PER_PX
        near = near[(from_cut > 2) & (from_cut < 20)]  # one beside the cut may be cut itself
        apart = np.hypot(*(near[:, None] - known[None]).transpose(2, 0, 1)).min(axis=1)
        found += len(near)
        false += int((apart * UM_PER_PX > 4.0).sum())
    assert found > 20
    assert false <= 0.1 * found

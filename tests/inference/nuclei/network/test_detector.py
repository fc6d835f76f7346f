"""From the field to the heatmap and back: nuclei come out where they are."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.arrays import F32, F64, U8
from inference.nuclei.network import detector as module
from inference.nuclei.network.detector import NetworkDetector, heatmap_nuclei
from inference.nuclei.network.manifest import NetworkManifest, read_manifest
from inference.nuclei.network.network_runtime import NetworkRuntime
from inference.nuclei.network.onnx_runtime import OnnxRuntime
from inference.nuclei.network.runtime import Candidate
from inference.nuclei.points import NucleusPoints

NUCLEUS_UM = 2.0
"""Standard deviation of a dark spot."""


@pytest.fixture
def manifest(write_weights: object) -> NetworkManifest:
    assert callable(write_weights)
    return read_manifest(write_weights())


@pytest.fixture
def detector(manifest: NetworkManifest, darkness_onnx: bytes) -> NetworkDetector:
    opened = OnnxRuntime(darkness_onnx, "CPUExecutionProvider", 1)
    return NetworkDetector(manifest, NetworkRuntime([Candidate("test", "fp32", lambda: opened)]))


def field(height: int, width: int, um_per_px: float, xy_px: list[tuple[float, float]]) -> U8:
    """Return a white field with dark spots; the center of the top left pixel is (0, 0)."""
    y, x = np.mgrid[:height, :width]
    dark: F64 = np.zeros((height, width))
    for u, v in xy_px:
        distance_um = um_per_px * np.hypot(x - u, y - v)
        dark = np.maximum(dark, np.exp(-0.5 * (distance_um / NUCLEUS_UM) ** 2))
    gray = np.rint(255 * (1 - 0.9 * dark)).astype(np.uint8)
    return np.repeat(gray[..., None], 3, axis=2)


def distances_um(found: NucleusPoints, xy_px: list[tuple[float, float]], um: float) -> F64:
    """Return how far each true nucleus is from the detected one that is nearest."""
    true = np.asarray(xy_px)
    apart = np.hypot(*(found.xy_px[None] - true[:, None]).transpose(2, 0, 1))
    return np.asarray(um * apart.min(axis=1))


@pytest.mark.parametrize(
    ("um_per_px", "height", "width"),
    [
        (0.212, 401, 637),  # 40x: reduced
        (0.2, 400, 600),
        (0.424, 200, 320),  # 20x: as it is
        (0.45, 190, 301),  # a little coarser: as it is
        (0.848, 97, 161),  # 10x: enlarged
    ],
)
def test_nuclei_come_out_where_they_are(
    detector: NetworkDetector, um_per_px: float, height: int, width: int
) -> None:
    random = np.random.default_rng(1)
    spots = []
    for row in np.arange(0.1, 0.95, 0.2):  # apart, so that none pulls at another
        for column in np.arange(0.1, 0.95, 0.2):
            shift = random.uniform(-3, 3, 2) / um_per_px
            spots.append((column * width + shift[0], row * height + shift[1]))
    found = detector.detect(field(height, width, um_per_px, spots), um_per_px)
    assert len(found) == len(spots)
    assert distances_um(found, spots, um_per_px).max() < 0.35
    assert found.xy_px.dtype == found.confidence.dtype == np.float32


def test_the_surest_comes_first(detector: NetworkDetector) -> None:
    rgb = np.full((64, 96, 3), 255, np.uint8)
    cv2.circle(rgb, (20, 30), 6, (120, 120, 120), -1)
    cv2.circle(rgb, (70, 30), 6, (20, 20, 20), -1)
    found = detector.detect(rgb, 0.424)
    np.testing.assert_allclose(found.xy_px, [[70, 30], [20, 30]], atol=1)
    np.testing.assert_allclose(found.confidence, [235 / 255, 135 / 255], atol=0.01)


def test_an_empty_field_has_none(detector: NetworkDetector) -> None:
    for side in (1, 100):
        assert len(detector.detect(np.full((side, side, 3), 240, np.uint8), 0.3)) == 0


@pytest.mark.parametrize("side", [2, 3, 5, 31, 33])
def test_a_field_of_any_size_keeps_its_nuclei_inside(detector: NetworkDetector, side: int) -> None:
    found = detector.detect(np.zeros((side, side + 3, 3), np.uint8), 0.424)
    assert len(found) == 1  # one dark plateau, or what is left of it beside the border
    assert (found.xy_px >= 0).all()
    assert (found.xy_px <= [side + 2, side - 1]).all()


@pytest.mark.parametrize("corner", [(0, 0), (1, 0), (0, 1), (1, 1)])
def test_a_nucleus_on_the_border_is_found_at_every_border(
    detector: NetworkDetector, corner: tuple[int, int]
) -> None:
    height, width = 75, 90
    at = (corner[0] * (width - 1.0), corner[1] * (height - 1.0))
    found = detector.detect(field(height, width, 0.424, [at]), 0.424)
    assert len(found) == 1
    assert distances_um(found, [at], 0.424)[0] < 4 * 0.424  # a cell


def test_large_fields_are_the_same_in_tiles(
    detector: NetworkDetector, monkeypatch: pytest.MonkeyPatch
) -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (70, 4200, 3), dtype=np.uint8)
    whole = detector.detect(rgb, 0.424)
    monkeypatch.setattr(module, "WHOLE_PX", 64)
    tiled = detector.detect(rgb, 0.424)
    assert len(whole) > 100
    np.testing.assert_array_equal(tiled.xy_px, whole.xy_px)
    np.testing.assert_array_equal(tiled.confidence, whole.confidence)


def test_pixel_sizes_without_sense(detector: NetworkDetector) -> None:
    rgb = np.zeros((32, 32, 3), np.uint8)
    with pytest.raises(ValueError, match=r"^nuclei cannot be told at 1.5 um per px; take images"):
        detector.detect(rgb, 1.5)
    for wrong in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match="must be positive"):
            detector.detect(rgb, wrong)


def test_the_name_says_what_runs(detector: NetworkDetector) -> None:
    assert detector.name == "darkness 1.0.0 (test, fp32)"
    assert detector.notices == ()


@settings(deadline=None)
@given(x=st.floats(20, 60), y=st.floats(20, 60), height=st.floats(0.4, 1.4))
def test_a_peak_between_cells(x: float, y: float, height: float) -> None:
    """Positions are pixels: cell i is centered at (i + 0.5) * 4 - 0.5."""
    center = (np.arange(20) + 0.5) * 4 - 0.5
    heatmap: F32 = (
        height
        * np.exp(-((center[None, :] - x) ** 2) / 32)
        * np.exp(-((center[:, None] - y) ** 2) / 32)
    ).astype(np.float32)
    xy, confidence = heatmap_nuclei(heatmap, 0.25, 8)
    np.testing.assert_allclose(xy, [[x, y]], atol=0.3)
    assert confidence[0] == min(heatmap.max(), np.float32(1))


@pytest.mark.parametrize(("radius_px", "kept"), [(11.9, 2), (12.1, 1)])
def test_the_radius_is_in_pixels(radius_px: float, kept: int) -> None:
    heatmap = np.zeros((9, 9), np.float32)
    heatmap[4, 2], heatmap[4, 5] = 0.8, 0.9  # three cells of four pixels apart
    xy, _ = heatmap_nuclei(heatmap, 0.3, radius_px)
    assert len(xy) == kept
    np.testing.assert_allclose(xy[0], [21.5, 17.5])

"""Nuclei by the trained network: field, grid, heatmap, peaks, field again."""

from dataclasses import replace

import cv2
import numpy as np

from inference.arrays import F32, U8
from inference.grid import AnalysisGrid, analysis_grid
from inference.nuclei.network.manifest import NetworkManifest
from inference.nuclei.network.network_runtime import NetworkRuntime
from inference.nuclei.network.runtime import STRIDE_PX
from inference.nuclei.network.tiles import ALIGNMENT_PX, WHOLE_PX, tiled_heatmap
from inference.nuclei.peaks import local_maxima
from inference.nuclei.points import NucleusPoints
from inference.nuclei.visibility import require_nuclei_visible

_NEARLY = 1.15
"""A field up to this much coarser than the network's grid is taken as it is."""


class NetworkDetector:
    """Finds nuclei with a trained network. Safe for several threads at once.

    Parameters
    ----------
    manifest
        What the network is.
    runtime
        What runs it.
    """

    def __init__(self, manifest: NetworkManifest, runtime: NetworkRuntime) -> None:
        self._manifest = manifest
        self._runtime = runtime

    @property
    def name(self) -> str:
        """Return name and version of the network and what really runs it, for the provenance."""
        return f"{self._manifest.name} {self._manifest.version} ({self._runtime.label})"

    @property
    def notices(self) -> tuple[str, ...]:
        """Return a line for the user each time that a runtime had to be replaced."""
        return self._runtime.notices

    @property
    def left_out(self) -> tuple[str, ...]:
        """Return a line for each runtime that this machine offers and that is not used, and why."""
        return self._runtime.left_out

    def detect(self, rgb: U8, um_per_px: float) -> NucleusPoints:
        """Return the nuclei of an RGB field (h, w, 3), the surest first.

        The confidence is the heatmap's value at the peak.

        Raises
        ------
        ValueError
            With one line, if the pixel size is not positive or too coarse to see nuclei.
        DetectorUnavailable
            The last runtime that could run the network has failed.
        """
        require_nuclei_visible(um_per_px)
        grid = _network_grid(rgb, um_per_px, self._manifest.um_per_px)
        xy, confidence = heatmap_nuclei(
            self._heatmap(grid.rgb),
            self._manifest.threshold,
            self._manifest.suppression_radius_um / grid.um_per_px,
        )
        # The center of the last cells may lie a pixel or two beyond the field.
        height, width = rgb.shape[:2]
        last = np.array([width - 1, height - 1], np.float32)
        return NucleusPoints(np.minimum(grid.to_field(xy), last), confidence)

    def _heatmap(self, rgb: U8) -> F32:
        """Return the heatmap of an image (h, w, 3) at the network's pixel size.

        One value per 4 x 4 pixels of the image, the last ones cut off by its border included.
        """
        height, width = rgb.shape[:2]
        whole = padded(rgb)
        if whole.shape[0] * whole.shape[1] <= WHOLE_PX:
            heatmap = self._runtime.run(whole)
        else:
            heatmap = tiled_heatmap(whole, self._runtime.run, self._manifest.context_px)
        # A peak in the padding is no nucleus of the field, and must not suppress one.
        return heatmap[: -(-height // STRIDE_PX), : -(-width // STRIDE_PX)]


def heatmap_nuclei(heatmap: F32, threshold: float, radius_px: float) -> tuple[F32, F32]:
    """Return the peaks of a heatmap, the highest first.

    Parameters
    ----------
    heatmap
        (h, w) float32; cell i is centered at pixel ``(i + 0.5) * 4 - 0.5`` of the image.
    threshold
        Least value of a peak.
    radius_px
        Least distance of two peaks, in pixels of the image.

    Returns
    -------
    xy
        (n, 2) float32, pixels of the image.
    confidence
        (n,) float32, the value at the peak, 1 where it is above.
    """
    cells, value = local_maxima(heatmap, threshold, radius_px / STRIDE_PX)
    xy = (cells + np.float32(0.5)) * np.float32(STRIDE_PX) - np.float32(0.5)
    return xy, np.minimum(value, np.float32(1))


def _network_grid(rgb: U8, um_per_px: float, wanted_um_per_px: float) -> AnalysisGrid:
    """Return the field on the analysis grid; a coarser one enlarged to it.

    The membranes are measured on a coarse field as it is, but to the network its nuclei would be
    smaller than those it has learned.
    """
    grid = analysis_grid(rgb, um_per_px)
    factor = grid.um_per_px / wanted_um_per_px
    if factor <= _NEARLY:
        return grid
    height, width = rgb.shape[:2]
    size = (round(width * factor), round(height * factor))
    larger = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_CUBIC), np.uint8)
    scale = (size[0] / width, size[1] / height)
    return replace(grid, rgb=larger, um_per_px=um_per_px / scale[0], scale=scale)


def padded(rgb: U8) -> U8:
    """Return the image mirrored beyond its right and lower border, to multiples of the alignment.

    Mirrored, because the edge of any even color beyond a border looks like nuclei to the network:
    with glass there it found five times as many false nuclei along these two borders.
    """
    height, width = rgb.shape[:2]
    below, right = -height % ALIGNMENT_PX, -width % ALIGNMENT_PX
    if not below and not right:
        return np.ascontiguousarray(rgb)
    larger = cv2.copyMakeBorder(rgb, 0, below, 0, right, cv2.BORDER_REFLECT_101)
    return np.asarray(larger, np.uint8)

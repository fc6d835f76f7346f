"""Rough nuclei by image processing, without a trained network (Zhang 2020, section 3.1, Fig. 3).

They pre-annotate images for training and are the detector of last resort. What makes a nucleus:

1. contrast at nuclear size: hematoxylin is high, DAB is low (a blue hole in a brown ring);
2. outside of the stained region, a part of the nucleus mask that is not too small;
3. neighbors without gaps: tumor cells lie close together, stroma and immune cells do not.

The third is ours and does most of the work of telling tumor from stroma.
"""

import numpy as np

from inference.arrays import U8
from inference.grid import analysis_grid
from inference.nuclei.peaks import local_maxima
from inference.nuclei.points import NucleusPoints
from inference.nuclei.rough_masks import (
    densities,
    gap_fraction,
    nuclear_contrast,
    nuclear_level,
    nucleus_parts,
    stained_region,
)
from inference.nuclei.rough_settings import RoughSettings
from inference.nuclei.visibility import require_nuclei_visible
from inference.stain.deconvolution import Deconvolution
from inference.stain.density import White
from inference.stain.vectors import StainVectors


class RoughNuclei:
    """Nuclei by image processing.

    Parameters
    ----------
    vectors, white
        Stain vectors and white point. Gaps between cells are judged by the white point: a white
        that is too bright lets stroma pass, one that is too dark drops pale tumor.
    settings
        None takes the defaults.
    """

    def __init__(
        self, vectors: StainVectors, white: White, settings: RoughSettings | None = None
    ) -> None:
        self._deconvolution = Deconvolution(vectors, white)
        self._settings = settings or RoughSettings()

    @property
    def name(self) -> str:
        """Return name and version for the provenance."""
        return "rough-nuclei 1"

    def detect(self, rgb: U8, um_per_px: float) -> NucleusPoints:
        """Return the nuclei of an RGB field (h, w, 3), the strongest contrast first.

        The confidence rises with the contrast c, as c / (c + nuclear level), and falls to zero
        as the gaps around the nucleus come near to the limit.

        Raises
        ------
        ValueError
            With one line, if the pixel size is not positive or too coarse to see nuclei.
        """
        require_nuclei_visible(um_per_px)
        grid = analysis_grid(rgb, um_per_px)
        settings = self._settings
        field = densities(grid.rgb, grid.um_per_px, self._deconvolution, settings)
        level = nuclear_level(field, settings)
        if level is None:
            return NucleusPoints.none()
        xy, contrast = local_maxima(
            nuclear_contrast(field, settings),
            min(settings.contrast, settings.contrast_stained) * level,
            settings.separation_um / field.um_per_px,
        )
        column, row = np.rint(xy).astype(np.intp).T
        stained = stained_region(field, settings)[row, column]
        in_nucleus = nucleus_parts(field, level, settings)[row, column]
        gap = gap_fraction(field, settings)[row, column]
        kept = np.where(
            stained,
            contrast >= settings.contrast_stained * level,
            (contrast >= settings.contrast * level) & in_nucleus,
        )
        kept &= gap <= settings.gap_limit
        confidence = contrast / (contrast + np.float32(level))
        if settings.gap_limit < 1:
            confidence *= 1 - gap / np.float32(settings.gap_limit)
        scale = np.asarray(field.scale, np.float32)
        on_grid = (xy[kept] + np.float32(0.5)) / scale - np.float32(0.5)
        return NucleusPoints(grid.to_field(on_grid), confidence[kept])

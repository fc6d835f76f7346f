"""Settings of the rough nuclei, and where their defaults come from."""

import math
from dataclasses import dataclass, fields


@dataclass(frozen=True)
class RoughSettings:
    """What tells a tumor nucleus by image processing; lengths in um, densities base 10.

    The defaults were set on 75 hand-annotated crops of six cores of one laboratory, esophageal
    carcinoma at about 0.25 um per px, and then measured on four other cores (F1 0.77 and 0.77; the
    idea of the gap test, though not its numbers, came from all ten).

    They lie on a broad optimum, except the gap test, which weighs missed tumor nuclei against
    reported stroma and depends on the laboratory: it raises F1 from 0.62 to 0.77 there, and lowers
    it on Ki-67 fields of another laboratory whose tumor cytoplasm is as clear as glass (BCData, at
    0.25 um per px: 0.66 without, 0.50 with the test). Turn it off for such sections.

    Attributes
    ----------
    bilateral_range_od, bilateral_sigma_um
        Bilateral filter of both stains (Zhang 2020, section 3.1).
    dab_weight
        DAB that is subtracted from hematoxylin. The paper takes hematoxylin alone outside of the
        stained region and DAB alone inside; half of the DAB finds more in both, since a membrane
        too pale to make a stained region still outlines its nucleus.
    core_um, surround_um
        Standard deviations of the two Gaussians whose difference is the contrast of a nucleus
        with its surroundings. A nucleus of that size answers most.
    contrast
        Least contrast outside of the stained region, as a fraction of the nuclear level: the
        hematoxylin density by which Otsu's method tells nuclei from other tissue of the field.
    contrast_stained
        The same inside the stained region, where gaps between membranes look like nuclei.
    separation_um
        Least distance of two nuclei.
    membrane_od, membrane_radius_um
        The membrane mask: DAB that exceeds its grayscale opening with a disc of this radius.
    membrane_dilation_um, hole_um2
        The stained region is the membrane mask dilated by a disc of this radius, with its holes up
        to this area filled (nuclei, and not the lumen of a gland), and eroded again.
    nucleus_level, nucleus_min_um2
        The nucleus mask is hematoxylin above this fraction of the nuclear level. Outside of the
        stained region, a nucleus must lie in a part of it that is at least so large.
    gap_od, gap_reach_um, gap_limit
        Tumor cells lie close together, stroma and immune cells between gaps. A gap is a pixel of
        lower density in green than this (divided by the green of the hematoxylin vector, so that
        it is an amount of hematoxylin). Where gaps fill more than `gap_limit` of the surroundings
        (Gaussian weight, standard deviation `gap_reach_um`), a nucleus is not taken for tumor.
        1 turns the test off.
    tissue_od
        Density in green above which a pixel (smoothed by 2 um) is tissue; Otsu's method sees
        nothing else.
    least_level_od
        The nuclear level is not taken below this: a field without nuclei has none.
    """

    bilateral_range_od: float = 0.09
    bilateral_sigma_um: float = 0.85
    dab_weight: float = 0.5
    core_um: float = 1.4
    surround_um: float = 5.6
    contrast: float = 0.2
    contrast_stained: float = 0.6
    separation_um: float = 4.0
    membrane_od: float = 0.10
    membrane_radius_um: float = 2.2
    membrane_dilation_um: float = 1.5
    hole_um2: float = 150.0
    nucleus_level: float = 0.8
    nucleus_min_um2: float = 8.0
    gap_od: float = 0.044
    gap_reach_um: float = 3.0
    gap_limit: float = 0.18
    tissue_od: float = 0.03
    least_level_od: float = 0.04

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not 0 <= value < math.inf:
                raise ValueError(f"{field.name} of the rough nuclei must not be negative: {value}")
        if not 0 < self.core_um < self.surround_um:
            raise ValueError(
                f"core_um must be positive and below surround_um, not {self.core_um} and "
                f"{self.surround_um}"
            )

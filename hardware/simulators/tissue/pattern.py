"""What kind of slide is simulated: the mix of its tumor cells and its architecture."""

from dataclasses import dataclass
from typing import Literal

ClassMix = tuple[float, float, float, float, float]
"""Shares of no staining, weak incomplete, weak complete, intense incomplete, intense complete."""


@dataclass(frozen=True)
class SlidePattern:
    """A slide, apart from its seed.

    Attributes
    ----------
    name, score
        Name of the pattern and the score that its mix means: by ASCO/CAP 2018 for the breast,
        by Hofmann (gastric resection) where `site` is ``gastric``.
    mix
        Shares of the five classes among the tumor cells; they must add up to 1.
    clone_mix, clone_share
        A second population with its own mix in regions of about `clone_um`, and its share.
    patch_um
        Size of the patches in which neighbors stain alike.
    nest_fraction, nest_um, strand_um
        Share of the tissue that is tumor, size of its nests, width of the strands between.
    lumen_depth_um
        Distance of a lumen from the outline of the nest (glandular tumors), 0 for solid nests.
    cell_um
        Distance between neighboring tumor cells.
    immune, vessels, dcis, benign, tubules, fat, necrosis, glass
        Amounts from 0 (none) to 1 (all over); ducts, glands and vessels as the chance of a site.
    blush
        Density of DAB in the cytoplasm.
    gap_um
        Size of the gaps in the corners where three cells meet.
    weak, moderate, intense
        DAB density of a weak incomplete, a weak complete, an intense membrane.
    single_cells, mitoses, apoptoses
        Chances per cell.
    folds, dirt
        Amounts from 0 to 1.
    """

    name: str
    score: Literal["0", "0+", "1+", "2+", "3+"]
    mix: ClassMix
    site: Literal["breast", "gastric"] = "breast"
    clone_mix: ClassMix | None = None
    clone_share: float = 0.0
    clone_um: float = 380.0
    patch_um: float = 60.0
    nest_fraction: float = 0.65
    nest_um: float = 240.0
    strand_um: float = 5.0
    lumen_depth_um: float = 0.0
    cell_um: float = 12.4
    immune: float = 0.25
    vessels: float = 0.45
    dcis: float = 0.12
    benign: float = 0.1
    tubules: float = 0.06
    fat: float = 0.08
    necrosis: float = 0.03
    glass: float = 0.05
    blush: float = 0.05
    gap_um: float = 0.7
    weak: float = 0.38
    moderate: float = 0.56
    intense: float = 1.25
    single_cells: float = 0.012
    mitoses: float = 0.006
    apoptoses: float = 0.006
    folds: float = 0.15
    dirt: float = 0.3

    def __post_init__(self) -> None:
        """Refuse mixes that are no shares."""
        for mix in (self.mix, self.clone_mix):
            if mix is not None and (min(mix) < 0 or abs(sum(mix) - 1) > 1e-6):
                raise ValueError(f"shares of the five classes must add up to 1, not {mix}")
        if not 0 <= self.clone_share <= 1:
            raise ValueError(f"the clone's share must be from 0 to 1, not {self.clone_share}")
        if not 0 < self.nest_fraction < 1:
            raise ValueError(f"the nest fraction must be between 0 and 1, not {self.nest_fraction}")
        if not 6 <= self.cell_um <= 40:
            raise ValueError(f"cells must be 6 to 40 um apart, not {self.cell_um}")

    @property
    def expected_mix(self) -> ClassMix:
        """Return the shares over a whole slide, the clone included."""
        if self.clone_mix is None:
            return self.mix
        share = self.clone_share
        a, b, c, d, e = (
            (1 - share) * m + share * k for m, k in zip(self.mix, self.clone_mix, strict=True)
        )
        return (a, b, c, d, e)


_3PLUS: ClassMix = (0.03, 0.05, 0.12, 0.16, 0.64)

_PATTERNS = (
    SlidePattern("0", "0", (1.0, 0.0, 0.0, 0.0, 0.0), blush=0.02, nest_fraction=0.55),
    SlidePattern("0+", "0+", (0.94, 0.06, 0.0, 0.0, 0.0), blush=0.03),
    SlidePattern("1+", "1+", (0.46, 0.51, 0.03, 0.0, 0.0), blush=0.08, weak=0.4),
    SlidePattern("2+", "2+", (0.15, 0.33, 0.43, 0.06, 0.03), blush=0.08),
    SlidePattern("3+", "3+", _3PLUS, blush=0.17, strand_um=7.0),
    SlidePattern(
        "mixed",
        "3+",
        (0.48, 0.44, 0.07, 0.01, 0.0),
        clone_mix=_3PLUS,
        clone_share=0.35,
        blush=0.07,
    ),
    SlidePattern("borderline", "2+", (0.20, 0.34, 0.30, 0.07, 0.09), blush=0.08),
    SlidePattern(
        "gastric",
        "3+",
        (0.10, 0.20, 0.02, 0.63, 0.05),
        site="gastric",
        nest_fraction=0.62,
        nest_um=150.0,
        strand_um=9.0,
        lumen_depth_um=25.0,
        cell_um=11.0,
        dcis=0.0,
        benign=0.05,
        fat=0.0,
        blush=0.09,
    ),
)

PATTERN_NAMES = tuple(p.name for p in _PATTERNS)
"""Names that `pattern` knows."""


def pattern(name: str) -> SlidePattern:
    """Return the preset of that name.

    Raises
    ------
    ValueError
        For a name that is not in `PATTERN_NAMES`.
    """
    for preset in _PATTERNS:
        if preset.name == name:
            return preset
    raise ValueError(f"no slide pattern {name!r}; there are {', '.join(PATTERN_NAMES)}")

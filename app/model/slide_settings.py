"""What a user sets before fields are scored."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from inference.nuclei.choice import DetectorKind
from inference.regions import Region
from inference.scoring.profile import RuleProfile
from inference.stain.density import White
from inference.stain.profile import StainProfile


@dataclass(frozen=True)
class WhitePoint:
    """A white point, where it is from (e.g. ``--blank FILE``), and what to be warned of."""

    rgb: White
    origin: str
    warning: str | None = None


@dataclass(frozen=True)
class SlideSettings:
    """Settings of one run over the saved fields of one slide.

    Attributes
    ----------
    stain
        Stain profile with the thresholds and the method that apply.
    rules
        Rule profile.
    detector
        ``auto``, ``linknet`` or ``rough``.
    um_per_px
        Pixel size for images whose file states none.
    white
        White point given for this run; None takes the profile's, else an estimate.
    regions
        By the path of a saved image, its regions in its own pixels.
    overlay
        Whether a picture of every field is written.
    """

    stain: StainProfile
    rules: RuleProfile
    detector: DetectorKind = "auto"
    um_per_px: float | None = None
    white: WhitePoint | None = None
    regions: Mapping[Path, tuple[Region, ...]] = field(default_factory=dict)
    overlay: bool = False

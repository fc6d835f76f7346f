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
    """A white point and where it is from.

    Attributes
    ----------
    rgb
        Red, green and blue of bare glass.
    origin
        E.g. ``--white``, ``--blank empty.png`` or ``stain profile``.
    sha256
        Hash of the picture that it was measured on, for a given picture of an empty field.
    """

    rgb: White
    origin: str
    sha256: str | None = None


@dataclass(frozen=True)
class RegionFile:
    """The regions of one saved image that stand in one file.

    Attributes
    ----------
    name, sha256
        The file's name and the hash of its bytes.
    regions
        In pixels of the whole image.
    """

    name: str
    sha256: str
    regions: tuple[Region, ...]


@dataclass(frozen=True)
class SlideSettings:
    """Settings of one run over the saved fields of one slide.

    Attributes
    ----------
    stain
        Stain profile with the thresholds and the method that apply.
    rules
        Rule profile.
    stain_changes
        What was changed in the stain profile for this run, e.g. ``--t-weak 0.1``.
    detector
        ``auto``, ``linknet`` or ``rough``.
    um_per_px
        Pixel size for images whose file states none.
    white
        White point given for this run; None takes the profile's, else an estimate.
    regions
        By the path of a saved image, its files of regions.
    overlay
        Whether a picture of every field is written.
    contours
        Whether cells and membranes of every field are written as GeoJSON.
    """

    stain: StainProfile
    rules: RuleProfile
    stain_changes: tuple[str, ...] = ()
    detector: DetectorKind = "auto"
    um_per_px: float | None = None
    white: WhitePoint | None = None
    regions: Mapping[Path, tuple[RegionFile, ...]] = field(default_factory=dict)
    overlay: bool = False
    contours: bool = False

    def regions_of(self, path: Path) -> tuple[Region, ...]:
        """Return the regions of an image from all of its files."""
        return tuple(region for file in self.regions.get(path, ()) for region in file.regions)

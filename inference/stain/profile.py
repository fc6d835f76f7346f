"""Stain profiles: what belongs to one antibody, stainer and camera, as named files."""

import hashlib
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from inference.levels import Level
from inference.stain.density import to_units
from inference.stain.enhancement import Background
from inference.stain.vectors import RUIFROK, StainVectors

Triple = tuple[float, float, float]
Fraction = Annotated[float, Field(gt=0, lt=1)]
Length = Annotated[float, Field(gt=0, le=50)]
DEFAULT_PROFILE = "camera"


class ProfileProblem(ValueError):
    """A stain profile that cannot be used; the message is one line for the user."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class LevelThreshold(_Part):
    """One staining level; see `inference.levels.Level`. The threshold is in optical density."""

    name: str
    of: Literal["contrast", "density"]
    threshold_od: Annotated[float, Field(gt=0, lt=1.9)]


class CompletenessSettings(_Part):
    """When a membrane is complete, and when a cell is touched by it at all.

    Attributes
    ----------
    complete, touched
        Ring method: fraction of the ring above which it is complete, or incomplete.
    dilation_um
        Paper's method: d of step 7, from membrane to nucleus center.
    min_area_um2, max_area_um2
        Size of an innermost enclosed area that can be a cell.
    """

    complete: Fraction = 0.7
    touched: Fraction = 0.4
    dilation_um: Length = 2.5
    min_area_um2: Annotated[float, Field(gt=0)] = 20.0
    max_area_um2: Annotated[float, Field(gt=0)] = 400.0

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.touched > self.complete:
            raise ValueError("touched must not be above complete")
        if self.min_area_um2 >= self.max_area_um2:
            raise ValueError("min_area_um2 must be below max_area_um2")
        return self


class StainProfile(_Part):
    """Everything about a stain that the analysis must know.

    Attributes
    ----------
    white
        RGB of bare glass; None when it must be given or estimated.
    levels
        Weakest first; each level implies the one before.
    background
        How the local background is removed; ``"none"`` leaves it, as the paper does.
    origin
        On which images the figures were found, and how.
    """

    name: str
    antibody: str
    origin: str
    white: Triple | None = None
    hematoxylin: Triple = RUIFROK.hematoxylin
    dab: Triple = RUIFROK.dab
    residual: Triple | None = None
    levels: tuple[LevelThreshold, ...]
    method: Literal["ring", "paper"] = "ring"
    background: Background | Literal["none"] = Background()
    completeness: CompletenessSettings = CompletenessSettings()

    @model_validator(mode="after")
    def _usable(self) -> Self:
        if not self.levels:
            raise ValueError("levels must name at least one level")
        if self.white is not None and not all(50 <= channel <= 255 for channel in self.white):
            raise ValueError("white must be three numbers from 50 to 255")
        names = [level.name for level in self.levels]
        if len(set(names)) < len(names):
            raise ValueError("two levels have the same name")
        for place, level in enumerate(self.levels):
            # Contrast is never above density: of every pixel in a weaker level of contrast, a
            # lower threshold of density would hold too.
            weaker = [
                other
                for other in self.levels[:place]
                if level.of == "density" or other.of == "contrast"
            ]
            too_high = [other for other in weaker if other.threshold_od >= level.threshold_od]
            if too_high:
                raise ValueError(
                    f"the threshold of {level.name} ({level.threshold_od:g}) must be above that of "
                    f"{too_high[-1].name} ({too_high[-1].threshold_od:g})"
                )
        _ = self.vectors
        return self

    @property
    def vectors(self) -> StainVectors:
        """Return the stain vectors."""
        return StainVectors(self.hematoxylin, self.dab, self.residual)

    @property
    def unit_levels(self) -> tuple[Level, ...]:
        """Return the levels in the units of the byte images."""
        return tuple(Level(x.name, to_units(x.threshold_od), x.of) for x in self.levels)

    @property
    def sha256(self) -> str:
        """Return a hash of all settings, for the provenance."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    def with_thresholds(self, thresholds_od: Mapping[str, float]) -> "StainProfile":
        """Return the profile with other thresholds, by the names of the levels.

        Raises
        ------
        ProfileProblem
            A level does not exist, or the thresholds are out of order.
        """
        unknown = set(thresholds_od) - {level.name for level in self.levels}
        if unknown:
            known = ", ".join(level.name for level in self.levels)
            raise ProfileProblem(
                f"stain profile '{self.name}' has no level '{min(unknown)}'; it has {known}"
            )
        levels = [
            level.model_dump() | {"threshold_od": thresholds_od.get(level.name, level.threshold_od)}
            for level in self.levels
        ]
        return stain_profile_from(self.model_dump() | {"levels": levels}, self.name)


def stain_profile_names() -> list[str]:
    """Return the names of the profiles that ship with the program."""
    shipped = files("inference.stain") / "profiles"
    return sorted(
        f.name.removesuffix(".toml") for f in shipped.iterdir() if f.name.endswith(".toml")
    )


def load_stain_profile(name: str, folder: Path | None = None) -> StainProfile:
    """Load a profile by its shipped name, by its name in a folder, or by the path of a file.

    Raises
    ------
    ProfileProblem
        One line: no such profile (with the names there are), or what is wrong in the file.
    """
    shipped = files("inference.stain") / "profiles" / f"{name}.toml"
    own = folder / f"{name}.toml" if folder else None
    if own is not None and own.is_file():
        source: Path | Traversable = own
    elif name in stain_profile_names():
        source = shipped
    elif Path(name).is_file():
        source = Path(name)
    else:
        own_names = sorted(file.stem for file in folder.glob("*.toml")) if folder else []
        known = ", ".join(dict.fromkeys((*stain_profile_names(), *own_names)))
        raise ProfileProblem(
            f"there is no stain profile '{name}'; use one of {known}, or the path of a .toml file"
        )
    try:
        values = tomllib.loads(source.read_text("utf-8"))
    except (OSError, ValueError) as error:  # bad UTF-8 and bad TOML are ValueErrors
        raise ProfileProblem(f"stain profile '{name}' cannot be read: {error}") from error
    return stain_profile_from(values, name)


def stain_profile_from(values: Mapping[str, object], name: str) -> StainProfile:
    """Return a profile from plain values.

    Raises
    ------
    ProfileProblem
        One line that names the profile, and what is wrong in it.
    """
    try:
        return StainProfile.model_validate(values)
    except ValidationError as error:
        raise ProfileProblem(_one_line(error, name)) from error


def _one_line(error: ValidationError, name: str) -> str:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    text = first["msg"].removeprefix("Value error, ")
    return f"stain profile '{name}': {place + ': ' if place else ''}{text}"

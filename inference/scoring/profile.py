"""Rule profiles: a scoring guideline as data."""

import hashlib
import json
import tomllib
from enum import StrEnum
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from inference.scoring.counts import quantity_name

DEFAULT_PROFILE = "asco-cap-2018"
"""Breast, ASCO/CAP 2018, affirmed 2023."""

MEASURED = "{measured}"
"""Stands in a rule's reason where the numbers go."""

_SUFFIX = ".toml"


class ProfileError(ValueError):
    """A rule profile is unknown, unreadable or wrong; the message is one line for the user."""


class Score(StrEnum):
    """HER2 scores, from no answer and the lowest to the highest."""

    NOT_ASSESSABLE = "not assessable"
    ZERO = "0"
    ULTRALOW = "0+"
    ONE = "1+"
    TWO = "2+"
    THREE = "3+"

    @property
    def rank(self) -> int:
        """Place in the order of the scores."""
        return list(Score).index(self)


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


ClassSymbol = Literal["ic", "ii", "wc", "wi", "ns"]
Comparison = Literal[">", ">=", "<", "<="]
Classes = Annotated[tuple[ClassSymbol, ...], Field(min_length=1)]
Count = Annotated[int, Field(ge=0, strict=True)]
Denominator = Annotated[int, Field(ge=1, strict=True)]
Line = Annotated[str, Field(min_length=1, pattern=r"^[^\r\n]+$")]


class _OfClasses(_Data):
    classes: Classes

    @property
    def quantity(self) -> str:
        """The name of the sum of classes, as by `quantity_name`."""
        return quantity_name(self.classes)


class ShareCondition(_OfClasses):
    """A sum of classes, as a part of all counted cells, compared with an exact fraction."""

    kind: Literal["share"]
    comparison: Comparison
    numerator: Count
    denominator: Denominator


class FloorCondition(_OfClasses):
    """A sum of classes that reaches (or, with ``reached = false``, stays below) a floor."""

    kind: Literal["floor"]
    floor: str
    reached: bool = True


class ClusterCondition(_OfClasses):
    """A connected cluster of at least so many cells of a sum of classes, in any field."""

    kind: Literal["cluster"]
    at_least: Annotated[int, Field(ge=1, strict=True)]


Condition = ShareCondition | FloorCondition | ClusterCondition
_Conditions = tuple[Annotated[Condition, Field(discriminator="kind")], ...]


class Floor(_Data):
    """The least staining that counts as staining: a fraction, and a number of cells seen.

    Both must be reached. The guidelines know no floor; a detector and a classifier make
    mistakes on single cells, so that one needs to be set, and to be seen.
    """

    numerator: Count
    denominator: Denominator
    minimum_cells: Count


class Flag(_Data):
    """A remark of the guideline that goes with a score.

    A rule names its flags. A flag with conditions of its own is raised whenever they hold.
    """

    text: Line
    when: _Conditions = ()


class Rule(_Data):
    """One row of the guideline's table.

    Attributes
    ----------
    name
        Short name.
    when
        Conditions that must all hold; none for the last rule, which takes the rest.
    report
        Classes whose share the reason of a rule without conditions tells.
    score
        The score that the rule proposes.
    reason
        Words around `MEASURED`, which the numbers replace.
    flags
        Names of flags raised with the score.
    cannot_exclude
        Scores that the five classes cannot tell from this one.
    """

    name: Line
    when: _Conditions
    report: tuple[ClassSymbol, ...] = ()
    score: Score
    reason: Line
    flags: tuple[str, ...] = ()
    cannot_exclude: tuple[Score, ...] = ()


class Guideline(_Data):
    """Where the rules come from."""

    title: Line
    source: Line


class RuleProfile(_Data):
    """One guideline as data: floors, limits and ordered rules.

    Attributes
    ----------
    name, version
        Identify the profile.
    guideline
        Title and source of the definitions.
    minimum_cells
        Fewer counted tumor cells give no score. Also the rule with number 1 in every profile.
    cluster_distance_um
        Farthest that two neighboring nuclei of one cluster may be apart; only for profiles
        with cluster conditions. The upper limit keeps the number of neighbors of a cell, and
        so the memory, bounded.
    floors
        By name.
    flags
        By name.
    rules
        In order of precedence: the first whose conditions hold gives the score. Rule i of the
        tuple has the number i + 2.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    version: Line
    guideline: Guideline
    minimum_cells: Annotated[int, Field(ge=1, strict=True)]
    cluster_distance_um: Annotated[float, Field(gt=0, le=100)] | None = None
    floors: dict[str, Floor] = {}
    flags: dict[str, Flag] = {}
    rules: Annotated[tuple[Rule, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = [rule.name for rule in self.rules]
        if len(set(names)) < len(names):
            raise ValueError("two rules have one name")
        if any(not rule.when for rule in self.rules[:-1]) or self.rules[-1].when:
            raise ValueError("the last rule, and no other, must be without conditions")
        for rule in self.rules:
            if rule.reason.count(MEASURED) != 1:
                raise ValueError(f"the reason of rule '{rule.name}' must hold {MEASURED} once")
            if bool(rule.report) == bool(rule.when):
                raise ValueError(
                    f"rule '{rule.name}' needs either conditions in 'when' or classes in 'report'"
                )
            for flag in rule.flags:
                if flag not in self.flags:
                    raise ValueError(f"rule '{rule.name}' raises the unknown flag '{flag}'")
        for condition in self.conditions:
            if isinstance(condition, FloorCondition) and condition.floor not in self.floors:
                raise ValueError(f"there is no floor '{condition.floor}'")
        if self.cluster_quantities and self.cluster_distance_um is None:
            raise ValueError("rules about clusters need cluster_distance_um")
        return self

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """All conditions, of rules and of flags."""
        of_rules = [condition for rule in self.rules for condition in rule.when]
        of_flags = [condition for flag in self.flags.values() for condition in flag.when]
        return (*of_rules, *of_flags)

    @property
    def quantities(self) -> tuple[str, ...]:
        """Every sum of classes that the rules and flags look at, in order of appearance."""
        return tuple(dict.fromkeys(condition.quantity for condition in self.conditions))

    @property
    def cluster_quantities(self) -> tuple[str, ...]:
        """The sums of classes whose largest cluster the rules look at."""
        clusters = (item for item in self.conditions if isinstance(item, ClusterCondition))
        return tuple(dict.fromkeys(condition.quantity for condition in clusters))

    @cached_property
    def sha256(self) -> str:
        """Hash of the content for the provenance; comments and line ends do not change it."""
        content = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(content.encode()).hexdigest()


def profile_names() -> tuple[str, ...]:
    """Return the names of the profiles that come with the program, the default first."""
    entries = files("inference.scoring").joinpath("profiles").iterdir()
    found = (entry.name for entry in entries if entry.name.endswith(_SUFFIX))
    names = (name.removesuffix(_SUFFIX) for name in found)
    return tuple(sorted(names, key=lambda name: (name != DEFAULT_PROFILE, name)))


def load_profile(name_or_path: str | Path = DEFAULT_PROFILE) -> RuleProfile:
    """Read a rule profile.

    Parameters
    ----------
    name_or_path
        A name from `profile_names`, or the path of a ``.toml`` file of one's own.

    Raises
    ------
    ProfileError
        When there is no such profile, or its file is not a valid one.
    """
    wanted = str(name_or_path)
    try:
        if wanted in profile_names():
            source = files("inference.scoring").joinpath("profiles", wanted + _SUFFIX)
            text = source.read_text(encoding="utf-8")
        elif wanted.endswith(_SUFFIX):
            text = Path(wanted).read_text(encoding="utf-8")
        else:
            known = ", ".join(profile_names())
            raise ProfileError(
                f"there is no rule profile '{wanted}'; use one of {known}, or the path of a "
                f"{_SUFFIX} file"
            )
        return RuleProfile.model_validate(tomllib.loads(text))
    except OSError as error:
        raise ProfileError(f"cannot read rule profile {wanted}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProfileError(f"rule profile {wanted} is not a TOML file: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"])
        where = f" at {place}" if place else ""
        message = first["msg"].removeprefix("Value error, ")
        raise ProfileError(f"rule profile {wanted} is wrong{where}: {message}") from error

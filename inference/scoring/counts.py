"""Counts of tumor cells per class, and what a field adds to a slide's score."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from math import isfinite

from inference.cells.classes import CellClass
from inference.cells.table import CellTable

SYMBOLS = tuple(cell_class.symbol for cell_class in sorted(CellClass, reverse=True))
"""The classes in the guidelines' order: ic, ii, wc, wi, ns."""

MOST_CELLS = 10**12
"""More than any slide has; keeps sums of fields within 64 bits."""


def quantity_name(classes: Iterable[str]) -> str:
    """Return the one name of a sum of classes, e.g. ``ii+wc+wi``.

    Raises
    ------
    ValueError
        For no class at all, or one that is not among `SYMBOLS`.
    """
    wanted = set(classes)
    unknown = wanted.difference(SYMBOLS)
    if unknown or not wanted:
        found = ", ".join(sorted(unknown)) or "none"
        raise ValueError(f"a sum of classes takes some of {', '.join(SYMBOLS)}, not {found}")
    return "+".join(symbol for symbol in SYMBOLS if symbol in wanted)


@dataclass(frozen=True)
class ClassCounts:
    """Numbers of counted tumor cells in the five classes; whole and not negative.

    Attributes
    ----------
    ic, ii, wc, wi, ns
        Intense complete, intense incomplete, weak complete, weak incomplete, no staining.
    """

    ic: int = 0
    ii: int = 0
    wc: int = 0
    wi: int = 0
    ns: int = 0

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, bool) or not isinstance(value, int):
                raise ValueError(f"the count of {item.name} must be a whole number")
            if not 0 <= value <= MOST_CELLS:
                raise ValueError(f"the count of {item.name} must be from 0 to {MOST_CELLS}")

    def __add__(self, other: "ClassCounts") -> "ClassCounts":
        return ClassCounts(
            self.ic + other.ic,
            self.ii + other.ii,
            self.wc + other.wc,
            self.wi + other.wi,
            self.ns + other.ns,
        )

    @property
    def total(self) -> int:
        """Number of counted cells, N."""
        return self.ic + self.ii + self.wc + self.wi + self.ns

    def as_tuple(self) -> tuple[int, int, int, int, int]:
        """Return the counts in the order of `SYMBOLS`."""
        return (self.ic, self.ii, self.wc, self.wi, self.ns)

    def of(self, quantity: str) -> int:
        """Return the cells in a sum of classes, named as by `quantity_name`."""
        by_symbol = dict(zip(SYMBOLS, self.as_tuple(), strict=True))
        return sum(by_symbol[symbol] for symbol in quantity.split("+"))

    @staticmethod
    def from_cells(cells: CellTable) -> "ClassCounts":
        """Count the cells of a field that lie inside its regions."""
        return ClassCounts(*(cells.count(item) for item in sorted(CellClass, reverse=True)))


@dataclass(frozen=True)
class FieldCounts:
    """What one accepted field, or one count made by hand, adds to the score.

    Attributes
    ----------
    name
        Name of the field, for messages.
    counts
        Its counted cells.
    largest_cluster
        Cells in the largest connected cluster, per quantity as named by `quantity_name`; a
        quantity that is missing was not measured.
    um_per_px
        Pixel size at which the field was taken; None when it is not known.
    """

    name: str
    counts: ClassCounts
    largest_cluster: Mapping[str, int] = field(default_factory=dict)
    um_per_px: float | None = None

    def __post_init__(self) -> None:
        for quantity, size in self.largest_cluster.items():
            if quantity_name(quantity.split("+")) != quantity:
                raise ValueError(f"{quantity} is not in the order {', '.join(SYMBOLS)}")
            cells = self.counts.of(quantity)
            if not 0 <= size <= cells or (size == 0) != (cells == 0):
                raise ValueError(
                    f"{self.name}: a largest cluster of {size} cells does not fit {cells} cells "
                    f"of {quantity}"
                )
        if self.um_per_px is not None and not (isfinite(self.um_per_px) and self.um_per_px > 0):
            raise ValueError(f"{self.name}: um per px must be positive, not {self.um_per_px}")
        object.__setattr__(self, "largest_cluster", dict(self.largest_cluster))

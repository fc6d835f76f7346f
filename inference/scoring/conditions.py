"""Whether the conditions of a rule hold, and whether another sample could say otherwise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from inference.scoring.counts import ClassCounts, FieldCounts
from inference.scoring.intervals import Interval
from inference.scoring.profile import (
    ClusterCondition,
    Comparison,
    Condition,
    FloorCondition,
    RuleProfile,
    ShareCondition,
)


@dataclass(frozen=True)
class Evidence:
    """What the conditions are compared with.

    Attributes
    ----------
    profile
        Gives the floors.
    fields
        The accepted fields.
    counts
        Their sum.
    intervals
        The interval of each quantity of the profile.
    """

    profile: RuleProfile
    fields: Sequence[FieldCounts]
    counts: ClassCounts
    intervals: Mapping[str, Interval]

    def largest_cluster(self, quantity: str) -> tuple[int, int]:
        """Return the least and the most that the largest cluster of a slide can be.

        They differ when a field's clusters were not measured. A cluster ends at the border of
        its field.
        """
        least = most = 0
        for field in self.fields:
            cells = field.counts.of(quantity)
            known = field.largest_cluster.get(quantity)
            least = max(least, min(cells, 1) if known is None else known)
            most = max(most, cells if known is None else known)
        return least, most


def compare(left: int, comparison: Comparison, right: int) -> bool:
    """Compare two whole numbers."""
    match comparison:
        case ">":
            return left > right
        case ">=":
            return left >= right
        case "<":
            return left < right
        case "<=":
            return left <= right


def holds(condition: Condition, evidence: Evidence) -> bool | None:
    """Return whether a condition holds; None when its cluster was not measured.

    Only whole numbers are compared: ``count * denominator`` with ``numerator * N``.
    """
    count = evidence.counts.of(condition.quantity)
    total = evidence.counts.total
    match condition:
        case ShareCondition():
            left, right = count * condition.denominator, condition.numerator * total
            return compare(left, condition.comparison, right)
        case FloorCondition():
            floor = evidence.profile.floors[condition.floor]
            enough = count * floor.denominator >= floor.numerator * total
            return (enough and count >= floor.minimum_cells) == condition.reached
        case ClusterCondition():
            least, most = evidence.largest_cluster(condition.quantity)
            if least >= condition.at_least:
                return True
            return None if most >= condition.at_least else False


def could_be(condition: Condition, evidence: Evidence) -> frozenset[bool]:
    """Return the answers that a condition can have within the interval of its quantity.

    - A share: those on either side of the threshold inside the interval.
    - A floor: likewise, but the number of cells it wants must really have been seen. It is
      there against single errors, and an interval of none to 2 % around no cell at all must
      not make every small slide borderline.
    - A cluster has no interval; one cell more or less is taken instead.
    """
    observed = holds(condition, evidence)
    answers = set() if observed is None else {observed}
    interval = evidence.intervals[condition.quantity]
    match condition:
        case ShareCondition():
            threshold = Fraction(condition.numerator, condition.denominator)
            upward = condition.comparison in (">", ">=")
            answers |= _sides(interval, threshold, upward)
        case FloorCondition():
            floor = evidence.profile.floors[condition.floor]
            if evidence.counts.of(condition.quantity) >= floor.minimum_cells:
                threshold = Fraction(floor.numerator, floor.denominator)
                answers |= _sides(interval, threshold, condition.reached)
        case ClusterCondition():
            least, most = evidence.largest_cluster(condition.quantity)
            if most + 1 >= condition.at_least:
                answers.add(True)
            if least - 1 < condition.at_least:
                answers.add(False)
    return frozenset(answers)


def _sides(interval: Interval, threshold: Fraction, upward: bool) -> set[bool]:
    above = {upward} if interval.high > threshold else set()
    below = {not upward} if interval.low < threshold else set()
    return above | below


def all_hold(conditions: Sequence[Condition], evidence: Evidence) -> bool | None:
    """Return whether all conditions hold; None when that cannot be known."""
    answers = [holds(condition, evidence) for condition in conditions]
    if False in answers:
        return False
    return None if None in answers else True


def all_could_be(conditions: Sequence[Condition], evidence: Evidence) -> frozenset[bool]:
    """Return the answers that all conditions together can have within the intervals.

    Each condition varies by itself, so a few combinations that no sample can show are let in.
    """
    each = [could_be(condition, evidence) for condition in conditions]
    together = set()
    if all(True in answers for answers in each):
        together.add(True)
    if any(False in answers for answers in each):
        together.add(False)
    return frozenset(together)

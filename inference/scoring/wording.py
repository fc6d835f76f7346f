"""The reason of a score in words, with its numbers."""

from inference.scoring.conditions import Evidence
from inference.scoring.profile import (
    MEASURED,
    ClusterCondition,
    Comparison,
    Condition,
    FloorCondition,
    Rule,
    ShareCondition,
)

_MOST_DECIMALS = 6

_COMPARED: dict[Comparison, str] = {
    ">": "more than {}",
    ">=": "{} or more",
    "<": "less than {}",
    "<=": "{} or less",
}


def percent(count: int, total: int, decimals: int = 1) -> str:
    """Return a share as text, e.g. ``12.4 %``, rounded half up in whole numbers.

    Parameters
    ----------
    count, total
        Cells with the property, and all cells; `total` must be positive.
    """
    scale = 10**decimals
    units = (2 * 100 * scale * count + total) // (2 * total)
    whole, part = divmod(units, scale)
    return f"{whole}.{part:0{decimals}d} %" if decimals else f"{whole} %"


def percent_beside(count: int, total: int, numerator: int, denominator: int) -> str:
    """Return a share with as many decimals as tell it from a threshold that it does not equal.

    1001 of 10000 cells are "10.01 %" beside 10 %, so that "more than 10 %" is seen to be true.
    """
    for decimals in range(1, _MOST_DECIMALS):
        text = percent(count, total, decimals)
        same = text == percent(numerator, denominator, decimals)
        if not same or count * denominator == numerator * total:
            return text
    return percent(count, total, _MOST_DECIMALS)


def threshold_text(numerator: int, denominator: int) -> str:
    """Return a threshold as a percentage without idle zeros, e.g. ``10 %`` or ``2.5 %``."""
    digits = percent(numerator, denominator, _MOST_DECIMALS).removesuffix(" %")
    return digits.rstrip("0").rstrip(".") + " %"


def reason_of(rule: Rule, evidence: Evidence) -> str:
    """Return the reason of a rule that fired, e.g. ``complete and intense in 12.4 % of 812
    tumor cells (more than 10 %)``.
    """
    if rule.when:
        measured = " and ".join(_measured(condition, evidence) for condition in rule.when)
    else:
        stained = evidence.counts.of("+".join(rule.report))
        share = percent(stained, evidence.counts.total)
        measured = f"{share} of {_cells(evidence.counts.total)} (no other rule applies)"
    return rule.reason.replace(MEASURED, measured)


def _measured(condition: Condition, evidence: Evidence) -> str:
    count = evidence.counts.of(condition.quantity)
    total = evidence.counts.total
    match condition:
        case ShareCondition(numerator=numerator, denominator=denominator):
            share = percent_beside(count, total, numerator, denominator)
            limit = _COMPARED[condition.comparison].format(threshold_text(numerator, denominator))
            return f"{share} of {_cells(total)} ({limit})"
        case FloorCondition():
            floor = evidence.profile.floors[condition.floor]
            share = percent_beside(count, total, floor.numerator, floor.denominator)
            least = threshold_text(floor.numerator, floor.denominator)
            side = "at or above" if condition.reached else "below"
            return (
                f"{share} of {_cells(total)} ({count} of them; {side} the floor of {least} and "
                f"{floor.minimum_cells} cells)"
            )
        case ClusterCondition():
            size = evidence.largest_cluster(condition.quantity)[0]
            return f"a cluster of {_cells(size)} ({condition.at_least} or more, at any percentage)"


def _cells(number: int) -> str:
    return f"{number} tumor cell{'' if number == 1 else 's'}"

"""The proposed score of a slide, with all that it rests on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add

from inference.scoring.caution import ScoreNote, cautions
from inference.scoring.conditions import Evidence, all_could_be, all_hold
from inference.scoring.counts import SYMBOLS, ClassCounts, FieldCounts
from inference.scoring.intervals import Interval, bootstrap, wilson
from inference.scoring.profile import ClusterCondition, Rule, RuleProfile, Score
from inference.scoring.wording import reason_of


@dataclass(frozen=True)
class Estimate:
    """A class, or a sum of classes, as a part of all counted cells.

    Attributes
    ----------
    count
        Cells.
    fraction
        Part of all counted cells, 0 to 1; None when there are none.
    wilson
        95 % interval over cells.
    bootstrap
        95 % interval over fields; None under two fields with cells.
    """

    count: int
    fraction: float | None
    wilson: Interval
    bootstrap: Interval | None

    @property
    def widest(self) -> Interval:
        """The least interval that holds both."""
        if self.bootstrap is None:
            return self.wilson
        return Interval(
            min(self.wilson.low, self.bootstrap.low), max(self.wilson.high, self.bootstrap.high)
        )


@dataclass(frozen=True)
class SlideScore:
    """The score that the rules propose for a slide. The pathologist decides.

    Attributes
    ----------
    profile
        The rule profile that was followed.
    score
        The proposal.
    rule_number, rule_name
        The rule that fired. Number 1 is the minimum number of cells, number 2 the first rule
        of the profile.
    reason
        One sentence with the numbers.
    flags
        Remarks of the guideline that go with the score.
    warnings
        What should make the reader careful.
    possible
        The scores that the intervals allow, from the lowest; the proposal is among them.
    n_fields
        Accepted fields, those without cells included.
    counts
        Counted cells of all fields.
    estimates
        By quantity: the five classes first, then the sums that the profile looks at.
    """

    profile: RuleProfile
    score: Score
    rule_number: int
    rule_name: str
    reason: str
    flags: tuple[ScoreNote, ...]
    warnings: tuple[ScoreNote, ...]
    possible: tuple[Score, ...]
    n_fields: int
    counts: ClassCounts
    estimates: Mapping[str, Estimate]

    @property
    def n_cells(self) -> int:
        """Counted tumor cells, N."""
        return self.counts.total

    @property
    def fractions(self) -> dict[str, float | None]:
        """The five classes as parts of all counted cells."""
        return {symbol: self.estimates[symbol].fraction for symbol in SYMBOLS}

    @property
    def borderline(self) -> str | None:
        """The scores between which the slide lies, e.g. ``1+/2+``; None when it is one."""
        return _borderline(self.possible)

    def record(self) -> dict[str, object]:
        """Return the score as plain values for JSON."""
        return {
            "score": str(self.score),
            "rule": {"number": self.rule_number, "name": self.rule_name},
            "reason": self.reason,
            "borderline": self.borderline,
            "flags": [{"code": note.code, "text": note.text} for note in self.flags],
            "warnings": [{"code": note.code, "text": note.text} for note in self.warnings],
            "n_cells": self.n_cells,
            "n_fields": self.n_fields,
            "counts": dict(zip(SYMBOLS, self.counts.as_tuple(), strict=True)),
            "fractions": self.fractions,
            "intervals": {
                name: {
                    "count": estimate.count,
                    "fraction": estimate.fraction,
                    "wilson": _ends(estimate.wilson),
                    "bootstrap": _ends(estimate.bootstrap),
                }
                for name, estimate in self.estimates.items()
            },
            "profile": {
                "name": self.profile.name,
                "version": self.profile.version,
                "guideline": self.profile.guideline.title,
                "sha256": self.profile.sha256,
            },
        }


def score_slide(fields: Sequence[FieldCounts], profile: RuleProfile) -> SlideScore:
    """Pool the accepted fields of a slide and follow the rules of a profile.

    The tally is a fold over the fields: it depends on nothing else, and not on their order.

    Parameters
    ----------
    fields
        Counts of every accepted field; empty before the first.
    profile
        The rules.
    """
    counts = reduce(add, (field.counts for field in fields), ClassCounts())
    estimates = _estimates(fields, counts, profile)
    intervals = {name: estimate.widest for name, estimate in estimates.items()}
    evidence = Evidence(profile, tuple(fields), counts, intervals)
    if counts.total < profile.minimum_cells:
        score, number, name = Score.NOT_ASSESSABLE, 1, "minimum cells"
        reason = (
            f"too few cells: {counts.total} tumor cells counted, {profile.minimum_cells} or more "
            "are needed"
        )
        flags: tuple[ScoreNote, ...] = ()
        possible: tuple[Score, ...] = (score,)
    else:
        index, known = _first_rule(evidence)
        rule = profile.rules[index]
        number, name = index + 2, rule.name
        score = rule.score if known else Score.NOT_ASSESSABLE
        reason = reason_of(rule, evidence) if known else _unknown(rule)
        flags = _flags(rule, evidence) if known else ()
        possible = _possible(evidence) if known else (score,)
    warnings = cautions(fields, possible, _borderline(possible))
    return SlideScore(
        profile=profile,
        score=score,
        rule_number=number,
        rule_name=name,
        reason=reason,
        flags=flags,
        warnings=warnings,
        possible=possible,
        n_fields=len(fields),
        counts=counts,
        estimates=estimates,
    )


def _estimates(
    fields: Sequence[FieldCounts], counts: ClassCounts, profile: RuleProfile
) -> dict[str, Estimate]:
    names = tuple(dict.fromkeys((*SYMBOLS, *profile.quantities)))
    over_fields = bootstrap([field.counts for field in fields], names)
    total = counts.total
    return {
        name: Estimate(
            count=counts.of(name),
            fraction=counts.of(name) / total if total else None,
            wilson=wilson(counts.of(name), total),
            bootstrap=over_fields[place] if over_fields else None,
        )
        for place, name in enumerate(names)
    }


def _first_rule(evidence: Evidence) -> tuple[int, bool]:
    """Return the first rule that holds, or that is not known not to hold, and which it is."""
    for index, rule in enumerate(evidence.profile.rules):
        answer = all_hold(rule.when, evidence)
        if answer is not False:
            return index, answer is True
    raise AssertionError("the last rule of a profile always holds")


def _unknown(rule: Rule) -> str:
    wanted = [item.quantity for item in rule.when if isinstance(item, ClusterCondition)]
    return f"the largest cluster of {' or '.join(wanted)} cells is needed and was not measured"


def _flags(rule: Rule, evidence: Evidence) -> tuple[ScoreNote, ...]:
    flags = evidence.profile.flags
    raised = [
        name
        for name, flag in flags.items()
        if name in rule.flags or (flag.when and all_hold(flag.when, evidence) is True)
    ]
    return tuple(ScoreNote(name, flags[name].text) for name in raised)


def _possible(evidence: Evidence) -> tuple[Score, ...]:
    """Return the scores of all rules that can be the first to hold within the intervals."""
    found: set[Score] = set()
    for rule in evidence.profile.rules:
        answers = all_could_be(rule.when, evidence)
        if True in answers:
            found.update((rule.score, *rule.cannot_exclude))
        if False not in answers:
            break
    return tuple(sorted(found, key=lambda score: score.rank))


def _borderline(possible: Sequence[Score]) -> str | None:
    return "/".join(possible) if len(possible) > 1 else None


def _ends(interval: Interval | None) -> list[float] | None:
    return None if interval is None else [interval.low, interval.high]

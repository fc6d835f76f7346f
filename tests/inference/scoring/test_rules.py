"""Tables of cases at and around every threshold; each row names its guideline and clause."""

import pytest

from inference.scoring.counts import ClassCounts, FieldCounts
from inference.scoring.profile import Score, load_profile
from inference.scoring.score import SlideScore, score_slide

Counts = tuple[int, int, int, int, int]


def scored(counts: Counts, profile: str, clusters: dict[str, int] | None = None) -> SlideScore:
    return score_slide(
        [FieldCounts("a", ClassCounts(*counts), clusters or {})], load_profile(profile)
    )


ASCO = [
    # clause, (ic, ii, wc, wi, ns), score, number of the rule
    ("minimum cells, none", (0, 0, 0, 0, 0), "not assessable", 1),
    ("minimum cells, one less", (99, 0, 0, 0, 0), "not assessable", 1),
    ("minimum cells, exactly", (100, 0, 0, 0, 0), "3+", 2),
    ("intense complete, exactly 10 % is not more than 10 %", (100, 0, 0, 0, 900), "2+", 4),
    ("intense complete, one cell more", (101, 0, 0, 0, 899), "3+", 2),
    ("intense complete, one cell less", (99, 0, 0, 0, 901), "2+", 4),
    ("intense complete, one more at a total not divisible by ten", (82, 0, 0, 0, 730), "3+", 2),
    ("intense complete, the most below it", (81, 0, 0, 0, 731), "2+", 4),
    ("intense complete goes before all else", (101, 500, 300, 99, 0), "3+", 2),
    ("complete, exactly 10 %", (0, 0, 100, 0, 900), "0+", 7),
    ("complete, one cell more", (0, 0, 101, 0, 899), "2+", 3),
    ("complete, one cell less", (0, 0, 99, 0, 901), "0+", 7),
    ("complete, intense and weak together", (50, 0, 51, 0, 899), "2+", 3),
    ("complete goes before limited intense complete", (100, 0, 1, 0, 899), "2+", 3),
    (
        "complete, exactly 10 % of both: the limited intense ones decide",
        (50, 0, 50, 0, 900),
        "2+",
        4,
    ),
    ("limited intense complete, at the floor of 1 %", (10, 0, 0, 0, 990), "2+", 4),
    ("limited intense complete, one cell below the floor", (9, 0, 0, 0, 991), "0", 8),
    ("limited intense complete, three cells of the fewest", (3, 0, 0, 0, 97), "2+", 4),
    ("limited intense complete, two cells of the fewest", (2, 0, 0, 0, 98), "0", 8),
    ("limited intense complete goes before 1+", (10, 0, 0, 500, 490), "2+", 4),
    ("intense incomplete, exactly 10 %", (0, 100, 0, 0, 900), "0+", 7),
    ("intense incomplete, one cell more", (0, 101, 0, 0, 899), "2+", 5),
    ("intense incomplete, one cell less", (0, 99, 0, 0, 901), "0+", 7),
    ("intense incomplete goes before 1+", (0, 101, 0, 800, 99), "2+", 5),
    ("intense incomplete, exactly 10 %, with faint ones", (0, 100, 0, 1, 899), "1+", 6),
    ("incomplete, exactly 10 %", (0, 0, 0, 100, 900), "0+", 7),
    ("incomplete, one cell more", (0, 0, 0, 101, 899), "1+", 6),
    ("incomplete, one cell less", (0, 0, 0, 99, 901), "0+", 7),
    ("incomplete, all kinds together, exactly 10 %", (0, 33, 33, 34, 900), "0+", 7),
    ("incomplete, all kinds together, one cell more", (0, 33, 34, 34, 899), "1+", 6),
    ("incomplete, single intense complete cells do not count here", (9, 0, 0, 100, 891), "0+", 7),
    ("ultralow, at the floor of 1 %", (0, 0, 0, 10, 990), "0+", 7),
    ("ultralow, one cell below the floor", (0, 0, 0, 9, 991), "0", 8),
    ("ultralow, the floor counts all kinds", (3, 2, 2, 3, 990), "0+", 7),
    ("ultralow, three cells of the fewest", (0, 0, 0, 3, 97), "0+", 7),
    ("ultralow, two cells of the fewest", (0, 0, 0, 2, 98), "0", 8),
    ("ultralow, a single wrong cell is still 0", (0, 0, 0, 1, 99), "0", 8),
    ("no staining", (0, 0, 0, 0, 1000), "0", 8),
]

ZHANG = [
    ("Table 1, 3+, exactly 10 %", (100, 0, 0, 0, 900), "3+", 2),
    ("Table 1, 3+, one cell less", (99, 0, 0, 0, 901), "0", 5),
    ("Table 1, 3+, one cell more", (101, 0, 0, 0, 899), "3+", 2),
    ("Table 1, 3+ goes before 2+", (100, 500, 400, 0, 0), "3+", 2),
    ("Table 1, 2+, exactly 10 %", (0, 0, 100, 0, 900), "2+", 3),
    ("Table 1, 2+, one cell less", (0, 0, 99, 0, 901), "0", 5),
    ("worked figure, ii 20.0, wc 8.5, wi 79.3, ns 2.2", (0, 200, 85, 793, 22), "2+", 3),
    ("worked figure, ii 10.0, wc 8.5, wi 79.3, ns 2.2", (0, 100, 85, 793, 22), "2+", 3),
    ("worked figure, wc and ii together, one cell less", (0, 50, 49, 800, 101), "1+", 4),
    ("Table 1, 1+, exactly 10 %", (0, 0, 0, 100, 900), "1+", 4),
    ("Table 1, 1+, one cell less", (0, 0, 0, 99, 901), "0", 5),
    ("Table 1, 0", (0, 0, 0, 0, 1000), "0", 5),
    ("setting, minimum cells, one less", (99, 0, 0, 0, 0), "not assessable", 1),
]

RESECTION = [
    ("3+, exactly 10 %", (100, 0, 0, 0, 900), "3+", 2),
    ("3+, one cell less", (99, 0, 0, 0, 901), "0", 4),
    ("3+, complete and incomplete count alike", (0, 100, 0, 0, 900), "3+", 2),
    ("3+, together", (50, 50, 0, 0, 900), "3+", 2),
    ("3+, together, one cell less", (50, 49, 0, 900, 1), "2+", 3),
    ("2+, exactly 10 %", (0, 0, 0, 100, 900), "2+", 3),
    ("2+, one cell less", (0, 0, 0, 99, 901), "0", 4),
    ("2+, completeness is not needed", (0, 0, 50, 50, 900), "2+", 3),
    ("2+, intense cells count as stained", (40, 30, 20, 10, 900), "2+", 3),
    ("setting, minimum cells, one less", (99, 0, 0, 0, 0), "not assessable", 1),
]

BIOPSY = [
    # clause, counts, largest cluster (intense, stained), score, number of the rule
    ("3+, cluster of exactly 5", (5, 0, 0, 0, 9995), (5, 5), "3+", 2),
    ("3+, cluster of 4 intense cells, 4 stained", (40, 0, 0, 0, 60), (4, 4), "0", 4),
    ("3+, whatever the fraction", (3, 3, 0, 0, 99_994), (6, 6), "3+", 2),
    ("2+, 4 intense and 1 weak cell in one cluster", (4, 0, 0, 1, 995), (4, 5), "2+", 3),
    ("2+, cluster of exactly 5 weak cells", (0, 0, 2, 3, 995), (0, 5), "2+", 3),
    ("2+, scattered cells do not count", (0, 0, 100, 800, 100), (0, 4), "0", 4),
    ("0", (0, 0, 0, 0, 100), (0, 0), "0", 4),
    ("setting, minimum cells, exactly", (5, 0, 0, 0, 15), (5, 5), "3+", 2),
    ("setting, minimum cells, one less", (5, 0, 0, 0, 14), (5, 5), "not assessable", 1),
]


@pytest.mark.parametrize(
    ("clause", "counts", "score", "number"), ASCO, ids=[row[0] for row in ASCO]
)
def test_asco_cap_2018(clause: str, counts: Counts, score: str, number: int) -> None:
    found = scored(counts, "asco-cap-2018")
    assert (found.score, found.rule_number) == (score, number), clause


@pytest.mark.parametrize(
    ("clause", "counts", "score", "number"), ZHANG, ids=[row[0] for row in ZHANG]
)
def test_zhang_2020(clause: str, counts: Counts, score: str, number: int) -> None:
    found = scored(counts, "zhang-2020")
    assert (found.score, found.rule_number) == (score, number), clause


@pytest.mark.parametrize(
    ("clause", "counts", "score", "number"), RESECTION, ids=[row[0] for row in RESECTION]
)
def test_gastric_resection_hofmann_rueschoff(
    clause: str, counts: Counts, score: str, number: int
) -> None:
    found = scored(counts, "gastric-resection")
    assert (found.score, found.rule_number) == (score, number), clause


@pytest.mark.parametrize(
    ("clause", "counts", "clusters", "score", "number"),
    BIOPSY,
    ids=[row[0] for row in BIOPSY],
)
def test_gastric_biopsy_hofmann_rueschoff(
    clause: str, counts: Counts, clusters: tuple[int, int], score: str, number: int
) -> None:
    found = scored(
        counts, "gastric-biopsy", dict(zip(("ic+ii", "ic+ii+wc+wi"), clusters, strict=True))
    )
    assert (found.score, found.rule_number) == (score, number), clause


FLAGS = [
    ("asco-cap-2018: 3+ needs no ISH", "asco-cap-2018", (500, 0, 0, 0, 500), set()),
    ("asco-cap-2018: 2+ by complete", "asco-cap-2018", (0, 0, 500, 0, 500), {"reflex_ish"}),
    (
        "asco-cap-2018: limited intense complete is an unusual pattern",
        "asco-cap-2018",
        (50, 0, 0, 0, 950),
        {"reflex_ish", "unusual_pattern"},
    ),
    (
        "asco-cap-2018: basolateral is an unusual pattern",
        "asco-cap-2018",
        (0, 500, 0, 0, 500),
        {"reflex_ish", "unusual_pattern"},
    ),
    ("asco-cap-2018: 1+", "asco-cap-2018", (0, 0, 0, 500, 500), set()),
    (
        "asco-cap-2018: weak rings in exactly 10 % and nothing else",
        "asco-cap-2018",
        (0, 0, 100, 0, 900),
        {"outside_definitions"},
    ),
    (
        "asco-cap-2018: weak rings at the floor",
        "asco-cap-2018",
        (0, 0, 10, 0, 990),
        {"outside_definitions"},
    ),
    ("asco-cap-2018: weak rings below the floor", "asco-cap-2018", (0, 0, 9, 0, 991), set()),
    (
        "asco-cap-2018: a few other cells are still nothing",
        "asco-cap-2018",
        (3, 3, 50, 3, 941),
        {"outside_definitions"},
    ),
    ("asco-cap-2018: other cells at the floor", "asco-cap-2018", (3, 3, 50, 4, 940), set()),
    (
        "asco-cap-2018: the flag also stands beside 1+",
        "asco-cap-2018",
        (0, 0, 100, 9, 891),
        {"outside_definitions"},
    ),
    ("zhang-2020: 2+", "zhang-2020", (0, 0, 100, 0, 900), {"reflex_ish"}),
    ("zhang-2020: rows miss the sum", "zhang-2020", (60, 0, 60, 0, 880), {"sum_reaches_two"}),
    ("zhang-2020: 1+ with a missed sum", "zhang-2020", (60, 0, 60, 100, 780), {"sum_reaches_two"}),
    ("zhang-2020: faint sum missed", "zhang-2020", (0, 0, 60, 60, 880), {"sum_reaches_one"}),
    ("zhang-2020: 0", "zhang-2020", (0, 0, 40, 59, 901), set()),
    (
        "gastric-resection: levels merged",
        "gastric-resection",
        (0, 0, 0, 500, 500),
        {"reflex_ish", "levels_merged"},
    ),
    ("gastric-resection: 3+", "gastric-resection", (500, 0, 0, 0, 500), set()),
]


@pytest.mark.parametrize(
    ("clause", "profile", "counts", "codes"), FLAGS, ids=[row[0] for row in FLAGS]
)
def test_flags(clause: str, profile: str, counts: Counts, codes: set[str]) -> None:
    assert {flag.code for flag in scored(counts, profile).flags} == codes, clause


def test_flag_texts() -> None:
    found = scored((0, 0, 100, 0, 900), "asco-cap-2018").flags[0].text
    assert "outside the definitions, the pathologist decides" in found


REASONS = [
    ((101, 0, 0, 0, 711), "complete and intense in 12.4 % of 812 tumor cells (more than 10 %)"),
    (
        (12, 0, 0, 100, 700),
        "complete and intense, but limited to 1.5 % of 812 tumor cells (12 of them; at or above "
        "the floor of 1 % and 3 cells)",
    ),
    (
        (0, 0, 0, 1001, 8999),
        "incomplete or faint in 10.01 % of 10000 tumor cells (more than 10 %)",
    ),
    (
        (0, 0, 0, 4, 808),
        "no staining, or that of single cells: stained in 0.5 % of 812 tumor cells (no other "
        "rule applies)",
    ),
    ((0, 0, 0, 0, 12), "too few cells: 12 tumor cells counted, 100 or more are needed"),
]


@pytest.mark.parametrize(("counts", "reason"), REASONS)
def test_the_reason_tells_the_numbers(counts: Counts, reason: str) -> None:
    assert scored(counts, "asco-cap-2018").reason == reason


def test_an_unmeasured_cluster_that_matters_makes_a_biopsy_not_assessable() -> None:
    found = scored((5, 0, 0, 0, 100), "gastric-biopsy")
    assert (found.score, found.rule_number) == (Score.NOT_ASSESSABLE, 2)
    assert "largest cluster of ic+ii cells" in found.reason
    assert found.borderline is None
    assert found.flags == ()


def test_an_unmeasured_cluster_does_not_matter_where_there_are_too_few_cells_for_one() -> None:
    assert scored((2, 2, 0, 0, 100), "gastric-biopsy").score == "0"
    found = scored((2, 2, 9, 9, 100), "gastric-biopsy", {"ic+ii+wc+wi": 5})
    assert (found.score, found.reason) == (
        "2+",
        "at least weak, complete or not, in a cluster of 5 tumor cells (5 or more, at any "
        "percentage)",
    )


def test_a_cluster_does_not_reach_from_field_to_field() -> None:
    fields = [
        FieldCounts(name, ClassCounts(ic=4, ns=50), {"ic+ii": 4, "ic+ii+wc+wi": 4})
        for name in "abc"
    ]
    assert score_slide(fields, load_profile("gastric-biopsy")).score == "0"
    fields.append(FieldCounts("d", ClassCounts(ic=5), {"ic+ii": 5, "ic+ii+wc+wi": 5}))
    assert score_slide(fields, load_profile("gastric-biopsy")).score == "3+"

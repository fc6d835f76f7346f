import json

import pytest

from inference.scoring.counts import ClassCounts, FieldCounts
from inference.scoring.intervals import Interval, wilson
from inference.scoring.profile import load_profile
from inference.scoring.score import SlideScore, score_slide


def slide(
    *fields: ClassCounts, profile: str = "asco-cap-2018", um_per_px: float | None = None
) -> SlideScore:
    return score_slide(
        [FieldCounts(str(i), c, um_per_px=um_per_px) for i, c in enumerate(fields)],
        load_profile(profile),
    )


def codes(score: SlideScore) -> list[str]:
    return [warning.code for warning in score.warnings]


def test_fields_are_pooled_not_averaged() -> None:
    # 50 % of 100 and 5 % of 1900 cells: the mean of the two is 27.5 %, the pooled share 7.25 %.
    found = slide(ClassCounts(ic=50, ns=50), ClassCounts(ic=95, ns=1805))
    assert found.score == "2+"
    assert found.counts == ClassCounts(ic=145, ns=1855)
    assert (found.n_cells, found.n_fields) == (2000, 2)
    assert found.fractions == {"ic": 0.0725, "ii": 0.0, "wc": 0.0, "wi": 0.0, "ns": 0.9275}


def test_estimates_cover_classes_and_the_sums_of_the_rules() -> None:
    found = slide(ClassCounts(10, 20, 30, 40, 400), ClassCounts(20, 20, 30, 40, 300))
    names = ["ic", "ii", "wc", "wi", "ns", "ic+wc", "ii+wc+wi", "ic+ii+wc+wi", "ic+ii+wi"]
    assert list(found.estimates) == names
    total = found.estimates["ii+wc+wi"]
    assert total.count == 180
    assert total.fraction == 180 / 910
    assert total.wilson == wilson(180, 910)
    assert total.bootstrap == Interval(90 / 500, 90 / 410)
    assert total.widest == Interval(total.wilson.low, total.wilson.high)


def test_no_field_yet_is_not_assessable_and_says_why() -> None:
    found = slide()
    assert found.score == "not assessable"
    assert (found.n_cells, found.n_fields) == (0, 0)
    assert found.fractions["ic"] is None
    assert found.estimates["ic"].bootstrap is None
    assert codes(found) == ["few_cells", "few_fields"]
    json.dumps(found.record(), allow_nan=False)


BORDERLINE = [
    # counts in five equal fields, the scores within the intervals
    (ClassCounts(ns=200), None),
    (ClassCounts(ic=100, ns=100), None),
    (ClassCounts(wi=100, ns=100), None),
    (ClassCounts(wi=19, ns=181), "0+/1+"),
    (ClassCounts(wi=21, ns=179), "0+/1+"),
    (ClassCounts(wc=19, wi=60, ns=121), "1+/2+"),
    (ClassCounts(ii=21, wi=60, ns=119), "1+/2+"),
    (ClassCounts(ic=19, wi=60, ns=121), "2+/3+"),
    (ClassCounts(ic=21, wi=60, ns=119), "2+/3+"),
    (ClassCounts(wi=2, ns=198), "0/0+"),
    (ClassCounts(wi=1, ns=199), "0/0+"),
    (ClassCounts(wi=10, ns=190), None),
]


@pytest.mark.parametrize(("field", "limit"), BORDERLINE)
def test_borderline(field: ClassCounts, limit: str | None) -> None:
    found = slide(*[field] * 5)
    assert found.borderline == limit
    assert codes(found) == ([] if limit is None else ["borderline"])


def test_single_cells_below_a_floors_number_do_not_make_a_small_slide_borderline() -> None:
    # The Wilson interval of 2 of 150 cells reaches 4.7 %, beyond the floor of 1 %.
    assert slide(ClassCounts(ic=1, wi=1, ns=148)).borderline is None
    assert slide(ClassCounts(ic=1, wi=2, ns=398)).borderline == "0/0+"


def test_differences_between_fields_widen_the_borderline() -> None:
    # 15 % of 4000 cells are surely more than 10 % if cells are independent, but not if fields are.
    even = slide(*[ClassCounts(ic=120, ns=680)] * 5)
    uneven = slide(ClassCounts(ic=560, ns=240), *[ClassCounts(ic=10, ns=790)] * 4)
    assert even.counts == uneven.counts
    assert even.borderline is None
    assert uneven.borderline == "2+/3+"
    assert codes(uneven) == ["borderline", "heterogeneous"]


def test_gastric_two_plus_never_excludes_one_plus() -> None:
    found = slide(*[ClassCounts(wi=100, ns=100)] * 5, profile="gastric-resection")
    assert (found.score, found.borderline) == ("2+", "1+/2+")


@pytest.mark.parametrize(
    ("intense", "stained", "limit"),
    [
        (3, 3, None),
        (4, 4, "0/1+/2+/3+"),
        (5, 7, "1+/2+/3+"),
        (6, 6, None),
        (0, 4, "0/1+/2+"),
        (3, 6, "1+/2+"),
    ],
)
def test_a_biopsy_is_borderline_by_one_cell_of_its_cluster(
    intense: int, stained: int, limit: str | None
) -> None:
    counts = ClassCounts(ic=intense, wi=20, ns=500)
    field = FieldCounts("a", counts, {"ic+ii": intense, "ic+ii+wc+wi": stained})
    assert score_slide([field], load_profile("gastric-biopsy")).borderline == limit


def test_warnings_of_few_cells_and_few_fields_end_at_their_limits() -> None:
    clear = ClassCounts(ic=100)
    assert codes(slide(*[clear] * 5)) == []
    assert codes(slide(*[clear] * 4, ClassCounts(ic=99))) == ["few_cells"]
    assert codes(slide(*[ClassCounts(ic=200)] * 4)) == ["few_fields"]
    # A field without tumor cells is accepted but is no evidence.
    assert codes(slide(*[ClassCounts(ic=200)] * 4, ClassCounts())) == ["few_fields"]


def test_faint_staining_should_be_read_at_40x() -> None:
    faint = [ClassCounts(wi=100, ns=100)] * 5
    assert codes(slide(*faint, um_per_px=0.424)) == ["low_magnification"]
    assert codes(slide(*faint, um_per_px=0.212)) == []
    assert codes(slide(*faint)) == []
    assert codes(slide(*[ClassCounts(ic=200)] * 5, um_per_px=0.424)) == []
    # 2+ within reach of 1+
    limit = [ClassCounts(wc=21, wi=60, ns=119)] * 5
    assert codes(slide(*limit, um_per_px=0.424)) == ["borderline", "low_magnification"]


def test_the_record_is_plain_json_with_the_profiles_identity() -> None:
    found = slide(ClassCounts(10, 20, 30, 40, 400), ClassCounts(20, 20, 30, 40, 300))
    record = json.loads(json.dumps(found.record(), allow_nan=False))
    assert record == found.record()
    assert record["score"] == "2+"
    assert record["rule"] == {"number": 4, "name": "intense complete, limited"}
    assert record["counts"] == {"ic": 30, "ii": 40, "wc": 60, "wi": 80, "ns": 700}
    assert record["profile"]["sha256"] == load_profile().sha256
    assert record["intervals"]["ic"]["wilson"] == [
        found.estimates["ic"].wilson.low,
        found.estimates["ic"].wilson.high,
    ]
    assert "low" not in json.dumps(record).replace("below", "")

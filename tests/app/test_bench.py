"""The benchmark: it runs, and both chains find the same."""

import json

import pytest

from app.bench.field_bench import LEAST_AGREEMENT, FieldBench, bench_field
from app.bench.timing import Timing, interleaved, peak_memory_mb
from inference.stain.profile import load_stain_profile


@pytest.mark.parametrize(("side_px", "um_per_px"), [(256, 0.424), (640, 0.212), (300, 0.424)])
def test_both_chains_give_the_cells_the_same_class(side_px: int, um_per_px: float) -> None:
    found = bench_field(side_px, um_per_px, load_stain_profile("camera"), 1, with_plain=True)
    assert found.cells > 50
    assert found.agreement["ring"] >= LEAST_AGREEMENT
    assert found.agreement["paper"] >= LEAST_AGREEMENT
    assert found.agrees


def test_every_step_is_timed() -> None:
    found = bench_field(256, 0.424, load_stain_profile("scanner"), 1, with_plain=False)
    assert found.agreement == {}
    assert len({timing.step for timing in found.timings}) == len(found.timings) == 10
    assert all(timing.ours_ms and timing.plain_ms is None for timing in found.timings)


def test_the_table_names_every_step(call) -> None:
    result = call("bench", "--side", 256, "--repeats", 1)
    assert result.exit_code == 0
    text = " ".join(result.stdout.split())
    assert "256 x 256 px at 0.424 um/px (grid 256 x 256)" in text
    for step in ("nuclei", "DAB density", "enhancement", "membrane chain", "whole field"):
        assert step in text
    assert "same class by both chains, ring method: 100.00 % of cells" in text


def test_json_alone_stands_on_stdout(call) -> None:
    result = call("bench", "--side", 256, "--repeats", 1, "--json")
    record = json.loads(result.stdout)
    assert [field["title"][:9] for field in record["fields"]] == ["256 x 256", "256 x 256"]
    for field in record["fields"]:
        steps = {timing["step"]: timing for timing in field["timings"]}
        chain = steps["membrane chain"]
        assert chain["ratio"] == pytest.approx(chain["plain_ms"] / chain["ours_ms"])
        assert steps["reduction to the grid"]["ratio"] is None
    assert record["repeats"] == 1


def test_chains_that_differ_are_told(call, monkeypatch) -> None:
    def differing(*_: object, **__: object) -> FieldBench:
        return FieldBench("a field", 100, (Timing("a step", 1.0, 2.0),), {"ring": 0.9}, ())

    monkeypatch.setattr("app.bench.field_bench.bench_field", differing)
    result = call("bench", "--repeats", 1)
    assert result.exit_code == 1
    assert result.stderr == "her2scope bench: the two chains do not find the same cells\n"


def test_both_ways_run_in_turns_and_the_plain_one_less_often() -> None:
    calls: list[str] = []
    timing = interleaved("step", lambda: calls.append("o"), lambda: calls.append("p"), 6)
    assert "".join(calls) == "opopooopoo"
    assert timing.ours_ms is not None
    assert timing.plain_ms is not None
    assert timing.ratio == timing.plain_ms / timing.ours_ms
    assert interleaved("step", lambda: None, None, 2).ratio is None


def test_peak_memory_is_told_where_the_system_tells_it() -> None:
    peak = peak_memory_mb()
    assert peak is None or 20 < peak < 1_000_000

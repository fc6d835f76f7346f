import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from app import RESEARCH_USE_ONLY
from app.commands.rule import rule
from inference.scoring.profile import profile_names


def run(*arguments: str) -> Result:
    program = typer.Typer()
    program.command()(rule)

    @program.command()
    def other() -> None:
        """Make `rule` a command of its own name, as in the program."""

    return CliRunner().invoke(program, ["rule", *arguments])


def counts(text: str) -> list[str]:
    return ["--counts", *text.split()]


def test_text_tells_score_reason_shares_and_that_it_is_for_research() -> None:
    result = run(*counts("101 0 9 50 652"))
    assert result.exit_code == 0
    assert result.stderr == ""
    text = " ".join(result.stdout.split())
    assert "Proposed score 3+" in text
    assert "complete and intense in 12.4 % of 812 tumor cells (more than 10 %)" in text
    assert "intense complete 101 12.4 % 10.3 to 14.9 %" in text
    assert "ASCO/CAP" in text
    assert text.endswith(RESEARCH_USE_ONLY)
    assert "field" not in text


def test_text_tells_flags_and_warnings() -> None:
    text = " ".join(run(*counts("0 0 21 60 119")).stdout.split())
    assert "Proposed score 2+" in text
    assert "Note reflex ISH required" in text
    assert "Warning borderline 1+/2+" in text
    assert "Warning 200 tumor cells; 500 or more are advised" in text
    assert "HER2-low" not in text


def test_json_alone_stands_on_stdout() -> None:
    result = run("--profile", "zhang-2020", *counts("0 100 85 793 22"), "--json")
    assert result.exit_code == 0
    record = json.loads(result.stdout)
    assert record["score"] == "2+"
    assert record["profile"]["name"] == "zhang-2020"
    assert record["counts"] == {"ic": 0, "ii": 100, "wc": 85, "wi": 793, "ns": 22}
    assert record["notice"] == RESEARCH_USE_ONLY
    assert record["warnings"] == []
    assert "n_fields" not in record


def test_clusters_can_be_given_for_rules_about_them() -> None:
    arguments = ["--profile", "gastric-biopsy", *counts("6 0 0 9 985")]
    unknown = run(*arguments)
    assert unknown.exit_code == 0
    assert "not assessable" in unknown.stdout
    assert "--cluster" in unknown.stdout
    known = run(*arguments, "--cluster", "ic+ii=4", "--cluster", "ic+ii+wc+wi=7", "--json")
    assert json.loads(known.stdout)["score"] == "2+"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (counts("1 2 3 4 -5"), "'-5' is not one"),
        (counts("1 2 3 4 5.5"), "'5.5' is not one"),
        (counts("1 2 3 four 5"), "'four' is not one"),
        ([*counts("1 2 3 4"), "--json"], "'--json' is not one"),
        (counts("0 0 0 0 0"), "all zero"),
        (counts("0 0 0 0 9999999999999"), "count of ns must be from 0 to"),
        (["--profile", "asco", *counts("1 2 3 4 5")], "asco-cap-2018, gastric-biopsy"),
        (["--profile", "none.toml", *counts("1 2 3 4 5")], "none.toml"),
        ([*counts("1 2 3 4 5"), "--cluster", "ic"], "as in ic+ii=6, not 'ic'"),
        ([*counts("1 2 3 4 5"), "--cluster", "ic+xx=1"], "not xx"),
        ([*counts("1 2 3 4 5"), "--cluster", "ic+ii=4"], "does not fit 3 cells"),
    ],
)
def test_bad_input_gives_one_line_on_stderr_and_exit_code_2(
    arguments: list[str], message: str
) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith("her2scope rule: ")


@pytest.mark.parametrize("arguments", [counts("1 2 3 4"), counts("1 2 3 4 5 6"), []])
def test_other_than_five_numbers_is_a_usage_error(arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr


def test_a_profile_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        """
        name = "mine"
        version = "7"
        minimum_cells = 1
        guideline = { title = "Ours", source = "ours" }
        rules = [{ name = "all", when = [], report = ["ic"], score = "1+", reason = "{measured}" }]
        """
    )
    record = json.loads(run("--profile", str(path), *counts("1 0 0 0 1"), "--json").stdout)
    assert (record["score"], record["reason"]) == (
        "1+",
        "50.0 % of 2 tumor cells (no other rule applies)",
    )
    assert record["profile"]["version"] == "7"


def test_the_help_names_every_shipped_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    text = run("--help").stdout
    for name in profile_names():
        assert name in text

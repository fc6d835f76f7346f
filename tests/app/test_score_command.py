"""``her2scope score`` as a user calls it: what is written, and what the options do."""

import hashlib
from collections import Counter
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from app import RESEARCH_USE_ONLY, __version__
from inference.scoring.counts import SYMBOLS
from inference.stain.profile import load_stain_profile

CAMERA = load_stain_profile("camera")
LABELS = {
    "ic": "intense complete",
    "ii": "intense incomplete",
    "wc": "weak complete",
    "wi": "weak incomplete",
    "ns": "no staining",
}


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


# --- a good run


def test_all_that_is_written_agrees(saved, score) -> None:
    files = [saved("a.png"), saved("b.jpg", 12)]
    result, out = score(*files, "--overlay")
    assert result.exit_code == 0
    assert result.stderr == ""
    assert out.files == ["a-overlay.png", "b-overlay.png", "cells.csv", "fields.csv", "slide.json"]
    assert out.failed == {}
    assert [row["field"] for row in out.fields] == ["a", "b"]
    for row in out.fields:
        cells = [c for c in out.cells if c["field"] == row["field"]]
        assert len(cells) == int(row["n_detected"]) == int(row["n_cells"]) > 20
        found = Counter(c["class"] for c in cells)
        for label in LABELS.values():
            assert found[label] == int(row[label.replace(" ", "_")])
    counts = out.slide["counts"]
    for symbol, label in LABELS.items():
        assert counts[symbol] == sum(int(row[label.replace(" ", "_")]) for row in out.fields)
    assert list(counts) == list(SYMBOLS)
    assert out.slide["n_cells"] == sum(counts.values()) == len(out.cells)
    assert out.slide["n_fields"] == 2
    assert out.slide["fractions"]["ns"] == counts["ns"] / len(out.cells)
    text = out.text
    assert f"Proposed score {out.slide['score']}" in text
    assert out.slide["reason"] in text
    assert f"all tumor cells {len(out.cells)}" in text
    assert text.endswith(RESEARCH_USE_ONLY)
    for note in out.slide["warnings"]:
        assert note["text"] in text


def test_the_text_tells_what_it_was_analyzed_with_in_80_columns(saved, score) -> None:
    result, out = score(
        saved("a.png"), "--t-weak", "0.1", "--method", "paper", "--detector", "rough"
    )
    text = out.text
    intense = CAMERA.levels[1].threshold_od
    assert f"Stain profile camera (weak 0.1, intense {intense:g} OD, paper method), chan" in text
    assert "changed by --t-weak 0.1 --method paper" in text
    assert "Nuclei rough-nuclei" in text
    assert "White point 243, 242, 240 (--white)" in text
    assert "Pixel size 0.424 um (--mpp)" in text
    assert "Images 1 of 1 scored, 1 field " in text
    lines = [line for line in result.stdout.splitlines() if "Written to" not in line]
    assert max(map(len, lines)) <= 80
    assert not any(line.lstrip().startswith("%") for line in lines)


def test_provenance_is_complete(saved, score) -> None:
    files = [saved("a.png"), saved("b.png", 12)]
    _, out = score(*files, "--t-intense", "0.65", "--detector", "rough")
    origin = out.provenance
    assert origin["program"] == {"name": "her2scope", "version": __version__}
    assert origin["libraries"]["numpy"] == np.__version__
    assert (origin["interrupted"], origin["not_reached"]) == (False, [])
    assert origin["detectors"] == ["rough-nuclei 1"]
    assert len(out.slide["profile"]["sha256"]) == 64
    stain = origin["stain_profile"]
    assert (stain["name"], len(stain["sha256"])) == ("camera", 64)
    weak = CAMERA.levels[0].threshold_od
    assert [level["threshold_od"] for level in stain["levels"]] == [weak, 0.65]
    assert len(stain["hematoxylin"]) == len(stain["dab"]) == 3
    assert origin["stain_profile_changes"] == ["--t-intense 0.65"]
    assert origin["method"] == "ring"
    for path, image in zip(files, origin["images"], strict=True):
        assert (image["file"], image["sha256"]) == (path.name, sha256(path))
        assert (image["um_per_px"], image["um_per_px_origin"]) == (0.424, "--mpp")
        assert (image["white"], image["white_origin"]) == ([243.0, 242.0, 240.0], "--white")
        assert (image["width_px"], image["height_px"]) == (320, 320)
        assert image["detector"] == "rough-nuclei 1"
        assert (image["fields"], image["regions"]) == ([path.stem], [])


def test_the_same_call_gives_the_same_result(saved, score) -> None:
    path = saved("a.png")
    _, first = score(path)
    _, second = score(path)
    assert first.cells == second.cells
    del first.provenance["finished_utc"], second.provenance["finished_utc"]
    assert first.slide == second.slide


def test_cells_of_cut_fields_have_coordinates_of_the_whole_image(tmp_path, tissue, score) -> None:
    wide = np.tile(tissue[:128], (1, 10, 1))[:, :4600]
    path = tmp_path / "wide.png"
    PIL.Image.fromarray(wide).save(path)
    right = tmp_path / "right.png"
    PIL.Image.fromarray(wide[:, 2300:]).save(right)
    _, whole = score(path)
    _, part = score(right)
    assert [(r["field"], r["x0_px"], r["y0_px"]) for r in whole.fields] == [
        ("wide_r0c0", "0", "0"),
        ("wide_r0c1", "2300", "0"),
    ]
    there = [c for c in whole.cells if c["field"] == "wide_r0c1"]
    assert len(there) == len(part.cells) > 20
    for cell, alone in zip(there, part.cells, strict=True):
        assert float(cell["x_px"]) == pytest.approx(float(alone["x_px"]) + 2300, abs=0.011)
        assert float(cell["x_um"]) == pytest.approx(float(cell["x_px"]) * 0.424, abs=0.02)
        assert (cell["y_px"], cell["class"]) == (alone["y_px"], alone["class"])
    assert whole.provenance["images"][0]["fields"] == ["wide_r0c0", "wide_r0c1"]


# --- settings


def test_the_white_point_comes_from_the_option_the_blank_the_profile_or_the_picture(
    tmp_path, tissue, saved, score
) -> None:
    path = saved("a.png")
    blank = tmp_path / "blank.png"
    noise = np.random.default_rng(0).normal(0, 1, (256, 256, 3))
    PIL.Image.fromarray((np.array([243, 242, 240]) + noise).round().astype(np.uint8)).save(blank)
    _, out = score(path, "--blank", blank, white=False)
    image = out.provenance["images"][0]
    assert (image["white"], image["white_origin"]) == ([243, 242, 240], "--blank blank.png")
    assert image["white_picture_sha256"] == sha256(blank)
    assert (out.fields[0]["white_r"], out.fields[0]["white_origin"]) == (
        "243.0",
        "--blank blank.png",
    )
    _, out = score(path, "--stain-profile", "scanner", white=False)
    assert out.provenance["images"][0]["white"] == [234, 233, 242]
    assert out.provenance["images"][0]["white_origin"] == "stain profile"
    assert "white_estimated" not in out.warnings
    glass = np.full((320, 100, 3), (243, 242, 240), np.uint8)
    with_glass = tmp_path / "glass.png"
    PIL.Image.fromarray(np.hstack([tissue[:320, :300], glass])).save(with_glass)
    result, out = score(with_glass, white=False)
    assert result.exit_code == 0
    assert out.provenance["images"][0]["white"] == pytest.approx([243, 242, 240], abs=2)
    assert "--blank would be surer" in out.warnings["white_estimated"]
    assert out.warnings["white_estimated"] in out.fields[0]["warnings"]


def test_the_blank_needs_no_pixel_size(tmp_path, saved, score) -> None:
    blank = tmp_path / "blank.tif"
    picture = PIL.Image.new("RGB", (200, 200), (240, 240, 240))
    picture.save(blank, resolution=10_000, resolution_unit=3)  # 1 um per px
    result, out = score(saved("a.png"), "--blank", blank, white=False)
    assert result.exit_code == 0
    assert out.fields[0]["white_g"] == "240.0"


def test_without_glass_and_white_point_a_file_is_refused(saved, score) -> None:
    result, out = score(saved("a.png", side=128), white=False)
    assert result.exit_code == 1
    assert "give --white R,G,B or --blank FILE" in out.failed["a.png"]


PROFILE = """
name = "mine"
antibody = "4B5"
origin = "a test"
method = "ring"
"""
LEVEL = '[[levels]]\nname = "{}"\nof = "{}"\nthreshold_od = {}\n'


WEAK, MODERATE, INTENSE = (
    ("weak", "contrast", 0.08),
    ("moderate", "density", 0.3),
    ("intense", "density", 0.7),
)


@pytest.mark.parametrize("levels", [[WEAK], [WEAK, MODERATE, INTENSE]])
def test_profiles_with_one_level_or_three_work(tmp_path, saved, score, levels) -> None:
    def run(number: int, chosen: list[tuple[str, str, float]]):
        toml = tmp_path / f"{number}.toml"
        toml.write_text(PROFILE + "".join(LEVEL.format(*level) for level in chosen))
        result, out = score(saved("a.png"), "--stain-profile", toml, "--overlay")
        assert result.exit_code == 0, result.stderr
        return out

    out = run(1, levels)
    counts, usual = out.slide["counts"], run(2, [WEAK, INTENSE]).slide["counts"]
    assert counts["ns"] == usual["ns"]
    assert counts["wc"] + counts["wi"] > 0
    strongest = (usual["ic"], usual["ii"]) if len(levels) == 3 else (0, 0)
    assert (counts["ic"], counts["ii"]) == strongest
    assert usual["ii"] > 0
    assert (out.fields[0]["t_weak"], out.fields[0]["t_intense"]) == (
        str(levels[0][2]),
        str(levels[-1][2]),
    )


def test_a_profile_of_ones_own_is_found_by_its_name(tmp_path, saved, score) -> None:
    folder = tmp_path / "config" / "stain-profiles"
    folder.mkdir(parents=True)
    text = PROFILE + LEVEL.format("weak", "contrast", 0.5)
    (folder / "own.toml").write_text(text)
    _, out = score(saved("a.png"), "--stain-profile", "own")
    assert out.provenance["stain_profile"]["antibody"] == "4B5"


def test_the_two_methods_differ(saved, score) -> None:
    path = saved("a.png")
    _, ring = score(path)
    _, paper = score(path, "--method", "paper")
    assert (ring.provenance["method"], paper.provenance["method"]) == ("ring", "paper")
    assert ring.slide["counts"] != paper.slide["counts"]
    same = ("x_px", "y_px", "ring_od", "completeness", "enclosed_weak")
    assert [[c[k] for k in same] for c in ring.cells] == [[c[k] for k in same] for c in paper.cells]


def test_a_higher_threshold_leaves_fewer_stained_cells(saved, score) -> None:
    path = saved("a.png")
    unstained = [
        score(path, "--t-weak", weak)[1].slide["counts"]["ns"] for weak in ("0.03", "0.08", "0.5")
    ]
    assert unstained == sorted(set(unstained))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--stain-profile", "none"], "no stain profile 'none'; use one of camera, scanner"),
        (["--profile", "none"], "no rule profile 'none'; use one of asco-cap-2018"),
        (["--t-weak", "1.8"], "must be above that of weak (1.8)"),
        (["--t-weak", "-1"], "threshold_od"),
        (["--mpp", "25"], "--mpp takes the size of a pixel in um, 0.05 to 2, not 25"),
        (["--white", "240,240"], "--white takes three numbers as in 240,238,244, not '240,240'"),
        (["--white", "240,240,nan"], "--white takes three numbers from 50 to 255"),
        (["--blank", "{field}"], "--blank {field}: not an empty field"),
        (["--blank", "no.png"], "--blank no.png: there is no such file"),
        (["--blank", "{field}", "--white", "240,240,240"], "give one of them"),
        (["--include", "no.geojson"], "--include no.geojson: cannot be read"),
        (["--include", "{field}"], "is not GeoJSON"),
        (["--exclude", "{folder}"], "holds no NAME.geojson for any NAME of the images, e.g. a.geo"),
    ],
)
def test_a_wrong_call_is_one_line_and_nothing_is_written(
    tmp_path, saved, call, arguments, message
) -> None:
    field = saved("a.png")
    names = {"field": field, "folder": tmp_path}
    filled = [argument.format_map(names) for argument in arguments]
    output = tmp_path / "out"
    given = ["--mpp", "0.424"] if "--mpp" not in arguments else []
    result = call("score", field, *given, *filled, "--output", output)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith("her2scope score: ")
    assert message.format_map(names) in result.stderr
    assert not output.exists()


def test_the_help_tells_the_exit_codes(call) -> None:
    text = " ".join(call("score", "--help").stdout.split())
    for code in ("0 all files were scored", "1 some failed", "2 the call was wrong", "130 interr"):
        assert code in text

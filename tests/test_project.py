"""What the project promises about itself: names, versions, dependencies, texts."""

import re
import sys
import tomllib
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from urllib.parse import urlparse

import pytest

import app
import hardware
import inference

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
OUR_NAMES = ("app", "inference", "hardware")
PUBLIC_HOSTS = {"pypi.org", "files.pythonhosted.org"}
MOST_LINES = 500


def _name(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found is not None, requirement
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def _requirements() -> list[str]:
    extras = PROJECT["project"]["optional-dependencies"].values()
    always = [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["dev"]]
    return [*always, *(requirement for extra in extras for requirement in extra)]


def _intruders(owners: Mapping[str, list[str]]) -> list[str]:
    return [
        f"{owner} owns {name}"
        for name in OUR_NAMES
        for owner in sorted(set(owners.get(name, ())) - {"her2scope"})
    ]


def test_no_other_distribution_owns_our_package_names() -> None:
    found = _intruders(metadata.packages_distributions())
    assert not found, f"uninstall it, our own packages have these names: {'; '.join(found)}"


def test_an_intruder_is_named() -> None:
    owners = {"app": ["her2scope"], "inference": ["other-inference", "her2scope"]}
    assert _intruders(owners) == ["other-inference owns inference"]


@pytest.mark.parametrize(
    "package", [app, inference, hardware], ids=lambda package: package.__name__
)
def test_packages_come_from_this_project(package: object) -> None:
    file = getattr(package, "__file__", None)
    assert file is not None
    assert Path(file).resolve().parent.parent == ROOT


def test_emitting_a_signal_keeps_the_reference_counts() -> None:
    # PySide6 6.12.0 on CPython 3.11 lost one reference to True an emit and aborted after some
    # hundred. From Python 3.12 on, True and None are immortal and their counts stand still.
    reason = "Qt cannot be loaded here (system libraries: docs/dependencies.md)"
    core = pytest.importorskip("PySide6.QtCore", reason=reason, exc_type=ImportError)
    sender_class = type("Sender", (core.QObject,), {"changed": core.Signal(bool)})
    sender = sender_class()
    heard = 0

    def hear(_value: bool) -> None:
        nonlocal heard
        heard += 1

    sender.changed.connect(hear)
    emits = 400
    before = sys.getrefcount(True), sys.getrefcount(None)
    for _ in range(emits):
        sender.changed.emit(True)
    after = sys.getrefcount(True), sys.getrefcount(None)
    assert heard == emits
    for name, old, new in zip(("True", "None"), before, after, strict=True):
        assert abs(new - old) < emits // 10, f"{emits} emits changed the count of {name}"


def test_the_lock_names_public_registries_alone() -> None:
    hosts = set()
    for package in LOCK["package"]:
        source = package["source"]
        assert set(source) <= {"registry", "editable"}, package["name"]
        files = [*package.get("wheels", ()), package.get("sdist", {})]
        urls = [source.get("registry"), *(file.get("url") for file in files)]
        hosts |= {urlparse(url).hostname for url in urls if url}
    assert hosts <= PUBLIC_HOSTS


def test_the_lock_is_of_this_project() -> None:
    ours = next(package for package in LOCK["package"] if package["name"] == "her2scope")
    assert ours["version"] == PROJECT["project"]["version"]
    locked = ours["metadata"]["requires-dist"] + ours["metadata"]["requires-dev"]["dev"]
    assert sorted(entry["name"] for entry in locked) == sorted(map(_name, _requirements()))


def test_one_version_everywhere() -> None:
    version = PROJECT["project"]["version"]
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## \[([^\]]+)\]", changes, re.MULTILINE)
    assert newest is not None
    assert newest[1] == version
    assert app.__version__ == version, "the environment is of another version: make test sets it up"


def _documented() -> dict[str, list[str]]:
    text = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([^`]+)` \|(.*)\|\s*$", text, re.MULTILINE)
    return {_name(name): [cell.strip() for cell in cells.split("|")] for name, cells in rows}


def test_every_dependency_is_documented_with_reason_and_license() -> None:
    documented = _documented()
    build = PROJECT["build-system"]["requires"]
    assert sorted(documented) == sorted(map(_name, [*_requirements(), *build]))
    for name, cells in documented.items():
        assert len(cells) == 3, name
        assert all(cells), f"{name}: reason, license or upkeep is missing"


def test_no_file_is_longer_than_it_should_be() -> None:
    folders = ("app", "inference", "hardware", "models", "installers", "tests", "docs")
    files = [*ROOT.glob("*.md"), *(path for name in folders for path in (ROOT / name).rglob("*"))]
    long = {}
    for path in files:
        if path.suffix in {".py", ".md", ".sh", ".ps1"}:
            lines = len(path.read_text(encoding="utf-8").splitlines())
            if lines > MOST_LINES:
                long[str(path.relative_to(ROOT))] = lines
    assert not long


def test_research_use_only_stands_where_it_must() -> None:
    assert app.RESEARCH_USE_ONLY == "For Research Use Only. Not for use in diagnostic procedures."
    for name in ("README.md", "docs/user-guide.md"):
        assert app.RESEARCH_USE_ONLY in (ROOT / name).read_text(encoding="utf-8"), name


def test_places_named_in_the_documents_exist() -> None:
    named = re.compile(r"`((?:app|inference|hardware|installers|docs)/[^` ]+)`")
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    places = [
        (page.name, place)
        for page in pages
        for place in named.findall(page.read_text(encoding="utf-8"))
    ]
    assert places
    assert not [f"{page}: {place}" for page, place in places if not any(ROOT.glob(place))]


def test_links_in_the_documents_lead_to_files() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    links = [
        (page, target)
        for page in pages
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8"))
        if "://" not in target
    ]
    broken = [f"{page.name}: {link}" for page, link in links if not (page.parent / link).exists()]
    assert not broken

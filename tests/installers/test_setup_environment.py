import ast
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
INSTALLERS = ROOT / "installers"


@pytest.fixture
def setup(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """The script as a module, at work in an empty project folder with a space in its path."""
    monkeypatch.syspath_prepend(str(INSTALLERS))
    import setup_environment  # type: ignore[import-not-found]  # noqa: PLC0415

    project = tmp_path / "a project"
    project.mkdir()
    (project / "pyproject.toml").write_text(
        "[project]\n\n# Drivers\n[project.optional-dependencies]\n"
        'pylon = ["pypylon"]\nmy-lamp = [\n    "lamp",\n]\n\n[tool.x]\nother = 1\n'
    )
    (project / "uv.lock").write_text("version = 1\n")
    monkeypatch.setattr(setup_environment, "ROOT", project)
    monkeypatch.setattr(setup_environment, "ENVIRONMENT", project / ".venv")
    monkeypatch.setattr(setup_environment, "STAMP", project / ".venv" / ".set-up-for")
    monkeypatch.setattr(setup_environment, "TOOLS", project / ".tools")
    monkeypatch.setattr(setup_environment, "EXTRAS", project / ".tools" / "extras")
    monkeypatch.setattr(setup_environment, "LOG", project / ".tools" / "setup.log")
    monkeypatch.setattr(setup_environment, "find_python", lambda: sys.executable)
    monkeypatch.setattr(setup_environment.system_libraries, "install", lambda: None)
    monkeypatch.setattr(setup_environment.system_libraries, "missing_packages", list)
    module: ModuleType = setup_environment
    return module


@pytest.fixture
def synced(setup: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Replace the installation by an empty environment; hold one entry per installation."""
    calls: list[str] = []

    def sync(uv: str, python: str, extras: list[str]) -> None:
        calls.append(" ".join(extras))
        python_here = Path(setup.program("python"))
        python_here.parent.mkdir(parents=True, exist_ok=True)
        python_here.touch()

    monkeypatch.setattr(setup, "sync", sync)
    monkeypatch.setattr(setup, "find_uv", lambda _: "uv")
    return calls


@pytest.mark.parametrize("script", sorted(INSTALLERS.glob("*.py")), ids=lambda path: path.name)
def test_an_old_python_can_read_the_script_and_say_that_it_is_too_old(script: Path) -> None:
    ast.parse(script.read_text(encoding="utf-8"), feature_version=(3, 8))


def test_accepts_the_pythons_that_the_project_accepts(setup: ModuleType) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (_, oldest), (_, newest) = setup.OLDEST, setup.NEWEST
    assert project["requires-python"] == f">=3.{oldest},<3.{newest + 1}"


def test_uses_a_uv_that_the_project_accepts(setup: ModuleType) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    oldest = ".".join(map(str, setup.OLDEST_UV))
    assert project["tool"]["uv"]["required-version"] == f">={oldest}"
    assert tuple(map(int, setup.UV.split("."))) >= setup.OLDEST_UV


def test_sets_up_once(setup: ModuleType, synced: list[str]) -> None:
    setup.set_up()
    setup.set_up()
    assert len(synced) == 1


@pytest.mark.parametrize("name", ["uv.lock", "pyproject.toml"])
def test_sets_up_again_for_other_packages(setup: ModuleType, synced: list[str], name: str) -> None:
    setup.set_up()
    (setup.ROOT / name).write_text("changed = true\n")
    setup.set_up()
    setup.set_up()
    assert len(synced) == 2


def test_sets_up_again_when_the_python_has_gone(setup: ModuleType, synced: list[str]) -> None:
    setup.set_up()
    Path(setup.program("python")).unlink()
    setup.set_up()
    assert len(synced) == 2


def test_makes_a_new_environment_in_a_moved_project(setup: ModuleType, synced: list[str]) -> None:
    setup.set_up()
    stale = setup.ENVIRONMENT / "stale"
    stale.touch()
    digest = setup.STAMP.read_text().partition("\n")[2]
    setup.STAMP.write_text(f"/another/folder\n{digest}")
    setup.set_up()
    assert len(synced) == 2
    assert not stale.exists()


def test_a_failed_set_up_is_tried_again(
    setup: ModuleType, synced: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    setup.set_up()
    (setup.ROOT / "uv.lock").write_text("changed = true\n")
    sync = setup.sync

    def fail(uv: str, python: str, extras: list[str]) -> None:
        raise setup.SetupError("no network")

    monkeypatch.setattr(setup, "sync", fail)
    assert setup.main(["setup"]) == 1
    assert setup.main(["setup"]) == 1
    monkeypatch.setattr(setup, "sync", sync)
    assert setup.main(["setup"]) == 0


def test_missing_libraries_are_named_each_time_until_they_are_there(
    setup: ModuleType,
    synced: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    missing = ["libegl1"]
    monkeypatch.setattr(setup.system_libraries, "missing_packages", lambda: list(missing))
    for _ in range(2):
        setup.set_up()
        assert "libegl1" in capsys.readouterr().err
    missing.clear()
    setup.set_up()
    setup.set_up()
    assert "libegl1" not in capsys.readouterr().err
    assert len(synced) == 1


def test_the_extras_of_the_project_are_known(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert setup.known_extras() == ["pylon", "my-lamp"]
    monkeypatch.setattr(setup, "ROOT", ROOT)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert setup.known_extras() == list(project["optional-dependencies"])


def test_extras_are_kept_by_every_later_set_up(
    setup: ModuleType, synced: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(setup.COMMANDS, "run", len)
    assert setup.main(["run", "devices"]) == 1
    assert setup.main(["run", "EXTRAS=pylon", "devices", "EXTRAS=no"]) == 2
    assert setup.main(["run"]) == 0
    assert synced == ["", "pylon"], "what is there is not installed again"
    (setup.ROOT / "uv.lock").write_text("changed = true\n")
    setup.main(["run"])
    setup.main(["run", "EXTRAS=my-lamp,pylon"])
    setup.main(["run", "EXTRAS="])
    assert synced[2:] == ["pylon", "my-lamp pylon"]
    setup.main(["run", "EXTRAS=none"])
    setup.main(["run", "EXTRAS=none pylon"])
    assert synced[4:] == ["", "pylon"]


def test_an_environment_without_extras_is_not_made_anew_for_their_sake(setup: ModuleType) -> None:
    files = (setup.ROOT / name for name in ("pyproject.toml", "uv.lock"))
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    assert setup.wanted_stamp([]) == f"{setup.ROOT}\n{digest}\n"


def test_extras_that_could_not_be_installed_are_not_kept(
    setup: ModuleType, synced: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    setup.set_up()
    sync = setup.sync

    def fail(uv: str, python: str, extras: list[str]) -> None:
        raise setup.SetupError("no network")

    monkeypatch.setattr(setup, "sync", fail)
    assert setup.main(["setup", "EXTRAS=pylon"]) == 1
    monkeypatch.setattr(setup, "sync", sync)
    assert setup.main(["setup"]) == 0
    assert synced == ["", ""]


def test_an_extra_that_the_project_lost_is_forgotten(setup: ModuleType, synced: list[str]) -> None:
    setup.TOOLS.mkdir()
    setup.EXTRAS.write_text("gone\npylon\n")
    setup.set_up()
    assert synced == ["pylon"]


def test_an_unknown_extra_is_refused_with_those_that_there_are(
    setup: ModuleType, synced: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert setup.main(["run", "EXTRAS=pilon"]) == 1
    assert "no extra pilon: name pylon, my-lamp or none" in capsys.readouterr().err
    assert not synced


def test_extras_are_named_to_uv(setup: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    tools = Tools((0, ""))
    monkeypatch.setattr(setup, "logged", tools)
    setup.sync("uv", sys.executable, ["hid", "pylon"])
    command = " ".join(tools.calls[0][0])
    assert "--extra hid --extra pylon" in command


@pytest.mark.skipif(shutil.which("make") is None, reason="make is missing")
@pytest.mark.parametrize(
    ("words", "passed"),
    [
        (["run"], "run"),
        (["run", "EXTRAS=pylon serial", "ARGS=devices"], 'run EXTRAS="pylon serial" devices'),
        (["setup", "EXTRAS=none"], 'setup EXTRAS="none"'),
    ],
)
def test_make_hands_over_extras_that_were_typed(words: list[str], passed: str) -> None:
    # These tests may run under a make themselves, which hands on what was typed behind it.
    environ = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("MAKE") and name != "ARGS"  # a make around this one hands them on
    }
    environ["EXTRAS"] = "somebody else's"
    run = subprocess.run(
        ["make", "--dry-run", *words],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    )
    assert " ".join(run.stdout.split()).endswith(f"setup_environment.py {passed}")


@pytest.mark.parametrize(
    ("output", "says"),
    [
        ("error: Failed\n  cause: dns error: failed to lookup address", "connect to the network"),
        ("error: Failed\n  cause: client error (Connect)", "connect to the network"),
        ("cause: invalid peer certificate: UnknownIssuer\n (Connect)", "SSL_CERT_FILE"),
        ("error: write\n cause: No space left on device (os error 28)", "disk is full"),
        ("noise\nerror: no wheel for this platform\nhint: other", "no wheel for this platform"),
        ("", "the set-up failed"),
    ],
)
def test_a_failure_has_one_line(setup: ModuleType, output: str, says: str) -> None:
    line = setup.reason(output)
    assert says in line
    assert "\n" not in line


def test_no_space_is_said_before_anything_is_fetched(
    setup: ModuleType,
    synced: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(setup, "NEEDED_GB", 1e9)
    assert setup.main(["setup"]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert re.search(r"GB are needed in .*, .* GB are free", lines[0])
    assert not synced


def test_a_missing_python_is_said(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(setup, "OLDEST", (3, 97))
    monkeypatch.setattr(setup, "NEWEST", (3, 99))
    with pytest.raises(setup.SetupError, match=r"3\.97 to 3\.99, and .* is 3\.\d+"):
        setup.find_python()


def test_the_running_python_is_found(setup: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert setup.python_version(setup.find_python()) == sys.version_info[:2]
    assert setup.python_version("/nowhere/python3") is None


class Tools:
    """Stands for the calls of pip and uv."""

    def __init__(self, *answers: tuple[int, str]) -> None:
        self.answers = list(answers)
        self.calls: list[tuple[list[str], dict[str, str]]] = []

    def __call__(
        self, command: list[str], settings: dict[str, str] | None = None
    ) -> tuple[int, str]:
        self.calls.append((command, settings or {}))
        return self.answers.pop(0)


def test_uv_is_fetched_into_the_project(setup: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    tools = Tools((0, ""))
    monkeypatch.setattr(setup, "logged", tools)
    monkeypatch.setattr(setup, "uv_version", lambda _: (0, 7))
    uv = setup.find_uv(sys.executable)
    command, _ = tools.calls[0]
    assert Path(uv).is_relative_to(setup.TOOLS)
    assert command[command.index("--target") + 1] == str(setup.TOOLS / "uv")
    assert command[-1] == f"uv=={setup.UV}"


def test_a_good_uv_of_the_machine_is_used(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setup.shutil, "which", lambda name: f"/somewhere/{name}")
    monkeypatch.setattr(setup, "uv_version", lambda _: (0, 9))
    assert setup.find_uv(sys.executable) == "/somewhere/uv"


def test_a_missing_pip_is_said(setup: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "logged", Tools((1, "/usr/bin/python3: No module named pip\n")))
    monkeypatch.setattr(setup, "uv_version", lambda _: ())
    with pytest.raises(setup.SetupError, match="has no pip: install it"):
        setup.find_uv(sys.executable)


def test_an_unknown_certificate_is_looked_up_in_the_system(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = Tools((1, "invalid peer certificate: UnknownIssuer"), (0, ""))
    monkeypatch.setattr(setup, "logged", tools)
    setup.sync("uv", sys.executable, [])
    assert "UV_SYSTEM_CERTS" in tools.calls[1][1]


def test_without_a_network_the_cache_is_tried_and_the_first_failure_told(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = Tools((1, "dns error"), (0, ""), (1, "dns error"), (1, "not in the cache"))
    monkeypatch.setattr(setup, "logged", tools)
    setup.sync("uv", sys.executable, [])
    assert tools.calls[1][0][-1] == "--offline"
    with pytest.raises(setup.SetupError, match="connect to the network"):
        setup.sync("uv", sys.executable, [])


def test_tools_are_logged_and_their_exit_code_kept(setup: ModuleType) -> None:
    setup.TOOLS.mkdir()
    code, output = setup.logged([sys.executable, "-c", "print('words'); raise SystemExit(3)"])
    assert (code, output) == (3, "words\n")
    assert "words" in setup.LOG.read_text()


def test_the_shell_cannot_lead_to_another_environment(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", "/other")
    monkeypatch.setenv("UV_PROJECT_ENVIRONMENT", "/other")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy")
    environ = setup.clean_environ()
    assert "/other" not in environ.values()
    assert environ["HTTPS_PROXY"] == "http://proxy"


@pytest.mark.parametrize("code", [0, 1, 7])
def test_the_exit_code_of_a_program_is_kept(setup: ModuleType, code: int) -> None:
    assert setup.call([sys.executable, "-c", f"raise SystemExit({code})"]) == code


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals")
def test_a_killed_program_has_failed(setup: ModuleType) -> None:
    assert setup.call([sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"]) == 137


def test_check_runs_all_and_fails_when_one_does(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []

    def call(command: list[str], folder: Any = None) -> int:
        ran.append(Path(command[0]).stem)
        return 1 if len(ran) == 1 else 0

    monkeypatch.setattr(setup, "call", call)
    assert setup.check([]) == 1
    assert ran == ["ruff", "ruff", "mypy", "lint-imports"]


@pytest.mark.parametrize("arguments", [[], ["fly"]])
def test_an_unknown_command_is_refused(
    setup: ModuleType, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert setup.main(arguments) == 2
    assert "run, test, check, setup" in capsys.readouterr().err

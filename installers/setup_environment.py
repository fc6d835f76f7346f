"""Set up the project's own environment where needed, then run a command in it.

``python3 installers/setup_environment.py run|test|check|setup [arguments]`` is what ``make run``,
``make test`` and ``make check`` call. It needs Python and pip, no more; it writes into the
project's folder alone (``.venv``, ``.tools``) and never into the system's Python, which Debian
closes to pip (PEP 668). The packages and their versions are those of ``uv.lock``.

``EXTRAS="pylon serial"`` behind the command adds drivers that not everybody needs. They are kept
from then on, through every later set-up; ``EXTRAS=none`` takes all of them away.

Standard library alone, old Pythons included: an old Python must be told so in one line.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import system_libraries

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
TOOLS = ROOT / ".tools"
LOG = TOOLS / "setup.log"
STAMP = ENVIRONMENT / ".set-up-for"
EXTRAS = TOOLS / "extras"
"""The extras that the user chose, one per line; not in the environment, which may be made anew."""
COMPLETE = "system libraries\n"
"""Last line of the stamp when nothing is left to check."""

OLDEST = (3, 11)
NEWEST = (3, 14)
UV = "0.13.9"
OLDEST_UV = (0, 8)
NEEDED_GB = 2.0

BIN, EXE = ("Scripts", ".exe") if os.name == "nt" else ("bin", "")

# Settings of the user's shell that would lead uv or Python to another environment than ours.
FOREIGN = (
    "CONDA_PREFIX",
    "PYTHONHOME",
    "PYTHONPATH",
    "UV_PROJECT_ENVIRONMENT",
    "UV_PYTHON",
    "VIRTUAL_ENV",
)


class SetupError(Exception):
    """The set-up cannot go on; the message is one line that says why and what to do."""


def say(line: str) -> None:
    """Print one line about the set-up, apart from what the program itself prints."""
    sys.stderr.write(f"HER2Scope: {line}\n")
    sys.stderr.flush()


def program(name: str) -> str:
    """Return the path of a program of the project's environment."""
    return str(ENVIRONMENT / BIN / (name + EXE))


def clean_environ() -> dict[str, str]:
    """Return the shell's variables without those that lead to other environments."""
    return {name: value for name, value in os.environ.items() if name not in FOREIGN}


# --- Is anything to do? ----------------------------------------------------------------------


def wanted_stamp(extras: list[str]) -> str:
    """Return what the environment must have been set up for: this folder and these packages."""
    digest = hashlib.sha256()
    for name in ("pyproject.toml", "uv.lock"):
        digest.update((ROOT / name).read_bytes())
    digest.update(" ".join(extras).encode())
    return f"{ROOT}\n{digest.hexdigest()}\n"


def found_stamp() -> str:
    """Return what the environment was set up for; empty when it was not, or is broken."""
    if not Path(program("python")).exists():  # also a link to a Python that has gone
        return ""
    try:
        return STAMP.read_text(encoding="utf-8")
    except OSError:
        return ""


# --- Drivers that not everybody needs ----------------------------------------------------------


def known_extras() -> list[str]:
    """Return the extras that the project has; an old Python has no reader of TOML."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    table = re.search(r"^\[project\.optional-dependencies\]\n((?:[^\[\n].*\n|\n)*)", text, re.M)
    return re.findall(r"^([\w-]+) *=", table.group(1), re.M) if table else []


def kept_extras() -> list[str]:
    """Return the extras that were chosen earlier; one that the project lost is forgotten."""
    try:
        words = EXTRAS.read_text(encoding="utf-8").split()
    except OSError:
        return []
    return sorted(set(words) & set(known_extras()))


def chosen_extras(asked: str) -> list[str]:
    """Return the extras that were chosen earlier with those that are asked for now."""
    chosen = set(kept_extras())
    for word in asked.replace(",", " ").split():
        if word == "none":
            chosen.clear()
        elif word in known_extras():
            chosen.add(word)
        else:
            raise SetupError(f"there is no extra {word}: name {', '.join(known_extras())} or none")
    return sorted(chosen)


def keep_extras(extras: list[str]) -> None:
    """Remember what was installed; called when it is, so that a failure changes nothing."""
    if extras != kept_extras():
        TOOLS.mkdir(exist_ok=True)
        EXTRAS.write_text("".join(f"{name}\n" for name in extras), encoding="utf-8")


# --- A Python, and uv ------------------------------------------------------------------------


def python_version(python: str) -> tuple[int, int] | None:
    """Return the version of a 64-bit CPython, None for anything else or what does not start."""
    code = "import sys; print(sys.implementation.name, sys.maxsize > 2**32, *sys.version_info[:2])"
    try:
        answer = subprocess.run(
            [python, "-c", code],
            env=clean_environ(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    words = answer.stdout.split()
    if words[:2] != ["cpython", "True"]:
        return None
    return int(words[2]), int(words[3])


def find_python() -> str:
    """Return a Python that can run the project: the one running this, else one on the PATH."""
    running = str(getattr(sys, "_base_executable", "") or sys.executable)
    minors = range(NEWEST[1], OLDEST[1] - 1, -1)
    for candidate in (running, *(shutil.which(f"python3.{minor}") for minor in minors)):
        if candidate is None:
            continue
        version = python_version(candidate)
        if version is not None and OLDEST <= version <= NEWEST:
            return candidate
    raise SetupError(
        f"needs a 64-bit Python 3.{OLDEST[1]} to 3.{NEWEST[1]}, and {running} is "
        f"{sys.version.split()[0]}: install one (Debian, Ubuntu: sudo apt-get install python3.11, "
        "or the newer one that your release has) and repeat"
    )


def find_uv(python: str) -> str:
    """Return uv: a good one of the machine, else our own, fetched into the project's folder."""
    for candidate in (shutil.which("uv"), str(TOOLS / "uv" / "bin" / ("uv" + EXE))):
        if candidate and uv_version(candidate) >= OLDEST_UV:
            return candidate
    say("fetching uv, which installs the packages")
    target = TOOLS / "uv"
    shutil.rmtree(target, ignore_errors=True)
    # Into a folder of its own: the system's Python stays untouched, and neither venv nor
    # ensurepip is needed, which Debian splits off. Wheels only: no compiler is at hand.
    options = ["--target", str(target), "--no-deps", "--only-binary", ":all:", "--no-input"]
    settings = {"PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0", "PIP_RETRIES": "2"}
    code, output = logged([python, "-m", "pip", "install", *options, f"uv=={UV}"], settings)
    if code != 0:
        shutil.rmtree(target, ignore_errors=True)
        if "No module named pip" in output:
            raise SetupError(
                f"{python} has no pip: install it (Debian, Ubuntu: sudo apt-get install "
                "python3-pip) and repeat"
            )
        raise SetupError(reason(output))
    return str(target / "bin" / ("uv" + EXE))


def uv_version(uv: str) -> tuple[int, ...]:
    """Return the version of a uv as numbers; empty when it does not start."""
    try:
        answer = subprocess.run(
            [uv, "--version"], capture_output=True, text=True, timeout=60, check=True
        )
        return tuple(int(part) for part in answer.stdout.split()[1].split(".")[:2])
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return ()


# --- The packages ----------------------------------------------------------------------------


def sync(uv: str, python: str, extras: list[str]) -> None:
    """Bring the environment to exactly what the lock says for these extras."""
    command = [uv, "sync", "--frozen", "--no-python-downloads", "--color", "never"]
    for name in extras:
        command += ["--extra", name]
    version = python_version(program("python"))
    if version is None or not OLDEST <= version <= NEWEST:
        command += ["--python", python]
    code, output = logged(command)
    if code != 0 and "certificate" in output:
        # A hospital's proxy signs with a certificate that only the system knows.
        code, output = logged(command, {"UV_SYSTEM_CERTS": "1", "UV_NATIVE_TLS": "1"})
    if code != 0 and not lacks_space(output):
        # Everything may be in uv's cache: a changed version number needs no network.
        offline, _ = logged([*command, "--offline"])
        code = min(code, offline)
    if code != 0:
        raise SetupError(reason(output))


def logged(command: list[str], settings: dict[str, str] | None = None) -> tuple[int, str]:
    """Run a tool, show its progress, keep all it says in the log; return exit code and text."""
    environ = {**clean_environ(), **(settings or {})}
    if "UV_CACHE_DIR" not in environ and not os.access(Path.home(), os.W_OK):
        environ["UV_CACHE_DIR"] = str(TOOLS / "cache")
    lines = []
    with LOG.open("a", encoding="utf-8") as log:
        log.write(f"$ {' '.join(command)}\n")
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
        with process:
            for line in process.stdout or ():
                lines.append(line)
                log.write(line)
                if line.split(" ")[0] in ("Downloading", "Prepared", "Installed"):
                    say(line.rstrip())
    return process.returncode, "".join(lines)


def lacks_space(output: str) -> bool:
    """Tell whether a tool's output complains of a full disk."""
    return "No space left" in output or "not enough space" in output


def reason(output: str) -> str:
    """Return the one line that explains a failed download or installation."""
    if lacks_space(output):
        return f"the disk is full: make {NEEDED_GB:.1f} GB free and repeat"
    if "certificate" in output:
        return (
            "the package index has a certificate that this machine does not trust: set "
            f"SSL_CERT_FILE to your organization's certificates and repeat (details: {LOG})"
        )
    signs = ("dns error", "(Connect)", "timed out", "Connection", "Temporary failure", "tunnel")
    if any(sign in output for sign in signs):
        return (
            "the packages could not be fetched: connect to the network (behind a proxy: set "
            f"HTTPS_PROXY) and repeat; this is needed once (details: {LOG})"
        )
    errors = [line.strip() for line in output.splitlines() if line.lower().startswith("error")]
    return f"{(errors or ['the set-up failed'])[0]} (details: {LOG})"


def set_up(asked: str = "") -> None:
    """Make or renew the environment; does nothing, and quickly, when all is in place.

    `asked` names extras that are to be added.
    """
    extras = chosen_extras(asked)
    wanted = wanted_stamp(extras)
    found = found_stamp()
    if found == wanted + COMPLETE:
        keep_extras(extras)
        return
    if not found.startswith(wanted):
        install(extras, moved=bool(found) and found.splitlines()[0] != str(ROOT))
        say("the environment is ready")
        system_libraries.install()
    keep_extras(extras)
    missing = system_libraries.missing_packages()
    if missing:
        say(system_libraries.note(missing))
    STAMP.write_text(wanted + ("" if missing else COMPLETE), encoding="utf-8")


def install(extras: list[str], moved: bool) -> None:
    """Install everything that the lock names for these extras."""
    python = find_python()
    try:
        TOOLS.mkdir(exist_ok=True)
        LOG.write_text("", encoding="utf-8")
        if moved:  # its programs still name the old folder
            shutil.rmtree(ENVIRONMENT)
    except PermissionError as error:
        raise SetupError(
            f"cannot write in {ROOT}: get the project as the user who runs it"
        ) from error
    free = shutil.disk_usage(ROOT).free / 1e9
    if not ENVIRONMENT.exists() and free < NEEDED_GB:
        raise SetupError(f"{NEEDED_GB:.1f} GB are needed in {ROOT}, {free:.1f} GB are free")
    say("setting up once, in .venv; this takes a few minutes and 1.3 GB")
    if extras:
        say(f"with the extras {', '.join(extras)}")
    STAMP.unlink(missing_ok=True)
    sync(find_uv(python), python, extras)


# --- The commands ----------------------------------------------------------------------------


def run(arguments: list[str]) -> int:
    """Run the program; without arguments its main job."""
    return call([program("her2scope"), *arguments])


def test(arguments: list[str]) -> int:
    """Run the tests."""
    return call([program("python"), "-m", "pytest", *arguments], ROOT)


def check(arguments: list[str]) -> int:
    """Run lint, format, types and import contracts; all of them, even when one fails."""
    del arguments
    commands = (
        ("ruff", "check"),
        ("ruff", "format", "--check"),
        ("mypy",),
        ("lint-imports", "--no-logo"),
    )
    return max(call([program(name), *options], ROOT) for name, *options in commands)


def setup(arguments: list[str]) -> int:
    """Set up and do no more."""
    del arguments
    return 0


def call(command: list[str], folder: Path | None = None) -> int:
    """Run a program of the environment, in `folder` if given; return its exit code."""
    process = subprocess.Popen(command, cwd=folder, env=clean_environ())
    while True:
        try:
            code = process.wait()
        except KeyboardInterrupt:  # the program has it too, and decides what Ctrl-C means
            continue
        return code if code >= 0 else 128 - code


COMMANDS = {"run": run, "test": test, "check": check, "setup": setup}


def main(arguments: list[str]) -> int:
    """Set up, then run one of the commands; return the exit code."""
    if not arguments or arguments[0] not in COMMANDS:
        say(f"type one of: {', '.join(COMMANDS)}")
        return 2
    command, *rest = arguments
    asked = rest.pop(0)[len("EXTRAS=") :] if rest and rest[0].startswith("EXTRAS=") else ""
    try:
        set_up(asked)
    except SetupError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        say("stopped; the same command goes on from here")
        return 130
    except OSError as error:
        say(f"the disk is full: {error}" if lacks_space(str(error)) else str(error))
        return 1
    return COMMANDS[command](rest)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

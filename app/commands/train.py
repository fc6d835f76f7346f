"""``her2scope train``: the nucleus network learns a laboratory's own slides."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from app.commands.results_folder import results_folder
from app.installed_network import forget_own, register
from app.storage.slide_output import OutputProblem
from inference.nuclei.unavailable import DetectorUnavailable

_ROOT = Path(__file__).resolve().parents[2]
_PACKAGES = ("torch", "cv2", "numba", "scipy", "pydantic", "rich", "onnx", "onnxruntime")
_FAILED, _WRONG_CALL = 1, 2
_INTERRUPTED = 130


def train(
    images: Annotated[
        Path | None, typer.Option("--images", metavar="DIR", help="Folder of your images.")
    ] = None,
    points: Annotated[
        list[Path] | None,
        typer.Option(
            "--points",
            metavar="PATH",
            help="Annotated nuclei: a CSV of x, y, kind named as its image, or a folder of such. "
            "Repeat it.",
        ),
    ] = None,
    mpp: Annotated[
        float | None, typer.Option("--mpp", min=0.01, help="um per pixel of the images.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="DIR", help="New folder; else in results/.")
    ] = None,
    minutes: Annotated[
        float, typer.Option("--minutes", min=0.01, help="How long the training may take.")
    ] = 30.0,
    validation: Annotated[
        list[str] | None,
        typer.Option("--validation", metavar="NAME", help="An image kept to judge by. Repeat it."),
    ] = None,
    python: Annotated[
        Path | None,
        typer.Option("--python", help="Python of an environment with torch; else this one."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Use the new network even if it is no better.")
    ] = False,
    shipped: Annotated[
        bool, typer.Option("--shipped", help="Go back to the shipped network, and do no more.")
    ] = False,
) -> None:
    """Train the nucleus network on your own slides, starting from the shipped weights.

    Some images judge the result; when it is better there, the new network is used from now on.

    Exit code: 0; 1 when the training failed or did not help; 2 when it could not begin.
    """
    if shipped:
        gone = forget_own()
        typer.echo("the shipped network is used from now on" if gone else "it is used already")
        return
    if images is None or not points or mpp is None:
        _refuse("--images, --points and --mpp are needed (see docs/training.md)", _WRONG_CALL)
    if not (_ROOT / "models" / "training").is_dir():
        _refuse(
            "the training code is not part of this installation: use the project's folder",
            _WRONG_CALL,
        )
    # Not resolved: the link in an environment's folder is what makes it that environment.
    interpreter = python.absolute() if python else Path(sys.executable)
    if missing := _missing(interpreter):
        _refuse(
            f"{interpreter} lacks {missing}: make an environment as docs/training.md says, and "
            "name its Python with --python",
            _WRONG_CALL,
        )
    try:
        folder = results_folder("training", output).resolve()
    except OutputProblem as problem:
        _refuse(str(problem), _WRONG_CALL)
    call = [str(interpreter), "-m", "models.training.laboratory"]
    call += ["--images", str(images.resolve()), "--mpp", str(mpp), "--out", str(folder)]
    call += ["--points", *(str(each.resolve()) for each in points), "--minutes", str(minutes)]
    if validation:
        call += ["--validation", *validation]
    try:
        code = subprocess.run(call, cwd=_ROOT, check=False, env=_environment()).returncode
    except KeyboardInterrupt:
        left = "nothing was learned yet" if _removed_empty(folder) else f"what it left: {folder}"
        typer.echo(f"stopped; {left}", err=True)
        raise typer.Exit(_INTERRUPTED) from None
    if code:
        _removed_empty(folder)
        raise typer.Exit(code)
    _use(folder, force=force)


def _use(folder: Path, *, force: bool) -> None:
    better = json.loads((folder / "evaluation.json").read_text("utf-8"))["better"]
    if not better and not force:
        _refuse(f"no better than before, and not used (--force uses it): {folder}", _FAILED)
    try:
        manifest = register(folder / "weights")
    except (DetectorUnavailable, OSError) as problem:
        _refuse(str(problem), _FAILED)
    typer.echo(
        f"{manifest.name} {manifest.version} is used from now on; --shipped goes back. "
        f"All of the training is in {folder}"
    )


def _environment() -> dict[str, str]:
    # onnxruntime would tell its maker what is trained here.
    return {**os.environ, "ORT_DISABLE_TELEMETRY": "1"}


def _removed_empty(folder: Path) -> bool:
    """Remove the folder of a training that wrote nothing; return whether there was none."""
    try:
        folder.rmdir()
    except OSError:  # it is not empty
        return False
    return True


def _missing(interpreter: Path) -> str:
    """Return the packages of the training that a Python lacks, as text."""
    asked = "; ".join(
        (
            "from importlib.util import find_spec",
            f"print(', '.join(name for name in {_PACKAGES} if find_spec(name) is None))",
        )
    )
    try:
        done = subprocess.run(
            [str(interpreter), "-c", asked], capture_output=True, check=True, text=True
        )
    except OSError as error:
        _refuse(f"{interpreter} cannot be started ({error.strerror})", _WRONG_CALL)
    except subprocess.CalledProcessError:
        _refuse(f"{interpreter} is no Python that works", _WRONG_CALL)
    return done.stdout.strip()


def _refuse(problem: str, code: int) -> NoReturn:
    typer.echo(f"her2scope train: {problem}", err=True)
    raise typer.Exit(code)

"""The command ``her2scope``: the subcommands and what they have in common."""

import io
import sys
from typing import Annotated

import typer

from app import RESEARCH_USE_ONLY, __version__
from app.commands.bench import bench
from app.commands.calibrate import calibrate, flat_field
from app.commands.demo import demo
from app.commands.devices import devices
from app.commands.export import export, slides
from app.commands.rule import rule
from app.commands.score import score
from app.commands.simulate import simulate
from app.commands.sitting import sitting
from app.commands.stain import stain
from app.commands.start import start
from app.commands.train import train
from app.commands.window import window


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"her2scope {__version__}\n{RESEARCH_USE_ONLY}")
        raise typer.Exit


program = typer.Typer(
    name="her2scope",
    help=f"HER2 scoring of breast cancer from fields of a microscope. {RESEARCH_USE_ONLY}",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for command in (
    window, sitting, score, rule, stain, calibrate, flat_field, devices, slides, export, simulate,
    train, bench, demo,
):  # fmt: skip
    program.command()(command)


@program.callback(invoke_without_command=True)
def options(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Open the windows on the simulated microscope; without a display, a scripted sitting."""
    del version  # its callback has printed it
    if context.invoked_subcommand is None:
        start(context)


def main() -> None:
    """Run the command line."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A folder's name that the terminal cannot show must not end the program.
        sys.stdout.reconfigure(errors="backslashreplace")
    program()

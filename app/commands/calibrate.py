"""``her2scope calibrate`` and ``flat-field``: pixel size and light behind an objective."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from app.devices.calibrating import keep_light, keep_pixel_size, measure_light, measure_pixel_size
from app.model.micrometer_lines import draw_lines
from app.settings import settings_path
from app.storage.calibration_file import CALIBRATION_FILE, load_calibrations
from app.storage.image_problem import ImageProblem
from app.storage.overlay_png import write_overlay_png
from app.storage.plain_picture import read_plain_picture
from hardware.micrometer.reading import MicrometerReading
from hardware.objective_calibration import VALID_DAYS, usual_expiry
from inference.arrays import U8


def calibrate(
    file: Annotated[
        Path, typer.Argument(metavar="PICTURE", help="A stage micrometer: a ruler or a grid.")
    ],
    objective: Annotated[
        str, typer.Option("--objective", metavar="NAME", help="As on its barrel, e.g. 40x.")
    ],
    pitch_um: Annotated[
        float,
        typer.Option("--pitch-um", help="Distance of neighboring lines of the scale, in um."),
    ] = 10.0,
    camera: Annotated[
        str, typer.Option("--camera", metavar="NAME", help="The camera that took the picture.")
    ] = "",
    picture: Annotated[
        Path | None,
        typer.Option("--picture", metavar="FILE", help="PNG of the lines found, to look at."),
    ] = None,
    save: Annotated[bool, typer.Option("--save", help="Keep it; needs --camera.")] = False,
    despite_warnings: Annotated[
        bool, typer.Option("--despite-warnings", help="Keep it although there are warnings.")
    ] = False,
    days: Annotated[
        int, typer.Option("--days", min=1, max=3650, help="How long it is to hold.")
    ] = VALID_DAYS,
) -> None:
    """Measure the pixel size on a picture of a stage micrometer, and keep it with --save."""
    errors = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)
    console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    try:
        if save and not camera:
            raise ValueError("--save needs --camera NAME: a pixel size belongs to one camera")
        if picture is not None and picture.suffix.lower() != ".png":
            raise ValueError(f"--picture {picture} must end in .png")
        rgb = _picture(file)
        path = settings_path().with_name(CALIBRATION_FILE)
        kept, unusable = load_calibrations(path)
        for line in unusable:
            errors.print(f"her2scope calibrate: {line}")
        measured = measure_pixel_size(
            rgb, pitch_um, camera or "not stated", objective, kept, date.today(), days
        )
        _show(console, measured.reading, measured.doubts)
        if picture is not None:
            write_overlay_png(picture, draw_lines(rgb, measured.reading))
            console.print(f"Lines        {picture}: see that every line of the scale is colored")
        if save and measured.doubts and not despite_warnings:
            raise ValueError("not saved because of the warnings; --despite-warnings saves it")
        if save:
            keep_pixel_size(path, measured.calibration)
            until = measured.calibration.valid_until
            console.print(f"Saved        {path}, valid until {until}")
    except (ValueError, OSError) as error:
        errors.print(f"her2scope calibrate: {error}")
        raise typer.Exit(2) from error


def flat_field(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="PICTURES", help="Clean glass, best three different places."),
    ],
    objective: Annotated[
        str, typer.Option("--objective", metavar="NAME", help="As on its barrel, e.g. 40x.")
    ],
    camera: Annotated[
        str, typer.Option("--camera", metavar="NAME", help="The camera that took the pictures.")
    ] = "",
    save: Annotated[bool, typer.Option("--save", help="Keep it; needs --camera.")] = False,
    days: Annotated[
        int, typer.Option("--days", min=1, max=3650, help="How long it is to hold.")
    ] = VALID_DAYS,
) -> None:
    """Measure white point and evenness of the light on pictures of clean glass."""
    errors = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)
    console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    try:
        if save and not camera:
            raise ValueError("--save needs --camera NAME: a flat field belongs to one camera")
        measured = measure_light([_picture(file) for file in files])
        white = ", ".join(f"{channel:.1f}" for channel in measured.light.white)
        console.print(f"White point  {white} (red, green, blue)")
        console.print(f"Fall         {100 * measured.fall:.1f} % of the light over the field")
        if save:
            path = settings_path().with_name(CALIBRATION_FILE)
            today = date.today()
            keep_light(path, measured.light, camera, objective, today, days)
            console.print(f"Saved        {path}, valid until {usual_expiry(today, days)}")
    except (ValueError, OSError) as error:
        errors.print(f"her2scope flat-field: {error}")
        raise typer.Exit(2) from error


def _picture(file: Path) -> U8:
    try:
        return read_plain_picture(file)
    except ImageProblem as problem:
        raise ValueError(f"{file}: {problem}") from problem


def _show(console: Console, reading: MicrometerReading, warnings: tuple[str, ...]) -> None:
    console.print(f"Pixel size   {reading.um_per_px:.5f} um, known to {100 * reading.error:.3f} %")
    if reading.um_per_px_sides is not None:
        width, height = reading.um_per_px_sides
        console.print(f"Pixel        {width:.5f} um wide, {height:.5f} um high")
    for family in reading.families:
        missing = f", {family.missing} missing" if family.missing else ""
        console.print(
            f"Lines        {family.lines} of a {reading.pattern}{missing}, "
            f"{family.pitch_px:.3f} px apart, turned by {family.angle_deg:.2f} degrees"
        )
    console.print(f"Residual     {reading.residual_um:.3f} um from even spacing")
    console.print(f"Straightness {reading.straightness_um:.3f} um from straight lines")
    for warning in warnings:
        console.print(f"Warning      {warning}")

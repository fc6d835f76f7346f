"""The folder into which one slide is written: whole, or not at all."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import TracebackType

from app.model.field_contours import FieldContours
from app.model.field_entry import FailedFile, FieldEntry
from app.storage.cells_csv import cells_csv
from app.storage.field_geojson import write_field_geojson
from app.storage.fields_csv import fields_csv
from app.storage.overlay_png import contours_name, overlay_name, write_overlay_png
from app.storage.slide_json import write_slide_json
from inference.arrays import U8


class OutputProblem(Exception):
    """The output folder cannot take the slide; the message is one line for the user."""


@contextmanager
def slide_output(folder: Path) -> Iterator["SlideOutput"]:
    """Write cells.csv, fields.csv, slide.json, pictures and contours of one slide.

    The block ends with `SlideOutput.finish`. When it raises, all that it wrote is taken away
    again, and the folder too if it was made here.

    Parameters
    ----------
    folder
        Made when missing. One that holds a slide is refused: two slides must not mix, and no
        picture may take the place of another.

    Raises
    ------
    OutputProblem
        The folder holds a slide, or it cannot be written.
    """
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    try:
        with _writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
        output = SlideOutput(folder)
        with ExitStack() as undo:
            undo.push(output.abandon)
            output.begin()
            yield output
            undo.pop_all()
    except BaseException:
        for place in missing:
            with suppress(OSError):  # it may never have come to be, or others write into it
                place.rmdir()
        raise


class SlideOutput:
    """Takes the fields and pictures of a slide, then its score; see `slide_output`.

    Raises
    ------
    OutputProblem
        The folder holds a slide already.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._cells_csv, self._fields_csv = folder / "cells.csv", folder / "fields.csv"
        self._slide_json = folder / "slide.json"
        self._beside: list[Path] = []
        self._tables = ExitStack()
        held = [p for p in (self._slide_json, self._cells_csv, self._fields_csv) if p.exists()]
        for name in (overlay_name(""), contours_name("")):
            held.extend(sorted(folder.glob(f"*{name}")))
        if held:
            raise OutputProblem(
                f"{folder} already holds a slide ({held[0].name}): name another folder or remove it"
            )

    def begin(self) -> None:
        """Begin the tables."""
        with _writing(self._folder):
            self._cells = self._tables.enter_context(cells_csv(self._cells_csv))
            self._fields = self._tables.enter_context(fields_csv(self._fields_csv))

    @contextmanager
    def one_image(self) -> Iterator[None]:
        """Take the pictures and contours that are added in this block away again when it raises."""
        before = len(self._beside)
        try:
            yield
        except BaseException:
            while len(self._beside) > before:
                self._beside.pop().unlink(missing_ok=True)
            raise

    def add_picture(self, field: str, rgb: U8) -> None:
        """Write the picture (h, w, 3) of a field."""
        path = self._folder / overlay_name(field)
        self._beside.append(path)
        with _writing(self._folder):
            write_overlay_png(path, rgb)

    def add_contours(self, entry: FieldEntry, contours: FieldContours) -> None:
        """Write the cells and membranes of a field as GeoJSON."""
        path = self._folder / contours_name(entry.name)
        self._beside.append(path)
        with _writing(self._folder):
            write_field_geojson(path, entry, contours)

    def add_fields(self, entries: Sequence[FieldEntry]) -> None:
        """Add fields to the tables."""
        with _writing(self._folder):
            for entry in entries:
                self._cells.append(entry)
                self._fields.append(entry)

    def finish(
        self,
        score: Mapping[str, object],
        failed: Sequence[FailedFile],
        provenance: Mapping[str, object],
    ) -> None:
        """Put the tables in place and then slide.json, which tells that all is there."""
        with _writing(self._folder):
            self._tables.close()
            write_slide_json(self._slide_json, score, failed, provenance)

    def abandon(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take away all that was written; with the arguments of an exit, see `ExitStack.push`."""
        with suppress(OSError):
            self._tables.__exit__(kind, error, trace)
        for path in (*self._beside, self._cells_csv, self._fields_csv, self._slide_json):
            with suppress(OSError):
                path.unlink(missing_ok=True)


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Say in one line which folder the system refused to write, and why."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputProblem(
            f"{folder} cannot be written ({reason}): name another folder"
        ) from error

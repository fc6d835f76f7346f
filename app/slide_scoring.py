"""The saved images of one slide, scored file by file into one output folder."""

import traceback
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from app.image_scoring import analyzed_fields, field_picture
from app.model.field_entry import FailedFile, FieldEntry
from app.model.slide_settings import SlideSettings
from app.provenance import provenance
from app.storage.cells_csv import cells_csv
from app.storage.fields_csv import fields_csv
from app.storage.images import ImageProblem, open_image
from app.storage.overlay_png import overlay_name, write_overlay_png
from app.storage.slide_json import write_slide_json
from inference.scoring.clusters import count_field
from inference.scoring.score import SlideScore, score_slide


@dataclass(frozen=True)
class SlideResult:
    """What became of the images of a slide.

    Attributes
    ----------
    score
        Over the fields of all images that succeeded.
    entries
        These fields.
    failed
        The other images, with the reason.
    interrupted
        Whether Ctrl-C ended the run; images not yet done are in neither list.
    """

    score: SlideScore
    entries: tuple[FieldEntry, ...]
    failed: tuple[FailedFile, ...]
    interrupted: bool

    @property
    def field_warnings(self) -> tuple[str, ...]:
        """Return the warnings of all fields, each once."""
        return tuple(dict.fromkeys(text for entry in self.entries for text in entry.warnings))


class OutputTaken(Exception):
    """The output folder already holds a slide."""


def score_slide_images(
    files: Sequence[Path],
    settings: SlideSettings,
    output: Path,
    done: Callable[[Path], None],
) -> SlideResult:
    """Score the images of one slide and write cells.csv, fields.csv, slide.json and overlays.

    An image that fails leaves nothing behind but its line under ``failed``. Ctrl-C leaves
    the images that were finished.

    Parameters
    ----------
    output
        Created when missing.
    done
        Called after every image.

    Raises
    ------
    OutputTaken
        `output` holds a slide: two slides must not mix.
    OSError
        `output` cannot be written.
    """
    output.mkdir(parents=True, exist_ok=True)
    if (output / "slide.json").exists():
        raise OutputTaken(f"{output} already holds a slide: name another folder or remove it")
    entries: list[FieldEntry] = []
    failed: list[FailedFile] = []
    interrupted = False
    names: set[str] = set()
    known: dict[str, Path] = {}
    with ExitStack() as stack:
        cells = stack.enter_context(cells_csv(output / "cells.csv"))
        fields = stack.enter_context(fields_csv(output / "fields.csv"))
        for path in files:
            try:
                finished = _score_image(path, settings, output, names, known)
            except KeyboardInterrupt:
                interrupted = True
                break
            except ImageProblem as problem:
                failed.append(FailedFile(str(path), str(problem)))
            except MemoryError:
                failed.append(FailedFile(str(path), "needs more memory than there is"))
            except Exception as error:
                traceback.print_exc()
                failed.append(FailedFile(str(path), f"unexpected {type(error).__name__}: {error}"))
            else:
                for entry in finished:
                    cells.append(entry)
                    fields.append(entry)
                entries.extend(finished)
            done(path)
    score = score_slide(
        [count_field(e.name, e.cells, e.um_per_px, settings.rules) for e in entries],
        settings.rules,
    )
    write_slide_json(
        output / "slide.json", score.record(), failed, provenance(settings, entries, interrupted)
    )
    return SlideResult(score, tuple(entries), tuple(failed), interrupted)


def _score_image(
    path: Path, settings: SlideSettings, output: Path, names: set[str], known: dict[str, Path]
) -> list[FieldEntry]:
    """Score one image; on any failure nothing of it is left in `output`, `names` or `known`."""
    image = open_image(path, settings.um_per_px)
    if image.sha256 in known:
        raise ImageProblem(
            f"is the same picture as {known[image.sha256]}, which is counted already"
        )
    entries: list[FieldEntry] = []
    pictures: list[Path] = []
    own_names: set[str] = set()

    def field_name(wanted: str) -> str:
        name, number = wanted, 2
        while name in names or name in own_names:
            name, number = f"{wanted}-{number}", number + 1
        own_names.add(name)
        return name

    try:
        for field in analyzed_fields(image, settings, field_name):
            entries.append(field.entry)
            if settings.overlay:
                pictures.append(output / overlay_name(field.entry.name))
                write_overlay_png(pictures[-1], field_picture(field))
    except BaseException:
        for picture in pictures:
            picture.unlink(missing_ok=True)
        raise
    names |= own_names
    known[image.sha256] = path
    return entries

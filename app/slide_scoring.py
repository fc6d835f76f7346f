"""The saved images of one slide, scored file by file into one output folder."""

import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.image_scoring import ScoredImage, analyzed_fields, field_picture, ready_image
from app.interruption import ctrl_c_held
from app.model.field_contours import field_contours
from app.model.field_entry import FailedFile
from app.model.slide_settings import SlideSettings
from app.provenance import provenance
from app.storage.images import ImageProblem, open_image
from app.storage.slide_output import OutputProblem, SlideOutput, slide_output
from inference.scoring.caution import ScoreNote
from inference.scoring.clusters import count_field
from inference.scoring.score import SlideScore, score_slide


@dataclass(frozen=True)
class SlideResult:
    """What became of the images of a slide.

    Attributes
    ----------
    score
        Over the fields of all images that succeeded.
    images
        These images.
    failed
        The images that cannot be scored, with the reason.
    not_reached
        The images that Ctrl-C left over; empty when it was not pressed in time.
    """

    score: SlideScore
    images: tuple[ScoredImage, ...]
    failed: tuple[FailedFile, ...]
    not_reached: tuple[Path, ...]

    @property
    def notes(self) -> tuple[ScoreNote, ...]:
        """Return what the reader must know beside the score's own warnings, each once."""
        notes = [note for image in self.images for note in image.notes]
        if self.not_reached:
            of = len(self.images) + len(self.failed) + len(self.not_reached)
            text = f"interrupted: {len(self.not_reached)} of {of} images were not scored"
            notes.append(ScoreNote("interrupted", text))
        return tuple(dict.fromkeys(notes))

    def record(self) -> dict[str, object]:
        """Return the score as plain values for JSON, with all warnings."""
        record = self.score.record()
        notes = (*self.score.warnings, *self.notes)
        return record | {"warnings": [{"code": n.code, "text": n.text} for n in notes]}


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
    OutputProblem
        `output` holds a slide, or cannot be written; nothing is left in it.
    """
    slide = _Slide(settings)
    not_reached: Sequence[Path] = ()
    with ctrl_c_held() as ctrl_c, slide_output(output) as out:
        for number, path in enumerate(files):
            try:
                with out.one_image():
                    with ctrl_c.let_through():
                        scored = slide.scored(path, out)
                    out.add_fields(scored.entries)
            except KeyboardInterrupt:
                not_reached = files[number:]
                break
            except OutputProblem:
                raise
            except Exception as error:
                slide.failed.append(FailedFile(str(path), _problem(error)))
            else:
                slide.images.append(scored)
            done(path)
        result = slide.result(not_reached)
        out.finish(
            result.record(), result.failed, provenance(settings, result.images, result.not_reached)
        )
    return result


@dataclass
class _Slide:
    """The slide as it grows."""

    settings: SlideSettings
    images: list[ScoredImage] = field(default_factory=list)
    failed: list[FailedFile] = field(default_factory=list)

    def scored(self, path: Path, out: SlideOutput) -> ScoredImage:
        """Score one image and draw its pictures."""
        image = open_image(path, self.settings.um_per_px)
        for earlier in self.images:
            if earlier.ready.image.sha256 == image.sha256:
                raise ImageProblem(
                    f"is the same picture as {earlier.ready.image.path}, which is counted already"
                )
        ready = ready_image(image, self.settings)
        # Not told apart by case alone: each name becomes the name of a file.
        taken = {entry.name.casefold() for each in self.images for entry in each.entries}

        def field_name(wanted: str) -> str:
            name, number = wanted, 2
            while name.casefold() in taken:
                name, number = f"{wanted}-{number}", number + 1
            taken.add(name.casefold())
            return name

        entries = []
        for analyzed in analyzed_fields(ready, self.settings, field_name):
            entries.append(analyzed.entry)
            if self.settings.overlay:
                out.add_picture(analyzed.entry.name, field_picture(analyzed))
            if self.settings.contours:
                contours = field_contours(analyzed.measured, analyzed.membranes)
                out.add_contours(analyzed.entry, contours)
        return ScoredImage(ready, tuple(entries))

    def result(self, not_reached: Sequence[Path]) -> SlideResult:
        """Score what there is."""
        rules = self.settings.rules
        entries = [entry for image in self.images for entry in image.entries]
        score = score_slide(
            [count_field(e.name, e.cells, e.um_per_px, rules) for e in entries], rules
        )
        return SlideResult(score, tuple(self.images), tuple(self.failed), tuple(not_reached))


def _problem(error: Exception) -> str:
    """Return one line on why an image failed; a fault of the program is also shown in full."""
    if isinstance(error, ImageProblem):
        return str(error)
    if isinstance(error, MemoryError):
        return "needs more memory than there is"
    traceback.print_exception(error)
    return f"unexpected {type(error).__name__}: {' '.join(str(error).split())}; please report it"

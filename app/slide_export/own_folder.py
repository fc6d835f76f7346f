"""The folder that a slide gets when the user names only where it is to lie."""

from pathlib import Path

from app.storage.file_names import folder_name


def own_folder(place: Path, case: str, slide: str) -> Path:
    """Return a folder in `place`, named by case and slide, that is not there yet.

    Each export has a folder of its own, so that no two slides can mix, nor two exports of one.
    Nothing is made: that is for `app.slide_export.export.export_slide`.
    """
    first = place / folder_name(f"{case} - {slide}")
    folder, number = first, 1
    while folder.exists():
        number += 1
        folder = first.with_name(f"{first.name} ({number})")
    return folder

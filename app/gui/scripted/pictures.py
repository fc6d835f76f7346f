"""Screenshots of both windows at the stages of a sitting."""

from pathlib import Path

from app.gui.program import Windows


class Screenshots:
    """Saves what both windows show, numbered in the order in which it is asked.

    Parameters
    ----------
    windows
        Both.
    folder
        There already.
    """

    def __init__(self, windows: Windows, folder: Path) -> None:
        self._windows = windows
        self._folder = folder
        self._count = 0
        self.files: list[Path] = []

    def take(self, stage: str) -> None:
        """Save both windows.

        Raises
        ------
        OSError
            A picture cannot be written.
        """
        self._count += 1
        # The eyepiece first, and both before anything is written: it goes dark when the pictures
        # of the camera are old, and encoding takes longer than that.
        pictures = [
            (name, window.grab())
            for name, window in (
                ("eyepiece", self._windows.second.eyepiece),
                ("main", self._windows.main),
            )
        ]
        for name, picture in pictures:
            path = self._folder / f"{self._count}-{stage}-{name}.png"
            if not picture.save(str(path)):
                raise OSError(f"{path} cannot be written")
            self.files.append(path)

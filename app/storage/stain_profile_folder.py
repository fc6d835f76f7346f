"""The stain profiles that a user can choose: the shipped ones, and those of a folder."""

import re
from dataclasses import dataclass
from pathlib import Path

from app.storage.stain_profile_file import write_stain_profile
from inference.stain.profile import (
    ProfileProblem,
    StainProfile,
    load_stain_profile,
    stain_profile_names,
)

_NAME = re.compile(r"\w([\w .+-]{0,58}[\w+-])?")
"""What every file system takes."""
_NO_FILE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
"""Names of devices, of which Windows makes no files."""


@dataclass(frozen=True)
class StainChoices:
    """The profiles that can be chosen now.

    Attributes
    ----------
    shipped, own
        Names; a profile of the user's own goes before a shipped one of its name.
    problems
        One line for each file that cannot be used.
    """

    shipped: tuple[str, ...]
    own: tuple[str, ...]
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class StainProfileFolder:
    """The user's own profiles, one `NAME.toml` each; the folder need not be there."""

    path: Path

    def load(self, name: str) -> StainProfile:
        """Load a profile; see `inference.stain.profile.load_stain_profile`."""
        return load_stain_profile(name, self.path)

    def choices(self) -> StainChoices:
        """Look which profiles there are now. A file that cannot be used only loses its place."""
        own, problems = [], []
        for name in self._names():
            try:
                self.load(name)
            except ProfileProblem as problem:
                problems.append(f"{problem}; it is left out")
            else:
                own.append(name)
        shipped = tuple(name for name in stain_profile_names() if name not in own)
        return StainChoices(shipped, tuple(own), tuple(problems))

    def add(self, profile: StainProfile) -> None:
        """Write a new profile under its name; what is there already is never written over.

        Raises
        ------
        ProfileProblem
            The name cannot be had.
        OSError
            The folder cannot be written.
        """
        name = profile.name
        if not _NAME.fullmatch(name) or _NO_FILE.fullmatch(name):
            raise ProfileProblem(
                f"{name!r} cannot name a file: use up to 60 letters, digits, spaces and . + - _"
            )
        # Not told apart by capitals: some file systems do not, either.
        if name.casefold() in map(str.casefold, stain_profile_names()):
            raise ProfileProblem(f"{name} comes with the program: give another name")
        if name.casefold() in map(str.casefold, self._names()):
            raise ProfileProblem(f"there is a stain profile {name} already: give another name")
        self.path.mkdir(parents=True, exist_ok=True)
        write_stain_profile(self.path / f"{name}.toml", profile)

    def _names(self) -> list[str]:
        # Hidden files are those that are being written.
        files = [file for file in self.path.glob("*.toml") if not file.name.startswith(".")]
        return sorted(file.stem for file in files if file.is_file())

"""Stain profiles of the user's own, joined to the threshold bar: chosen, and made there."""

from collections.abc import Callable
from datetime import date

from PySide6.QtCore import QObject

from app.gui.display import Display
from app.gui.main_window import MainWindow
from app.gui.wiring import Wiring
from app.live.trouble import Trouble
from app.storage.stain_profile_folder import StainProfileFolder
from inference.stain.profile import ProfileProblem, StainProfile


class ProfileWiring(QObject):
    """Offers the profiles of a folder, and saves thresholds as a new one.

    Saving changes nothing of the slide on the stage. It has recorded what it was read with, a
    profile and the thresholds confirmed for it; a file beside it makes no field count otherwise,
    and most of the time the slide has fields, so that its profile is settled anyway. Thresholds
    that are only tried stay tried: what is to hold is confirmed, and never by the way. Nor does
    the next slide take the new profile by itself, which nobody there would have chosen.

    Parameters
    ----------
    wiring, window, display
        The main window, what is done in it, and where troubles are shown.
    folder
        The profiles.
    today
        `date.today`, or what a test puts in its place.
    """

    def __init__(
        self,
        wiring: Wiring,
        window: MainWindow,
        display: Display,
        folder: StainProfileFolder,
        today: Callable[[], date] = date.today,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._display = display
        self._bar = window.thresholds
        self._folder = folder
        self._today = today
        self._told: frozenset[str] = frozenset()
        wiring.serve("save-profile", self.ask)
        self._bar.profile.opening.connect(self.look)
        self._bar.form.named.connect(self.save)
        self._bar.form.closed.connect(window.picture.setFocus)
        self.look()

    def look(self) -> None:
        """Offer what is in the folder now, and tell once of each file that cannot be used."""
        choices = self._folder.choices()
        self._bar.profile.set_choices(choices)
        for problem in choices.problems:
            if problem not in self._told:
                self._display.receive(Trouble.now("storage", problem))
        self._told = frozenset(choices.problems)

    def ask(self) -> None:
        """Ask for the name of a new profile, when there is something to save."""
        if self._bar.changed_profile is None and self._bar.form.isHidden():
            self._window.say("Nothing to save: these are the thresholds of the stain profile")
        else:
            self._bar.ask_profile_name()

    def save(self, name: str) -> None:
        """Save the thresholds that are seen as a profile."""
        seen = self._bar.changed_profile
        if seen is None:
            self._bar.form.refuse("these are the thresholds of the stain profile again")
            return
        try:
            self._folder.add(_named(seen, name, self._today()))
        except (ProfileProblem, OSError) as problem:
            self._bar.form.refuse(str(problem))
            return
        self._bar.form.leave()
        self.look()
        self._window.say(f"Saved as {name}, to be chosen for later slides; this one is as it was")


def _named(seen: StainProfile, name: str, today: date) -> StainProfile:
    levels = ", ".join(f"{level.name} {level.threshold_od:.3f}" for level in seen.levels)
    origin = (
        f"Thresholds set in the window on {today.isoformat()} ({levels}); "
        f"all else from {seen.name}: {seen.origin}"
    )
    return seen.model_copy(update={"name": name, "origin": origin})

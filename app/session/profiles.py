"""The profiles of a sitting, found by name, or as the slide has kept them."""

from app.model.sitting_state import SlideState
from app.model.steps import StepProblem
from app.session.options import SessionOptions
from inference.scoring.profile import RuleProfile
from inference.stain.profile import StainProfile


class Profiles:
    """Loads stain profiles and rule profiles. Not for several threads at once.

    Parameters
    ----------
    options
        Where they are found, and which hold before the first slide.
    """

    def __init__(self, options: SessionOptions) -> None:
        self._options = options
        self._stains: dict[str, StainProfile] = {}
        self._rules: dict[str, RuleProfile] = {}

    def in_force(self, slide: SlideState | None) -> tuple[StainProfile, RuleProfile]:
        """Return the profiles of a slide, the stain profile with its confirmed thresholds.

        Raises
        ------
        StepProblem
            A profile cannot be loaded, or the thresholds do not fit it.
        """
        try:
            stain = self.chosen_stain(slide)
            if slide is None:
                return stain, self._rule(self._options.rules)
            return stain.with_thresholds(slide.thresholds_od), self._rule(slide.rules)
        except ValueError as error:  # both kinds of profile fail with one line
            raise StepProblem(str(error)) from error

    def chosen_stain(self, slide: SlideState | None) -> StainProfile:
        """Return the stain profile of a slide as it was chosen, whatever its file says now.

        Raises
        ------
        ProfileProblem
            The slide was saved without it, and there is none of that name.
        """
        if slide is not None and slide.stain_profile is not None:
            return slide.stain_profile
        name = self._options.stain if slide is None else slide.stain
        if name not in self._stains:
            self._stains[name] = self.read_stain(name)
        return self._stains[name]

    def read_stain(self, name: str) -> StainProfile:
        """Read a stain profile as it stands in its file now.

        Raises
        ------
        ProfileProblem
            There is none, or something is wrong in it.
        """
        return self._options.load_stain(name)

    def _rule(self, name: str) -> RuleProfile:
        if name not in self._rules:
            self._rules[name] = self._options.load_rules(name)
        return self._rules[name]

"""The profiles of a sitting, found by name and loaded once."""

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
            if slide is None:
                return self._stain(self._options.stain), self._rule(self._options.rules)
            stain = self._stain(slide.stain).with_thresholds(slide.thresholds_od)
            return stain, self._rule(slide.rules)
        except ValueError as error:  # both kinds of profile fail with one line
            raise StepProblem(str(error)) from error

    def _stain(self, name: str) -> StainProfile:
        if name not in self._stains:
            self._stains[name] = self._options.load_stain(name)
        return self._stains[name]

    def _rule(self, name: str) -> RuleProfile:
        if name not in self._rules:
            self._rules[name] = self._options.load_rules(name)
        return self._rules[name]

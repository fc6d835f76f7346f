"""The way through a calibration: one target after the other, each with its mark."""

from dataclasses import dataclass, replace
from functools import cached_property

from hardware.eyepiece_calibration import Affine, Point, PointPair

_STEPS = (0.2, 0.5, 0.8)
"""Of the largest square in the middle: its corners still lie in the round field of the eye."""


def target_places(display_px: tuple[int, int]) -> tuple[Point, ...]:
    """Return nine places on a display, three by three, in the order in which they are shown.

    The corners come first: three of them already give a good map, which then leads to the rest.

    Parameters
    ----------
    display_px
        Width and height.
    """
    width, height = display_px
    side = min(width, height)
    grid = [
        (
            round((width - side) / 2 + column * side) + 0.0,
            round((height - side) / 2 + row * side) + 0.0,
        )
        for row in _STEPS
        for column in _STEPS
    ]
    return tuple(grid[i] for i in (0, 2, 8, 6, 4, 1, 5, 7, 3))


@dataclass(frozen=True)
class TargetCourse:
    """Targets on the display, and where the user saw them in the camera picture.

    Every step gives a new course; the old one stays as it was.

    Attributes
    ----------
    targets
        Display pixels.
    marks
        Camera pixels, by target; None until it is placed.
    at
        Number of the target that is shown; as many as there are targets when all are done.
    camera_px
        Width and height of the camera picture; marks stay inside it.
    """

    targets: tuple[Point, ...]
    marks: tuple[Point | None, ...]
    at: int
    camera_px: tuple[int, int]

    @classmethod
    def start(cls, display_px: tuple[int, int], camera_px: tuple[int, int]) -> "TargetCourse":
        """Begin at the first target."""
        targets = target_places(display_px)
        return cls(targets, (None,) * len(targets), 0, camera_px)

    @property
    def done(self) -> bool:
        """Whether no target is left to be placed."""
        return self.at >= len(self.targets)

    @property
    def target(self) -> Point | None:
        """The target that is shown now."""
        return None if self.done else self.targets[self.at]

    @property
    def mark(self) -> Point | None:
        """The mark of the target that is shown now."""
        return None if self.done else self.marks[self.at]

    def marked(self, camera: Point) -> "TargetCourse":
        """Place the mark of the target that is shown, inside the camera picture."""
        if self.done:
            return self
        x, y = (
            min(max(value, 0.0), size - 1.0)
            for value, size in zip(camera, self.camera_px, strict=True)
        )
        marks = (*self.marks[: self.at], (x, y), *self.marks[self.at + 1 :])
        return replace(self, marks=marks)

    def nudged(self, dx_px: float, dy_px: float, guess: Affine) -> "TargetCourse":
        """Move the mark; where there is none yet, it starts where `guess` has the target.

        Parameters
        ----------
        dx_px, dy_px
            Camera pixels.
        guess
            A map from camera to display to begin with.
        """
        target = self.target
        if target is None:
            return self
        x, y = self.mark or guess.inverse.apply_to_point(target)
        return self.marked((x + dx_px, y + dy_px))

    def confirmed(self) -> "TargetCourse":
        """Go on to the next target without a mark, once this one has one."""
        if self.mark is None:
            return self
        later = [i for i, mark in enumerate(self.marks) if mark is None and i > self.at]
        earlier = [i for i, mark in enumerate(self.marks) if mark is None]
        return replace(self, at=(later or earlier or [len(self.targets)])[0])

    def at_target(self, number: int) -> "TargetCourse":
        """Show a target again, to place it anew or to nudge its mark."""
        return replace(self, at=min(max(number, 0), len(self.targets) - 1))

    def cleared(self) -> "TargetCourse":
        """Take the mark of the target that is shown away."""
        if self.done:
            return self
        marks = (*self.marks[: self.at], None, *self.marks[self.at + 1 :])
        return replace(self, marks=marks)

    @cached_property
    def placed(self) -> tuple[int, ...]:
        """Numbers of the targets that have a mark, in order."""
        return tuple(i for i, mark in enumerate(self.marks) if mark is not None)

    @cached_property
    def pairs(self) -> tuple[PointPair, ...]:
        """The pairs of those in `placed`."""
        return tuple(
            PointPair(mark, target)
            for mark, target in zip(self.marks, self.targets, strict=True)
            if mark is not None
        )

"""Features of cameras whose driver gives GenICam's nodes, which two bindings spell differently."""

from abc import ABC, abstractmethod
from typing import Any

from hardware.camera_settings import Range
from hardware.cameras import sfnc


class NodeFeatures(ABC):
    """`hardware.cameras.sfnc.Features` on the nodes of a driver.

    Parameters
    ----------
    refusals
        What the driver raises for a value that it does not take.
    """

    def __init__(self, refusals: tuple[type[Exception], ...]) -> None:
        self._refusals = refusals

    def limits(self, name: str) -> Range | None:
        """Return the limits of a number."""
        node = self._readable(name)
        least = self._of(node, "min")
        if least is None:
            return None
        return Range(float(least), float(self._of(node, "max")), self._step(node))

    def number(self, name: str) -> float | None:
        """Return the value of a number."""
        node = self._readable(name)
        return None if self._of(node, "min") is None else float(self._of(node, "value"))

    def choices(self, name: str) -> tuple[str, ...]:
        """Return what can be chosen."""
        return tuple(self._of(self._readable(name), "symbolics") or ())

    def choice(self, name: str) -> str | None:
        """Return what is chosen."""
        node = self._readable(name)
        return None if self._of(node, "symbolics") is None else str(self._of(node, "value"))

    def set_number(self, name: str, value: float) -> None:
        """Set a number."""
        self._set(name, value)

    def set_choice(self, name: str, value: str) -> None:
        """Choose."""
        self._set(name, value)

    def switch(self, name: str, on: bool) -> None:
        """Switch a feature, where there is one."""
        if self._readable(name) is not None:
            self._set(name, on)

    @abstractmethod
    def _node(self, name: str) -> Any:
        """Return a node; None where the camera has none of that name."""

    @abstractmethod
    def _readable(self, name: str) -> Any:
        """Return a node that can be read now, or None."""

    @abstractmethod
    def _is_whole(self, node: Any) -> bool:
        """Whether a node takes whole numbers alone: these bindings take no float for one."""

    @abstractmethod
    def _step(self, node: Any) -> float | None:
        """Return the step of a number, or None."""

    def _spelled(self, what: str) -> str:
        """Return the binding's name of an attribute."""
        return what

    def _of(self, node: Any, what: str) -> Any:
        return getattr(node, self._spelled(what), None)

    def _set(self, name: str, value: float | str | bool) -> None:
        try:
            node = self._node(name)
            whole = isinstance(value, float) and self._is_whole(node)
            setattr(node, self._spelled("value"), round(value) if whole else value)  # type: ignore[arg-type]
        except self._refusals as error:
            line = str(error).split(" : ", maxsplit=1)[0].split("\n", maxsplit=1)[0]
            raise sfnc.FeatureRefused(f"{name} = {value} is refused: {line}") from error

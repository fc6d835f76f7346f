"""Finding the bytes that a serial pedal sends for each switch."""

from collections.abc import Mapping
from dataclasses import dataclass

from hardware.pedal import PedalError


@dataclass(frozen=True)
class Edge:
    """A switch going down or coming up."""

    switch: int
    down: bool


class BytePatterns:
    """Finds patterns in a stream of bytes, whatever pieces it comes in.

    Parameters
    ----------
    patterns
        What each row of bytes says. None may begin with another one: then each is known
        as soon as its last byte is there.

    Raises
    ------
    PedalError
        A pattern is empty, or begins with another one.
    """

    def __init__(self, patterns: Mapping[bytes, Edge]) -> None:
        for one, edge in patterns.items():
            if not one:
                raise PedalError(f"switch {edge.switch + 1} of the pedal has an empty pattern")
            for other, beside in patterns.items():
                if one != other and other.startswith(one):
                    raise PedalError(
                        f"the bytes of switch {beside.switch + 1} ({other.hex(' ')}) begin with "
                        f"those of switch {edge.switch + 1} ({one.hex(' ')}): learn the pedal again"
                    )
        self._patterns = dict(patterns)
        self._rest = b""

    def feed(self, data: bytes) -> tuple[Edge, ...]:
        """Return what the bytes say, together with those that came before; others are skipped."""
        rest = self._rest + data
        edges = []
        while rest:
            found = next((p for p in self._patterns if rest.startswith(p)), None)
            if found is not None:
                edges.append(self._patterns[found])
                rest = rest[len(found) :]
            elif any(p.startswith(rest) for p in self._patterns):
                break
            else:
                rest = rest[1:]
        self._rest = rest
        return tuple(edges)

    def forget(self) -> None:
        """Drop the beginning of a pattern that never ended."""
        self._rest = b""

"""All kinds of nosepieces, and the one that a station names; nothing is opened or asked here."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from hardware.nosepieces.by_hand import HandNosepiece
from hardware.objective import Nosepiece


def _by_hand(values: Mapping[str, Any], objectives: Sequence[str]) -> Nosepiece:
    if values:
        raise ValueError(f"{sorted(values)[0]} is not known")
    return HandNosepiece(objectives)


def _serial(values: Mapping[str, Any], objectives: Sequence[str]) -> Nosepiece:
    from hardware.nosepieces.serial import (  # noqa: PLC0415, only when chosen
        SerialNosepiece,
        SerialNosepieceSettings,
    )

    settings = TypeAdapter(SerialNosepieceSettings).validate_python(dict(values))
    _require_same(objectives, [each.name for each in settings.positions])
    return SerialNosepiece(settings)


def _micromanager(values: Mapping[str, Any], objectives: Sequence[str]) -> Nosepiece:
    from hardware.nosepieces.micromanager import (  # noqa: PLC0415, only when chosen
        MicroManagerNosepiece,
        MicroManagerNosepieceSettings,
    )

    settings = TypeAdapter(MicroManagerNosepieceSettings).validate_python(dict(values))
    _require_same(objectives, [each.name for each in settings.positions])
    return MicroManagerNosepiece(settings)


_KINDS: Final[dict[str, Callable[[Mapping[str, Any], Sequence[str]], Nosepiece]]] = {
    "hand": _by_hand,
    "serial": _serial,
    "micromanager": _micromanager,
}
NOSEPIECE_KINDS: Final = tuple(_KINDS)
"""In the order in which they are offered."""


def make_nosepiece(settings: Mapping[str, Any], objectives: Sequence[str]) -> Nosepiece:
    """Return the nosepiece that the settings describe.

    Parameters
    ----------
    settings
        A plain record, as JSON gives it: ``kind``, and what the kind asks for; see
        `hardware.nosepieces.serial.SerialNosepieceSettings` and
        `hardware.nosepieces.micromanager.MicroManagerNosepieceSettings`. ``hand`` asks for nothing.
    objectives
        Names of the station's objectives, weakest first.

    Raises
    ------
    ValueError
        There is no such kind, or a value is wrong; one line for the user.
    """
    values = dict(settings)
    kind = values.pop("kind", "hand")
    make = _KINDS.get(kind)
    if make is None:
        raise ValueError(f"no nosepiece of the kind {kind!r}; there are {', '.join(_KINDS)}")
    try:
        return make(values, objectives)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"nosepiece {place}: {first['msg']}".replace(" :", ":")) from error
    except ValueError as error:
        raise ValueError(f"nosepiece: {error}") from error


def _require_same(objectives: Sequence[str], told: Sequence[str]) -> None:
    """Keep one list of objectives: names that differ could never be calibrated."""
    if tuple(objectives) != tuple(told):
        raise ValueError(
            f"its objectives are {', '.join(told)} and those of the station "
            f"{', '.join(objectives) or 'none'}: name them alike, in one order"
        )

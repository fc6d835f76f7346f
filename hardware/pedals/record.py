"""What all settings of pedals have in common: plain records, and patterns of bytes as text."""

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    PlainSerializer,
    TypeAdapter,
    ValidationError,
)
from pydantic.functional_validators import BeforeValidator

from hardware.pedal import PedalError

_T = TypeVar("_T")


class PedalRecord(BaseModel):
    """A part of the settings of a pedal: frozen, and a key that is not known is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def _from_hex(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return bytes.fromhex(value)
    except ValueError as error:
        raise ValueError(f"{value!r} is no row of bytes such as '41 0d'") from error


def _to_hex(value: bytes) -> str:
    return value.hex(" ")


HexBytes = Annotated[bytes, BeforeValidator(_from_hex), PlainSerializer(_to_hex)]
"""Bytes that stand in a file as hexadecimal text, e.g. ``41 0d``."""


def parsed(adapter: TypeAdapter[_T], values: Mapping[str, Any]) -> _T:
    """Return the record that the values describe.

    Raises
    ------
    PedalError
        They describe none; the message names the first thing that is wrong, in one line.
    """
    try:
        return adapter.validate_python(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        reason = " ".join(str(first["msg"]).removeprefix("Value error, ").split())
        where = f" at {place}" if place else ""
        raise PedalError(f"the settings of the pedal are wrong{where}: {reason}") from error

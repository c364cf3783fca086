"""Frozen dataclasses as rows: dates as ISO text, enumerations as values, tuples and words as JSON."""

from __future__ import annotations

import base64
import dataclasses
import functools
import json
import math
import types
import typing
from collections.abc import Callable
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeVar

from explorer_app.domain.errors import InputRejectedError

T = TypeVar("T")

Row = dict[str, Any]
"""Column names with the values that SQLite stores: None, int, float, str, bytes."""

_LARGEST_INTEGER = 2**63 - 1


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    """How one field becomes a stored value and comes back."""

    name: str
    encode: Callable[[Any], Any]
    decode: Callable[[Any], Any]


def columns(cls: type) -> tuple[Column, ...]:
    """Return the columns of a dataclass in the order of its fields."""
    known = _COLUMNS.get(cls)
    if known is None:
        known = _COLUMNS[cls] = _find_columns(cls)
    return known


def _find_columns(cls: type) -> tuple[Column, ...]:
    hints = typing.get_type_hints(cls)
    return tuple(Column(f.name, *_codec(hints[f.name])) for f in dataclasses.fields(cls))


_COLUMNS: dict[type, tuple[Column, ...]] = {}


def to_row(thing: Any) -> Row:
    """Return the row of a dataclass instance.

    Raises:
        InputRejectedError: A text or number that cannot be stored.
    """
    return {column.name: column.encode(getattr(thing, column.name)) for column in columns(type(thing))}


def from_row(cls: type[T], row: Row) -> T:
    """Return the dataclass instance of a row; columns that it does not know are left out."""
    return cls(**{column.name: column.decode(row[column.name]) for column in columns(cls)})


def row_to_json(row: Row | None) -> str | None:
    """Return a row as JSON text in one exact spelling, for undo and comparison."""
    if row is None:
        return None
    return json.dumps(row, sort_keys=True, ensure_ascii=False, default=_bytes_to_json)


def row_from_json(text: str | None) -> Row | None:
    """Return the row that `row_to_json` was given."""
    if text is None:
        return None
    values: Row = json.loads(text, object_hook=_bytes_from_json)
    return values


def _bytes_to_json(value: object) -> dict[str, str]:
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode("ascii")}
    raise TypeError(type(value).__name__)


def _bytes_from_json(value: dict[str, Any]) -> Any:
    return base64.b64decode(value["$bytes"]) if value.keys() == {"$bytes"} else value


def _codec(hint: Any) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    if isinstance(hint, types.UnionType):
        (inner,) = (option for option in typing.get_args(hint) if option is not types.NoneType)
        encode, decode = _codec(inner)
        return _optional(encode), _optional(decode)
    for base, codec in _CODECS:
        if isinstance(hint, type) and issubclass(hint, base):
            return codec(hint)
    return _encode_json, functools.partial(_decode_json, hint)


def _optional(convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else convert(value)


def _same(value: Any) -> Any:
    return value


def _encode_text(value: str) -> str:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputRejectedError("vault.text_not_storable") from error
    return str(value)


def _encode_float(value: float) -> float:
    # SQLite would silently store "not a number" as NULL.
    if not math.isfinite(value):
        raise InputRejectedError("vault.number_not_storable")
    return float(value)


def _encode_int(value: int) -> int:
    if abs(value) > _LARGEST_INTEGER:
        raise InputRejectedError("vault.number_not_storable")
    return int(value)


def _encode_json(value: Any) -> str:
    def plain(item: Any) -> Any:
        if dataclasses.is_dataclass(item) and not isinstance(item, type):
            return dataclasses.asdict(item)
        raise TypeError(type(item).__name__)

    try:
        return _encode_text(
            json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, default=plain)
        )
    except ValueError as error:
        raise InputRejectedError("vault.number_not_storable") from error


def _decode_json(hint: Any, text: str) -> Any:
    return _shape(hint, json.loads(text))


def _shape(hint: Any, value: Any) -> Any:
    if typing.get_origin(hint) is tuple:
        inner = typing.get_args(hint)
        if len(inner) == 2 and inner[1] is Ellipsis:
            return tuple(_shape(inner[0], item) for item in value)
        return tuple(_shape(kind, item) for kind, item in zip(inner, value, strict=True))
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return hint(**value)
    return float(value) if hint is float else value


# Order matters: a datetime is a date, a bool is an int.
_CODECS: tuple[tuple[type, Callable[[Any], tuple[Callable[[Any], Any], Callable[[Any], Any]]]], ...] = (
    (StrEnum, lambda hint: (lambda value: hint(value).value, hint)),
    (str, lambda _: (_encode_text, _same)),
    (bool, lambda _: (int, bool)),
    (int, lambda _: (_encode_int, _same)),
    (float, lambda _: (_encode_float, float)),
    (bytes, lambda _: (bytes, bytes)),
    (datetime, lambda _: (datetime.isoformat, datetime.fromisoformat)),
    (date, lambda _: (date.isoformat, date.fromisoformat)),
)

"""Brief content as canonical JSON: what the hash on a brief is of, and what is stored of it."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import types
import typing
from datetime import date
from enum import Enum
from typing import Any

from explorer_app.domain.brief_content import BriefContent
from explorer_app.domain.errors import DamagedError

FORMAT = 1
"""Version of the JSON layout; a higher one was written by a newer app."""


def content_json(content: BriefContent) -> str:
    """Return `content` as canonical JSON (sorted keys, no blanks, UTF-8 characters as they are)."""
    values = {"format": FORMAT, "brief": _plain(content)}
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def content_sha256(content: BriefContent) -> str:
    """Return the SHA-256 of the canonical JSON, 64 hexadecimal digits."""
    return hashlib.sha256(content_json(content).encode("utf-8", "surrogatepass")).hexdigest()


def content_from_json(text: str) -> BriefContent:
    """Return the content that `content_json` wrote.

    Fields that the text does not name take their defaults, so older briefs stay readable.

    Raises:
        DamagedError: The text is no brief content.
    """
    try:
        values = json.loads(text)
        if values["format"] != FORMAT:
            raise DamagedError("reports.content_damaged")
        return typing.cast(BriefContent, _read(BriefContent, values["brief"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedError("reports.content_damaged") from error


def _plain(value: object) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        hints = typing.get_type_hints(type(value))
        return {name: _plain(_as_kind(getattr(value, name), kind)) for name, kind in hints.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    return value


def _as_kind(value: object, kind: Any) -> object:
    """Return whole numbers in fields of decimals as decimals: 4 and 4.0 are one content, one hash."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    return float(typing.cast(int, value)) if whole and float in (kind, *typing.get_args(kind)) else value


def _read(kind: Any, value: Any) -> Any:
    """Return `value` as `kind`; only the kinds that the brief's dataclasses use."""
    origin = typing.get_origin(kind)
    if origin is tuple:
        if not isinstance(value, list):
            raise TypeError(kind)
        return tuple(_read(typing.get_args(kind)[0], item) for item in value)
    if origin in (types.UnionType, typing.Union):
        inner = next(part for part in typing.get_args(kind) if part is not type(None))
        return None if value is None else _read(inner, value)
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        return typing.cast(Any, kind)(**{name: _read(hints[name], item) for name, item in value.items()})
    if kind is date:
        return date.fromisoformat(value)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not kind:
        raise TypeError(kind)
    return value

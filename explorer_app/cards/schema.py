"""The fields of an idea card: which there are, of what kind, and what they may hold.

Labels and hints stand in the catalogues under ``cards.field.<key>``; here are keys only, so that a card
written in one language reads in the other. A field is one of three kinds, which merge differently:
a text merges by character, a choice as a whole (the last writer wins), a list by item.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeAlias

from explorer_app.domain.errors import InputRejectedError

Scalar: TypeAlias = str | float | None
Item: TypeAlias = dict[str, str]
CardValues: TypeAlias = dict[str, Scalar | list[Item]]
"""Values of a card by field key: text and choice as a scalar, a list as items with their ``id``."""

MAX_TEXT = 20_000
"""Longest text in characters, of a field as of a part of an item."""

MAX_ITEMS = 300
"""Most items in one list."""


class FieldKind(StrEnum):
    """How a field merges."""

    TEXT = "text"
    CHOICE = "choice"
    LIST = "list"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardField:
    """One field.

    `options` are the allowed values of a choice; empty with `number` for a number up to `maximum`, or with
    `day` for a date (``YYYY-MM-DD``), or for a free key. `parts` are the named texts of a list's items,
    each with its allowed values (empty = free text). `core` fields count for completeness.
    """

    key: str
    kind: FieldKind
    options: tuple[str, ...] = ()
    number: bool = False
    maximum: float = 120.0
    day: bool = False
    parts: Mapping[str, tuple[str, ...]] | None = None
    core: bool = False


def _text(key: str, *, core: bool = False) -> CardField:
    return CardField(key=key, kind=FieldKind.TEXT, core=core)


def _choice(key: str, *options: str, core: bool = False) -> CardField:
    return CardField(key=key, kind=FieldKind.CHOICE, options=options, core=core)


def _list(key: str, *, core: bool = False, **parts: tuple[str, ...]) -> CardField:
    return CardField(key=key, kind=FieldKind.LIST, parts=parts or {"text": ()}, core=core)


YES_NO = ("yes", "no", "unclear")
PARTLY = ("yes", "partly", "no", "unclear")
LIGHTS = ("green", "amber", "red", "unknown")

FIELDS: tuple[CardField, ...] = (
    _text("title", core=True),
    _choice("status", "idea", "chosen", "pilot", "in_use", "stopped"),
    _text("problem", core=True),
    _list("beneficiaries", core=True),
    _text("idea", core=True),
    _list("today", core=True),
    _list("tomorrow", core=True),
    _choice("needs_ai", *YES_NO, core=True),
    _text("needs_ai_reason", core=True),
    _choice("pattern"),
    _text("ai_task"),
    _list("data", core=True, name=(), exists=PARTLY, owner=(), personal=YES_NO, art9=YES_NO),
    _list("privacy", core=True, question=(), status=LIGHTS, answer=()),
    _text("human_role", core=True),
    _text("bias", core=True),
    _text("digital_divide"),
    _choice("ki_act", "prohibited", "high", "transparency", "minimal", "unclear", core=True),
    _text("ki_act_reason"),
    _choice("codetermination", "asked", "not_asked", "not_needed", "unclear", core=True),
    _text("codetermination_whom"),
    CardField(key="codetermination_on", kind=FieldKind.CHOICE, day=True),
    CardField(key="effort_months", kind=FieldKind.CHOICE, number=True, core=True),
    _text("effort_note"),
    _text("effect", core=True),
    _text("effect_seen_by"),
    _text("scaling"),
    _text("refinancing", core=True),
    _choice("open_source", *PARTLY),
    _text("open_source_note"),
    _list("risks", core=True),
    _list("open_questions"),
    _list("conditions", text=(), state=("met", "open", "failed")),
    _list("rollout"),
    _text("next_step", core=True),
    CardField(key="next_step_on", kind=FieldKind.CHOICE, day=True),
    _text("responsible", core=True),
    _choice("staff_approval", *PARTLY, core=True),
    _text("staff_approval_note"),
)
"""All fields in the order in which people fill them in."""

BY_KEY: Mapping[str, CardField] = {field.key: field for field in FIELDS}


def field_of(key: str, kind: FieldKind) -> CardField:
    """Return the field `key`.

    Raises:
        InputRejectedError: ``cards.unknown_field`` if there is none of this kind.
    """
    field = BY_KEY.get(key)
    if field is None or field.kind is not kind:
        raise InputRejectedError("cards.unknown_field", field=key)
    return field


def checked_text(field: str, text: object) -> str:
    """Return `text` if a card can hold it.

    Raises:
        InputRejectedError: ``cards.not_text`` or ``cards.text_too_long``.
    """
    if not isinstance(text, str) or "\0" in text or any("\ud800" <= c <= "\udfff" for c in text):
        raise InputRejectedError("cards.not_text", field=field)
    if len(text) > MAX_TEXT:
        raise InputRejectedError("cards.text_too_long", field=field, limit=MAX_TEXT)
    return text


def checked_choice(field: CardField, value: object) -> Scalar:
    """Return `value` if the choice allows it; None and an empty text mean "not chosen".

    Raises:
        InputRejectedError: ``cards.bad_choice``.
    """
    if value is None or value == "":
        return None
    if field.number:
        if isinstance(value, int | float) and not isinstance(value, bool):
            number = float(value)
            if math.isfinite(number) and 0 <= number <= field.maximum:
                return number
        raise InputRejectedError("cards.bad_choice", field=field.key)
    text = checked_text(field.key, value)
    if (field.options and text not in field.options) or (field.day and not _is_day(text)) or len(text) > 100:
        raise InputRejectedError("cards.bad_choice", field=field.key)
    return text


def checked_item(field: CardField, values: Mapping[str, object]) -> Item:
    """Return the parts of an item, without its id.

    Raises:
        InputRejectedError: ``cards.unknown_field`` for a part the list has not, ``cards.bad_choice``,
            ``cards.not_text``, ``cards.text_too_long``.
    """
    parts = field.parts or {}
    item: Item = {}
    for name, value in values.items():
        label = f"{field.key}.{name}"
        if name not in parts:
            raise InputRejectedError("cards.unknown_field", field=label)
        text = checked_text(label, value)
        if text and parts[name] and text not in parts[name]:
            raise InputRejectedError("cards.bad_choice", field=label)
        item[name] = text
    return item


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def checked_values(values: Mapping[str, object]) -> CardValues:
    """Return `values` (text, choice, or a list of items, each with or without an ``id``) checked.

    Raises:
        InputRejectedError: As `checked_text`, `checked_choice` and `checked_item`;
            ``cards.unknown_field``; ``cards.too_many_items``.
    """
    checked: CardValues = {}
    for key, value in values.items():
        field = BY_KEY.get(key)
        if field is None:
            raise InputRejectedError("cards.unknown_field", field=key)
        if field.kind is FieldKind.TEXT:
            checked[key] = checked_text(key, value)
        elif field.kind is FieldKind.CHOICE:
            checked[key] = checked_choice(field, value)
        else:
            checked[key] = _checked_items(field, value)
    return checked


def _checked_items(field: CardField, value: object) -> list[Item]:
    if not isinstance(value, list | tuple) or not all(isinstance(item, Mapping) for item in value):
        raise InputRejectedError("cards.bad_choice", field=field.key)
    if len(value) > MAX_ITEMS:
        raise InputRejectedError("cards.too_many_items", field=field.key, limit=MAX_ITEMS)
    items: list[Item] = []
    for raw in value:
        item = checked_item(field, {name: part for name, part in raw.items() if name != "id"})
        if "id" in raw:
            item = {"id": checked_text(f"{field.key}.id", raw["id"]), **item}
        items.append(item)
    ids = [item["id"] for item in items if item.get("id")]
    if len(set(ids)) != len(ids):
        raise InputRejectedError("cards.bad_choice", field=field.key)
    return items

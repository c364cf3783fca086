"""The idea card as a document that several people edit apart and that merges in any order.

This is the only module that touches `pycrdt` (Yjs). Its texts count UTF-8 bytes, a fault in its core is a
`PanicException`, which is no `Exception`, and an undo manager of its own would keep deleted words: all of
that stays in here. One thread at a time uses a `CardDocument`; take it from bytes where you need it.

Layout, all on root types, since two replicas that create the same nested type lose one of them:
``t.<field>`` a text, ``choices`` a map, ``l.<field>`` a map of items by id (each a map of its parts and its
``place``), ``machine`` a map of the fields whose content a machine wrote.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from pycrdt import Doc, Map, Text

from explorer_app.cards.order import between, is_place, spread
from explorer_app.cards.schema import (
    BY_KEY,
    FIELDS,
    MAX_ITEMS,
    CardField,
    CardValues,
    FieldKind,
    Item,
    Scalar,
    checked_choice,
    checked_item,
    checked_text,
    checked_values,
    field_of,
)
from explorer_app.cards.text_edits import edits
from explorer_app.domain.errors import InputRejectedError, NotFoundError
from explorer_app.domain.ids import new_id

MAX_BYTES = 4 * 1024 * 1024
"""Largest document or update that is read, in bytes; a full card has a few ten thousand."""

_PLACE = "place"


@dataclass(frozen=True, slots=True)
class Completeness:
    """How many of the fields that a card needs are filled, and which are not."""

    filled: int
    total: int
    missing: tuple[str, ...]


class CardDocument:
    """One idea card. Make it with `new` or `from_bytes`."""

    def __init__(self) -> None:
        self._doc: Doc[Any] = Doc()

    @classmethod
    def new(cls, values: Mapping[str, object] | None = None, *, machine: Iterable[str] = ()) -> CardDocument:
        """Return a card with `values`; the fields named in `machine` are marked as written by a machine.

        Raises:
            InputRejectedError: See `explorer_app.cards.schema.checked_values`.
        """
        card = cls()
        card.apply_values(values or {}, machine=machine)
        return card

    @classmethod
    def from_bytes(cls, data: bytes) -> CardDocument:
        """Return the card that `to_bytes` gave.

        Raises:
            InputRejectedError: ``cards.too_large``, ``cards.unreadable``, or what a field must not hold.
        """
        card = cls()
        card.merge(data)
        return card

    def to_bytes(self) -> bytes:
        """Return the whole card as one update, without anything that was deleted.

        The update goes through a fresh document: an update taken from a document that was edited can
        still hold deleted words.
        """
        clean: Doc[Any] = Doc()
        clean.apply_update(self._doc.get_update())
        return bytes(clean.get_update())

    def values(self) -> CardValues:
        """Return all fields: text (empty = not written), choice (None = not chosen), items in order."""
        return {field.key: self._value(field) for field in FIELDS}

    def machine_fields(self) -> tuple[str, ...]:
        """Return the fields whose present content a machine wrote, in the order of the form."""
        marks = self._map("machine").to_py() or {}
        return tuple(field.key for field in FIELDS if marks.get(field.key) is True)

    def set_text(self, key: str, new: str, *, machine: bool = False) -> None:
        """Change a text field to `new` by the fewest edits, so that others' edits in it survive.

        Raises:
            InputRejectedError: ``cards.unknown_field``, ``cards.not_text``, ``cards.text_too_long``.
        """
        field_of(key, FieldKind.TEXT)
        checked_text(key, new)
        text = self._text(key)
        with self._doc.transaction():
            for edit in edits(str(text), new):
                if edit.removed:
                    del text[edit.at : edit.at + edit.removed]
                if edit.inserted:
                    text.insert(edit.at, edit.inserted)
            self._mark(key, machine)

    def set_choice(self, key: str, value: Scalar, *, machine: bool = False) -> None:
        """Choose `value`; None takes the choice back.

        Raises:
            InputRejectedError: ``cards.unknown_field``, ``cards.bad_choice``.
        """
        checked = checked_choice(field_of(key, FieldKind.CHOICE), value)
        with self._doc.transaction():
            if checked != self._choice(BY_KEY[key]):
                self._map("choices")[key] = checked
            self._mark(key, machine)

    def add_item(
        self,
        key: str,
        parts: Mapping[str, str],
        *,
        index: int | None = None,
        item_id: str | None = None,
        machine: bool = False,
    ) -> str:
        """Add an item at `index` (None = at the end) and return its id.

        Raises:
            InputRejectedError: ``cards.too_many_items``, or as `explorer_app.cards.schema.checked_item`.
        """
        field = field_of(key, FieldKind.LIST)
        item = checked_item(field, parts)
        items = self._items(field)
        if len(items) >= MAX_ITEMS:
            raise InputRejectedError("cards.too_many_items", field=key, limit=MAX_ITEMS)
        item_id = item_id or new_id()
        with self._doc.transaction():
            place = self._place(field, [other["id"] for other in items if other["id"] != item_id], index)
            self._map(f"l.{key}")[item_id] = Map({**item, _PLACE: place})
            self._mark(key, machine)
        return item_id

    def update_item(self, key: str, item_id: str, parts: Mapping[str, str], *, machine: bool = False) -> None:
        """Change the named parts of an item; others stay.

        Raises:
            NotFoundError: ``cards.no_item``.
            InputRejectedError: As `explorer_app.cards.schema.checked_item`.
        """
        field = field_of(key, FieldKind.LIST)
        item = checked_item(field, parts)
        stored = self._item(field, item_id)
        with self._doc.transaction():
            for name, text in item.items():
                if stored.get(name) != text:
                    stored[name] = text
            self._mark(key, machine)

    def remove_item(self, key: str, item_id: str) -> None:
        """Remove an item.

        Raises:
            NotFoundError: ``cards.no_item``.
        """
        field = field_of(key, FieldKind.LIST)
        self._item(field, item_id)
        with self._doc.transaction():
            del self._map(f"l.{key}")[item_id]
            self._mark(key, machine=False)

    def move_item(self, key: str, item_id: str, index: int) -> None:
        """Move an item so that it stands at `index`; indices beyond the end mean the end.

        Raises:
            NotFoundError: ``cards.no_item``.
        """
        field = field_of(key, FieldKind.LIST)
        stored = self._item(field, item_id)
        order = [item["id"] for item in self._items(field)]
        if order.index(item_id) == min(max(index, 0), len(order) - 1):
            return
        order.remove(item_id)
        with self._doc.transaction():
            stored[_PLACE] = self._place(field, order, index)
            self._mark(key, machine=False)

    def merge(self, data: bytes) -> tuple[str, ...]:
        """Take in another replica's bytes; return the keys of the fields that read differently now.

        The bytes are tried on a copy first: where they are refused, nothing here has changed.

        Raises:
            InputRejectedError: ``cards.too_large``, ``cards.unreadable``, or what a field must not hold.
        """
        if len(data) > MAX_BYTES:
            raise InputRejectedError("cards.too_large", limit=MAX_BYTES // 1024 // 1024)
        trial = CardDocument()
        with _refusing():
            trial._doc.apply_update(self._doc.get_update())
            trial._doc.apply_update(data)
            after = trial._sound_values()
        before = self.values()
        self._doc.apply_update(data)
        return tuple(key for key, value in after.items() if value != before[key])

    def apply_values(self, values: Mapping[str, object], *, machine: Iterable[str] | None = None) -> None:
        """Set the given fields to `values` by the fewest changes; other fields stay.

        Lists are matched by item id, so that an item that was removed comes back as the same item.

        Args:
            values: Fields to set.
            machine: The fields marked as a machine's afterwards; None leaves marks of untouched fields and
                clears those of the fields set.

        Raises:
            InputRejectedError: See `explorer_app.cards.schema.checked_values`; nothing is changed then.
        """
        checked = checked_values(values)
        marked = self.machine_fields() if machine is None else tuple(machine)
        before = self.values()
        with self._doc.transaction():
            for key, value in checked.items():
                if isinstance(value, list):
                    self._set_items(BY_KEY[key], value)
                elif BY_KEY[key].kind is FieldKind.TEXT:
                    self.set_text(key, str(value))
                else:
                    self.set_choice(key, value)
        changed = {key for key in checked if self._value(BY_KEY[key]) != before[key]}
        with self._doc.transaction():
            for field in FIELDS:
                self._mark(
                    field.key, field.key in marked and (machine is not None or field.key not in changed)
                )

    def text_hash(self) -> str:
        """Return the SHA-256 (hex) of what the card says; equal replicas have equal hashes."""
        content = {"values": self.values(), "machine": self.machine_fields()}
        canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    def completeness(self) -> Completeness:
        """Return how much of what a card needs is there."""
        core = [field for field in FIELDS if field.core]
        missing = tuple(field.key for field in core if _is_empty(self._value(field)))
        return Completeness(len(core) - len(missing), len(core), missing)

    def _text(self, key: str) -> Text:
        text: Text = self._doc.get(f"t.{key}", type=Text)
        return text

    def _map(self, name: str) -> Map[Any]:
        found: Map[Any] = self._doc.get(name, type=Map)
        return found

    def _value(self, field: CardField) -> Scalar | list[Item]:
        if field.kind is FieldKind.TEXT:
            return str(self._text(field.key))
        if field.kind is FieldKind.CHOICE:
            return self._choice(field)
        return self._items(field)

    def _choice(self, field: CardField) -> Scalar:
        return checked_choice(field, self._map("choices").get(field.key))

    def _items(self, field: CardField) -> list[Item]:
        parts = tuple(field.parts or ())
        stored = self._map(f"l.{field.key}").to_py() or {}
        rows = [(str(raw.get(_PLACE, "")), item_id, raw) for item_id, raw in stored.items() if _is_item(raw)]
        rows.sort(key=lambda row: row[:2])
        return [
            {"id": item_id, **{name: str(raw.get(name, "")) for name in parts}} for _, item_id, raw in rows
        ]

    def _item(self, field: CardField, item_id: str) -> Map[Any]:
        stored = self._map(f"l.{field.key}").get(item_id)
        if not isinstance(stored, Map):
            raise NotFoundError("cards.no_item", field=field.key)
        return stored

    def _mark(self, key: str, machine: bool) -> None:
        marks = self._map("machine")
        if (marks.get(key) is True) != machine:
            marks[key] = machine

    def _place(self, field: CardField, others: list[str], index: int | None) -> str:
        """Return a place for an item at `index` among `others` (ids in order), making room if needed."""
        at = len(others) if index is None else min(max(index, 0), len(others))
        places = [self._item(field, other).get(_PLACE) for other in others]
        known = [place for place in places if isinstance(place, str) and is_place(place)]
        if len(known) == len(others) and all(a < b for a, b in pairwise(known)):
            place = between(known[at - 1] if at else "", known[at] if at < len(known) else None)
            if is_place(place):
                return place
        fresh = spread(len(others) + 1)
        for other, place in zip(others, fresh[:at] + fresh[at + 1 :], strict=True):
            self._item(field, other)[_PLACE] = place
        return fresh[at]

    def _set_items(self, field: CardField, items: list[Item]) -> None:
        wanted = [{**item, "id": item.get("id") or new_id()} for item in items]
        ids = [item["id"] for item in wanted]
        for item in self._items(field):
            if item["id"] not in ids:
                self.remove_item(field.key, item["id"])
        stored = {item["id"] for item in self._items(field)}
        for item in wanted:
            parts = {name: item.get(name, "") for name in field.parts or ()}
            if item["id"] in stored:
                self.update_item(field.key, item["id"], parts)
            else:
                self.add_item(field.key, parts, item_id=item["id"])
        if [item["id"] for item in self._items(field)] != ids:
            for item_id, place in zip(ids, spread(len(ids)), strict=True):
                self._item(field, item_id)[_PLACE] = place

    def _sound_values(self) -> CardValues:
        """Return the values, or refuse a document that holds what no field may hold."""
        for field in FIELDS:
            if field.kind is FieldKind.TEXT:
                text = self._text(field.key)
                # Embedded objects count in the text's length but are not read: offsets would be wrong.
                if len(text) != len(str(text).encode()):
                    raise InputRejectedError("cards.unreadable")
        values = self.values()
        checked_values(values)
        return values


def _is_item(raw: object) -> bool:
    return isinstance(raw, dict)


def _is_empty(value: Scalar | list[Item]) -> bool:
    if isinstance(value, list):
        return not any(part.strip() for item in value for name, part in item.items() if name != "id")
    return value is None or (isinstance(value, str) and not value.strip())


@contextmanager
def _refusing() -> Iterator[None]:
    """Turn whatever foreign bytes raise in the document core into one refusal."""
    try:
        yield
    except InputRejectedError:
        raise
    except Exception as error:
        raise InputRejectedError("cards.unreadable") from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise InputRejectedError("cards.unreadable") from error

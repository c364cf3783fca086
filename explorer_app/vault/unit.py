"""Writing: a unit of work is one transaction that knows what it changed and how to undo it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from explorer_app.domain.errors import InputRejectedError, NotFoundError
from explorer_app.domain.outcome import Action, Changes, Touched
from explorer_app.vault.database import Database
from explorer_app.vault.history import History, Image, Step
from explorer_app.vault.repository import KINDS, kind_of
from explorer_app.vault.rows import Row, from_row, row_from_json, row_to_json, to_row
from explorer_app.vault.search import TextIndex
from explorer_app.vault.vectors import Vectors

INDEX = "texts"
"""Kind of the undo images that hold a text which a caller gave to `Unit.index_text`."""

_TEXT_FIELDS = {"observations": ("text", "interpretation"), "segments": ("text",)}
_VECTOR_FIELDS = {**_TEXT_FIELDS, "evidence": ("quote",), "clusters": ("name", "sentence")}


class Store:
    """Rows with all that hangs on them: search index and vectors. Used by units and by undo."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.index = TextIndex(database)
        self.vectors = Vectors(database)

    def row(self, kind: str, thing_id: str) -> Row | None:
        """Return the stored row, for `INDEX` the text that a caller indexed."""
        if kind == INDEX:
            owner, _, owner_id = thing_id.partition("/")
            text = self.index.text(owner, owner_id)
            return None if text is None else {"text": text}
        rows = self.database.rows(f"SELECT * FROM {kind} WHERE id = ?", (thing_id,))  # noqa: S608
        return rows[0] if rows else None

    def write(self, kind: str, thing_id: str, before: Row | None, after: Row | None) -> None:
        """Bring a row from `before` to `after`; None means that it does not exist."""
        if kind == INDEX:
            owner, _, owner_id = thing_id.partition("/")
            self.index.put(owner, owner_id, "" if after is None else str(after["text"]))
            return
        if after is None:
            self.database.execute(f"DELETE FROM {kind} WHERE id = ?", (thing_id,))  # noqa: S608
            self.index.remove(kind, thing_id)
        elif before is None:
            names = ", ".join(f'"{name}"' for name in after)
            places = ", ".join("?" * len(after))
            self.database.execute(
                f"INSERT INTO {kind} ({names}) VALUES ({places})",  # noqa: S608
                tuple(after.values()),
            )
        else:
            names = ", ".join(f'"{name}" = ?' for name in after)
            self.database.execute(
                f"UPDATE {kind} SET {names} WHERE id = ?",  # noqa: S608
                (*after.values(), thing_id),
            )
        self._follow(kind, thing_id, before, after)

    def _follow(self, kind: str, thing_id: str, before: Row | None, after: Row | None) -> None:
        fields = _TEXT_FIELDS.get(kind)
        if fields and after is not None and _text(fields, before) != _text(fields, after):
            self.index.put(kind, thing_id, _text(fields, after))
        fields = _VECTOR_FIELDS.get(kind, ())
        if before is not None and (after is None or _text(fields, before) != _text(fields, after)):
            self.vectors.remove(kind, (thing_id,))


def _text(fields: tuple[str, ...], row: Row | None) -> str:
    return "\n".join(str(row[name]) for name in fields if row[name]) if row else ""


class Unit:
    """One transaction. Made by `Vault.change`; `changes` is set when the block has ended."""

    def __init__(self, store: Store, history: History, label: str, values: Mapping[str, object]) -> None:
        self._store = store
        self._history = history
        self._images: dict[tuple[str, str], Image] = {}
        self._label = label
        self._values = dict(values)
        self._open = True
        self._erased: set[tuple[str, str]] = set()
        self.changes = Changes(label=label, values=self._values)

    def add(self, thing: Any) -> None:
        """Store a new thing.

        Raises:
            InputRejectedError: Its id exists already, or a value cannot be stored.
        """
        kind = kind_of(type(thing))
        if self._store.row(kind, thing.id) is not None:
            raise InputRejectedError("vault.exists_already", kind=kind, id=thing.id)
        self._write(kind, thing.id, None, to_row(thing))

    def put(self, thing: Any) -> None:
        """Store a thing in place of the one with its id, or as a new one; equal ones cost nothing."""
        kind = kind_of(type(thing))
        before, after = self._store.row(kind, thing.id), to_row(thing)
        if before is not None:
            # Columns of a schema that this dataclass does not know stay as they are.
            after = before | after
        if before != after:
            self._write(kind, thing.id, before, after)

    def remove(self, kind: str | type, thing_id: str) -> None:
        """Remove a thing; things that link to it must go in the same unit.

        Raises:
            NotFoundError: There is none.
        """
        name, before = self._existing(kind, thing_id)
        text_id = f"{name}/{thing_id}"
        if name not in _TEXT_FIELDS and self._store.row(INDEX, text_id) is not None:
            self._write(INDEX, text_id, self._store.row(INDEX, text_id), None)
        self._write(name, thing_id, before, None)

    def erase(self, kind: str | type, thing_id: str) -> None:
        """Remove a thing for good: undo forgets every step that holds it, this unit included.

        Snapshots still hold it until `Vault.remake_snapshots`.
        """
        self.remove(kind, thing_id)
        name = kind_of(kind)
        self._erased.add((name, thing_id))
        self._erased.add((INDEX, f"{name}/{thing_id}"))

    def next_number(self, name: str) -> int:
        """Return the next number of a count, from 1; a number given out is never used again."""
        database = self._store.database
        database.execute("INSERT OR IGNORE INTO counters (name, number) VALUES (?, 0)", (name,))
        database.execute("UPDATE counters SET number = number + 1 WHERE name = ?", (name,))
        return int(database.value("SELECT number FROM counters WHERE name = ?", (name,)))

    def index_text(self, kind: str | type, thing_id: str, text: str) -> None:
        """Make `text` of a thing findable, such as the words inside a card's document."""
        key = f"{kind_of(kind)}/{thing_id}"
        before = self._store.row(INDEX, key)
        after = {"text": text} if text.strip() else None
        if before != after:
            self._write(INDEX, key, before, after)

    def require_open(self) -> None:
        """Raise RuntimeError if the unit's transaction has ended."""
        if not self._open:
            raise RuntimeError("this unit of work has ended")

    def finish(self, *, undoable: bool) -> None:
        """Write the undo step and set `changes`; part of the transaction."""
        self._open = False
        images = [image for image in self._images.values() if image.before != image.after]
        touched = [
            Touched(image.kind, image.id, action_of(image.before, image.after))
            for image in images
            if image.kind != INDEX
        ]
        self.changes = Changes(self._label, tuple(touched), self._values)
        for kind, thing_id in self._erased:
            self._history.forget(kind, thing_id)
        if undoable:
            kept = [image for image in images if (image.kind, image.id) not in self._erased]
            self._history.record(self._label, self._values, kept)

    def _existing(self, kind: str | type, thing_id: str) -> tuple[str, Row]:
        name = kind_of(kind)
        row = self._store.row(name, thing_id)
        if row is None:
            raise NotFoundError("vault.not_found", kind=name, id=thing_id)
        return name, row

    def _write(self, kind: str, thing_id: str, before: Row | None, after: Row | None) -> None:
        self.require_open()
        self._store.write(kind, thing_id, before, after)
        first = self._images.get((kind, thing_id))
        start = first.before if first else row_to_json(before)
        self._images[kind, thing_id] = Image(kind, thing_id, start, row_to_json(after))


def action_of(before: str | None, after: str | None) -> Action:
    """Return what happened to a thing between two images."""
    if before is None:
        return Action.ADDED
    return Action.REMOVED if after is None else Action.CHANGED


@dataclass(frozen=True, slots=True)
class Carry:
    """How undo brings back a thing that is more than a row, such as a document that others merge.

    Attributes:
        apart: Columns that may differ from the image, because `write` makes them anew.
        write: Called with the thing as it is and as it shall be; returns what to store.
    """

    apart: frozenset[str]
    write: Callable[[Any, Any], Any]


def replay(store: Store, step: Step, *, backwards: bool, carries: Mapping[str, Carry]) -> Changes:
    """Undo (backwards) or redo a step inside the caller's transaction.

    Raises:
        InputRejectedError: A thing was changed since by something that cannot be undone.
    """
    touched = []
    for image in reversed(step.images) if backwards else step.images:
        expected, wanted = (image.after, image.before) if backwards else (image.before, image.after)
        current = store.row(image.kind, image.id)
        carry = carries.get(image.kind)
        if not _is_as(expected, current, carry.apart if carry else frozenset()):
            raise InputRejectedError("vault.changed_since")
        row = row_from_json(wanted)
        if carry is not None and current is not None and row is not None:
            cls = KINDS[image.kind]
            row = current | to_row(carry.write(from_row(cls, current), from_row(cls, row)))
        store.write(image.kind, image.id, current, row)
        if image.kind != INDEX:
            touched.append(Touched(image.kind, image.id, action_of(expected, wanted)))
    return Changes(step.label, tuple(touched), step.values)


def _is_as(expected: str | None, current: Row | None, apart: frozenset[str]) -> bool:
    wanted = row_from_json(expected)
    if wanted is None or current is None:
        return wanted is None and current is None
    # A migration may have added columns since the image was taken.
    return all(
        name in current and current[name] == value for name, value in wanted.items() if name not in apart
    )

"""Undo in the core: images of rows before and after each step, kept in the encrypted database."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from explorer_app.vault.database import Database

STEPS_KEPT = 500
"""Older steps are forgotten."""
CHARACTERS_KEPT = 32 * 1024 * 1024
"""So are older steps when all images together are longer than this; the newest step always stays."""


@dataclass(frozen=True, slots=True)
class Image:
    """A row before and after a step, as JSON; None where it did not exist."""

    kind: str
    id: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Step:
    """One undoable write. `label` is a message id with `values`."""

    seq: int
    label: str
    values: dict[str, object]
    images: tuple[Image, ...] = ()


class History:
    """The steps that can be undone and redone; writes happen inside the caller's transaction."""

    def __init__(self, database: Database, kept: int = STEPS_KEPT, characters: int = CHARACTERS_KEPT) -> None:
        self._database = database
        self._kept = kept
        self._characters = characters

    def record(self, label: str, values: Mapping[str, object], images: list[Image]) -> None:
        """Append a step; what was undone before it can no longer be redone."""
        if not images:
            return
        self._database.execute("DELETE FROM undo_steps WHERE undone = 1")
        self._database.execute(
            "INSERT INTO undo_steps (label, label_values) VALUES (?, ?)",
            (label, json.dumps(dict(values), ensure_ascii=False, default=str)),
        )
        seq = self._database.value("SELECT max(seq) FROM undo_steps")
        for position, image in enumerate(images):
            self._database.execute(
                "INSERT INTO undo_images (seq, position, kind, id, before, after) VALUES (?, ?, ?, ?, ?, ?)",
                (seq, position, image.kind, image.id, image.before, image.after),
            )
        self._database.execute(
            "DELETE FROM undo_steps WHERE seq NOT IN (SELECT seq FROM undo_steps ORDER BY seq DESC LIMIT ?)",
            (self._kept,),
        )
        self._database.execute(
            "DELETE FROM undo_steps WHERE seq < ? AND seq IN ("
            "SELECT seq FROM (SELECT seq, sum(size) OVER (ORDER BY seq DESC) AS total FROM ("
            "SELECT seq, sum(ifnull(length(before), 0) + ifnull(length(after), 0)) AS size "
            "FROM undo_images GROUP BY seq)) WHERE total > ?)",
            (seq, self._characters),
        )

    def last_done(self) -> Step | None:
        """Return the step that undo would take back."""
        return self._step("undone = 0 ORDER BY seq DESC")

    def first_undone(self) -> Step | None:
        """Return the step that redo would do again."""
        return self._step("undone = 1 ORDER BY seq")

    def mark(self, step: Step, *, undone: bool) -> None:
        """Move a step between done and undone."""
        self._database.execute("UPDATE undo_steps SET undone = ? WHERE seq = ?", (int(undone), step.seq))

    def drop(self, step: Step) -> None:
        """Forget one step."""
        self._database.execute("DELETE FROM undo_steps WHERE seq = ?", (step.seq,))

    def forget(self, kind: str, thing_id: str) -> None:
        """Forget every step that holds an image of a thing, because the thing was erased."""
        self._database.execute(
            "DELETE FROM undo_steps WHERE seq IN (SELECT seq FROM undo_images WHERE kind = ? AND id = ?)",
            (kind, thing_id),
        )

    def _step(self, condition: str) -> Step | None:
        rows = self._database.rows(
            f"SELECT seq, label, label_values FROM undo_steps WHERE {condition} LIMIT 1"  # noqa: S608
        )
        if not rows:
            return None
        images = self._database.rows(
            "SELECT kind, id, before, after FROM undo_images WHERE seq = ? ORDER BY position",
            (rows[0]["seq"],),
        )
        return Step(
            rows[0]["seq"],
            rows[0]["label"],
            json.loads(rows[0]["label_values"]),
            tuple(Image(**image) for image in images),
        )

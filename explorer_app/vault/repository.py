"""Reading: one generic repository for each word of the domain."""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Mapping
from typing import Any, Generic, TypeVar

from explorer_app.domain.errors import NotFoundError
from explorer_app.domain.fieldwork import Consent, Exploration, Facility, Participant, Visit
from explorer_app.domain.findings import (
    Code,
    Coding,
    Criterion,
    Membership,
    ProblemCluster,
    Rating,
    Theme,
    UseCaseCandidate,
)
from explorer_app.domain.material import (
    Evidence,
    Mark,
    Observation,
    Recording,
    Segment,
    TextRevision,
    Transcript,
)
from explorer_app.domain.outcome import Brief, IdeaCard, Job
from explorer_app.vault.database import Database
from explorer_app.vault.rows import columns, from_row

KINDS: Mapping[str, type] = {
    "explorations": Exploration,
    "facilities": Facility,
    "visits": Visit,
    "participants": Participant,
    "consents": Consent,
    "observations": Observation,
    "recordings": Recording,
    "marks": Mark,
    "transcripts": Transcript,
    "segments": Segment,
    "revisions": TextRevision,
    "evidence": Evidence,
    "codes": Code,
    "codings": Coding,
    "themes": Theme,
    "clusters": ProblemCluster,
    "memberships": Membership,
    "candidates": UseCaseCandidate,
    "cards": IdeaCard,
    "criteria": Criterion,
    "ratings": Rating,
    "briefs": Brief,
    "jobs": Job,
}
"""Names of the repositories, which are the names of the tables, with what they hold."""

T = TypeVar("T")

_KIND_OF = {cls: kind for kind, cls in KINDS.items()}
_VALUES_PER_QUERY = 500


def kind_of(thing: str | type) -> str:
    """Return the repository's name for a dataclass or a name; raises KeyError if there is none."""
    if isinstance(thing, type):
        return _KIND_OF[thing]
    if thing not in KINDS:
        raise KeyError(thing)
    return thing


class Repository(Generic[T]):
    """Reads things of one kind.

    Args:
        database: The open database.
        kind: Name of the table.
        cls: The dataclass that a row becomes.
    """

    def __init__(self, database: Database, kind: str, cls: type[T]) -> None:
        self._database = database
        self.kind = kind
        self._cls = cls
        self._columns = {column.name: column for column in columns(cls)}

    def get(self, thing_id: str) -> T:
        """Return the thing with this id.

        Raises:
            NotFoundError: There is none.
        """
        found = self.find(thing_id)
        if found is None:
            raise NotFoundError("vault.not_found", kind=self.kind, id=thing_id)
        return found

    def find(self, thing_id: str) -> T | None:
        """Return the thing with this id, or None."""
        found = self.list(id=thing_id)
        return found[0] if found else None

    def get_many(self, ids: Iterable[str]) -> dict[str, T]:
        """Return the things with these ids by id; missing ones are left out."""
        wanted = [*dict.fromkeys(ids)]
        found: dict[str, T] = {}
        for start in range(0, len(wanted), _VALUES_PER_QUERY):
            for thing in self.list(id=wanted[start : start + _VALUES_PER_QUERY]):
                found[thing.id] = thing  # type: ignore[attr-defined]
        return {key: found[key] for key in wanted if key in found}

    def list(
        self, *, order_by: str = "created_at", limit: int | None = None, **equals: Any
    ) -> builtins.list[T]:
        """Return all things whose fields equal the given values.

        Args:
            order_by: Field names with commas between, ``-`` before one that falls; the id decides
                among equals.
            limit: At most so many.
            **equals: Field and value. None means empty; a list, tuple or set means any of these.
        """
        where, values = self._where(equals)
        sql = f"SELECT * FROM {self.kind}{where} ORDER BY {self._order(order_by)}"  # noqa: S608
        if limit is not None:
            sql += f" LIMIT {limit:d}"
        return [from_row(self._cls, row) for row in self._database.rows(sql, values)]

    def count(self, **equals: Any) -> int:
        """Return how many things have these values."""
        where, values = self._where(equals)
        return int(self._database.value(f"SELECT count(*) FROM {self.kind}{where}", values))  # noqa: S608

    def _where(self, equals: Mapping[str, Any]) -> tuple[str, builtins.list[Any]]:
        parts: builtins.list[str] = []
        values: builtins.list[Any] = []
        for name, value in equals.items():
            column = self._columns[name]
            if value is None:
                parts.append(f'"{name}" IS NULL')
            elif isinstance(value, (builtins.list, set, frozenset, tuple)):
                parts.append(f'"{name}" IN ({", ".join("?" * len(value))})')
                values.extend(column.encode(item) for item in value)
            else:
                parts.append(f'"{name}" = ?')
                values.append(column.encode(value))
        return (" WHERE " + " AND ".join(parts) if parts else ""), values

    def _order(self, order_by: str) -> str:
        parts = []
        for term in order_by.split(","):
            name = term.strip().removeprefix("-")
            if name not in self._columns:
                raise KeyError(name)
            parts.append(f'"{name}" DESC' if term.strip().startswith("-") else f'"{name}"')
        return ", ".join([*parts, '"id"'])


class Repositories:
    """One repository for each name in `KINDS`."""

    explorations: Repository[Exploration]
    facilities: Repository[Facility]
    visits: Repository[Visit]
    participants: Repository[Participant]
    consents: Repository[Consent]
    observations: Repository[Observation]
    recordings: Repository[Recording]
    marks: Repository[Mark]
    transcripts: Repository[Transcript]
    segments: Repository[Segment]
    revisions: Repository[TextRevision]
    evidence: Repository[Evidence]
    codes: Repository[Code]
    codings: Repository[Coding]
    themes: Repository[Theme]
    clusters: Repository[ProblemCluster]
    memberships: Repository[Membership]
    candidates: Repository[UseCaseCandidate]
    cards: Repository[IdeaCard]
    criteria: Repository[Criterion]
    ratings: Repository[Rating]
    briefs: Repository[Brief]
    jobs: Repository[Job]

    def __init__(self, database: Database) -> None:
        for kind, cls in KINDS.items():
            setattr(self, kind, Repository(database, kind, cls))

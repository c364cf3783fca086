"""What an exploration holds, at a glance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from explorer_app.domain.findings import MembershipState
from explorer_app.services.jobs import list_jobs
from explorer_app.services.session import Session


@dataclass(frozen=True, slots=True)
class Overview:
    """Counts of an exploration; `last_undo` is message id and values of what undo takes back."""

    title: str
    created_at: datetime
    facilities: int
    visits: int
    people: int
    consents: int
    notes: int
    recordings: int
    recorded_seconds: float
    transcripts: int
    evidence: int
    accepted: int
    fields: int
    drafts: int
    cards: int
    briefs: int
    unfinished_jobs: int
    last_undo: tuple[str, dict[str, object]] | None


def overview(session: Session) -> Overview:
    """Count what the exploration holds today."""
    vault = session.vault
    exploration = session.exploration
    recordings = vault.recordings.list()
    today = session.now().date()
    return Overview(
        title=exploration.title,
        created_at=exploration.created_at,
        facilities=vault.facilities.count(),
        visits=vault.visits.count(),
        people=vault.participants.count(),
        consents=sum(consent.holds_on(today) for consent in vault.consents.list()),
        notes=vault.observations.count(),
        recordings=len(recordings),
        recorded_seconds=sum(recording.duration for recording in recordings),
        transcripts=vault.transcripts.count(),
        evidence=vault.evidence.count(),
        accepted=vault.memberships.count(state=MembershipState.ACCEPTED),
        fields=vault.clusters.count(draft=False),
        drafts=vault.clusters.count(draft=True),
        cards=vault.cards.count(),
        briefs=vault.briefs.count(),
        unfinished_jobs=len(list_jobs(session, unfinished=True)),
        last_undo=vault.undo_label(),
    )

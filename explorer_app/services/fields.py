"""Problem fields: described by people, first sorted and gathered by the machine.

The machine only ever proposes: what a person named, accepted, rejected or pinned never moves by
itself. What needs seconds to import is imported where it is used, so that the app starts at once.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from analysis.themes.types import Field, GatherResult, Snippet
from explorer_app.domain.errors import InputRejectedError
from explorer_app.domain.findings import Decider, Membership, MembershipState, ProblemCluster
from explorer_app.domain.ids import new_id
from explorer_app.domain.material import Evidence, Observation, SourceKind, Stance, TargetKind
from explorer_app.domain.outcome import Changes
from explorer_app.services.progress import CancelToken, Progress, no_progress
from explorer_app.services.session import Session
from explorer_app.services.vectors import ensure_vectors
from explorer_app.vault import Unit


def create_field(session: Session, name: str, sentence: str = "") -> tuple[ProblemCluster, Changes]:
    """Create a problem field that a person names.

    Raises:
        InputRejectedError: If the name is empty.
    """
    cluster = ProblemCluster(
        id=new_id(),
        name=_checked_name(name),
        sentence=sentence.strip(),
        draft=False,
        named_by=Decider.PERSON,
        created_at=session.now(),
    )
    with session.vault.change("undo.field_created", name=cluster.name) as unit:
        unit.add(cluster)
    return cluster, unit.changes


def describe_field(
    session: Session, cluster_id: str, *, name: str | None = None, sentence: str | None = None
) -> Changes:
    """Name or describe a field; from then on it is a person's and no draft."""
    cluster = session.vault.clusters.get(cluster_id)
    described = replace(
        cluster,
        name=_checked_name(name) if name is not None else cluster.name,
        sentence=sentence.strip() if sentence is not None else cluster.sentence,
        draft=False,
        named_by=Decider.PERSON,
    )
    with session.vault.change("undo.field_described", name=described.name) as unit:
        unit.put(described)
    return unit.changes


def decide(
    session: Session,
    evidence_id: str,
    cluster_id: str,
    state: MembershipState,
    *,
    stance: Stance = Stance.SUPPORT,
    pinned: bool = False,
) -> Changes:
    """Accept or reject a piece of evidence for a field: a person's decision.

    Accepting into a draft field makes the field a person's.
    """
    evidence = session.vault.evidence.get(evidence_id)
    cluster = session.vault.clusters.get(cluster_id)
    with session.vault.change(f"undo.evidence_{state.value}", label=evidence.label) as unit:
        for old in session.vault.memberships.list(evidence_id=evidence.id, cluster_id=cluster.id):
            unit.remove("memberships", old.id)
        unit.add(
            Membership(
                id=new_id(),
                cluster_id=cluster.id,
                evidence_id=evidence.id,
                decided_by=Decider.PERSON,
                state=state,
                stance=stance,
                pinned=pinned,
                created_at=session.now(),
            )
        )
        if state is MembershipState.ACCEPTED and cluster.draft:
            unit.put(replace(cluster, draft=False))
    return unit.changes


def move(session: Session, evidence_id: str, from_cluster_id: str, to_cluster_id: str) -> Changes:
    """Move a piece of evidence from one field to another: rejected there, accepted here, one step."""
    evidence = session.vault.evidence.get(evidence_id)
    source = session.vault.clusters.get(from_cluster_id)
    target = session.vault.clusters.get(to_cluster_id)
    if source.id == target.id:
        raise InputRejectedError("field.same_field")
    stance = Stance.SUPPORT
    with session.vault.change("undo.evidence_moved", label=evidence.label, name=target.name) as unit:
        for old in session.vault.memberships.list(evidence_id=evidence.id):
            if old.cluster_id in (source.id, target.id):
                stance = old.stance if old.cluster_id == source.id else stance
                unit.remove("memberships", old.id)
        for cluster, state in ((source, MembershipState.REJECTED), (target, MembershipState.ACCEPTED)):
            unit.add(
                Membership(
                    id=new_id(),
                    cluster_id=cluster.id,
                    evidence_id=evidence.id,
                    decided_by=Decider.PERSON,
                    state=state,
                    stance=stance,
                    created_at=session.now(),
                )
            )
        if target.draft:
            unit.put(replace(target, draft=False))
    return unit.changes


def suggest_fields(
    session: Session,
    *,
    seed: int = 0,
    progress: Progress = no_progress,
    cancel: CancelToken | None = None,
) -> Changes:
    """Make a first sort of all evidence that no person has placed, as drafts and proposals.

    Drafts of an earlier first sort that nobody touched are replaced; everything else stays.
    """
    from analysis.themes.sorting import first_sort

    free = [item for item in session.vault.evidence.list(order_by="number") if not _placed(session, item)]
    snippets = [_snippet(session, item) for item in free]
    vectors = _matrix(session, snippets, progress, cancel)
    result = first_sort(snippets, session.embedder(), vectors=vectors, seed=seed)
    with session.vault.change("undo.first_sort", n=len(result.fields)) as unit:
        _drop_untouched_drafts(session, unit)
        created = {}
        for found in result.fields:
            cluster = ProblemCluster(
                id=new_id(),
                name=found.name,
                sentence=found.sentence,
                phrases=tuple(found.phrases),
                created_at=session.now(),
            )
            created[found.id] = cluster.id
            unit.add(cluster)
        for evidence_id, field_id in result.assignments.items():
            if field_id is not None:
                unit.add(_proposal(session, created[field_id], evidence_id, None, "", Stance.SUPPORT))
    return unit.changes


def gather_evidence(
    session: Session,
    *,
    progress: Progress = no_progress,
    cancel: CancelToken | None = None,
) -> tuple[list[GatherResult], Changes]:
    """Propose the evidence for each described field, each proposal with its reason.

    Only fields that a person named or described take part. Machine proposals of an earlier run
    are renewed; a person's decisions stay and teach the ranking.
    """
    from analysis.themes.gathering import gather
    from analysis.themes.reasons import reason_line

    clusters = [cluster for cluster in session.vault.clusters.list() if not cluster.draft]
    if not clusters:
        raise InputRejectedError("field.none_described")
    items = session.vault.evidence.list(order_by="number")
    snippets = [_snippet(session, item) for item in items]
    vectors = _matrix(session, snippets, progress, cancel)
    results = gather(
        snippets,
        _fields(session, clusters),
        session.embedder(),
        vectors=vectors,
    )
    labels = {item.id: item.label for item in items}
    language = session.exploration.language
    decided = {
        (m.cluster_id, m.evidence_id)
        for m in session.vault.memberships.list()
        if m.decided_by is Decider.PERSON or m.pinned
    }
    accepted = {
        m.evidence_id
        for m in session.vault.memberships.list(decided_by=Decider.PERSON)
        if m.state is MembershipState.ACCEPTED
    }
    described = {cluster.id for cluster in clusters}
    with session.vault.change("undo.gathered") as unit:
        for old in session.vault.memberships.list(decided_by=Decider.MACHINE):
            if old.cluster_id in described and not old.pinned:
                unit.remove("memberships", old.id)
        for result in results:
            best = result.ranking[0] if result.ranking else None
            if best is None or result.snippet in accepted or best.score <= result.none_score:
                continue
            if (best.field, result.snippet) not in decided:
                stance = Stance(result.stance)
                reason = reason_line(best.reasons, language, labels)
                unit.add(_proposal(session, best.field, result.snippet, best.score, reason, stance))
    return results, unit.changes


def evidence_of(
    session: Session, cluster_id: str, *, states: tuple[MembershipState, ...] = (MembershipState.ACCEPTED,)
) -> list[tuple[Membership, Evidence]]:
    """Return the evidence of a field with its membership, decided ones first, then by score."""
    pairs = [
        (membership, session.vault.evidence.get(membership.evidence_id))
        for membership in session.vault.memberships.list(cluster_id=cluster_id)
        if membership.state in states
    ]
    order = {MembershipState.ACCEPTED: 0, MembershipState.PROPOSED: 1, MembershipState.REJECTED: 2}
    return sorted(pairs, key=lambda pair: (order[pair[0].state], -(pair[0].score or 0.0), pair[1].number))


def _checked_name(name: str) -> str:
    if not name.strip():
        raise InputRejectedError("input.empty_name")
    return name.strip()


def _proposal(
    session: Session, cluster_id: str, evidence_id: str, score: float | None, reason: str, stance: Stance
) -> Membership:
    return Membership(
        id=new_id(),
        cluster_id=cluster_id,
        evidence_id=evidence_id,
        decided_by=Decider.MACHINE,
        state=MembershipState.PROPOSED,
        stance=stance,
        score=score,
        reason=reason,
        created_at=session.now(),
    )


def _placed(session: Session, evidence: Evidence) -> bool:
    return any(
        (m.decided_by is Decider.PERSON and m.state is MembershipState.ACCEPTED) or m.pinned
        for m in session.vault.memberships.list(evidence_id=evidence.id)
    )


def _drop_untouched_drafts(session: Session, unit: Unit) -> None:
    for cluster in session.vault.clusters.list(draft=True):
        members = session.vault.memberships.list(cluster_id=cluster.id)
        if all(m.decided_by is Decider.MACHINE and not m.pinned for m in members):
            for membership in members:
                unit.remove("memberships", membership.id)
            unit.remove("clusters", cluster.id)


def _fields(session: Session, clusters: list[ProblemCluster]) -> list[Field]:
    examples: dict[tuple[str, MembershipState], list[str]] = defaultdict(list)
    for membership in session.vault.memberships.list(decided_by=Decider.PERSON):
        examples[membership.cluster_id, membership.state].append(membership.evidence_id)
    return [
        Field(
            id=cluster.id,
            name=cluster.name,
            description=cluster.sentence,
            accepted=tuple(examples[cluster.id, MembershipState.ACCEPTED]),
            rejected=tuple(examples[cluster.id, MembershipState.REJECTED]),
        )
        for cluster in clusters
    ]


def _snippet(session: Session, evidence: Evidence) -> Snippet:
    visit = session.vault.visits.get(evidence.visit_id)
    time, role, source = "", "", SourceKind.INTERVIEW
    if evidence.target_kind is TargetKind.OBSERVATION:
        note: Observation = session.vault.observations.get(evidence.target_id)
        time, role, source = (note.at.strftime("%H:%M") if note.at else ""), note.role, note.source
    elif evidence.participant_id is not None:
        role = session.vault.participants.get(evidence.participant_id).role
    return Snippet(
        id=evidence.id,
        text=evidence.quote,
        facility=visit.facility_id,
        visit=visit.id,
        source=source.value,
        time=time,
        speaker_role=role,
    )


def _matrix(
    session: Session, snippets: list[Snippet], progress: Progress, cancel: CancelToken | None
) -> NDArray[np.float32]:
    if not snippets:
        raise InputRejectedError("field.no_evidence")
    texts = {snippet.id: snippet.text for snippet in snippets}
    vectors = ensure_vectors(session, "evidence", texts, progress=progress, cancel=cancel)
    return np.stack([vectors[snippet.id] for snippet in snippets])

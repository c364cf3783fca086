"""Editing a text that evidence points into: the old wording stays, the anchors are found again."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from analysis.language.anchors import Anchor, make_anchor, refind
from explorer_app.domain.ids import new_id
from explorer_app.domain.material import Evidence, Observation, Segment, TargetKind, TextRevision
from explorer_app.services.session import Session
from explorer_app.vault import Unit

Text = TypeVar("Text", Observation, Segment)


def target_kind(target: Observation | Segment) -> TargetKind:
    """Return the kind that an anchor into `target` has."""
    return TargetKind.SEGMENT if isinstance(target, Segment) else TargetKind.OBSERVATION


def put_text(session: Session, unit: Unit, target: Text, text: str, *, author: str = "") -> Text:
    """Write a new wording of `target`, keep the old one as a revision and move its evidence.

    Evidence whose quote cannot be found again is marked lost and keeps its stored quote.
    """
    kind = target_kind(target)
    edited = replace(target, text=text, revision=target.revision + 1)
    unit.put(edited)
    unit.add(
        TextRevision(
            id=new_id(),
            target_kind=kind,
            target_id=target.id,
            revision=target.revision,
            text=target.text,
            author=author,
            created_at=session.now(),
        )
    )
    for evidence in session.vault.evidence.list(target_kind=kind, target_id=target.id):
        unit.put(moved_evidence(evidence, target.text, text, edited.revision))
    return edited


def moved_evidence(evidence: Evidence, old_text: str, new_text: str, revision: int) -> Evidence:
    """Return `evidence` anchored in `new_text`, or marked lost."""
    anchor = refind(_anchor(evidence, old_text), new_text, revision=revision, old_text=old_text)
    if anchor is None:
        return replace(evidence, lost=True)
    return replace(
        evidence,
        start=anchor.start,
        end=anchor.end,
        quote=anchor.quote,
        quote_hash=anchor.quote_hash,
        revision=anchor.revision,
        lost=False,
    )


def _anchor(evidence: Evidence, text: str) -> Anchor:
    if evidence.lost or text[evidence.start : evidence.end] != evidence.quote:
        return Anchor(
            start=evidence.start,
            end=evidence.end,
            quote=evidence.quote,
            quote_hash=evidence.quote_hash,
            revision=evidence.revision,
            before="",
            after="",
        )
    return make_anchor(text, evidence.start, evidence.end, evidence.revision)

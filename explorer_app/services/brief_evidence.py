"""The evidence of a brief: what is counted, what may be quoted, and how each piece is walked back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from explorer_app.domain.brief_content import BriefCount, BriefQuote, BriefTrace
from explorer_app.domain.fieldwork import Consent, ConsentPurpose
from explorer_app.domain.findings import Decider, Membership, MembershipState
from explorer_app.domain.material import Evidence, Observation, ObservationKind, Segment, Stance
from explorer_app.domain.outcome import IdeaCard
from explorer_app.services.evidence import Source, source_of
from explorer_app.services.fieldwork import consent_for
from explorer_app.services.session import Session
from explorer_app.texts import Texts

QUOTE_PURPOSES = (ConsentPurpose.QUOTE, ConsentPurpose.BOARD)
"""A quote in a brief is quoted, and it goes to the board: the speaker agreed to both."""


@dataclass(frozen=True, slots=True)
class BriefEvidence:
    """Everything a brief says about its evidence."""

    facility_types: tuple[str, ...]
    quote_count: int
    people_count: int
    facility_count: int
    note_count: int
    counter_count: int
    quotes: tuple[BriefQuote, ...]
    counter_quotes: tuple[BriefQuote, ...]
    by_facility: tuple[BriefCount, ...]
    by_role: tuple[BriefCount, ...]
    trace: tuple[BriefTrace, ...]
    evidence_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    membership: Membership
    source: Source
    facility: str
    field_of_work: str
    visit: str
    role: str
    quote: BriefQuote | None

    @property
    def evidence(self) -> Evidence:
        return self.source.evidence

    @property
    def counters(self) -> bool:
        return self.membership.stance is Stance.COUNTER

    @property
    def is_quote(self) -> bool:
        return is_verbatim(self.source)


def gather_for_brief(session: Session, card: IdeaCard, day: date, texts: Texts) -> BriefEvidence:
    """Collect the accepted evidence of the card's problem field as it stands on `day`."""
    pieces = [_piece(session, m, e, day, texts) for m, e in _accepted(session, card)]
    quotes = [piece.quote for piece in pieces if piece.quote is not None and not piece.counters]
    # A spoken passage comes first: it is the one a reader can follow to its second.
    quotes.sort(key=lambda quote: not quote.recorded)
    return BriefEvidence(
        facility_types=_ordered(piece.field_of_work for piece in pieces),
        quote_count=sum(piece.is_quote for piece in pieces),
        people_count=len({p.evidence.participant_id for p in pieces if p.evidence.participant_id}),
        facility_count=len({piece.facility for piece in pieces}),
        note_count=sum(not piece.is_quote for piece in pieces),
        counter_count=sum(piece.counters for piece in pieces),
        quotes=_varied(quotes),
        counter_quotes=tuple(p.quote for p in pieces if p.quote is not None and p.counters),
        by_facility=_counts(pieces, lambda piece: piece.facility),
        by_role=_counts(pieces, lambda piece: piece.role or texts("brief.role_unknown")),
        trace=tuple(_trace(piece, texts) for piece in pieces),
        evidence_ids=tuple(piece.evidence.id for piece in pieces),
    )


def quotable(session: Session, source: Source, day: date) -> tuple[Consent, ...]:
    """Return the consents that let a quote stand in a brief on `day`; empty if it may not.

    Needed are consents of the speaker for quoting and for the board, words somebody really said
    (an explorer's own note is no quote), and for audio a wording confirmed by ear.
    """
    if source.evidence.lost or not is_verbatim(source):
        return ()
    if source.recording is not None and not _confirmed(source.target):
        return ()
    held = [consent_for(session, source.evidence.participant_id, purpose, day) for purpose in QUOTE_PURPOSES]
    return tuple(c for c in held if c is not None) if all(held) else ()


def is_verbatim(source: Source) -> bool:
    """Return whether the evidence is what somebody said, not what an explorer wrote about it."""
    return isinstance(source.target, Segment) or source.target.kind is ObservationKind.QUOTE


def _confirmed(target: Observation | Segment) -> bool:
    return isinstance(target, Segment) and target.confirmed_at is not None


def _accepted(session: Session, card: IdeaCard) -> list[tuple[Membership, Evidence]]:
    """Return the evidence a person accepted: the card's own, and its problem field's."""
    if card.cluster_id is None:
        return []
    found = [
        (membership, session.vault.evidence.get(membership.evidence_id))
        for membership in session.vault.memberships.list(
            cluster_id=card.cluster_id, state=MembershipState.ACCEPTED
        )
    ]
    return sorted(found, key=lambda pair: pair[1].number)


def _piece(session: Session, membership: Membership, evidence: Evidence, day: date, texts: Texts) -> _Piece:
    source = source_of(session, evidence)
    visit = session.vault.visits.get(evidence.visit_id)
    facility = session.vault.facilities.get(visit.facility_id)
    person = session.vault.participants.find(evidence.participant_id) if evidence.participant_id else None
    role = person.role if person else (source.target.role if isinstance(source.target, Observation) else "")
    consents = quotable(session, source, day)
    quote = None
    if consents:
        quote = _quote(
            source,
            person.pseudonym if person else "",
            role,
            facility.name,
            visit.title,
            consents,
            membership,
            texts,
        )
    return _Piece(membership, source, facility.name, facility.field_of_work, visit.title, role, quote)


def _quote(
    source: Source,
    speaker: str,
    role: str,
    facility: str,
    visit: str,
    consents: tuple[Consent, ...],
    membership: Membership,
    texts: Texts,
) -> BriefQuote:
    target = source.target
    segment = target if isinstance(target, Segment) else None
    recorded = source.recording is not None
    until = min((c.valid_until for c in consents if c.valid_until), default=None)
    return BriefQuote(
        label=source.evidence.label,
        wording=source.evidence.quote,
        speaker=speaker,
        role=role,
        facility=facility,
        source=texts(f"brief.source.{source.kind}"),
        visit=visit,
        recorded=recorded,
        recording=source.recording.source_name if source.recording else "",
        start=segment.start if segment and recorded else None,
        end=segment.end if segment and recorded else None,
        fresh=segment.machine_text if segment and recorded else "",
        confirmed_by=segment.confirmed_by if segment and recorded else "",
        consent=texts(
            "brief.consent",
            version=consents[0].text_version,
            until=texts.day(until) if until else texts("brief.unlimited"),
        ),
        stance=membership.stance.value,
    )


def _trace(piece: _Piece, texts: Texts) -> BriefTrace:
    """Return one row of the appendix; the wording stands in it only where it may be quoted."""
    return BriefTrace(
        label=piece.evidence.label,
        stance=piece.membership.stance.value,
        source=texts(f"brief.source.{piece.source.kind}"),
        facility=piece.facility,
        visit=piece.visit,
        role=piece.role,
        place=piece.source.place(texts),
        excerpt=piece.quote.wording if piece.quote else texts("brief.wording_withheld"),
        decided_by=texts(
            "brief.by_person" if piece.membership.decided_by is Decider.PERSON else "brief.by_machine"
        ),
    )


def _varied(quotes: list[BriefQuote]) -> tuple[BriefQuote, ...]:
    """Order quotes so that different speakers come first."""
    first: list[BriefQuote] = []
    later: list[BriefQuote] = []
    seen: set[tuple[str, str]] = set()
    for quote in quotes:
        key = (quote.facility, quote.speaker)
        (later if key in seen else first).append(quote)
        seen.add(key)
    return tuple(first + later)


def _counts(pieces: list[_Piece], key: Callable[[_Piece], str]) -> tuple[BriefCount, ...]:
    support = Counter(key(piece) for piece in pieces if not piece.counters)
    counter = Counter(key(piece) for piece in pieces if piece.counters)
    names = sorted(support | counter, key=lambda name: (-support[name] - counter[name], name))
    return tuple(BriefCount(name=name, support=support[name], counter=counter[name]) for name in names)


def _ordered(values: object) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))  # type: ignore[attr-defined]

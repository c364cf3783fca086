"""Use-case candidates: problem fields matched with the pattern library, and cards drafted from them."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from analysis.usecases.ai_need import AiVerdict, ai_need
from analysis.usecases.closeness import index_patterns
from analysis.usecases.draft import draft_card
from analysis.usecases.matching import PatternMatch, ProblemText, match_patterns
from analysis.usecases.patterns import Pattern, load_patterns
from explorer_app.cards.document import CardDocument
from explorer_app.domain.errors import NotFoundError
from explorer_app.domain.findings import AiNeed, MembershipState, ProblemCluster, UseCaseCandidate
from explorer_app.domain.ids import new_id
from explorer_app.domain.material import Stance
from explorer_app.domain.outcome import Changes, IdeaCard
from explorer_app.services.cards import stored_card
from explorer_app.services.fields import evidence_of
from explorer_app.services.session import Session
from explorer_app.texts import Texts, resource

BEST = 5
"""So many candidates are kept per problem field."""


@functools.cache
def patterns() -> tuple[Pattern, ...]:
    """Return the pattern library."""
    return load_patterns(resource("patterns"))


def pattern(pattern_id: str) -> Pattern:
    """Return one pattern.

    Raises:
        NotFoundError: If the library has none of this id.
    """
    for known in patterns():
        if known.id == pattern_id:
            return known
    raise NotFoundError("pattern.unknown", pattern=pattern_id)


@dataclass(frozen=True, slots=True)
class Candidates:
    """Candidates of one field, best first, and whether the problem needs AI at all.

    `reason` says why when they were matched just now; it is not stored.
    """

    candidates: tuple[UseCaseCandidate, ...]
    ai_need: AiNeed
    reason: str


def candidates_of(session: Session, cluster_id: str, *, again: bool = False) -> Candidates:
    """Return the candidates of a field; matched if there are none yet, or `again`."""
    stored = session.vault.candidates.list(cluster_id=cluster_id, order_by="-score")
    if again or not stored:
        return propose_candidates(session, cluster_id)[0]
    return Candidates(tuple(stored), stored[0].ai_need, "")


def propose_candidates(session: Session, cluster_id: str) -> tuple[Candidates, Changes]:
    """Match a problem field with the patterns, "needs no AI" included.

    Earlier candidates of the field that no card came from are replaced.
    """
    cluster = session.vault.clusters.get(cluster_id)
    ranking, verdict = _matched(session, field_text(session, cluster))
    need = AiNeed(verdict.need)
    found = tuple(
        UseCaseCandidate(
            id=new_id(),
            cluster_id=cluster.id,
            pattern_id=ranked.pattern_id,
            score=ranked.score,
            ai_need=need,
            reasons_for=tuple(ranked.reasons_for),
            reasons_against=tuple(ranked.reasons_against),
            created_at=session.now(),
        )
        for ranked in ranking[:BEST]
    )
    used = {card.candidate_id for card in session.vault.cards.list(cluster_id=cluster.id)}
    with session.vault.change("undo.candidates_proposed", name=cluster.name) as unit:
        for old in session.vault.candidates.list(cluster_id=cluster.id):
            if old.id not in used:
                unit.remove("candidates", old.id)
        for candidate in found:
            unit.add(candidate)
    return Candidates(found, need, verdict.reason), unit.changes


def _matched(session: Session, field: ProblemText) -> tuple[list[PatternMatch], AiVerdict]:
    say = Texts(session.exploration.language)
    embedder = session.embedder()
    index = session.keep("patterns", lambda: index_patterns(patterns(), embedder))
    ranking = match_patterns(field, patterns(), embedder, say=say, index=index)
    return ranking, ai_need(field, ranking, patterns(), say=say)


def field_text(session: Session, cluster: ProblemCluster) -> ProblemText:
    """Return what is known of a field: name, sentence, accepted and countering evidence."""
    accepted = evidence_of(session, cluster.id, states=(MembershipState.ACCEPTED,))
    return ProblemText(
        name=cluster.name,
        description=cluster.sentence,
        evidence=tuple(e.quote for m, e in accepted if m.stance is Stance.SUPPORT),
        counter_evidence=tuple(e.quote for m, e in accepted if m.stance is Stance.COUNTER),
    )


def reasons_without_evidence(
    session: Session, cluster_id: str, pattern_id: str, language: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what speaks for and against a pattern, from the field's name and sentence alone.

    For what leaves the vault: reasons that quote evidence would carry words past the consents.
    """
    cluster = session.vault.clusters.get(cluster_id)
    words = ProblemText(name=cluster.name, description=cluster.sentence)
    for match in match_patterns(words, patterns(), say=Texts(language)):
        if match.pattern_id == pattern_id:
            return match.reasons_for, match.reasons_against
    return (), ()


def card_from_candidate(session: Session, candidate_id: str) -> tuple[IdeaCard, Changes]:
    """Draft an idea card from a candidate; each drafted field is marked as the machine's."""
    candidate = session.vault.candidates.get(candidate_id)
    cluster = session.vault.clusters.get(candidate.cluster_id)
    field = ProblemText(name=cluster.name, description=cluster.sentence)
    _, verdict = _matched(session, field)
    language = session.exploration.language
    draft = draft_card(field, pattern(candidate.pattern_id), language, verdict=verdict)
    document = CardDocument.new(draft.values, machine=draft.machine_fields)
    accepted = evidence_of(session, cluster.id, states=(MembershipState.ACCEPTED,))
    card = stored_card(
        session,
        document,
        cluster_id=cluster.id,
        candidate_id=candidate.id,
        evidence_ids=tuple(evidence.id for _, evidence in accepted),
    )
    with session.vault.change("undo.card_created", title=card.title) as unit:
        unit.add(card)
    return card, unit.changes

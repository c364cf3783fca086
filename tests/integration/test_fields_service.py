"""The machine proposes; what people decided stays."""

from __future__ import annotations

import pytest

from explorer_app.domain.errors import InputRejectedError
from explorer_app.domain.findings import Decider, MembershipState
from explorer_app.services import candidates, fields, search, themes
from explorer_app.services.cards import document_of
from explorer_app.services.session import Session
from explorer_app.vault.search import MARK_END, MARK_START

pytestmark = [pytest.mark.models, pytest.mark.slow]


def decisions(session: Session) -> set[tuple[str, str, str]]:
    found = session.vault.memberships.list(decided_by=Decider.PERSON)
    return {(m.cluster_id, m.evidence_id, m.state.value) for m in found}


def test_gathering_proposes_with_a_reason_and_moves_no_decision(sample: Session) -> None:
    before = decisions(sample)
    results, changes = fields.gather_evidence(sample)
    assert decisions(sample) == before
    proposed = sample.vault.memberships.list(decided_by=Decider.MACHINE)
    assert len(proposed) == len(changes.ids("memberships"))
    assert proposed
    assert all(m.state is MembershipState.PROPOSED and m.reason for m in proposed)
    decided = {(cluster, evidence) for cluster, evidence, _ in before}
    assert not any((m.cluster_id, m.evidence_id) in decided for m in proposed)
    assert len(results) == sample.vault.evidence.count()


def test_gathering_again_renews_proposals_instead_of_doubling_them(sample: Session) -> None:
    fields.gather_evidence(sample)
    once = {(m.cluster_id, m.evidence_id) for m in sample.vault.memberships.list(decided_by=Decider.MACHINE)}
    fields.gather_evidence(sample)
    twice = [(m.cluster_id, m.evidence_id) for m in sample.vault.memberships.list(decided_by=Decider.MACHINE)]
    assert sorted(twice) == sorted(once)


def test_a_rejected_piece_is_not_proposed_again(sample: Session) -> None:
    fields.gather_evidence(sample)
    proposal = sample.vault.memberships.list(decided_by=Decider.MACHINE)[0]
    fields.decide(sample, proposal.evidence_id, proposal.cluster_id, MembershipState.REJECTED)
    fields.gather_evidence(sample)
    members = sample.vault.memberships.list(evidence_id=proposal.evidence_id, cluster_id=proposal.cluster_id)
    assert [m.state for m in members] == [MembershipState.REJECTED]


def test_a_first_sort_drafts_fields_and_leaves_described_ones_alone(sample: Session) -> None:
    described = sample.vault.clusters.list(draft=False)
    fields.suggest_fields(sample)
    drafts = sample.vault.clusters.list(draft=True)
    assert len(drafts) >= 3
    assert all(d.name and d.phrases for d in drafts)
    assert sample.vault.clusters.list(draft=False) == described

    fields.describe_field(sample, drafts[0].id, name="Mein Feld")
    kept = sample.vault.memberships.count(cluster_id=drafts[0].id)
    fields.suggest_fields(sample)

    assert sample.vault.clusters.get(drafts[0].id).name == "Mein Feld"
    assert sample.vault.memberships.count(cluster_id=drafts[0].id) == kept
    assert len(sample.vault.clusters.list(draft=True)) < 2 * len(drafts)


def test_a_move_is_one_step_of_undo(sample: Session) -> None:
    (member, *_) = sample.vault.memberships.list(cluster_id="f-doppelt", state=MembershipState.ACCEPTED)
    before = decisions(sample)
    fields.move(sample, member.evidence_id, "f-doppelt", "f-uebergabe")
    assert ("f-uebergabe", member.evidence_id, "accepted") in decisions(sample)
    assert ("f-doppelt", member.evidence_id, "rejected") in decisions(sample)
    sample.vault.undo()
    assert decisions(sample) == before


def test_gathering_needs_a_described_field(session: Session) -> None:
    with pytest.raises(InputRejectedError) as refused:
        fields.gather_evidence(session)
    assert refused.value.message_id == "field.none_described"


def test_candidates_come_with_reasons_and_a_card_is_marked_as_the_machines(sample: Session) -> None:
    found, _ = candidates.propose_candidates(sample, "f-doppelt")
    assert len(found.candidates) == candidates.BEST
    assert found.reason
    assert found.candidates[0].reasons_for
    assert "no_ai_process_fix" in [p.id for p in candidates.patterns()]

    card, _ = candidates.card_from_candidate(sample, found.candidates[0].id)
    document = document_of(sample, card.id)
    assert document.values()["problem"]
    assert "problem" in document.machine_fields() or "today" in document.machine_fields()
    again, _ = candidates.propose_candidates(sample, "f-doppelt")
    assert sample.vault.candidates.find(str(card.candidate_id)) is not None
    assert len(again.candidates) == candidates.BEST


def test_search_finds_by_word_and_by_meaning(sample: Session) -> None:
    words = search.search_words(sample, "Blutdruck")
    assert words
    assert all("lutdruck" in hit.excerpt.replace(MARK_START, "").replace(MARK_END, "") for hit in words)
    meaning = search.search_meaning(sample, "dieselben Werte mehrmals abschreiben", limit=10)
    texts = " ".join(hit.excerpt for hit in meaning)
    assert "schrieb" in texts or "schreib" in texts
    assert meaning == sorted(meaning, key=lambda hit: -hit.score)


def test_themes_are_german_phrases_and_are_replaced_not_piled_up(sample: Session) -> None:
    first = themes.find_themes(sample, limit=10)
    themes.find_themes(sample, limit=10)
    assert 1 <= len(first) <= 10
    assert sample.vault.themes.count() == len(first)

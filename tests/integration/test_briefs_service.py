"""A brief quotes nobody who did not agree, and nothing that no person heard."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import pypdf
import pytest

from explorer_app.domain.brief_content import Light
from explorer_app.domain.errors import InputRejectedError
from explorer_app.domain.fieldwork import ConsentPurpose
from explorer_app.domain.findings import MembershipState
from explorer_app.services import candidates, fields
from explorer_app.services.briefs import brief_content, export_brief, issue_brief
from explorer_app.services.evidence import source_of
from explorer_app.services.fieldwork import withdraw_consent
from explorer_app.services.recordings import erase_recording
from explorer_app.services.search import search_words
from explorer_app.services.session import Session
from explorer_app.services.transcripts import edit_segment

pytestmark = [pytest.mark.models, pytest.mark.slow]


def card_id(session: Session) -> str:
    (card,) = session.vault.cards.list()
    return card.id


def test_a_spoken_quote_stands_in_its_confirmed_wording_and_leads_to_its_second(sample: Session) -> None:
    content = brief_content(sample, card_id(sample), language="de")
    spoken = [quote for quote in content.quotes if quote.recorded]
    assert len(spoken) == 3
    for quote in spoken:
        (evidence,) = sample.vault.evidence.list(number=int(quote.label.removeprefix("B-")))
        segment = sample.vault.segments.get(evidence.target_id)
        assert quote.wording == segment.text
        assert segment.confirmed_by == quote.confirmed_by == "Mira"
        assert quote.fresh == segment.machine_text
        assert quote.start is not None
        assert 0 <= quote.start < quote.end <= 100  # type: ignore[operator]
        assert quote.recording == "A1.flac"


def test_no_quote_without_a_consent_that_holds(sample: Session) -> None:
    before = brief_content(sample, card_id(sample), language="de")
    speaker = sample.vault.participants.list(pseudonym=before.quotes[0].speaker)[0]
    (consent,) = [
        c
        for c in sample.vault.consents.list(participant_id=speaker.id, purpose=ConsentPurpose.QUOTE)
        if c.holds_on(sample.now().date())
    ]

    withdraw_consent(sample, consent.id)

    after = brief_content(sample, card_id(sample), language="de")
    wordings = [quote.wording for quote in before.quotes if quote.speaker == speaker.pseudonym]
    assert wordings
    assert all(quote.speaker != speaker.pseudonym for quote in (*after.quotes, *after.counter_quotes))
    assert not any(wording in row.excerpt for wording in wordings for row in after.trace)


def test_an_expired_consent_is_no_consent(sample: Session) -> None:
    sample.now = lambda: sample.exploration.created_at.replace(year=2031)
    content = brief_content(sample, card_id(sample), language="de")
    assert content.quotes == ()
    assert content.counter_quotes == ()


def test_a_spoken_quote_that_is_no_longer_confirmed_disappears(sample: Session) -> None:
    first = brief_content(sample, card_id(sample), language="de").quotes[0]
    (evidence,) = sample.vault.evidence.list(number=int(first.label.removeprefix("B-")))
    edit_segment(sample, evidence.target_id, "Vorab: " + first.wording)
    content = brief_content(sample, card_id(sample), language="de")
    assert first.label not in [quote.label for quote in content.quotes]


def test_an_explorers_own_note_is_counted_but_never_quoted(sample: Session) -> None:
    content = brief_content(sample, card_id(sample), language="de")
    assert content.note_count > 0
    quoted = {quote.label for quote in (*content.quotes, *content.counter_quotes)}
    for _, evidence in fields.evidence_of(sample, "f-doppelt", states=(MembershipState.ACCEPTED,)):
        source = source_of(sample, evidence)
        if evidence.label in quoted:
            assert evidence.participant_id is not None
        elif source.recording is None:
            row = next(row for row in content.trace if row.label == evidence.label)
            assert evidence.quote not in row.excerpt


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_pdf_reads_back_with_quotes_ids_and_hash(sample: Session, language: str) -> None:
    brief, _ = issue_brief(sample, card_id(sample), language=language)
    reader = pypdf.PdfReader(io.BytesIO(brief.pdf))
    pages = [" ".join(page.extract_text().split()) for page in reader.pages]
    assert "Einmal sagen, überall richtig" in pages[0]
    content = brief_content(sample, card_id(sample), language=language)
    for quote in content.quotes:
        assert quote.label in pages[0]
        assert quote.wording[:30] in pages[0]
    assert brief.sha256[:8] in pages[1].replace(" ", "")
    assert reader.metadata is not None
    assert reader.root_object["/Lang"].startswith(language)


def test_a_brief_is_frozen_and_a_second_issue_is_a_new_version(sample: Session, tmp_path: Path) -> None:
    first, _ = issue_brief(sample, card_id(sample))
    second, _ = issue_brief(sample, card_id(sample))
    assert (first.version, second.version) == (1, 2)
    path = export_brief(sample, first.id, tmp_path)
    assert path.read_bytes() == first.pdf
    with pytest.raises(InputRejectedError) as refused:
        export_brief(sample, first.id, tmp_path)
    assert refused.value.message_id == "file.exists"


def test_the_consent_day_is_the_day_of_the_brief(sample: Session) -> None:
    assert brief_content(sample, card_id(sample), language="de").issued_on == sample.now().date()
    assert isinstance(sample.now().date(), date)


def test_erasing_a_recording_takes_its_evidence_and_words_out_of_everything(sample: Session) -> None:
    (recording,) = sample.vault.recordings.list()
    spoken = "Im Dienstzimmer schreibe ich den Wert an die Tafel"
    assert search_words(sample, "Dienstzimmer")
    accepted = sample.vault.memberships.count(state=MembershipState.ACCEPTED)

    erase_recording(sample, recording.id)

    assert not [e for e in sample.vault.evidence.list() if spoken in e.quote]
    assert not [hit for hit in search_words(sample, "Dienstzimmer") if spoken in hit.excerpt]
    assert sample.vault.memberships.count(state=MembershipState.ACCEPTED) < accepted
    content = brief_content(sample, card_id(sample), language="de")
    assert not any(quote.recorded for quote in content.quotes)
    assert len(sample.vault.snapshots()) == 1
    assert sample.vault.undo_label() is None or "passage" not in sample.vault.undo_label()[0]  # type: ignore[index]


def test_a_recording_that_an_issued_brief_rests_on_is_not_erased(sample: Session) -> None:
    issue_brief(sample, card_id(sample))
    (recording,) = sample.vault.recordings.list()
    with pytest.raises(InputRejectedError) as refused:
        erase_recording(sample, recording.id)
    assert refused.value.message_id == "recording.in_brief"
    assert sample.vault.audio_seconds(recording.id) > 0


def test_no_reason_in_a_brief_carries_words_past_a_consent(sample: Session) -> None:
    (card,) = sample.vault.cards.list()
    candidates.propose_candidates(sample, str(card.cluster_id))
    said = [e.quote for _, e in fields.evidence_of(sample, str(card.cluster_id))]
    for consent in sample.vault.consents.list():
        if consent.withdrawn_on is None:
            withdraw_consent(sample, consent.id)
    brief, _ = issue_brief(sample, card.id)
    text = " ".join(" ".join(p.extract_text().split()) for p in pypdf.PdfReader(io.BytesIO(brief.pdf)).pages)
    assert "Dafür spricht" in text
    for quote in said:
        words = quote.split()
        for first in range(max(1, len(words) - 3)):
            assert " ".join(words[first : first + 4]) not in text


def test_a_brief_that_reached_nobody_does_not_count_as_issued(sample: Session, tmp_path: Path) -> None:
    taken = tmp_path / "schon-da.pdf"
    taken.write_bytes(b"wichtig")
    with pytest.raises(InputRejectedError):
        issue_brief(sample, card_id(sample), to=taken)
    assert sample.vault.briefs.count() == 0
    assert taken.read_bytes() == b"wichtig"
    brief, _ = issue_brief(sample, card_id(sample), to=tmp_path / "neu.pdf")
    assert brief.version == 1
    assert (tmp_path / "neu.pdf").read_bytes() == brief.pdf


def test_what_only_the_machine_suspects_is_an_open_question(sample: Session) -> None:
    (found, *_) = candidates.propose_candidates(sample, "f-doppelt")[0].candidates
    card, _ = candidates.card_from_candidate(sample, found.id)
    lights = {light.title: light.light for light in brief_content(sample, card.id, language="de").lights}
    assert lights["KI-Verordnung: vermutete Klasse"] is not Light.GREEN

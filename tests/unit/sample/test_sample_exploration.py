from __future__ import annotations

import itertools
import json
import re
import shutil
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path

import jiwer
import numpy as np
import pytest
import soundfile

from explorer_app.cards.document import CardDocument
from explorer_app.domain.errors import DamagedError
from explorer_app.domain.fieldwork import Consent, ConsentPurpose
from explorer_app.domain.findings import MembershipState
from explorer_app.domain.material import SourceKind, Stance
from explorer_app.models import ModelStore
from explorer_app.services.sample_data import CRITERIA, load_sample
from explorer_app.services.sample_values import Sample, SampleConsent
from explorer_app.services.text_import import ImportedText, read_text_file
from explorer_app.texts import Texts

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "resources" / "sample"
TODAY = date(2026, 6, 1)


@pytest.fixture(scope="module")
def sample() -> Sample:
    return load_sample()


def holds(consents: tuple[SampleConsent, ...], participant: str, purpose: ConsentPurpose) -> bool:
    return any(
        Consent(**asdict(consent), created_at=datetime(2025, 3, 1)).holds_on(TODAY)
        for consent in consents
        if consent.participant_id == participant and consent.purpose is purpose
    )


def test_the_sample_is_whole_and_says_that_it_is_invented(sample: Sample) -> None:
    assert "frei erfunden" in sample.notice
    assert sample.license == "CC0-1.0"
    assert [f.law for f in sample.facilities] == ["dsg-ekd", "kdg", "dsgvo", "dsgvo"]
    assert [v.id for v in sample.visits] == [f"F{f}-v{v}" for f in range(1, 5) for v in range(1, 4)]
    assert len(sample.notes) == 320
    assert {note.source for note in sample.notes} == set(SourceKind)
    assert len(sample.interviews) == 4
    assert [a.id for a in sample.audio] == ["A1"]
    assert len(sample.fields) == 4
    assert len(sample.ideas) == 1


def test_the_notes_give_the_machine_no_answers_away(sample: Sample) -> None:
    keys = set().union(
        *(json.loads(line) for line in (FOLDER / "notes.jsonl").read_text("utf-8").splitlines())
    )
    assert keys <= {"id", "facility", "visit", "source", "at", "role", "kind", "text", "participant", "pii"}


def test_notes_of_the_night_shift_stand_on_the_right_day(sample: Sample) -> None:
    night = [note for note in sample.notes if note.visit_id == "F2-v2"]
    moments = [note.at for note in night]
    assert moments == sorted(moments)
    assert night[0].at.date() < night[-1].at.date()


def test_everyone_who_is_quoted_aloud_agreed_to_be_recorded_and_three_must_not_be_quoted(
    sample: Sample,
) -> None:
    must_not = set()
    for person in sample.participants:
        asked = [c for c in sample.consents if c.participant_id == person.id]
        assert {ConsentPurpose.RECORD, ConsentPurpose.TRANSCRIBE} <= {c.purpose for c in asked}
        assert all(date(2025, 3, 1) <= c.given_on <= date(2025, 6, 30) for c in asked)
        if not holds(sample.consents, person.id, ConsentPurpose.QUOTE):
            must_not.add(person.pseudonym)
    assert must_not == {"Regine", "Antje", "Volker"}
    speakers = {note.participant_id for note in sample.notes if note.participant_id}
    assert {p.id for p in sample.participants if p.pseudonym in must_not} <= speakers


def test_no_pseudonym_is_a_name_that_occurs_in_the_texts(sample: Sample) -> None:
    texts = " ".join(note.text for note in sample.notes)
    texts += " ".join(interview.path.read_text("utf-8").split("---", 2)[2] for interview in sample.interviews)
    assert [p.pseudonym for p in sample.participants if re.search(rf"\b{p.pseudonym}\b", texts)] == []


def test_marked_personal_data_is_what_the_marks_say(sample: Sample) -> None:
    spans = [(note, span) for note in sample.notes for span in note.personal]
    assert len(spans) == 106
    for note, span in spans:
        marked = note.text[span.start : span.end]
        assert marked == marked.strip() != ""
        if span.kind == "EMAIL":
            assert marked.endswith(".example")


def test_interviews_read_and_their_interviewee_speaks(sample: Sample) -> None:
    for interview in sample.interviews:
        read = read_text_file(interview.path)
        assert isinstance(read, ImportedText)
        assert set(read.speakers) == {interview.interviewer, interview.interviewee}
        person = next(p for p in sample.participants if p.id == interview.participant_id)
        assert read.metadata["pseudonym"] == person.pseudonym
        assert read.metadata["facility"] == person.facility_id


def test_fields_and_idea_rest_on_evidence_with_both_sides(sample: Sample) -> None:
    for field in sample.fields:
        assert len(field.sentence.split()) > 12
        accepted = [m for m in field.evidence if m.state is MembershipState.ACCEPTED]
        assert {m.stance for m in accepted} == set(Stance)
        assert any(m.state is MembershipState.REJECTED for m in field.evidence)
        assert len({m.ref for m in field.evidence}) == len(field.evidence)
    idea = sample.ideas[0]
    ratings = {(r.rater, r.criterion): r for r in idea.ratings}
    raters = {r.rater for r in idea.ratings}
    assert len(raters) == 3
    assert set(ratings) == set(itertools.product(raters, CRITERIA))
    assert all(r.reason.strip() for r in idea.ratings)
    assert any(r.score is None for r in idea.ratings)
    card = CardDocument.new(idea.card)
    assert card.completeness().missing == ()
    assert card.machine_fields() == ()


def test_ratings_and_pattern_use_the_keys_that_the_app_has(sample: Sample) -> None:
    criteria = json.loads((ROOT / "resources" / "criteria" / "criteria.json").read_text("utf-8"))["criteria"]
    assert tuple(criterion["key"] for criterion in criteria) == CRITERIA
    idea = sample.ideas[0]
    assert (ROOT / "resources" / "patterns" / f"{idea.pattern}.toml").is_file()
    assert idea.card["pattern"] == idea.pattern


def test_the_quotes_of_the_idea_may_be_shown_to_the_board(sample: Sample) -> None:
    people = {n.id: n.participant_id for n in sample.notes} | {
        w.id: w.participant_id for w in sample.wordings
    }
    quoted = {people[ref] for ref in sample.ideas[0].evidence if people[ref]}
    assert quoted
    for person in quoted:
        assert holds(sample.consents, person, ConsentPurpose.QUOTE)
        assert holds(sample.consents, person, ConsentPurpose.BOARD)


def test_the_audio_is_what_its_description_says(sample: Sample) -> None:
    audio = sample.audio[0]
    info = soundfile.info(str(audio.path))
    assert (info.samplerate, info.channels, info.format) == (16_000, 1, "FLAC")
    assert info.duration == pytest.approx(audio.duration, abs=0.01)
    assert 70 <= audio.duration <= 110
    assert audio.path.stat().st_size < 2_000_000
    samples, rate = soundfile.read(str(audio.path))

    def loudness(start: float, end: float) -> float:
        return float(np.sqrt(np.mean(samples[int(start * rate) : int(end * rate)] ** 2)))

    for turn in audio.turns:
        assert loudness(turn.start, turn.end) > 0.02
    for turn, following in itertools.pairwise(audio.turns):
        assert following.start - turn.end >= 0.5
        assert loudness(turn.end + 0.1, following.start - 0.1) < 0.002


def test_confirmed_wordings_are_whole_sentences_of_the_interviewee(sample: Sample) -> None:
    audio = sample.audio[0]
    turns = json.loads((FOLDER / "audio.json").read_text("utf-8"))["turns"]
    sentences = [sentence for turn in turns for sentence in turn["sentences"]]
    assert len(sample.wordings) >= 5
    for wording in sample.wordings:
        inside = [s for s in sentences if wording.start <= s["start"] and s["end"] <= wording.end]
        assert " ".join(s["text"] for s in inside) == wording.text
        assert wording.confirmed_by in sample.exploration.explorers
        assert wording.confirmed_at > audio.recorded_at


@pytest.mark.models
def test_the_audio_can_be_transcribed_with_few_errors(sample: Sample, models: ModelStore) -> None:
    whisper = pytest.importorskip("faster_whisper")
    folder = models.path("whisper-base")
    audio = sample.audio[0]
    model = whisper.WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=2)
    segments, _ = model.transcribe(str(audio.path), language="de", beam_size=5, vad_filter=True)
    heard = _plain(" ".join(segment.text for segment in segments))
    said = _plain(" ".join(turn.text for turn in audio.turns))
    assert jiwer.wer(said, heard) < 0.12


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w ]", " ", text.casefold()).split())


def damaged(tmp_path: Path, change: str) -> str:
    folder = tmp_path / "sample"
    shutil.copytree(FOLDER, folder)
    manifest = folder / "sample.json"
    raw = json.loads(manifest.read_text("utf-8"))
    if change == "no json":
        manifest.write_text("{", "utf-8")
        return _place(folder)
    if change == "no audio":
        (folder / "A1.flac").unlink()
    if change == "note cut":
        notes = folder / "notes.jsonl"
        notes.write_text(notes.read_text("utf-8")[:-40], "utf-8")
    raw["visits"][0]["facility"] = "F9" if change == "facility" else "F1"
    raw["wordings"][0]["end"] += 30 if change == "wording" else 0
    raw["consents"][3]["given_on"] = "gestern" if change == "day" else "2025-03-13"
    raw["fields"][1]["evidence"][0]["ref"] = "S999" if change == "evidence" else "S086"
    if change == "card":
        raw["ideas"][0]["card"]["needs_ai"] = "vielleicht"
    if change == "same id":
        raw["participants"][1]["id"] = raw["participants"][0]["id"]
    manifest.write_text(json.dumps(raw), "utf-8")
    return _place(folder)


def _place(folder: Path) -> str:
    with pytest.raises(DamagedError) as caught:
        load_sample(folder)
    assert caught.value.message_id == "sample.damaged"
    place = str(caught.value.values["place"])
    for language in ("de", "en"):
        assert place in Texts(language).error(caught.value)
    return place


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ("no json", "sample.json"), ("no audio", "A1"), ("note cut", "sample.json"), ("facility", "F1-v1"),
        ("wording", "A1-W1"), ("day", "c-f1-thilo"), ("evidence", "f-uebergabe"), ("card", "i-einmal-sagen"),
        ("same id", "ids"),
    ],
)  # fmt: skip
def test_a_damaged_sample_is_refused_and_the_place_named(tmp_path: Path, change: str, place: str) -> None:
    assert damaged(tmp_path, change) == place


def test_a_missing_sample_is_refused(tmp_path: Path) -> None:
    assert _place(tmp_path) == "sample.json"


def test_ids_stay_the_same_when_read_again(sample: Sample) -> None:
    assert load_sample() == sample

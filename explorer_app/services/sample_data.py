"""The sample exploration in `resources/sample/`: read, checked, as plain values.

Nothing is written here; a service puts the values into a vault. All ids are stable, so that tests and
help texts can name them. The whole sample is invented (see its README), which `Sample.notice` says.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TypeAlias, TypeVar, cast

from explorer_app.cards.schema import checked_values
from explorer_app.domain.errors import DamagedError, ExplorerError
from explorer_app.domain.fieldwork import ConsentForm, ConsentPurpose, ParticipantGroup, VisitKind
from explorer_app.domain.findings import MembershipState
from explorer_app.domain.material import ObservationKind, SourceKind, Stance
from explorer_app.services.sample_values import (
    CRITERIA,
    PersonalKind,
    Sample,
    SampleAudio,
    SampleConsent,
    SampleExploration,
    SampleFacility,
    SampleField,
    SampleIdea,
    SampleInterview,
    SampleMember,
    SampleNote,
    SampleParticipant,
    SampleRating,
    SampleSpan,
    SampleTurn,
    SampleVisit,
    SampleWording,
)
from explorer_app.texts import resource

FORMAT = 1


_Row: TypeAlias = dict[str, object]
_T = TypeVar("_T")


def load_sample(folder: Path | None = None) -> Sample:
    """Read and check the sample exploration.

    Args:
        folder: Folder with `sample.json`; by default the one that comes with the app.

    Raises:
        DamagedError: ``sample.damaged`` with the place (file and id) that is wrong.
    """
    folder = folder or resource("sample")
    with _place("sample.json"):
        raw = json.loads((folder / "sample.json").read_text(encoding="utf-8"))
        if raw["format"] != FORMAT or raw["synthetic"] is not True:
            raise ValueError("format")
        sample = _read(folder, raw)
    for place, right in _checks(sample):
        if not right:
            raise DamagedError("sample.damaged", place=place)
    return sample


class _place:  # noqa: N801 - reads as a verb
    """Turn what a wrong file raises into one `DamagedError` that names the innermost place."""

    def __init__(self, place: object) -> None:
        self.place = str(place)

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, DamagedError):
            return
        if isinstance(error, OSError | ValueError | KeyError | TypeError | AttributeError | ExplorerError):
            raise DamagedError("sample.damaged", place=self.place) from error


def _read(folder: Path, raw: _Row) -> Sample:
    exploration = cast(_Row, raw["exploration"])
    notes = [
        json.loads(line)
        for line in (folder / _text(raw, "notes")).read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]
    return Sample(
        notice=_text(raw, "notice"),
        license=_text(raw, "license"),
        exploration=SampleExploration(
            id=_text(exploration, "id"),
            title=_text(exploration, "title"),
            language=_text(exploration, "language"),
            starts_on=_day(exploration, "starts_on"),
            ends_on=_day(exploration, "ends_on"),
            explorers=_texts(exploration, "explorers"),
        ),
        facilities=_each(raw["facilities"], _facility),
        visits=_each(raw["visits"], _visit),
        participants=_each(raw["participants"], _participant),
        consents=tuple(c for group in _each(raw["consents"], _consents) for c in group),
        notes=_each(notes, _note),
        interviews=_each(raw["interviews"], lambda row: _interview(folder, row)),
        audio=_each(raw["audio"], lambda row: _audio(folder, row)),
        wordings=_each(raw["wordings"], _wording),
        fields=_each(raw["fields"], _field),
        ideas=_each(raw["ideas"], _idea),
    )


def _each(rows: object, build: Callable[[_Row], _T]) -> tuple[_T, ...]:
    built = []
    for row in cast(list[_Row], rows):
        with _place(row["id"]):
            built.append(build(row))
    return tuple(built)


def _text(row: _Row, key: str) -> str:
    value = row[key]
    if not isinstance(value, str) or not value.strip():
        raise ValueError(key)
    return value


def _texts(row: _Row, key: str) -> tuple[str, ...]:
    return tuple(str(value) for value in cast(list[object], row[key]))


def _day(row: _Row, key: str) -> date:
    return date.fromisoformat(_text(row, key))


def _day_or_none(row: _Row, key: str) -> date | None:
    return _day(row, key) if row.get(key) else None


def _moment(row: _Row, key: str) -> datetime:
    return datetime.fromisoformat(_text(row, key))


def _seconds(row: _Row, key: str) -> float:
    return float(cast(float, row[key]))


def _facility(row: _Row) -> SampleFacility:
    return SampleFacility(
        id=_text(row, "id"),
        name=_text(row, "name"),
        association=_text(row, "association"),
        field_of_work=_text(row, "field_of_work"),
        place=_text(row, "place"),
        law=_text(row, "law"),
    )


def _visit(row: _Row) -> SampleVisit:
    return SampleVisit(
        id=_text(row, "id"),
        facility_id=_text(row, "facility"),
        kind=VisitKind(_text(row, "kind")),
        title=_text(row, "title"),
        starts_at=_moment(row, "starts_at"),
        ends_at=_moment(row, "ends_at"),
        explorers=_texts(row, "explorers"),
    )


def _participant(row: _Row) -> SampleParticipant:
    return SampleParticipant(
        id=_text(row, "id"),
        facility_id=_text(row, "facility"),
        pseudonym=_text(row, "pseudonym"),
        role=_text(row, "role"),
        group=ParticipantGroup(_text(row, "group")),
    )


def _consents(row: _Row) -> tuple[SampleConsent, ...]:
    return tuple(
        SampleConsent(
            id=f"{_text(row, 'id')}-{purpose}",
            participant_id=_text(row, "participant"),
            purpose=ConsentPurpose(purpose),
            form=ConsentForm(_text(row, "form")),
            text_version=_text(row, "text_version"),
            given_on=_day(row, "given_on"),
            valid_until=_day_or_none(row, "valid_until"),
            withdrawn_on=_day_or_none(row, "withdrawn_on"),
        )
        for purpose in _texts(row, "purposes")
    )


def _note(row: _Row) -> SampleNote:
    spans = cast(list[_Row], row.get("pii", []))
    return SampleNote(
        id=_text(row, "id"),
        facility_id=_text(row, "facility"),
        visit_id=_text(row, "visit"),
        source=SourceKind(_text(row, "source")),
        kind=ObservationKind(_text(row, "kind")),
        at=_moment(row, "at"),
        role=_text(row, "role"),
        text=_text(row, "text"),
        participant_id=_text(row, "participant") if "participant" in row else None,
        personal=tuple(
            SampleSpan(
                start=cast(int, s["start"]), end=cast(int, s["end"]), kind=PersonalKind(_text(s, "kind"))
            )
            for s in spans
        ),
    )


def _interview(folder: Path, row: _Row) -> SampleInterview:
    return SampleInterview(
        id=_text(row, "id"),
        path=folder / _text(row, "file"),
        visit_id=_text(row, "visit"),
        title=_text(row, "title"),
        interviewer=_text(row, "interviewer"),
        interviewee=_text(row, "interviewee"),
        participant_id=_text(row, "participant"),
    )


def _audio(folder: Path, row: _Row) -> SampleAudio:
    description = json.loads((folder / _text(row, "description")).read_text(encoding="utf-8"))
    return SampleAudio(
        id=_text(row, "id"),
        path=folder / _text(row, "file"),
        visit_id=_text(row, "visit"),
        title=_text(row, "title"),
        recorded_at=_moment(row, "recorded_at"),
        duration=_seconds(description, "duration"),
        speakers=dict(cast(dict[str, str | None], row["speakers"])),
        turns=_each(description["turns"], _turn),
    )


def _turn(row: _Row) -> SampleTurn:
    return SampleTurn(
        id=_text(row, "id"),
        start=_seconds(row, "start"),
        end=_seconds(row, "end"),
        speaker=_text(row, "speaker"),
        text=_text(row, "text"),
    )


def _wording(row: _Row) -> SampleWording:
    return SampleWording(
        id=_text(row, "id"),
        audio_id=_text(row, "audio"),
        start=_seconds(row, "start"),
        end=_seconds(row, "end"),
        text=_text(row, "text"),
        participant_id=_text(row, "participant"),
        confirmed_by=_text(row, "confirmed_by"),
        confirmed_at=_moment(row, "confirmed_at"),
    )


def _field(row: _Row) -> SampleField:
    return SampleField(
        id=_text(row, "id"),
        name=_text(row, "name"),
        sentence=_text(row, "sentence"),
        evidence=tuple(
            SampleMember(
                ref=_text(e, "ref"),
                state=MembershipState(_text(e, "state")),
                stance=Stance(_text(e, "stance")),
            )
            for e in cast(list[_Row], row["evidence"])
        ),
    )


def _idea(row: _Row) -> SampleIdea:
    return SampleIdea(
        id=_text(row, "id"),
        field_id=_text(row, "field"),
        pattern=_text(row, "pattern"),
        status=_text(row, "status"),
        card=checked_values(cast(Mapping[str, object], row["card"])),
        evidence=_texts(row, "evidence"),
        ratings=tuple(
            SampleRating(
                rater=_text(r, "rater"),
                criterion=_text(r, "criterion"),
                score=cast("int | None", r["score"]),
                reason=_text(r, "reason"),
            )
            for r in cast(list[_Row], row["ratings"])
        ),
    )


def _checks(sample: Sample) -> Iterator[tuple[str, bool]]:
    """Yield each place with whether it is right: ids unique, references known, ranges inside."""
    facilities = {f.id for f in sample.facilities}
    visits = {v.id: v for v in sample.visits}
    people = {p.id for p in sample.participants}
    audio = {a.id: a for a in sample.audio}
    refs = {n.id for n in sample.notes} | {w.id for w in sample.wordings}
    yield "ids", _unique(sample)
    for visit in sample.visits:
        yield visit.id, visit.facility_id in facilities and visit.starts_at <= visit.ends_at
    for person in sample.participants:
        yield person.id, person.facility_id in facilities
    for consent in sample.consents:
        yield consent.id, consent.participant_id in people
    for note in sample.notes:
        yield note.id, _note_is_right(note, visits, people)
    for interview in sample.interviews:
        known = interview.visit_id in visits and interview.participant_id in people
        yield interview.id, known and interview.path.is_file()
    for recording in sample.audio:
        known = all(p is None or p in people for p in recording.speakers.values())
        turns = recording.turns
        in_order = all(a.end <= b.start for a, b in itertools.pairwise(turns))
        yield (
            recording.id,
            known
            and in_order
            and recording.path.is_file()
            and recording.visit_id in visits
            and all(t.speaker in recording.speakers and 0 <= t.start < t.end for t in turns)
            and turns[-1].end <= recording.duration,
        )
    for wording in sample.wordings:
        known = wording.audio_id in audio and wording.participant_id in people
        yield wording.id, known and _inside_one_turn(wording, audio[wording.audio_id])
    for field in sample.fields:
        yield field.id, all(member.ref in refs for member in field.evidence)
    fields = {f.id for f in sample.fields}
    for idea in sample.ideas:
        rated = all(r.criterion in CRITERIA and r.score in (None, 1, 2, 3, 4, 5) for r in idea.ratings)
        yield idea.id, rated and idea.field_id in fields and all(ref in refs for ref in idea.evidence)


def _unique(sample: Sample) -> bool:
    groups: tuple[Iterable[object], ...] = (
        sample.facilities,
        sample.visits,
        sample.participants,
        sample.consents,
        (*sample.notes, *sample.wordings),
        (*sample.interviews, *sample.audio),
        sample.fields,
        sample.ideas,
    )
    for group in groups:
        ids = [cast(SampleFacility, thing).id for thing in group]
        if len(ids) != len(set(ids)):
            return False
    return True


def _note_is_right(note: SampleNote, visits: Mapping[str, SampleVisit], people: set[str]) -> bool:
    visit = visits.get(note.visit_id)
    return (
        visit is not None
        and visit.facility_id == note.facility_id
        and visit.starts_at <= note.at <= visit.ends_at
        and (note.participant_id is None or note.participant_id in people)
        and all(0 <= span.start < span.end <= len(note.text) for span in note.personal)
    )


def _inside_one_turn(wording: SampleWording, audio: SampleAudio) -> bool:
    """Whether one turn of the participant holds the time range and the exact words."""
    return any(
        turn.start <= wording.start < wording.end <= turn.end
        and wording.text in turn.text
        and audio.speakers[turn.speaker] == wording.participant_id
        for turn in audio.turns
    )

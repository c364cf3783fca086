"""Facilities, visits, participants and consents."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from explorer_app.domain.errors import ConsentError, InputRejectedError
from explorer_app.domain.fieldwork import (
    Consent,
    ConsentForm,
    ConsentPurpose,
    Facility,
    Participant,
    ParticipantGroup,
    Visit,
    VisitKind,
)
from explorer_app.domain.ids import new_id
from explorer_app.domain.outcome import Changes
from explorer_app.services.session import Session

LAWS = ("dsgvo", "kdg", "dsg-ekd")
"""Data protection laws a facility can stand under; Caritas has KDG, Diakonie DSG-EKD."""


def _required(value: str, what: str) -> str:
    cleaned = value.strip()
    if not cleaned:
        raise InputRejectedError(f"input.empty_{what}")
    return cleaned


def add_facility(
    session: Session,
    name: str,
    *,
    association: str = "",
    field_of_work: str = "",
    place: str = "",
    law: str = "dsgvo",
) -> tuple[Facility, Changes]:
    """Add a facility.

    Raises:
        InputRejectedError: If the name is empty or the law is unknown.
    """
    if law not in LAWS:
        raise InputRejectedError("input.unknown_law", law=law, known=", ".join(LAWS))
    facility = Facility(
        id=new_id(),
        name=_required(name, "name"),
        association=association.strip(),
        field_of_work=field_of_work.strip(),
        place=place.strip(),
        law=law,
        created_at=session.now(),
    )
    with session.vault.change("undo.facility_added", name=facility.name) as unit:
        unit.add(facility)
    return facility, unit.changes


def add_visit(
    session: Session,
    facility_id: str,
    title: str,
    *,
    kind: VisitKind = VisitKind.SHADOWING,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    explorers: tuple[str, ...] = (),
) -> tuple[Visit, Changes]:
    """Add a visit to a facility.

    Raises:
        NotFoundError: If the facility does not exist.
        InputRejectedError: If the title is empty or the end lies before the start.
    """
    facility = session.vault.facilities.get(facility_id)
    if starts_at is not None and ends_at is not None and ends_at < starts_at:
        raise InputRejectedError("input.end_before_start")
    visit = Visit(
        id=new_id(),
        facility_id=facility.id,
        kind=kind,
        title=_required(title, "title"),
        starts_at=starts_at,
        ends_at=ends_at,
        explorers=explorers,
        created_at=session.now(),
    )
    with session.vault.change("undo.visit_added", title=visit.title) as unit:
        unit.add(visit)
    return visit, unit.changes


def add_participant(
    session: Session,
    facility_id: str,
    pseudonym: str,
    *,
    role: str = "",
    group: ParticipantGroup = ParticipantGroup.STAFF,
    real_name: str = "",
) -> tuple[Participant, Changes]:
    """Add a person under a pseudonym; a real name goes to the separately keyed table only."""
    facility = session.vault.facilities.get(facility_id)
    person = Participant(
        id=new_id(),
        facility_id=facility.id,
        pseudonym=_required(pseudonym, "pseudonym"),
        role=role.strip(),
        group=group,
        created_at=session.now(),
    )
    with session.vault.change("undo.participant_added", pseudonym=person.pseudonym) as unit:
        unit.add(person)
    if real_name.strip():
        session.vault.pseudonyms.set(person.id, real_name.strip())
    return person, unit.changes


def give_consent(
    session: Session,
    participant_id: str,
    purposes: tuple[ConsentPurpose, ...],
    *,
    form: ConsentForm = ConsentForm.PAPER,
    text_version: str = "1",
    given_on: date | None = None,
    valid_until: date | None = None,
) -> tuple[tuple[Consent, ...], Changes]:
    """Note what a participant agreed to, one consent a purpose.

    Raises:
        NotFoundError: If the participant does not exist.
        InputRejectedError: If no purpose is named or the end lies before the day it was given.
    """
    person = session.vault.participants.get(participant_id)
    if not purposes:
        raise InputRejectedError("input.no_purpose")
    day = given_on or session.now().date()
    if valid_until is not None and valid_until < day:
        raise InputRejectedError("input.end_before_start")
    consents = tuple(
        Consent(
            id=new_id(),
            participant_id=person.id,
            purpose=purpose,
            form=form,
            text_version=text_version,
            given_on=day,
            valid_until=valid_until,
            created_at=session.now(),
        )
        for purpose in purposes
    )
    with session.vault.change("undo.consent_given", pseudonym=person.pseudonym) as unit:
        for consent in consents:
            unit.add(consent)
    return consents, unit.changes


def withdraw_consent(session: Session, consent_id: str, *, on: date | None = None) -> Changes:
    """Note that a consent was withdrawn; from that day it allows nothing any more."""
    consent = session.vault.consents.get(consent_id)
    return _withdraw(session, consent.participant_id, [consent], on)


def withdraw_all(session: Session, participant_id: str, *, on: date | None = None) -> Changes:
    """Note that a person withdrew every consent, as one step."""
    person = session.vault.participants.get(participant_id)
    return _withdraw(session, person.id, session.vault.consents.list(participant_id=person.id), on)


def _withdraw(session: Session, participant_id: str, consents: list[Consent], on: date | None) -> Changes:
    person = session.vault.participants.get(participant_id)
    held = [consent for consent in consents if consent.withdrawn_on is None]
    if not held:
        raise InputRejectedError("consent.already_withdrawn")
    with session.vault.change("undo.consent_withdrawn", pseudonym=person.pseudonym) as unit:
        for consent in held:
            unit.put(replace(consent, withdrawn_on=on or session.now().date()))
    return unit.changes


def consent_for(
    session: Session, participant_id: str | None, purpose: ConsentPurpose, day: date
) -> Consent | None:
    """Return the consent of a participant that holds on `day` for `purpose`, or None."""
    if participant_id is None:
        return None
    held = [
        consent
        for consent in session.vault.consents.list(participant_id=participant_id, purpose=purpose)
        if consent.holds_on(day)
    ]
    return max(held, key=lambda consent: consent.given_on, default=None)


def require_consent(
    session: Session, participant_id: str | None, purpose: ConsentPurpose, day: date
) -> Consent:
    """Return the consent that holds, or raise `ConsentError`."""
    consent = consent_for(session, participant_id, purpose, day)
    if consent is None:
        raise ConsentError("consent.missing", purpose=purpose.value)
    return consent

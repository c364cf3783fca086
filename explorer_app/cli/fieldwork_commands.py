"""Commands for facilities, visits, people and consents."""

from datetime import date, datetime
from enum import StrEnum
from typing import TypeVar

import typer

from explorer_app.cli.access import Access, pick, short
from explorer_app.cli.console import Console
from explorer_app.domain.errors import InputRejectedError, NotFoundError
from explorer_app.domain.fieldwork import ConsentForm, ConsentPurpose, ParticipantGroup, VisitKind
from explorer_app.services import fieldwork

E = TypeVar("E", bound=StrEnum)


def choice(kind: type[E], value: str) -> E:
    """Return the member named `value`, or say which ones there are."""
    try:
        return kind(value.strip().lower())
    except ValueError as error:
        known = ", ".join(member.value for member in kind)
        raise InputRejectedError("input.unknown_choice", value=value, known=known) from error


def day(value: str) -> date | None:
    """Return a day written as 2026-11-22 or 22.11.2026; None for an empty text."""
    for pattern in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            return datetime.strptime(value.strip(), pattern).date()
        except ValueError:
            continue
    if value.strip():
        raise InputRejectedError("input.bad_day", value=value)
    return None


def moment(value: str) -> datetime | None:
    """Return a moment written as 2026-11-22T14:05 or 22.11.2026 14:05 in local time."""
    for pattern in ("%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M", "%Y-%m-%dT%H:%M:%S"):
        try:
            return datetime.strptime(value.strip(), pattern).astimezone()
        except ValueError:
            continue
    if value.strip():
        raise InputRejectedError("input.bad_moment", value=value)
    return None


def register(app: typer.Typer, console: Console, access: Access) -> None:
    """Add the commands."""
    t = console.t
    facility = typer.Typer(help=t("cli.facility.help"), no_args_is_help=True)
    visit = typer.Typer(help=t("cli.visit.help"), no_args_is_help=True)
    person = typer.Typer(help=t("cli.person.help"), no_args_is_help=True)
    consent = typer.Typer(help=t("cli.consent.help"), no_args_is_help=True)
    for name, group in (("facility", facility), ("visit", visit), ("person", person), ("consent", consent)):
        app.add_typer(group, name=name)

    @facility.command("add", help=t("cli.facility.add.help"), epilog=t("cli.facility.add.example"))
    def add_facility(
        name: str = typer.Argument(help=t("cli.arg.name")),
        association: str = typer.Option("", help=t("cli.opt.association")),
        field_of_work: str = typer.Option("", "--field", help=t("cli.opt.field_of_work")),
        place: str = typer.Option("", help=t("cli.opt.place")),
        law: str = typer.Option("dsgvo", help=t("cli.opt.law"), metavar="dsgvo|kdg|dsg-ekd"),
    ) -> None:
        with access.open() as session:
            added, _ = fieldwork.add_facility(
                session, name, association=association, field_of_work=field_of_work, place=place, law=law
            )
        console.say("cli.added", name=added.name, id=short(added.id))
        console.result(added)

    @facility.command("list", help=t("cli.facility.list.help"))
    def list_facilities() -> None:
        with access.open() as session:
            found = session.vault.facilities.list(order_by="name")
        rows = [(short(f.id), f.name, f.association, f.field_of_work, f.place, f.law) for f in found]
        columns = ("col.id", "col.name", "col.association", "col.field_of_work", "col.place", "col.law")
        console.table(columns, rows, empty="cli.facility.none")
        console.result(found)

    @visit.command("add", help=t("cli.visit.add.help"), epilog=t("cli.visit.add.example"))
    def add_visit(
        facility_name: str = typer.Argument(metavar="FACILITY", help=t("cli.arg.facility")),
        title: str = typer.Argument(help=t("cli.arg.title")),
        kind: str = typer.Option(
            "shadowing", help=t("cli.opt.visit_kind"), metavar="shadowing|interview|workshop"
        ),
        starts_at: str = typer.Option("", "--from", help=t("cli.opt.from")),
        ends_at: str = typer.Option("", "--to", help=t("cli.opt.to")),
        explorers: list[str] = typer.Option([], "--explorer", help=t("cli.opt.explorer")),
    ) -> None:
        with access.open() as session:
            added, _ = fieldwork.add_visit(
                session,
                pick(session.vault.facilities, facility_name, "name").id,
                title,
                kind=choice(VisitKind, kind),
                starts_at=moment(starts_at),
                ends_at=moment(ends_at),
                explorers=tuple(explorers),
            )
        console.say("cli.added", name=added.title, id=short(added.id))
        console.result(added)

    @visit.command("list", help=t("cli.visit.list.help"))
    def list_visits() -> None:
        with access.open() as session:
            found = session.vault.visits.list(order_by="starts_at")
            names = {f.id: f.name for f in session.vault.facilities.list()}
        rows = [
            (
                short(v.id),
                v.title,
                t(f"visit.{v.kind}"),
                names[v.facility_id],
                v.starts_at,
            )
            for v in found
        ]
        console.table(
            ("col.id", "col.title", "col.kind", "col.facility", "col.when"), rows, empty="cli.visit.none"
        )
        console.result(found)

    @person.command("add", help=t("cli.person.add.help"), epilog=t("cli.person.add.example"))
    def add_person(
        facility_name: str = typer.Argument(metavar="FACILITY", help=t("cli.arg.facility")),
        pseudonym: str = typer.Argument(help=t("cli.arg.pseudonym")),
        role: str = typer.Option("", help=t("cli.opt.role")),
        group: str = typer.Option(
            "staff", help=t("cli.opt.group"), metavar="staff|client|volunteer|relative|other"
        ),
        ask_real_name: bool = typer.Option(False, "--real-name", help=t("cli.opt.real_name")),
    ) -> None:
        real_name = typer.prompt(t("cli.ask_real_name"), err=True) if ask_real_name else ""
        with access.open() as session:
            added, _ = fieldwork.add_participant(
                session,
                pick(session.vault.facilities, facility_name, "name").id,
                pseudonym,
                role=role,
                group=choice(ParticipantGroup, group),
                real_name=real_name,
            )
        console.say("cli.added", name=added.pseudonym, id=short(added.id))
        console.result(added)

    @person.command("list", help=t("cli.person.list.help"))
    def list_people() -> None:
        with access.open() as session:
            found = session.vault.participants.list(order_by="pseudonym")
            names = {f.id: f.name for f in session.vault.facilities.list()}
            today = session.now().date()
            held = {
                p.id: sorted(
                    {c.purpose for c in session.vault.consents.list(participant_id=p.id) if c.holds_on(today)}
                )
                for p in found
            }
        rows = [
            (
                short(p.id),
                p.pseudonym,
                p.role,
                names[p.facility_id],
                ", ".join(t(f"purpose.{c}") for c in held[p.id]),
            )
            for p in found
        ]
        console.table(
            ("col.id", "col.pseudonym", "col.role", "col.facility", "col.consents"),
            rows,
            empty="cli.person.none",
        )
        console.result(found)

    @person.command("show", help=t("cli.person.show.help"))
    def show_person(person_name: str = typer.Argument(metavar="PERSON", help=t("cli.arg.person"))) -> None:
        with access.open() as session:
            found = pick(session.vault.participants, person_name, "pseudonym")
            name = session.vault.pseudonyms.get(found.id)
        if name:
            console.say("cli.person.real_name", pseudonym=found.pseudonym, name=name)
        else:
            console.say("cli.person.no_real_name", pseudonym=found.pseudonym)
        console.result({"person": found, "real_name": name})

    @consent.command("give", help=t("cli.consent.give.help"), epilog=t("cli.consent.give.example"))
    def give(
        person_name: str = typer.Argument(metavar="PERSON", help=t("cli.arg.person")),
        purposes: list[str] = typer.Argument(help=t("cli.arg.purposes"), metavar="PURPOSE…"),
        form: str = typer.Option("paper", help=t("cli.opt.form"), metavar="paper|spoken|signature"),
        version: str = typer.Option("1", "--text-version", help=t("cli.opt.text_version")),
        given_on: str = typer.Option("", "--on", help=t("cli.opt.on")),
        until: str = typer.Option("", help=t("cli.opt.until")),
    ) -> None:
        with access.open() as session:
            given, _ = fieldwork.give_consent(
                session,
                pick(session.vault.participants, person_name, "pseudonym").id,
                tuple(choice(ConsentPurpose, purpose) for purpose in purposes),
                form=choice(ConsentForm, form),
                text_version=version,
                given_on=day(given_on),
                valid_until=day(until),
            )
        console.say("cli.consent.given", n=len(given))
        console.result(given)

    @consent.command("list", help=t("cli.consent.list.help"))
    def list_consents() -> None:
        with access.open() as session:
            found = session.vault.consents.list(order_by="given_on")
            names = {p.id: p.pseudonym for p in session.vault.participants.list()}
        rows = [
            (
                short(c.id),
                names[c.participant_id],
                t(f"purpose.{c.purpose}"),
                c.text_version,
                c.given_on,
                c.valid_until,
                c.withdrawn_on,
            )
            for c in found
        ]
        columns = (
            "col.id",
            "col.pseudonym",
            "col.purpose",
            "col.text_version",
            "col.given",
            "col.until",
            "col.withdrawn",
        )
        console.table(columns, rows, empty="cli.consent.none")
        console.result(found)

    @consent.command(
        "withdraw", help=t("cli.consent.withdraw.help"), epilog=t("cli.consent.withdraw.example")
    )
    def withdraw(
        wanted: str = typer.Argument(metavar="CONSENT|PERSON", help=t("cli.arg.consent")),
        on: str = typer.Option("", help=t("cli.opt.on")),
    ) -> None:
        with access.open() as session:
            try:
                consent_id = pick(session.vault.consents, wanted).id
            except NotFoundError:
                person = pick(session.vault.participants, wanted, "pseudonym")
                changes = fieldwork.withdraw_all(session, person.id, on=day(on))
            else:
                changes = fieldwork.withdraw_consent(session, consent_id, on=day(on))
        console.say("cli.consent.withdrawn", n=len(changes.ids("consents")))
        console.result(changes)

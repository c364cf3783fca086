"""Commands for notes, recordings, evidence and search."""

import sys
from pathlib import Path

import typer

from explorer_app.cli.access import Access, pick, short
from explorer_app.cli.console import Console
from explorer_app.cli.fieldwork_commands import choice, moment
from explorer_app.domain.errors import InputRejectedError, NotFoundError
from explorer_app.domain.material import Observation, ObservationKind, Segment, SourceKind
from explorer_app.services import evidence as evidence_service
from explorer_app.services import importing, notes, recordings, search
from explorer_app.services.session import Session
from explorer_app.services.timecode import clock_time
from explorer_app.services.transcription import DEFAULT_ENGINE, DEFAULT_MODEL, transcribe_recording


def register(app: typer.Typer, console: Console, access: Access) -> None:
    """Add the commands."""
    _register_notes(app, console, access)
    _register_recordings(app, console, access)
    _register_search(app, console, access)


def _register_notes(app: typer.Typer, console: Console, access: Access) -> None:
    t = console.t
    note = typer.Typer(help=t("cli.note.help"), no_args_is_help=True)
    app.add_typer(note, name="note")

    @note.command("add", help=t("cli.note.add.help"), epilog=t("cli.note.add.example"))
    def add(
        visit: str = typer.Argument(help=t("cli.arg.visit")),
        text: str = typer.Argument(help=t("cli.arg.note_text")),
        at: str = typer.Option("", help=t("cli.opt.at")),
        kind: str = typer.Option("observation", help=t("cli.opt.note_kind"), metavar="KIND"),
        source: str = typer.Option("note", help=t("cli.opt.source"), metavar="note|interview|workshop"),
        person: str = typer.Option("", help=t("cli.opt.person")),
        role: str = typer.Option("", help=t("cli.opt.role")),
        activity: str = typer.Option("", help=t("cli.opt.activity")),
        tool: str = typer.Option("", help=t("cli.opt.tool")),
        interruption: bool = typer.Option(False, "--interruption", help=t("cli.opt.interruption")),
        minutes: float | None = typer.Option(None, help=t("cli.opt.minutes")),
        frequency: str = typer.Option("", help=t("cli.opt.frequency")),
        interpretation: str = typer.Option("", help=t("cli.opt.interpretation")),
        tags: list[str] = typer.Option([], "--tag", help=t("cli.opt.tag")),
    ) -> None:
        with access.open() as session:
            added, _ = notes.add_note(
                session,
                pick(session.vault.visits, visit, "title").id,
                sys.stdin.read() if text == "-" else text,
                at=moment(at),
                kind=choice(ObservationKind, kind),
                source=choice(SourceKind, source),
                participant_id=pick(session.vault.participants, person, "pseudonym").id if person else None,
                role=role,
                activity=activity,
                tool=tool,
                interruption=interruption,
                minutes=minutes,
                frequency=frequency,
                interpretation=interpretation,
                tags=tuple(tags),
            )
        console.say("cli.note.added", id=short(added.id))
        console.result(added)

    @note.command("list", help=t("cli.note.list.help"))
    def list_notes(visit: str = typer.Option("", help=t("cli.arg.visit"))) -> None:
        with access.open() as session:
            found = session.vault.observations.list(order_by="at")
            if visit:
                visit_id = pick(session.vault.visits, visit, "title").id
                found = [note for note in found if note.visit_id == visit_id]
        rows = [(short(n.id), n.at, t(f"note_kind.{n.kind}"), n.role, n.text) for n in found]
        console.table(("col.id", "col.when", "col.kind", "col.role", "col.text"), rows, empty="cli.note.none")
        console.result(found)

    @note.command("edit", help=t("cli.note.edit.help"), epilog=t("cli.note.edit.example"))
    def edit(
        note_id: str = typer.Argument(metavar="NOTE", help=t("cli.arg.note")),
        text: str | None = typer.Option(None, help=t("cli.arg.text")),
        interpretation: str | None = typer.Option(None, help=t("cli.opt.interpretation")),
    ) -> None:
        with access.open() as session:
            wanted = pick(session.vault.observations, note_id)
            changes = notes.edit_note(session, wanted.id, text=text, interpretation=interpretation)
        console.say("cli.saved")
        console.result(changes)

    @note.command("remove", help=t("cli.note.remove.help"))
    def remove(note_id: str = typer.Argument(metavar="NOTE", help=t("cli.arg.note"))) -> None:
        with access.open() as session:
            changes = notes.remove_note(session, pick(session.vault.observations, note_id).id)
        console.say("cli.removed_undo")
        console.result(changes)

    @note.command("import", help=t("cli.note.import.help"), epilog=t("cli.note.import.example"))
    def import_file(
        path: Path = typer.Argument(help=t("cli.arg.file")),
        visit: str = typer.Option("", help=t("cli.opt.import_visit")),
        person: str = typer.Option("", help=t("cli.opt.person")),
    ) -> None:
        with access.open() as session:
            visit_id = pick(session.vault.visits, visit, "title").id if visit else None
            who = pick(session.vault.participants, person, "pseudonym").id if person else None
            done = importing.import_text(session, path, visit_id=visit_id, participant_id=who)
        for warning in done.warnings:
            console.warn(warning.message_id, **warning.values)
        console.say("cli.import.done", notes=done.notes, segments=done.segments)
        console.result(done)


def _register_recordings(app: typer.Typer, console: Console, access: Access) -> None:
    t = console.t
    recording = typer.Typer(help=t("cli.recording.help"), no_args_is_help=True)
    app.add_typer(recording, name="recording")

    @recording.command(
        "import", help=t("cli.recording.import.help"), epilog=t("cli.recording.import.example")
    )
    def import_audio(
        path: Path = typer.Argument(help=t("cli.arg.media")),
        visit: str = typer.Option(..., help=t("cli.arg.visit")),
        title: str = typer.Option("", help=t("cli.opt.title")),
    ) -> None:
        with access.open() as session, console.progress() as progress:
            visit_id = pick(session.vault.visits, visit, "title").id
            done = recordings.import_recording(session, path, visit_id, title=title, progress=progress)
        for warning in done.warnings:
            console.warn(warning.message_id, **warning.values)
        length = clock_time(done.recording.duration)
        console.say(
            "cli.recording.imported", title=done.recording.title, length=length, id=short(done.recording.id)
        )
        console.result(done)

    @recording.command("list", help=t("cli.recording.list.help"))
    def list_recordings() -> None:
        with access.open() as session:
            found = session.vault.recordings.list(order_by="created_at")
        rows = [(short(r.id), r.title, clock_time(r.duration), r.complete, r.source_name) for r in found]
        columns = ("col.id", "col.title", "col.length", "col.complete", "col.file")
        console.table(columns, rows, empty="cli.recording.none")
        console.result(found)

    @recording.command("erase", help=t("cli.recording.erase.help"))
    def erase(
        recording_id: str = typer.Argument(metavar="RECORDING", help=t("cli.arg.recording")),
        yes: bool = typer.Option(False, "--yes", help=t("cli.opt.yes")),
    ) -> None:
        with access.open() as session:
            wanted = pick(session.vault.recordings, recording_id, "title")
            if not yes:
                raise InputRejectedError("cli.recording.erase_needs_yes", title=wanted.title)
            changes = recordings.erase_recording(session, wanted.id)
        console.say("cli.recording.erased", title=wanted.title)
        console.result(changes)

    @app.command("transcribe", help=t("cli.transcribe.help"), epilog=t("cli.transcribe.example"))
    def transcribe(
        recording_id: str = typer.Argument(metavar="RECORDING", help=t("cli.arg.recording")),
        model: str = typer.Option(DEFAULT_MODEL, help=t("cli.opt.model")),
        engine: str = typer.Option(DEFAULT_ENGINE, help=t("cli.opt.engine")),
        folder: str = typer.Option("", "--model-folder", help=t("cli.opt.model_folder")),
        language: str = typer.Option("de", help=t("cli.opt.spoken")),
    ) -> None:
        with access.open() as session, console.progress() as progress:
            wanted = pick(session.vault.recordings, recording_id, "title")
            done = transcribe_recording(
                session,
                wanted.id,
                model=model,
                engine=engine,
                folder=folder,
                language=language,
                progress=progress,
            )
        if done.no_speech:
            console.say("cli.transcribe.no_speech", title=wanted.title)
        else:
            console.say("cli.transcribe.done", n=done.segments, id=short(done.transcript.id))
        if done.quarantined:
            console.warn("cli.transcribe.quarantined", n=done.quarantined)
        console.result(done)


def _register_search(app: typer.Typer, console: Console, access: Access) -> None:
    t = console.t
    evidence = typer.Typer(help=t("cli.evidence.help"), no_args_is_help=True)
    app.add_typer(evidence, name="evidence")

    @app.command("search", help=t("cli.search.help"), epilog=t("cli.search.example"))
    def find(
        query: str = typer.Argument(help=t("cli.arg.query")),
        meaning: bool = typer.Option(False, "--meaning", help=t("cli.opt.meaning")),
        limit: int = typer.Option(20, min=1, max=500, help=t("cli.opt.limit")),
    ) -> None:
        look = search.search_meaning if meaning else search.search_words
        with access.open() as session:
            hits = look(session, query, limit=limit)
        rows = [(short(hit.id), t(f"kind.{hit.kind}"), hit.excerpt) for hit in hits]
        console.table(("col.id", "col.kind", "col.text"), rows, empty="cli.search.none")
        console.result(hits)

    @evidence.command("collect", help=t("cli.evidence.collect.help"))
    def collect() -> None:
        with access.open() as session:
            changes = evidence_service.collect_evidence(session)
        console.say("cli.evidence.collected", n=len(changes.ids("evidence")))
        console.result(changes)

    @evidence.command("add", help=t("cli.evidence.add.help"), epilog=t("cli.evidence.add.example"))
    def add(
        target: str = typer.Argument(help=t("cli.arg.target")),
        quote: str = typer.Argument(help=t("cli.arg.quote")),
    ) -> None:
        with access.open() as session:
            added = evidence_service.add_quote(session, _target(session, target), quote)
        console.say("cli.evidence.added", label=added.label)
        console.result(added)

    @evidence.command("list", help=t("cli.evidence.list.help"))
    def list_evidence() -> None:
        with access.open() as session:
            found = session.vault.evidence.list(order_by="number")
        rows = [(e.label, t(f"target.{e.target_kind}"), e.lost, e.quote) for e in found]
        console.table(("col.label", "col.kind", "col.lost", "col.text"), rows, empty="cli.evidence.none")
        console.result(found)

    @evidence.command("show", help=t("cli.evidence.show.help"), epilog=t("cli.evidence.show.example"))
    def show(label: str = typer.Argument(help=t("cli.arg.label"))) -> None:
        with access.open() as session:
            source = evidence_service.source_of(session, evidence_service.by_label(session, label))
            visit = session.vault.visits.get(source.evidence.visit_id)
        console.say_plain(f"{source.evidence.label}  {source.evidence.quote}")
        console.say("cli.evidence.from", visit=visit.title, place=source.place(t))
        console.result(source)


def _target(session: Session, wanted: str) -> Observation | Segment:
    try:
        return pick(session.vault.observations, wanted)
    except NotFoundError:
        return pick(session.vault.segments, wanted)

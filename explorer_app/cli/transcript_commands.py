"""Commands for transcripts: type, read, correct, confirm by ear."""

import typer

from explorer_app.cli.access import Access, pick, short
from explorer_app.cli.console import Console
from explorer_app.domain.material import Segment, Transcript
from explorer_app.services import passages, transcripts
from explorer_app.services.session import Session
from explorer_app.services.timecode import clock_time


def register(app: typer.Typer, console: Console, access: Access) -> None:
    """Add the commands."""
    transcript = typer.Typer(help=console.t("cli.transcript.help"), no_args_is_help=True)
    app.add_typer(transcript, name="transcript")
    _register_reading(transcript, console, access)
    _register_typing(transcript, console, access)


def _register_reading(transcript: typer.Typer, console: Console, access: Access) -> None:
    t = console.t

    @transcript.command("list", help=t("cli.transcript.list.help"))
    def list_transcripts() -> None:
        with access.open() as session:
            found = session.vault.transcripts.list(order_by="created_at")
        rows = [
            (short(x.id), x.title, t(f"origin.{x.origin}"), x.language, x.model, x.complete) for x in found
        ]
        columns = ("col.id", "col.title", "col.origin", "col.language", "col.model", "col.complete")
        console.table(columns, rows, empty="cli.transcript.none")
        console.result(found)

    @transcript.command("show", help=t("cli.transcript.show.help"))
    def show(transcript_id: str = typer.Argument(metavar="TRANSCRIPT", help=t("cli.arg.transcript"))) -> None:
        with access.open() as session:
            found = _segments(session, pick(session.vault.transcripts, transcript_id, "title"))
        rows = [
            (
                short(s.id),
                clock_time(s.start),
                s.speaker,
                s.text,
                t("segment.state." + transcripts.state_of(s)),
            )
            for s in found
        ]
        columns = ("col.id", "col.time", "col.speaker", "col.text", "col.state")
        console.table(columns, rows, empty="cli.transcript.empty")
        console.result(found)

    @transcript.command("edit", help=t("cli.transcript.edit.help"), epilog=t("cli.transcript.edit.example"))
    def edit(
        segment: str = typer.Argument(help=t("cli.arg.segment")),
        text: str = typer.Argument(help=t("cli.arg.text")),
        by: str = typer.Option("", help=t("cli.opt.by")),
    ) -> None:
        with access.open() as session:
            changes = transcripts.edit_segment(
                session, pick(session.vault.segments, segment).id, text, author=by
            )
        console.say("cli.saved")
        console.result(changes)

    @transcript.command("keep", help=t("cli.transcript.keep.help"))
    def keep(segment: str = typer.Argument(help=t("cli.arg.segment"))) -> None:
        with access.open() as session:
            changes = transcripts.keep_segment(session, pick(session.vault.segments, segment).id)
        console.say("cli.saved")
        console.result(changes)

    @transcript.command(
        "confirm", help=t("cli.transcript.confirm.help"), epilog=t("cli.transcript.confirm.example")
    )
    def confirm(
        transcript_id: str = typer.Argument(metavar="TRANSCRIPT", help=t("cli.arg.transcript")),
        start: float = typer.Argument(help=t("cli.arg.start")),
        end: float = typer.Argument(help=t("cli.arg.end")),
        text: str = typer.Argument(help=t("cli.arg.heard")),
        by: str = typer.Option(..., help=t("cli.opt.by")),
        person: str = typer.Option("", help=t("cli.opt.person")),
    ) -> None:
        with access.open() as session:
            segment, _ = passages.confirm_passage(
                session,
                pick(session.vault.transcripts, transcript_id, "title").id,
                start,
                end,
                text,
                by=by,
                participant_id=pick(session.vault.participants, person, "pseudonym").id if person else None,
            )
        console.say("cli.transcript.confirmed", id=short(segment.id))
        console.say("cli.transcript.replaced", words=segment.machine_text or "–")
        console.result(segment)


def _register_typing(transcript: typer.Typer, console: Console, access: Access) -> None:
    t = console.t

    @transcript.command("new", help=t("cli.transcript.new.help"), epilog=t("cli.transcript.new.example"))
    def new(
        visit: str = typer.Argument(help=t("cli.arg.visit")),
        title: str = typer.Argument(help=t("cli.arg.title")),
    ) -> None:
        with access.open() as session:
            visit_id = pick(session.vault.visits, visit, "title").id
            added, _ = transcripts.new_transcript(session, visit_id, title)
        console.say("cli.added", name=added.title, id=short(added.id))
        console.result(added)

    @transcript.command("add", help=t("cli.transcript.add.help"), epilog=t("cli.transcript.add.example"))
    def add(
        transcript_id: str = typer.Argument(metavar="TRANSCRIPT", help=t("cli.arg.transcript")),
        speaker: str = typer.Argument(help=t("cli.arg.speaker")),
        text: str = typer.Argument(help=t("cli.arg.text")),
        person: str = typer.Option("", help=t("cli.opt.person")),
    ) -> None:
        with access.open() as session:
            turn, _ = transcripts.add_turn(
                session,
                pick(session.vault.transcripts, transcript_id, "title").id,
                speaker,
                text,
                participant_id=pick(session.vault.participants, person, "pseudonym").id if person else None,
            )
        console.say("cli.transcript.turn_added", id=short(turn.id))
        console.result(turn)

    @transcript.command(
        "speaker", help=t("cli.transcript.speaker.help"), epilog=t("cli.transcript.speaker.example")
    )
    def speaker(
        transcript_id: str = typer.Argument(metavar="TRANSCRIPT", help=t("cli.arg.transcript")),
        person: str = typer.Argument(help=t("cli.arg.person")),
        label: str | None = typer.Option(None, help=t("cli.opt.speaker_label")),
    ) -> None:
        with access.open() as session:
            spoke = pick(session.vault.participants, person, "pseudonym")
            found = pick(session.vault.transcripts, transcript_id, "title")
            changes = transcripts.assign_speaker(session, found.id, spoke.id, speaker=label)
        console.say("cli.transcript.assigned", n=len(changes.ids("segments")), name=spoke.pseudonym)
        console.result(changes)


def _segments(session: Session, transcript: Transcript) -> list[Segment]:
    return session.vault.segments.list(transcript_id=transcript.id, order_by="position")

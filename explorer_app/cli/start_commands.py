"""Commands to begin with: demo, new, sample, overview, undo and jobs."""

import secrets
from pathlib import Path

import typer

from explorer_app.cli.access import Access, short
from explorer_app.cli.console import Console
from explorer_app.domain.errors import InputRejectedError
from explorer_app.services import history, overview, resume
from explorer_app.services import jobs as job_service
from explorer_app.services.demo import run_demo
from explorer_app.services.sample import create_sample
from explorer_app.services.session import Session, create_exploration
from explorer_app.services.timecode import clock_time

_COUNTS = (
    "facilities",
    "visits",
    "people",
    "consents",
    "notes",
    "recordings",
    "transcripts",
    "evidence",
    "accepted",
    "fields",
    "drafts",
    "cards",
    "briefs",
    "unfinished_jobs",
)


def register(app: typer.Typer, console: Console, access: Access) -> None:
    """Add the commands."""
    _register_beginnings(app, console, access)
    _register_daily(app, console, access)


def _register_beginnings(app: typer.Typer, console: Console, access: Access) -> None:
    t = console.t

    @app.command("demo", help=t("cli.demo.help"), epilog=t("cli.demo.example"))
    def demo(
        folder: Path | None = typer.Argument(None, help=t("cli.arg.demo_folder")),
        language: str = typer.Option("", help=t("cli.opt.brief_language"), metavar="de|en"),
    ) -> None:
        target = (folder or _free_folder(Path("Explorer-Demo"))).absolute()
        passphrase = "-".join(secrets.token_hex(2) for _ in range(4))
        console.say("cli.demo.begin")
        with console.progress() as progress:
            done = run_demo(target, passphrase, language=language or t.language, progress=progress)
        console.say("cli.demo.heard", segments=done.segments, quarantined=done.quarantined, notes=done.notes)
        console.say(
            "cli.demo.found", gathered=done.gathered, drafts=done.drafts, themes=", ".join(done.themes[:5])
        )
        console.say("cli.demo.vault", path=str(done.vault), passphrase=passphrase)
        console.say("cli.demo.brief", path=str(done.brief), seconds=round(done.seconds))
        console.result({"result": done, "passphrase": passphrase})

    @app.command("new", help=t("cli.new.help"), epilog=t("cli.new.example"))
    def new(
        folder: Path = typer.Argument(help=t("cli.arg.new_folder")),
        title: str = typer.Option(..., help=t("cli.opt.exploration_title")),
        explorers: list[str] = typer.Option([], "--explorer", help=t("cli.opt.explorer")),
        language: str = typer.Option("de", help=t("cli.opt.exploration_language"), metavar="de|en"),
    ) -> None:
        passphrase = access.first_passphrase()
        session, code = create_exploration(
            folder, title, passphrase, language=language, explorers=tuple(explorers)
        )
        with session:
            path = session.vault.folder
        _show_created(console, path, code)

    @app.command("sample", help=t("cli.sample.help"), epilog=t("cli.sample.example"))
    def sample(folder: Path = typer.Argument(help=t("cli.arg.new_folder"))) -> None:
        passphrase = access.first_passphrase()
        with console.progress() as progress:
            copy = create_sample(folder, passphrase, progress=progress)
        with copy.session as session:
            path = session.vault.folder
        _show_created(console, path, copy.recovery_code)


def _show_created(console: Console, path: Path, code: str) -> None:
    console.say("cli.created", path=str(path))
    console.say("cli.recovery_code", code=code)
    console.result({"path": str(path), "recovery_code": code})


def _register_daily(app: typer.Typer, console: Console, access: Access) -> None:
    t = console.t
    jobs = typer.Typer(help=t("cli.jobs.help"), no_args_is_help=True)
    app.add_typer(jobs, name="jobs")

    @app.command("info", help=t("cli.info.help"), epilog=t("cli.info.example"))
    def info() -> None:
        with access.open() as session:
            seen = overview.overview(session)
        rows = [(t(f"overview.{name}"), getattr(seen, name)) for name in _COUNTS]
        rows.append((t("overview.recorded_seconds"), clock_time(seen.recorded_seconds)))
        console.say_plain(seen.title)
        console.table(("col.what", "col.count"), rows, empty="cli.none")
        console.result(seen)

    @app.command("undo", help=t("cli.undo.help"))
    def undo() -> None:
        _replay(backwards=True)

    @app.command("redo", help=t("cli.redo.help"))
    def redo() -> None:
        _replay(backwards=False)

    def _replay(*, backwards: bool) -> None:
        with access.open() as session:
            changes = history.undo(session) if backwards else history.redo(session)
        if changes is None:
            raise InputRejectedError("cli.undo.nothing" if backwards else "cli.redo.nothing")
        what = t(changes.label, **changes.values)
        console.say("cli.undo.done" if backwards else "cli.redo.done", what=what)
        console.result(changes)

    @jobs.command("list", help=t("cli.jobs.list.help"))
    def list_jobs(
        unfinished: bool = typer.Option(False, "--unfinished", help=t("cli.opt.unfinished")),
    ) -> None:
        with access.open() as session:
            found = job_service.list_jobs(session, unfinished=unfinished)
            names = {job.id: _subject(session, job.subject_id) for job in found}
        rows = [
            (
                short(job.id),
                t(f"job.{job.kind}"),
                names[job.id],
                t(f"job_state.{job.state}"),
                f"{job.progress:.0%}",
                t(job.message_id, **job.message_values) if job.message_id else "",
            )
            for job in found
        ]
        columns = ("col.id", "col.kind", "col.title", "col.state", "col.progress", "col.message")
        console.table(columns, rows, empty="cli.jobs.none")
        console.result(found)

    @jobs.command("resume", help=t("cli.jobs.resume.help"), epilog=t("cli.jobs.resume.example"))
    def resume_all() -> None:
        with access.open() as session, console.progress() as progress:
            outcomes = resume.resume_jobs(session, progress=progress)
        for outcome in outcomes:
            if outcome.message_id:
                console.warn(outcome.message_id, **outcome.values)
        console.say("cli.jobs.resumed", done=sum(not o.message_id for o in outcomes), n=len(outcomes))
        console.result(outcomes)


def _subject(session: Session, identifier: str) -> str:
    recording = session.vault.recordings.find(identifier)
    return recording.title if recording else ""


def _free_folder(wanted: Path) -> Path:
    """Return `wanted`, or the first free one of ``wanted-2``, ``wanted-3`` …."""
    number, folder = 1, wanted
    while folder.exists():
        number += 1
        folder = wanted.with_name(f"{wanted.name}-{number}")
    return folder

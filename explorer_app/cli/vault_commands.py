"""Commands that check, back up and restore an exploration and change its keys."""

from pathlib import Path

import typer

from explorer_app.cli.access import Access
from explorer_app.cli.console import Console
from explorer_app.services import upkeep
from explorer_app.services.timecode import clock_time
from explorer_app.vault import CheckReport

DAMAGED = 6
"""Exit code of a check that found damage."""


def register(app: typer.Typer, console: Console, access: Access) -> None:
    """Add the commands."""
    vault = typer.Typer(help=console.t("cli.vault.help"), no_args_is_help=True)
    app.add_typer(vault, name="vault")
    _register_copies(vault, console, access)
    _register_keys(vault, console, access)


def _register_copies(vault: typer.Typer, console: Console, access: Access) -> None:
    t = console.t

    @vault.command("check", help=t("cli.vault.check.help"), epilog=t("cli.vault.check.example"))
    def check() -> None:
        report = upkeep.check_exploration(access.vault_folder(), access.credential())
        _tell(console, report)
        console.result(report)
        if not report.ok:
            raise typer.Exit(DAMAGED)

    @vault.command("backup", help=t("cli.vault.backup.help"), epilog=t("cli.vault.backup.example"))
    def backup(target: Path = typer.Argument(help=t("cli.arg.backup_to"))) -> None:
        with access.open() as session, console.progress() as progress:
            folder, report = upkeep.back_up(session, target, progress=progress)
        _tell_damage(console, report)
        console.say("cli.vault.backup.done", path=str(folder))
        console.result({"path": str(folder), "report": report})

    @vault.command("restore", help=t("cli.vault.restore.help"), epilog=t("cli.vault.restore.example"))
    def restore(
        source: Path = typer.Argument(help=t("cli.arg.restore_from")),
        target: Path = typer.Argument(help=t("cli.arg.restore_to")),
    ) -> None:
        with console.progress() as progress:
            folder, report = upkeep.restore_exploration(
                source, target, access.credential(), progress=progress
            )
        _tell_damage(console, report)
        console.say("cli.vault.restore.done", path=str(folder))
        console.result({"path": str(folder), "report": report})

    @vault.command("salvage-audio", help=t("cli.vault.salvage.help"), epilog=t("cli.vault.salvage.example"))
    def salvage_audio(target: Path = typer.Argument(help=t("cli.arg.salvage_to"))) -> None:
        with console.progress() as progress:
            saved = upkeep.salvage_audio(
                access.vault_folder(), access.credential(), target, progress=progress
            )
        written = [found for found in saved if found.path is not None]
        rows = [(found.recording_id, clock_time(found.seconds), found.damaged, found.path) for found in saved]
        columns = ("col.id", "col.length", "col.damaged_seconds", "col.file")
        console.table(columns, rows, empty="cli.none")
        console.say("cli.vault.salvage.done", n=len(written), of=len(saved), path=str(target))
        console.result(saved)
        if any(found.path is None or found.damaged for found in saved):
            raise typer.Exit(DAMAGED)

    @vault.command("snapshots", help=t("cli.vault.snapshots.help"))
    def snapshots() -> None:
        with access.open() as session:
            found = session.vault.snapshots()
        rows = [(snapshot.name, snapshot.made_at, snapshot.path) for snapshot in found]
        console.table(("col.name", "col.when", "col.file"), rows, empty="cli.vault.snapshots.none")
        console.result(found)


def _register_keys(vault: typer.Typer, console: Console, access: Access) -> None:
    t = console.t

    @vault.command("change-passphrase", help=t("cli.vault.passphrase.help"))
    def change_passphrase() -> None:
        with access.open() as session:
            new = access.new_passphrase()
            session.vault.change_passphrase(new)
        console.say("cli.vault.passphrase.done")
        console.result({"changed": True})

    @vault.command("new-recovery-code", help=t("cli.vault.recovery.help"))
    def new_recovery_code() -> None:
        with access.open() as session:
            code = session.vault.replace_recovery_code()
        console.say("cli.recovery_code", code=code)
        console.result({"recovery_code": code})

    @vault.command("add-key-file", help=t("cli.vault.key_file.help"))
    def add_key_file(path: Path = typer.Argument(help=t("cli.arg.key_file_to"))) -> None:
        with access.open() as session:
            session.vault.add_key_file(path)
        console.say("cli.vault.key_file.done", path=str(path))
        console.result({"path": str(path)})


def _tell(console: Console, report: CheckReport) -> None:
    if report.ok:
        console.say("cli.vault.check.good", n=report.recordings)
    else:
        _tell_damage(console, report)


def _tell_damage(console: Console, report: CheckReport) -> None:
    rows = [(finding.part, console.t(finding.message_id, **finding.values)) for finding in report.findings]
    if rows:
        console.table(("col.place_of_damage", "col.damage"), rows, empty="cli.none")
    for hint in report.hints:
        console.warn(hint.message_id, **hint.values)

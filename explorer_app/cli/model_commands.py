"""Commands for the models."""

from pathlib import Path

import typer

from explorer_app.cli.access import Access
from explorer_app.cli.console import Console
from explorer_app.models import Figure, ModelReport, ModelState, ModelStore, Proof

DAMAGED = 11
"""Exit code of a check that found a damaged model."""


def register(app: typer.Typer, console: Console, access: Access) -> None:
    """Add the commands."""
    t = console.t
    models = typer.Typer(help=t("cli.models.help"), no_args_is_help=True)
    app.add_typer(models, name="models")

    @models.command("list", help=t("cli.models.list.help"))
    def list_models() -> None:
        _tell(console, ModelStore().list())

    @models.command("install", help=t("cli.models.install.help"), epilog=t("cli.models.install.example"))
    def install(names: list[str] = typer.Argument(metavar="MODEL…", help=t("cli.arg.model"))) -> None:
        store = ModelStore()
        reports = []
        for name in names:
            with console.progress() as progress:
                reports.append(store.install(name, progress))
            console.say("cli.models.installed", model=name)
        console.result(reports)

    @models.command("check", help=t("cli.models.check.help"))
    def check(names: list[str] = typer.Argument(None, metavar="[MODEL…]", help=t("cli.arg.model"))) -> None:
        store = ModelStore()
        wanted = names or [r.entry.id for r in store.list() if r.state is not ModelState.MISSING]
        reports = []
        for name in wanted:
            with console.progress() as progress:
                reports.append(store.check(name, progress))
        _tell(console, tuple(reports))
        if any(report.state is not ModelState.INSTALLED for report in reports):
            raise typer.Exit(DAMAGED)

    @models.command("import", help=t("cli.models.import.help"), epilog=t("cli.models.import.example"))
    def import_folder(
        folder: Path = typer.Argument(help=t("cli.arg.model_folder")),
        wanted: str = typer.Option("", "--model", help=t("cli.opt.model_wanted")),
    ) -> None:
        with console.progress() as progress:
            report = ModelStore().import_folder(folder, progress, wanted=wanted)
        console.say("cli.models.imported", model=report.entry.id)
        if report.record is not None:
            rows = [(file.name, file.size, file.sha256) for file in report.record.files]
            console.table(("col.file", "col.size", "col.hash"), rows, empty="cli.none")
            if report.record.proof is Proof.RECORDED:
                console.warn("cli.models.unverified", model=report.entry.id)
        console.result(report)


def _tell(console: Console, reports: tuple[ModelReport, ...]) -> None:
    t = console.t

    def figure(value: Figure | None) -> str:
        return f"{value.value:g} {value.unit}" if value else t("reports.unknown")

    rows = [
        (
            report.entry.id,
            f"{report.entry.size / 1e6:.0f} MB",
            report.entry.licence,
            " ".join(report.entry.languages),
            figure(report.entry.wer_de),
            figure(report.entry.memory),
            t("cli.models.verified" if report.entry.verified else "cli.models.not_verified"),
            t(f"model_state.{report.state}") + (": " + ", ".join(report.damaged) if report.damaged else ""),
        )
        for report in reports
    ]
    columns = (
        "col.id",
        "col.size",
        "col.licence",
        "col.language",
        "col.wer",
        "col.memory",
        "col.proof",
        "col.state",
    )
    console.table(columns, rows, empty="cli.models.none")
    console.result(reports)

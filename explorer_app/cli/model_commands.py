"""Commands for the models."""

from pathlib import Path

import typer

from explorer_app.cli.access import Access
from explorer_app.cli.console import Console
from explorer_app.models import Figure, ModelStore


def register(app: typer.Typer, console: Console, access: Access) -> None:
    """Add the commands."""
    t = console.t
    models = typer.Typer(help=t("cli.models.help"), no_args_is_help=True)
    app.add_typer(models, name="models")

    def figure(value: Figure | None) -> str:
        return f"{value.value:g} {value.unit} ({value.source})" if value else t("reports.unknown")

    @models.command("list", help=t("cli.models.list.help"))
    def list_models() -> None:
        found = ModelStore().list()
        rows = [
            (
                m.entry.id,
                m.entry.name,
                f"{m.entry.size / 1e6:.0f} MB",
                m.entry.licence,
                figure(m.entry.wer_de),
                figure(m.entry.memory),
                t(f"models.state.{m.state}"),
            )
            for m in found
        ]
        columns = ("col.id", "col.name", "col.size", "col.licence", "col.wer", "col.memory", "col.state")
        console.table(columns, rows, empty="cli.models.none")
        console.result(found)

    @models.command("install", help=t("cli.models.install.help"), epilog=t("cli.models.install.example"))
    def install(names: list[str] = typer.Argument(metavar="MODEL…", help=t("cli.arg.model"))) -> None:
        store = ModelStore()
        for name in names:
            with console.progress() as progress:
                path = store.install(name, progress=progress)
            console.say("cli.models.installed", model=name)
            console.result({"model": name, "path": str(path)})

    @models.command("import", help=t("cli.models.import.help"), epilog=t("cli.models.import.example"))
    def import_folder(folder: Path = typer.Argument(help=t("cli.arg.model_folder"))) -> None:
        with console.progress() as progress:
            report = ModelStore().import_folder(folder, progress=progress)
        console.say("cli.models.imported", model=report.model)
        console.result(report)

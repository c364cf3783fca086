"""Commands of the lab: JSON on standard output and nothing else; progress on standard error."""

from pathlib import Path

import typer

from explorer_app.cli.access import Access
from explorer_app.cli.console import Console
from explorer_app.models import ModelStore
from explorer_app.services import lab as service
from explorer_app.services.transcription import DEFAULT_ENGINE


def register(app: typer.Typer, console: Console, access: Access) -> None:
    """Add the commands."""
    t = console.t
    lab = typer.Typer(help=t("cli.lab.help"), no_args_is_help=True)
    app.add_typer(lab, name="lab")

    @lab.command("transcribe", help=t("cli.lab.transcribe.help"), epilog=t("cli.lab.transcribe.example"))
    def transcribe(
        audio: Path = typer.Argument(help=t("cli.arg.media")),
        language: str = typer.Option("de", help=t("cli.opt.spoken")),
        model: str = typer.Option("base", help=t("cli.opt.model")),
        engine: str = typer.Option(DEFAULT_ENGINE, help=t("cli.opt.engine")),
        folder: str = typer.Option("", "--model-folder", help=t("cli.opt.model_folder")),
    ) -> None:
        with console.progress() as progress:
            found = service.transcribe_file(
                audio,
                models=ModelStore(),
                model=model,
                engine=engine,
                folder=folder,
                language=language,
                progress=progress,
            )
        console.json(found)

    @lab.command("sort", help=t("cli.lab.sort.help"), epilog=t("cli.lab.sort.example"))
    def sort(
        snippets: Path = typer.Argument(help=t("cli.arg.snippets")),
        seed: int = typer.Option(0, help=t("cli.opt.seed")),
    ) -> None:
        console.json(service.sort_file(snippets, models=ModelStore(), seed=seed))

    @lab.command("gather", help=t("cli.lab.gather.help"), epilog=t("cli.lab.gather.example"))
    def gather(
        snippets: Path = typer.Argument(help=t("cli.arg.snippets")),
        fields: Path = typer.Argument(help=t("cli.arg.fields")),
    ) -> None:
        console.json(service.gather_file(snippets, fields, models=ModelStore()))

    @lab.command("problems", help=t("cli.lab.problems.help"), epilog=t("cli.lab.problems.example"))
    def problems(
        snippets: Path = typer.Argument(help=t("cli.arg.snippets")),
        decisions: Path | None = typer.Option(None, help=t("cli.opt.decisions")),
    ) -> None:
        console.json(service.problems_file(snippets, decisions, models=ModelStore()))

    @lab.command("patterns", help=t("cli.lab.patterns.help"), epilog=t("cli.lab.patterns.example"))
    def patterns(
        fields: Path = typer.Argument(help=t("cli.arg.fields")),
        snippets: Path | None = typer.Option(None, help=t("cli.arg.snippets")),
    ) -> None:
        console.json(service.patterns_file(fields, models=ModelStore(), say=t, snippets=snippets))

"""Commands for idea cards, ratings and briefs."""

from pathlib import Path

import typer

from explorer_app.cards.schema import FIELDS
from explorer_app.cli.access import Access, pick, short
from explorer_app.cli.console import Console
from explorer_app.domain.errors import InputRejectedError
from explorer_app.domain.outcome import Brief, IdeaCard
from explorer_app.services import briefs, cards, ratings
from explorer_app.services.session import Session


def register(app: typer.Typer, console: Console, access: Access) -> None:
    """Add the commands."""
    _register_cards(app, console, access)
    _register_briefs(app, console, access)


def _card(session: Session, wanted: str) -> IdeaCard:
    return pick(session.vault.cards, wanted, "title")


def _register_cards(app: typer.Typer, console: Console, access: Access) -> None:
    t = console.t
    card = typer.Typer(help=t("cli.card.help"), no_args_is_help=True)
    app.add_typer(card, name="card")

    @card.command("new", help=t("cli.card.new.help"), epilog=t("cli.card.new.example"))
    def new(
        title: str = typer.Argument(help=t("cli.arg.title")),
        field: str = typer.Option("", help=t("cli.arg.field")),
    ) -> None:
        with access.open() as session:
            cluster = pick(session.vault.clusters, field, "name").id if field else None
            added, _ = cards.new_card(session, title, cluster_id=cluster)
        console.say("cli.added", name=added.title, id=short(added.id))
        console.result({"id": added.id, "title": added.title})

    @card.command("list", help=t("cli.card.list.help"))
    def list_cards() -> None:
        with access.open() as session:
            found = session.vault.cards.list(order_by="title")
        rows = [(short(c.id), c.title, t(f"cards.option.status.{c.status}"), c.updated_at) for c in found]
        console.table(("col.id", "col.title", "col.status", "col.changed"), rows, empty="cli.card.none")
        console.result([{"id": c.id, "title": c.title, "status": c.status} for c in found])

    @card.command("show", help=t("cli.card.show.help"))
    def show(wanted: str = typer.Argument(metavar="CARD", help=t("cli.arg.card"))) -> None:
        with access.open() as session:
            document = cards.document_of(session, _card(session, wanted).id)
        values, drafted = document.values(), document.machine_fields()
        rows = [
            (field.key, t(f"cards.field.{field.key}"), _shown(values.get(field.key)), field.key in drafted)
            for field in FIELDS
        ]
        console.table(("col.key", "col.card_field", "col.text", "col.draft"), rows, empty="cli.card.none")
        console.result({"values": values, "machine_fields": sorted(drafted)})

    @card.command("set", help=t("cli.card.set.help"), epilog=t("cli.card.set.example"))
    def set_field(
        wanted: str = typer.Argument(metavar="CARD", help=t("cli.arg.card")),
        field: str = typer.Argument(help=t("cli.arg.card_field")),
        value: str = typer.Argument(help=t("cli.arg.card_value")),
    ) -> None:
        with access.open() as session:
            changes = cards.set_field(session, _card(session, wanted).id, field, value.replace("\\n", "\n"))
        console.say("cli.saved")
        console.result(changes)

    @card.command("rate", help=t("cli.card.rate.help"), epilog=t("cli.card.rate.example"))
    def rate(
        wanted: str = typer.Argument(metavar="CARD", help=t("cli.arg.card")),
        criterion: str = typer.Argument(
            help=t("cli.arg.criterion"), metavar="|".join(ratings.criterion_keys())
        ),
        score: str = typer.Argument(help=t("cli.arg.score"), metavar="1…5|unsure"),
        rater: str = typer.Option(..., "--by", help=t("cli.opt.rater")),
        reason: str = typer.Option("", help=t("cli.opt.reason")),
    ) -> None:
        if score.strip().lower() not in ("unsure", "unsicher") and not score.strip().isdecimal():
            raise InputRejectedError("rating.out_of_range", score=score)
        value = int(score) if score.strip().isdecimal() else None
        with access.open() as session:
            rating, _ = ratings.rate(session, _card(session, wanted).id, criterion, rater, value, reason)
        console.say("cli.saved")
        console.result(rating)

    @card.command("ratings", help=t("cli.card.ratings.help"))
    def show_ratings(wanted: str = typer.Argument(metavar="CARD", help=t("cli.arg.card"))) -> None:
        with access.open() as session:
            found = ratings.scores(session, _card(session, wanted).id)
        rows = [
            (
                ratings.criterion_title(s.key, t.language),
                s.median,
                s.low,
                s.high,
                s.raters,
                " / ".join(s.reasons),
            )
            for s in found
        ]
        columns = ("col.criterion", "col.median", "col.low", "col.high", "col.raters", "col.reasons")
        console.table(columns, rows, empty="cli.card.none")
        console.result(found)


def _register_briefs(app: typer.Typer, console: Console, access: Access) -> None:
    t = console.t
    brief = typer.Typer(help=t("cli.brief.help"), no_args_is_help=True)
    app.add_typer(brief, name="brief")

    @brief.command("issue", help=t("cli.brief.issue.help"), epilog=t("cli.brief.issue.example"))
    def issue(
        wanted: str = typer.Argument(metavar="CARD", help=t("cli.arg.card")),
        to: Path = typer.Option(Path(), help=t("cli.opt.to_file")),
        language: str = typer.Option("de", help=t("cli.opt.brief_language"), metavar="de|en"),
    ) -> None:
        with access.open() as session:
            issued, _ = briefs.issue_brief(session, _card(session, wanted).id, language=language, to=to)
            path = briefs.brief_path(issued, to)
        console.say("cli.brief.issued", version=issued.version, path=str(path))
        console.result(
            {"id": issued.id, "version": issued.version, "sha256": issued.sha256, "path": str(path)}
        )

    @brief.command("list", help=t("cli.brief.list.help"))
    def list_briefs() -> None:
        with access.open() as session:
            found = session.vault.briefs.list(order_by="created_at")
            titles = {c.id: c.title for c in session.vault.cards.list()}
        rows = [
            (short(b.id), titles[b.card_id], b.version, b.language, b.created_at, b.sha256[:12])
            for b in found
        ]
        columns = ("col.id", "col.title", "col.version", "col.language", "col.when", "col.hash")
        console.table(columns, rows, empty="cli.brief.none")
        console.result([{"id": b.id, "version": b.version, "sha256": b.sha256} for b in found])

    @brief.command("export", help=t("cli.brief.export.help"), epilog=t("cli.brief.export.example"))
    def export(
        wanted: str = typer.Argument(metavar="BRIEF", help=t("cli.arg.brief")),
        to: Path = typer.Argument(Path(), help=t("cli.opt.to_file")),
    ) -> None:
        with access.open() as session:
            found: Brief = pick(session.vault.briefs, wanted)
            path = briefs.export_brief(session, found.id, to)
        console.say("cli.brief.exported", path=str(path))
        console.result({"path": str(path)})


def _shown(value: object) -> str:
    if isinstance(value, list):
        return "\n".join(" · ".join(v for k, v in item.items() if k != "id" and v) for item in value)
    return "" if value is None else str(value)

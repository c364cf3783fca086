"""Commands for problem fields, themes and use-case candidates."""

import typer

from explorer_app.cli.access import Access, pick, short
from explorer_app.cli.console import Console
from explorer_app.cli.fieldwork_commands import choice
from explorer_app.domain.errors import InputRejectedError
from explorer_app.domain.findings import MembershipState, ProblemCluster
from explorer_app.domain.material import Stance
from explorer_app.domain.outcome import Action
from explorer_app.services import candidates, evidence, fields, themes
from explorer_app.services.session import Session


def register(app: typer.Typer, console: Console, access: Access) -> None:
    """Add the commands."""
    field = typer.Typer(help=console.t("cli.field.help"), no_args_is_help=True)
    app.add_typer(field, name="field")
    _register_field_edits(field, console, access)
    _register_proposals(field, console, access)
    _register_findings(app, console, access)


def _field(session: Session, wanted: str) -> ProblemCluster:
    return pick(session.vault.clusters, wanted, "name")


def _register_field_edits(field: typer.Typer, console: Console, access: Access) -> None:
    t = console.t

    @field.command("add", help=t("cli.field.add.help"), epilog=t("cli.field.add.example"))
    def add(
        name: str = typer.Argument(help=t("cli.arg.name")),
        sentence: str = typer.Option("", help=t("cli.opt.sentence")),
    ) -> None:
        with access.open() as session:
            added, _ = fields.create_field(session, name, sentence)
        console.say("cli.added", name=added.name, id=short(added.id))
        console.result(added)

    @field.command("describe", help=t("cli.field.describe.help"), epilog=t("cli.field.describe.example"))
    def describe(
        wanted: str = typer.Argument(metavar="FIELD", help=t("cli.arg.field")),
        name: str | None = typer.Option(None, help=t("cli.arg.name")),
        sentence: str | None = typer.Option(None, help=t("cli.opt.sentence")),
    ) -> None:
        with access.open() as session:
            changes = fields.describe_field(session, _field(session, wanted).id, name=name, sentence=sentence)
        console.say("cli.saved")
        console.result(changes)

    @field.command("list", help=t("cli.field.list.help"))
    def list_fields() -> None:
        with access.open() as session:
            found = session.vault.clusters.list(order_by="name")
            counts = {
                c.id: (
                    session.vault.memberships.count(cluster_id=c.id, state=MembershipState.ACCEPTED),
                    session.vault.memberships.count(cluster_id=c.id, state=MembershipState.PROPOSED),
                )
                for c in found
            }
        rows = [(short(c.id), c.name, c.draft, *counts[c.id], c.sentence) for c in found]
        columns = ("col.id", "col.name", "col.draft", "col.accepted", "col.proposed", "col.sentence")
        console.table(columns, rows, empty="cli.field.none")
        console.result(found)

    @field.command("show", help=t("cli.field.show.help"))
    def show(wanted: str = typer.Argument(metavar="FIELD", help=t("cli.arg.field"))) -> None:
        with access.open() as session:
            cluster = _field(session, wanted)
            pairs = fields.evidence_of(session, cluster.id, states=tuple(MembershipState))
        console.say_plain(f"{cluster.name}\n{cluster.sentence}\n")
        rows = [
            (e.label, t(f"state.{m.state}"), t(f"stance.{m.stance}"), e.quote, m.reason) for m, e in pairs
        ]
        columns = ("col.label", "col.state", "col.stance", "col.text", "col.reason")
        console.table(columns, rows, empty="cli.field.empty")
        console.result({"field": cluster, "evidence": [{"membership": m, "evidence": e} for m, e in pairs]})

    def decide(label: str, wanted: str, state: MembershipState, stance: str) -> None:
        with access.open() as session:
            piece = evidence.by_label(session, label)
            cluster = _field(session, wanted)
            changes = fields.decide(session, piece.id, cluster.id, state, stance=choice(Stance, stance))
        console.say(f"cli.field.{state.value}", label=piece.label, name=cluster.name)
        console.result(changes)

    @field.command("accept", help=t("cli.field.accept.help"), epilog=t("cli.field.accept.example"))
    def accept(
        label: str = typer.Argument(help=t("cli.arg.label")),
        wanted: str = typer.Argument(metavar="FIELD", help=t("cli.arg.field")),
        stance: str = typer.Option("support", help=t("cli.opt.stance"), metavar="support|counter"),
    ) -> None:
        decide(label, wanted, MembershipState.ACCEPTED, stance)

    @field.command("reject", help=t("cli.field.reject.help"))
    def reject(
        label: str = typer.Argument(help=t("cli.arg.label")),
        wanted: str = typer.Argument(metavar="FIELD", help=t("cli.arg.field")),
    ) -> None:
        decide(label, wanted, MembershipState.REJECTED, "support")

    @field.command("move", help=t("cli.field.move.help"), epilog=t("cli.field.move.example"))
    def move(
        label: str = typer.Argument(help=t("cli.arg.label")),
        source: str = typer.Argument(metavar="FROM", help=t("cli.arg.field")),
        target: str = typer.Argument(metavar="TO", help=t("cli.arg.field")),
    ) -> None:
        with access.open() as session:
            piece = evidence.by_label(session, label)
            goal = _field(session, target)
            changes = fields.move(session, piece.id, _field(session, source).id, goal.id)
        console.say("cli.field.accepted", label=piece.label, name=goal.name)
        console.result(changes)


def _register_proposals(field: typer.Typer, console: Console, access: Access) -> None:
    t = console.t

    @field.command("sort", help=t("cli.field.sort.help"))
    def sort(seed: int = typer.Option(0, help=t("cli.opt.seed"))) -> None:
        with access.open() as session, console.progress() as progress:
            evidence.collect_evidence(session)
            changes = fields.suggest_fields(session, seed=seed, progress=progress)
        console.say("cli.field.sorted", n=len(changes.ids("clusters", Action.ADDED)))
        console.result(changes)

    @field.command("gather", help=t("cli.field.gather.help"), epilog=t("cli.field.gather.example"))
    def gather(
        wanted: str = typer.Argument("", metavar="[FIELD]", help=t("cli.arg.field_optional")),
        limit: int = typer.Option(10, min=1, help=t("cli.opt.limit")),
    ) -> None:
        with access.open() as session, console.progress() as progress:
            evidence.collect_evidence(session)
            cluster = _field(session, wanted) if wanted else None
            if cluster is not None and cluster.draft:
                raise InputRejectedError("field.draft_needs_words", name=cluster.name)
            _, changes = fields.gather_evidence(session, progress=progress)
            shown = [cluster] if cluster else session.vault.clusters.list(draft=False, order_by="name")
            found = {
                c.id: fields.evidence_of(session, c.id, states=(MembershipState.PROPOSED,))[:limit]
                for c in shown
            }
        first = ("col.field",) if cluster is None else ()
        rows = [
            (
                *((c.name,) if cluster is None else ()),
                e.label,
                f"{m.score:.2f}" if m.score else "",
                e.quote,
                m.reason,
            )
            for c in shown
            for m, e in found[c.id]
        ]
        columns = (*first, "col.label", "col.score", "col.text", "col.reason")
        console.table(columns, rows, empty="cli.field.nothing_gathered")
        console.result(changes)


def _register_findings(app: typer.Typer, console: Console, access: Access) -> None:
    t = console.t
    candidate = typer.Typer(help=t("cli.candidate.help"), no_args_is_help=True)
    app.add_typer(candidate, name="candidate")

    @app.command("themes", help=t("cli.themes.help"))
    def find_themes(limit: int = typer.Option(20, min=1, max=200, help=t("cli.opt.limit"))) -> None:
        with access.open() as session, console.progress() as progress:
            evidence.collect_evidence(session)
            found = themes.find_themes(session, limit=limit, progress=progress)
        console.table(
            ("col.theme", "col.score"),
            [(x.name, f"{x.closeness:.2f}") for x in found],
            empty="cli.themes.none",
        )
        console.result(found)

    @candidate.command("list", help=t("cli.candidate.list.help"), epilog=t("cli.candidate.list.example"))
    def list_candidates(
        wanted: str = typer.Argument(metavar="FIELD", help=t("cli.arg.field")),
        again: bool = typer.Option(False, "--again", help=t("cli.opt.again")),
    ) -> None:
        with access.open() as session:
            result = candidates.candidates_of(session, _field(session, wanted).id, again=again)
        console.say("cli.candidate.need", answer=t(f"ai_need.{result.ai_need}"), reason=result.reason)
        rows = [
            (
                short(c.id),
                candidates.pattern(c.pattern_id).text(t.language).name,
                f"{c.score:.2f}",
                "\n".join(
                    [
                        *(f"+ {reason}" for reason in c.reasons_for),
                        *(f"- {reason}" for reason in c.reasons_against),
                    ]
                ),
            )
            for c in result.candidates
        ]
        columns = ("col.id", "col.pattern", "col.score", "col.reasons")
        console.table(columns, rows, empty="cli.candidate.none")
        console.result(result)

    @candidate.command("patterns", help=t("cli.candidate.patterns.help"))
    def list_patterns() -> None:
        known = candidates.patterns()
        rows = [(p.id, p.text(t.language).name, p.text(t.language).summary) for p in known]
        console.table(("col.id", "col.name", "col.summary"), rows, empty="cli.candidate.none")
        console.result([{"id": p.id, "texts": p.texts} for p in known])

    @candidate.command("card", help=t("cli.candidate.card.help"), epilog=t("cli.candidate.card.example"))
    def draft(wanted: str = typer.Argument(metavar="CANDIDATE", help=t("cli.arg.candidate"))) -> None:
        with access.open() as session:
            card, _ = candidates.card_from_candidate(session, pick(session.vault.candidates, wanted).id)
        console.say("cli.card.drafted", title=card.title, id=short(card.id))
        console.result({"id": card.id, "title": card.title})

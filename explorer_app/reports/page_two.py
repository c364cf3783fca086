"""Page two: criteria, data, people, money, where the evidence comes from, and what comes next."""

from __future__ import annotations

from explorer_app.domain.brief_content import BriefContent
from explorer_app.reports.blocks import (
    Balanced,
    Bullets,
    Columns,
    Panel,
    Section,
    Space,
    Stack,
    Text,
    answer,
    labelled,
    words,
)
from explorer_app.reports.charts import BarChart, Legend
from explorer_app.reports.criteria import Criteria
from explorer_app.reports.fitting import Block, Fit
from explorer_app.reports.imprint import Imprint
from explorer_app.reports.lights import Lights
from explorer_app.reports.palette import AMBER, BODY, GUTTER, PETROL, PETROL_SOFT, SMALL, SMALL_STRONG, Face
from explorer_app.reports.typeset import run
from explorer_app.reports.wording import Wording

MOST_ITEMS = 5
_GAP = 11.0


def page_two(content: BriefContent, wording: Wording, fit: Fit, sha256: str) -> Block:
    """Return the second page as one block."""
    return Stack(
        (
            Section(
                fit,
                wording("criteria"),
                Criteria(fit, wording, content.criteria),
                "criteria",
                5,
                _unrated(content, wording, fit),
            ),
            Balanced(
                Section(fit, wording("lights"), Lights(fit, wording, content.lights), "lights", 5),
                Stack(
                    (
                        Section(fit, wording("people"), _people(content, wording, fit), "people"),
                        Section(fit, wording("money"), _money(content, wording, fit), "money"),
                    ),
                    _GAP,
                ),
                _list(content.risks, "risks", "triangle", wording, fit),
                _GAP,
                1.5 * GUTTER,
            ),
            Section(
                fit,
                wording("evidence"),
                _charts(content, wording, fit),
                "evidence",
                aside=Legend(fit, wording),
            ),
            Columns(
                (
                    _list(content.open_questions, "questions", "question", wording, fit),
                    _next_step(content, wording, fit),
                ),
                (1, 1),
                1.5 * GUTTER,
            ),
            Imprint(fit, wording, content, sha256),
        ),
        _GAP,
        fit,
    )


def _unrated(content: BriefContent, wording: Wording, fit: Fit) -> Block | None:
    """Return the note that nobody rated the idea yet; None once somebody did."""
    if not content.criteria or any(criterion.raters for criterion in content.criteria):
        return None
    return words(fit, wording("not_rated"), SMALL)


def _people(content: BriefContent, wording: Wording, fit: Fit) -> Block:
    return Stack(
        (
            labelled(
                fit, "human_role", wording("human_role"), content.human_role, unknown=wording.unknown, least=2
            ),
            labelled(fit, "bias", wording("bias"), content.bias, unknown=wording.unknown, least=2),
        ),
        4,
    )


def _charts(content: BriefContent, wording: Wording, fit: Fit) -> Block:
    charts = (
        BarChart(fit, wording, wording("by_facility"), "by_facility", content.by_facility),
        BarChart(fit, wording, wording("by_role"), "by_role", content.by_role),
    )
    return Columns(charts, (1, 1), 1.5 * GUTTER)


def _money(content: BriefContent, wording: Wording, fit: Fit) -> Block:
    cells = (
        ("effort", content.effort),
        ("refinancing", content.refinancing),
        ("open_source", content.open_source),
    )
    return Stack(
        tuple(labelled(fit, key, wording(key), text, unknown=wording.unknown) for key, text in cells), 4
    )


def _list(items: tuple[str, ...], key: str, mark: str, wording: Wording, fit: Fit) -> Section:
    title = wording(key)
    if not items:
        return Section(fit, title, words(fit, wording.unknown, BODY.cut(Face.ITALIC)), key)
    shown = tuple(
        Text(fit, f"{key}.{number}", title, (run(item or wording.unknown, fit.style(BODY)),), "LBody")
        for number, item in enumerate(items[:MOST_ITEMS])
    )
    for number, left in enumerate(items[MOST_ITEMS:]):
        fit.leave_out(f"{key}.more{number}", title, left)
    bullets = Bullets(shown, mark=mark, colour=AMBER if mark == "triangle" else PETROL)
    return Section(fit, title, bullets, key)


def _next_step(content: BriefContent, wording: Wording, fit: Fit) -> Panel:
    text = answer(fit, "next_step", wording("next_step"), content.next_step, BODY, wording.unknown, least=4)
    label = words(fit, wording("next_step"), SMALL_STRONG.coloured(PETROL), "H2")
    return Panel(
        Stack((label, Space(1), text)),
        fill=PETROL_SOFT,
        bar=PETROL,
        pad=(13, 7),
        anchor=("next-step", wording("next_step")),
    )

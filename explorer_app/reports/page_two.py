"""Page two: criteria, data, people, money, where the evidence comes from, and what comes next."""

from __future__ import annotations

from explorer_app.domain.brief_content import BriefContent
from explorer_app.reports.blocks import (
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
from explorer_app.reports.palette import AMBER, BODY, GUTTER, PETROL, PETROL_SOFT, SMALL_STRONG, Face
from explorer_app.reports.typeset import run
from explorer_app.reports.wording import Wording

MOST_ITEMS = 5
_GAP = 11.0


def page_two(content: BriefContent, wording: Wording, fit: Fit, sha256: str) -> Block:
    """Return the second page as one block."""
    return Stack(
        (
            Section(fit, wording("criteria"), Criteria(fit, wording, content.criteria), "criteria", 5),
            Columns(
                (
                    Section(fit, wording("lights"), Lights(fit, wording, content.lights), "lights", 5),
                    Stack(
                        (
                            Section(fit, wording("people"), _people(content, wording, fit), "people"),
                            Section(fit, wording("evidence"), _charts(content, wording, fit), "evidence"),
                        ),
                        _GAP,
                    ),
                ),
                (1, 1),
                1.5 * GUTTER,
            ),
            Section(fit, wording("money"), _money(content, wording, fit), "money"),
            Columns(
                (
                    Section(
                        fit,
                        wording("risks"),
                        _list(content.risks, "risks", "triangle", wording, fit),
                        "risks",
                    ),
                    Section(
                        fit,
                        wording("questions"),
                        _list(content.open_questions, "questions", "question", wording, fit),
                        "questions",
                    ),
                ),
                (1, 1),
                1.5 * GUTTER,
            ),
            _next_step(content, wording, fit),
            Imprint(fit, wording, content, sha256),
        ),
        _GAP,
        fit,
    )


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
    return Stack(
        (
            BarChart(fit, wording, wording("by_facility"), "by_facility", content.by_facility),
            BarChart(fit, wording, wording("by_role"), "by_role", content.by_role),
            Legend(fit, wording),
        ),
        5,
    )


def _money(content: BriefContent, wording: Wording, fit: Fit) -> Block:
    cells = (
        ("effort", content.effort),
        ("refinancing", content.refinancing),
        ("open_source", content.open_source),
    )
    return Columns(
        tuple(labelled(fit, key, wording(key), text, unknown=wording.unknown) for key, text in cells),
        (1, 1, 1),
        GUTTER,
    )


def _list(items: tuple[str, ...], key: str, mark: str, wording: Wording, fit: Fit) -> Block:
    title = wording(key)
    if not items:
        return words(fit, wording.unknown, BODY.cut(Face.ITALIC))
    shown = tuple(
        Text(fit, f"{key}.{number}", title, (run(item or wording.unknown, fit.style(BODY)),), "LBody")
        for number, item in enumerate(items[:MOST_ITEMS])
    )
    for number, left in enumerate(items[MOST_ITEMS:]):
        fit.leave_out(f"{key}.more{number}", title, left)
    return Bullets(shown, mark=mark, colour=AMBER if mark == "triangle" else PETROL)


def _next_step(content: BriefContent, wording: Wording, fit: Fit) -> Panel:
    text = answer(fit, "next_step", wording("next_step"), content.next_step, BODY, wording.unknown, least=2)
    label = words(fit, wording("next_step"), SMALL_STRONG.coloured(PETROL), "H2")
    return Panel(Stack((label, Space(1), text)), fill=PETROL_SOFT, bar=PETROL, pad=(13, 7))

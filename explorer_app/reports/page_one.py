"""Page one: the problem, who says so, the idea, and how work changes."""

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
from explorer_app.reports.evidence_strip import EvidenceStrip
from explorer_app.reports.fitting import Block, Fit
from explorer_app.reports.lights import Chip
from explorer_app.reports.palette import (
    BODY,
    CONTENT_WIDTH,
    GUTTER,
    LEAD,
    PETROL,
    PETROL_SOFT,
    QUIET,
    SMALL,
    SMALL_STRONG,
    SUNKEN,
    TITLE,
    Face,
)
from explorer_app.reports.quotes import QuoteList, QuoteRow
from explorer_app.reports.typeset import Run, run, set_lines
from explorer_app.reports.wording import Wording
from explorer_app.reports.workflow import Chain, Change

MOST_QUOTES = 3
_GAP = 11.0
_TITLE_LINES = 2
_SMALLER_TITLE = 0.74


def page_one(content: BriefContent, wording: Wording, fit: Fit) -> Block:
    """Return the first page as one block."""
    return Stack(
        (
            _head(content, wording, fit),
            _problem(content, wording, fit),
            _where(content, wording, fit),
            EvidenceStrip(fit, wording, content),
            Section(fit, wording("quotes"), _quotes(content, wording, fit), "quotes", 6),
            Columns(
                (
                    Section(fit, wording("idea"), _idea(content, wording, fit), "idea"),
                    Section(
                        fit,
                        wording("needs_ai"),
                        _needs_ai(content, wording, fit),
                        "needs-ai",
                        aside=_verdict(content, wording, fit),
                    ),
                ),
                (1.12, 1.0),
                GUTTER,
            ),
            Section(fit, wording("workflow"), _workflow(content, wording, fit), "workflow", 5),
        ),
        _GAP,
        fit,
    )


def _head(content: BriefContent, wording: Wording, fit: Fit) -> Stack:
    named = run(content.exploration, fit.style(SMALL))
    first = run(wording("brief"), fit.style(SMALL_STRONG).coloured(PETROL))
    eyebrow: tuple[Run, ...] = (first,)
    if named.text:
        eyebrow = (first, Run("  ·  ", named.style), named)
    style = fit.style(TITLE)
    title = run(content.title or wording("untitled"), style)
    if len(set_lines((title,), CONTENT_WIDTH)) > _TITLE_LINES:
        title = run(title.text, style.scaled(_SMALLER_TITLE))
    return Stack(
        (
            Text(fit, "exploration", wording("exploration"), eyebrow, most=1),
            Space(3),
            Text(fit, "title", wording("title"), (title,), "H1", _TITLE_LINES, _TITLE_LINES + 1),
        )
    )


def _problem(content: BriefContent, wording: Wording, fit: Fit) -> Panel:
    text = answer(fit, "problem", wording("problem"), content.problem, LEAD, wording.unknown, least=3)
    label = words(fit, wording("problem"), SMALL_STRONG.coloured(PETROL), "H2")
    return Panel(
        Stack((label, Space(1), text)),
        fill=PETROL_SOFT,
        bar=PETROL,
        pad=(13, 9),
        anchor=("problem", wording("problem")),
    )


def _where(content: BriefContent, wording: Wording, fit: Fit) -> Columns:
    cells = (
        ("facility_types", ", ".join(content.facility_types)),
        ("affected", ", ".join(content.affected)),
        ("problem_field", content.problem_name),
    )
    return Columns(
        tuple(labelled(fit, key, wording(key), text, unknown=wording.unknown) for key, text in cells),
        (1, 1, 1),
        GUTTER,
    )


def _quotes(content: BriefContent, wording: Wording, fit: Fit) -> Block:
    quotes = (*content.quotes[:MOST_QUOTES], *content.counter_quotes[:1])
    if not quotes:
        return words(fit, wording("no_quotes"), BODY.cut(Face.ITALIC).coloured(QUIET))
    rows = (QuoteRow(fit, wording, quote, f"quote.{number}") for number, quote in enumerate(quotes))
    return QuoteList(tuple(rows))


def _idea(content: BriefContent, wording: Wording, fit: Fit) -> Block:
    blocks: list[Block] = [answer(fit, "idea", wording("idea"), content.idea, BODY, wording.unknown, least=3)]
    pattern = labelled(fit, "pattern", wording("pattern"), content.pattern, unknown=wording.unknown)
    example = labelled(fit, "example", wording("example"), content.example, unknown=wording("no_example"))
    return Stack((*blocks, pattern, example), 5)


def _verdict(content: BriefContent, wording: Wording, fit: Fit) -> Block:
    need = content.needs_ai if content.needs_ai in ("yes", "no", "unclear") else "unknown"
    return Chip(fit, wording(f"ai_{need}"), f"ai_{need}")


def _needs_ai(content: BriefContent, wording: Wording, fit: Fit) -> Block:
    reason = answer(
        fit, "ai_reason", wording("needs_ai"), content.needs_ai_reason, BODY, wording.unknown, least=2
    )
    blocks: list[Block] = [reason]
    for key, reasons, mark in (
        ("for", content.reasons_for, "plus"),
        ("against", content.reasons_against, "minus"),
    ):
        title = wording(f"reasons_{key}")
        shown = tuple(
            Text(fit, f"reason_{key}.{number}", title, (run(reason, fit.style(BODY)),), "LBody")
            for number, reason in enumerate(reasons[:2])
        )
        for number, left in enumerate(reasons[2:]):
            fit.leave_out(f"reason_{key}.more{number}", title, left)
        if shown:
            blocks.append(Stack((words(fit, title, SMALL_STRONG, "H3"), Bullets(shown, mark=mark))))
    return Stack(tuple(blocks), 4)


def _workflow(content: BriefContent, wording: Wording, fit: Fit) -> Block:
    def side(key: str, steps: tuple[str, ...], *, filled: bool) -> Panel:
        title = wording(key)
        label = words(fit, title, SMALL_STRONG.coloured(PETROL if filled else QUIET), "H3")
        chain = Chain(fit, wording, key, title, steps, filled)
        ground = PETROL_SOFT if filled else SUNKEN
        return Panel(Stack((label, Space(3), chain)), fill=ground, pad=(11, 7))

    return Change(side("today", content.today, filled=False), side("tomorrow", content.tomorrow, filled=True))

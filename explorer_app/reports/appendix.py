"""The appendix: every quote and every piece of evidence, back to file and second."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from explorer_app.domain.brief_content import BriefContent, BriefQuote, BriefTrace
from explorer_app.reports.blocks import baseline_of
from explorer_app.reports.fitting import Shortened
from explorer_app.reports.flow import Cell, Strip, row, rule, space
from explorer_app.reports.palette import (
    BODY,
    CONTENT_WIDTH,
    GREEN,
    HEADING,
    INK,
    LINE,
    MARGIN,
    PETROL,
    QUIET,
    SMALL,
    SMALL_STRONG,
    STRONG,
    VIOLET,
    Face,
    Style,
)
from explorer_app.reports.pen import Pen
from explorer_app.reports.quotes import place_of
from explorer_app.reports.tagging import Element
from explorer_app.reports.typeset import Run, run
from explorer_app.reports.worddiff import Side, WordDiff, word_diff
from explorer_app.reports.wording import Wording

_LEFT = 84.0
_MIDDLE = 186.0
_GUTTER = 12.0
_GRID = 12.4
"""One distance of baselines for all columns, so that lines beside each other stand on one line."""

_TEXT = replace(BODY, leading=_GRID)
_LABEL = replace(STRONG, leading=_GRID)
_NOTE = replace(SMALL, leading=_GRID)
_NOTE_STRONG = replace(SMALL_STRONG, leading=_GRID)
_HEAD = Style(Face.BOLD, 17, 24)


class Appendix:
    """Builds the strips of the appendix below one structure element.

    Args:
        content: The brief.
        wording: Its language.
        parent: Structure element that the appendix becomes a part of.
    """

    def __init__(self, content: BriefContent, wording: Wording, parent: Element) -> None:
        self._content = content
        self._say = wording
        self._parent = parent

    def strips(self, shortened: Sequence[Shortened], sha256: str) -> list[Strip]:
        """Return all strips, the heading first."""
        content = self._content
        quotes = (*content.quotes, *content.counter_quotes)
        strips = self._title()
        if quotes:
            strips += self._section(
                "appendix_quotes", "appendix-quotes", lambda part: self._quotes(part, quotes)
            )
        if content.fresh_notes:
            strips += self._section("fresh_notes", "fresh-notes", self._fresh_notes)
        if content.trace:
            strips += self._section("appendix_trace", "trace", self._trace)
        if shortened:
            strips += self._section("appendix_full", "full-wording", lambda part: self._full(part, shortened))
        return strips + self._section("appendix_origin", "origin", lambda part: self._origin(part, sha256))

    def _title(self) -> list[Strip]:
        title = self._say("appendix")
        element = self._parent.add("H1")

        def paint(pen: Pen, top: float) -> None:
            pen.bookmark("appendix", title, 0, top + 6)
            pen.label(title, MARGIN, baseline_of(top, _HEAD), _HEAD, element=element)

        lead = self._paragraph(self._parent, self._say("appendix_lead"), _TEXT.coloured(QUIET), keep=9)
        return [Strip(_HEAD.leading, (paint,), keep=True), *lead]

    def _section(self, key: str, anchor: str, build: Callable[[Element], list[Strip]]) -> list[Strip]:
        title = self._say(key)
        part = self._parent.add("Sect")
        element = part.add("H2")

        def paint(pen: Pen, top: float) -> None:
            pen.bookmark(anchor, title, 1, top + 4)
            pen.label(title, MARGIN, baseline_of(top, HEADING), HEADING, element=element)

        return [space(16), Strip(HEADING.leading + 2, (paint,), keep=True), *build(part)]

    def _paragraph(
        self, parent: Element, text: str, style: Style, *, x: float = 0.0, keep: int = 3, role: str = "P"
    ) -> list[Strip]:
        runs = (run(text, style),)
        return row([Cell(x, CONTENT_WIDTH - x, ((runs, parent.add(role)),))], keep=keep)

    # quotes

    def _quotes(self, part: Element, quotes: Sequence[BriefQuote]) -> list[Strip]:
        strips: list[Strip] = []
        if any(quote.fresh for quote in quotes):
            strips += self._legend(part)
        for quote in quotes:
            strips += [rule(LINE), *self._quote(part, quote)]
        return strips

    def _legend(self, part: Element) -> list[Strip]:
        style = _NOTE
        runs = (
            Run(run(self._say("legend_struck_sample"), style).text, style.coloured(INK), struck=True),
            Run(" " + run(self._say("legend_struck"), style).text + "  ", style),
            Run(
                run(self._say("legend_bold_sample"), style).text,
                style.cut(Face.BOLD).coloured(INK),
                underlined=True,
            ),
            Run(" " + run(self._say("legend_bold"), style).text, style),
        )
        return row([Cell(0, CONTENT_WIDTH, ((runs, part.add("P")),))])

    def _quote(self, part: Element, quote: BriefQuote) -> list[Strip]:
        say = self._say
        counter = quote.stance == "counter"
        colour = GREEN if counter else (VIOLET if quote.recorded else PETROL)
        left = (
            ((run(quote.label, _LABEL.coloured(colour)),), part.add("H3")),
            ((run(say("speaks_against" if counter else "supports"), _NOTE.coloured(INK)),), part.add("P")),
            ((run(place_of(quote, say), _NOTE_STRONG.coloured(INK)),), part.add("P")),
        )
        who = " · ".join(one for one in (quote.speaker, quote.role, quote.facility) if one)
        where = " · ".join(one for one in (quote.source, quote.visit, quote.recording) if one)
        right: list[tuple[tuple[Run, ...], Element]] = [
            ((run(say.quoted(quote.wording) or say.unknown, _TEXT),), part.add("BlockQuote")),
            ((run(who or say.unknown, _NOTE),), part.add("P")),
            ((run(where or say.unknown, _NOTE),), part.add("P")),
            ((run(self._approval(quote), _NOTE),), part.add("P")),
        ]
        if quote.recorded:
            right += self._difference(part, quote)
        x = _LEFT + _GUTTER
        return row([Cell(0, _LEFT, left), Cell(x, CONTENT_WIDTH - x, tuple(right))], keep=4)

    def _approval(self, quote: BriefQuote) -> str:
        say = self._say
        parts = []
        if quote.recorded:
            parts.append(say("confirmed_by", name=quote.confirmed_by or say.unknown))
        parts.append(say("consent", consent=quote.consent or say.unknown))
        return " · ".join(parts)

    def _difference(self, part: Element, quote: BriefQuote) -> list[tuple[tuple[Run, ...], Element]]:
        say = self._say
        if not quote.fresh.strip():
            return [((run(say("no_fresh"), _NOTE),), part.add("P"))]
        diff = word_diff(quote.wording, quote.fresh)
        if diff.same:
            return [((run(say("fresh_same"), _NOTE),), part.add("P"))]
        head = say(
            "fresh_differs", missing=diff.confirmed_only, extra=diff.fresh_only, n=diff.confirmed_words
        )
        return [
            ((run(head, _NOTE_STRONG),), part.add("P")),
            (_diff_runs(diff, say), part.add("P")),
        ]

    # evidence

    def _trace(self, part: Element) -> list[Strip]:
        table = part.add("Table")
        strips = self._trace_head(table)
        for trace in self._content.trace:
            strips += [rule(LINE, 0.4), *self._trace_row(table.add("TR"), trace)]
        return strips

    def _trace_cells(self, columns: Sequence[tuple[tuple[tuple[Run, ...], Element], ...]]) -> list[Cell]:
        middle = _LEFT + _GUTTER
        right = middle + _MIDDLE + _GUTTER
        places = ((0.0, _LEFT), (middle, _MIDDLE), (right, CONTENT_WIDTH - right))
        return [Cell(x, wide, texts) for (x, wide), texts in zip(places, columns, strict=True)]

    def _trace_head(self, table: Element) -> list[Strip]:
        line = table.add("TR")
        keys = ("trace_label", "trace_place", "trace_excerpt")
        columns = [
            (((run(self._say(key), _NOTE_STRONG),), line.add("TH", O="Table", Scope="Column")),)
            for key in keys
        ]
        strips = row(self._trace_cells(columns))
        return [replace(strip, keep=True) for strip in strips]

    def _trace_row(self, line: Element, trace: BriefTrace) -> list[Strip]:
        say = self._say
        counter = trace.stance == "counter"
        first, second, third = line.add("TD"), line.add("TD"), line.add("TD")
        label = run(trace.label, _LABEL.coloured(GREEN if counter else INK))
        stance = run(
            ("← " if counter else "") + say("speaks_against" if counter else "supports"), _NOTE.coloured(INK)
        )
        facts = [
            trace.source,
            " · ".join(one for one in (trace.role, trace.visit, trace.facility) if one),
            say("decided_by", who=trace.decided_by or say.unknown),
        ]
        where = [((run(trace.place or say.unknown, _NOTE_STRONG.coloured(INK)),), second.add("P"))]
        where += [((run(fact, _NOTE),), second.add("P")) for fact in facts if fact]
        excerpt = run(trace.excerpt or say.unknown, _NOTE.coloured(INK))
        columns = [
            (((label,), first.add("P")), ((stance,), first.add("P"))),
            tuple(where),
            (((excerpt,), third.add("P")),),
        ]
        return row(self._trace_cells(columns), keep=5)

    # the rest

    def _fresh_notes(self, part: Element) -> list[Strip]:
        strips: list[Strip] = []
        for note in self._content.fresh_notes:
            strips += [*self._paragraph(part, note, _TEXT), space(3)]
        return strips

    def _full(self, part: Element, shortened: Sequence[Shortened]) -> list[Strip]:
        strips: list[Strip] = []
        for text in shortened:
            head = self._paragraph(part, text.title, _NOTE_STRONG, role="H3")
            strips += [replace(strip, keep=True) for strip in head]
            strips += [*self._paragraph(part, text.text, _TEXT), space(7)]
        return strips

    def _origin(self, part: Element, sha256: str) -> list[Strip]:
        say = self._say
        share = self._content.machine_share
        made = say("origin_share_unknown") if share is None else say("origin_share", share=say.percent(share))
        sentences = (
            made,
            say("origin_hash", sha256=" ".join(sha256[at : at + 8] for at in range(0, len(sha256), 8))),
        )
        strips: list[Strip] = []
        for sentence in sentences:
            strips += [*self._paragraph(part, sentence, _TEXT), space(3)]
        return strips


def _diff_runs(diff: WordDiff, wording: Wording) -> tuple[Run, ...]:
    """Return the compared words: struck where only confirmed, bold and underlined where only fresh."""
    runs: list[Run] = []
    for part in diff.parts:
        text = run(part.words, _TEXT).text
        if part.side is Side.CONFIRMED:
            said = wording("spoken_confirmed", words="{words}")
            made = Run(text, _TEXT, struck=True, spoken=said)
        elif part.side is Side.FRESH:
            said = wording("spoken_fresh", words="{words}")
            made = Run(text, _TEXT.cut(Face.BOLD), underlined=True, spoken=said)
        else:
            made = Run(text, _TEXT)
        if runs:
            runs.append(Run(" ", _TEXT))
        runs.append(made)
    return tuple(runs)

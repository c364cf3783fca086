"""Quotes on the first page: the words large, where they come from small beside them."""

from __future__ import annotations

from dataclasses import dataclass

from explorer_app.domain.brief_content import BriefQuote
from explorer_app.reports.blocks import Stack, Text, words
from explorer_app.reports.fitting import Fit
from explorer_app.reports.palette import GREEN, LINE, PETROL, QUOTE, SMALL, SMALL_STRONG, VIOLET
from explorer_app.reports.pen import Pen
from explorer_app.reports.typeset import run
from explorer_app.reports.wording import Wording

_META = 0.30
_META_LINES = 2
_GUTTER = 14.0
_BAR = 11.0


def place_of(quote: BriefQuote, wording: Wording) -> str:
    """Return where a quote stands: its seconds, or that it is a note."""
    return wording.span(quote.start, quote.end) or (wording("spoken") if quote.recorded else quote.source)


@dataclass(frozen=True, slots=True)
class QuoteRow:
    """One quote: a bar that tells its kind, the wording, and label and source beside it."""

    fit: Fit
    wording: Wording
    quote: BriefQuote
    key: str
    least: int = 2

    @property
    def _colour(self) -> str:
        if self.quote.stance == "counter":
            return GREEN
        return VIOLET if self.quote.recorded else PETROL

    def _text(self) -> Text:
        said = self.wording.quoted(self.quote.wording) or self.wording.unknown
        title = self.wording("quote_title", label=self.quote.label)
        return Text(self.fit, self.key, title, (run(said, self.fit.style(QUOTE)),), "BlockQuote", self.least)

    def _meta(self) -> Stack:
        quote, fit = self.quote, self.fit
        head = [quote.label, place_of(quote, self.wording)]
        who = [part for part in (quote.speaker, quote.role) if part]
        blocks: list[Text] = [
            words(fit, " · ".join(part for part in head if part), SMALL_STRONG.coloured(self._colour))
        ]
        for number, line in enumerate((" · ".join(who), quote.facility)):
            if line:
                blocks.append(
                    Text(
                        fit,
                        f"{self.key}.meta{number}",
                        self.wording("quote_source_title", label=quote.label),
                        (run(line, fit.style(SMALL)),),
                        most=_META_LINES,
                    )
                )
        return Stack(tuple(blocks))

    def _said(self) -> Stack:
        against = self.quote.stance == "counter"
        note = words(self.fit, "← " + self.wording("speaks_against"), SMALL_STRONG.coloured(GREEN))
        return Stack((self._text(), note) if against else (self._text(),), 1)

    def _widths(self, width: float) -> tuple[float, float]:
        meta = width * _META
        return width - meta - _GUTTER - _BAR, meta

    def height(self, width: float) -> float:
        """Return the height in points."""
        text, meta = self._widths(width)
        return max(self._said().height(text), self._meta().height(meta)) + 4

    def draw(self, pen: Pen, x: float, top: float, width: float) -> None:
        """Draw bar, wording and source."""
        text, meta = self._widths(width)
        high = self.height(width)
        pen.box(x, top - high + 1, 3, high - 2, fill=self._colour, radius=1.2)
        self._said().draw(pen, x + _BAR, top - 2, text)
        self._meta().draw(pen, x + _BAR + text + _GUTTER, top - 2, meta)


@dataclass(frozen=True, slots=True)
class QuoteList:
    """Quotes below each other with thin lines between."""

    rows: tuple[QuoteRow, ...]
    gap: float = 9.0

    def height(self, width: float) -> float:
        """Return the height in points."""
        return sum(row.height(width) for row in self.rows) + self.gap * max(0, len(self.rows) - 1)

    def draw(self, pen: Pen, x: float, top: float, width: float) -> None:
        """Draw the rows."""
        for number, row in enumerate(self.rows):
            if number:
                pen.rule(x + _BAR, top + self.gap / 2, width - _BAR, colour=LINE, weight=0.4)
            row.draw(pen, x, top, width)
            top -= row.height(width) + self.gap

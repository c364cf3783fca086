"""Bar charts: evidence that supports and evidence that counters, a bar each facility or role."""

from __future__ import annotations

from dataclasses import dataclass

from explorer_app.domain.brief_content import BriefCount
from explorer_app.reports.blocks import baseline_of, words
from explorer_app.reports.fitting import Fit
from explorer_app.reports.palette import (
    BODY,
    GREEN,
    GREEN_SOFT,
    INK,
    PETROL,
    QUIET,
    SMALL,
    SMALL_STRONG,
    Face,
)
from explorer_app.reports.pen import Pen
from explorer_app.reports.typeset import Line, run
from explorer_app.reports.wording import Wording

MOST_BARS = 6
_NAMES = 0.5
_NAME_LINES = 2
_AIR = 0.32


@dataclass(frozen=True, slots=True)
class BarChart:
    """Supporting evidence as full bars, counter-evidence hatched behind them, counts as figures.

    Bars beyond `MOST_BARS` are added up as "others" and listed in the appendix.
    """

    fit: Fit
    wording: Wording
    title: str
    key: str
    bars: tuple[BriefCount, ...]

    def _shown(self) -> list[BriefCount]:
        bars = sorted(self.bars, key=lambda bar: (-(bar.support + bar.counter), bar.name))
        if len(bars) <= MOST_BARS:
            return bars
        kept, rest = bars[: MOST_BARS - 1], bars[MOST_BARS - 1 :]
        listed = "; ".join(self._said(bar) for bar in rest)
        self.fit.leave_out(f"{self.key}.more", self.title, listed)
        others = BriefCount(
            name=self.wording("others", n=len(rest)),
            support=sum(bar.support for bar in rest),
            counter=sum(bar.counter for bar in rest),
        )
        return [*kept, others]

    def _said(self, bar: BriefCount) -> str:
        name = bar.name or self.wording.unknown
        return self.wording("bar_alt", name=name, support=bar.support, counter=bar.counter)

    def height(self, width: float) -> float:
        """Return the height in points."""
        title = self.fit.style(SMALL_STRONG).leading + 3
        if not self.bars:
            return title + self.fit.style(BODY).leading
        return title + sum(self._row_height(bar, width) for bar in self._shown())

    def _name(self, bar: BriefCount, width: float) -> tuple[Line, ...]:
        style = self.fit.style(SMALL).coloured(INK)
        room = width * _NAMES - 6
        name = (run(bar.name or self.wording.unknown, style),)
        key = f"{self.key}.{bar.name}"
        return self.fit.lines(key, self.title, self._said(bar), name, room, most=_NAME_LINES)

    def _row_height(self, bar: BriefCount, width: float) -> float:
        leading = self.fit.style(SMALL).leading
        return len(self._name(bar, width)) * leading + leading * _AIR

    def draw(self, pen: Pen, x: float, top: float, width: float) -> None:
        """Draw the title, then the bars as one picture with a full alternative text."""
        title = words(self.fit, self.title, SMALL_STRONG, "H3")
        title.draw(pen, x, top, width)
        top -= title.height(width) + 3
        if not self.bars:
            words(self.fit, self.wording.unknown, BODY.cut(Face.ITALIC)).draw(pen, x, top, width)
            return
        shown = self._shown()
        alt = self.title + ": " + "; ".join(self._said(bar) for bar in shown) + "."
        with pen.figure(alt):
            for bar in shown:
                self._bar(pen, bar, x, top, width, max(1, max(b.support + b.counter for b in shown)))
                top -= self._row_height(bar, width)

    def _bar(self, pen: Pen, bar: BriefCount, x: float, top: float, width: float, most: int) -> None:
        style = self.fit.style(SMALL).coloured(INK)
        names = width * _NAMES
        base = baseline_of(top, style)
        for number, line in enumerate(self._name(bar, width)):
            pen.line(line, x, base - number * style.leading, None)
        room = width - names - 40
        unit = room / most
        high = style.size * 0.86
        bottom = base - style.size * 0.1
        left = x + names
        support, counter = max(0, bar.support) * unit, max(0, bar.counter) * unit
        if bar.support > 0:
            pen.box(left, bottom, support, high, fill=PETROL, radius=1)
        if bar.counter > 0:
            hatched(pen, left + support + (1 if support else 0), bottom, max(counter - 1, 2), high)
        after = left + support + counter + 4
        figures = self.fit.style(SMALL_STRONG).coloured(INK)
        taken = pen.label(str(bar.support), after, base, figures)
        if bar.counter:
            pen.label(f"/ {bar.counter}", after + taken + 2.5, base, figures.coloured(GREEN))


def hatched(pen: Pen, x: float, bottom: float, width: float, height: float) -> None:
    """Draw the ground of counter-evidence: green, with slanted lines, so that grey tells it too."""
    pen.box(x, bottom, width, height, fill=GREEN_SOFT, edge=GREEN, weight=0.7)
    with pen.artifact():
        canvas = pen.canvas
        canvas.saveState()
        path = canvas.beginPath()
        path.rect(x, bottom, width, height)
        canvas.clipPath(path, stroke=0, fill=0)
        at = x - height
        while at < x + width:
            pen.stroke([(at, bottom), (at + height, bottom + height)], colour=GREEN, weight=0.7)
            at += 3.2
        canvas.restoreState()


@dataclass(frozen=True, slots=True)
class Legend:
    """What full and hatched bars mean."""

    fit: Fit
    wording: Wording

    def height(self, width: float) -> float:
        """Return the height in points."""
        return self.fit.style(SMALL).leading

    def draw(self, pen: Pen, x: float, top: float, width: float) -> None:
        """Draw two samples with their words."""
        style = self.fit.style(SMALL).coloured(QUIET)
        base = baseline_of(top, style)
        element = pen.parent.add("P")
        pen.box(x, base - 0.8, 11, 7, fill=PETROL, radius=1)
        x += 15
        x += pen.label(self.wording("supports"), x, base, style, element=element) + 14
        hatched(pen, x, base - 0.8, 11, 7)
        pen.label(self.wording("speaks_against"), x + 15, base, style, element=element)

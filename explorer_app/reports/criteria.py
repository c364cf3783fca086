"""The criteria profile: median and spread on a scale from 1 to 5, and what each rests on."""

from __future__ import annotations

from dataclasses import dataclass

from explorer_app.domain.brief_content import BriefCriterion
from explorer_app.reports.blocks import Text, answer, baseline_of, words
from explorer_app.reports.fitting import Fit
from explorer_app.reports.palette import (
    AMBER,
    BODY,
    LINE,
    PAPER,
    PETROL,
    PETROL_SOFT,
    QUIET,
    SMALL,
    SMALL_STRONG,
    STRONG,
    Face,
)
from explorer_app.reports.pen import Pen
from explorer_app.reports.tagging import Element
from explorer_app.reports.typeset import run
from explorer_app.reports.wording import Wording

MOST_CRITERIA = 10
BEST = 5
DISSENT = 3
"""From this distance between the lowest and the highest score on, raters are said to disagree."""

_GAP = 7.0
_SHARES = (0.29, 0.19, 0.145, 0.375)


@dataclass(frozen=True, slots=True)
class CriterionRow:
    """One criterion: title, scale, score in words, evidence."""

    fit: Fit
    wording: Wording
    criterion: BriefCriterion
    key: str

    def _title(self) -> Text:
        title = run(self.criterion.title or self.wording.unknown, self.fit.style(STRONG))
        return Text(self.fit, f"{self.key}.title", self.wording("criterion"), (title,), "P", 2)

    def _evidence(self) -> Text:
        unknown = self.wording("evidence_unknown")
        return answer(self.fit, self.key, self.criterion.title, self.criterion.evidence, SMALL, unknown)

    @property
    def divided(self) -> bool:
        """Whether the raters disagree."""
        low, high = self.criterion.low, self.criterion.high
        return low is not None and high is not None and high - low >= DISSENT

    def score_words(self) -> tuple[str, str]:
        """Return the score, and the spread and number of voices below it."""
        criterion = self.criterion
        if criterion.score is None:
            voices = self.wording("voices", n=criterion.raters) if criterion.raters else ""
            return self.wording.unknown, voices
        score = self.wording.number(criterion.score)
        parts = []
        low, high = criterion.low, criterion.high
        if low is not None and high is not None and low != high:
            parts.append(f"{low}–{high}")
        if criterion.raters:
            parts.append(self.wording("voices", n=criterion.raters))
        return score, " · ".join(parts)

    def height(self, width: float) -> float:
        """Return the height in points."""
        title, _, score, evidence = (width * share for share in _SHARES)
        two = self.fit.style(STRONG).leading + self._below().height(score)
        return max(self._title().height(title - 8), two, self._evidence().height(evidence))

    def _below(self) -> Text:
        _score, below = self.score_words()
        return words(self.fit, below, SMALL, "P")

    def draw(self, pen: Pen, x: float, top: float, width: float) -> None:
        """Draw the row as one table row."""
        title, scale, score, evidence = (width * share for share in _SHARES)
        strong = self.fit.style(STRONG)
        said, _below = self.score_words()
        known = self.criterion.score is not None
        with pen.group("TR"):
            with pen.group("TH", O="Table", Scope="Row"):
                self._title().draw(pen, x, top, title - 8)
            middle = baseline_of(top, strong) + strong.size * 0.32
            self._scale(pen, x + title, middle, scale - 16)
            with pen.group("TD"):
                style = strong if known else strong.cut(Face.ITALIC).coloured(QUIET)
                left = x + title + scale
                element = pen.parent.add("P")
                base = baseline_of(top, strong)
                taken = pen.label(said, left, base, style, element=element)
                if self.divided:
                    torn = self.fit.style(SMALL_STRONG).coloured(AMBER)
                    pen.label(self.wording("dissent"), left + taken + 6, base, torn, element=element)
                self._below().draw(pen, left, top - strong.leading, score)
            with pen.group("TD"):
                self._evidence().draw(pen, x + title + scale + score, top - 1, evidence)

    def _scale(self, pen: Pen, x: float, y: float, width: float) -> None:
        step = (width - 8) / (BEST - 1)
        left = x + 4
        criterion = self.criterion

        def at(score: float) -> float:
            return left + (min(max(score, 1), BEST) - 1) * step

        if criterion.score is None:
            pen.stroke([(left, y), (at(BEST), y)], colour=QUIET, weight=0.9, dash=True)
            return
        pen.stroke([(left, y), (at(BEST), y)], colour=LINE, weight=1.2)
        for value in range(1, BEST + 1):
            pen.circle(at(value), y, 1.5, fill=LINE)
        low, high = criterion.low, criterion.high
        if low is not None and high is not None and high > low:
            edge = AMBER if self.divided else PETROL
            pen.box(
                at(low) - 3.4,
                y - 3.4,
                at(high) - at(low) + 6.8,
                6.8,
                fill=PETROL_SOFT,
                edge=edge,
                radius=3.4,
                weight=0.8,
            )
        pen.circle(at(criterion.score), y, 4.2, fill=PETROL, edge=PAPER, weight=0.8)


@dataclass(frozen=True, slots=True)
class Criteria:
    """The profile as a table with a small head."""

    fit: Fit
    wording: Wording
    criteria: tuple[BriefCriterion, ...]

    def _rows(self) -> list[CriterionRow]:
        shown = self.criteria[:MOST_CRITERIA]
        rows = [CriterionRow(self.fit, self.wording, one, f"criterion.{n}") for n, one in enumerate(shown)]
        for number, one in enumerate(self.criteria[MOST_CRITERIA:]):
            row = CriterionRow(self.fit, self.wording, one, "")
            score, below = row.score_words()
            said = (
                f"{score}{f' ({below})' if below else ''}. {one.evidence or self.wording('evidence_unknown')}"
            )
            self.fit.leave_out(f"criterion.more{number}", one.title, said)
        return rows

    def height(self, width: float) -> float:
        """Return the height in points."""
        rows = self._rows()
        if not rows:
            return self._none().height(width)
        return self._head_height() + sum(row.height(width) for row in rows) + _GAP * len(rows)

    def _none(self) -> Text:
        return words(self.fit, self.wording("no_criteria"), BODY.cut(Face.ITALIC))

    def _head_height(self) -> float:
        return self.fit.style(SMALL).leading

    def draw(self, pen: Pen, x: float, top: float, width: float) -> None:
        """Draw head and rows."""
        rows = self._rows()
        if not rows:
            self._none().draw(pen, x, top, width)
            return
        with pen.group("Table"):
            self._head(pen, x, top, width)
            top -= self._head_height() + _GAP
            for number, row in enumerate(rows):
                pen.rule(x, top + _GAP / 2, width, colour=LINE, weight=0.7 if number == 0 else 0.4)
                row.draw(pen, x, top, width)
                top -= row.height(width) + _GAP

    def _head(self, pen: Pen, x: float, top: float, width: float) -> None:
        style = self.fit.style(SMALL_STRONG)
        base = baseline_of(top, style)
        title, scale, score, _evidence = (width * share for share in _SHARES)
        with pen.group("TR"):
            pen.label(self.wording("criterion"), x, base, style, element=_column(pen))
            left, right = x + title, x + title + scale - 16
            with pen.artifact():
                pen.label("1", left + 4, base, style, align="middle")
                pen.label("5", right - 4, base, style, align="middle")
            pen.label(self.wording("score"), x + title + scale, base, style, element=_column(pen))
            far = x + title + scale + score
            pen.label(self.wording("rests_on"), far, base, style, element=_column(pen))


def _column(pen: Pen) -> Element:
    return pen.parent.add("TH", O="Table", Scope="Column")

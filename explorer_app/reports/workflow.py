"""The way of working today and with the idea, drawn as two chains of numbered steps."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

from explorer_app.reports.blocks import Panel, Text, answer, baseline_of
from explorer_app.reports.fitting import Fit
from explorer_app.reports.fonts import printable
from explorer_app.reports.palette import PAPER, PETROL, QUIET, SMALL_STRONG, STEP
from explorer_app.reports.pen import Pen
from explorer_app.reports.typeset import run
from explorer_app.reports.wording import Wording

MOST_STEPS = 7
_INDENT = 22.0
_GAP = 5.0
_RADIUS = 7.0


@dataclass(frozen=True, slots=True)
class Chain:
    """One chain of steps. The one with the idea is filled, today's is outlined.

    Steps beyond `MOST_STEPS` share the last place ("… and 3 more"); all of them are noted for the appendix.
    """

    fit: Fit
    wording: Wording
    key: str
    title: str
    steps: tuple[str, ...]
    filled: bool

    def _texts(self) -> list[Text]:
        steps = [step for step in self.steps if printable(step)]
        if not steps:
            return [answer(self.fit, self.key, self.title, "", STEP, self.wording.unknown)]
        shown = steps if len(steps) <= MOST_STEPS else steps[: MOST_STEPS - 1]
        texts = [self._step(number, step) for number, step in enumerate(shown)]
        if len(shown) < len(steps):
            left = steps[len(shown) :]
            more = self.wording("more_steps", n=len(left))
            texts.append(Text(self.fit, "", "", (run(more, self.fit.style(STEP.coloured(QUIET))),), "LBody"))
            self.fit.leave_out(f"{self.key}.more", self.title, " → ".join(left))
        return texts

    def _step(self, number: int, step: str) -> Text:
        title = self.wording("step_title", title=self.title, number=number + 1)
        return Text(self.fit, f"{self.key}.{number}", title, (run(step, self.fit.style(STEP)),), "LBody", 1)

    def height(self, width: float) -> float:
        """Return the height in points."""
        return sum(self._high(text, width) + _GAP for text in self._texts()) - _GAP

    def _high(self, text: Text, width: float) -> float:
        return max(text.height(width - _INDENT), 2 * _RADIUS)

    def draw(self, pen: Pen, x: float, top: float, width: float) -> None:
        """Draw nodes, the line that joins them, and the steps."""
        texts = self._texts()
        known = bool(texts[0].key != self.key)
        centre = x + _RADIUS + 1
        middles: list[float] = []
        y = top
        for text in texts:
            first = text.runs[0].style.leading
            middles.append(y - max(_RADIUS, first / 2))
            y -= self._high(text, width) + _GAP
        for upper, lower in itertools.pairwise(middles):
            self._arrow(pen, centre, upper - _RADIUS, lower + _RADIUS)
        y = top
        with pen.group("L", O="List", ListNumbering="Decimal"):
            for number, (text, middle) in enumerate(zip(texts, middles, strict=True)):
                with pen.group("LI"):
                    self._node(pen, centre, middle, number + 1, known=known)
                    shift = max(0.0, _RADIUS - text.runs[0].style.leading / 2)
                    text.draw(pen, x + _INDENT, y - shift, width - _INDENT)
                y -= self._high(text, width) + _GAP

    def _node(self, pen: Pen, x: float, y: float, number: int, *, known: bool) -> None:
        colour = PETROL if self.filled else QUIET
        if not known:
            pen.circle(x, y, _RADIUS - 0.5, edge=QUIET, weight=0.9, dash=True)
            return
        pen.circle(x, y, _RADIUS - 0.4, fill=PETROL if self.filled else PAPER, edge=colour, weight=1.0)
        style = SMALL_STRONG.coloured(PAPER if self.filled else QUIET)
        baseline = baseline_of(y + style.leading / 2, style) + 0.1
        pen.label(str(number), x, baseline, style, align="middle", element=pen.parent.add("Lbl"))

    def _arrow(self, pen: Pen, x: float, upper: float, lower: float) -> None:
        colour = PETROL if self.filled else QUIET
        if upper - lower < 2:
            return
        pen.stroke([(x, upper), (x, lower + 2.2)], colour=colour, weight=1.0)
        pen.polygon([(x - 2.3, lower + 3.4), (x + 2.3, lower + 3.4), (x, lower + 0.2)], fill=colour)


@dataclass(frozen=True, slots=True)
class Change:
    """The two ways of working on grounds of equal height, an arrow from today's to the other."""

    before: Panel
    after: Panel

    _ARROW = 30.0

    def _half(self, width: float) -> float:
        return (width - self._ARROW) / 2

    def height(self, width: float) -> float:
        """Return the height of the longer chain in points."""
        half = self._half(width)
        return max(self.before.height(half), self.after.height(half))

    def draw(self, pen: Pen, x: float, top: float, width: float) -> None:
        """Draw both panels and the arrow."""
        half, high = self._half(width), self.height(width)
        replace(self.before, tall=high).draw(pen, x, top, half)
        middle, left = top - high / 2, x + half
        pen.stroke([(left + 7, middle), (left + self._ARROW - 11, middle)], colour=PETROL, weight=2.2)
        tip = left + self._ARROW - 7
        pen.polygon([(tip - 7, middle + 5.2), (tip - 7, middle - 5.2), (tip, middle)], fill=PETROL)
        replace(self.after, tall=high).draw(pen, left + self._ARROW, top, half)

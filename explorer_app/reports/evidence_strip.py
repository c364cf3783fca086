"""The evidence strip: how many quotes, people, facilities, notes, and how much speaks against."""

from __future__ import annotations

from dataclasses import dataclass

from explorer_app.domain.brief_content import BriefContent
from explorer_app.reports.blocks import baseline_of
from explorer_app.reports.fitting import Fit
from explorer_app.reports.palette import FIGURE, GREEN, INK, LINE, SMALL, SUNKEN
from explorer_app.reports.pen import Pen
from explorer_app.reports.wording import Wording

_PAD = 7.0


@dataclass(frozen=True, slots=True)
class EvidenceStrip:
    """Large figures with their nouns, counter-evidence last and set apart."""

    fit: Fit
    wording: Wording
    content: BriefContent

    def _cells(self) -> list[tuple[int, str]]:
        content = self.content
        counts = {
            "strip_quotes": content.quote_count,
            "strip_people": content.people_count,
            "strip_facilities": content.facility_count,
            "strip_notes": content.note_count,
            "strip_counter": content.counter_count,
        }
        return [(count, self.wording(key, n=count)) for key, count in counts.items()]

    def height(self, width: float) -> float:
        """Return the height in points."""
        return self.fit.style(FIGURE).leading + self.fit.style(SMALL).leading + 2 * _PAD

    def draw(self, pen: Pen, x: float, top: float, width: float) -> None:
        """Draw the cells from left to right, each read as one paragraph."""
        high = self.height(width)
        pen.box(x, top - high, width, high, fill=SUNKEN, radius=5)
        cells = self._cells()
        wide = width / len(cells)
        figure, small = self.fit.style(FIGURE), self.fit.style(SMALL)
        for number, (count, noun) in enumerate(cells):
            left = x + number * wide + 12
            counter = number == len(cells) - 1
            if number:
                pen.stroke([(left - 12, top - 9), (left - 12, top - high + 9)], colour=LINE, weight=0.7)
            element = pen.parent.add("P")
            y = top - _PAD
            taken = pen.label(
                f"{count}",
                left,
                baseline_of(y, figure),
                figure.coloured(GREEN if counter else INK),
                element=element,
            )
            if counter and count:
                middle = baseline_of(y, figure) + figure.size * 0.33
                _against(pen, left + taken + 9, middle)
            pen.label(noun, left, baseline_of(y - figure.leading, small), small, element=element)


def _against(pen: Pen, x: float, y: float) -> None:
    """Draw the sign of counter-evidence: an arrow that points back."""
    pen.stroke([(x + 6, y), (x - 3, y)], colour=GREEN, weight=1.6)
    pen.polygon([(x - 6, y), (x - 0.6, y + 3.6), (x - 0.6, y - 3.6)], fill=GREEN)

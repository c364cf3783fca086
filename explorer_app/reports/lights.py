"""Traffic lights and verdicts: a shape, a word and a colour that say the same."""

from __future__ import annotations

from dataclasses import dataclass

from explorer_app.domain.brief_content import BriefLight, Light
from explorer_app.reports.blocks import Text, answer, baseline_of, words
from explorer_app.reports.fitting import Fit
from explorer_app.reports.fonts import printable, text_width
from explorer_app.reports.palette import (
    AMBER,
    AMBER_SOFT,
    BODY,
    GREEN,
    GREEN_SOFT,
    LINE,
    PETROL,
    PETROL_SOFT,
    QUIET,
    RED,
    RED_SOFT,
    SMALL,
    SMALL_STRONG,
    STRONG,
    SUNKEN,
    Face,
)
from explorer_app.reports.pen import Pen
from explorer_app.reports.typeset import run
from explorer_app.reports.wording import Wording

_LOOKS = {
    "green": (GREEN, GREEN_SOFT, "circle"),
    "amber": (AMBER, AMBER_SOFT, "triangle"),
    "red": (RED, RED_SOFT, "square"),
    "unknown": (QUIET, SUNKEN, "hollow"),
    "ai_yes": (PETROL, PETROL_SOFT, "circle"),
    "ai_no": (GREEN, GREEN_SOFT, "square"),
    "ai_unclear": (AMBER, AMBER_SOFT, "triangle"),
    "ai_unknown": (QUIET, SUNKEN, "hollow"),
}
MOST_LIGHTS = 8
_GRAVITY = (Light.RED, Light.AMBER, Light.UNKNOWN, Light.GREEN)
_GAP = 6.0


def shape(pen: Pen, kind: str, x: float, y: float, colour: str, size: float = 3.4) -> None:
    """Draw a light's shape around a point."""
    if kind == "triangle":
        pen.polygon(
            [(x - size * 1.1, y - size * 0.85), (x + size * 1.1, y - size * 0.85), (x, y + size)], fill=colour
        )
    elif kind == "square":
        side = size * 0.9
        pen.polygon(
            [(x - side, y - side), (x + side, y - side), (x + side, y + side), (x - side, y + side)],
            fill=colour,
        )
    elif kind == "hollow":
        pen.circle(x, y, size * 0.9, edge=colour, weight=1.1, dash=True)
    else:
        pen.circle(x, y, size, fill=colour)


@dataclass(frozen=True, slots=True)
class Chip:
    """A word on a soft ground with its shape."""

    fit: Fit
    word: str
    look: str

    def height(self, width: float) -> float:
        """Return the height in points."""
        return self.fit.style(STRONG).leading + 3

    def width(self) -> float:
        """Return the width in points."""
        style = self.fit.style(STRONG)
        return text_width(printable(self.word), style.face, style.size) + 28

    def draw(self, pen: Pen, x: float, top: float, width: float) -> None:
        """Draw ground, shape and word."""
        colour, ground, kind = _LOOKS[self.look]
        high = self.height(width)
        style = self.fit.style(STRONG).coloured(colour)
        pen.box(x, top - high, self.width(), high, fill=ground, radius=high / 2)
        shape(pen, kind, x + 11, top - high / 2, colour)
        pen.label(self.word, x + 19, baseline_of(top - 1.5, style), style, element=pen.parent.add("P"))


@dataclass(frozen=True, slots=True)
class LightRow:
    """One question: shape and word at the left, title and answer at the right."""

    fit: Fit
    wording: Wording
    light: BriefLight
    key: str

    _LEFT = 62.0

    def _title(self) -> Text:
        text = run(self.light.title or self.wording.unknown, self.fit.style(STRONG))
        return Text(self.fit, f"{self.key}.title", self.light.title, (text,))

    def _answer(self) -> Text:
        return answer(self.fit, self.key, self.light.title, self.light.answer, BODY, self.wording.unknown)

    def height(self, width: float) -> float:
        """Return the height in points."""
        inner = width - self._LEFT * self.fit.scale
        return self._title().height(inner) + self._answer().height(inner)

    def draw(self, pen: Pen, x: float, top: float, width: float) -> None:
        """Draw the light, then title and answer."""
        left = self._LEFT * self.fit.scale
        colour, _ground, kind = _LOOKS[self.light.light.value]
        style = self.fit.style(SMALL_STRONG).coloured(colour)
        strong = self.fit.style(STRONG)
        baseline = baseline_of(top, strong)
        shape(pen, kind, x + 4, baseline + strong.size * 0.32, colour, 3.6)
        element = pen.parent.add("P")
        pen.label(self.wording(f"light_{self.light.light.value}"), x + 12, baseline, style, element=element)
        title = self._title()
        title.draw(pen, x + left, top, width - left)
        self._answer().draw(pen, x + left, top - title.height(width - left), width - left)


@dataclass(frozen=True, slots=True)
class Lights:
    """All lights below each other; of more than `MOST_LIGHTS` the gravest, the rest in the appendix."""

    fit: Fit
    wording: Wording
    lights: tuple[BriefLight, ...]

    def _rows(self) -> list[LightRow | Text]:
        if not self.lights:
            return [words(self.fit, self.wording("no_lights"), BODY.cut(Face.ITALIC))]
        by_gravity = sorted(enumerate(self.lights), key=lambda pair: _GRAVITY.index(pair[1].light))
        shown = dict(sorted(by_gravity[:MOST_LIGHTS], key=lambda pair: pair[0]))
        left = [light for _number, light in sorted(by_gravity[MOST_LIGHTS:], key=lambda pair: pair[0])]
        rows: list[LightRow | Text] = [
            LightRow(self.fit, self.wording, light, f"light.{number}") for number, light in shown.items()
        ]
        for number, light in enumerate(left):
            said = f"{self.wording(f'light_{light.light.value}')}: {light.answer or self.wording.unknown}"
            self.fit.leave_out(f"light.more{number}", light.title, said)
        if left:
            rows.append(words(self.fit, self.wording("more_in_appendix", n=len(left)), SMALL))
        return rows

    def height(self, width: float) -> float:
        """Return the height in points."""
        rows = self._rows()
        return sum(row.height(width) for row in rows) + _GAP * (len(rows) - 1)

    def draw(self, pen: Pen, x: float, top: float, width: float) -> None:
        """Draw the rows with thin lines between."""
        for number, row in enumerate(self._rows()):
            if number:
                pen.rule(x, top + _GAP / 2, width, colour=LINE, weight=0.4)
            row.draw(pen, x, top, width)
            top -= row.height(width) + _GAP

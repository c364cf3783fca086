"""Building blocks of a page: texts, lists, stacks, columns and panels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from explorer_app.reports.fitting import Block, Fit
from explorer_app.reports.fonts import text_width
from explorer_app.reports.palette import BODY, HEADING, LINE, PETROL, SMALL_STRONG, Face, Style
from explorer_app.reports.pen import Pen
from explorer_app.reports.tagging import Element
from explorer_app.reports.typeset import MOST_LINES, Line, Run, run, set_lines

_BASELINE = 0.755
"""Height of the first baseline below the top of a line, as a share of the type size."""


def baseline_of(top: float, style: Style) -> float:
    """Return the baseline of the line whose upper edge is at `top`."""
    return top - (style.leading - style.size) / 2 - style.size * _BASELINE


def draw_lines(
    pen: Pen, lines: Sequence[Line], x: float, top: float, style: Style, element: Element | None
) -> None:
    """Draw set lines below each other."""
    for number, line in enumerate(lines):
        pen.line(line, x, baseline_of(top - number * style.leading, style), element)


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph that is shortened to its share of the page if it must be.

    Args:
        fit: The attempt at the page that this belongs to.
        key: Name of the text, unique on the page; "" for the brief's own words, never shortened.
        title: What the text is, the heading of its full wording in the appendix.
        runs: Styled words; the first one's style gives the leading.
        role: Structure type, such as ``P`` or ``H2``.
        least: Lines it keeps in any case.
        most: Lines it never exceeds.
    """

    fit: Fit
    key: str
    title: str
    runs: tuple[Run, ...]
    role: str = "P"
    least: int = 1
    most: int = MOST_LINES

    def _lines(self, width: float) -> tuple[Line, ...]:
        if not self.key:
            return set_lines(self.runs, width)
        full = "".join(run.text for run in self.runs)
        return self.fit.lines(self.key, self.title, full, self.runs, width, least=self.least, most=self.most)

    def height(self, width: float) -> float:
        """Return the height in points."""
        return len(self._lines(width)) * self.runs[0].style.leading if self.runs else 0.0

    def draw(self, pen: Pen, x: float, top: float, width: float) -> None:
        """Draw the lines as one structure element."""
        if self.runs:
            element = pen.parent.add(self.role)
            draw_lines(pen, self._lines(width), x, top, self.runs[0].style, element)


def words(fit: Fit, text: str, style: Style, role: str = "P") -> Text:
    """Return one of the brief's own words: set whole, never shortened."""
    return Text(fit, "", "", (run(text, fit.style(style)),), role)


@dataclass(frozen=True, slots=True)
class Space:
    """Empty height."""

    points: float

    def height(self, width: float) -> float:
        """Return the height in points."""
        return self.points

    def draw(self, pen: Pen, x: float, top: float, width: float) -> None:
        """Draw nothing."""


@dataclass(frozen=True, slots=True)
class Stack:
    """Blocks below each other. Empty ones (height 0) take no gap.

    With `airy`, the page's spare room is shared out between the blocks.
    """

    blocks: tuple[Block, ...]
    gap: float = 0.0
    fit: Fit | None = None
    role: str = ""

    def _gap(self) -> float:
        return self.gap + (self.fit.air if self.fit else 0.0)

    def height(self, width: float) -> float:
        """Return the height in points."""
        heights = [high for high in (block.height(width) for block in self.blocks) if high > 0]
        return sum(heights) + self._gap() * max(0, len(heights) - 1)

    def draw(self, pen: Pen, x: float, top: float, width: float) -> None:
        """Draw the blocks from top to bottom."""
        if self.role:
            with pen.group(self.role):
                self._draw(pen, x, top, width)
        else:
            self._draw(pen, x, top, width)

    def _draw(self, pen: Pen, x: float, top: float, width: float) -> None:
        for block in self.blocks:
            high = block.height(width)
            if high > 0:
                block.draw(pen, x, top, width)
                top -= high + self._gap()


@dataclass(frozen=True, slots=True)
class Columns:
    """Blocks beside each other; `shares` are parts of the width without the gutters."""

    blocks: tuple[Block, ...]
    shares: tuple[float, ...]
    gutter: float
    ruled: bool = False

    def _widths(self, width: float) -> list[float]:
        room = width - self.gutter * (len(self.blocks) - 1)
        total = sum(self.shares)
        return [room * share / total for share in self.shares]

    def height(self, width: float) -> float:
        """Return the height of the tallest column in points."""
        pairs = zip(self.blocks, self._widths(width), strict=True)
        return max(block.height(wide) for block, wide in pairs)

    def draw(self, pen: Pen, x: float, top: float, width: float) -> None:
        """Draw the columns from left to right."""
        high = self.height(width)
        for number, (block, wide) in enumerate(zip(self.blocks, self._widths(width), strict=True)):
            if self.ruled and number:
                line_x = x - self.gutter / 2
                pen.stroke([(line_x, top), (line_x, top - high)], colour=LINE, weight=0.6)
            block.draw(pen, x, top, wide)
            x += wide + self.gutter


@dataclass(frozen=True, slots=True)
class Balanced:
    """Two columns of equal width; `last` goes below the shorter one."""

    left: Block
    right: Block
    last: Block
    gap: float
    gutter: float

    def _columns(self, width: float) -> Columns:
        half = (width - self.gutter) / 2
        left, right = self.left, self.right
        if left.height(half) <= right.height(half):
            left = Stack((left, self.last), self.gap)
        else:
            right = Stack((right, self.last), self.gap)
        return Columns((left, right), (1, 1), self.gutter)

    def height(self, width: float) -> float:
        """Return the height of the taller column in points."""
        return self._columns(width).height(width)

    def draw(self, pen: Pen, x: float, top: float, width: float) -> None:
        """Draw both columns."""
        self._columns(width).draw(pen, x, top, width)


@dataclass(frozen=True, slots=True)
class Panel:
    """A block on a coloured ground, or with a bar at its left side.

    `anchor` is key and title of its outline entry.
    """

    block: Block
    fill: str | None = None
    bar: str | None = None
    pad: tuple[float, float] = (9.0, 8.0)
    radius: float = 5.0
    tall: float = 0.0
    anchor: tuple[str, str] | None = None

    def height(self, width: float) -> float:
        """Return the height with padding in points, at least `tall`."""
        return max(self.tall, self.block.height(width - 2 * self.pad[0]) + 2 * self.pad[1])

    def draw(self, pen: Pen, x: float, top: float, width: float) -> None:
        """Draw the ground, then the block."""
        high = self.height(width)
        if self.anchor:
            pen.bookmark(*self.anchor, 1, top + 6)
        if self.fill:
            pen.box(x, top - high, width, high, fill=self.fill, radius=self.radius)
        if self.bar:
            pen.box(x, top - high, 3, high, fill=self.bar, radius=1.2)
        self.block.draw(pen, x + self.pad[0], top - self.pad[1], width - 2 * self.pad[0])


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list; each item is a text with a mark before it."""

    items: tuple[Text, ...]
    gap: float = 2.0
    mark: str = "dot"
    colour: str = PETROL

    _INDENT = 9.0

    def height(self, width: float) -> float:
        """Return the height in points."""
        inner = width - self._INDENT
        return sum(item.height(inner) for item in self.items) + self.gap * max(0, len(self.items) - 1)

    def draw(self, pen: Pen, x: float, top: float, width: float) -> None:
        """Draw the items with their marks."""
        with pen.group("L"):
            for item in self.items:
                style = item.runs[0].style
                middle = baseline_of(top, style) + style.size * 0.24
                _bullet(pen, self.mark, x + 2.6, middle, self.colour)
                with pen.group("LI"):
                    item.draw(pen, x + self._INDENT, top, width - self._INDENT)
                top -= item.height(width - self._INDENT) + self.gap


def _bullet(pen: Pen, mark: str, x: float, y: float, colour: str) -> None:
    if mark == "plus":
        pen.stroke([(x - 2.6, y), (x + 2.6, y)], colour=colour, weight=1.2)
        pen.stroke([(x, y - 2.6), (x, y + 2.6)], colour=colour, weight=1.2)
    elif mark == "minus":
        pen.stroke([(x - 2.6, y), (x + 2.6, y)], colour=colour, weight=1.2)
    elif mark == "question":
        pen.circle(x, y, 2.0, edge=colour, weight=1.0)
    elif mark == "triangle":
        pen.polygon([(x - 2.6, y - 2.2), (x + 2.6, y - 2.2), (x, y + 2.6)], fill=colour)
    else:
        pen.circle(x, y, 1.6, fill=colour)


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawing whose height depends on the width, with an alternative text."""

    measure: Callable[[float], float]
    paint: Callable[[Pen, float, float, float], None]
    alt: str = ""

    def height(self, width: float) -> float:
        """Return the height in points."""
        return self.measure(width)

    def draw(self, pen: Pen, x: float, top: float, width: float) -> None:
        """Paint it as one picture."""
        if self.alt:
            with pen.figure(self.alt):
                self.paint(pen, x, top, width)
        else:
            self.paint(pen, x, top, width)


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with an outline entry, what stands below it, and optionally a chip beside it."""

    fit: Fit
    title: str
    body: Block
    anchor: str
    gap: float = 4.0
    aside: Block | None = None

    def _heading(self) -> Text:
        return words(self.fit, self.title, HEADING, "H2")

    def height(self, width: float) -> float:
        """Return the height in points."""
        return self._heading().height(width) + self.gap + self.body.height(width)

    def draw(self, pen: Pen, x: float, top: float, width: float) -> None:
        """Draw heading, then body, as one section."""
        with pen.group("Sect"):
            pen.bookmark(self.anchor, self.title, 1, top + 6)
            heading = self._heading()
            heading.draw(pen, x, top, width)
            if self.aside is not None:
                run = heading.runs[0]
                beside = text_width(run.text, run.style.face, run.style.size) + 10
                shift = (self.aside.height(width) - heading.height(width)) / 2
                self.aside.draw(pen, x + beside, top + shift, width - beside)
            self.body.draw(pen, x, top - heading.height(width) - self.gap, width)


def labelled(
    fit: Fit, key: str, label: str, text: str, style: Style = BODY, *, unknown: str, least: int = 1
) -> Stack:
    """Return a small label above a text, or above "unknown" when there is none."""
    return Stack(
        (words(fit, label, SMALL_STRONG, "H3"), answer(fit, key, label, text, style, unknown, least))
    )


def answer(fit: Fit, key: str, title: str, text: str, style: Style, unknown: str, least: int = 1) -> Text:
    """Return a text of the content; nothing said is shown as `unknown`, in italics."""
    content = run(text, fit.style(style))
    if not content.text:
        content = run(unknown, fit.style(style).cut(Face.ITALIC))
    return Text(fit, key, title, (content,), least=least)

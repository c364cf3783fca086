"""Text that flows over as many pages as it needs, in strips of one line's height."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from explorer_app.reports.blocks import baseline_of
from explorer_app.reports.palette import CONTENT_HEIGHT, CONTENT_WIDTH, MARGIN, PAGE_HEIGHT, TOP, Style
from explorer_app.reports.pen import Pen
from explorer_app.reports.tagging import Element
from explorer_app.reports.typeset import Line, Run, set_lines

_ROWS = itertools.count(1)

Paint = Callable[[Pen, float], None]
"""Draws with its upper edge at a height of the page."""


@dataclass(frozen=True, slots=True)
class Strip:
    """A piece of page that is never split.

    Args:
        height: Points.
        columns: What draws it, a part each column.
        keep: Stays on one page with the strip after it.
        blank: Space that is dropped at the top of a page.
        row: Number that the strips of one row share; 0 for a strip of its own. The columns of a
            row are drawn one after the other, so that text is read column by column.
    """

    height: float
    columns: tuple[Paint, ...]
    keep: bool = False
    blank: bool = False
    row: int = 0


def space(points: float) -> Strip:
    """Return empty height."""
    return Strip(points, (), blank=True)


def rule(colour: str, weight: float = 0.5) -> Strip:
    """Return a line over the whole width, with air on both sides."""

    def paint(pen: Pen, top: float) -> None:
        pen.rule(MARGIN, top - 4.5, CONTENT_WIDTH, colour=colour, weight=weight)

    return Strip(9, (paint,), keep=True)


@dataclass(frozen=True, slots=True)
class Cell:
    """A text in a column of a flowing row: x from the left margin and width in points."""

    x: float
    width: float
    texts: tuple[tuple[tuple[Run, ...], Element], ...]

    def lines(self) -> list[tuple[Line, Style, Element]]:
        """Return all lines of the cell, each with its style and element."""
        found = []
        for runs, element in self.texts:
            if runs:
                style = runs[0].style
                found += [(line, style, element) for line in set_lines(runs, self.width, None)]
        return found


def row(cells: Sequence[Cell], *, keep: int = 3) -> list[Strip]:
    """Return the strips of cells that stand beside each other; the first `keep` stay together.

    Lines of one strip stand on one baseline; its height is the tallest line's.
    """
    columns = [(cell.x, cell.lines()) for cell in cells]
    count = max((len(lines) for _x, lines in columns), default=0)
    number_of_row = next(_ROWS)
    strips = []
    for number in range(count):
        parts = [(x, *lines[number]) for x, lines in columns if number < len(lines)]
        height = max(style.leading for _x, _line, style, _element in parts)
        largest = max((style for _x, _line, style, _element in parts), key=lambda style: style.size)
        paints = tuple(
            _line_paint(MARGIN + x, lines[number], largest) if number < len(lines) else _nothing
            for x, lines in columns
        )
        kept = number < min(keep, count) - 1 or number == count - 2
        strips.append(Strip(height, paints, keep=kept, row=number_of_row))
    return strips


def _line_paint(x: float, part: tuple[Line, Style, Element], largest: Style) -> Paint:
    line, _style, element = part
    return lambda pen, top: pen.line(line, x, baseline_of(top, largest), element)


def _nothing(pen: Pen, top: float) -> None:
    """Draw nothing: this column ended above."""


def paginate(strips: Sequence[Strip], height: float = CONTENT_HEIGHT) -> list[list[Strip]]:
    """Share the strips out over pages of `height` points, keeping together what wants to be."""
    pages: list[list[Strip]] = [[]]
    left = height
    at = 0
    while at < len(strips):
        end = at + 1
        while end < len(strips) and strips[end - 1].keep:
            end += 1
        group = strips[at:end]
        need = sum(strip.height for strip in group)
        if need > left and pages[-1] and left < height:
            pages.append([])
            left = height
        if need > height:
            group = strips[at : at + 1]
            need = group[0].height
        if not pages[-1] and group[0].blank:
            at += 1
            continue
        pages[-1] += group
        left -= need
        at += len(group)
    return [page for page in pages if page]


def draw_page(pen: Pen, strips: Sequence[Strip]) -> None:
    """Draw the strips of one page from the top."""
    tops = [PAGE_HEIGHT - TOP]
    for strip in strips:
        tops.append(tops[-1] - strip.height)
    placed = list(zip(strips, tops, strict=False))
    for _row, group in itertools.groupby(placed, key=lambda pair: pair[0].row):
        together = list(group)
        for column in range(max(len(strip.columns) for strip, _top in together)):
            for strip, top in together:
                if column < len(strip.columns):
                    strip.columns[column](pen, top)

"""Text that flows over as many pages as it needs, in strips of one line's height."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from explorer_app.reports.blocks import baseline_of
from explorer_app.reports.palette import CONTENT_HEIGHT, CONTENT_WIDTH, MARGIN, PAGE_HEIGHT, TOP, Style
from explorer_app.reports.pen import Pen
from explorer_app.reports.tagging import Element
from explorer_app.reports.typeset import Line, Run, set_lines


@dataclass(frozen=True, slots=True)
class Strip:
    """A piece of page that is never split.

    Args:
        height: Points.
        paint: Draws with its upper edge at the given height.
        keep: Stays on one page with the strip after it.
        blank: Space that is dropped at the top of a page.
    """

    height: float
    paint: Callable[[Pen, float], None]
    keep: bool = False
    blank: bool = False


def space(points: float) -> Strip:
    """Return empty height."""
    return Strip(points, lambda pen, top: None, blank=True)


def rule(colour: str, weight: float = 0.5) -> Strip:
    """Return a line over the whole width, with air on both sides."""
    return Strip(
        9,
        lambda pen, top: pen.rule(MARGIN, top - 4.5, CONTENT_WIDTH, colour=colour, weight=weight),
        keep=True,
    )


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
    strips = []
    for number in range(count):
        parts = [(x, *lines[number]) for x, lines in columns if number < len(lines)]
        height = max(style.leading for _x, _line, style, _element in parts)

        def paint(pen: Pen, top: float, parts: list[tuple[float, Line, Style, Element]] = parts) -> None:
            largest = max((style for _x, _line, style, _element in parts), key=lambda style: style.size)
            for x, line, _style, element in parts:
                pen.line(line, MARGIN + x, baseline_of(top, largest), element)

        strips.append(Strip(height, paint, keep=number < min(keep, count) - 1 or number == count - 2))
    return strips


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
    top = PAGE_HEIGHT - TOP
    for strip in strips:
        strip.paint(pen, top)
        top -= strip.height

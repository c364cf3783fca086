"""The pen that draws on pages: text inside structure tags, shapes as artifacts, frames watched."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.pdfgen.canvas import Canvas

from explorer_app.reports.fonts import printable, text_width
from explorer_app.reports.palette import (
    BOTTOM,
    CONTENT_HEIGHT,
    CONTENT_WIDTH,
    LINE,
    MARGIN,
    Style,
)
from explorer_app.reports.tagging import Element, StructureTree
from explorer_app.reports.typeset import Line, Run

_SLACK = 0.5


class Pen:
    """Draws on one ReportLab canvas.

    Attributes:
        tree: The structure tree being built.
        parent: The element that new ones are added to.
        outside: Words that were drawn outside the page's frame; empty on a sound page.
    """

    def __init__(self, canvas: Canvas) -> None:
        self.canvas: Any = canvas
        self.tree = StructureTree()
        self.parent = self.tree.root
        self.outside: list[str] = []
        self._page = 0
        self._marked = False

    # structure

    @contextlib.contextmanager
    def group(self, role: str, **attributes: str | int) -> Iterator[Element]:
        """Make a new element the parent of what is drawn within."""
        before = self.parent
        self.parent = before.add(role, "", **attributes)
        try:
            yield self.parent
        finally:
            self.parent = before

    @contextlib.contextmanager
    def within(self, element: Element) -> Iterator[None]:
        """Make an existing element the parent of what is drawn within."""
        before, self.parent = self.parent, element
        try:
            yield
        finally:
            self.parent = before

    @contextlib.contextmanager
    def figure(self, alt: str) -> Iterator[None]:
        """Everything drawn within is one picture with the alternative text `alt`."""
        element = self.parent.add("Figure", printable(alt))
        with self._content(element):
            yield

    @contextlib.contextmanager
    def artifact(self) -> Iterator[None]:
        """Everything drawn within is decoration that readers skip."""
        with self._content(None):
            yield

    @contextlib.contextmanager
    def _content(self, element: Element | None) -> Iterator[None]:
        if self._marked:
            yield
            return
        if element is None:
            self.canvas._code.append("/Artifact BMC")
        else:
            number = self.tree.mark(element, self._page)
            self.canvas._code.append(f"/{element.role} <</MCID {number}>> BDC")
        self._marked = True
        try:
            yield
        finally:
            self._marked = False
            self.canvas._code.append("EMC")

    # text

    def line(self, line: Line, x: float, baseline: float, element: Element | None) -> None:
        """Draw a set line with its left edge at `x`; `element` None makes it an artifact."""
        self._watch(x, x + line.width, baseline, line.text)
        with self._content(element):
            for piece in line.pieces:
                self._piece(piece.run, x + piece.x, piece.width, baseline)

    def label(
        self,
        text: str,
        x: float,
        baseline: float,
        style: Style,
        *,
        align: str = "left",
        element: Element | None = None,
    ) -> float:
        """Draw one short string; return its width. `align` is left, right or middle."""
        words = printable(text).replace("\u00a0", " ")
        wide = text_width(words, style.face, style.size)
        left = x - {"left": 0.0, "right": wide, "middle": wide / 2}[align]
        self._watch(left, left + wide, baseline, words)
        with self._content(element):
            self._piece(Run(words, style), left, wide, baseline)
        return wide

    def _piece(self, run: Run, x: float, width: float, baseline: float) -> None:
        style = run.style
        canvas = self.canvas
        if run.spoken:
            said = run.spoken.replace("{words}", run.text.strip())
            code = ("\ufeff" + said).encode("utf-16-be").hex().upper()
            canvas._code.append(f"/Span <</ActualText <{code}>>> BDC")
        canvas.setFont(style.face.value, style.size)
        canvas.setFillColor(HexColor(style.colour))
        canvas.drawString(x, baseline, run.text)
        if run.struck or run.underlined:
            canvas.setStrokeColor(HexColor(style.colour))
            canvas.setLineWidth(0.7)
            y = baseline + (style.size * 0.26 if run.struck else -style.size * 0.14)
            canvas.line(x, y, x + width, y)
        if run.spoken:
            canvas._code.append("EMC")

    def _watch(self, left: float, right: float, baseline: float, words: str) -> None:
        if (
            left < MARGIN - _SLACK
            or right > MARGIN + CONTENT_WIDTH + _SLACK
            or baseline < BOTTOM - _SLACK
            or baseline > BOTTOM + CONTENT_HEIGHT
        ) and not self._free:
            self.outside.append(words)

    _free = False

    @contextlib.contextmanager
    def margins(self) -> Iterator[None]:
        """Allow drawing in the margins: running heads, page numbers, the ribbon."""
        self._free = True
        try:
            yield
        finally:
            self._free = False

    # shapes

    def rule(self, x: float, y: float, width: float, *, colour: str = LINE, weight: float = 0.6) -> None:
        """Draw a horizontal line."""
        with self.artifact():
            self.canvas.setStrokeColor(HexColor(colour))
            self.canvas.setLineWidth(weight)
            self.canvas.line(x, y, x + width, y)

    def stroke(
        self, points: list[tuple[float, float]], *, colour: str, weight: float = 1.0, dash: bool = False
    ) -> None:
        """Draw an open line through `points`."""
        with self.artifact():
            self.canvas.saveState()
            self.canvas.setStrokeColor(HexColor(colour))
            self.canvas.setLineWidth(weight)
            if dash:
                self.canvas.setDash(2, 2)
            path = self.canvas.beginPath()
            path.moveTo(*points[0])
            for point in points[1:]:
                path.lineTo(*point)
            self.canvas.drawPath(path, stroke=1, fill=0)
            self.canvas.restoreState()

    def box(
        self,
        x: float,
        bottom: float,
        width: float,
        height: float,
        *,
        fill: str | None = None,
        edge: str | None = None,
        radius: float = 0.0,
        weight: float = 0.8,
        dash: bool = False,
    ) -> None:
        """Draw a rectangle with round corners, filled, edged or both."""
        with self.artifact():
            canvas = self.canvas
            canvas.saveState()
            if fill:
                canvas.setFillColor(HexColor(fill))
            if edge:
                canvas.setStrokeColor(HexColor(edge))
                canvas.setLineWidth(weight)
                if dash:
                    canvas.setDash(2.4, 2)
            soft = min(radius, width / 2, height / 2)
            canvas.roundRect(
                x, bottom, width, height, soft, stroke=int(edge is not None), fill=int(fill is not None)
            )
            canvas.restoreState()

    def polygon(
        self,
        points: list[tuple[float, float]],
        *,
        fill: str | None = None,
        edge: str | None = None,
        weight: float = 1,
    ) -> None:
        """Draw a closed shape."""
        with self.artifact():
            canvas = self.canvas
            if fill:
                canvas.setFillColor(HexColor(fill))
            if edge:
                canvas.setStrokeColor(HexColor(edge))
                canvas.setLineWidth(weight)
            path = canvas.beginPath()
            path.moveTo(*points[0])
            for point in points[1:]:
                path.lineTo(*point)
            path.close()
            canvas.drawPath(path, stroke=int(edge is not None), fill=int(fill is not None))

    def circle(
        self,
        x: float,
        y: float,
        radius: float,
        *,
        fill: str | None = None,
        edge: str | None = None,
        weight: float = 1.0,
        dash: bool = False,
    ) -> None:
        """Draw a circle around a point."""
        with self.artifact():
            canvas = self.canvas
            canvas.saveState()
            if fill:
                canvas.setFillColor(HexColor(fill))
            if edge:
                canvas.setStrokeColor(HexColor(edge))
                canvas.setLineWidth(weight)
                if dash:
                    canvas.setDash(1.4, 1.4)
            canvas.circle(x, y, radius, stroke=int(edge is not None), fill=int(fill is not None))
            canvas.restoreState()

    # pages

    def bookmark(self, key: str, title: str, level: int, y: float) -> None:
        """Add an outline entry that leads to height `y` of this page."""
        self.canvas.bookmarkHorizontalAbsolute(key, y)
        self.canvas.addOutlineEntry(printable(title), key, level=level, closed=0)

    @property
    def page(self) -> int:
        """Number of the page being drawn, from 0."""
        return self._page

    def next_page(self) -> None:
        """Finish this page and begin the next."""
        self.canvas.showPage()
        self._page += 1

"""Colours, type sizes and measures of the brief, in points and hexadecimal RGB.

The colours are the app's own light theme. Text colours hold at least 4.5:1 on every ground they
stand on; a test computes it. No meaning rests on a colour alone: a word or a shape says the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

PAPER = "#FFFFFF"
SUNKEN = "#F3F0E9"
LINE = "#D3CDBF"
INK = "#1E2A32"
QUIET = "#4C5962"
PETROL = "#0E6670"
PETROL_SOFT = "#DDEEEE"
AMBER = "#8A5000"
AMBER_SOFT = "#FBEBCF"
RED = "#A82A20"
RED_SOFT = "#FBE3E0"
GREEN = "#2C6B42"
GREEN_SOFT = "#DFF0E4"
VIOLET = "#5B4A9C"

MM = 72 / 25.4
PAGE_WIDTH = 210 * MM
PAGE_HEIGHT = 297 * MM
MARGIN = 17 * MM
CONTENT_WIDTH = PAGE_WIDTH - 2 * MARGIN
TOP = 15 * MM
BOTTOM = 17 * MM
CONTENT_HEIGHT = PAGE_HEIGHT - TOP - BOTTOM
GUTTER = 6 * MM


class Face(StrEnum):
    """The four cuts of the embedded font; the value is its registered name."""

    REGULAR = "ExplorerSans-Regular"
    SEMIBOLD = "ExplorerSans-Semibold"
    BOLD = "ExplorerSans-Bold"
    ITALIC = "ExplorerSans-Italic"


@dataclass(frozen=True, slots=True)
class Style:
    """A cut, its size and the distance of baselines, in points, and its colour."""

    face: Face
    size: float
    leading: float
    colour: str = INK

    def scaled(self, factor: float) -> Style:
        """Return the style with size and leading times `factor`."""
        return replace(self, size=self.size * factor, leading=self.leading * factor)

    def coloured(self, colour: str) -> Style:
        """Return the style in another colour."""
        return replace(self, colour=colour)

    def cut(self, face: Face) -> Style:
        """Return the style in another cut."""
        return replace(self, face=face)


TITLE = Style(Face.BOLD, 25, 28.5)
LEAD = Style(Face.REGULAR, 13.2, 18)
HEADING = Style(Face.SEMIBOLD, 11.4, 15, PETROL)
BODY = Style(Face.REGULAR, 9.6, 13)
STRONG = Style(Face.SEMIBOLD, 9.6, 13)
QUOTE = Style(Face.REGULAR, 11, 14.6)
SMALL = Style(Face.REGULAR, 8.3, 11, QUIET)
SMALL_STRONG = Style(Face.SEMIBOLD, 8.3, 11, QUIET)
FIGURE = Style(Face.SEMIBOLD, 21, 23)
STEP = Style(Face.REGULAR, 8.8, 11.2)

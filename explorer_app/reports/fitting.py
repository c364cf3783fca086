"""Making a page fit: texts are set smaller first, then shortened with "…", and noted for the appendix."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from explorer_app.reports.palette import Style
from explorer_app.reports.pen import Pen
from explorer_app.reports.typeset import MOST_LINES, Line, Run, set_lines, set_within

SCALES = (1.06, 1.03, 1.0, 0.97, 0.94, 0.91)
"""Type sizes tried for a page before its texts are shortened."""

SQUEEZED = (0.88, 0.84, 0.8, 0.75, 0.7)
"""Type sizes for a page that does not fit even with every text at its least."""


class Block(Protocol):
    """Something with a width-dependent height that can be drawn below a line."""

    def height(self, width: float) -> float:
        """Return the height in points at `width` points."""

    def draw(self, pen: Pen, x: float, top: float, width: float) -> None:
        """Draw with the upper left corner at (`x`, `top`)."""


@dataclass(frozen=True, slots=True)
class Shortened:
    """A text that did not stand on the two pages whole: its heading and full wording."""

    title: str
    text: str


class Fit:
    """How one page is set in one attempt.

    Attributes:
        scale: Factor on all type sizes.
        air: Extra points between the parts of the page.
        used: The limit of lines that each text was set with.
    """

    def __init__(self, scale: float, cap: int = MOST_LINES, limits: dict[str, int] | None = None) -> None:
        self.scale = scale
        self.air = 0.0
        self.cap = cap
        self.limits = limits or {}
        self.used: dict[str, int] = {}
        self._cut: dict[str, Shortened] = {}

    def style(self, style: Style) -> Style:
        """Return `style` in this attempt's size."""
        return style.scaled(self.scale)

    def lines(
        self,
        key: str,
        title: str,
        full: str,
        runs: tuple[Run, ...],
        width: float,
        *,
        least: int = 1,
        most: int = MOST_LINES,
    ) -> tuple[Line, ...]:
        """Return the lines of a text within this attempt's limit; note it when shortened."""
        whole = set_lines(runs, width)
        limit = min(most, self.limits.get(key, max(least, self.cap)))
        self.used[key] = limit
        if len(whole) <= limit:
            self._cut.pop(key, None)
            return whole
        self._cut[key] = Shortened(title, full)
        return set_within(runs, width, limit)

    def leave_out(self, key: str, title: str, full: str) -> None:
        """Note something that never had room on the page."""
        self._cut[key] = Shortened(title, full)

    @property
    def cut(self) -> dict[str, Shortened]:
        """The shortened texts by key, in the order of the page."""
        return dict(self._cut)


def fit_page(build: Callable[[Fit], Block], width: float, height: float) -> tuple[Fit, Block]:
    """Return the largest setting of a page that fits into `width` × `height` points.

    First the type shrinks a little. Then all texts share one limit of lines, as high as fits;
    what room is left goes to the shortened texts, line by line in the order of the page.
    """
    for scale in SCALES:
        fit, block = _attempt(build, width, Fit(scale))
        if block.height(width) <= height:
            return fit, block
    for scale in (SCALES[-1], *SQUEEZED):
        low, high = 1, MOST_LINES
        if not _fits(build, width, height, Fit(scale, low)):
            continue
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if _fits(build, width, height, Fit(scale, middle)) else (low, middle)
        return _fill(build, width, height, scale, low)
    return _attempt(build, width, Fit(SQUEEZED[-1], 1))


def _fill(
    build: Callable[[Fit], Block], width: float, height: float, scale: float, cap: int
) -> tuple[Fit, Block]:
    limits: dict[str, int] = {}
    fit, block = _attempt(build, width, Fit(scale, cap, limits))
    used = dict(fit.used)
    open_keys = [key for key in fit.cut if key in used]
    while open_keys:
        for key in tuple(open_keys):
            trial = {**limits, key: used[key] + 1}
            fit, block = _attempt(build, width, Fit(scale, cap, trial))
            if block.height(width) <= height and trial[key] <= MOST_LINES:
                limits = trial
                used[key] += 1
                if key in fit.cut:
                    continue
            open_keys.remove(key)
    return _attempt(build, width, Fit(scale, cap, limits))


def _attempt(build: Callable[[Fit], Block], width: float, fit: Fit) -> tuple[Fit, Block]:
    block = build(fit)
    block.height(width)
    return fit, block


def _fits(build: Callable[[Fit], Block], width: float, height: float, fit: Fit) -> bool:
    return _attempt(build, width, fit)[1].height(width) <= height

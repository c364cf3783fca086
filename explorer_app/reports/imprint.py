"""The foot of page two: who wrote it, how much a machine did, version, date and hash."""

from __future__ import annotations

from dataclasses import dataclass

from explorer_app.domain.brief_content import BriefContent
from explorer_app.reports.blocks import Columns, Drawing, Stack, Text, answer, words
from explorer_app.reports.fitting import Block, Fit
from explorer_app.reports.palette import GUTTER, INK, LINE, PETROL, QUIET, SMALL, SMALL_STRONG, SUNKEN
from explorer_app.reports.pen import Pen
from explorer_app.reports.typeset import run
from explorer_app.reports.wording import Wording


@dataclass(frozen=True, slots=True)
class Imprint:
    """Co-authors, share made by machine, version, date and hash in small type."""

    fit: Fit
    wording: Wording
    content: BriefContent
    sha256: str

    def _block(self) -> Block:
        return Columns((self._authors(), self._share(), self._version()), (1.05, 0.85, 1.5), GUTTER)

    def _authors(self) -> Block:
        names = ", ".join(self.content.coauthors)
        label = words(self.fit, self.wording("coauthors"), SMALL_STRONG)
        style = SMALL.coloured(INK)
        return Stack(
            (
                label,
                answer(self.fit, "coauthors", self.wording("coauthors"), names, style, self.wording.unknown),
            )
        )

    def _share(self) -> Block:
        share = self.content.machine_share
        label = words(self.fit, self.wording("machine_share"), SMALL_STRONG)
        if share is None:
            said = self.wording.unknown
        else:
            said = self.wording(
                "machine_share_is",
                machine=self.wording.percent(share),
                people=self.wording.percent(1 - share),
            )
        text = Text(self.fit, "", "", (run(said, self.fit.style(SMALL.coloured(INK))),))
        return Stack((label, text, self._share_bar()), 2)

    def _share_bar(self) -> Drawing:
        share = self.content.machine_share

        def paint(pen: Pen, x: float, top: float, width: float) -> None:
            wide = min(width, 110.0)
            if share is None:
                pen.box(x, top - 6, wide, 5, edge=QUIET, radius=2.5, weight=0.8, dash=True)
                return
            pen.box(x, top - 6, wide, 5, fill=SUNKEN, edge=LINE, radius=2.5, weight=0.6)
            part = wide * max(0.0, min(1.0, share))
            if part > 0:
                pen.box(x, top - 6, part, 5, fill=PETROL, radius=2.5)

        return Drawing(lambda width: 7.0, paint)

    def _version(self) -> Block:
        day = self.wording.day(self.content.issued_on)
        label = words(self.fit, self.wording("version", version=self.content.version, day=day), SMALL_STRONG)
        groups = [self.sha256[at : at + 8] for at in range(0, len(self.sha256), 8)]
        hashed = run("SHA-256 " + " ".join(groups), self.fit.style(SMALL.coloured(INK)))
        return Stack((label, Text(self.fit, "", "", (hashed,))))

    def height(self, width: float) -> float:
        """Return the height in points."""
        return self._block().height(width) + 8

    def draw(self, pen: Pen, x: float, top: float, width: float) -> None:
        """Draw a line, then the three columns."""
        pen.rule(x, top, width, colour=LINE, weight=0.8)
        self._block().draw(pen, x, top - 8, width)

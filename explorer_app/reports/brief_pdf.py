"""The board brief as PDF: two designed pages and an appendix, in memory only."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime

from reportlab.pdfgen.canvas import Canvas

from explorer_app.domain.brief_content import BriefContent
from explorer_app.reports import flow
from explorer_app.reports.appendix import Appendix
from explorer_app.reports.fitting import Block, Fit, fit_page
from explorer_app.reports.fonts import printable, register_fonts
from explorer_app.reports.page_one import page_one
from explorer_app.reports.page_two import page_two
from explorer_app.reports.palette import (
    AMBER,
    AMBER_SOFT,
    CONTENT_HEIGHT,
    CONTENT_WIDTH,
    LINE,
    MARGIN,
    MM,
    PAGE_HEIGHT,
    PAGE_WIDTH,
    SMALL,
    SMALL_STRONG,
    TOP,
    Face,
)
from explorer_app.reports.pen import Pen
from explorer_app.reports.typeset import forget_texts, run, set_within
from explorer_app.reports.wording import Wording
from explorer_app.texts import Texts

MOST_AIR = 7.0
"""Points of spare room that each gap between the parts of a page may take."""

Progress = Callable[[float], None]
"""Is told the share that is done, from 0 to 1."""


def render_brief(
    content: BriefContent, *, texts: Texts, sha256: str, progress: Progress | None = None
) -> bytes:
    """Return the brief as PDF: exactly two pages, then the appendix.

    The same content, language and hash give the same bytes.

    Args:
        content: What the brief says.
        texts: The language of the brief's own words.
        sha256: Hash of the content that is printed on the brief.
        progress: Is told the share that is done.
    """
    try:
        return draw_brief(content, texts=texts, sha256=sha256, progress=progress)[0]
    finally:
        # The caches of the typesetter hold the brief's words; they must not outlive a locked vault.
        forget_texts()


def draw_brief(
    content: BriefContent, *, texts: Texts, sha256: str, progress: Progress | None = None
) -> tuple[bytes, Pen]:
    """Render like `render_brief`; return the pen too, which knows what left its frame."""
    tell = progress or (lambda share: None)
    register_fonts()
    wording = Wording(texts)
    buffer = io.BytesIO()
    canvas = Canvas(
        buffer,
        pagesize=(PAGE_WIDTH, PAGE_HEIGHT),
        pageCompression=1,
        invariant=1,
        lang=_tag(wording),
        initialFontName=Face.REGULAR.value,
    )
    pen = Pen(canvas)
    fits = _fit_pages(content, wording, sha256)
    tell(0.5)
    main = pen.tree.root.add("Part")
    appendix = Appendix(content, wording, pen.tree.root.add("Part"))
    shortened = [text for fit, _block in fits for text in fit.cut.values()]
    rest = flow.paginate(appendix.strips(shortened, sha256))
    total = len(fits) + len(rest)
    for number, (fit, block) in enumerate(fits):
        pen.bookmark(f"page-{number + 1}", wording(f"page_{number + 1}"), 0, PAGE_HEIGHT)
        with pen.within(main):
            _ribbon(pen, content, wording)
            _share_air(fit, block)
            block.draw(pen, MARGIN, PAGE_HEIGHT - TOP, CONTENT_WIDTH)
        _foot(pen, content, wording, total)
        pen.next_page()
        tell(0.5 + 0.4 * (number + 1) / total)
    for number, strips in enumerate(rest):
        _ribbon(pen, content, wording)
        flow.draw_page(pen, strips)
        _foot(pen, content, wording, total)
        pen.next_page()
        tell(0.5 + 0.4 * (number + 1 + len(fits)) / total)
    pen.tree.write(canvas)
    _describe(canvas, content, wording)
    canvas.save()
    tell(1.0)
    return buffer.getvalue(), pen


def _fit_pages(content: BriefContent, wording: Wording, sha256: str) -> list[tuple[Fit, Block]]:
    return [
        fit_page(lambda fit: page_one(content, wording, fit), CONTENT_WIDTH, CONTENT_HEIGHT),
        fit_page(lambda fit: page_two(content, wording, fit, sha256), CONTENT_WIDTH, CONTENT_HEIGHT),
    ]


def _share_air(fit: Fit, block: Block) -> None:
    """Give the page's spare room to the gaps between its parts, up to `MOST_AIR` each."""
    fit.air = 0.0
    spare = CONTENT_HEIGHT - block.height(CONTENT_WIDTH)
    fit.air = 1.0
    gaps = block.height(CONTENT_WIDTH) - (CONTENT_HEIGHT - spare)
    fit.air = max(0.0, min(MOST_AIR, spare / gaps)) if gaps > 0 else 0.0


def _tag(wording: Wording) -> str:
    return {"de": "de-DE", "en": "en-GB"}[wording.language]


def _foot(pen: Pen, content: BriefContent, wording: Wording, total: int) -> None:
    with pen.margins(), pen.artifact():
        y = 8.5 * MM
        pen.rule(MARGIN, y + 11, CONTENT_WIDTH, colour=LINE, weight=0.5)
        page = wording("page", page=pen.page + 1, total=total)
        taken = pen.label(page, MARGIN + CONTENT_WIDTH, y, SMALL, align="right")
        room = CONTENT_WIDTH - taken - 20
        foot = wording("foot", title=content.title or wording("untitled"), version=content.version)
        for line in set_within((run(foot, SMALL),), room, 1):
            pen.line(line, MARGIN, y, None)


def _ribbon(pen: Pen, content: BriefContent, wording: Wording) -> None:
    """Say at the top of each page that this is sample data; readers are told once."""
    if not content.sample:
        return
    high = 15.0
    bottom = PAGE_HEIGHT - high
    element = pen.parent.add("P") if pen.page == 0 else None
    with pen.margins():
        pen.box(0, bottom, PAGE_WIDTH, high, fill=AMBER_SOFT)
        pen.rule(0, bottom, PAGE_WIDTH, colour=AMBER, weight=1.0)
        style = SMALL_STRONG.coloured(AMBER)
        pen.label(wording("sample"), PAGE_WIDTH / 2, bottom + 4.6, style, align="middle", element=element)


def _plain(text: str) -> str:
    return printable(text).replace("\u00a0", " ")


def _describe(canvas: Canvas, content: BriefContent, wording: Wording) -> None:
    title = _plain(content.title) or wording("untitled")
    canvas.setTitle(title)
    canvas.setAuthor(", ".join(_plain(name) for name in content.coauthors) or wording.unknown)
    canvas.setSubject(wording("subject", exploration=_plain(content.exploration) or wording.unknown))
    canvas.setCreator("Explorer")
    canvas.setProducer("Explorer (ReportLab)")
    canvas.setKeywords([wording("brief"), wording("keyword_version", version=content.version)])
    canvas.setViewerPreference("DisplayDocTitle", "true")
    canvas.showOutline()
    moment = datetime(content.issued_on.year, content.issued_on.month, content.issued_on.day, tzinfo=UTC)
    stamp = canvas._doc._timeStamp
    stamp.t = moment.timestamp()
    stamp.lt = tuple(moment.timetuple())
    stamp.YMDhms = stamp.lt[:6]

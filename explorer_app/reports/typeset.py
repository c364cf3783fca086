"""Setting text: runs of styled words become lines of a given width, shortened with "…" on demand."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from explorer_app.reports.fonts import printable, text_width
from explorer_app.reports.palette import Style

MOST_LINES = 90
"""Lines set at most for a text on the two pages; more would not fit them anyway."""

ELLIPSIS = "…"
_SOFT_HYPHEN = "\u00ad"
_BREAK_AFTER = re.compile(r"(?<=[\w.)][-–—/_@&=?,;:])(?=[\w(])")
_SLACK = 0.01


@dataclass(frozen=True, slots=True)
class Run:
    """Words in one style; struck and underlined words show differences.

    `spoken` is what a screen reader says instead, with ``{words}`` for the words themselves.
    """

    text: str
    style: Style
    struck: bool = False
    underlined: bool = False
    spoken: str = ""

    def alike(self, other: Run) -> bool:
        """Return whether two runs can be drawn as one string."""
        mine = (self.style, self.struck, self.underlined, self.spoken)
        return mine == (other.style, other.struck, other.underlined, other.spoken)


@dataclass(frozen=True, slots=True)
class Piece:
    """A string on a line: distance from the line's left edge and width, in points."""

    x: float
    width: float
    run: Run


@dataclass(frozen=True, slots=True)
class Line:
    """A set line."""

    pieces: tuple[Piece, ...]
    width: float

    @property
    def text(self) -> str:
        """The words of the line."""
        return "".join(piece.run.text for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    run: Run
    spaced: bool


def run(text: str, style: Style) -> Run:
    """Return a run of printable text."""
    return Run(printable(text), style)


@functools.lru_cache(maxsize=4096)
def set_lines(runs: tuple[Run, ...], width: float, most: int | None = MOST_LINES) -> tuple[Line, ...]:
    """Set `runs` into lines no wider than `width` points.

    Lines break at blanks and after hyphens and slashes, at soft hyphens, and within a word only
    where the word alone is wider than a line.

    Args:
        runs: Styled words, blanks between runs included in their texts.
        width: Width of the column in points.
        most: Stop after so many lines; None for all.
    """
    lines: list[Line] = []
    row: list[tuple[float, float, _Token]] = []
    at = 0.0
    pending = list(reversed(_tokens(runs)))
    while pending:
        if most is not None and len(lines) >= most:
            return tuple(lines)
        token = pending.pop()
        style = token.run.style
        gap = text_width(" ", style.face, style.size) if token.spaced and row else 0.0
        wide = text_width(token.text.replace(_SOFT_HYPHEN, ""), style.face, style.size)
        if at + gap + wide <= width + _SLACK:
            row.append((at + gap, wide, token))
            at += gap + wide
            continue
        head, tail = _split(token, width - at - gap, whole=not row)
        if head is not None:
            row.append((at + gap, text_width(head.text, style.face, style.size), head))
        if tail is not None:
            pending.append(tail)
        lines.append(_line(row))
        row, at = [], 0.0
    if row and (most is None or len(lines) < most):
        lines.append(_line(row))
    return tuple(lines)


@functools.lru_cache(maxsize=4096)
def set_within(runs: tuple[Run, ...], width: float, limit: int) -> tuple[Line, ...]:
    """Set `runs` into at most `limit` lines, the last one ended with "…" if words are left out."""
    return shorten(set_lines(runs, width), limit, width)


def shorten(lines: tuple[Line, ...], limit: int, width: float) -> tuple[Line, ...]:
    """Return the first `limit` lines, the last one ended with "…" within `width` points."""
    if len(lines) <= limit:
        return lines
    last = lines[limit - 1]
    pieces = list(last.pieces)
    while pieces:
        piece = pieces.pop()
        style = piece.run.style
        words = piece.run.text.rstrip(_SOFT_HYPHEN)
        while words:
            ended = words.rstrip(" ,;:.–-„(") + ELLIPSIS
            wide = text_width(ended, style.face, style.size)
            if piece.x + wide <= width + _SLACK and ended != ELLIPSIS:
                pieces.append(Piece(piece.x, wide, _with(piece.run, ended)))
                return (*lines[: limit - 1], Line(tuple(pieces), piece.x + wide))
            words = words.rpartition(" ")[0] if " " in words.strip() else words[:-1]
    return lines[: limit - 1]


def forget_texts() -> None:
    """Empty the caches, which hold words of the texts that were set."""
    for cache in (set_lines, set_within, printable, text_width):
        cache.cache_clear()


def _with(source: Run, text: str) -> Run:
    return Run(text, source.style, source.struck, source.underlined, source.spoken)


def _tokens(runs: tuple[Run, ...]) -> list[_Token]:
    tokens: list[_Token] = []
    blank = False
    for source in runs:
        for word in re.split(r"( +)", source.text):
            if not word:
                continue
            if word.isspace() and "\u00a0" not in word:
                blank = True
                continue
            for part in _BREAK_AFTER.split(word) if len(word) > 1 else (word,):
                tokens.append(_Token(part, source, blank))
                blank = False
    return tokens


def _split(token: _Token, room: float, *, whole: bool) -> tuple[_Token | None, _Token | None]:
    """Return what of a token stays on the line and what goes to the next one."""
    style = token.run.style
    parts = token.text.split(_SOFT_HYPHEN)
    for count in range(len(parts) - 1, 0, -1):
        head = "".join(parts[:count]) + _SOFT_HYPHEN
        if text_width(head, style.face, style.size) <= room:
            rest = _SOFT_HYPHEN.join(parts[count:])
            return _Token(head, token.run, token.spaced), _Token(rest, token.run, False)
    if not whole:
        return None, token
    word = token.text.replace(_SOFT_HYPHEN, "")
    fits = 1
    while fits < len(word) and text_width(word[: fits + 1], style.face, style.size) <= room:
        fits += 1
    rest = word[fits:]
    if fits > 3 and rest and word[fits - 2 : fits + 1].isalpha():
        hyphened = word[: fits - 1] + _SOFT_HYPHEN
        return _Token(hyphened, token.run, token.spaced), _Token(word[fits - 1 :], token.run, False)
    return _Token(word[:fits], token.run, token.spaced), _Token(rest, token.run, False) if rest else None


def _line(row: list[tuple[float, float, _Token]]) -> Line:
    pieces: list[Piece] = []
    for x, wide, token in row:
        ending = token.text.endswith(_SOFT_HYPHEN) and token is row[-1][2]
        text = token.text.replace(_SOFT_HYPHEN, "").replace("\u00a0", " ") + (_SOFT_HYPHEN if ending else "")
        piece = Piece(x, wide, _with(token.run, text))
        before = pieces[-1] if pieces else None
        if before is not None and before.run.alike(piece.run):
            joined = before.run.text + (" " if token.spaced else "") + text
            pieces[-1] = Piece(before.x, x + wide - before.x, _with(piece.run, joined))
        else:
            if before is not None and token.spaced:
                pieces[-1] = Piece(before.x, before.width, _with(before.run, before.run.text + " "))
            pieces.append(piece)
    return Line(tuple(pieces), row[-1][0] + row[-1][1] if row else 0.0)

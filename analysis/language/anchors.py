"""Anchors into a text that survive edits of the text.

An anchor is a range of Unicode characters with the quote that stood there, its hash, the revision of the text
and a little of what stood around it (the selectors "text position" and "text quote" of the W3C Web Annotation
model, https://www.w3.org/TR/annotation-model/, with a diff in front where the old text is known). After an
edit it is found again, found with a changed wording, or given up; it never silently lands on other words.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TypeAlias

CONTEXT = 40
"""Characters kept of the text before and after the quote."""

_DISTINCT = 12
"""Characters from which a quote that occurs once is taken for itself wherever it stands."""

_ALIKE = 0.6
"""Least similarity (difflib ratio) of a corrected quote, where its place is known from the surroundings."""

_ALIKE_ALONE = 0.75
"""The same where only the words themselves speak for the place."""

_MARGIN = 0.05
"""By how much the best place must beat the next one that does not overlap it."""

_MOST_CELLS = 4_000_000
"""Most pairs of equal pieces that a diff looks at; above it the stretch counts as wholly replaced."""

_LEVELS = (
    re.compile(r"[^.!?\n]+[.!?\n]*\s*|[.!?\n]+\s*"),
    re.compile(r"\w+|\s+|[^\w\s]"),
    re.compile(r"(?s)."),
)
"""What a diff compares, coarse to fine: sentences, words and signs, characters."""

_Scored: TypeAlias = tuple[float, int, int]
"""Similarity and range."""

_Stretch: TypeAlias = tuple[int, int, int, int, bool]
"""Old range, new range, whether they are equal."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """A quote and its place.

    Attributes:
        start: First character.
        end: Character after the last.
        quote: The text between them.
        quote_hash: SHA-256 (hex) of the quote in UTF-8.
        revision: Revision of the text that `start` and `end` hold for.
        before: Up to `CONTEXT` characters before the quote.
        after: Up to `CONTEXT` characters after it.
        changed: Whether the last `refind` met another wording than it looked for.
    """

    start: int
    end: int
    quote: str
    quote_hash: str
    revision: int
    before: str
    after: str
    changed: bool = False


def make_anchor(text: str, start: int, end: int, revision: int, *, changed: bool = False) -> Anchor:
    """Return the anchor of ``text[start:end]``.

    Args:
        text: The whole text.
        start: First character (Unicode characters, not bytes).
        end: Character after the last.
        revision: Revision of `text`.
        changed: Set by `refind`.

    Raises:
        ValueError: If the range is empty or not inside the text.
    """
    if not 0 <= start < end <= len(text):
        raise ValueError(f"no range of the text: {start} to {end} of {len(text)}")
    quote = text[start:end]
    return Anchor(
        start=start,
        end=end,
        quote=quote,
        quote_hash=quote_hash(quote),
        revision=revision,
        before=text[max(0, start - CONTEXT) : start],
        after=text[end : end + CONTEXT],
        changed=changed,
    )


def quote_hash(quote: str) -> str:
    """Return the SHA-256 (hex) of a quote in UTF-8; lone surrogates count as they are."""
    return hashlib.sha256(quote.encode("utf-8", "surrogatepass")).hexdigest()


def refind(anchor: Anchor, new_text: str, revision: int, *, old_text: str | None = None) -> Anchor | None:
    """Find the quote of `anchor` in an edited text.

    With the old text the place follows from the edit itself: exactly where one edit was outside the quote,
    by a diff where there were several. Without it, or where the diff does not say, the quote is looked for:
    as it was, if it occurs once or its surroundings tell which one it is; then with small corrections
    inside, by its surroundings or by its words.

    Args:
        anchor: The anchor, for the old text.
        new_text: The text now.
        revision: Its revision.
        old_text: The text that the anchor was made for, if it is kept.

    Returns:
        The anchor in `new_text`, with `changed` set if the wording is another one (then quote and hash are
        the new ones); None if the quote is lost, so that the caller keeps the old one.
    """
    if old_text is not None and old_text[anchor.start : anchor.end] == anchor.quote:
        span = _by_edit(anchor, old_text, new_text)
    else:
        span = _by_quote(anchor, new_text) or _by_context(anchor, new_text) or _by_words(anchor, new_text)
    if span is None:
        return None
    return make_anchor(
        new_text, span[0], span[1], revision, changed=new_text[span[0] : span[1]] != anchor.quote
    )


def _by_edit(anchor: Anchor, old: str, new: str) -> tuple[int, int] | None:
    """Return where the edit from `old` to `new` leaves the quote, or None if it took it away."""
    head = _common_head(old, new)
    if anchor.end <= head:
        return anchor.start, anchor.end
    # The common tail may overlap the common head: in "ja ja" with one word deleted both are true.
    tail = _common_head(old[::-1], new[::-1])
    if len(old) - anchor.start <= tail:
        shift = len(new) - len(old)
        return anchor.start + shift, anchor.end + shift
    mapped = _mapped(anchor, old, new)
    if mapped and new[mapped[0] : mapped[1]] == anchor.quote:
        return mapped
    return _elsewhere(anchor, old, new) or _corrected(anchor, old, new, mapped)


def _elsewhere(anchor: Anchor, old: str, new: str) -> tuple[int, int] | None:
    """Return where the exact quote stands that the diff took away: cut and put elsewhere, or repeated."""
    places = _occurrences(anchor.quote, new)
    if len(places) > 1 or len(_occurrences(anchor.quote, old)) > 1 or len(anchor.quote.strip()) < 2:
        places = [at for at in places if _context_score(anchor, new, at) >= _DISTINCT]
    return (places[0], places[0] + len(anchor.quote)) if len(places) == 1 else None


def _corrected(anchor: Anchor, old: str, new: str, mapped: tuple[int, int] | None) -> tuple[int, int] | None:
    """Return the stretch that took the quote's place, if it reads like the quote."""
    if mapped is None:
        return None
    start, end = _whole_words(anchor, old, new, mapped)
    return (start, end) if _similarity(anchor.quote, new[start:end]) >= _ALIKE else None


def _mapped(anchor: Anchor, old: str, new: str) -> tuple[int, int] | None:
    """Return where a diff puts the quote, corrections included, or None if it leaves nothing."""
    start = end = None
    for i1, i2, j1, j2, equal in _joined(_stretches(old, new, 0, 0, 0)):
        if start is None and i1 <= anchor.start < i2:
            start = j1 + (anchor.start - i1 if equal else 0)
        if i1 < anchor.end <= i2:
            end = j1 + (anchor.end - i1) if equal else j2
    return (start, end) if start is not None and end is not None and start < end else None


def _stretches(old: str, new: str, i: int, j: int, level: int) -> list[_Stretch]:
    """Return a diff of texts that begin at `i` and `j`: sentences, in changed ones words, then letters."""
    before, after = _LEVELS[level].findall(old), _LEVELS[level].findall(new)
    found: list[_Stretch] = []
    for tag, a1, a2, b1, b2 in _opcodes(before, after):
        left, right = "".join(before[a1:a2]), "".join(after[b1:b2])
        if tag == "replace" and level + 1 < len(_LEVELS):
            found += _stretches(left, right, i, j, level + 1)
        else:
            found.append((i, i + len(left), j, j + len(right), tag == "equal"))
        i, j = i + len(left), j + len(right)
    return found


def _joined(stretches: list[_Stretch]) -> list[_Stretch]:
    """Join neighbouring equal stretches, so that a quote across them is seen whole."""
    joined: list[_Stretch] = []
    for stretch in stretches:
        if joined and joined[-1][4] and stretch[4] and joined[-1][1:4:2] == (stretch[0], stretch[2]):
            last = joined.pop()
            joined.append((last[0], stretch[1], last[2], stretch[3], True))
        else:
            joined.append(stretch)
    return joined


def _opcodes(before: list[str], after: list[str]) -> list[tuple[str, int, int, int, int]]:
    counts = Counter(after)
    if sum(counts[token] for token in before) > _MOST_CELLS:
        return [("delete", 0, len(before), 0, 0), ("insert", len(before), len(before), 0, len(after))]
    return list(SequenceMatcher(None, before, after, autojunk=False).get_opcodes())


def _by_quote(anchor: Anchor, text: str) -> tuple[int, int] | None:
    """Return the place of the exact quote: the only one, or the one whose surroundings fit best."""
    places = _occurrences(anchor.quote, text)
    if not places:
        return None
    scored = sorted(
        ((_context_score(anchor, text, at), -abs(at - anchor.start), at) for at in places), reverse=True
    )
    score, _, at = scored[0]
    alone = len(places) == 1
    fits = score >= (3 if alone else 1) or (not anchor.before and not anchor.after)
    if not fits and not (alone and len(anchor.quote) >= _DISTINCT):
        return None
    return at, at + len(anchor.quote)


def _occurrences(quote: str, text: str) -> list[int]:
    """Return all places of `quote`, overlapping ones included."""
    places = []
    at = text.find(quote)
    while at >= 0:
        places.append(at)
        at = text.find(quote, at + 1)
    return places


def _context_score(anchor: Anchor, text: str, at: int) -> int:
    """Return how many characters around `at` are as they were around the quote, from it outwards."""
    before = text[max(0, at - CONTEXT) : at]
    after = text[at + len(anchor.quote) : at + len(anchor.quote) + CONTEXT]
    return _common_head(anchor.before[::-1], before[::-1]) + _common_head(anchor.after, after)


def _by_context(anchor: Anchor, text: str) -> tuple[int, int] | None:
    """Return the stretch between what stood around the quote, if it clearly reads like the quote."""
    for size in (CONTEXT, 20, 10):
        before, after = anchor.before[-size:], anchor.after[:size]
        starts = [at + len(before) for at in _occurrences(before, text)] if before.strip() else [0]
        scored: list[_Scored] = []
        for start in sorted(starts, key=lambda at: abs(at - anchor.start))[:50]:
            end = text.find(after, start) if after.strip() else len(text)
            if start < end <= start + 2 * len(anchor.quote) + 20:
                ratio = _similarity(anchor.quote, text[start:end])
                if ratio >= _ALIKE:
                    scored.append((ratio, start, end))
        if scored:
            return _clearly_best(scored)
    return None


def _by_words(anchor: Anchor, text: str) -> tuple[int, int] | None:
    """Return the stretch of words most like the quote, if it is clearly the one."""
    words = [(match.start(), match.end()) for match in re.finditer(r"\w+", text)]
    wanted = len(re.findall(r"\w+", anchor.quote))
    if wanted < 3 or len(text) * len(anchor.quote) > _MOST_CELLS:
        return None
    scored: list[_Scored] = []
    for size in {max(1, wanted - 1), wanted, wanted + 1}:
        for first in range(len(words) - size + 1):
            start, end = words[first][0], words[first + size - 1][1]
            matcher = SequenceMatcher(None, anchor.quote, text[start:end], autojunk=False)
            if matcher.real_quick_ratio() >= _ALIKE_ALONE and matcher.quick_ratio() >= _ALIKE_ALONE:
                ratio = matcher.ratio()
                if ratio >= _ALIKE_ALONE:
                    scored.append((ratio, start, end))
    return _clearly_best(scored) if scored else None


def _clearly_best(scored: list[_Scored]) -> tuple[int, int] | None:
    """Return the best range, or None if another one that does not overlap it is nearly as good."""
    ratio, start, end = max(scored)
    rivals = [other for other, left, right in scored if right <= start or left >= end]
    return (start, end) if not rivals or ratio - max(rivals) >= _MARGIN else None


def _whole_words(anchor: Anchor, old: str, new: str, span: tuple[int, int]) -> tuple[int, int]:
    """Widen a corrected quote to whole words where it was cut at words, and trim blanks it did not have."""
    start, end = span
    if _at_word_edge(old, anchor.start):
        while start > 0 and not _at_word_edge(new, start):
            start -= 1
    if _at_word_edge(old, anchor.end):
        while end < len(new) and not _at_word_edge(new, end):
            end += 1
    while start < end and new[start].isspace() and not anchor.quote[0].isspace():
        start += 1
    while end > start and new[end - 1].isspace() and not anchor.quote[-1].isspace():
        end -= 1
    return start, end


def _at_word_edge(text: str, at: int) -> bool:
    return at in (0, len(text)) or not (text[at - 1].isalnum() and text[at].isalnum())


def _similarity(one: str, two: str) -> float:
    if len(one) * len(two) > _MOST_CELLS:
        return 0.0
    return SequenceMatcher(None, one.casefold(), two.casefold(), autojunk=False).ratio()


def _common_head(one: str, two: str) -> int:
    """Return how many characters two texts share from their beginning."""
    low, high = 0, min(len(one), len(two))
    while low < high:
        middle = (low + high + 1) // 2
        if one[:middle] == two[:middle]:
            low = middle
        else:
            high = middle - 1
    return low

"""Full-text search over notes, transcripts and card texts, forgiving about German spelling.

The index holds *folded* words: lower case, ß as ss, no accents. A typed ``Mueller`` also finds
``Müller``. Hits are whole words or beginnings of words first; parts of compounds
(``Beratung`` in ``Schuldnerberatung``) follow.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass

from explorer_app.vault.database import Database
from explorer_app.vault.rows import Row

MARK_START = "\u2039"
"""Stands before a found word in an excerpt."""
MARK_END = "\u203a"
"""Stands after a found word in an excerpt."""

_EXCERPT = 160
_MOST_WORDS = 12
_SHORTEST_PART = 4
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class TextHit:
    """A found text.

    `excerpt` holds `MARK_START` and `MARK_END` around found words. `rank` is 0 or below,
    the lower the better; hits inside of longer words all have rank 0.
    """

    kind: str
    id: str
    excerpt: str
    rank: float


def fold(text: str) -> str:
    """Return the text as the index holds it: lower case, ß as ss, without accents."""
    return "".join(_fold_character(c) for c in unicodedata.normalize("NFC", text))


@functools.lru_cache(maxsize=4096)
def _fold_character(character: str) -> str:
    decomposed = unicodedata.normalize("NFKD", character.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


class TextIndex:
    """The full-text index of a vault; writes happen inside the caller's transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, kind: str, thing_id: str, text: str) -> None:
        """Index `text` for a thing in place of what stood there; blank text takes it out."""
        self.remove(kind, thing_id)
        if not text.strip():
            return
        self._database.execute("INSERT INTO texts (kind, id, text) VALUES (?, ?, ?)", (kind, thing_id, text))
        number = self._number(kind, thing_id)
        self._database.execute("INSERT INTO words (rowid, body) VALUES (?, ?)", (number, fold(text)))

    def remove(self, kind: str, thing_id: str) -> None:
        """Take a thing's text out of the index."""
        number = self._number(kind, thing_id)
        if number is not None:
            self._database.execute("DELETE FROM words WHERE rowid = ?", (number,))
            self._database.execute("DELETE FROM texts WHERE number = ?", (number,))

    def text(self, kind: str, thing_id: str) -> str | None:
        """Return the indexed text of a thing."""
        text = self._database.value("SELECT text FROM texts WHERE kind = ? AND id = ?", (kind, thing_id))
        return None if text is None else str(text)

    def search(self, query: str, limit: int = 50) -> list[TextHit]:
        """Return the texts that hold all words of `query`, best first (BM25).

        Any input is fine: what is no letter or digit separates words. Each word also matches as
        the beginning of a longer one.
        """
        words = [fold(word) for word in _WORD.findall(unicodedata.normalize("NFC", query))][:_MOST_WORDS]
        spellings = [_spellings(word) for word in words if word]
        if not spellings or limit < 1:
            return []
        with self._database.lock:
            found = self._whole_words(spellings, limit)
            if len(found) < limit:
                found += self._inside_words(spellings, limit - len(found), {row["number"] for row in found})
        return [
            TextHit(row["kind"], row["id"], _excerpt(row["text"], spellings), float(row["rank"]))
            for row in found
        ]

    def _number(self, kind: str, thing_id: str) -> int | None:
        number = self._database.value("SELECT number FROM texts WHERE kind = ? AND id = ?", (kind, thing_id))
        return None if number is None else int(number)

    def _whole_words(self, spellings: list[tuple[str, ...]], limit: int) -> list[Row]:
        match = " AND ".join("(" + " OR ".join(f'"{s}" *' for s in group) + ")" for group in spellings)
        return self._database.rows(
            "SELECT texts.number, kind, id, text, rank FROM words JOIN texts ON texts.number = words.rowid "
            "WHERE words MATCH ? ORDER BY rank LIMIT ?",
            (match, limit),
        )

    def _inside_words(self, spellings: list[tuple[str, ...]], limit: int, known: set[object]) -> list[Row]:
        if all(len(word) < _SHORTEST_PART for group in spellings for word in group):
            return []
        parts = ["(" + " OR ".join("instr(body, ?)" for _ in group) + ")" for group in spellings]
        rows = self._database.rows(
            "SELECT texts.number, kind, id, text, 0.0 AS rank "  # noqa: S608 - only placeholders
            "FROM words JOIN texts ON texts.number = words.rowid "
            f"WHERE {' AND '.join(parts)} ORDER BY texts.number DESC LIMIT ?",
            (*(word for group in spellings for word in group), limit + len(known)),
        )
        return [row for row in rows if row["number"] not in known][:limit]


def _spellings(word: str) -> tuple[str, ...]:
    """Return a folded word and, where ae, oe, ue may stand for an umlaut, its other spelling."""
    plain = re.sub(r"([ao])e|(?<![aeq])(u)e", lambda m: m.group(1) or m.group(2), word)
    return (word,) if plain == word else (word, plain)


def _excerpt(text: str, spellings: list[tuple[str, ...]]) -> str:
    """Return the part of `text` around the first found word, found words marked."""
    folded, places = _fold_with_places(text)
    spans = sorted(_spans(folded, places, spellings))
    first = spans[0][0] if spans else 0
    start = max(0, min(first - _EXCERPT // 4, len(text) - _EXCERPT))
    end = min(len(text), start + _EXCERPT)
    pieces: list[str] = ["…"] if start > 0 else []
    at = start
    for left, right in spans:
        if left < at or right > end:
            continue
        pieces += [text[at:left], MARK_START, text[left:right], MARK_END]
        at = right
    pieces.append(text[at:end])
    if end < len(text):
        pieces.append("…")
    return "".join(pieces)


def _fold_with_places(text: str) -> tuple[str, list[int]]:
    """Return the folded text and for each of its characters the place in `text`."""
    folded: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        for part in _fold_character(character):
            folded.append(part)
            places.append(place)
    places.append(len(text))
    return "".join(folded), places


def _spans(folded: str, places: list[int], spellings: list[tuple[str, ...]]) -> set[tuple[int, int]]:
    spans: set[tuple[int, int]] = set()
    for group in spellings:
        for word in group:
            at = folded.find(word)
            while at >= 0:
                spans.add((places[at], places[at + len(word) - 1] + 1))
                at = folded.find(word, at + len(word))
    return spans

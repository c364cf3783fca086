"""Splits German compounds with a small table of productive parts.

The table (`analysis.language.compound_table`) says of each part how many dictionary nouns it starts
or ends. Of all cuts the one is taken whose rarer half is most productive; a word that the table
does not explain stays whole.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import simplemma

from analysis.language.tokens import normal
from analysis.language.wordlists import lines

_SHORTEST_WORD = 7
_SHORTEST_PART = 3
_LEAST = {3: 60, 4: 8}  # compounds a short part must be seen in: most three-letter cuts are chance
_LEAST_LONG = 3
_SURE = math.log(8)
_SHORTEST_REST, _SHORTEST_LAST, _LEAST_PRODUCTIVE = 5, 4, 25
_WHOLE = frozenset(
    ("dienstag", "donnerstag", "sonntag", "montag", "freitag", "samstag", "mittwoch", "sonnabend")
)


_NO_HEADS = ("fach", "weise", "mal", "los", "haft", "bar")  # mehrfach, probeweise: no nouns


@dataclass(frozen=True, slots=True)
class _Part:
    base: str
    firsts: int
    lasts: int


@functools.cache
def _table() -> dict[str, _Part]:
    table = {}
    for line in lines("compound_parts_de.tsv"):
        part, base, firsts, lasts = line.split("\t")
        table[normal(part)] = _Part(normal(base), int(firsts), int(lasts))
    return table


@functools.lru_cache(maxsize=100_000)
def split_compound(word: str) -> tuple[str, ...]:
    """Return the lemmas of the parts of a German compound, in order; ``(word,)`` if it is none.

    Args:
        word: A word, best its lemma; case does not matter. Hyphens always split.
    """
    form = normal(word)
    if "-" in form:
        return tuple(part for piece in form.split("-") if piece for part in split_compound(piece)) or (form,)
    best: tuple[float, tuple[str, str, str]] | None = None
    if form in _WHOLE or form.endswith(_NO_HEADS):
        return (form,)
    if len(form) >= _SHORTEST_WORD:
        table = _table()
        for cut in range(_SHORTEST_PART, len(form) - _SHORTEST_PART + 1):
            first, last = table.get(form[:cut]), table.get(form[cut:])
            if first is None or last is None:
                continue
            if first.firsts < _least(cut) or last.lasts < _least(len(form) - cut):
                continue
            score = min(math.log(first.firsts), math.log(last.lasts))
            if best is None or score > best[0]:
                best = (score, (form[:cut], first.base, form[cut:]))
    if best is None:
        return _split_known(form)
    if best[0] < _SURE and _is_lemma(form.capitalize()):
        return (form,)  # a word of its own that rare parts would only explain by chance
    surface, base, last_form = best[1]
    inner = split_compound(surface)
    return (*(inner if len(inner) > 1 else (base,)), *split_compound(last_form))


def _split_known(form: str) -> tuple[str, ...]:
    """Cut off a very productive last part when the dictionary knows the rest (*kittel|tasche*)."""
    table = _table()
    for cut in range(_SHORTEST_REST, len(form) - _SHORTEST_LAST + 1):
        last = table.get(form[cut:])
        if last is None or last.lasts < _LEAST_PRODUCTIVE:
            continue
        for link in ("", "s", "n", "en", "es"):
            rest = form[:cut].removesuffix(link).capitalize()
            if len(rest) >= _SHORTEST_REST and _is_lemma(rest):
                return (normal(rest), form[cut:])
    return (form,)


def _is_lemma(noun: str) -> bool:
    known = simplemma.is_known(noun, lang="de")
    return known and simplemma.lemmatize(noun, lang="de", greedy=False) == noun


def _least(length: int) -> int:
    return _LEAST.get(length, _LEAST_LONG)

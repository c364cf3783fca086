"""Makes the table of German compound parts from simplemma's dictionary.

A German noun such as *Dienstplan* is taken as seen evidence that *dienst* starts and *plan* ends
compounds whenever both halves stand in the dictionary themselves. Counting this over all nouns
gives a small table of productive parts; `analysis.language.compounds` needs only that table.

Run ``python -m analysis.language.compound_table`` to write the table anew.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from analysis.language.wordlists import RESOURCES

TABLE = RESOURCES / "compound_parts_de.tsv"
_MINIMUM = 3  # compounds a part of five or more letters must be seen in
_MINIMUM_SHORT = 8
_SHORTEST = 3
_LINKS = ("", "s", "es", "n", "en", "er", "e", "ns")
_NO_FIRST = frozenset(
    (
        "ab",
        "an",
        "auf",
        "aus",
        "bei",
        "durch",
        "ein",
        "ent",
        "er",
        "fort",
        "ge",
        "gegen",
        "her",
        "hin",
        "hinter",
        "los",
        "miss",
        "mit",
        "nach",
        "neben",
        "nieder",
        "ober",
        "über",
        "um",
        "un",
        "unter",
        "ur",
        "ver",
        "vor",
        "weg",
        "wider",
        "wieder",
        "zer",
        "zu",
        "zurück",
        "zusammen",
        "her",
        "herein",
        "heraus",
        "wohl",
    )
)
_NO_LAST = frozenset(
    (
        "ung",
        "heit",
        "keit",
        "schaft",
        "tum",
        "nis",
        "sal",
        "ling",
        "lein",
        "chen",
        "ion",
        "tion",
        "tät",
        "ität",
        "ismus",
        "ist",
        "ik",
        "ant",
        "ent",
        "enz",
        "anz",
        "ner",
        "ler",
        "ler",
        "erin",
        "innen",
        "rin",
        "rei",
        "erei",
        "lei",
        "age",
        "ier",
        "eur",
        "ade",
        "ite",
        "ide",
    )
)


def count_parts(dictionary: Mapping[str, str]) -> tuple[Counter[str], Counter[str], dict[str, str]]:
    """Count how often parts start and end nouns.

    Args:
        dictionary: Word form → lemma, nouns with a capital.

    Returns:
        Counts of first parts (with their linking letters), counts of last parts, and the lemma of
        each first part, all in lower case.
    """
    lemmas = set(dictionary.values())
    nouns = {lemma.lower() for lemma in lemmas if lemma[:1].isupper() and lemma[1:].islower()}
    verbs = {lemma for lemma in lemmas if lemma[:1].islower() and lemma.endswith("n")}
    firsts: Counter[str] = Counter()
    lasts: Counter[str] = Counter()
    bases: dict[str, str] = {}
    for noun in nouns:
        for first, last in _halves(noun):
            if last not in nouns or last in _NO_LAST or first in _NO_FIRST:
                continue
            base = bases.get(first) or _base(first, nouns, verbs)
            if base:
                bases[first] = base
                firsts[first] += 1
                lasts[last] += 1
    return firsts, lasts, bases


def _halves(noun: str) -> Iterator[tuple[str, str]]:
    for cut in range(_SHORTEST, len(noun) - _SHORTEST + 1):
        yield noun[:cut], noun[cut:]


def _base(first: str, nouns: set[str], verbs: set[str]) -> str | None:
    for link in _LINKS:
        stem = first.removesuffix(link) if link else first
        if len(stem) >= _SHORTEST and stem in nouns and (not link or stem != first):
            return stem
    for ending in ("en", "n"):
        if first.removesuffix("e") + ending in verbs:
            return first.removesuffix("e") + ending
    return None


def table_lines(dictionary: Mapping[str, str]) -> Iterable[str]:
    """Return the lines of the table: part, its lemma, times as first, times as last part."""
    firsts, lasts, bases = count_parts(dictionary)
    parts = {
        part
        for part in firsts | lasts
        if max(firsts[part], lasts[part]) >= (_MINIMUM if len(part) >= 5 else _MINIMUM_SHORT)
    }
    forms = {p: bases.get(p, p) for p in parts}
    # Kurven- is listed as a noun of its own, but Kurve is what people look for.
    lemmas = {p: dictionary.get(b.capitalize(), b).lower() for p, b in forms.items()}
    return (f"{p}\t{lemmas[p]}\t{firsts[p]}\t{lasts[p]}" for p in sorted(parts))


def main() -> None:
    """Write the table."""
    from simplemma.strategies.dictionaries import DefaultDictionaryFactory

    head = [
        "# Parts of German compounds: part, lemma, compounds it starts, compounds it ends",
        "# Counted over the nouns of simplemma's German dictionary (MIT) by analysis.language.compound_table",
    ]
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else TABLE
    lines = [*head, *table_lines(DefaultDictionaryFactory().get_dictionary("de"))]
    target.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()

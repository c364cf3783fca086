"""Small edits that turn one text into another, as a person would have made them.

Two people's edits of the same sentence merge well only if each edit touches what was really changed.
Edits never cut inside what people see as one character (letter with combining marks, emoji sequence):
merging halves of those gives other characters.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from difflib import SequenceMatcher

_JOINER = "\u200d"
_MOST_PAIRS = 1_000_000
"""Above this product of lengths words are compared instead of characters, and above it again nothing:
comparing would take seconds."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace `removed` UTF-8 bytes at the byte offset `at` of the old text by `inserted`."""

    at: int
    removed: int
    inserted: str


def edits(old: str, new: str) -> list[Edit]:
    """Return the edits from `old` to `new`, last one first, so that they can be applied in this order.

    Offsets are UTF-8 bytes, since that is how the document counts.
    """
    before, after = clusters(old), clusters(new)
    head = 0
    while head < min(len(before), len(after)) and before[head] == after[head]:
        head += 1
    tail = 0
    while tail < min(len(before), len(after)) - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    old_middle, new_middle = before[head : len(before) - tail], after[head : len(after) - tail]
    if len(old_middle) * len(new_middle) > _MOST_PAIRS:
        old_middle, new_middle = _words(old_middle), _words(new_middle)
    offsets = [len("".join(before[:head]).encode())]
    for token in old_middle:
        offsets.append(offsets[-1] + len(token.encode()))
    found = [
        Edit(offsets[i1], offsets[i2] - offsets[i1], "".join(new_middle[j1:j2]))
        for i1, i2, j1, j2 in _replaced(old_middle, new_middle)
    ]
    return found[::-1]


def _replaced(before: list[str], after: list[str]) -> list[tuple[int, int, int, int]]:
    if not before and not after:
        return []
    if not before or not after or len(before) * len(after) > _MOST_PAIRS:
        return [(0, len(before), 0, len(after))]
    blocks = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    return [(i1, i2, j1, j2) for tag, i1, i2, j1, j2 in blocks if tag != "equal"]


def _words(tokens: list[str]) -> list[str]:
    words: list[str] = []
    for token in tokens:
        if words and not words[-1][-1].isspace():
            words[-1] += token
        else:
            words.append(token)
    return words


def clusters(text: str) -> list[str]:
    """Return the text cut into what people see as characters; joined again it is the same text.

    Covers combining marks, variation selectors, skin tones, zero-width joiners and flags; of the rules in
    Unicode Annex 29 those that German texts and emoji meet.
    """
    found: list[str] = []
    for char in text:
        if found and _joins(found[-1], char):
            found[-1] += char
        else:
            found.append(char)
    return found


def _joins(cluster: str, char: str) -> bool:
    if char < "\u0300":
        return cluster == "\r" and char == "\n"
    if cluster[-1] in "\r\n":
        return False
    if cluster[-1] == _JOINER and len(cluster) > 1:
        return True
    if _is_flag_half(char):
        return _is_flag_half(cluster[-1]) and len(cluster) == 1
    return (
        char == _JOINER
        or unicodedata.category(char) in ("Mn", "Me", "Mc")
        or "\U0001f3fb" <= char <= "\U0001f3ff"
        or "\U000e0020" <= char <= "\U000e007f"
    )


def _is_flag_half(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"

"""Words with their place in the text, and normalised forms."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_WORD = re.compile(
    r"\d+(?:[.,:/]\d+)*"  # 8:30, 1.250,50, 145/80, 24.12.
    r"|[^\W\d_]+(?:[’'‘-][^\W\d_]+)*"  # Ein-Euro-Job, so'n, müsst's
    r"|[^\W_]+",
    re.UNICODE,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word or number; `start` and `end` are character offsets into the text."""

    text: str
    start: int
    end: int

    @property
    def is_word(self) -> bool:
        """Whether it begins with a letter."""
        return self.text[0].isalpha()

    @property
    def capital(self) -> bool:
        """Whether it begins with a capital, as German nouns do."""
        return self.text[0].isupper()


def tokens(text: str) -> tuple[Token, ...]:
    """Return the words and numbers of a text in order."""
    return tuple(Token(m.group(), m.start(), m.end()) for m in _WORD.finditer(text))


def normal(word: str) -> str:
    """Return the form in which words are compared: NFC, lower case, straight apostrophe."""
    return unicodedata.normalize("NFC", word).lower().replace("’", "'").replace("‘", "'")

"""Word lists and tables below ``resources/language``: UTF-8, one entry a line, ``#`` starts a comment."""

from __future__ import annotations

import functools
from pathlib import Path

RESOURCES = Path(__file__).resolve().parents[2] / "resources" / "language"
"""Folder of the lists."""

LANGUAGES = ("de", "en")
"""Languages with lists."""


@functools.cache
def lines(name: str) -> tuple[str, ...]:
    """Return the entries of a list file, without comments and blank lines."""
    text = (RESOURCES / name).read_text(encoding="utf-8")
    return tuple(line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#"))


@functools.cache
def stop_words(language: str | None = None) -> frozenset[str]:
    """Return the stop words of a language in lower case, of all languages by default."""
    chosen = (language,) if language in LANGUAGES else LANGUAGES
    return frozenset(
        word for lang in chosen for line in lines(f"stopwords_{lang}.txt") for word in line.split()
    )

"""The brief's own words in one language: messages, numbers, dates, times and quotation marks."""

from __future__ import annotations

from datetime import date

from explorer_app.reports.fonts import printable
from explorer_app.texts import Texts

_QUOTATION = {"de": ("„", "“"), "en": ("“", "”")}
_STRIPPED = '„“”"«»‟'


class Wording:
    """Says things in the language of `texts`."""

    def __init__(self, texts: Texts) -> None:
        self.texts = texts
        self.language = texts.language

    def __call__(self, key: str, /, **values: object) -> str:
        """Return the message ``reports.<key>``."""
        return self.texts(f"reports.{key}", **values)

    @property
    def unknown(self) -> str:
        """What stands where nothing is known."""
        return self("unknown")

    def number(self, value: float) -> str:
        """Return a number with at most one decimal, such as ``3,5``."""
        text = f"{value:.1f}".removesuffix(".0")
        return text.replace(".", ",") if self.language == "de" else text

    def percent(self, share: float) -> str:
        """Return a share from 0 to 1 in whole percent."""
        whole = round(max(0.0, min(1.0, share)) * 100)
        return self("percent", value=whole)

    def day(self, day: date) -> str:
        """Return a date such as ``22. November 2026``."""
        return self("day", day=day.day, month=self(f"month_{day.month}"), year=day.year)

    def quoted(self, text: str) -> str:
        """Return `text` in this language's quotation marks, its own outer ones replaced."""
        words = printable(text)
        inner = words[1:-1]
        if (
            len(words) > 1
            and words[0] in _STRIPPED
            and words[-1] in _STRIPPED
            and not set(inner) & set(_STRIPPED)
        ):
            words = inner
        opening, closing = _QUOTATION[self.language]
        return f"{opening}{words}{closing}" if words else ""

    def span(self, start: float | None, end: float | None) -> str:
        """Return seconds as ``00:17:40–00:17:52``; "" without a start."""
        if start is None:
            return ""
        return clock(start) if end is None else f"{clock(start)}–{clock(end)}"


def clock(seconds: float) -> str:
    """Return whole seconds as hours, minutes and seconds."""
    whole = max(0, int(seconds))
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"

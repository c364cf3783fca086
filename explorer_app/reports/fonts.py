"""The embedded font: registration, widths, and what to print for characters it does not hold."""

from __future__ import annotations

import functools
import re
import threading
import unicodedata

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from explorer_app.reports.palette import Face
from explorer_app.texts import resource

_REGISTERING = threading.Lock()

_NEAREST = {
    "\u2714": "✓", "\u2705": "✓", "\u2611": "✓", "\u2717": "×", "\u2718": "×", "\u274c": "×", "\u2716": "×",
    "\u2764": "♥", "\U0001f642": ":-)", "\U0001f600": ":-)", "\U0001f60a": ":-)", "\U0001f609": ";-)",
    "\U0001f641": ":-(", "\u2639": ":-(", "\u263a": ":-)", "\U0001f61e": ":-(", "\u27a1": "→", "\u27f6": "→",
    "\u2b05": "←", "\u2b06": "↑", "\u2b07": "↓", "\u2010": "-", "\u2011": "-", "\u2012": "–", "\u2015": "—",
    "\u2043": "-", "\u25cf": "•", "\u3002": ".", "\u3001": ",",
}  # fmt: skip
_DROPPED = {"\u200b", "\u200c", "\u200d", "\u200e", "\u200f", "\u2060", "\ufeff", "\ufe0e", "\ufe0f"}
_KEPT_FORMAT = {"\u00ad"}
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_UNITS = r"(?:%|‰|€|EUR|Euro|kg|km|m|cm|h|min|Min\.|Std\.|Uhr|s|Sek\.|Tage|Stunden|Minuten|MB|GB)"
_GLUE = (
    (re.compile(r"(\d) (?=" + _UNITS + r"(?!\w))"), "\\1\u00a0"),
    (re.compile(r"((?:§§?|Art\.|Abs\.|Nr\.|Seite|ca\.|No\.)) (?=\d)"), "\\1\u00a0"),
    (re.compile(r"\b((?:Frau|Herrn?|Dr\.|Prof\.|Mrs?\.|Ms\.|[A-ZÄÖÜ]\.)) (?=[A-ZÄÖÜ]\.)"), "\\1\u00a0"),
    (re.compile(r"\b(z\.|u\.|d\.|i\.) ?(?=(?:B|a|h|d|R|E)\.)"), "\\1\u00a0"),
)


def register_fonts() -> None:
    """Make the four cuts known to ReportLab; cheap when they are already."""
    with _REGISTERING:
        known = set(pdfmetrics.getRegisteredFontNames())
        for face in Face:
            if face.value not in known:
                pdfmetrics.registerFont(TTFont(face.value, str(resource("fonts", f"{face.value}.ttf"))))


@functools.lru_cache(maxsize=50_000)
def text_width(text: str, face: Face, size: float) -> float:
    """Return the width of `text` in points."""
    return float(pdfmetrics.stringWidth(text, face.value, size))


@functools.cache
def _held() -> frozenset[int]:
    register_fonts()
    return frozenset(pdfmetrics.getFont(Face.REGULAR.value).face.charToGlyph)


@functools.lru_cache(maxsize=4096)
def printable(text: str) -> str:
    """Return `text` on one line, with every character in the embedded font.

    White space becomes single blanks, control characters go, numbers keep their units on the same
    line. A character the font lacks becomes its nearest one, or its name in brackets; a run of
    letters of another script becomes one note such as ``[Arabic ×12]``.
    """
    parts: list[str] = []
    script, count, blank = "", 0, ""
    for character in unicodedata.normalize("NFC", text):
        if script and (character.isspace() or unicodedata.category(character).startswith("M")):
            blank = blank or (" " if character.isspace() else "")
            continue
        name = _script(character)
        if script and name != script:
            parts += (_placeholder(script, count), blank)
            script, count = "", 0
        blank = ""
        if name:
            script, count = name, count + 1
        else:
            parts.append(_one(character))
    if script:
        parts.append(_placeholder(script, count))
    line = re.sub(r"[ \t\n]+", " ", "".join(parts)).strip(" ")
    for pattern, replacement in _GLUE:
        line = pattern.sub(replacement, line)
    return line


def _placeholder(script: str, count: int) -> str:
    return f"[{script} ×{count}]"


def _script(character: str) -> str:
    """Return the name of the script of a letter that cannot be printed, else ""."""
    if not unicodedata.category(character).startswith(("L", "N")) or not _one(character).startswith("["):
        return ""
    return (
        "" if character == "[" else unicodedata.name(character, "?").split(" ")[0].split("-")[0].capitalize()
    )


@functools.lru_cache(maxsize=4096)
def _one(character: str) -> str:
    if character == "\u00a0" or character == "\u202f":
        return "\u00a0"
    if character.isspace():
        return " "
    if character in _DROPPED or ord(character) in _SKIN_TONES:
        return ""
    category = unicodedata.category(character)
    if category in ("Cc", "Cf", "Cs", "Co", "Cn") and character not in _KEPT_FORMAT:
        return "" if category in ("Cc", "Cf") else f"[U+{ord(character):04X}]"
    if character in _NEAREST:
        return _NEAREST[character]
    if ord(character) in _held():
        return character
    simple = "".join(c for c in unicodedata.normalize("NFKD", character) if ord(c) in _held())
    if simple and not simple.isspace():
        return simple
    if category.startswith("M"):
        return ""
    return f"[{unicodedata.name(character, f'U+{ord(character):04X}').lower()}]"

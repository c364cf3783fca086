"""Bytes of a text file become text: which encoding, and is it text at all."""

from __future__ import annotations

import codecs

from explorer_app.domain.errors import InputRejectedError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_FOREIGN = (b"%PDF", b"PK\x03\x04", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"ID3", b"OggS", b"fLaC", b"RIFF")
_OLD_WORD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MOST_CONTROLS = 0.002
"""Share of control characters above which a file is no text; a form feed here and there is."""


def decode(data: bytes, name: str) -> tuple[str, bool]:
    """Return the text of a file with line feeds as line ends, and whether its encoding had to be guessed.

    A byte order mark decides; else UTF-16 if every second byte of most is zero; else UTF-8; else
    Windows-1252, the guess.

    Raises:
        InputRejectedError: ``text_import.empty``, ``text_import.old_word`` or ``text_import.not_text``.
    """
    if not data.strip():
        raise InputRejectedError("text_import.empty", name=name)
    if data.startswith(_OLD_WORD):
        raise InputRejectedError("text_import.old_word", name=name)
    if data.startswith(_FOREIGN):
        raise InputRejectedError("text_import.not_text", name=name)
    encoding, guessed = _encoding(data)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise InputRejectedError("text_import.not_text", name=name) from error
    controls = sum(1 for char in text[:200_000] if char < " " and char not in "\t\n\r\f\v")
    if "\0" in text or controls > max(2, len(text[:200_000]) * _MOST_CONTROLS):
        raise InputRejectedError("text_import.not_text", name=name)
    if not text.strip("\ufeff \t\r\n\f\v"):
        raise InputRejectedError("text_import.empty", name=name)
    return text.replace("\r\n", "\n").replace("\r", "\n"), guessed


def _encoding(data: bytes) -> tuple[str, bool]:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return encoding, False
    sample = data[:4000]
    if sample[1::2].count(0) > len(sample) * 0.4:
        return "utf-16-le", False
    if sample[0::2].count(0) > len(sample) * 0.4:
        return "utf-16-be", False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252", True
    return "utf-8", False

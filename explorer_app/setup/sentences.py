"""Sentences before any package is there: read straight from ``resources/i18n/<language>/setup.po``.

Once the packages are installed, `explorer_app.texts` reads the same file.
"""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path


def language() -> str:
    """Return ``de`` or ``en``: from ``EXPLORER_LANG``, else the locale, else German."""
    for name in ("EXPLORER_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        code = os.environ.get(name, "")[:2].lower()
        if code in ("de", "en"):
            return code
    return "de"


def sentence(message_id: str, **values: object) -> str:
    """Return the sentence of `message_id` in the person's language."""
    text = _catalogue(language())[message_id]
    return text.format(**values) if values else text


@cache
def _catalogue(code: str) -> dict[str, str]:
    path = Path(__file__).resolve().parents[2] / "resources" / "i18n" / code / "setup.po"
    found = re.findall(r'^msgid "(.+)"\nmsgstr "(.*)"$', path.read_text(encoding="utf-8"), re.MULTILINE)
    return {key: text.replace(r"\"", '"').replace(r"\n", "\n") for key, text in found}

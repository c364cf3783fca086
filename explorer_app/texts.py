"""Sentences for people: message ids with values become German or English text.

The catalogues are gettext `.po` files below ``resources/i18n/<language>/``, one a part of the app;
message ids are keys such as ``vault.wrong_passphrase``. The language is chosen at the edge (command
line, brief, window) and handed in; nothing here is global.
"""

from __future__ import annotations

import functools
import gettext
import io
from datetime import date, datetime
from pathlib import Path

import polib

from explorer_app.domain.errors import ExplorerError

LANGUAGES = ("de", "en")
"""Languages with complete catalogues, the first one is the default."""


def resource(*parts: str) -> Path:
    """Return the path of a file or folder below ``resources/``."""
    return Path(__file__).resolve().parent.parent.joinpath("resources", *parts)


@functools.cache
def _catalogue(language: str) -> gettext.GNUTranslations:
    merged = polib.POFile()
    merged.metadata = {
        "Content-Type": "text/plain; charset=UTF-8",
        "Plural-Forms": "nplurals=2; plural=(n != 1);",
    }
    for path in sorted(resource("i18n", language).glob("*.po")):
        merged.extend(polib.pofile(str(path), encoding="utf-8"))
    return gettext.GNUTranslations(io.BytesIO(merged.to_binary()))


class Texts:
    """The sentences of one language.

    Args:
        language: ``de`` or ``en``; anything else falls back to German.
    """

    def __init__(self, language: str = "de") -> None:
        self.language = language if language in LANGUAGES else LANGUAGES[0]

    def __call__(self, message_id: str, /, **values: object) -> str:
        """Return the sentence of `message_id` with `values` filled in.

        A message with a plural form is chosen by the value ``n``.
        """
        catalogue = _catalogue(self.language)
        count = values.get("n")
        sentence = message_id
        if isinstance(count, int):
            sentence = catalogue.ngettext(message_id, message_id, count)
        if sentence == message_id:
            sentence = catalogue.gettext(message_id)
        return sentence.format(**values) if values else sentence

    def day(self, day: date) -> str:
        """Return a day as people write it: 22.11.2026, in English 22/11/2026."""
        return f"{day:%d.%m.%Y}" if self.language == "de" else f"{day:%d/%m/%Y}"

    def moment(self, moment: datetime) -> str:
        """Return a moment in local time as people write it: 22.11.2026 14:05."""
        local = moment.astimezone()
        return f"{self.day(local)} {local:%H:%M}"

    def error(self, error: ExplorerError) -> str:
        """Return the plain sentence of a known failure."""
        return self(error.message_id, **error.values)

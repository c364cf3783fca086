"""The library of use-case patterns: what a kind of solution needs, and when it does not fit.

One TOML file a pattern, German and English side by side. The loader is strict: a sentence that is
missing in one language, an example without a source or an unknown key stops the load with the file
and the key that is wrong, so that a gap never reaches a brief.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args

from analysis.errors import AnalysisError

Language = Literal["de", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

AiAnswer = Literal["yes", "no", "unclear"]
KiActClass = Literal["none", "minimal", "transparency", "high", "depends"]
"""Suspected class under Regulation (EU) 2024/1689; ``none`` means that it is no AI system."""

NO_EXAMPLE: Mapping[str, str] = {"de": "kein belegtes Beispiel", "en": "no documented example"}
"""What a card says when nobody is known to have done it."""

NO_AI_PATTERN = "no_ai_process_fix"
"""Id of the pattern that says: change the procedure, no AI."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternText:
    """Everything about a pattern that people read, in one language.

    `symptoms` are ways in which people tell of a problem that the pattern answers; they are also
    what a problem field is compared with. `today` and `tomorrow` are typical, not observed.
    """

    name: str
    summary: str
    symptoms: tuple[str, ...]
    fits: tuple[str, ...]
    benefits: tuple[str, ...]
    risks: tuple[str, ...]
    privacy: tuple[str, ...]
    ki_act: str
    oversight: str
    bias: str
    divide: str
    effort: str
    plain_alternative: str
    today: tuple[str, ...]
    tomorrow: tuple[str, ...]
    questions: tuple[str, ...]
    ai_answer: str
    next_step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """Words that speak for or against a pattern; see `analysis.usecases.signals` for the syntax."""

    strong: tuple[str, ...]
    weak: tuple[str, ...]
    against: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A sentence with the words that trigger it: data that is needed, or a case that does not fit."""

    text: Mapping[str, str]
    signals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """A situation that speaks for a pattern, with the words that tell of it and its weight.

    `ai` is ``no`` where the situation shows that a changed procedure or a rule is enough, ``yes``
    where only a learning system can do it; empty where it says nothing.
    """

    text: Mapping[str, str]
    signals: tuple[str, ...]
    weight: float
    ai: Literal["yes", "no", ""] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """Someone who did it.

    `found` says in our words what the source says; `year` is None where the source names none.
    """

    title: str
    organisation: str
    address: str
    year: int | None
    found: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pattern:
    """One family of solutions. `effort_months` is an estimate: from, to.

    Two patterns are equal only when they are the same object, so that a loaded library can be the
    key of a cache.
    """

    id: str
    ai: AiAnswer
    ki_act: KiActClass
    sensitive: bool
    effort_months: tuple[int, int]
    signals: Signals
    cues: tuple[Cue, ...]
    data: tuple[Condition, ...]
    not_when: tuple[Condition, ...]
    examples: tuple[Example, ...]
    texts: Mapping[Language, PatternText]

    def text(self, language: str) -> PatternText:
        """Return the text in `language`; anything but ``en`` is German."""
        return self.texts["en" if language == "en" else "de"]

    def example_line(self, language: str) -> str:
        """Return the first example with its source in one line, or that none is documented."""
        if not self.examples:
            return NO_EXAMPLE["en" if language == "en" else "de"]
        first = self.examples[0]
        found = first.found["en" if language == "en" else "de"]
        year = first.year or ("no year" if language == "en" else "ohne Jahr")
        return f"{first.title} ({first.organisation}, {year}): {found} {first.address}"


class PatternLibraryError(AnalysisError):
    """A pattern file cannot be used; ``values`` name the file and what is wrong with it."""


def load_patterns(folder: Path | str) -> tuple[Pattern, ...]:
    """Read all ``*.toml`` files of `folder` that do not start with an underscore, by file name.

    Raises:
        PatternLibraryError: ``usecases.library_missing``, ``usecases.library_empty`` or
            ``usecases.pattern_invalid`` (file, key).
    """
    root = Path(folder)
    if not root.is_dir():
        raise PatternLibraryError("usecases.library_missing", folder=root.name)
    paths = sorted(p for p in root.glob("*.toml") if not p.name.startswith("_"))
    if not paths:
        raise PatternLibraryError("usecases.library_empty", folder=root.name)
    return tuple(_load(path) for path in paths)


def read_toml(path: Path) -> dict[str, Any]:
    """Read one TOML file of the library.

    Raises:
        PatternLibraryError: ``usecases.pattern_invalid`` when it cannot be read as TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PatternLibraryError("usecases.pattern_invalid", file=path.name, key="TOML") from error


class Reader:
    """Typed access to one table of a file; every complaint names the file and the key."""

    def __init__(self, file: str, table: object, prefix: str = "") -> None:
        self._file = file
        self._prefix = prefix
        if not isinstance(table, dict):
            raise self.wrong("")
        self._table: dict[str, Any] = table

    def wrong(self, key: str) -> PatternLibraryError:
        """Return the error that names `key`."""
        path = f"{self._prefix}{key}".rstrip(".")
        return PatternLibraryError("usecases.pattern_invalid", file=self._file, key=path)

    def only(self, *keys: str) -> None:
        """Refuse keys that nobody reads: a misspelt key would be a silent gap."""
        for key in self._table:
            if key not in keys:
                raise self.wrong(key)

    def text(self, key: str) -> str:
        """Return a non-blank string."""
        value = self._table.get(key)
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(key)
        return value.strip()

    def texts(self, key: str, *, least: int = 1) -> tuple[str, ...]:
        """Return a list of at least `least` non-blank strings."""
        value = self._table.get(key)
        if not isinstance(value, list) or len(value) < least:
            raise self.wrong(key)
        if not all(isinstance(item, str) and item.strip() for item in value):
            raise self.wrong(key)
        return tuple(item.strip() for item in value)

    def choice(self, key: str, allowed: tuple[str, ...]) -> str:
        """Return one of `allowed`."""
        value = self.text(key)
        if value not in allowed:
            raise self.wrong(key)
        return value

    def flag(self, key: str) -> bool:
        """Return a boolean."""
        value = self._table.get(key)
        if not isinstance(value, bool):
            raise self.wrong(key)
        return value

    def whole(self, key: str) -> int:
        """Return an integer (and no boolean)."""
        value = self._table.get(key)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.wrong(key)
        return value

    def table(self, key: str) -> Reader:
        """Return the reader of a table."""
        return Reader(self._file, self._table.get(key), f"{self._prefix}{key}.")

    def tables(self, key: str) -> tuple[Reader, ...]:
        """Return the readers of an array of tables, empty when the key is absent."""
        value = self._table.get(key, [])
        if not isinstance(value, list):
            raise self.wrong(key)
        return tuple(Reader(self._file, item, f"{self._prefix}{key}[{n}].") for n, item in enumerate(value))

    def both(self) -> dict[str, str]:
        """Return the German and the English sentence of this table."""
        return {language: self.text(language) for language in LANGUAGES}

    def value(self, key: str) -> object:
        """Return the raw value."""
        return self._table.get(key)


_LISTS = {f.name for f in fields(PatternText) if str(f.type).startswith("tuple")}
_LEAST = {"symptoms": 5, "today": 3, "tomorrow": 3, "risks": 2, "privacy": 2, "questions": 3, "fits": 2}


def _load(path: Path) -> Pattern:
    top = Reader(path.name, read_toml(path))
    top.only(
        "id",
        "ai",
        "ki_act",
        "sensitive",
        "effort_months",
        "signals",
        "cues",
        "data",
        "not_when",
        "examples",
        "de",
        "en",
    )
    pattern_id = top.text("id")
    if pattern_id != path.stem:
        raise top.wrong("id")
    signals = top.table("signals")
    signals.only("strong", "weak", "against")
    texts = {language: _text(top.table(language)) for language in LANGUAGES}
    for name in _LISTS:
        if len(getattr(texts["de"], name)) != len(getattr(texts["en"], name)):
            raise top.wrong(f"en.{name}")
    data = tuple(_condition(r) for r in top.tables("data"))
    not_when = tuple(_condition(r) for r in top.tables("not_when"))
    if not data or not not_when:
        raise top.wrong("not_when" if data else "data")
    return Pattern(
        id=pattern_id,
        ai=_as_answer(top),
        ki_act=_as_class(top),
        sensitive=top.flag("sensitive"),
        effort_months=_months(top),
        signals=Signals(
            strong=signals.texts("strong"),
            weak=signals.texts("weak", least=0),
            against=signals.texts("against", least=0),
        ),
        cues=tuple(_cue(r) for r in top.tables("cues")),
        data=data,
        not_when=not_when,
        examples=tuple(_example(r) for r in top.tables("examples")),
        texts=texts,
    )


def _as_answer(top: Reader) -> AiAnswer:
    value = top.choice("ai", get_args(AiAnswer))
    return "yes" if value == "yes" else "no" if value == "no" else "unclear"


def _as_class(top: Reader) -> KiActClass:
    value = top.choice("ki_act", get_args(KiActClass))
    known: dict[str, KiActClass] = {c: c for c in get_args(KiActClass)}
    return known[value]


def _months(top: Reader) -> tuple[int, int]:
    value = top.value("effort_months")
    if not isinstance(value, list) or len(value) != 2 or not all(type(v) is int for v in value):
        raise top.wrong("effort_months")
    low, high = value
    if not 0 < low <= high:
        raise top.wrong("effort_months")
    return low, high


def _text(reader: Reader) -> PatternText:
    names = [f.name for f in fields(PatternText)]
    reader.only(*names)
    values: dict[str, Any] = {
        name: reader.texts(name, least=_LEAST.get(name, 1)) if name in _LISTS else reader.text(name)
        for name in names
    }
    return PatternText(**values)


def _condition(reader: Reader) -> Condition:
    reader.only(*LANGUAGES, "signals")
    signals = reader.texts("signals", least=0) if reader.value("signals") is not None else ()
    return Condition(text=reader.both(), signals=signals)


def _cue(reader: Reader) -> Cue:
    reader.only(*LANGUAGES, "signals", "weight", "ai")
    weight = reader.value("weight")
    if not isinstance(weight, float) or not 0 < weight <= 3:
        raise reader.wrong("weight")
    ai = reader.choice("ai", ("yes", "no")) if reader.value("ai") is not None else ""
    return Cue(
        text=reader.both(),
        signals=reader.texts("signals"),
        weight=weight,
        ai="yes" if ai == "yes" else "no" if ai == "no" else "",
    )


def _example(reader: Reader) -> Example:
    reader.only("title", "organisation", "address", "year", "found")
    address = reader.text("address")
    if not re.fullmatch(r"https?://[^\s/]+\.[^\s]+", address):
        raise reader.wrong("address")
    year = reader.whole("year") if reader.value("year") is not None else None
    if year is not None and not 1990 <= year <= 2100:
        raise reader.wrong("year")
    found = reader.table("found")
    found.only(*LANGUAGES)
    return Example(
        title=reader.text("title"),
        organisation=reader.text("organisation"),
        address=address,
        year=year,
        found=found.both(),
    )

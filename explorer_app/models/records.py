"""What is known of an installed model: the record that lies beside its files, and reports for people."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from explorer_app.models.catalogue import Entry, ModelFile

RECORD = "installed.json"


class Proof(StrEnum):
    """Why an installed model is believed to be what it says."""

    CATALOGUE = "catalogue"
    """Its hashes stand in the catalogue."""
    PROBES = "probes"
    """Made here from material with a known hash, and it answers the stored probes."""
    RECORDED = "recorded"
    """Nobody held it before; its hashes were recorded at the import ("ungeprüft")."""


class ModelState(StrEnum):
    """State of a model on this device."""

    INSTALLED = "installed"
    MISSING = "missing"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Files of an installed model with their hashes; written last, so a model without it is not finished.

    Attributes:
        origin: ``package``, ``folder`` or ``found`` (laid there by hand).
    """

    model: str
    variant: str
    origin: str
    proof: Proof
    files: tuple[ModelFile, ...]
    installed_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelReport:
    """State of one model.

    Attributes:
        folder: Where it lies or would lie.
        record: What was recorded, or None.
        damaged: Names of files that are missing or not as recorded.
        checked: Whether every byte was read, or only the sizes.
    """

    entry: Entry
    state: ModelState
    folder: Path
    record: Record | None = None
    damaged: tuple[str, ...] = ()
    checked: bool = False


def new_record(model: str, variant: str, origin: str, proof: Proof, files: tuple[ModelFile, ...]) -> Record:
    """Return a record of this moment."""
    return Record(
        model=model,
        variant=variant,
        origin=origin,
        proof=proof,
        files=files,
        installed_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def write_record(folder: Path, record: Record) -> None:
    """Write the record into `folder`, whole or not at all."""
    new = folder / (RECORD + ".new")
    with new.open("w", encoding="utf-8") as file:
        json.dump(asdict(record), file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    new.replace(folder / RECORD)


def read_record(folder: Path) -> Record | None:
    """Return the record of `folder`, or None if there is none that can be read."""
    try:
        raw = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        files = tuple(ModelFile(**file) for file in raw.pop("files"))
        return Record(**{**raw, "proof": Proof(raw["proof"]), "files": files})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def size_damage(folder: Path, record: Record) -> tuple[str, ...]:
    """Return the names of files whose size is not the recorded one."""
    return tuple(file.name for file in record.files if _size(folder / file.name) != file.size)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1

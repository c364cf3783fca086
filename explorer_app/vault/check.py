"""Checks every file of a vault and names what is damaged, where, and what stays readable."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from explorer_app.domain.errors import ExplorerError
from explorer_app.vault import files
from explorer_app.vault.audio import AudioReport, AudioStore, AudioSummary
from explorer_app.vault.database import Database
from explorer_app.vault.folder import require_vault
from explorer_app.vault.header import HeaderFiles, parse_header, read_header
from explorer_app.vault.inspection import DatabaseInspection, inspect_database, read_column
from explorer_app.vault.key_slots import Credential
from explorer_app.vault.lock import FolderLock
from explorer_app.vault.migrations import refuse_newer
from explorer_app.vault.opening import LOG
from explorer_app.vault.sealing import PrivateKey
from explorer_app.vault.snapshots import Snapshot, list_snapshots
from explorer_app.vault.write_ahead import scan_log

_MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was written.

    Attributes:
        part: File inside the vault, with slashes.
        message_id: Sentence that says what is damaged.
        values: Values of the sentence.
    """

    part: str
    message_id: str
    values: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """What a check found.

    Attributes:
        findings: What is damaged, in the order header, database, snapshots, audio.
        hints: What to do now and what stays readable; empty if all is well.
        database_readable: Whether the vault can be opened.
        snapshot: Newest snapshot that can be restored.
        recordings: How many recordings there are.
        recordings_readable: How many of them the key slots open.
    """

    findings: tuple[Finding, ...]
    hints: tuple[Finding, ...]
    database_readable: bool
    snapshot: Snapshot | None
    recordings: int
    recordings_readable: int

    @property
    def ok(self) -> bool:
        """Whether everything is what was written."""
        return not self.findings


def check(folder: Path, credential: Credential) -> CheckReport:
    """Check header, database, snapshots and every second of audio of a closed vault.

    Nothing is repaired; only an undamaged write-ahead log is folded in, as each opening does.

    Raises:
        NotFoundError: There is no vault.
        AccessDeniedError: The credential does not open it.
        BusyError: It is open.
        TooNewError: A newer version of the app wrote it.
        DamagedError: No header is left, neither in the vault nor in a snapshot.
        StorageError: The disk fails.
    """
    require_vault(folder)
    lock = FolderLock.take(folder)
    try:
        found, data_key = read_header(folder).unlock(credential)
        return check_unlocked(folder, found, data_key)
    finally:
        lock.release()


def check_unlocked(folder: Path, found: HeaderFiles, data_key: bytes) -> CheckReport:
    """Check a vault whose data key is known and that nobody has open."""
    findings = [Finding(name, "vault.check_header", {"part": name}) for name in found.damaged]
    findings += [Finding(name, "vault.check_header_outdated", {"part": name}) for name in found.outdated]
    log = scan_log(folder / LOG)
    if log.damaged_frame is not None:
        findings.append(Finding(LOG, "vault.check_log", {"part": LOG, "frame": log.damaged_frame}))
    elif log.frames:
        _fold_log(folder, data_key)
    inspection = inspect_database(folder / files.DATABASE, data_key)
    findings += _database_findings(files.DATABASE, inspection)
    summaries = _summaries(folder, data_key) if inspection.readable else {}
    good, snapshot_findings = _check_snapshots(folder, data_key)
    findings += snapshot_findings
    private_key = found.best.header.private_key(data_key)
    store = AudioStore(folder / files.AUDIO)
    readable, audio_findings = _check_audio(store, private_key, summaries)
    findings += audio_findings
    count = len(store.recordings())
    return CheckReport(
        findings=tuple(findings),
        hints=tuple(_hints(inspection, good, count, readable)),
        database_readable=inspection.readable and not inspection.pages,
        snapshot=good,
        recordings=count,
        recordings_readable=readable,
    )


def _fold_log(folder: Path, data_key: bytes) -> None:
    try:
        database = Database(folder / files.DATABASE, data_key)
    except ExplorerError:
        return  # The inspection that follows says what is wrong.
    try:
        refuse_newer(database)
    finally:
        database.close()


def _database_findings(part: str, inspection: DatabaseInspection) -> Iterator[Finding]:
    if inspection.salt_changed:
        yield Finding(part, "vault.check_salt", {"part": part})
    if inspection.pages:
        pages = ", ".join(str(page) for page in inspection.pages[:_MOST_NAMED])
        if len(inspection.pages) > _MOST_NAMED:
            pages += ", …"
        yield Finding(part, "vault.check_pages", {"part": part, "pages": pages})
    elif not inspection.readable:
        yield Finding(part, "vault.check_database_lost", {"part": part})
    elif inspection.problems:
        problem = "; ".join(inspection.problems[:_MOST_NAMED])
        yield Finding(part, "vault.check_structure", {"part": part, "problem": problem})


def _summaries(folder: Path, data_key: bytes) -> dict[str, AudioSummary]:
    texts = read_column(folder / files.DATABASE, data_key, "audio_summaries", "summary")
    summaries = [AudioSummary.from_json(str(text)) for text in texts]
    return {summary.recording_id: summary for summary in summaries}


def _check_snapshots(folder: Path, data_key: bytes) -> tuple[Snapshot | None, list[Finding]]:
    good: Snapshot | None = None
    findings: list[Finding] = []
    for snapshot in list_snapshots(folder):
        base = f"{files.SNAPSHOTS}/{snapshot.name}"
        bad = list(
            _database_findings(
                f"{base}/{files.DATABASE}", inspect_database(snapshot.path / files.DATABASE, data_key)
            )
        )
        if not _good_header(snapshot.path / files.HEADER, data_key):
            part = f"{base}/{files.HEADER}"
            bad.append(Finding(part, "vault.check_header", {"part": part}))
        findings += bad
        if not bad and good is None:
            good = snapshot
    return good, findings


def _good_header(path: Path, data_key: bytes) -> bool:
    try:
        return parse_header(path.read_bytes()).is_genuine(data_key)
    except (OSError, ExplorerError):
        return False


def _check_audio(
    store: AudioStore, private_key: PrivateKey, summaries: dict[str, AudioSummary]
) -> tuple[int, list[Finding]]:
    readable = 0
    findings: list[Finding] = []
    names = {found.recording_id: found.path.name for found in store.recordings()}
    for recording_id, name in names.items():
        part = f"{files.AUDIO}/{name}"
        try:
            with store.open(recording_id, private_key, summaries.get(recording_id)) as reader:
                findings += _audio_findings(part, reader.verify())
            readable += 1
        except ExplorerError:
            findings.append(Finding(part, "vault.check_audio_lost", {"part": part}))
    for recording_id in sorted(summaries.keys() - names.keys()):
        part = f"{files.AUDIO}/{store.path(recording_id).name}"
        findings.append(Finding(part, "vault.check_audio_missing", {"part": part}))
    return readable, findings


def _audio_findings(part: str, report: AudioReport) -> Iterator[Finding]:
    if report.ok:
        return
    if report.bad:
        seconds = ", ".join(str(damage.seq) for damage in report.bad[:_MOST_NAMED])
        if len(report.bad) > _MOST_NAMED:
            seconds += ", …"
        values = {"part": part, "seconds": seconds, "n": len(report.bad)}
        yield Finding(part, "vault.check_audio_seconds", values)
    if report.header_damaged:
        yield Finding(part, "vault.check_audio_header", {"part": part})
    if report.truncated:
        yield Finding(part, "vault.check_audio_truncated", {"part": part})
    if report.altered and not report.bad and not report.truncated:
        yield Finding(part, "vault.check_audio_altered", {"part": part})
    if report.wrong_order or report.duplicates or report.foreign or report.stray_bytes:
        yield Finding(part, "vault.check_audio_order", {"part": part})


def _hints(
    inspection: DatabaseInspection, good: Snapshot | None, count: int, readable: int
) -> Iterator[Finding]:
    if inspection.is_good:
        return
    if inspection.readable and not inspection.pages and not inspection.problems:
        return
    if good is None:
        yield Finding(files.DATABASE, "vault.hint_no_snapshot")
    else:
        values: dict[str, object] = {
            "snapshot": f"{files.SNAPSHOTS}/{good.name}",
            "made_at": good.made_at.strftime("%Y-%m-%d %H:%M UTC"),
        }
        yield Finding(files.DATABASE, "vault.hint_restore", values)
    if count:
        yield Finding(files.AUDIO, "vault.hint_audio_readable", {"n": readable, "of": count})

"""Kill, full disk, read-only disk, cuts and erasure."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from explorer_app.domain.errors import InputRejectedError, NotFoundError, StorageError
from explorer_app.vault.audio import AudioStore, AudioSummary, AudioWriter
from explorer_app.vault.audio.flac import Samples
from explorer_app.vault.sealing import PrivateKey

RATE = 8_000
VAULT = PrivateKey.generate()
ROOT = Path(__file__).resolve().parents[3]
KILLS = 24
posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals and limits")

WRITE_UNTIL_KILLED = """
import os, sys
import numpy as np
from pathlib import Path
from explorer_app.vault.audio import AudioStore
from explorer_app.vault.sealing import PublicKey
folder, public, batch = Path(sys.argv[1]), PublicKey(bytes.fromhex(sys.argv[2])), int(sys.argv[3])
writer = AudioStore(folder).create("killed", 8000, public, sync_every=batch)
for second in range(100_000):
    pcm = np.random.default_rng(second).integers(-32768, 32768, 8000, dtype=np.int16)
    os.write(1, b"%d\\n" % writer.append(pcm))
"""

CUT_UNTIL_KILLED = """
import os, sys
from pathlib import Path
from explorer_app.vault.audio import AudioStore
from explorer_app.vault.sealing import PrivateKey
folder, private = Path(sys.argv[1]), PrivateKey(bytes.fromhex(sys.argv[2]))
database = folder / "summary.json"
def keep(summary):
    pending = folder / "summary.new"
    pending.write_text(summary.as_json())
    os.replace(pending, database)
os.write(1, b"ready\\n")
AudioStore(folder).rewrite_without("cut", [(2, 5)], private, private.public_key(), on_ready=keep)
os.write(1, b"done\\n")
"""


def second_of(number: int) -> Samples:
    return np.random.default_rng(number).integers(-32768, 32768, RATE, dtype=np.int16)


def seconds_of(count: int) -> Samples:
    return np.concatenate([second_of(number) for number in range(count)])


def child(script: str, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments], stdout=subprocess.PIPE, cwd=ROOT, start_new_session=True
    )


@pytest.fixture
def store(tmp_path: Path) -> AudioStore:
    return AudioStore(tmp_path / "audio")


@posix
@pytest.mark.slow
def test_a_killed_recording_keeps_every_acknowledged_second_and_goes_on(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    for trial in range(KILLS):
        folder, batch = tmp_path / str(trial), (1, 1, 7)[trial % 3]
        process = child(WRITE_UNTIL_KILLED, str(folder), VAULT.public_key().material.hex(), str(batch))
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(rng.random() * 0.08)
        process.send_signal(signal.SIGKILL)
        said = process.stdout.read().split()
        process.stdout.close()
        assert process.wait() == -signal.SIGKILL
        acknowledged = int(said[-1]) if said else 0

        store = AudioStore(folder)
        with store.resume("killed", VAULT) as writer:
            kept = writer.acknowledged_seconds
            assert kept >= acknowledged
            writer.append(second_of(kept))
            writer.append(second_of(kept + 1)[:100])
            summary = writer.finish()
        with store.open("killed", VAULT, summary) as reader:
            assert reader.verify().ok
            whole = np.concatenate([seconds_of(kept + 1), second_of(kept + 1)[:100]])
            assert np.array_equal(reader.read(0, 1e9), whole)


@posix
@pytest.mark.slow
def test_a_killed_cut_is_completed_or_undone_as_the_database_says(tmp_path: Path) -> None:
    rng = np.random.default_rng(6)
    pcm = seconds_of(60)
    without = pcm.copy()
    without[2 * RATE : 5 * RATE] = 0
    outcomes, delay = set(), 0.03
    for trial in range(KILLS):
        store = AudioStore(tmp_path / str(trial))
        with store.create("cut", RATE, VAULT.public_key(), sync_every=60) as writer:
            writer.append(pcm)
            before = writer.finish()
        database = store.folder / "summary.json"
        database.write_text(before.as_json())
        process = child(CUT_UNTIL_KILLED, str(store.folder), VAULT.material.hex())
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(delay * (0.5 + rng.random()))
        process.send_signal(signal.SIGKILL)
        process.stdout.close()
        process.wait()

        expected = AudioSummary.from_json(database.read_text())
        outcomes.add(expected == before)
        delay *= 1.3 if expected == before else 0.7  # so that the kills gather around the decisive moment
        with store.open("cut", VAULT, expected) as reader:
            assert reader.verify().ok
            assert np.array_equal(reader.read(0, 1e9), pcm if expected == before else without)
        assert {path.suffix for path in store.folder.iterdir() if "audio" in path.suffix} <= {
            ".audio",
            ".audio-start",
        }
    assert outcomes == {True, False}


def test_going_on_cuts_only_what_was_never_completed(store: AudioStore) -> None:
    with store.create("tail", RATE, VAULT.public_key()) as writer:
        writer.append(seconds_of(3))
    path = store.path("tail")
    whole = path.read_bytes()
    third = whole.rindex(b"\xf7Xs\x1a")
    for torn in [*range(third + 1, len(whole), 997), len(whole) - 1]:
        path.write_bytes(whole[:torn])
        with store.resume("tail", VAULT) as writer:
            assert writer.acknowledged_seconds == 2
        assert path.read_bytes() == whole[:third]
    path.write_bytes(whole + bytes(5_000))
    with store.resume("tail", VAULT) as writer:
        assert writer.acknowledged_seconds == 3
    assert path.read_bytes() == whole


def test_going_on_never_cuts_a_complete_second_even_a_damaged_one(store: AudioStore) -> None:
    with store.create("bad", RATE, VAULT.public_key()) as writer:
        writer.append(seconds_of(3))
    path = store.path("bad")
    data = bytearray(path.read_bytes())
    data[-100] ^= 1
    path.write_bytes(data)
    with store.resume("bad", VAULT) as writer:
        assert writer.acknowledged_seconds == 3
        writer.append(second_of(3))
        summary = writer.finish()
    assert path.read_bytes().startswith(data)
    assert summary.lost == (2,)
    with store.open("bad", VAULT, summary) as reader:
        assert [damage.seq for damage in reader.damaged] == [2]
        assert np.array_equal(reader.read(3, 4), second_of(3))


def test_a_stopped_recording_cannot_go_on(store: AudioStore) -> None:
    with store.create("done", RATE, VAULT.public_key()) as writer:
        writer.finish()
        with pytest.raises(ValueError, match="stopped"):
            writer.append(second_of(0))
    with pytest.raises(InputRejectedError) as caught:
        store.resume("done", VAULT)
    assert caught.value.message_id == "audio.already_finished"


@contextlib.contextmanager
def largest_file(size: int) -> Iterator[None]:
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def append_until_full(writer: AudioWriter, given: list[int]) -> None:
    for number in range(20):
        given.append(number)
        writer.append(second_of(number))


@posix
@pytest.mark.parametrize("batch", [1, 4])
def test_a_full_disk_keeps_what_was_acknowledged_and_forgets_nothing(store: AudioStore, batch: int) -> None:
    given: list[int] = []
    with store.create("full", RATE, VAULT.public_key(), sync_every=batch) as writer:
        with largest_file(8_192 + 5 * 16_500):
            with pytest.raises(StorageError) as caught:
                append_until_full(writer, given)
            assert caught.value.message_id == "audio.disk_full"
            kept = writer.acknowledged_seconds
            assert kept == {1: 5, 4: 4}[batch]
            with store.open("full", VAULT) as reader:
                assert reader.seconds == kept
                assert np.array_equal(reader.read(0, 99), seconds_of(kept))
                assert reader.verify().ok
        writer.append(second_of(len(given)))
        summary = writer.finish()
    with store.open("full", VAULT, summary) as reader:
        assert np.array_equal(reader.read(0, 99), seconds_of(len(given) + 1))
        assert reader.verify().ok


@posix
def test_a_disk_too_full_for_the_header_leaves_no_file(store: AudioStore) -> None:
    with largest_file(5_000), pytest.raises(StorageError) as caught:
        store.create("none", RATE, VAULT.public_key())
    assert caught.value.message_id == "audio.disk_full"
    assert list(store.folder.iterdir()) == []


@posix
def test_a_disk_too_full_for_a_cut_leaves_the_recording_as_it_was(store: AudioStore) -> None:
    with store.create("cut", RATE, VAULT.public_key(), sync_every=60) as writer:
        writer.append(seconds_of(9))
        summary = writer.finish()
    with largest_file(60_000), pytest.raises(StorageError):
        store.rewrite_without("cut", [(1, 2)], VAULT, VAULT.public_key())
    with store.open("cut", VAULT, summary) as reader:
        assert reader.verify().ok
    assert [path.name for path in store.folder.iterdir()] == ["cut.audio"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(folder)]
    if not hasattr(os, "geteuid") or os.geteuid() or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("a small disk can only be mounted by root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_small_disk_fills_up_and_goes_on_when_there_is_space(small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(60_000))
    store = AudioStore(small_disk)
    with store.create("full", RATE, VAULT.public_key()) as writer:
        with pytest.raises(StorageError):
            append_until_full(writer, [])
        kept = writer.acknowledged_seconds
        assert 0 < kept < 8
        ballast.unlink()
        assert writer.flush() == kept + 1
        summary = writer.finish()
    with store.open("full", VAULT, summary) as reader:
        assert np.array_equal(reader.read(0, 99), seconds_of(kept + 1))


def test_a_read_only_disk_can_be_read_and_is_named_when_written(small_disk: Path) -> None:
    store = AudioStore(small_disk)
    with store.create("some", RATE, VAULT.public_key()) as writer:
        writer.append(seconds_of(2))
        summary = writer.finish()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    for attempt in (
        lambda: store.create("more", RATE, VAULT.public_key()),
        lambda: store.erase("some"),
        lambda: store.rewrite_without("some", [(0, 1)], VAULT, VAULT.public_key()),
    ):
        with pytest.raises(StorageError) as caught:
            attempt()
        assert caught.value.message_id == "audio.read_only"
    with store.open("some", VAULT, summary) as reader:
        assert reader.verify().ok


def test_a_cut_silences_the_piece_and_nothing_else(store: AudioStore) -> None:
    pcm = seconds_of(6)[:-123]
    with store.create("cut", RATE, VAULT.public_key(), sync_every=60) as writer:
        writer.append(pcm)
        before = writer.finish()
    old = store.path("cut").read_bytes()
    result = store.rewrite_without("cut", [(1.5, 2.25), (4, 4)], VAULT, VAULT.public_key(), expected=before)
    pcm[int(1.5 * RATE) : int(2.25 * RATE)] = 0
    new = store.path("cut").read_bytes()
    assert result.damaged == ()
    assert result.summary.samples == pcm.size
    assert all(old[at : at + 64] not in new for at in range(0, 8_192, 64) if old[at : at + 64].strip(b"\0"))
    with store.open("cut", VAULT, result.summary) as reader:
        assert np.array_equal(reader.read(0, 99), pcm)
        assert reader.verify().ok
        assert reader.verify(before).altered


def test_a_cut_can_close_the_gap(store: AudioStore) -> None:
    pcm = seconds_of(4)
    with store.create("gap", RATE, VAULT.public_key()) as writer:
        writer.append(pcm)
        writer.finish()
    pieces = [(0.5, 1.0), (2.0, 99.0)]
    result = store.rewrite_without("gap", pieces, VAULT, VAULT.public_key(), close_gaps=True)
    with store.open("gap", VAULT, result.summary) as reader:
        assert np.array_equal(reader.read(0, 99), np.concatenate([pcm[: RATE // 2], pcm[RATE : 2 * RATE]]))


def test_a_cut_that_the_database_could_not_note_changes_nothing(store: AudioStore) -> None:
    with store.create("cut", RATE, VAULT.public_key()) as writer:
        writer.append(seconds_of(3))
        summary = writer.finish()

    def fail(_: AudioSummary) -> None:
        raise StorageError("audio.disk_full")

    with pytest.raises(StorageError):
        store.rewrite_without("cut", [(0, 1)], VAULT, VAULT.public_key(), on_ready=fail)
    with store.open("cut", VAULT, summary) as reader:
        assert reader.verify().ok
    assert [path.name for path in store.folder.iterdir()] == ["cut.audio"]


def test_a_running_recording_cannot_be_cut(store: AudioStore) -> None:
    with store.create("run", RATE, VAULT.public_key()) as writer:
        writer.append(second_of(0))
    with pytest.raises(InputRejectedError) as caught:
        store.rewrite_without("run", [(0, 1)], VAULT, VAULT.public_key())
    assert caught.value.message_id == "audio.still_running"


@pytest.mark.parametrize("piece", [(2, 1), (float("nan"), 1)])
def test_an_impossible_piece_is_refused(store: AudioStore, piece: tuple[float, float]) -> None:
    with pytest.raises(InputRejectedError):
        store.rewrite_without("x", [piece], VAULT, VAULT.public_key())


@posix
def test_erasing_destroys_the_key_before_the_file_goes(store: AudioStore, tmp_path: Path) -> None:
    with store.create("gone", RATE, VAULT.public_key()) as writer:
        writer.append(seconds_of(2))
        writer.finish()
    witness = tmp_path / "witness"
    os.link(store.path("gone"), witness)
    before = witness.read_bytes()
    store.erase("gone")
    after = witness.read_bytes()
    assert not store.path("gone").exists()
    assert len(after) == len(before)
    assert all(after[at : at + 64] != before[at : at + 64] for at in range(0, 8_192, 64))
    with pytest.raises(NotFoundError):
        store.open("gone", VAULT)
    store.erase("gone")

"""Whatever happens to the file: no wrong sample, little lost, everything named."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from explorer_app.domain.errors import DamagedError, TooNewError
from explorer_app.vault.audio import AudioStore, AudioSummary, DamageReason
from explorer_app.vault.audio.flac import Samples
from explorer_app.vault.audio.layout import HEADER_BLOCK, MARKER, RECORDS_START, header_block
from explorer_app.vault.sealing import PrivateKey

RATE = 1_000
SECONDS = 9
VAULT = PrivateKey.generate()
TRIALS = 3_000


class Tape(NamedTuple):
    store: AudioStore
    path: Path
    pcm: Samples
    summary: AudioSummary
    data: bytes
    records: list[slice]
    foreign: bytes


def record(store: AudioStore, name: str, seed: int) -> tuple[Samples, AudioSummary]:
    pcm = np.random.default_rng(seed).integers(-32768, 32768, SECONDS * RATE - 333, dtype=np.int16)
    with store.create(name, RATE, VAULT.public_key(), sync_every=60) as writer:
        writer.append(pcm)
        return pcm, writer.finish()


def slices(data: bytes) -> list[slice]:
    starts = [at for at in range(RECORDS_START, len(data)) if data.startswith(MARKER, at)]
    return [slice(a, b) for a, b in zip(starts, [*starts[1:], len(data)], strict=True)]


@pytest.fixture
def tape(tmp_path: Path) -> Tape:
    store = AudioStore(tmp_path)
    pcm, summary = record(store, "tape", 1)
    record(store, "other", 2)
    data = store.path("tape").read_bytes()
    other = store.path("other").read_bytes()
    records = slices(data)
    assert len(records) == SECONDS + 1
    return Tape(store, store.path("tape"), pcm, summary, data, records, other[slices(other)[4]])


def damaged(data: bytes, records: list[slice], foreign: bytes, rng: np.random.Generator) -> tuple[str, bytes]:
    """One random misfortune."""
    kind = str(rng.choice(["truncate", "flip", "hole", "cut", "double", "swap", "foreign", "insert"]))
    at = int(rng.integers(0, len(data)))
    length = int(rng.integers(1, 1_500))
    one, two = sorted(int(n) for n in rng.choice(len(records), 2, replace=False))
    a, b = records[one], records[two]
    match kind:
        case "truncate":
            return kind, data[:at]
        case "flip":
            return kind, data[:at] + bytes([data[at] ^ 1 << int(rng.integers(0, 8))]) + data[at + 1 :]
        case "hole":
            return kind, data[:at] + bytes(min(length, len(data) - at)) + data[at + length :]
        case "cut":
            return kind, data[:at] + data[at + length :]
        case "double":
            return kind, data[: b.start] + data[a] + data[b.start :]
        case "swap":
            return kind, data[: a.start] + data[b] + data[a.stop : b.start] + data[a] + data[b.stop :]
        case "foreign":
            return kind, data[: a.start] + foreign + data[a.stop :]
    return kind, data[:at] + rng.bytes(length) + data[at:]


def test_three_thousand_misfortunes_give_no_wrong_sample_and_cost_two_seconds_at_most(tape: Tape) -> None:
    rng = np.random.default_rng(7)
    seen: dict[str, int] = {}
    header_bytes = len(tape.data[:HEADER_BLOCK].rstrip(b"\x00")[:-4].rstrip(b"\x00"))
    for _ in range(TRIALS):
        kind, data = damaged(tape.data, tape.records, tape.foreign, rng)
        if data == tape.data:
            continue
        seen[kind] = seen.get(kind, 0) + 1
        tape.path.write_bytes(data)
        if kind == "truncate" and len(data) < header_bytes:
            with pytest.raises(DamagedError):
                tape.store.open("tape", VAULT, tape.summary)
            continue
        with tape.store.open("tape", VAULT, tape.summary) as reader:
            # Half of the trials read before anything was checked, as playback does.
            if rng.random() < 0.5:
                reader.damaged  # noqa: B018
            heard = reader.read(0, SECONDS)
            report = reader.verify()
            lost = {damage.seq for damage in reader.damaged}
            assert {damage.seq for damage in report.bad} == lost
        assert heard.size == tape.pcm.size
        for seq in range(SECONDS):
            second = slice(seq * RATE, (seq + 1) * RATE)
            expected = np.zeros_like(tape.pcm[second]) if seq in lost else tape.pcm[second]
            assert np.array_equal(heard[second], expected), (kind, seq)
        assert not report.ok, kind
        if kind == "truncate":
            assert report.truncated
        else:
            assert len(lost) <= 2, kind
        if kind in ("double", "swap"):
            assert not lost
            assert report.duplicates or report.wrong_order
    assert len(seen) == 8
    assert sum(seen.values()) > TRIALS * 0.95


def test_without_the_database_the_end_record_still_tells(tape: Tape) -> None:
    for number in (0, 4, SECONDS - 1):
        piece = tape.records[number]
        tape.path.write_bytes(tape.data[: piece.start] + tape.data[piece.stop :])
        with tape.store.open("tape", VAULT) as reader:
            assert [(d.seq, d.reason) for d in reader.damaged] == [(number, DamageReason.MISSING)]
            assert reader.duration == tape.summary.duration
            assert not reader.verify().ok


def test_a_foreign_second_is_called_foreign(tape: Tape) -> None:
    piece = tape.records[4]
    tape.path.write_bytes(tape.data[: piece.start] + tape.foreign + tape.data[piece.stop :])
    with tape.store.open("tape", VAULT) as reader:
        report = reader.verify(tape.summary)
        assert [(d.seq, d.reason) for d in report.bad] == [(4, DamageReason.FOREIGN)]
        assert report.foreign == 1
        assert report.stray_bytes == 0


def test_a_flipped_bit_is_called_by_its_second(tape: Tape) -> None:
    data = bytearray(tape.data)
    data[tape.records[5].start + 700] ^= 4
    tape.path.write_bytes(data)
    with tape.store.open("tape", VAULT) as reader:
        report = reader.verify(tape.summary)
        assert [(d.seq, d.reason) for d in report.bad] == [(5, DamageReason.UNREADABLE)]
        assert not report.truncated


def test_truncation_is_told_and_the_length_stays(tape: Tape) -> None:
    tape.path.write_bytes(tape.data[: tape.records[6].start])
    with tape.store.open("tape", VAULT, tape.summary) as reader:
        report = reader.verify()
        assert report.truncated
        assert [d.seq for d in report.bad] == [6, 7, 8]
        assert reader.duration == tape.summary.duration
        assert not reader.read(6, 9).any()


def test_a_recording_made_anew_under_the_same_name_does_not_pass(tape: Tape) -> None:
    tape.store.erase("tape")
    pcm, _ = record(tape.store, "tape", 1)
    assert np.array_equal(pcm, tape.pcm)
    with tape.store.open("tape", VAULT) as reader:
        assert reader.verify().ok
        assert reader.verify(tape.summary).altered


@pytest.mark.parametrize("copy", [0, HEADER_BLOCK])
def test_one_copy_of_the_header_is_enough(tape: Tape, copy: int) -> None:
    tape.path.write_bytes(tape.data[:copy] + bytes(HEADER_BLOCK) + tape.data[copy + HEADER_BLOCK :])
    with tape.store.open("tape", VAULT) as reader:
        assert np.array_equal(reader.read(0, SECONDS), tape.pcm)
        report = reader.verify(tape.summary)
        assert report.header_damaged
        assert not report.bad
        assert report.stray_bytes == 0


def test_with_both_headers_lost_the_recording_key_still_opens_it(tape: Tape) -> None:
    with tape.store.open("tape", VAULT) as reader:
        assert reader.header is not None
        key = reader.header.unseal_key(VAULT)
    tape.path.write_bytes(bytes(RECORDS_START) + tape.data[RECORDS_START:])
    with pytest.raises(DamagedError) as caught:
        tape.store.open("tape", VAULT)
    assert caught.value.message_id == "audio.header_lost"
    with tape.store.open("tape", key) as reader:
        assert reader.sample_rate == RATE
        assert np.array_equal(reader.read(0, SECONDS), tape.pcm)


def test_a_file_of_a_later_version_is_refused_with_a_sentence(tape: Tape) -> None:
    raw = bytearray(tape.data[:300])
    raw[8:10] = b"\x00\x02"
    tape.path.write_bytes(header_block(bytes(raw)) * 2 + tape.data[RECORDS_START:])
    with pytest.raises(TooNewError):
        tape.store.open("tape", VAULT)
    assert [item.recording_id for item in tape.store.recordings()] == ["other", "tape"]


def test_no_piece_of_the_sound_stands_in_the_file(tmp_path: Path) -> None:
    store = AudioStore(tmp_path)
    tone = (8_000 * np.sin(np.arange(4 * RATE) / 7)).astype(np.int16)
    with store.create("canary", RATE, VAULT.public_key()) as writer:
        writer.append(tone)
        writer.finish()
    data = store.path("canary").read_bytes()
    assert b"fLaC" not in data
    assert all(tone[at : at + 4].tobytes() not in data for at in range(0, tone.size, 50))

from __future__ import annotations

import io
import tracemalloc
import wave
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorer_app.domain.errors import (
    AccessDeniedError,
    BusyError,
    DamagedError,
    InputRejectedError,
    NotFoundError,
    StorageError,
)
from explorer_app.domain.ids import new_id
from explorer_app.vault.audio import AudioStore, AudioSummary, HeaderState
from explorer_app.vault.audio.flac import Samples
from explorer_app.vault.sealing import PrivateKey

RATE = 1_000
VAULT = PrivateKey.generate()


def noise(samples: int, seed: int = 0) -> Samples:
    return np.random.default_rng(seed).integers(-32768, 32768, samples, dtype=np.int16)


def record(store: AudioStore, pcm: Samples, rate: int = RATE, recording_id: str = "") -> AudioSummary:
    with store.create(recording_id or new_id(), rate, VAULT.public_key(), sync_every=60) as writer:
        writer.append(pcm)
        return writer.finish()


@pytest.fixture
def store(tmp_path: Path) -> AudioStore:
    return AudioStore(tmp_path / "Müllers Aufnahmen 🎤")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sizes=st.lists(st.integers(0, 3_500), max_size=6), seed=st.integers(0, 99), batch=st.integers(1, 5))
def test_samples_come_back_exactly_however_they_were_cut_up(
    store: AudioStore, sizes: list[int], seed: int, batch: int
) -> None:
    pieces = [noise(size, seed + at) for at, size in enumerate(sizes)]
    whole = np.concatenate([*pieces, np.empty(0, np.int16)])
    with store.create(new_id(), RATE, VAULT.public_key(), sync_every=batch) as writer:
        for piece in pieces:
            writer.append(piece)
        summary = writer.finish()
    with store.open(summary.recording_id, VAULT, summary) as reader:
        assert np.array_equal(reader.read(0, 1e9), whole)
        assert reader.samples == summary.samples == whole.size
        assert reader.seconds == summary.seconds == -(-whole.size // RATE)
        assert reader.verify(summary).ok
        assert reader.damaged == []
        assert reader.summary() == summary


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=st.floats(-2, 9), length=st.floats(0, 9))
def test_any_range_can_be_read(store: AudioStore, start: float, length: float) -> None:
    pcm = noise(6_400)
    if not store.folder.exists():
        record(store, pcm, recording_id="ranges")
    with store.open("ranges", VAULT) as reader:
        first, last = round(start * RATE), round((start + length) * RATE)
        assert np.array_equal(reader.read(start, start + length), pcm[max(first, 0) : max(last, 0)])


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 44_100, 48_000])
def test_every_common_sample_rate_is_kept(store: AudioStore, rate: int) -> None:
    pcm = noise(rate * 2 + 17)
    summary = record(store, pcm, rate)
    with store.open(summary.recording_id, VAULT) as reader:
        assert reader.sample_rate == rate
        assert reader.duration == pytest.approx(2 + 17 / rate)
        assert np.array_equal(reader.read(0, 3), pcm)


def test_the_summary_survives_the_database(store: AudioStore) -> None:
    summary = record(store, noise(2_500))
    assert AudioSummary.from_json(summary.as_json()) == summary


def test_seconds_are_acknowledged_one_by_one_when_live(store: AudioStore) -> None:
    with store.create("live", RATE, VAULT.public_key()) as writer:
        assert [writer.append(noise(600)) for _ in range(5)] == [0, 1, 1, 2, 3]


def test_seconds_of_an_import_are_acknowledged_in_batches(store: AudioStore) -> None:
    with store.create("import", RATE, VAULT.public_key(), sync_every=3) as writer:
        assert [writer.append(noise(1_000)) for _ in range(7)] == [0, 0, 3, 3, 3, 6, 6]


def test_a_running_recording_can_be_read_and_followed(store: AudioStore) -> None:
    pcm = noise(5_000)
    with store.create("live", RATE, VAULT.public_key()) as writer:
        writer.append(pcm[:2_300])
        with store.open("live", VAULT) as reader:
            assert reader.seconds == 2
            assert not reader.finished
            writer.append(pcm[2_300:])
            assert reader.refresh() == 5
            assert np.array_equal(reader.read(0, 9), pcm)
            writer.finish()
            reader.refresh()
            assert reader.finished


def test_only_one_writer_may_have_a_recording(store: AudioStore) -> None:
    with store.create("one", RATE, VAULT.public_key()) as writer:
        writer.append(noise(1_000))
        with pytest.raises(BusyError) as caught:
            store.resume("one", VAULT)
        assert caught.value.message_id == "audio.busy"
        with pytest.raises(BusyError):
            store.erase("one")
        assert writer.append(noise(1_000)) == 2


def test_a_second_recording_of_the_same_name_is_refused(store: AudioStore) -> None:
    summary = record(store, noise(1_500), recording_id="twice")
    with pytest.raises(StorageError) as caught:
        store.create("twice", RATE, VAULT.public_key())
    assert caught.value.message_id == "audio.exists"
    with store.open("twice", VAULT) as reader:
        assert reader.verify(summary).ok


def test_another_vault_cannot_open_a_recording(store: AudioStore) -> None:
    summary = record(store, noise(1_500))
    with pytest.raises(AccessDeniedError) as caught:
        store.open(summary.recording_id, PrivateKey.generate())
    assert caught.value.message_id == "audio.wrong_key"


def test_a_missing_recording_is_named(store: AudioStore) -> None:
    with pytest.raises(NotFoundError):
        store.open("nothing", VAULT)


@pytest.mark.parametrize("bad", ["", "../x", "Ä", "a/b", "A", "x" * 65, "a\x00"])
def test_a_name_that_could_leave_the_folder_is_refused(store: AudioStore, bad: str) -> None:
    with pytest.raises(InputRejectedError):
        store.create(bad, RATE, VAULT.public_key())


@pytest.mark.parametrize("rate", [0, -1, 999, 65_536])
def test_an_impossible_sample_rate_is_refused(store: AudioStore, rate: int) -> None:
    with pytest.raises(InputRejectedError):
        store.create("rate", rate, VAULT.public_key())


@pytest.mark.parametrize("bad", [np.zeros(3, np.float32), np.zeros((3, 2), np.int16)])
def test_anything_but_mono_int16_is_a_mistake_of_the_caller(store: AudioStore, bad: np.ndarray) -> None:
    with store.create("type", RATE, VAULT.public_key()) as writer, pytest.raises(TypeError):
        writer.append(bad)


def test_one_file_under_the_name_of_another_is_told(store: AudioStore) -> None:
    record(store, noise(1_000), recording_id="anna")
    record(store, noise(1_000), recording_id="berta")
    store.path("anna").write_bytes(store.path("berta").read_bytes())
    with pytest.raises(DamagedError) as caught:
        store.open("anna", VAULT)
    assert caught.value.message_id == "audio.foreign_file"


def test_the_folder_alone_tells_what_recordings_there_are(store: AudioStore) -> None:
    assert store.recordings() == []
    record(store, noise(2_500), recording_id="done")
    with store.create("open", 8_000, VAULT.public_key()) as writer:
        writer.append(noise(16_000))
    broken = store.folder / "broken.audio"
    broken.write_bytes(b"")
    found = {item.recording_id: item for item in store.recordings()}
    assert (found["done"].seconds, found["done"].finished, found["done"].sample_rate) == (3, True, RATE)
    assert (found["open"].seconds, found["open"].finished, found["open"].header) == (
        2,
        False,
        HeaderState.GOOD,
    )
    assert found["broken"].header is HeaderState.LOST


class TestVirtualWav:
    @pytest.fixture
    def pcm(self) -> Samples:
        return noise(16_000 * 7 + 123)

    @pytest.fixture
    def wav(self, store: AudioStore, pcm: Samples) -> Iterator[io.RawIOBase]:
        summary = record(store, pcm, 16_000)
        with store.open(summary.recording_id, VAULT) as reader:
            yield reader.as_wav()

    def test_soundfile_reads_it(self, wav: io.RawIOBase, pcm: Samples) -> None:
        data, rate = soundfile.read(wav, dtype="int16")
        assert rate == 16_000
        assert np.array_equal(data, pcm)

    def test_the_standard_library_reads_it(self, wav: io.RawIOBase, pcm: Samples) -> None:
        with wave.open(wav) as file:
            assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 16_000)
            assert file.readframes(file.getnframes()) == pcm.tobytes()

    def test_pyav_reads_and_seeks_it(self, wav: io.RawIOBase, pcm: Samples) -> None:
        with av.open(wav) as container:
            decoded = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
            assert np.array_equal(decoded, pcm)
            container.seek(3_000_000)
            frame = next(container.decode(audio=0))
            first = frame.pts
            assert np.array_equal(frame.to_ndarray()[0], pcm[first : first + frame.samples])

    def test_every_byte_range_fits_a_real_file(self, wav: io.RawIOBase, pcm: Samples) -> None:
        real = io.BytesIO()
        soundfile.write(real, pcm, 16_000, format="WAV", subtype="PCM_16")
        random = np.random.default_rng(3)
        assert wav.read() == real.getvalue()
        for _ in range(200):
            at, length = int(random.integers(0, len(real.getvalue()) + 50)), int(random.integers(0, 70_000))
            assert wav.seek(at) == real.seek(at)
            assert wav.read(length) == real.read(length)
            assert wav.tell() == at + len(real.getvalue()[at : at + length])

    def test_seeking_works_from_every_side(self, wav: io.RawIOBase) -> None:
        size = wav.seek(0, io.SEEK_END)
        assert size == 44 + 2 * (16_000 * 7 + 123)
        assert wav.read(5) == b""
        assert wav.seek(-10, io.SEEK_CUR) == size - 10
        assert len(wav.read()) == 10
        with pytest.raises(ValueError, match="negative"):
            wav.seek(-1)

    def test_it_cannot_be_written(self, wav: io.RawIOBase) -> None:
        assert not wav.writable()

    def test_an_empty_recording_is_an_empty_wav(self, store: AudioStore) -> None:
        summary = record(store, noise(0), 16_000, "empty")
        with store.open("empty", VAULT) as reader:
            assert reader.verify(summary).ok
            data, _ = soundfile.read(reader.as_wav(), dtype="int16")
            assert data.size == 0


def test_a_long_recording_is_never_whole_in_memory(store: AudioStore) -> None:
    minutes, rate = 10, 8_000
    second = noise(rate)
    tracemalloc.start()
    try:
        with store.create("long", rate, VAULT.public_key(), sync_every=10) as writer:
            for _ in range(60 * minutes):
                writer.append(second)
            summary = writer.finish()
        with store.open("long", VAULT, summary) as reader, reader.as_wav() as wav:
            while wav.read(1 << 16):
                pass
            assert reader.verify().ok
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert store.path("long").stat().st_size > 9_000_000
    assert peak < 2_000_000

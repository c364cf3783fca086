"""Which model lies in a folder? Half copies are named, look-alikes are asked about."""

import json
import struct
from pathlib import Path

import pytest

from explorer_app.domain.errors import InputRejectedError, ModelError
from explorer_app.models import Catalogue, ModelStore, Proof
from explorer_app.models.recognition import recognise
from explorer_app.models.weights_outline import CutShortError, NotWeightsError, read_outline
from explorer_app.texts import Texts

CATALOGUE = Catalogue.load()
TOKENS = 12


def named(text: str) -> bytes:
    raw = text.encode() + b"\0"
    return struct.pack("<H", len(raw)) + raw


def variable(name: str, *shape: int) -> bytes:
    content = b"\1" * 8
    return named(name) + struct.pack(f"<B{len(shape)}IBI", len(shape), *shape, 1, len(content)) + content


def whisper(folder: Path, width: int, encoder: int, decoder: int, bands: int = 80) -> Path:
    """Write the files of a Whisper model of this shape; the numbers in it are few, its outline is real."""
    folder.mkdir(parents=True, exist_ok=True)
    variables = [
        variable("decoder/embeddings/weight", TOKENS, width),
        variable("encoder/conv1/weight", width, bands, 3),
        variable("encoder/layer_norm/gamma", width),
        *(variable(f"encoder/layer_{i}/ffn/linear_0/weight", width) for i in range(encoder)),
        *(variable(f"decoder/layer_{i}/ffn/linear_0/weight", width) for i in range(decoder)),
    ]
    head = struct.pack("<I", 6) + named("WhisperSpec") + struct.pack("<2I", 3, len(variables))
    (folder / "model.bin").write_bytes(head + b"".join(variables) + struct.pack("<I", 0))
    for name in ("config.json", "tokenizer.json", "preprocessor_config.json"):
        (folder / name).write_text("{}")
    (folder / "vocabulary.json").write_text(json.dumps([str(i) for i in range(TOKENS)]))
    return folder


@pytest.mark.parametrize(
    ("shape", "folder", "model"),
    [
        ((512, 6, 6), "x", "whisper-base"),
        ((768, 12, 12), "x", "whisper-small"),
        ((1024, 24, 24), "x", "whisper-medium"),
        ((1280, 32, 4, 128), "faster-whisper-large-v3-turbo", "whisper-large-v3-turbo"),
        ((1280, 32, 4, 128), "whisper-large-v3-turbo-German-ct2", "whisper-large-v3-turbo-german"),
    ],
)
def test_the_shape_of_the_network_tells_the_model(
    shape: tuple[int, ...], folder: str, model: str, tmp_path: Path
) -> None:
    assert recognise(whisper(tmp_path / folder, *shape), CATALOGUE).entry.id == model


def test_a_model_nobody_held_is_recorded_with_its_hashes_and_called_unverified(tmp_path: Path) -> None:
    store = ModelStore(tmp_path / "home")
    report = store.import_folder(whisper(tmp_path / "Größe S", 768, 12, 12))
    assert report.record is not None
    assert report.record.proof is Proof.RECORDED
    assert "ungeprüft" in Texts("de")(f"models.proof.{report.record.proof}")
    assert all(len(file.sha256) == 64 for file in report.record.files)
    path = store.path("small")
    (path / "vocabulary.json").write_text("[]" + " " * ((path / "vocabulary.json").stat().st_size - 2))
    assert store.check("small").damaged == ("vocabulary.json",)


def test_two_models_of_one_shape_are_asked_about_and_can_be_told(tmp_path: Path) -> None:
    folder = whisper(tmp_path / "model", 1280, 32, 4, 128)
    with pytest.raises(InputRejectedError) as failure:
        recognise(folder, CATALOGUE)
    assert "whisper-large-v3-turbo-german" in Texts("de").error(failure.value)
    assert recognise(folder, CATALOGUE, wanted="turbo-german").entry.id == "whisper-large-v3-turbo-german"


def test_told_to_be_another_model_it_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRejectedError):
        recognise(whisper(tmp_path / "model", 768, 12, 12), CATALOGUE, wanted="whisper-medium")


@pytest.mark.parametrize("keep", [10, 60, 200, -1, -4, -5])
def test_weights_cut_short_anywhere_are_named_and_refused(keep: int, tmp_path: Path) -> None:
    folder = whisper(tmp_path / "small", 768, 12, 12)
    content = (folder / "model.bin").read_bytes()
    (folder / "model.bin").write_bytes(content[:keep])
    with pytest.raises(CutShortError):
        read_outline(folder / "model.bin")
    with pytest.raises(ModelError) as failure:
        recognise(folder, CATALOGUE)
    assert "small" in Texts("de").error(failure.value)
    assert "model.bin" in Texts("de").error(failure.value)


@pytest.mark.parametrize(
    "name", ["tokenizer.json", "vocabulary.json", "config.json", "preprocessor_config.json"]
)
def test_a_missing_or_torn_small_file_is_named(name: str, tmp_path: Path) -> None:
    folder = whisper(tmp_path / "turbo", 1280, 32, 4, 128)
    (folder / name).write_text('{"torn": ')
    with pytest.raises(ModelError) as failure:
        recognise(folder, CATALOGUE)
    assert failure.value.values["file"] == name
    (folder / name).unlink()
    with pytest.raises(ModelError) as failure:
        recognise(folder, CATALOGUE)
    assert failure.value.message_id == "models.incomplete"
    assert failure.value.values["file"] == name


def test_something_else_named_model_bin_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"\x06\0\0\0\x04\0abc\0" + b"x" * 100)
    with pytest.raises(NotWeightsError):
        read_outline(tmp_path / "model.bin")
    with pytest.raises(InputRejectedError):
        recognise(tmp_path, CATALOGUE)


def test_half_of_the_raw_material_is_named(tmp_path: Path) -> None:
    (tmp_path / "e5-small-q4.bin").write_bytes(b"E5S1" + b"\0" * 1000)
    with pytest.raises(ModelError) as failure:
        recognise(tmp_path, CATALOGUE)
    assert failure.value.message_id == "models.half_copied"
    assert failure.value.values["model"] == "multilingual-e5-small"
    assert failure.value.values["have"] == 1004

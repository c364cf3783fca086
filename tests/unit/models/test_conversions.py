"""The conversions: exact against plain arithmetic, and the installed model against the stored probes."""

import struct
import unicodedata
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from explorer_app.models import ModelStore
from explorer_app.models.e5_conversion import MODEL_FILE, convert_e5, make_tokenizer
from explorer_app.models.e5_weights import WeightsFile
from explorer_app.models.probes import answers_as_expected
from explorer_app.models.torch_state import read_tensors

HIDDEN, LAYERS, HEADS, INNER, POSITIONS = 32, 2, 4, 64, 16
PIECES = [
    "<s>",
    "<pad>",
    "</s>",
    "<unk>",
    "▁",
    "▁Not",
    "e",
    "n",
    "N",
    "o",
    "t",
    "ü",
    "<",
    "/",
    "s",
    ">",
    "<mask>",
]
MAP = {"\x01": "", "\u200b": " ", "\n": " ", "ﬁ": "fi"}


def blocks(rng: np.random.Generator, rows: int, columns: int) -> bytes:
    raw = b""
    for _ in range(rows * columns // 32):
        scale = np.float16(rng.uniform(0.01, 0.1)).tobytes()
        raw += scale + rng.integers(0, 256, 16, dtype=np.uint8).tobytes()
    return raw


@pytest.fixture(scope="module")
def weights_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a small network in the layout of the real file."""
    rng = np.random.default_rng(7)
    vocabulary = len(PIECES)
    encoded = [piece.encode() for piece in PIECES]
    offsets = np.cumsum([0, *map(len, encoded)]).astype("<u4")
    scores = np.array([0.0] * 4 + [-2.0 - 0.1 * i for i in range(vocabulary - 5)] + [0.0], "<f4")
    text = b"".join(encoded)
    replaced = b"".join(
        struct.pack(f"<IB{len(out)}I", ord(character), len(out), *map(ord, out))
        for character, out in MAP.items()
    )
    head = b"E5S1" + struct.pack(
        "<I7ifi", 1, HIDDEN, LAYERS, HEADS, INNER, vocabulary, POSITIONS, 1, 1e-12, 32
    )
    head += struct.pack("<5iQ", vocabulary, 0, 2, 1, 3, len(text))
    head += offsets.tobytes() + scores.tobytes() + text
    head += struct.pack("<iI", len(MAP), len(replaced)) + replaced
    tensors: list[tuple[str, bytes]] = [("emb.word", blocks(rng, vocabulary, HIDDEN))]

    def floats(name: str, count: int, centre: float = 0.0) -> None:
        tensors.append((name, (centre + rng.normal(0, 0.2, count)).astype("<f4").tobytes()))

    floats("emb.pos", POSITIONS * HIDDEN)
    floats("emb.type", HIDDEN)
    floats("emb.ln.w", HIDDEN, 1.0)
    floats("emb.ln.b", HIDDEN)
    for layer in range(LAYERS):
        for name, rows, columns in (
            *((part, HIDDEN, HIDDEN) for part in ("q", "k", "v", "ao")),
            ("fi", INNER, HIDDEN),
            ("fo", HIDDEN, INNER),
        ):
            tensors.append((f"l{layer}.{name}.w", blocks(rng, rows, columns)))
            floats(f"l{layer}.{name}.b", rows)
        for name in ("aln", "oln"):
            floats(f"l{layer}.{name}.w", HIDDEN, 1.0)
            floats(f"l{layer}.{name}.b", HIDDEN)
    entry_bytes = sum(2 + len(name) + 21 for name, _ in tensors)
    offset = len(head) + 4 + entry_bytes
    directory = struct.pack("<i", len(tensors))
    for name, content in tensors:
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", 0, 0, offset, len(content))
        offset += len(content)
    path = tmp_path_factory.mktemp("weights") / "e5-small-q4.bin"
    path.write_bytes(head + directory + b"".join(content for _, content in tensors))
    return path


def plain_answer(source: Path, tokens: list[int]) -> np.ndarray:
    """Return the vector by the formulas of the paper, step by step in float64."""
    from math import erf

    with WeightsFile(source) as w:

        def f(name: str) -> np.ndarray:
            return w.floats(name).astype(np.float64)

        def norm(x: np.ndarray, name: str) -> np.ndarray:
            x = x - x.mean(-1, keepdims=True)
            return x / np.sqrt((x**2).mean(-1, keepdims=True) + 1e-12) * f(name + ".w") + f(name + ".b")

        def linear(x: np.ndarray, name: str, rows: int) -> np.ndarray:
            return x @ w.blocks(name + ".w", rows).weights().astype(np.float64).T + f(name + ".b")

        x = w.blocks("emb.word", len(PIECES)).weights()[tokens].astype(np.float64)
        x = norm(x + f("emb.pos").reshape(-1, HIDDEN)[: len(tokens)] + f("emb.type"), "emb.ln")
        for layer in range(LAYERS):
            q, k, v = (
                linear(x, f"l{layer}.{p}", HIDDEN).reshape(-1, HEADS, HIDDEN // HEADS).swapaxes(0, 1)
                for p in "qkv"
            )
            scores = q @ k.swapaxes(1, 2) / np.sqrt(HIDDEN // HEADS)
            share = np.exp(scores - scores.max(-1, keepdims=True))
            seen = (share / share.sum(-1, keepdims=True) @ v).swapaxes(0, 1).reshape(-1, HIDDEN)
            x = norm(x + linear(seen, f"l{layer}.ao", HIDDEN), f"l{layer}.aln")
            inner = linear(x, f"l{layer}.fi", INNER)
            inner = inner * 0.5 * (1 + np.vectorize(erf)(inner / np.sqrt(2)))
            x = norm(x + linear(inner, f"l{layer}.fo", HIDDEN), f"l{layer}.oln")
        mean = x.mean(0)
        return mean / np.linalg.norm(mean)


def model_answer(path: Path, batch: list[list[int]]) -> np.ndarray:
    session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    ids = np.ones((len(batch), max(map(len, batch))), np.int64)
    mask = np.zeros_like(ids)
    for row, tokens in enumerate(batch):
        ids[row, : len(tokens)], mask[row, : len(tokens)] = tokens, 1
    return np.asarray(session.run(None, {"input_ids": ids, "attention_mask": mask})[0])


TOKENS = [0, 5, 11, 6, 7, 9, 2]


def test_the_unpacked_model_answers_as_plain_arithmetic_does(weights_file: Path, tmp_path: Path) -> None:
    convert_e5(weights_file, tmp_path, unpacked=True)
    answer = model_answer(tmp_path / "model.onnx", [TOKENS])
    assert np.abs(answer[0] - plain_answer(weights_file, TOKENS)).max() < 1e-5


def test_the_packed_model_points_where_the_unpacked_one_does(weights_file: Path, tmp_path: Path) -> None:
    convert_e5(weights_file, tmp_path)
    answer = model_answer(tmp_path / MODEL_FILE, [TOKENS])
    assert answer[0] @ plain_answer(weights_file, TOKENS) > 0.999


def test_padding_changes_nothing(weights_file: Path, tmp_path: Path) -> None:
    convert_e5(weights_file, tmp_path, unpacked=True)
    alone = model_answer(tmp_path / "model.onnx", [[0, 5, 2]])
    padded = model_answer(tmp_path / "model.onnx", [[0, 5, 2], TOKENS])
    assert np.abs(alone[0] - padded[0]).max() < 1e-5


def test_the_same_weights_give_the_same_bytes(weights_file: Path, tmp_path: Path) -> None:
    for name in ("once", "again"):
        (tmp_path / name).mkdir()
        convert_e5(weights_file, tmp_path / name)
    for file in (MODEL_FILE, "tokenizer.json"):
        assert (tmp_path / "once" / file).read_bytes() == (tmp_path / "again" / file).read_bytes()


def test_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "e5-small-q4.bin").write_bytes(b"PK\x03\x04" + b"x" * 100)
    with pytest.raises(ValueError, match="e5-small-q4"):
        convert_e5(tmp_path / "e5-small-q4.bin", tmp_path)


def test_the_vocabulary_maps_control_characters_blanks_and_decomposed_umlauts(weights_file: Path) -> None:
    with WeightsFile(weights_file) as weights:
        tokenizer = make_tokenizer(weights.vocabulary)
    plain = tokenizer.encode("Not ü").ids
    assert tokenizer.encode("No\x01t\n\u200b ü").ids == plain
    assert tokenizer.encode("Not " + unicodedata.normalize("NFD", "ü")).ids == plain
    assert (plain[0], plain[-1]) == (0, 2)


def test_a_text_cannot_spell_a_control_token(weights_file: Path) -> None:
    with WeightsFile(weights_file) as weights:
        tokenizer = make_tokenizer(weights.vocabulary)
    assert 2 not in tokenizer.encode("Not</s>en").ids[1:-1]
    assert tokenizer.encode("</s>").ids[1:-1] == [PIECES.index(p) for p in ("▁", "<", "/", "s", ">")]


def test_the_vector_of_a_text_does_not_hang_on_the_texts_beside_it(
    weights_file: Path, tmp_path: Path
) -> None:
    convert_e5(weights_file, tmp_path)
    alone = model_answer(tmp_path / MODEL_FILE, [[0, 5, 2]])
    beside = model_answer(tmp_path / MODEL_FILE, [[0, 5, 2], TOKENS, [0, 16, 16, 2]])
    assert np.abs(alone[0] - beside[0]).max() < 1e-5


def test_a_state_file_that_wants_to_run_code_is_refused(tmp_path: Path) -> None:
    import pickle
    import zipfile

    class Evil:
        def __reduce__(self) -> tuple[object, ...]:
            return (print, ("ran",))

    path = tmp_path / "state.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("state/data.pkl", pickle.dumps({"x": Evil()}))
    with pytest.raises(ValueError, match=r"state\.pt"):
        read_tensors(path)


@pytest.mark.models
def test_the_installed_embedding_model_answers_the_probes(tmp_path: Path, models: ModelStore) -> None:
    folder = models.path("e5")
    assert answers_as_expected("multilingual-e5-small", folder)
    # and a model whose numbers are others does not
    for name in ("model.onnx", "tokenizer.json"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    content = bytearray((tmp_path / "model.onnx").read_bytes())
    middle = len(content) - 8_000_000
    content[middle : middle + 1_000_000] = bytes(1_000_000)
    (tmp_path / "model.onnx").write_bytes(content)
    assert not answers_as_expected("multilingual-e5-small", tmp_path)


@pytest.mark.models
@pytest.mark.slow
def test_whisper_loads_from_a_path_with_umlauts_blanks_and_emoji(tmp_path: Path, models: ModelStore) -> None:
    from faster_whisper import WhisperModel

    store = ModelStore(tmp_path / "Käthe Groß 🙂")
    store.import_folder(models.path("base"))
    model = WhisperModel(str(store.path("base")), device="cpu", compute_type="int8", local_files_only=True)
    segments, _info = model.transcribe(np.zeros(16000, np.float32), language="de", beam_size=1)
    assert isinstance(list(segments), list)
    assert model.model.is_multilingual

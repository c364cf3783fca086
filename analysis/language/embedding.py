"""Sentence embeddings: a Protocol and an engine on ONNX Runtime.

A vector says where a text lies in meaning. Everything that compares texts takes vectors, so that
they can be kept in the vault and only new texts are embedded.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from analysis.errors import AnalysisError

Vectors = npt.NDArray[np.float32]
"""Float32 array of shape (texts, dimensions)."""

Kind = Literal["passage", "query"]
"""E5 models were trained with these two prefixes: evidence is a passage, a description a query."""

Precision = Literal["auto", "int8", "fp32"]

_MODEL_FILES: dict[Precision, tuple[str, ...]] = {
    "auto": ("model.int8.onnx", "model.onnx"),
    "int8": ("model.int8.onnx",),
    "fp32": ("model.onnx",),
}
_WINDOW = 512  # tokens, the position limit of the E5 family
_BATCH_TOKENS = 4096  # padded tokens in one run; bounds memory to a few hundred MB
_BATCH_TEXTS = 16


class Embedder(Protocol):
    """Turns texts into vectors."""

    @property
    def name(self) -> str:
        """Name of the model, stored beside vectors so that old ones are known."""
        ...

    @property
    def dim(self) -> int:
        """Number of dimensions."""
        ...

    def embed(self, texts: Sequence[str], kind: Kind = "passage") -> Vectors:
        """Return L2-normalised vectors of shape (len(texts), dim); zero rows for empty texts."""
        ...


class OnnxEmbedder:
    """An E5-like model: ``tokenizer.json`` and ``model.int8.onnx`` or ``model.onnx`` in a folder.

    The model takes ``input_ids`` and ``attention_mask`` and returns one pooled vector a text. Texts
    longer than 512 tokens are read in windows, averaged by their length.

    Args:
        model_dir: Folder of the model; its name becomes part of `name`.
        precision: ``auto`` takes int8 where it exists: half the processor time and half the memory
            of fp32, and the same ranking within chance (tests/bench/themes_embedding.py). int8
            scales a whole batch at once, so that a text's vector would hang on its neighbours
            (cosines down to .97); it therefore runs text by text.
        threads: Threads of the engine; by default the processors, at most 4.

    Raises:
        AnalysisError: ``analysis.model_missing`` or ``analysis.model_damaged``.
    """

    def __init__(
        self, model_dir: Path | str, *, precision: Precision = "auto", threads: int | None = None
    ) -> None:
        folder = Path(model_dir)
        model = next((folder / f for f in _MODEL_FILES[precision] if (folder / f).is_file()), None)
        tokenizer = folder / "tokenizer.json"
        if model is None or not tokenizer.is_file():
            raise AnalysisError("analysis.model_missing", model=folder.name)
        # Imported here, since whoever only names the Protocol need not wait for the engine.
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or _default_threads()
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            # As bytes where the path has umlauts, which native file opening is known to trip over;
            # else by path, which spares a second copy of the model in memory.
            self._session = onnxruntime.InferenceSession(
                str(model) if str(model).isascii() else model.read_bytes(),
                options,
                providers=["CPUExecutionProvider"],
            )
            self._tokenizer = Tokenizer.from_str(tokenizer.read_text(encoding="utf-8"))
            self._dim = int(self._session.get_outputs()[0].shape[-1])
        except Exception as error:
            raise AnalysisError("analysis.model_damaged", model=folder.name) from error
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._batch_texts = 1 if "int8" in model.name else _BATCH_TEXTS
        self._name = folder.name + (":int8" if "int8" in model.name else "")

    @property
    def name(self) -> str:
        """Folder name, with ``:int8`` for the separate int8 file."""
        return self._name

    @property
    def dim(self) -> int:
        """Number of dimensions."""
        return self._dim

    def embed(self, texts: Sequence[str], kind: Kind = "passage") -> Vectors:
        """Return L2-normalised float32 vectors of shape (len(texts), dim).

        Empty or blank texts get a zero row: they are near nothing.
        """
        result = np.zeros((len(texts), self._dim), dtype=np.float32)
        windows: list[list[int]] = []
        owner: list[int] = []
        filled = [i for i, text in enumerate(texts) if text.strip()]
        encodings = self._tokenizer.encode_batch([f"{kind}: {texts[i].strip()}" for i in filled])
        for i, encoding in zip(filled, encodings, strict=True):
            for window in _windows(encoding.ids):
                windows.append(window)
                owner.append(i)
        for indices in _batches([len(w) for w in windows], self._batch_texts):
            vectors = self._run([windows[k] for k in indices])
            for k, vector in zip(indices, vectors, strict=True):
                result[owner[k]] += vector * len(windows[k])
        norms = np.linalg.norm(result, axis=1, keepdims=True)
        np.divide(result, norms, out=result, where=norms > 0)
        return result

    def _run(self, batch: list[list[int]]) -> Vectors:
        length = max(map(len, batch))
        ids = np.ones((len(batch), length), dtype=np.int64)  # 1 is <pad> in this vocabulary
        mask = np.zeros((len(batch), length), dtype=np.int64)
        for row, tokens in enumerate(batch):
            ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        output = self._session.run(None, {"input_ids": ids, "attention_mask": mask})[0]
        return np.asarray(output, dtype=np.float32)


def _default_threads() -> int:
    return max(1, min(4, os.cpu_count() or 1))


def _windows(ids: list[int]) -> list[list[int]]:
    """Cut token ids (with start and end token) into windows that carry both tokens again."""
    if len(ids) <= _WINDOW:
        return [ids]
    start, body, end = ids[0], ids[1:-1], ids[-1]
    size = _WINDOW - 2
    count = -(-len(body) // size)
    step = -(-len(body) // count)  # windows of equal length, so that no short rest weighs much
    return [[start, *body[k : k + step], end] for k in range(0, len(body), step)]


def _batches(lengths: list[int], most: int) -> list[list[int]]:
    """Group indices by similar length, so that little is padded; bounded in padded tokens."""
    batches: list[list[int]] = []
    for k in sorted(range(len(lengths)), key=lambda k: (lengths[k], k)):
        last = batches[-1] if batches else None
        if last is None or len(last) >= most or lengths[k] * (len(last) + 1) > _BATCH_TOKENS:
            batches.append([k])
        else:
            last.append(k)
    return batches

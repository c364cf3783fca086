"""Checks a model by what it answers: for files whose bytes may differ although the weights are the same.

A conversion gives the same bytes with the same library versions. Where another version writes another file,
the stored probes decide: the same tokens, and vectors that point where they should.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from explorer_app.texts import resource

E5_COSINE = 0.995
"""Least cosine to the unpacked model. The packed one reaches .9998 on 320 snippets."""
SPEAKER_COSINE = 0.999


def answers_as_expected(model: str, folder: Path) -> bool:
    """Return whether the model in `folder` answers the probes of `model` (an id of the catalogue)."""
    probes = json.loads(resource("models", "probes.json").read_text(encoding="utf-8"))[model]
    try:
        return (
            _embedding_holds(probes, folder)
            if model == "multilingual-e5-small"
            else _speaker_holds(probes, folder)
        )
    except Exception:  # noqa: BLE001 - the engines raise bare exceptions: what cannot be run does not hold
        return False


def speaker_probe() -> npt.NDArray[np.float32]:
    """Return the features that speaker models are probed with, float32 (1, 200, 80)."""
    frames, bands = np.arange(200)[:, None], np.arange(80)[None, :]
    return (2 * np.sin(0.05 * frames + 0.3 * bands) + np.cos(0.31 * frames - 0.11 * bands)).astype(
        np.float32
    )[None]


def embed_tokens(folder: Path, tokens: list[int]) -> npt.NDArray[np.float32]:
    """Return the vector (384,) of one text's tokens by the model in `folder`."""
    ids = np.array([tokens], np.int64)
    answer = _session(folder / "model.onnx").run(
        None, {"input_ids": ids, "attention_mask": np.ones_like(ids)}
    )
    return np.asarray(answer[0][0], np.float32)


def embed_speaker(folder: Path) -> npt.NDArray[np.float32]:
    """Return the vector (192,) of the speaker probe."""
    answer = _session(folder / "model.onnx").run(None, {"feats": speaker_probe()})
    return np.asarray(answer[0][0], np.float32)


def _session(path: Path) -> Any:
    import onnxruntime  # here, so that listing models does not load an engine

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    # as bytes: the engine's own opening of files fails for some paths with umlauts
    return onnxruntime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])


def _embedding_holds(probes: list[dict[str, Any]], folder: Path) -> bool:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_str((folder / "tokenizer.json").read_text(encoding="utf-8"))
    return all(
        tokenizer.encode(probe["text"]).ids == probe["tokens"]
        and _cosine(embed_tokens(folder, probe["tokens"]), probe["vector"]) >= E5_COSINE
        for probe in probes
    )


def _speaker_holds(probes: list[dict[str, Any]], folder: Path) -> bool:
    vector = embed_speaker(folder)
    return all(_cosine(vector, probe["vector"]) >= SPEAKER_COSINE for probe in probes)


def _cosine(vector: npt.NDArray[np.float32], expected: list[float]) -> float:
    other = np.array(expected, np.float32)
    return float(vector @ other / (np.linalg.norm(vector) * np.linalg.norm(other)))

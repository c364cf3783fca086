"""Turns the 4-bit weights of multilingual-e5-small into an ONNX model and a tokenizer.

The network is a BERT encoder with mean pooling and L2 normalisation ("Multilingual E5 Text Embeddings",
arXiv 2402.05672). The word table stays in its 4-bit blocks, exactly as delivered; the matrices become int8
with one scale an output channel (activations are quantised while running) or stay exact in float32. Every
step is done element by element, so the same weights give the same bytes on every system.
"""

from __future__ import annotations

import unicodedata
from pathlib import Path

import numpy as np
import numpy.typing as npt
from onnx import TensorProto
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

from explorer_app.models.e5_weights import BLOCK, Vocabulary, WeightsFile
from explorer_app.models.onnx_graph import Graph

INT8_FILE = "model.int8.onnx"
EXACT_FILE = "model.onnx"
TOKENIZER_FILE = "tokenizer.json"
WEIGHT_LIMIT = 64
"""Largest int8 weight. 7 bits: with 8, processors with AVX2 but without VNNI (most old laptops) overflow
when they add two products of a byte and a weight in 16 bits, and the vectors drift without a word."""


def convert_e5(source: Path, target: Path, *, exact: bool = False) -> None:
    """Write ``model.int8.onnx`` (``model.onnx`` if `exact`) and ``tokenizer.json`` into `target`.

    The model takes ``input_ids`` and ``attention_mask``, int64 (texts, tokens), at most 512 tokens, and
    returns ``embedding``, float32 (texts, 384), L2-normalised.

    Args:
        source: ``e5-small-q4.bin``.
        target: An existing folder.
        exact: Keep the matrices in float32: twice the size and time, cosine 1 to the weights as delivered.

    Raises:
        ValueError: If `source` is another kind of file.
    """
    with WeightsFile(source) as weights:
        _write_model(weights, target / (EXACT_FILE if exact else INT8_FILE), exact=exact)
        make_tokenizer(weights.vocabulary).save(str(target / TOKENIZER_FILE))


def make_tokenizer(vocabulary: Vocabulary) -> Tokenizer:
    """Return the tokenizer: the vocabulary's own normalisation, then SentencePiece's unigram search.

    The vocabulary maps single characters as NFKC does, but for control characters and odd blanks; these few
    are taken from its map. NFKC also composes sequences, so that a decomposed umlaut is found as an umlaut.
    """
    controls = {vocabulary.bos, vocabulary.eos, vocabulary.pad, vocabulary.unk, len(vocabulary.pieces) - 1}
    # a text that spells "</s>" must not become the control token: its piece is never worth choosing
    scored = [
        (piece, -1000.0 if index in controls else score)
        for index, (piece, score) in enumerate(zip(vocabulary.pieces, vocabulary.scores, strict=True))
    ]
    tokenizer = Tokenizer(models.Unigram(scored, unk_id=vocabulary.unk, byte_fallback=False))
    steps: list[normalizers.Normalizer] = []
    for replacement, characters in _own_replacements(vocabulary.replacements).items():
        found = "".join(f"\\x{{{ord(character):x}}}" for character in characters)
        steps.append(normalizers.Replace(Regex(f"[{found}]"), replacement))
    steps += [normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " "), normalizers.Strip()]
    tokenizer.normalizer = normalizers.Sequence(steps)
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", vocabulary.bos), ("</s>", vocabulary.eos)]
    )
    return tokenizer


def _own_replacements(replacements: dict[str, str]) -> dict[str, list[str]]:
    """Return, by replacement, the characters that the vocabulary maps otherwise than NFKC."""
    own: dict[str, list[str]] = {}
    for character, replacement in sorted(replacements.items()):
        if unicodedata.normalize("NFKC", character) != replacement:
            own.setdefault(replacement, []).append(character)
    return own


def _write_model(weights: WeightsFile, path: Path, *, exact: bool) -> None:
    shape = weights.shape
    graph = Graph("multilingual-e5-small")
    mask = graph.add("Cast", "attention_mask", to=TensorProto.FLOAT)
    hidden_mask = graph.add(
        "Sub", graph.constant(np.float32(1)), graph.add("Unsqueeze", mask, _axes(graph, 1, 2))
    )
    bias = graph.add("Mul", hidden_mask, graph.constant(np.float32(-1e9)))
    x = _embed(graph, weights)
    for layer in range(shape.layers):
        x = _layer(graph, weights, f"l{layer}", x, bias, exact=exact)
    _pool(graph, x, mask)
    graph.write(
        path,
        inputs=[(name, TensorProto.INT64, ["texts", "tokens"]) for name in ("input_ids", "attention_mask")],
        outputs=[("embedding", TensorProto.FLOAT, ["texts", shape.hidden])],
        opset=21,
        contributed=True,
    )


def _axes(graph: Graph, *axes: int) -> str:
    return graph.constant(np.array(axes, np.int64))


def _embed(graph: Graph, weights: WeightsFile) -> str:
    """Add word, position and type vectors; the word table stays in 4-bit blocks."""
    shape = weights.shape
    table = weights.blocks("emb.word", shape.vocabulary)
    signed = table.values ^ np.uint8(8)  # unsigned value - 8 as a four-bit two's complement
    packed = graph.packed_int4(
        signed[:, 0::2] | np.left_shift(signed[:, 1::2], 4, dtype=np.uint8), (shape.vocabulary, shape.hidden)
    )
    word = graph.add(
        "GatherBlockQuantized",
        packed,
        "input_ids",
        graph.constant(table.scales),
        domain="com.microsoft",
        gather_axis=0,
        quantize_axis=1,
        block_size=BLOCK,
    )
    length = graph.add("Gather", graph.add("Shape", "input_ids"), graph.constant(np.int64(1)), axis=0)
    places = graph.add("Range", graph.constant(np.int64(0)), length, graph.constant(np.int64(1)))
    positions = graph.constant(weights.floats("emb.pos").reshape(-1, shape.hidden))
    x = graph.add("Add", word, graph.add("Gather", positions, places))
    x = graph.add("Add", x, graph.constant(weights.floats("emb.type").reshape(-1, shape.hidden)[0]))
    return _normalise(graph, weights, x, "emb.ln")


def _normalise(graph: Graph, weights: WeightsFile, x: str, name: str) -> str:
    scale, shift = (graph.constant(weights.floats(f"{name}.{part}")) for part in "wb")
    return graph.add("LayerNormalization", x, scale, shift, epsilon=weights.shape.epsilon, axis=-1)


class _Linear:
    """Linear maps of one input; its quantised form is shared by all that read it."""

    def __init__(self, graph: Graph, weights: WeightsFile, x: str, *, exact: bool) -> None:
        self._graph = graph
        self._weights = weights
        self._x = x
        self._quantised = "" if exact else graph.add("DynamicQuantizeLinear", x, outputs=3)

    def __call__(self, name: str, rows: int) -> str:
        graph, matrix = self._graph, self._weights.blocks(f"{name}.w", rows).weights().T
        if self._quantised:
            numbers, scales = quantise(matrix)
            q = self._quantised
            product = graph.add(
                "MatMulInteger", q, graph.constant(numbers), f"{q}.2", graph.constant(np.zeros(rows, np.int8))
            )
            scale = graph.add("Mul", f"{q}.1", graph.constant(scales))
            y = graph.add("Mul", graph.add("Cast", product, to=TensorProto.FLOAT), scale)
        else:
            y = graph.add("MatMul", self._x, graph.constant(matrix))
        return graph.add("Add", y, graph.constant(self._weights.floats(f"{name}.b")))


def quantise(matrix: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    """Return int8 numbers (inputs, outputs) and float32 scales (outputs,): matrix ≈ numbers × scales."""
    scales = (np.abs(matrix).max(axis=0) / np.float32(WEIGHT_LIMIT)).astype(np.float32)
    scales[scales == 0] = 1
    return np.round(matrix / scales).astype(np.int8), scales


def _layer(graph: Graph, weights: WeightsFile, name: str, x: str, bias: str, *, exact: bool) -> str:
    """Add one encoder layer: attention, then the feed-forward part, each with its residual."""
    shape = weights.shape
    width = shape.hidden // shape.heads
    linear = _Linear(graph, weights, x, exact=exact)
    split = graph.constant(np.array([0, 0, shape.heads, width], np.int64))

    def heads(part: str, order: list[int]) -> str:
        return graph.add(
            "Transpose", graph.add("Reshape", linear(f"{name}.{part}", shape.hidden), split), perm=order
        )

    scores = graph.add("MatMul", heads("q", [0, 2, 1, 3]), heads("k", [0, 2, 3, 1]))
    scores = graph.add("Mul", scores, graph.constant(np.float32(width**-0.5)))
    attention = graph.add("Softmax", graph.add("Add", scores, bias), axis=-1)
    seen = graph.add("MatMul", attention, heads("v", [0, 2, 1, 3]))
    seen = graph.add(
        "Reshape",
        graph.add("Transpose", seen, perm=[0, 2, 1, 3]),
        graph.constant(np.array([0, 0, shape.hidden], np.int64)),
    )
    attended = _Linear(graph, weights, seen, exact=exact)(f"{name}.ao", shape.hidden)
    x = _normalise(graph, weights, graph.add("Add", x, attended), f"{name}.aln")
    inner = graph.add("Gelu", _Linear(graph, weights, x, exact=exact)(f"{name}.fi", shape.inner))
    outer = _Linear(graph, weights, inner, exact=exact)(f"{name}.fo", shape.hidden)
    return _normalise(graph, weights, graph.add("Add", x, outer), f"{name}.oln")


def _pool(graph: Graph, x: str, mask: str) -> None:
    """Average the vectors of the real tokens and scale to length 1."""
    kept = graph.add("Unsqueeze", mask, _axes(graph, -1))
    total = graph.add("ReduceSum", graph.add("Mul", x, kept), _axes(graph, 1), keepdims=0)
    mean = graph.add("Div", total, graph.add("ReduceSum", kept, _axes(graph, 1), keepdims=0))
    squares = graph.add("ReduceSum", graph.add("Mul", mean, mean), _axes(graph, -1), keepdims=1)
    graph.add("Div", mean, graph.add("Sqrt", squares), output="embedding")

"""Turns the 4-bit weights of multilingual-e5-small into an ONNX model and a tokenizer.

The network is a BERT encoder with mean pooling and L2 normalisation ("Multilingual E5 Text Embeddings",
arXiv 2402.05672). All matrices stay in their 4-bit blocks, exactly as delivered; while it runs,
activations are rounded to int8 block by block within one token, so that the vector of a text never hangs
on the texts beside it (as it does where a whole batch shares one scale). Every step is done element by
element, so the same weights give the same bytes on every system.
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

MODEL_FILE = "model.onnx"
TOKENIZER_FILE = "tokenizer.json"
_INT8_ACTIVATIONS = 4
"""Accuracy level of ONNX Runtime's MatMulNBits: on snippets of the benchmark the cosine to float32 is .9998
or more, at a quarter less processor time for one text and half the memory."""


def convert_e5(source: Path, target: Path, *, unpacked: bool = False) -> None:
    """Write ``model.onnx`` and ``tokenizer.json`` into the folder `target`.

    The model takes ``input_ids`` and ``attention_mask``, int64 (texts, tokens), at most 512 tokens, and
    returns ``embedding``, float32 (texts, 384), L2-normalised.

    Args:
        source: ``e5-small-q4.bin``.
        target: An existing folder.
        unpacked: Unpack the matrices to float32, the reference that the packed model is measured by.

    Raises:
        ValueError: If `source` is another kind of file.
    """
    with WeightsFile(source) as weights:
        _write_model(weights, target / MODEL_FILE, unpacked=unpacked)
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


def _write_model(weights: WeightsFile, path: Path, *, unpacked: bool) -> None:
    shape = weights.shape
    graph = Graph("multilingual-e5-small")
    mask = graph.add("Cast", "attention_mask", to=TensorProto.FLOAT)
    hidden_mask = graph.add(
        "Sub", graph.constant(np.float32(1)), graph.add("Unsqueeze", mask, _axes(graph, 1, 2))
    )
    bias = graph.add("Mul", hidden_mask, graph.constant(np.float32(-1e9)))
    x = _embed(graph, weights)
    for layer in range(shape.layers):
        x = _layer(graph, weights, f"l{layer}", x, bias, unpacked=unpacked)
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
    packed = graph.packed_int4(_pairs(signed), (shape.vocabulary, shape.hidden))
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


def _linear(graph: Graph, weights: WeightsFile, x: str, name: str, rows: int, *, unpacked: bool) -> str:
    """Add a linear map with its shift."""
    matrix = weights.blocks(f"{name}.w", rows)
    if unpacked:
        y = graph.add("MatMul", x, graph.constant(matrix.weights().T))
    else:
        y = graph.add(
            "MatMulNBits",
            x,
            graph.constant(_pairs(matrix.values).reshape(rows, -1, BLOCK // 2)),
            graph.constant(matrix.scales.reshape(-1)),
            domain="com.microsoft",
            K=matrix.values.shape[1],
            N=rows,
            bits=4,
            block_size=BLOCK,
            accuracy_level=_INT8_ACTIVATIONS,
        )
    return graph.add("Add", y, graph.constant(weights.floats(f"{name}.b")))


def _pairs(values: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return two four-bit values a byte along the last axis, the first one low."""
    return values[..., 0::2] | np.left_shift(values[..., 1::2], 4, dtype=np.uint8)


def _layer(graph: Graph, weights: WeightsFile, name: str, x: str, bias: str, *, unpacked: bool) -> str:
    """Add one encoder layer: attention, then the feed-forward part, each with its residual."""
    shape = weights.shape
    width = shape.hidden // shape.heads

    def linear(x: str, part: str, rows: int) -> str:
        return _linear(graph, weights, x, f"{name}.{part}", rows, unpacked=unpacked)

    split = graph.constant(np.array([0, 0, shape.heads, width], np.int64))

    def heads(part: str, order: list[int]) -> str:
        return graph.add("Transpose", graph.add("Reshape", linear(x, part, shape.hidden), split), perm=order)

    scores = graph.add("MatMul", heads("q", [0, 2, 1, 3]), heads("k", [0, 2, 3, 1]))
    scores = graph.add("Mul", scores, graph.constant(np.float32(width**-0.5)))
    attention = graph.add("Softmax", graph.add("Add", scores, bias), axis=-1)
    seen = graph.add("MatMul", attention, heads("v", [0, 2, 1, 3]))
    seen = graph.add(
        "Reshape",
        graph.add("Transpose", seen, perm=[0, 2, 1, 3]),
        graph.constant(np.array([0, 0, shape.hidden], np.int64)),
    )
    x = _normalise(graph, weights, graph.add("Add", x, linear(seen, "ao", shape.hidden)), f"{name}.aln")
    inner = graph.add("Gelu", linear(x, "fi", shape.inner))
    return _normalise(graph, weights, graph.add("Add", x, linear(inner, "fo", shape.hidden)), f"{name}.oln")


def _pool(graph: Graph, x: str, mask: str) -> None:
    """Average the vectors of the real tokens and scale to length 1."""
    kept = graph.add("Unsqueeze", mask, _axes(graph, -1))
    total = graph.add("ReduceSum", graph.add("Mul", x, kept), _axes(graph, 1), keepdims=0)
    mean = graph.add("Div", total, graph.add("ReduceSum", kept, _axes(graph, 1), keepdims=0))
    squares = graph.add("ReduceSum", graph.add("Mul", mean, mean), _axes(graph, -1), keepdims=1)
    graph.add("Div", mean, graph.add("Sqrt", squares), output="embedding")

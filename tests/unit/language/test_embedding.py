"""The ONNX embedder on the real model."""

from __future__ import annotations

import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.language.embedding import OnnxEmbedder
from explorer_app.models import ModelStore


@pytest.fixture(scope="module")
def model(models: ModelStore) -> Path:
    return models.path("multilingual-e5-small")


@pytest.fixture(scope="module")
def embedder(model: Path) -> OnnxEmbedder:
    return OnnxEmbedder(model)


@pytest.mark.models
def test_vectors_have_length_one_and_blank_texts_are_zero(embedder: OnnxEmbedder) -> None:
    vectors = embedder.embed(["Der Dienstplan hängt.", "", " \n", "Ä 🙂 ß"])
    assert vectors.shape == (4, embedder.dim)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), [1, 0, 0, 1], atol=1e-5)
    assert embedder.embed([]).shape == (0, embedder.dim)


@pytest.mark.models
def test_a_text_gets_the_same_vector_alone_and_in_a_batch(embedder: OnnxEmbedder) -> None:
    texts = ["Zettel", "Der Dienstplan hält nur wenige Tage.", "Wort " * 300, "Kurz."]
    together = embedder.embed(texts)
    alone = np.vstack([embedder.embed([text]) for text in texts])
    assert (together * alone).sum(axis=1).min() > 0.9999


@pytest.mark.models
def test_a_long_text_is_read_to_its_end(embedder: OnnxEmbedder) -> None:
    filler = "Der Garten ist schön und die Sonne scheint. " * 80
    end = "Die Dienstpläne stimmen nicht, nachts fehlt Personal. " * 80
    plain, long, topic = embedder.embed([filler, filler + end, end])
    assert float(long @ topic) > float(plain @ topic) + 0.02


@pytest.mark.models
def test_meaning_is_nearer_than_chance(embedder: OnnxEmbedder) -> None:
    near, far = embedder.embed(["Niemand spricht Tigrinya.", "Die Heizung ist kaputt."])
    query = embedder.embed(["Es fehlt an Sprachmittlung."], "query")[0]
    assert float(query @ near) > float(query @ far)


def test_a_missing_model_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(AnalysisError) as caught:
        OnnxEmbedder(tmp_path / "fehlt")
    assert caught.value.message_id == "analysis.model_missing"
    again = pickle.loads(pickle.dumps(caught.value))
    assert (again.message_id, again.values) == (caught.value.message_id, caught.value.values)


def test_a_damaged_model_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"kein Modell")
    (tmp_path / "tokenizer.json").write_text("{}", encoding="utf-8")
    with pytest.raises(AnalysisError) as caught:
        OnnxEmbedder(tmp_path)
    assert caught.value.message_id == "analysis.model_damaged"


@pytest.mark.models
def test_a_model_loads_from_a_path_with_umlauts_and_blanks(tmp_path: Path, model: Path) -> None:
    folder = tmp_path / "Jörg Müller ß" / "modell"
    folder.mkdir(parents=True)
    for name in ("model.onnx", "tokenizer.json"):
        try:
            (folder / name).hardlink_to(model / name)
        except OSError:
            shutil.copy(model / name, folder / name)
    assert OnnxEmbedder(folder).embed(["Prüfung"]).shape == (1, 384)

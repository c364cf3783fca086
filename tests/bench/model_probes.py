"""Writes ``resources/models/probes.json`` from the weights as delivered.

Usage: model_probes.py e5-small-q4.bin campplus_cn_en_common.pt
The vectors come from the unpacked (float32) conversions, rounded to three digits.
"""

import json
import sys
import tempfile
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from explorer_app.models.campplus_conversion import convert_campplus
from explorer_app.models.e5_conversion import convert_e5
from explorer_app.models.probes import embed_speaker, embed_tokens
from explorer_app.texts import resource

TEXTS = (
    "query: Was kostet die Kolleginnen am meisten Zeit?",
    "passage: Die Übergabe steht auf drei Zetteln, und am Wochenende weiß niemand, wo sie liegen.",
    "passage: Für jeden Antrag tippe ich dieselben Daten viermal ab – Wohngeld, Bürgergeld, Kita, Härtefall.",
    "passage: He asked for an appointment three times and nobody called back.",
    "query: 🙂 Straße, Größe, 12,50 €",
)


def main() -> None:
    """Convert, ask, write."""
    e5, speakers = Path(sys.argv[1]), Path(sys.argv[2])
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        convert_e5(e5, folder, unpacked=True)
        tokenizer = Tokenizer.from_str((folder / "tokenizer.json").read_text(encoding="utf-8"))
        probes = []
        for text in TEXTS:
            tokens = tokenizer.encode(text).ids
            probes.append({"text": text, "tokens": tokens, "vector": _rounded(embed_tokens(folder, tokens))})
        convert_campplus(speakers, folder)
        speaker = [{"vector": _rounded(embed_speaker(folder))}]
    content = {"multilingual-e5-small": probes, "campplus": speaker}
    resource("models", "probes.json").write_text(
        json.dumps(content, ensure_ascii=False, separators=(",", ":")).replace("},{", "},\n{") + "\n",
        encoding="utf-8",
    )


def _rounded(vector: "np.ndarray") -> list[float]:
    return [round(float(value), 3) for value in vector]


if __name__ == "__main__":
    main()

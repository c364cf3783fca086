"""The model catalogue: where model files come from, checked by SHA-256."""

from explorer_app.models.catalogue import Catalogue, Entry, Figure, ModelFile
from explorer_app.models.records import ModelReport, ModelState, Proof, Record
from explorer_app.models.store import ModelStore

__all__ = [
    "Catalogue",
    "Entry",
    "Figure",
    "ModelFile",
    "ModelReport",
    "ModelState",
    "ModelStore",
    "Proof",
    "Record",
]

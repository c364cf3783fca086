"""Reads the tensors of a PyTorch state dict without PyTorch and without running what a pickle says."""

from __future__ import annotations

import collections
import io
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Tensors = dict[str, npt.NDArray[Any]]

_KINDS: dict[str, Any] = {
    "FloatStorage": np.float32,
    "DoubleStorage": np.float64,
    "HalfStorage": np.float16,
    "LongStorage": np.int64,
    "IntStorage": np.int32,
    "BoolStorage": np.bool_,
}


def read_tensors(path: Path) -> Tensors:
    """Return the tensors of a zip-format ``.pt`` file by name.

    Raises:
        ValueError: If it is no such file, or its pickle names anything but tensors.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            pickled = next(name for name in archive.namelist() if name.endswith("/data.pkl"))
            root = pickled.rsplit("/", 1)[0]
            state = _TensorUnpickler(archive, root, archive.read(pickled)).load()
    except (zipfile.BadZipFile, StopIteration, KeyError, pickle.UnpicklingError, EOFError) as error:
        raise ValueError(path.name) from error
    return {name: value for name, value in state.items() if isinstance(value, np.ndarray)}


class _TensorUnpickler(pickle.Unpickler):
    """Admits ordered dictionaries and tensors; any other class in the pickle is refused."""

    def __init__(self, archive: zipfile.ZipFile, root: str, content: bytes) -> None:
        super().__init__(io.BytesIO(content))
        self._archive = archive
        self._root = root

    def find_class(self, module: str, name: str) -> Any:
        """Return one of the few admitted classes."""
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if module == "torch" and name in _KINDS:
            return _KINDS[name]
        raise pickle.UnpicklingError(f"{module}.{name}")

    def persistent_load(self, identity: Any) -> npt.NDArray[Any]:
        """Return the storage that a tensor is cut from."""
        _word, kind, key, *_rest = identity
        return np.frombuffer(self._archive.read(f"{self._root}/data/{key}"), kind)


def _rebuild(
    storage: npt.NDArray[Any], offset: int, size: tuple[int, ...], stride: tuple[int, ...], *_rest: Any
) -> npt.NDArray[Any]:
    last = offset + sum((n - 1) * s for n, s in zip(size, stride, strict=True))
    if min((offset, *stride, *(n - 1 for n in size))) < 0 or last >= len(storage):
        raise pickle.UnpicklingError("tensor outside its storage")
    steps = [s * storage.itemsize for s in stride]
    return np.array(np.lib.stride_tricks.as_strided(storage[offset:], size, steps))

"""A small writer of ONNX graphs: nodes and constants get names by their order, so the bytes repeat."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper


class Graph:
    """Collects nodes and constants and writes the model.

    Args:
        name: Name of the graph.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []
        self._known: dict[bytes, str] = {}

    def constant(self, values: npt.ArrayLike) -> str:
        """Add a constant and return its name; equal small ones are shared."""
        array = np.array(values, order="C")
        key = repr((array.dtype.str, array.shape)).encode() + array.tobytes() if array.size < 16 else b""
        if key and key in self._known:
            return self._known[key]
        tensor = numpy_helper.from_array(array, f"c{len(self._constants)}")
        self._constants.append(tensor)
        if key:
            self._known[key] = tensor.name
        return str(tensor.name)

    def packed_int4(self, values: npt.NDArray[np.uint8], shape: tuple[int, ...]) -> str:
        """Add an int4 constant of `shape` from bytes that hold two values each, the first one low."""
        name = f"c{len(self._constants)}"
        tensor = onnx.TensorProto(name=name, data_type=onnx.TensorProto.INT4, raw_data=values.tobytes())
        tensor.dims.extend(shape)
        self._constants.append(tensor)
        return name

    def add(self, operator: str, *inputs: str, outputs: int = 1, output: str = "", **attributes: Any) -> str:
        """Add a node and return the name of its first output; further ones end in ``.1``, ``.2``."""
        name = output or f"n{len(self._nodes)}"
        names = [name] + [f"{name}.{i}" for i in range(1, outputs)]
        self._nodes.append(helper.make_node(operator, list(inputs), names, **attributes))
        return name

    def write(
        self,
        path: Path,
        *,
        inputs: list[tuple[str, int, list[str | int]]],
        outputs: list[tuple[str, int, list[str | int]]],
        opset: int,
        contributed: bool = False,
    ) -> None:
        """Write the model to `path`; inputs and outputs are (name, element type, shape)."""
        graph = helper.make_graph(
            self._nodes,
            self._name,
            [helper.make_tensor_value_info(*value) for value in inputs],
            [helper.make_tensor_value_info(*value) for value in outputs],
            self._constants,
        )
        sets = [helper.make_opsetid("", opset)]
        if contributed:
            sets.append(helper.make_opsetid("com.microsoft", 1))
        # fixed versions rather than those of the installed library: the same weights give the same file
        model = helper.make_model(graph, opset_imports=sets, ir_version=10, producer_name="explorer")
        path.write_bytes(model.SerializeToString(deterministic=True))

"""Turns the CAM++ speaker network into ONNX.

The network is "CAM++: A Fast and Efficient Network for Speaker Verification Using Context-Aware Masking",
arXiv 2303.00332; the weights are those of 3D-Speaker (Apache-2.0) for Chinese and English at 16 kHz. Names
and sizes of the layers are those of the weights file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import TensorProto

from explorer_app.models.onnx_graph import Graph
from explorer_app.models.torch_state import Tensors, read_tensors

MODEL_FILE = "model.onnx"
_CONTEXT = 100
"""Frames (of 20 ms) that share one context vector (section 2.2 of the paper)."""
_BLOCKS = ((12, 1), (24, 2), (16, 2))
"""Layers and dilation of the three dense blocks (section 2.1)."""
_EPSILON = 1e-5


def convert_campplus(source: Path, target: Path) -> None:
    """Write ``model.onnx`` into the folder `target`.

    The model takes ``feats``, float32 (recordings, frames, 80): Kaldi log-mel features, 25 ms windows every
    10 ms, their mean over time subtracted; and returns ``embedding``, float32 (recordings, 192), to be
    L2-normalised and compared by cosine.

    Args:
        source: ``campplus_cn_en_common.pt``.
        target: An existing folder.

    Raises:
        ValueError: If `source` is another kind of file.
    """
    try:
        network = _Network(read_tensors(source))
        network.build()
    except KeyError as error:
        raise ValueError(source.name) from error
    network.graph.write(
        target / MODEL_FILE,
        inputs=[("feats", TensorProto.FLOAT, ["recordings", "frames", 80])],
        outputs=[("embedding", TensorProto.FLOAT, ["recordings", 192])],
        opset=18,
    )


class _Network:
    """Writes the layers one after the other."""

    def __init__(self, tensors: Tensors) -> None:
        self.graph = Graph("campplus")
        self._tensors = tensors

    def build(self) -> None:
        graph = self.graph
        x = graph.add("Transpose", "feats", perm=[0, 2, 1])
        x = self._front(graph.add("Unsqueeze", x, self._ints(1)))
        x = self._conv(x, "xvector.tdnn.linear.weight", stride=2, padding=2)
        x = self._norm(x, "xvector.tdnn.nonlinear.batchnorm")
        frames = graph.add("Slice", graph.add("Shape", x), self._ints(2), self._ints(3))
        for block, (layers, dilation) in enumerate(_BLOCKS, 1):
            for layer in range(1, layers + 1):
                x = self._dense(x, f"xvector.block{block}.tdnnd{layer}", dilation, frames)
            x = self._norm(x, f"xvector.transit{block}.nonlinear.batchnorm")
            x = self._conv(x, f"xvector.transit{block}.linear.weight")
        x = self._statistics(self._norm(x, "xvector.out_nonlinear.batchnorm"), frames)
        x = self._conv(x, "xvector.dense.linear.weight")
        x = self._norm(x, "xvector.dense.nonlinear.batchnorm", relu=False)
        graph.add("Squeeze", x, self._ints(-1), output="embedding")

    def _front(self, x: str) -> str:
        """Add the two-dimensional front part; returns (recordings, 320, frames)."""
        x = self._norm(self._conv(x, "head.conv1.weight", padding=1), "head.bn1")
        for layer in ("head.layer1", "head.layer2"):
            x = self._residual(x, f"{layer}.0", stride=2)
            x = self._residual(x, f"{layer}.1", stride=1)
        x = self._norm(self._conv(x, "head.conv2.weight", stride=2, padding=1), "head.bn2")
        return self.graph.add("Reshape", x, self._ints(0, 320, -1))

    def _residual(self, x: str, name: str, stride: int) -> str:
        y = self._norm(self._conv(x, f"{name}.conv1.weight", stride=stride, padding=1), f"{name}.bn1")
        y = self._norm(self._conv(y, f"{name}.conv2.weight", padding=1), f"{name}.bn2", relu=False)
        if f"{name}.shortcut.0.weight" in self._tensors:
            x = self._conv(x, f"{name}.shortcut.0.weight", stride=stride)
            x = self._norm(x, f"{name}.shortcut.1", relu=False)
        return self.graph.add("Relu", self.graph.add("Add", y, x))

    def _dense(self, x: str, name: str, dilation: int, frames: str) -> str:
        """Add one densely connected layer: its output is joined to its input."""
        y = self._conv(self._norm(x, f"{name}.nonlinear1.batchnorm"), f"{name}.linear1.weight")
        y = self._norm(y, f"{name}.nonlinear2.batchnorm")
        masked = self._masked(y, f"{name}.cam_layer", dilation, frames)
        return self.graph.add("Concat", x, masked, axis=1)

    def _masked(self, x: str, name: str, dilation: int, frames: str) -> str:
        """Add context-aware masking: a gate from the mean of all frames and of each stretch."""
        graph = self.graph
        local = self._conv(x, f"{name}.linear_local.weight", padding=dilation, dilation=dilation)
        whole = graph.add("ReduceMean", x, self._ints(-1), keepdims=1)
        stretch = graph.add(
            "AveragePool",
            x,
            kernel_shape=[_CONTEXT],
            strides=[_CONTEXT],
            ceil_mode=1,
            count_include_pad=0,
        )
        stretch = graph.add("Unsqueeze", stretch, self._ints(-1))
        stretch = graph.add("Expand", stretch, self._ints(1, 1, 1, _CONTEXT))
        stretch = graph.add("Reshape", stretch, self._ints(0, 0, -1))
        stretch = graph.add("Slice", stretch, self._ints(0), frames, self._ints(2))
        gate = self._conv(graph.add("Add", whole, stretch), f"{name}.linear1.weight", f"{name}.linear1.bias")
        gate = self._conv(graph.add("Relu", gate), f"{name}.linear2.weight", f"{name}.linear2.bias")
        return graph.add("Mul", local, graph.add("Sigmoid", gate))

    def _statistics(self, x: str, frames: str) -> str:
        """Join mean and standard deviation over time; returns (recordings, channels, 1)."""
        graph, last = self.graph, self._ints(-1)
        mean = graph.add("ReduceMean", x, last, keepdims=1)
        apart = graph.add("Sub", x, mean)
        squares = graph.add("ReduceSum", graph.add("Mul", apart, apart), last, keepdims=0)
        degrees = graph.add(
            "Sub", graph.add("Cast", frames, to=TensorProto.FLOAT), graph.constant(np.array([1], np.float32))
        )
        deviation = graph.add("Sqrt", graph.add("Div", squares, degrees))
        joined = graph.add("Concat", graph.add("Squeeze", mean, last), deviation, axis=1)
        return graph.add("Unsqueeze", joined, last)

    def _conv(
        self, x: str, weight: str, bias: str = "", *, stride: int = 1, padding: int = 0, dilation: int = 1
    ) -> str:
        """Add a convolution over time, or over frequency (strided) and time."""
        kernel = self._tensors[weight]
        shape = list(kernel.shape[2:])
        inputs = [x, self.graph.constant(kernel)]
        if bias:
            inputs.append(self.graph.constant(self._tensors[bias]))
        return self.graph.add(
            "Conv",
            *inputs,
            kernel_shape=shape,
            strides=[stride] if len(shape) == 1 else [stride, 1],
            pads=[padding] * (2 * len(shape)),
            dilations=[dilation] * len(shape),
        )

    def _norm(self, x: str, name: str, *, relu: bool = True) -> str:
        """Add a batch normalisation as one scale and one shift."""
        mean, variance = self._tensors[f"{name}.running_mean"], self._tensors[f"{name}.running_var"]
        scale = self._tensors.get(f"{name}.weight", np.ones_like(mean)) / np.sqrt(
            variance + np.float32(_EPSILON)
        )
        shift = self._tensors.get(f"{name}.bias", np.zeros_like(mean)) - mean * scale
        # the two-dimensional layers all belong to the front part
        axes = (1, -1) + (1,) * (2 if name.startswith("head.") else 1)
        y = self.graph.add("Mul", x, self._floats(scale.reshape(axes)))
        y = self.graph.add("Add", y, self._floats(shift.reshape(axes)))
        return self.graph.add("Relu", y) if relu else y

    def _floats(self, values: npt.NDArray[Any]) -> str:
        return self.graph.constant(values.astype(np.float32))

    def _ints(self, *values: int) -> str:
        return self.graph.constant(np.array(values, np.int64))

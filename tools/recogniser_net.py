"""PP-OCR's recogniser as a torch module that can be fitted further, and back to ONNX.

The graph is run node by node as it stands in the file that ``rapidocr`` ships; its weights become
parameters. What is written back is the same graph with other weights: nothing about its shape has
to be known twice. GELU and batch normalisation are run as one operation each.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from torch import nn
from torch.nn import functional

from ocr.engines.ppocr import models_folder

LOOKED = "p2o.pd_op.transpose.8.0"
FIRST = "conv2d_68.w_0"
LAST = ("linear_8.w_0", "linear_8.b_0")
"""The tensor that the last layer takes; the first layer's and the last layer's weights."""


def wheel_model() -> Path:
    """PP-OCR's recogniser as the ``rapidocr`` wheel ships it."""
    return sorted(models_folder().glob("PP-OCRv6_rec_*.onnx"))[-1]


def wheel_characters(model: Any = None) -> list[str]:
    """The character of each of its classes but the blank's."""
    model = model or onnx.load(str(wheel_model()))
    return [*next(p.value for p in model.metadata_props if p.key == "character").splitlines(), " "]


class Graph(nn.Module):
    """Everything of the recogniser before its last layer: (n, 3, 48, width) → (n, steps, 120)."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.model = onnx.load(str(path))
        graph = self.model.graph
        stored = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
        for node in graph.node:
            if node.op_type == "Constant":
                stored[node.output[0]] = numpy_helper.to_array(node.attribute[0].t)
        self.weights = nn.ParameterDict()
        self.names: dict[str, str] = {}
        self.fixed: dict[str, Any] = {}
        for name, array in stored.items():
            if array.dtype == np.float32 and array.size > 1 and name not in LAST:
                self.names[name] = key = name.replace(".", "/")
                self.weights[key] = nn.Parameter(torch.from_numpy(array.copy()))
            elif name not in LAST:
                self.fixed[name] = torch.from_numpy(array.copy())
        self.nodes = _fused([n for n in graph.node if n.op_type != "Constant"])
        end = next(place for place, node in enumerate(self.nodes) if LOOKED in node.output)
        self.nodes = self.nodes[: end + 1]

    def get(self, known: dict[str, Any], name: str) -> Any:
        """A tensor of the run, a weight or a constant."""
        if name in known:
            return known[name]
        if name in self.names:
            return self.weights[self.names[name]]
        return self.fixed[name]

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        known: dict[str, Any] = {"x": image}
        for node in self.nodes:
            given = [self.get(known, name) for name in node.input if name]
            known[node.output[0]] = _run(node, given)
        result: torch.Tensor = known[LOOKED]
        return result

    def write_back(self) -> None:
        """Put the parameters into :attr:`model`."""
        for tensor in self.model.graph.initializer:
            if tensor.name in self.names:
                array = self.weights[self.names[tensor.name]].detach().numpy()
                tensor.CopyFrom(numpy_helper.from_array(array.copy(), tensor.name))


def _fused(nodes: Sequence[Any]) -> list[Any]:
    """The nodes with x/√2 → erf → +1 → ·x → ·½ as one."""
    made_by = {node.output[0]: node for node in nodes}
    used: dict[str, list[Any]] = {}
    for node in nodes:
        for name in node.input:
            used.setdefault(name, []).append(node)
    gone: set[str] = set()
    instead: dict[str, Any] = {}
    for node in nodes:
        if node.op_type != "Erf":
            continue
        first = made_by[node.input[0]]
        plus = used[node.output[0]][0]
        times = next(n for n in used[plus.output[0]] + used[first.input[0]] if n.op_type == "Mul")
        second = next(n for n in used[plus.output[0]] if n.op_type == "Mul")
        chain = [first, node, plus, second]
        half = used[second.output[0]][0]
        if half.op_type != "Mul":
            raise ValueError(f"not a GELU: {times.name}")
        gone |= {n.output[0] for n in (*chain, half)}
        instead[half.output[0]] = helper.make_node("Gelu", [first.input[0]], [half.output[0]])
    return [
        instead.get(n.output[0], n)
        for n in nodes
        if n.output[0] not in gone or n.output[0] in instead
    ]


def _pads(at: dict[str, Any]) -> tuple[int, int, int, int]:
    """Top, left, bottom, right of a window; "same, upper" only where the window moves by one."""
    if at.get("auto_pad", b"NOTSET") == b"SAME_UPPER":
        if set(at["strides"]) != {1}:
            raise ValueError("SAME_UPPER with strides")
        down, across = (side - 1 for side in at["kernel_shape"])
        return down // 2, across // 2, down - down // 2, across - across // 2
    top, left, bottom, right = at.get("pads", [0, 0, 0, 0])
    return top, left, bottom, right


def _run(node: Any, given: list[Any]) -> Any:
    """One operation of the graph."""
    at = {a.name: helper.get_attribute_value(a) for a in node.attribute}
    op = node.op_type
    x: Any = given[0] if given else None
    match op:
        case "Conv":
            return _convolved(x, given, at)
        case "Identity":
            return x
        case "Add":
            return x + given[1]
        case "Sub":
            return x - given[1]
        case "Mul":
            return x * given[1]
        case "Div":
            return x / given[1]
        case "Pow":
            return x ** given[1]
        case "Sqrt":
            return torch.sqrt(x)
        case "Relu":
            return functional.relu(x)
        case "Gelu":
            return functional.gelu(x)
        case "Sigmoid":
            return torch.sigmoid(x)
        case "HardSigmoid":
            return torch.clamp(x * at.get("alpha", 0.2) + at.get("beta", 0.5), 0, 1)
        case "Softmax":
            return torch.softmax(x, at["axis"])
        case "ReduceMean":
            return x.mean(tuple(at["axes"]), keepdim=bool(at.get("keepdims", 1)))
        case "MaxPool":
            top, left, bottom, right = _pads(at)
            x = functional.pad(x, (left, right, top, bottom), value=-torch.inf)
            return functional.max_pool2d(
                x, at["kernel_shape"], at["strides"], ceil_mode=bool(at.get("ceil_mode", 0))
            )
        case "AveragePool":
            return functional.avg_pool2d(x, at["kernel_shape"], at["strides"])
        case "BatchNormalization":
            return functional.batch_norm(
                x,
                given[3].detach(),
                given[4].detach(),
                given[1],
                given[2],
                False,
                0.0,
                at.get("epsilon", 1e-5),
            )
        case "MatMul":
            return x @ given[1]
    return _rearranged(op, x, given, at)


def _convolved(x: Any, given: list[Any], at: dict[str, Any]) -> Any:
    bias = None
    if len(given) > 2:
        bias = given[2]
    top, left, bottom, right = _pads(at)
    # torch pads both sides alike; what is uneven is padded before.
    if (top, left) != (bottom, right):
        x = functional.pad(x, (left, right, top, bottom))
        top = 0
        left = 0
    return functional.conv2d(
        x,
        given[1],
        bias,
        at["strides"],
        (top, left),
        at.get("dilations", 1),
        at.get("group", 1),
    )


def _rearranged(op: str, x: Any, given: list[Any], at: dict[str, Any]) -> Any:
    """Operations that only move, cut or join what is there."""
    match op:
        case "Transpose":
            return x.permute(*at["perm"])
        case "Concat":
            if isinstance(x, torch.Tensor) and x.is_floating_point():
                return torch.cat(given, at["axis"])
            return torch.cat([torch.as_tensor(g) for g in given], at["axis"])
        case "Shape":
            return torch.tensor(x.shape)
        case "Reshape":
            sizes = [x.shape[n] if s == 0 else s for n, s in enumerate(given[1].tolist())]
            return x.reshape(sizes)
        case "Squeeze":
            for axis in sorted(at["axes"], reverse=True):
                x = x.squeeze(axis)
            return x
        case "Unsqueeze":
            for axis in sorted(at["axes"]):
                x = x.unsqueeze(axis)
            return x
        case "Slice":
            starts = given[1].tolist()
            ends = given[2].tolist()
            axes = given[3].tolist() if len(given) > 3 else range(len(starts))
            for start, end, axis in zip(starts, ends, axes, strict=True):
                x = x[(slice(None),) * axis + (slice(start, end if end < 2**31 - 1 else None),)]
            return x
        case "Pad":
            pads = given[1].tolist()
            return functional.pad(x, (pads[3], pads[7], pads[2], pads[6]))
        case "Cast":
            return x
    raise ValueError(f"operation {op} is not known")

"""One way to write the small models: 16-bit weights that are cast on loading, what they tell apart
kept beside them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import torch


class OnnxWriter:
    """A model in the making.

    Attributes:
        nodes: of the graph, in the order in which they run.
    """

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self._weights: list[onnx.TensorProto] = []

    def add(self, kind: str, inputs: Sequence[str], output: str, **attributes: object) -> None:
        """Add an operation."""
        self.nodes.append(onnx.helper.make_node(kind, list(inputs), [output], **attributes))

    def stored(self, name: str, values: torch.Tensor) -> str:
        """Keep weights under ``name``, which is given back."""
        self._weights.append(
            onnx.numpy_helper.from_array(
                values.detach().contiguous().numpy().astype(np.float16), name + "16"
            )
        )
        self.add("Cast", [name + "16"], name, to=onnx.TensorProto.FLOAT)
        return name

    def write(
        self,
        path: Path,
        name: str,
        given: tuple[str, list[int | str]],
        classes: list[int | str],
        characters: str,
        divide: float,
    ) -> None:
        """End with a softmax over ``logits`` and write the model.

        Args:
            given: name and shape of what goes in.
            classes: shape of the probabilities that come out, the classes last.
            characters: what the classes are; ``divide`` is the temperature that is in the weights
            already.
        """
        self.add("Softmax", ["logits"], "probabilities", axis=len(classes) - 1)
        kind = onnx.TensorProto.FLOAT
        ends = []
        for end in ((given[0], kind, given[1]), ("probabilities", kind, classes)):
            ends.append(onnx.helper.make_tensor_value_info(*end))
        graph = onnx.helper.make_graph(self.nodes, name, ends[:1], ends[1:], self._weights)
        model = onnx.helper.make_model(
            graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8
        )
        onnx.helper.set_model_props(
            model, {"characters": characters, "temperature": f"{divide:.3f}"}
        )
        onnx.checker.check_model(model)
        path.parent.mkdir(parents=True, exist_ok=True)
        onnx.save(model, str(path))
        print(f"{path}: {path.stat().st_size} bytes, temperature {divide:.3f}")

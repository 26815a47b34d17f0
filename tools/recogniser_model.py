"""The recogniser with its heads as a network that can be fitted, and how it is written as ONNX."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from torch import nn

from ocr.decode.alphabets import DIGIT_ALIKE, KANA_ALIKE, japanese
from ocr.engines.heads import OTHER
from tools.line_texts import alphabet_of
from tools.onnx_file import OnnxWriter
from tools.recogniser_net import FIRST, LAST, LOOKED, Graph, wheel_characters

HEADS = {"digits": 128, "kana": 256, "writing": 128}
"""The heads with the width of their hidden layer."""

RIVALS = 3
"""So many of a step's likeliest classes are weighed against the right one, and all of them in part:
see ``CHANCE``."""

CHANCE = 400
"""Of the other classes so many are drawn, each standing for several. Without them the thousands of
classes that never come near kept a little belief each, and the beam search took 67 ms a sheet
instead of 23."""

DROP = 0.1
STEPS_AROUND = (5, 3)


class Head(nn.Module):
    """The recogniser's last layer, cut down to the head's classes, behind two convolutions along
    the line that mend what it gets."""

    def __init__(
        self,
        characters: str,
        hidden: int,
        weights: torch.Tensor,
        bias: torch.Tensor,
        place: dict[str, int],
    ) -> None:
        super().__init__()
        wide, near = STEPS_AROUND
        self.characters = characters
        self.first = nn.Conv1d(120, hidden, wide, padding=wide // 2)
        self.second = nn.Conv1d(hidden, 120, near, padding=near // 2)
        self.last = nn.Conv1d(120, len(characters) + 2, 1)
        self.drop = nn.Dropout(DROP)
        with torch.no_grad():
            nn.init.zeros_(self.second.weight)
            nn.init.zeros_(self.second.bias)
            nn.init.zeros_(self.last.weight)
            nn.init.zeros_(self.last.bias)
            for number, character in enumerate(("", *characters)):
                known = 0 if not number else place.get(character)
                if known is not None:
                    self.last.weight[number, :, 0] = weights[:, known]
                    self.last.bias[number] = bias[known]
            self.last.bias[-1] = float(self.last.bias[1:-1].mean())

    def forward(self, looked: torch.Tensor) -> torch.Tensor:
        """(n, steps, 120) → (n, steps, classes), logits."""
        x = looked.transpose(1, 2)
        mended = x + self.second(self.drop(torch.relu(self.first(x))))
        return self.last(self.drop(mended)).transpose(1, 2)

    def take(self, path: Path) -> None:
        """Begin with the weights of a head that was written before, where its characters are the
        same."""
        model = onnx.load(str(path))
        if model.metadata_props[0].value[:-1] != self.characters:
            return
        stored = {}
        for i in model.graph.initializer:
            stored[i.name.removesuffix("16")] = numpy_helper.to_array(i).astype(np.float32)
        divide = float(next(p.value for p in model.metadata_props if p.key == "temperature"))
        with torch.no_grad():
            for number, (conv, scale) in enumerate(
                ((self.first, 1.0), (self.second, 1.0), (self.last, divide)), 1
            ):
                conv.weight.copy_(torch.from_numpy(stored[f"w{number}"] * scale))
                conv.bias.copy_(torch.from_numpy(stored[f"b{number}"] * scale))


class Recogniser(nn.Module):
    """The network, its last layer for ``characters``, and the heads."""

    def __init__(self, path: Path, before: Path | None) -> None:
        super().__init__()
        self.graph = Graph(path)
        model = self.graph.model
        place: dict[str, int] = {}
        for number, name in enumerate(wheel_characters(model), 1):
            place.setdefault(name, number)
        kept = dict.fromkeys(
            japanese()
            + "".join(k + v for table in (DIGIT_ALIKE, KANA_ALIKE) for k, v in table.items())
        )
        self.characters = "".join(c for c in kept if c in place and c != " ") + " "
        stored = {}
        for i in model.graph.initializer:
            if i.name in LAST:
                stored[i.name] = numpy_helper.to_array(i)
        weights, bias = (torch.from_numpy(stored[name].copy()) for name in LAST)
        chosen = [0, *(place[c] for c in self.characters)]
        self.weights, self.bias = (
            nn.Parameter(weights[:, chosen].clone()),
            nn.Parameter(bias[chosen].clone()),
        )
        self.place = {c: n for n, c in enumerate(self.characters, 1)}
        self.heads = nn.ModuleDict(
            {n: Head(alphabet_of(n), wide, weights, bias, place) for n, wide in HEADS.items()}
        )
        for name, head in self.heads.items():
            if before is not None:
                head.take(before / f"{name}-head.onnx")

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """(n, 3, 48, width) → (n, steps, 120)."""
        looked: torch.Tensor = self.graph(image)
        return looked

    def logits(self, looked: torch.Tensor) -> torch.Tensor:
        """(n, steps, classes)."""
        return looked @ self.weights + self.bias

    def believed(
        self, looked: torch.Tensor, labels: Sequence[Sequence[int]]
    ) -> tuple[torch.Tensor, list[list[int]]]:
        """The same for those classes alone that stand in ``labels`` or come near in some step, and
        some by chance that stand for all the others: a quarter of the work; and the labels as
        places among them."""
        with torch.no_grad():
            near = self.logits(looked.detach()).topk(RIVALS, dim=2).indices.flatten()
        named = torch.zeros(len(self.bias), dtype=torch.bool)
        named[torch.cat([torch.tensor([0, *(c for own in labels for c in own)]), near])] = True
        chosen = named.nonzero().flatten()
        others = (~named).nonzero().flatten()
        places = torch.searchsorted(chosen, torch.arange(len(self.bias)))
        drawn = others[torch.randperm(len(others))[:CHANCE]]
        logits = looked @ self.weights[:, chosen] + self.bias[chosen]
        standing = math.log(len(others) / max(1, len(drawn)))
        logits = torch.cat(
            [logits, looked @ self.weights[:, drawn] + self.bias[drawn] + standing], 2
        )
        return logits, [places[list(own)].tolist() for own in labels]


def export(net: Recogniser, folder: Path, name: str) -> None:
    """Write the recogniser (weights as 16-bit floats that are cast on loading) and the heads."""
    net.graph.write_back()
    model = net.graph.model
    last = {LAST[0]: net.weights.detach().numpy(), LAST[1]: net.bias.detach().numpy()}
    casts = []
    for tensor in model.graph.initializer:
        array = last.get(tensor.name, numpy_helper.to_array(tensor))
        if array.dtype == np.float32 and array.size > 64:
            casts.append(
                helper.make_node(
                    "Cast", [tensor.name + "16"], [tensor.name], to=onnx.TensorProto.FLOAT
                )
            )
            tensor.CopyFrom(numpy_helper.from_array(array.astype(np.float16), tensor.name + "16"))
    for number, node in enumerate(casts):
        model.graph.node.insert(number, node)
    first = next(t for t in model.graph.initializer if t.name.removesuffix("16") == FIRST)
    # Three channels of the same gray.
    array = numpy_helper.to_array(first).astype(np.float32).sum(axis=1, keepdims=True)
    first.CopyFrom(numpy_helper.from_array(array.astype(np.float16), first.name))
    model.graph.input[0].type.tensor_type.shape.dim[1].dim_value = 1
    looked = helper.make_tensor_value_info(LOOKED, onnx.TensorProto.FLOAT, [None, None, 120])
    model.graph.output.append(looked)
    del model.metadata_props[:]
    helper.set_model_props(model, {"characters": net.characters})
    onnx.save(model, str(folder / name))
    print(f"{folder / name}: {(folder / name).stat().st_size} bytes")
    for head_name, head in net.heads.items():
        export_head(head, folder / f"{head_name}-head.onnx")


def export_head(head: Head, path: Path) -> None:
    """Write a head: softmax at the end, nothing divided: it was fitted together with what it looks
    at."""
    made = OnnxWriter()
    made.add("Transpose", ["looked"], "at0", perm=[0, 2, 1])
    for number, conv in enumerate((head.first, head.second, head.last), 1):
        names = [made.stored(f"w{number}", conv.weight), made.stored(f"b{number}", conv.bias)]
        side = (conv.kernel_size[0] - 1) // 2
        made.add(
            "Conv",
            [f"at{number - 1}", *names],
            f"c{number}",
            kernel_shape=[conv.kernel_size[0]],
            pads=[side, side],
        )
        if number == 1:
            made.add("Relu", ["c1"], "at1")
        elif number == 2:
            made.add("Add", ["at0", "c2"], "at2")
    made.add("Transpose", ["c3"], "logits", perm=[0, 2, 1])
    made.write(
        path,
        "head",
        ("looked", [1, "steps", 120]),
        [1, "steps", len(head.characters) + 2],
        head.characters + OTHER,
        1.0,
    )

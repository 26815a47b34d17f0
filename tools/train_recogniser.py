#!/usr/bin/env python3
"""Fit PP-OCR's recogniser and the heads further, all together, on Japanese handwriting, and write
them as ONNX.

PP-OCRv6 small learnt mostly printed lines of 18,710 characters, most of them Chinese. Here its
whole network is fitted on lines of handwriting as :mod:`ocr.ink.strokes` and :mod:`ocr.decode.cells` cut them out
(:mod:`recogniser_lines`), by CTC (Graves et al., ICML 2006); its last layer keeps the characters
that Japanese forms are written with. Every line is made anew, none is seen twice. What is kept is
the running mean of the weights. For developers only; the product runs without torch. In an
environment of its own (the last four are what lines are made with)::

    python3 -m venv /somewhere && /somewhere/bin/pip install torch numpy opencv-python-headless \\
        pillow onnx onnxruntime rapidocr \\
        rapidfuzz japanese-personal-name-dataset habachen zengin-code  fonttools wordfreq svg.path kanjivg
    PYTHONPATH=. /somewhere/bin/python tools/train_recogniser.py --real FOLDER \\
        --fonts FOLDER... --printing FOLDER... --strokes FOLDER
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
import os
import pickle
import queue
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import onnx
import torch
from line_texts import alphabet_of
from numpy.typing import NDArray
from onnx import helper, numpy_helper
from onnx_file import Writer
from recogniser_lines import Hands, Line, families, hands_of, people_digits, some_lines
from recogniser_net import FIRST, LAST, LOOKED, Graph, wheel_characters, wheel_model
from torch import nn

from ocr.decode.alphabets import DIGIT_ALIKE, KANA_ALIKE, japanese
from ocr.engines.heads import OTHER
from ocr.engines.ppocr import HEIGHT, STEP

HEADS = {"digits": 128, "kana": 256, "writing": 128}
"""The heads with the width of their hidden layer."""

BATCH = 32
RATE, HEAD_RATE = 7e-4, 1e-3
"""Most that a weight of the network moves in a step, relative to what the weights of its layer are
like; of a head, absolute.

Batch normalisation is folded into the layers, so that their sizes differ by a hundred: with one
rate for all (5e-4) the network forgot more than it learnt.
"""

LEAST = 0.01
"""Layers with smaller weights than this, root mean square, move as if theirs were so large."""
RIVALS = 3
"""So many of a step's likeliest classes are weighed against the right one, and all of them in part:
see ``CHANCE``."""

CHANCE = 400
"""Of the other classes so many are drawn, each standing for several. Without them the thousands of
classes that never come near kept a little belief each, and the beam search took 67 ms a sheet
instead of 23."""

PIXELS = 32 * 300
"""Width of all lines of a batch together."""

OF_SHEETS = 0.6
"""Share of the lines that were cut out of whole sheets, where there are such."""

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
        stored = {
            i.name.removesuffix("16"): numpy_helper.to_array(i).astype(np.float32)
            for i in model.graph.initializer
        }
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
        stored = {
            i.name: numpy_helper.to_array(i) for i in model.graph.initializer if i.name in LAST
        }
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
        chosen, others = named.nonzero().flatten(), (~named).nonzero().flatten()
        places = torch.searchsorted(chosen, torch.arange(len(self.bias)))
        drawn = others[torch.randperm(len(others))[:CHANCE]]
        logits = looked @ self.weights[:, chosen] + self.bias[chosen]
        standing = math.log(len(others) / max(1, len(drawn)))
        logits = torch.cat(
            [logits, looked @ self.weights[:, drawn] + self.bias[drawn] + standing], 2
        )
        return logits, [places[list(own)].tolist() for own in labels]


def labels_of(text: str, place: dict[str, int], other: int | None = None) -> list[int]:
    """CTC labels; a head knows no blanks, and calls what it does not know ``other``."""
    if other is None:
        return [place[c] for c in text if c in place]
    return [place.get(c, other) for c in text if c != " "]


def picture(image: NDArray[np.uint8], rng: np.random.Generator | None) -> NDArray[np.uint8]:
    """The line as the engine scales it; with ``rng`` in a box that fits more or less tightly, wider
    or narrower, paler."""
    if rng is not None:
        high = image.shape[0]
        if rng.random() < 0.35:
            pads = [int(rng.uniform(0, 0.22) * high) for _ in range(2)] + [
                int(rng.uniform(0, 0.5) * high) for _ in range(2)
            ]
            image = np.asarray(
                cv2.copyMakeBorder(image, *pads, cv2.BORDER_CONSTANT, value=(255,)), np.uint8
            )
        if rng.random() < 0.12:
            pale = rng.uniform(0.35, 0.9)
            image = np.asarray(255 - (255 - image.astype(np.float32)) * pale, np.uint8)
        if rng.random() < 0.12:
            noise = rng.normal(0, rng.uniform(2, 9), image.shape) - rng.uniform(0, 25)
            image = np.asarray(np.clip(image + noise, 0, 255), np.uint8)
    wide = (
        image.shape[1]
        * HEIGHT
        / image.shape[0]
        * (float(np.exp(rng.normal(0, 0.10))) if rng is not None else 1.0)
    )
    target = int(np.clip(round(wide), STEP, 1600))
    how = cv2.INTER_AREA if image.shape[0] > HEIGHT else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, (target, HEIGHT), interpolation=how), np.uint8)


Batch = tuple[NDArray[np.uint8], list[int], list[str], list[str]]


def batch_of(pictures: Sequence[NDArray[np.uint8]], lines: Sequence[Line]) -> Batch:
    """Pictures padded to one width, the steps of each, texts and kinds."""
    steps = [-(-p.shape[1] // STEP) for p in pictures]
    whole = np.full((len(pictures), HEIGHT, max(steps) * STEP), 255, np.uint8)
    for row, p in enumerate(pictures):
        whole[row, :, : p.shape[1]] = p
    return whole, steps, [line.text for line in lines], [line.kind for line in lines]


def _produce(
    hands: Hands, cut: Sequence[Line], seed: int, out: multiprocessing.Queue[Batch]
) -> None:
    os.nice(5)
    cv2.setNumThreads(1)
    rng = np.random.default_rng(seed)
    order, at_line = rng.permutation(len(cut)), 0
    while True:
        count = round(BATCH * 16 * (OF_SHEETS if cut else 0))
        lines = some_lines(hands, BATCH * 16 - count, rng)
        for _ in range(count):
            if at_line == len(order):
                order, at_line = rng.permutation(len(cut)), 0
            lines.append(cut[int(order[at_line])])
            at_line += 1
        made = sorted(
            ((picture(line.image, rng), line) for line in lines),
            key=lambda m: m[0].shape[1] + rng.uniform(0, 24),
        )
        parts, at = [], 0
        while at < len(made):
            count = BATCH
            while count > 4 and count * made[min(at + count, len(made)) - 1][0].shape[1] > PIXELS:
                count -= 1
            parts.append(made[at : at + count])
            at += count
        for n in rng.permutation(len(parts)):
            out.put(batch_of([p for p, _ in parts[int(n)]], [line for _, line in parts[int(n)]]))


def batches(hands: Hands, cut: Sequence[Line], seed: int) -> Iterator[Batch]:
    """Lines without end, made by a process of its own, some of them ``cut`` out of sheets."""
    context = multiprocessing.get_context("fork")
    out: multiprocessing.Queue[Batch] = context.Queue(24)
    worker = context.Process(target=_produce, args=(hands, cut, seed, out), daemon=True)
    worker.start()
    while True:
        try:
            yield out.get(timeout=60)
        except queue.Empty:
            if not worker.is_alive():
                raise RuntimeError("the process that makes lines has ended") from None


def as_tensor(pictures: NDArray[np.uint8]) -> torch.Tensor:
    """(n, 48, width) → (n, 3, 48, width), -1 is ink."""
    scaled = torch.from_numpy(pictures.astype(np.float32) / 127.5 - 1)
    return scaled[:, None].expand(-1, 3, -1, -1).contiguous(memory_format=torch.channels_last)


def losses(net: Recogniser, batch: Batch) -> dict[str, torch.Tensor]:
    """Mean CTC loss a character, of the last layer on all lines and of each head on those that it
    should know."""
    pictures, steps, texts, kinds = batch
    with torch.autocast(
        "cpu", torch.bfloat16
    ):  # twice the speed where the processor knows these numbers
        looked = net(as_tensor(pictures))
    looked = looked.float()
    logits, labels = net.believed(looked, [labels_of(t, net.place) for t in texts])
    found = {"line": _loss(logits, labels, steps)}
    for name, head in net.heads.items():
        rows = [
            n
            for n, kind in enumerate(kinds)
            if kind == name or (name == "writing" and kind in ("sentence", "anything", "printed"))
        ]
        rows += [
            n
            for n, kind in enumerate(kinds)
            if name == "digits" and kind == "writing" and any(c.isdigit() for c in texts[n])
        ]
        if rows:
            place = {c: n for n, c in enumerate(head.characters, 1)}
            labels = [labels_of(texts[n], place, len(head.characters) + 1) for n in rows]
            found[name] = _loss(head(looked[rows]), labels, [steps[n] for n in rows])
    return found


def _loss(
    logits: torch.Tensor, labels: Sequence[Sequence[int]], steps: Sequence[int]
) -> torch.Tensor:
    logs = torch.log_softmax(logits.float(), dim=2).transpose(0, 1)
    flat = torch.tensor([c for own in labels for c in own], dtype=torch.long)
    sizes = torch.tensor([len(own) for own in labels])
    every = nn.functional.ctc_loss(
        logs, flat, torch.tensor(list(steps)), sizes, reduction="none", zero_infinity=True
    )
    return every.sum() / max(1, int(sizes.sum()))


def measure(net: Recogniser, lines: Sequence[Line]) -> str:
    """Share of lines whose best path is the truth, by kind: by the last layer, by the kind's own
    head."""
    right: dict[str, list[tuple[bool, bool]]] = {}
    net.eval()
    with torch.no_grad():
        for line in lines:
            looked = net(as_tensor(batch_of([picture(line.image, None)], [line])[0]))
            own = _path(net.logits(looked)[0]) == labels_of(line.text, net.place)
            head = net.heads[line.kind if line.kind in net.heads else "writing"]
            place = {c: n for n, c in enumerate(head.characters, 1)}
            its = _path(head(looked)[0]) == labels_of(line.text, place, len(head.characters) + 1)
            right.setdefault(line.kind, []).append((own, its))
    net.train()
    shares = {kind: np.mean(hits, axis=0) for kind, hits in sorted(right.items())}
    return ", ".join(
        f"{kind} {own:.3f}/{its:.3f} ({len(right[kind])})" for kind, (own, its) in shares.items()
    )


def _path(logits: torch.Tensor) -> list[int]:
    best = logits.argmax(dim=1).tolist()
    return [n for at, n in enumerate(best) if n and (not at or best[at - 1] != n)]


def fit(
    net: Recogniser,
    hands: Hands,
    cut: Sequence[Line],
    held: Sequence[Line],
    options: argparse.Namespace,
) -> Recogniser:
    """AdamW over one cycle of ``count`` batches, or of ``minutes`` where that is shorter."""
    mean = torch.optim.swa_utils.AveragedModel(
        net, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.998)
    )
    groups = [
        {"params": [w], "most": RATE * max(LEAST, float(w.detach().square().mean().sqrt()))}
        for w in net.graph.parameters()
    ]
    groups.append({"params": [*net.heads.parameters(), net.weights, net.bias], "most": HEAD_RATE})
    optimiser = torch.optim.AdamW(groups, weight_decay=0.005)
    start, seen = time.time(), {}
    for number, batch in enumerate(batches(hands, cut, options.seed)):
        passed = max((number + 1) / options.count, (time.time() - start) / 60 / options.minutes)
        if passed >= 1:
            break
        slow = min(1.0, passed / 0.04) * (0.02 + 0.98 * 0.5 * (1 + np.cos(np.pi * passed)))
        for group in optimiser.param_groups:
            group["lr"] = group["most"] * slow * options.slower
        found = losses(net, batch)
        weights = {"line": 1.0, "digits": 0.5, "kana": 0.5, "writing": 0.3}
        loss = torch.stack([weights[name] * value for name, value in found.items()]).sum()
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 100.0)
        optimiser.step()
        mean.update_parameters(net)
        for name, value in found.items():
            seen[name] = 0.98 * seen.get(name, float(value.detach())) + 0.02 * float(value.detach())
        if number % 50 == 0:
            told = ", ".join(f"{n} {v:.3f}" for n, v in seen.items())
            print(f"{number} ({passed:.0%}): {told}, {time.time() - start:.0f} s", flush=True)
        if number % 500 == 499:
            print("  held:", measure(mean.module, held), flush=True)
            torch.save(mean.module.state_dict(), options.kept)
    print("  held:", measure(mean.module, held), flush=True)
    torch.save(mean.module.state_dict(), options.kept)
    result: Recogniser = mean.module
    return result.eval()


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
    array = (
        numpy_helper.to_array(first).astype(np.float32).sum(axis=1, keepdims=True)
    )  # three channels of the same gray
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
    made = Writer()
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


def main() -> None:
    """Put hands together, fit, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--real", type=Path, required=True, help="folder of sheets 0.png ... 9.png")
    parser.add_argument(
        "--fonts",
        type=Path,
        nargs="+",
        required=True,
        help="fonts of handwriting, or folders of them",
    )
    parser.add_argument("--printing", type=Path, nargs="*", default=[], help="fonts of print")
    parser.add_argument("--strokes", type=Path, help="folder of KanjiVG's SVG files")
    parser.add_argument(
        "--sheets",
        type=Path,
        nargs="*",
        default=[],
        help="lines that were cut out of sheets (recogniser_sheets.py)",
    )
    parser.add_argument(
        "--held",
        type=Path,
        nargs="*",
        default=[],
        help="lines of other hands (recogniser_lines.py) to watch by",
    )
    parser.add_argument("--before", type=Path, help="folder of heads to begin with")
    parser.add_argument(
        "--begin", type=Path, help="weights of an earlier fitting (--kept) to begin with"
    )
    parser.add_argument("--count", type=int, default=6000, help="batches")
    parser.add_argument(
        "--slower",
        type=float,
        default=1.0,
        help="share of the usual rates, to go on from an earlier fitting",
    )
    parser.add_argument(
        "--minutes",
        type=float,
        default=1e9,
        help="end after so long, the cycle squeezed accordingly",
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kept", type=Path, default=Path("recogniser.pt"))
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    torch.set_num_threads(2)
    net = Recogniser(wheel_model(), options.before)
    if options.begin:
        net.load_state_dict(torch.load(options.begin))
    hands = hands_of(
        list(families(options.fonts, ()).values()),
        list(families(options.printing, ()).values()),
        options.strokes,
        people_digits(options.real, "learn", None),
        options.seed,
    )
    held, cut = (
        [Line(*line) for file in files for line in pickle.loads(file.read_bytes())]
        for files in (options.held, options.sheets)
    )
    print(
        f"{len(net.characters)} characters, {sum(p.numel() for p in net.parameters())} weights",
        flush=True,
    )
    print("  held, before:", measure(net, held), flush=True)
    fitted = fit(net, hands, cut, held, options)
    options.out.mkdir(parents=True, exist_ok=True)
    export(fitted, options.out, "recogniser.onnx")


if __name__ == "__main__":
    main()

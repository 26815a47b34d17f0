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
import pickle
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn

from tools.recogniser_batches import Batch, as_tensor, batch_of, batches, labels_of, picture
from tools.recogniser_lines import FittedLine, Hands, families, hands_of, people_digits
from tools.recogniser_model import Recogniser, export
from tools.recogniser_net import wheel_model

RATE = 7e-4
"""Most that a weight of the network moves in a step, relative to what the weights of its layer are
like.

Batch normalisation is folded into the layers, so that their sizes differ by a hundred: with one
rate for all (5e-4) the network forgot more than it learnt.
"""

HEAD_RATE = 1e-3
"""Most that a weight of a head moves in a step."""

LEAST = 0.01
"""Layers with smaller weights than this, root mean square, move as if theirs were so large."""


def losses(net: Recogniser, batch: Batch) -> dict[str, torch.Tensor]:
    """Mean CTC loss a character, of the last layer on all lines and of each head on those that it
    should know."""
    pictures, steps, texts, kinds = batch
    # Twice the speed where the processor knows these numbers.
    with torch.autocast("cpu", torch.bfloat16):
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


def measure(net: Recogniser, lines: Sequence[FittedLine]) -> str:
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
    found = []
    for at, n in enumerate(best):
        if n and (not at or best[at - 1] != n):
            found.append(n)
    return found


def fit(
    net: Recogniser,
    hands: Hands,
    cut: Sequence[FittedLine],
    held: Sequence[FittedLine],
    options: argparse.Namespace,
) -> Recogniser:
    """AdamW over one cycle of ``count`` batches, or of ``minutes`` where that is shorter."""
    mean = torch.optim.swa_utils.AveragedModel(
        net, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.998)
    )
    groups = []
    for w in net.graph.parameters():
        groups.append(
            {"params": [w], "most": RATE * max(LEAST, float(w.detach().square().mean().sqrt()))}
        )
    groups.append({"params": [*net.heads.parameters(), net.weights, net.bias], "most": HEAD_RATE})
    optimiser = torch.optim.AdamW(groups, weight_decay=0.005)
    start = time.time()
    seen: dict[str, float] = {}
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
    result.eval()
    return result


def _options() -> argparse.Namespace:
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
    return parser.parse_args()


def main() -> None:
    """Put hands together, fit, write."""
    options = _options()
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
        [FittedLine(*line) for file in files for line in pickle.loads(file.read_bytes())]
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

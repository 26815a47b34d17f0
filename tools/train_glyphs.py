#!/usr/bin/env python3
"""Fit a small network that reads one handwritten character, and write it as ONNX for
:mod:`ocr.engines.glyphs`.

This is for developers only; the product runs without torch. In an environment of its own::

    python3 -m venv /somewhere && /somewhere/bin/pip install torch numpy opencv-python-headless pillow onnx fonttools \\
        scikit-learn onnxruntime
    PYTHONPATH=. /somewhere/bin/python tools/train_glyphs.py digits --real FOLDER \\
        --fonts FOLDER... --out ocr/engines/models

``--real`` holds sheets ``0.png`` ... ``9.png`` of square 28-pixel cells, dark on white. The first
65 in a hundred of each class are learnt from, the next 10 fix the temperature, the last 25 are for
testing only: neighbours on a sheet are often by one writer, so the parts are taken in order and not
at random. ``--fonts`` are folders of TrueType or OpenType fonts; ``--leave-out`` names (parts of
paths of) fonts to test on. The same seed gives the same data and the same order.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ocr.engines.glyphs import SIDE, normalise
from tools.glyph_damage import SCANS, DamageHand
from tools.glyph_data import Pool, damaged, font_files
from tools.glyph_tasks import KANA, WIDE, Task, digits_task, kana_task, make_pool
from tools.onnx_file import OnnxWriter

CHANNELS = ((16, 1), (24, 2), (32, 1), (48, 2), (64, 1), (64, 2))
"""Convolutions 3 x 3: channels and stride."""


BATCH = 256


class Net(nn.Module):
    """Six convolutions and one dense layer: 100,000 weights for eleven classes."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        before = 1
        for channels, stride in CHANNELS:
            layers += [
                nn.Conv2d(before, channels, 3, stride, 1, bias=False),
                nn.BatchNorm2d(channels),
                nn.ReLU(),
            ]
            before = channels
        self.body = nn.Sequential(*layers)
        self.head = nn.Linear(before * (SIDE // 8) ** 2, classes)
        self.drop = nn.Dropout(0.3)

    def forward(self, squares: torch.Tensor) -> torch.Tensor:
        return self.head(self.drop(self.body(squares).float().flatten(1)))


def fit(data: Pool, classes: int, epochs: int, seed: int, state: Path | None = None) -> Net:
    """Fit by AdamW over one cycle; what is kept is the running mean of the weights.

    Args:
        state: weights to go on from, where the file is there; the fitted ones are written to it.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    net = Net(classes).to(memory_format=torch.channels_last)
    known = state is not None and state.is_file()
    if state is not None and known:
        net.load_state_dict(torch.load(state, weights_only=True))
    mean = torch.optim.swa_utils.AveragedModel(
        net, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.998), use_buffers=True
    )
    optimiser = torch.optim.AdamW(net.parameters(), weight_decay=0.02)
    steps = epochs * (len(data.labels) // BATCH)
    cycle = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, 1.5e-3 if known else 4e-3, steps, pct_start=0.15
    )
    labels = torch.from_numpy(data.labels)
    start = time.time()
    done = 0
    lost = 0.0
    for epoch in range(epochs):
        order = rng.permutation(len(labels))
        for at in range(0, len(order) - BATCH + 1, BATCH):
            chosen = order[at : at + BATCH]
            squares = torch.from_numpy(_jitter(data.squares[chosen], rng)).to(
                memory_format=torch.channels_last
            )
            optimiser.zero_grad()
            with torch.autocast("cpu", torch.bfloat16):
                guess = net(squares)
            loss = nn.functional.cross_entropy(guess.float(), labels[chosen])
            loss.backward()
            optimiser.step()
            cycle.step()
            mean.update_parameters(net)
            done = done + 1
            lost = 0.99 * lost + 0.01 * float(loss.detach())
        print(
            f"epoch {epoch + 1}: loss {lost:.4f}, "
            f"{time.time() - start:.0f} s, "
            f"{done * BATCH / (time.time() - start):.0f}/s",
            flush=True,
        )
    kept: Net = mean.module
    if state is not None:
        torch.save(kept.state_dict(), state)
    kept.eval()
    return kept


def _jitter(squares: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.float32]:
    """Each batch a pixel aside and a little fainter or darker, so that no epoch sees the very same
    picture."""
    moved = np.roll(squares, tuple(int(n) for n in rng.integers(-1, 2, 2)), axis=(1, 2))
    return np.asarray(
        np.clip(moved[:, None].astype(np.float32) / 255 * rng.uniform(0.85, 1.2), 0, 1), np.float32
    )


def logits(net: Net, squares: NDArray[np.uint8]) -> torch.Tensor:
    """Shape (n, classes)."""
    with torch.no_grad():
        return torch.cat(
            [
                net(torch.from_numpy(squares[i : i + 500, None].astype(np.float32) / 255))
                for i in range(0, len(squares), 500)
            ]
        )


def temperature(net: Net, data: Pool) -> float:
    """What the logits are divided by so that the held-out likelihood is largest (Guo et al., ICML
    2017)."""
    guess = logits(net, data.squares)
    labels = torch.from_numpy(data.labels)
    grid = np.geomspace(0.5, 3, 60)
    return float(min(grid, key=lambda t: float(nn.functional.cross_entropy(guess / t, labels))))


def export(net: Net, characters: str, divide: float, path: Path) -> None:
    """Write the network: batch norms folded in, weights as 16-bit floats that are cast on loading,
    softmax at the end."""
    made = OnnxWriter()
    at = "squares"
    modules = list(net.body)
    for number, (conv, norm) in enumerate(zip(modules[0::3], modules[1::3], strict=True)):
        gain = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        names = [
            made.stored(f"w{number}", conv.weight * gain[:, None, None, None]),
            made.stored(f"b{number}", norm.bias - norm.running_mean * gain),
        ]
        made.add(
            "Conv",
            [at, *names],
            f"c{number}",
            kernel_shape=[3, 3],
            pads=[1] * 4,
            strides=list(conv.stride),
        )
        made.add("Relu", [f"c{number}"], f"r{number}")
        at = f"r{number}"
    made.add("Flatten", [at], "flat")
    names = [made.stored("wh", net.head.weight / divide), made.stored("bh", net.head.bias / divide)]
    made.add("Gemm", ["flat", *names], "logits", transB=1)
    made.write(
        path,
        "glyphs",
        ("squares", ["n", 1, SIDE, SIDE]),
        ["n", len(characters) + 1],
        characters,
        divide,
    )


def report(net: Net, task: Task, divide: float, seed: int) -> None:
    """Shares right on characters that were not learnt from, by way of scanning, spared and
    damaged."""
    none = len(task.characters)
    for name, wanted in task.tests.items():
        for spare in (True, False):
            parts = []
            for scan in SCANS:
                rng = np.random.default_rng(seed + 7)
                hand = WIDE
                if name != "drawn":
                    hand = DamageHand(2.0, 0.04, 0.04, 0.008)
                squares = np.stack(
                    [normalise(damaged(make, rng, hand, scan, spare)) for _, make in wanted]
                )
                shares = torch.softmax(logits(net, squares) / divide, dim=1).numpy()
                labels = np.asarray([label for label, _ in wanted])
                if name == "garbage":
                    parts.append(
                        f"{scan} as a digit p>.9: {(shares[:, :none].max(axis=1) > 0.9).mean():.4f} p>.5: "
                        f"{(shares[:, :none].max(axis=1) > 0.5).mean():.4f}"
                    )
                else:
                    right = shares[:, :none].argmax(axis=1) == labels
                    parts.append(
                        f"{scan} {right.mean():.4f} (none>.5 {(shares[:, none] > 0.5).mean():.4f})"
                    )
            print(
                f"{name:8s} {'spared ' if spare else 'damaged'} n={len(wanted)} "
                + "; ".join(parts),
                flush=True,
            )


def main() -> None:
    """Fit, test and write one network."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", choices=["digits", *KANA])
    parser.add_argument("--real", type=Path, help="folder of sheets 0.png ... 9.png")
    parser.add_argument(
        "--uci",
        type=Path,
        help="UCI's optdigits in its own format (64 counts and the class a line)",
    )
    parser.add_argument(
        "--fonts", type=Path, nargs="+", required=True, help="fonts, or folders of fonts"
    )
    parser.add_argument(
        "--leave-out", nargs="*", default=[], help="parts of paths of fonts to test on only"
    )
    parser.add_argument(
        "--never", nargs="*", default=[], help="parts of paths of fonts not to use at all"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder to write NAME.onnx to")
    parser.add_argument(
        "--state",
        type=Path,
        help="weights to go on from if the file is there, and where they are kept",
    )
    parser.add_argument("--samples", type=int, default=180_000)
    parser.add_argument("--epochs", type=int, default=7)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    every = font_files(options.fonts, options.never)
    fonts = font_files(every, options.leave_out)
    rest = [f for f in every if f not in fonts]
    if options.name in KANA:
        task = kana_task(KANA[options.name], fonts, rest, options.samples)
    elif options.real is None:
        parser.error("digits need --real")
    else:
        task = digits_task(options.real, options.uci, fonts, rest, options.samples)
    start = time.time()
    data = make_pool(task.train, options.seed)
    held = make_pool(task.fix, options.seed + 1)
    print(f"{len(data.labels)} characters made in {time.time() - start:.0f} s", flush=True)
    net = fit(data, len(task.characters) + 1, options.epochs, options.seed, options.state)
    divide = temperature(net, held)
    if options.name in KANA:
        # The fonts left out are neater than people, so they would make it too sure.
        divide = max(1.0, divide)
    export(net, task.characters, divide, options.out / f"{options.name}.onnx")
    report(net, task, divide, options.seed)


if __name__ == "__main__":
    main()

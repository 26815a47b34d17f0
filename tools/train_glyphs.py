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
import multiprocessing
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ocr.engines.glyphs import SIDE, normalise
from tools.glyph_damage import SCANS, DamageHand
from tools.glyph_data import (
    DIGITS,
    NO_DIGITS,
    Maker,
    Pool,
    among,
    damaged,
    drawn,
    font_files,
    from_fonts,
    garbage,
    pool,
    real_digits,
    uci_digits,
)
from tools.glyph_kana import HIRAGANA, KATAKANA, NO_KANA, loosely
from tools.onnx_file import OnnxWriter

CHANNELS = ((16, 1), (24, 2), (32, 1), (48, 2), (64, 1), (64, 2))
"""Convolutions 3 x 3: channels and stride."""

CLOSE = DamageHand(4.0, 0.10, 0.10, 0.024)
WIDE = DamageHand(6.0, 0.16, 0.16, 0.030)
LOOSE = DamageHand(7.0, 0.16, 0.18, 0.034)
"""Real characters already are many hands; a font is one."""

KANA = {"katakana": KATAKANA, "hiragana": HIRAGANA}

BATCH = 256
PROCESSES = 2

Recipe = list[tuple[int, int, Maker, DamageHand]]
_recipes: list[Recipe] = []


@dataclass(frozen=True)
class Task:
    """What a network learns from and is tested with.

    Attributes:
        characters: one a class, without "none of them".
        train: parts of the recipe.
        fix: for the temperature.
        tests: name → class → makers of characters that were not learnt from.
    """

    characters: str
    train: Recipe
    fix: Recipe
    tests: dict[str, list[tuple[int, Maker]]]


def digits_task(
    real: Path, uci: Path | None, fonts: Sequence[Path], test_fonts: Sequence[Path], samples: int
) -> Task:
    """Digits and what is none: half of the digits real, the rest from fonts and drawn; a third of
    all is no digit."""
    cells = real_digits(real)
    cut = {d: (round(0.65 * len(inks)), round(0.75 * len(inks))) for d, inks in cells.items()}
    learnt = {d: inks[: cut[d][0]] for d, inks in cells.items()}
    kept = {d: inks[cut[d][0] : cut[d][1]] for d, inks in cells.items()}
    unseen = {d: inks[cut[d][1] :] for d, inks in cells.items()}
    coarse = uci_digits(uci) if uci else learnt
    printed = from_fonts(fonts, DIGITS)
    test_printed = from_fonts(test_fonts, DIGITS)
    others = [ink for inks in from_fonts(fonts, NO_DIGITS).values() for ink in inks]
    test_others = [ink for inks in from_fonts(test_fonts, NO_DIGITS).values() for ink in inks]
    none = len(DIGITS)
    each = samples / len(DIGITS)
    train: Recipe = [(none, round(0.25 * samples), garbage(learnt, others), WIDE)]
    fix: Recipe = [(none, 1500, garbage(kept, test_others), WIDE)]
    tests: dict[str, list[tuple[int, Maker]]] = {
        "real": [],
        "fonts": [],
        "drawn": [],
        "garbage": [],
    }
    for number, digit in enumerate(DIGITS):
        train.append((number, round(0.45 * each), among(learnt[digit]), CLOSE))
        train.append((number, round(0.10 * each), among(coarse[digit]), CLOSE))
        train.append((number, round(0.12 * each), among(printed[digit]), WIDE))
        train.append((number, round(0.08 * each), drawn(digit), WIDE))
        fix.append((number, 300, among(kept[digit]), CLOSE))
        tests["real"] += [(number, _one(ink)) for ink in unseen[digit]]
        tests["fonts"] += [(number, _one(ink)) for ink in test_printed[digit]]
        tests["drawn"] += [(number, drawn(digit))] * 20
    tests["garbage"] = [(none, garbage(unseen, test_others))] * 1000
    return Task(DIGITS, train, fix, tests)


def kana_task(
    characters: str, fonts: Sequence[Path], test_fonts: Sequence[Path], samples: int
) -> Task:
    """Kana of one kind, from fonts, and what is none; the temperature is found on the fonts that
    are left out."""
    printed = from_fonts(fonts, characters)
    test_printed = from_fonts(test_fonts, characters)
    others = [ink for inks in from_fonts(fonts, NO_KANA).values() for ink in inks]
    test_others = [ink for inks in from_fonts(test_fonts, NO_KANA).values() for ink in inks]
    none = len(characters)
    each = round(0.88 * samples / len(characters))
    train: Recipe = [(none, round(0.12 * samples), garbage(printed, others), WIDE)]
    fix: Recipe = [(none, 600, garbage(test_printed, test_others), WIDE)]
    tests: dict[str, list[tuple[int, Maker]]] = {
        "fonts": [],
        "garbage": [(none, garbage(test_printed, test_others))] * 500,
    }
    for number, character in enumerate(characters):
        train.append((number, each, loosely(printed[character]), LOOSE))
        fix.append((number, 40, loosely(test_printed[character]), CLOSE))
        tests["fonts"] += [(number, _one(ink)) for ink in test_printed[character]]
    return Task(characters, train, fix, tests)


def _one(ink: NDArray[np.uint8]) -> Maker:
    return lambda rng: ink


def _make(part: tuple[int, int, int]) -> Pool:
    number, of, seed = part
    cv2.setNumThreads(1)
    shared = [(label, -(-count // of), make, hand) for label, count, make, hand in _recipes[-1]]
    return pool(shared, seed * 1000 + number)


def make_pool(recipe: Recipe, seed: int) -> Pool:
    """The recipe's characters, made by two processes."""
    _recipes.append(recipe)
    parts = [(number, 8, seed) for number in range(8)]
    with multiprocessing.get_context("fork").Pool(PROCESSES) as workers:
        pools = workers.map(_make, parts, chunksize=1)
    return Pool(
        np.concatenate([p.squares for p in pools]), np.concatenate([p.labels for p in pools])
    )


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
        divide = max(
            1.0, divide
        )  # the fonts left out are neater than people, so they would make it too sure
    export(net, task.characters, divide, options.out / f"{options.name}.onnx")
    report(net, task, divide, options.seed)


if __name__ == "__main__":
    main()

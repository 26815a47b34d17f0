"""Batches to fit the recogniser on: lines made or cut out of sheets, scaled, worn and padded."""

from __future__ import annotations

import multiprocessing
import os
import queue
from collections.abc import Iterator, Sequence

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from ocr.engines.ppocr import HEIGHT, STEP
from tools.recogniser_lines import FittedLine, Hands, some_lines

BATCH = 32
PIXELS = 32 * 300
"""Width of all lines of a batch together."""

OF_SHEETS = 0.6
"""Share of the lines that were cut out of whole sheets, where there are such."""


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
            top, bottom = (int(rng.uniform(0, 0.22) * high) for _ in range(2))
            left, right = (int(rng.uniform(0, 0.5) * high) for _ in range(2))
            framed = cv2.copyMakeBorder(
                image, top, bottom, left, right, cv2.BORDER_CONSTANT, value=(255,)
            )
            image = np.asarray(framed, np.uint8)
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


def batch_of(pictures: Sequence[NDArray[np.uint8]], lines: Sequence[FittedLine]) -> Batch:
    """Pictures padded to one width, the steps of each, texts and kinds."""
    steps = [-(-p.shape[1] // STEP) for p in pictures]
    whole = np.full((len(pictures), HEIGHT, max(steps) * STEP), 255, np.uint8)
    for row, p in enumerate(pictures):
        whole[row, :, : p.shape[1]] = p
    return whole, steps, [line.text for line in lines], [line.kind for line in lines]


def _produce(
    hands: Hands, cut: Sequence[FittedLine], seed: int, out: multiprocessing.Queue[Batch]
) -> None:
    os.nice(5)
    cv2.setNumThreads(1)
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(cut))
    at_line = 0
    while True:
        count = round(BATCH * 16 * (OF_SHEETS if cut else 0))
        lines = some_lines(hands, BATCH * 16 - count, rng)
        for _ in range(count):
            if at_line == len(order):
                order = rng.permutation(len(cut))
                at_line = 0
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


def batches(hands: Hands, cut: Sequence[FittedLine], seed: int) -> Iterator[Batch]:
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

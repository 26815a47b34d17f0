"""Small networks that read one handwritten character cut from its cell (枠), and that can say "none
of them".

PP-OCR reads a line of cells well, but its errors are its own; a network that sees one character at
a time and knows only digits makes other errors, so the two weighed together are better than either.
It also knows what is no digit: a scribble must not become the nearest one. :func:`normalise` is all
that stands between a picture and a network; the program that fits the networks
(``tools/train_glyphs.py``) calls this very function.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.engines.sessions import open_session
from records.errors import ServiceError
from records.types import Gray

SIDE = 32
"""Side of the square that a network sees, pixels."""

REACH = 27
"""The longer side of the character in that square, pixels."""

BATCH = 64
"""Characters put through the network at a time: more gain nothing and hold memory."""

_DUST = 0.012
"""Islands with a smaller share of the ink are dust: the smallest real part, a dakuten, has about
0.04."""

_FAINT = 0.15
"""Ink weaker than this share of the darkest is the paper's shadow."""


def models_folder() -> Path:
    """Where the models lie: beside this file."""
    return Path(__file__).with_name("models")


def normalise(glyph: Gray) -> NDArray[np.uint8]:
    """One character as the networks see it.

    The ink is stretched to full black (a pencil becomes a pen), dust is dropped, and what is left
    is scaled to one size with its proportions kept and centred.

    Args:
        glyph: dark ink on white, cut close, any size, shape (height, width), uint8.

    Returns:
        Ink from 0 (paper) to 255, shape (32, 32); all 0 where the picture holds no ink.
    """
    square = np.zeros((SIDE, SIDE), np.uint8)
    ink = _strong(glyph)
    if ink is None:
        return square
    ys = np.flatnonzero(ink.max(axis=1) > 76)
    xs = np.flatnonzero(ink.max(axis=0) > 76)
    if not len(ys) or not len(xs):
        return square
    rows = slice(ys[0], ys[-1] + 1)
    columns = slice(xs[0], xs[-1] + 1)
    close = ink[rows, columns]
    scale = REACH / max(close.shape)
    height, width = (max(1, min(REACH, round(side * scale))) for side in close.shape)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    top = (SIDE - height) // 2
    left = (SIDE - width) // 2
    square[top : top + height, left : left + width] = cv2.resize(
        close, (width, height), interpolation=how
    )
    return square


def _strong(glyph: Gray) -> NDArray[np.uint8] | None:
    """Ink from 0 to 255 with paper, shadow and dust at 0; None where there is none."""
    ink = 255.0 - glyph.astype(np.float32)
    top = float(ink.max(initial=0.0))
    if top < 24:
        return None
    full = _level(glyph, 0.4 * top, 0.6)
    strong = np.clip(ink / full, 0.0, 1.0)
    strong[strong < _FAINT] = 0.0
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        (strong > 0).astype(np.uint8), connectivity=8
    )
    if count > 2:
        small = stats[:, cv2.CC_STAT_AREA] < _DUST * stats[1:, cv2.CC_STAT_AREA].sum()
        small[0] = False
        strong[small[labels]] = 0.0
    return np.asarray(strong * 255.0, np.uint8)


def _level(glyph: Gray, least: float, share: float) -> float:
    """The ink than which so large a share of the ink above ``least`` is lighter, as
    :func:`numpy.percentile` has it; counted, as a picture has 256 values."""
    counts = np.bincount(255 - glyph.ravel(), minlength=256)
    counts[: int(least) + 1] = 0
    passed = np.cumsum(counts)
    place = share * (int(passed[-1]) - 1)
    before = int(np.searchsorted(passed, int(place), side="right"))
    behind = int(np.searchsorted(passed, int(place) + 1, side="right"))
    return before + (place - int(place)) * (min(behind, 255) - before)


class GlyphNet:
    """A network for one kind of character; loaded on first use, once per object. Safe to share by
    threads.

    Args:
        name: which one: one of :attr:`names`.
        threads: processor threads for one call.
    """

    def __init__(self, name: str = "digits", threads: int = 1) -> None:
        self._name = name
        self._threads = threads
        self._lock = threading.Lock()
        self._loaded: Any = None

    names = ("digits", "katakana", "hiragana")
    """What a network can be for."""

    @classmethod
    def installed(cls) -> tuple[str, ...]:
        """Those of them that are there."""
        found = []
        for name in cls.names:
            if (models_folder() / f"{name}.onnx").is_file():
                found.append(name)
        return tuple(found)

    def _session(self) -> Any:
        with self._lock:
            if self._loaded is None:
                path = models_folder() / f"{self._name}.onnx"
                if not path.is_file():
                    known = "、".join(self.installed()) or "なし"
                    raise ServiceError(
                        "engine",
                        f"文字のモデル「{self._name}」がありません(あるもの: {known})。入れ直してください(make demo)",
                    )
                self._loaded = open_session(path, self._threads)
            return self._loaded

    @functools.cached_property
    def characters(self) -> tuple[str, ...]:
        """The character of each class; the last one is the empty string: none of the others.

        Kana are there in their large form only: at one size a small one looks the same, and its
        place in the cell and its size against its neighbours tell it.

        Raises:
            ServiceError: there is no such model.
        """
        return (*self._session().get_modelmeta().custom_metadata_map["characters"], "")

    def probabilities(self, glyphs: Sequence[Gray]) -> NDArray[np.float32]:
        """Read characters.

        Args:
            glyphs: pictures of one character each, dark on white, cut close, any size.

        Returns:
            Shape (len(glyphs), len(characters)); each row sums to 1. The probabilities are
            calibrated on characters that the network was not fitted to.

        Raises:
            ServiceError: there is no such model.
        """
        session = self._session()
        place = session.get_inputs()[0].name
        rows = [np.zeros((0, len(self.characters)), np.float32)]
        for start in range(0, len(glyphs), BATCH):
            squares = np.stack([normalise(glyph) for glyph in glyphs[start : start + BATCH]])
            tensor = squares[:, None].astype(np.float32) / 255.0
            rows.append(np.asarray(session.run(None, {place: tensor})[0], np.float32))
        return np.concatenate(rows)

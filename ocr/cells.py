"""Boxes of one character each (枠): every stroke goes to its cell, then the cells are read as one line.

Strung together at one size and one distance the characters are a line as the recogniser knows it; how many cells hold
ink says how many characters there must be. Digits are read a second time, cell by cell, by a small network of their own
(:mod:`ocr.engines.digits`), and the two are weighed together.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.blank import PX, pixels
from ocr.decode import Alphabet, Hypothesis, decode, score_texts
from ocr.engines.glyphs import GlyphNet
from ocr.engines.ppocr import HEIGHT, PpOcr
from ocr.ink import DOT_MM2, Ink
from ocr.seen import EMPTY, Scorer, Seen
from records.forms import Cells
from records.types import Box, Gray, Problem, Reading

GLYPH, GAP = 34, 16
"""Height of a character and distance between two in the line that is put together, pixels of 48."""


DIGITS = "0123456789"

NET_WEIGHT = 1.2
"""Weight of the network's log probabilities beside those of the line reader, found on held-out real digits."""


@dataclass(frozen=True, eq=False)
class Engines:
    """What reads cells: the line reader, and the digit network where it is installed."""

    line: PpOcr
    digits: GlyphNet | None = None


def read_cells(
    engines: Engines, alphabet: Alphabet, groups: Sequence[Cells], ink: Ink, near: Callable[[Box], list[Box]]
) -> Seen:
    """Read the cells of one field.

    Returns:
        A :class:`ocr.seen.Seen`; its text has one character a filled cell.
    """
    glyphs: list[tuple[int, Gray]] = []
    offset, touched = 0, 0
    problems: list[Problem] = []
    for group in groups:
        found, crossing = glyphs_of(ink, group, near(group.box))
        touched += crossing
        glyphs += [(offset + place, picture) for place, picture in found]
        problems += _gaps([place for place, _ in found], group)
        offset += group.count
    if not glyphs:
        return EMPTY
    seen = read_glyphs(engines, alphabet, [picture for _, picture in glyphs])
    if len(seen.text) != len(glyphs):
        problems.append(Problem("cell_count", f"{len(glyphs)}マスに記入がありますが、{len(seen.text)}文字に読めました"))
    return replace(seen, features={**seen.features, "crossing": float(touched)}, problems=tuple(problems))


def read_glyphs(engines: Engines, alphabet: Alphabet, pictures: Sequence[Gray]) -> Seen:
    """Read characters that were cut apart: as one line, and digits one by one as well."""
    engine = engines.line
    believed = engine.recognise(string_together(pictures))
    decoded = decode(believed, alphabet, engine.characters, beam=16)
    ranked = _of_length(decoded.best, len(pictures))
    features = {
        "share": ranked[0].share, "kept": decoded.kept, "weakest": decoded.weakest, "second": decoded.second,
        "free_score": decoded.free_score, "length": float(len(pictures)),
    }
    texts = tuple((h.text, h.share) for h in ranked[:8])
    score: Scorer = functools.partial(score_texts, believed, alphabet)
    again = functools.partial(_again, engine, alphabet, tuple(pictures))
    reading = Reading(decoded.free, decoded.free_score, "ppocr", texts, dict(features))
    if engines.digits is None or set(alphabet.names[1:]) - set(DIGITS):
        return Seen(texts, (reading,), features, scorer=score, again=again)
    logs = np.log(np.maximum(engines.digits.probabilities(pictures), 1e-6))
    both = functools.partial(_both, score, logs)
    wanted = [t for t, _ in texts] + _net_texts(logs)
    together = both(wanted)
    top = max(together.values(), default=0.0)
    weights = {t: math.exp(v - top) for t, v in together.items()}
    order = sorted(weights, key=lambda t: -weights[t]) or [t for t, _ in texts]
    total = sum(weights.values()) or 1.0
    net = _net_features(logs, order[0])
    features |= net
    opinion = "".join(DIGITS[int(row.argmax())] if row.argmax() < 10 else "?" for row in logs)
    return Seen(
        tuple((t, weights.get(t, 0.0) / total) for t in order[:8]),
        (reading, Reading(opinion, math.exp(min(0.0, float(logs.max(axis=1).min()))), "glyphs", (), net)),
        features, scorer=both, again=lambda: functools.partial(_both, again(), logs))


def _both(line: Scorer, logs: NDArray[np.float32], texts: Iterable[str]) -> dict[str, float]:
    """The line reader's log probabilities with the network's added; a text of another length has only the first."""
    scored = {}
    for text, log in line(texts).items():
        if len(text) == len(logs):
            scored[text] = log + NET_WEIGHT * float(sum(logs[i, DIGITS.index(c)] for i, c in enumerate(text)))
        else:
            scored[text] = log + NET_WEIGHT * len(logs) * math.log(1e-6)
    return scored


def _net_texts(logs: NDArray[np.float32]) -> list[str]:
    """The network's own best digits, and those with one digit replaced by its runner-up."""
    order = np.argsort(-logs[:, :10], axis=1)
    best = [DIGITS[i] for i in order[:, 0]]
    texts = ["".join(best)]
    for place in range(len(best)):
        texts.append("".join([*best[:place], DIGITS[order[place, 1]], *best[place + 1:]]))
    return texts


def _net_features(logs: NDArray[np.float32], text: str) -> dict[str, float]:
    """How far the network goes along with ``text``: its weakest digit, and how much it would rather read something else."""
    if len(text) != len(logs):
        return {"net_share": 0.0, "net_gap": 12.0}
    own = np.asarray([logs[i, DIGITS.index(c)] for i, c in enumerate(text)])
    return {"net_share": float(np.exp(own.min())), "net_gap": float((logs.max(axis=1) - own).sum())}


def _again(engine: PpOcr, alphabet: Alphabet, pictures: Sequence[Gray]) -> Scorer:
    """The same characters smaller and farther apart."""
    return functools.partial(score_texts, engine.recognise(string_together(pictures, 27, 22)), alphabet)


def _of_length(best: Sequence[Hypothesis], length: int) -> list[Hypothesis]:
    """Hypotheses with one character a filled cell; all of them where none has."""
    fitting = [h for h in best if len(h.text) == length]
    return fitting or list(best)


def _gaps(places: Sequence[int], group: Cells) -> list[Problem]:
    """An empty cell between filled ones is a problem: a character may have been too faint to see."""
    if not places:
        return []
    missing = [p for p in range(places[0], places[-1]) if p not in places]
    if missing:
        return [Problem("cell_gap", f"左から{missing[0] + 1}マス目が空いています。書き漏れか薄い文字がないか確認してください")]
    return []


def glyphs_of(ink: Ink, group: Cells, others: Sequence[Box]) -> tuple[list[tuple[int, Gray]], int]:
    """Cut the characters of a row of cells out.

    Returns:
        (0-based cell, picture on white) for each cell with ink, and how many strokes ran over a cell border.
    """
    strokes = ink.strokes_in(group.box, others)
    if not len(strokes):
        return [], 0
    rows, columns = pixels(group.box, ink.written, 2.0)
    labels = ink.labels[rows, columns]
    width = group.box.width / group.count * PX
    left = group.box.x * PX - columns.start
    of_column = np.clip(((np.arange(labels.shape[1]) - left) / width).astype(int), 0, group.count - 1)
    owner = np.full(labels.shape, -1, np.int32)
    crossing = 0
    for number in strokes:
        mask = labels == number
        if not mask.any():
            continue
        spread = np.bincount(of_column[np.nonzero(mask)[1]], minlength=group.count)
        best, area = int(spread.argmax()), int(spread.sum())
        wide = float(ink.boxes[number, 2]) / width
        if spread[best] >= 0.62 * area or wide < 0.9:
            owner[mask] = best
        else:
            crossing += 1
            owner[mask] = np.broadcast_to(of_column, labels.shape)[mask]
    image = ink.image[rows, columns]
    solid = strokes[ink.boxes[strokes, 4] >= DOT_MM2 * PX**2]  # specks alone are no character
    found = []
    for place in range(group.count):
        mask = owner == place
        picture = _glyph(image, mask) if np.isin(labels[mask], solid).any() else None
        if picture is not None:
            found.append((place, picture))
    return found, crossing


def _glyph(image: Gray, mask: NDArray[np.bool_]) -> Gray | None:
    """The character under ``mask``, cut close; None where it is only dust."""
    ys, xs = np.nonzero(mask)
    if not len(ys) or len(ys) < 0.18 * PX**2 or max(np.ptp(ys), np.ptp(xs)) < 1.1 * PX:
        return None
    window = (slice(ys.min(), ys.max() + 1), slice(xs.min(), xs.max() + 1))
    soft = cv2.dilate(mask[window].astype(np.uint8), np.ones((3, 3), np.uint8))
    return np.asarray(np.where(soft > 0, image[window], 255), np.uint8)


def string_together(glyphs: Sequence[Gray], height: int = GLYPH, gap: int = GAP) -> Gray:
    """Characters side by side at one height in a line of 48 pixels; small ones (dots, dashes) keep their size."""
    tall = float(np.median([g.shape[0] for g in glyphs]))
    pictures = []
    for glyph in glyphs:
        scale = height / max(glyph.shape[0], 0.7 * tall)
        scale = min(scale, 1.6 * height / max(glyph.shape[1], 1))
        size = (max(3, round(glyph.shape[1] * scale)), max(3, round(glyph.shape[0] * scale)))
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        pictures.append(np.asarray(cv2.resize(glyph, size, interpolation=how), np.uint8))
    line = np.full((HEIGHT, sum(p.shape[1] for p in pictures) + gap * (len(pictures) + 1)), 255, np.uint8)
    x = gap
    for picture in pictures:
        y = (HEIGHT - picture.shape[0]) // 2
        line[y:y + picture.shape[0], x:x + picture.shape[1]] = picture
        x += picture.shape[1] + gap
    return line


def characters_of(image: Gray) -> list[Gray]:
    """Cut a line of separate characters (digits in a box) apart: strokes one above the other belong together.

    Returns:
        Pictures from left to right; characters that touch stay together.
    """
    count, labels, stats, _ = cv2.connectedComponentsWithStats((image < 200).astype(np.uint8), connectivity=8)
    strokes = sorted((stats[n] for n in range(1, count) if stats[n, 4] >= 4), key=lambda s: s[0])
    spans: list[list[int]] = []
    for left, _top, width, _height, _area in strokes:
        right = left + width
        if spans and min(right, spans[-1][1]) - left > 0.45 * min(width, spans[-1][1] - spans[-1][0]):
            spans[-1][1] = max(spans[-1][1], right)
        else:
            spans.append([left, right])
    pictures = []
    for left, right in spans:
        own = [n for n in range(1, count) if stats[n, 0] >= left and stats[n, 0] + stats[n, 2] <= right]
        picture = _glyph(image, np.isin(labels, own))
        if picture is not None:
            pictures.append(picture)
    return pictures

"""Boxes of one character each (枠): every stroke goes to its cell, then the cells are read as one line.

Strung together at one size and one distance the characters are a line as the recogniser knows it; how many cells hold
ink says how many characters there must be. Digits are read a second time, cell by cell, by a small network of their own
(:mod:`ocr.engines.digits`), and the two are weighed together.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.blank import PX, pixels
from ocr.decode import Alphabet, Hypothesis, decode, score_texts
from ocr.engines.ppocr import HEIGHT, PpOcr
from ocr.ink import Ink
from ocr.seen import EMPTY, Scorer, Seen
from records.forms import Cells
from records.types import Box, Gray, Problem, Reading

GLYPH, GAP = 34, 16
"""Height of a character and distance between two in the line that is put together, pixels of 48."""


def read_cells(
    engine: PpOcr, alphabet: Alphabet, groups: Sequence[Cells], ink: Ink, near: Callable[[Box], list[Box]]
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
    line = string_together([picture for _, picture in glyphs])
    believed = engine.recognise(line)
    decoded = decode(believed, alphabet, engine.characters, beam=16)
    ranked = _of_length(decoded.best, len(glyphs))
    if len(ranked[0].text) != len(glyphs):
        problems.append(Problem("cell_count", f"{len(glyphs)}マスに記入がありますが、{len(ranked[0].text)}文字に読めました"))
    features = {
        "share": ranked[0].share, "kept": decoded.kept, "weakest": decoded.weakest, "second": decoded.second,
        "free_score": decoded.free_score, "length": float(len(glyphs)), "crossing": float(touched), "overflow": 0.0,
        "lines": 1.0, "height": 0.0,
    }
    texts = tuple((h.text, h.share) for h in ranked[:8])
    reading = Reading(decoded.free, decoded.free_score, "ppocr", texts, features)
    scorer = functools.partial(score_texts, believed, alphabet)
    pictures = tuple(picture for _, picture in glyphs)
    return Seen(texts, (reading,), features, tuple(problems), scorer=scorer,
                again=functools.partial(_again, engine, alphabet, pictures))


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
    found = []
    for place in range(group.count):
        picture = _glyph(image, owner == place)
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

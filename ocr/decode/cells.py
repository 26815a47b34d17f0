"""Boxes of one character each (枠): every stroke goes to its cell, then the cells are read as one
line.

Strung together at one size and one distance the characters are a line as the recogniser knows it;
how many cells hold ink says how many characters there must be. Digits are read a second time, cell
by cell, by a small network of their own (:mod:`ocr.engines.digits`), and the two are weighed
together.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.decode.beam import Hypothesis
from ocr.decode.ctc import Alphabet, decode
from ocr.decode.looks import DIGITS, Engines, is_kana
from ocr.decode.pieces import Lattice, lattice_of_cells
from ocr.engines.ppocr import HEIGHT
from ocr.ink.crops import DOT_MM2, on_white
from ocr.ink.strokes import Ink
from ocr.place.blank import PX, pixels
from ocr.seen import EMPTY, Scorer, Seen, shares_of
from records.forms import Cells
from records.types import Box, Gray, Problem, Reading

GLYPH, GAP = 34, 16
"""Height of a character and distance between two in the line that is put together, pixels of 48."""

UPRIGHT = 0.3
"""What is narrower than this, of its height, may be a ー that stands in vertical writing."""

_TWO_CELLS = 1.35
"""Digits are higher than wide, so that one touches the one below it: such a stroke is two."""

NET_WEIGHT = 1.2
"""Weight of the network's log probabilities beside those of the line reader, found on held-out real
digits."""

KANA_WEIGHT = 1.0
"""The same for the networks for kana, which were fitted on fonts: on 150 real katakana of ten
confused classes 1.0 gives 0.786 (0.739 without the network)."""


def read_cells(
    engines: Engines,
    alphabet: Alphabet,
    groups: Sequence[Cells],
    ink: Ink,
    near: Callable[[Box], list[Box]],
    spaced: bool = False,
) -> Seen:
    """Read the cells of one field.

    Args:
        spaced: one cell may be left empty between two words, as between family and given name.

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
        problems += _gaps([place for place, _ in found], group, spaced)
        offset += group.count
    if not glyphs:
        return EMPTY
    pictures = [picture for _, picture in glyphs]
    seen = read_glyphs(engines, alphabet, pictures)
    if any(group.down for group in groups):
        seen = _turned_back(engines, alphabet, pictures, seen)
    if len(seen.text) != len(glyphs):
        problems.append(
            Problem(
                "cell_count",
                f"{len(glyphs)}マスに記入がありますが、{len(seen.text)}文字に読めました",
            )
        )
    return replace(
        seen, features={**seen.features, "crossing": float(touched)}, problems=tuple(problems)
    )


def _turned_back(
    engines: Engines, alphabet: Alphabet, pictures: Sequence[Gray], seen: Seen
) -> Seen:
    """Cells of vertical writing, where what stands may be a ー or a dash: it is laid down where the
    field holds no digits, or where the line is believed more so."""
    laid = [
        np.ascontiguousarray(np.rot90(p)) if p.shape[1] < UPRIGHT * p.shape[0] else p
        for p in pictures
    ]
    if not set(alphabet.names[1:]) - set(DIGITS) or all(
        a is b for a, b in zip(laid, pictures, strict=True)
    ):
        return replace(seen, features={**seen.features, "vertical": 1.0})
    other = read_glyphs(engines, alphabet, laid)
    if is_kana(alphabet) or other.features["share"] > seen.features["share"]:
        seen = other
    return replace(seen, features={**seen.features, "vertical": 1.0})


def read_glyphs(engines: Engines, alphabet: Alphabet, pictures: Sequence[Gray]) -> Seen:
    """Read characters that were cut apart: as one line, and digits one by one as well."""
    look = engines.read(string_together(pictures), alphabet)
    decoded = decode(look.believed, alphabet, engines.line.characters, beam=16)
    ranked = _of_length(decoded.best, len(pictures))
    features = {
        "share": ranked[0].share,
        "kept": decoded.kept,
        "weakest": decoded.weakest,
        "second": decoded.second,
        "free_score": decoded.free_score,
        "length": float(len(pictures)),
    }
    texts = tuple((h.text, h.share) for h in ranked[:8])
    again = functools.partial(_again, engines, alphabet, tuple(pictures))
    reading = Reading(decoded.free, decoded.free_score, "ppocr", texts, dict(features))
    seen = look.weigh(Seen(texts, (reading,), features, again=again), len(pictures))
    if engines.digits is not None and not set(alphabet.names[1:]) - set(DIGITS):
        lattice = lattice_of_cells(engines.digits, pictures)
        seen = with_lattice(seen, lattice)
        seen = replace(
            seen, features={**seen.features, "kept": min(decoded.kept, lattice.least_character())}
        )
    elif is_kana(alphabet) and (kana := engines.kana(seen.text)) is not None:
        seen = with_lattice(seen, lattice_of_cells(kana, pictures), KANA_WEIGHT)
    fitting = tuple((text, share) for text, share in seen.texts if len(text) == len(pictures))
    return replace(seen, texts=fitting or seen.texts)


def with_lattice(
    seen: Seen,
    lattice: Lattice,
    weight: float = NET_WEIGHT,
    tail: Callable[[str], str] = str,
    name: str = "net",
) -> Seen:
    """What was seen, weighed together with what a network for single characters makes of the same
    ink.

    Args:
        seen: a line with a scorer.
        weight: of the network's log probabilities beside those of the line reader.
        tail: the part of a text that the lattice is about.
        name: of the features: ``net`` where the characters are apart for certain, else ``laid``.
    """
    assert seen.scorer is not None
    both = functools.partial(_both, seen.scorer, lattice, weight, tail)
    wanted = [t for t, _ in seen.texts]
    for text in wanted[:2]:
        own = tail(text)
        if own:
            wanted = [
                *wanted,
                *(text[: len(text) - len(own)] + other for other in lattice.near(own)),
            ]
    together = both(wanted)
    if not together:
        return seen
    ranked = list(shares_of(together).items())
    own = tail(ranked[0][0])
    net_share, net_gap = lattice.opinion(own, lattice.lay(own))
    net = {f"{name}_share": net_share, f"{name}_gap": net_gap}
    again = seen.again
    return replace(
        seen,
        texts=tuple(ranked[:8]),
        features={**seen.features, **net},
        readings=(
            *seen.readings,
            Reading(
                lattice.best(),
                math.exp(min(0.0, lattice.logs[0].max(axis=1).min())),
                "glyphs",
                (),
                net,
            ),
        ),
        scorer=both,
        again=None
        if again is None
        else lambda: functools.partial(_both, again(), lattice, weight, tail),
    )


def _both(
    line: Scorer, lattice: Lattice, weight: float, tail: Callable[[str], str], texts: Iterable[str]
) -> dict[str, float]:
    """The line reader's log probabilities with the network's added."""
    scored = line(texts)
    net = lattice.score({tail(t) for t in scored})
    return {t: log + weight * net[tail(t)] for t, log in scored.items()}


def _again(engines: Engines, alphabet: Alphabet, pictures: Sequence[Gray]) -> Scorer:
    """The same characters smaller and farther apart."""
    return engines.read(string_together(pictures, 27, 22), alphabet).score


def _of_length(best: Sequence[Hypothesis], length: int) -> list[Hypothesis]:
    """Hypotheses with one character a filled cell; all of them where none has."""
    fitting = [h for h in best if len(h.text) == length]
    return fitting or list(best)


def _gaps(places: Sequence[int], group: Cells, spaced: bool) -> list[Problem]:
    """An empty cell between filled ones is a problem: a character may have been too faint to
    see."""
    if not places:
        return []
    missing = [p for p in range(places[0], places[-1]) if p not in places]
    if missing and not (spaced and len(missing) == 1):
        return [
            Problem(
                "cell_gap",
                f"{'上' if group.down else '左'}から{missing[0] + 1}マス目が空いています。"
                "書き漏れか薄い文字がないか確認してください",
            )
        ]
    return []


def glyphs_of(ink: Ink, group: Cells, others: Sequence[Box]) -> tuple[list[tuple[int, Gray]], int]:
    """Cut the characters of a row of cells out.

    Returns:
        (0-based cell, picture on white) for each cell with ink, and how many strokes ran over a
        cell border.
    """
    strokes = ink.strokes_in(group.box, others)
    if not len(strokes):
        return [], 0
    rows, columns = pixels(group.box, ink.written, 2.0)
    labels = ink.labels[rows, columns]
    long, start = (
        (group.box.height, group.box.y * PX - rows.start)
        if group.down
        else (group.box.width, group.box.x * PX - columns.start)
    )
    step, axis = long / group.count * PX, 0 if group.down else 1
    of_step = np.clip(
        ((np.arange(labels.shape[axis]) - start) / step).astype(int), 0, group.count - 1
    )
    owner = np.full(labels.shape, -1, np.int32)
    crossing = 0
    for number in strokes:
        x, y, w, h = (int(v) for v in ink.boxes[number, :4])
        y, x = y - rows.start, x - columns.start
        inside = (slice(max(0, y), max(0, y + h)), slice(max(0, x), max(0, x + w)))
        mask = labels[inside] == number
        if not mask.any():
            continue
        own = of_step[inside[axis]]
        spread = np.bincount(own[np.nonzero(mask)[axis]], minlength=group.count)
        best, area = int(spread.argmax()), int(spread.sum())
        reach = (h if group.down else w) / step
        two = group.down and reach > _TWO_CELLS
        if (spread[best] >= 0.62 * area and not two) or reach < 0.9:
            owner[inside][mask] = best
        else:
            crossing += 1
            steps = own[:, None] if group.down else own
            owner[inside][mask] = np.broadcast_to(steps, mask.shape)[mask]
    solid = strokes[ink.boxes[strokes, 4] >= DOT_MM2 * PX**2]  # specks alone are no character
    found = []
    for place in range(group.count):
        mask = owner == place
        picture = _glyph(ink, (rows, columns), mask) if np.isin(labels[mask], solid).any() else None
        if picture is not None:
            found.append((place, picture))
    return found, crossing


def _glyph(ink: Ink, place: tuple[slice, slice], mask: NDArray[np.bool_]) -> Gray | None:
    """The character under ``mask`` of a ``place``, cut close; None where it is only dust."""
    ys, xs = np.nonzero(mask)
    if not len(ys) or len(ys) < 0.18 * PX**2 or max(np.ptp(ys), np.ptp(xs)) < 1.1 * PX:
        return None
    if ink.faint:
        mask = ink.with_faint(place, mask.astype(np.uint8)) > 0
        ys, xs = np.nonzero(mask)
    window = (slice(ys.min(), ys.max() + 1), slice(xs.min(), xs.max() + 1))
    return on_white(ink.image[place][window], mask[window].astype(np.uint8))


def string_together(glyphs: Sequence[Gray], height: int = GLYPH, gap: int = GAP) -> Gray:
    """Characters side by side at one height in a line of 48 pixels; small ones (dots, dashes) keep
    their size."""
    tall = float(np.median([g.shape[0] for g in glyphs]))
    pictures = []
    for glyph in glyphs:
        scale = height / max(glyph.shape[0], 0.7 * tall)
        scale = min(scale, 1.6 * height / max(glyph.shape[1], 1))
        size = (max(3, round(glyph.shape[1] * scale)), max(3, round(glyph.shape[0] * scale)))
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        pictures.append(np.asarray(cv2.resize(glyph, size, interpolation=how), np.uint8))
    line = np.full(
        (HEIGHT, sum(p.shape[1] for p in pictures) + gap * (len(pictures) + 1)), 255, np.uint8
    )
    x = gap
    for picture in pictures:
        y = (HEIGHT - picture.shape[0]) // 2
        line[y : y + picture.shape[0], x : x + picture.shape[1]] = picture
        x += picture.shape[1] + gap
    return line

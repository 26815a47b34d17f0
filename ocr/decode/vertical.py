"""Vertical writing (縦書き): its columns, and each of them laid down as the line that the line reader
knows.

A column is cut into pieces by the gaps down its ink, and pieces are put together to characters by
the near-square shape of kana and kanji. Where that leaves several ways open, each way is laid down,
its characters side by side and upright, and the line reader's belief decides. What stands in
vertical writing and lies in horizontal writing (ー, dashes, brackets) is turned back; 、。 and small
kana go to the foot of the line.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.engines.ppocr import HEIGHT
from ocr.ink.crops import on_white
from records.types import Gray

EM, BETWEEN = 38, 7
"""Size of a character and distance between two in the line that is put together, pixels of 48."""

WAYS = 4
"""Ways of cutting a column apart that are laid down and read."""

TURNED_WAYS, _MOST_TURNED = 2, 6
"""Ways of which single strokes are tried turned, and how many of them."""

_DARK = 200
"""What is darker than this in a crop is ink: around it a crop is pure white."""

_DUST = 5
"""Pixels of the smallest stroke."""

_OVERLAP = 0.4
"""Strokes that share so much of the lower one's height stand beside each other in one character."""

_TALL, _RUN = 1.5, 5
"""A character is no higher than this, in ems, and no more pieces than this."""

_STOP = 0.42
"""、 and 。 are no larger than this, in ems."""

_BESIDE = 0.25
"""A speck that is so far beside a column, in ems, is none of it."""

_DUST_EM, _DUST_GAP = 0.16, 0.5
"""Nor is what is smaller than this and farther than that from what is above and below."""

_TOUCHING = 1.35
"""A piece that is higher than this, in ems, is tried as two characters that touch."""

FAR = 8.0
"""Natural log by which a way lies behind the best one that is not followed further."""

_SHORT, _DASH = 0.6, 0.42
"""A stroke that stands is hardly a 1 where it is shorter than this, in ems, and never where it is
as short as that."""

_HOOKED = 0.15
"""A stroke of kana that stands and is wider than this, of its height, may be a し."""

_UPRIGHT = 0.3
"""A piece that is so narrow, of its height, may be a ー or a dash that stands."""

_FLAT = 0.4
"""A piece that is so low, of its width, may be a bracket that opens downwards."""


@dataclass(frozen=True, eq=False)
class Piece:
    """A part of a column: what ``mask`` shows between two rows."""

    top: int
    bottom: int
    left: int
    right: int
    mask: NDArray[np.bool_]

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def width(self) -> int:
        return self.right - self.left


@dataclass(frozen=True, eq=False)
class Way:
    """One way of taking a column apart: pieces of each character, and the natural log of how well
    their shapes go with that."""

    groups: tuple[tuple[Piece, ...], ...]
    log: float


def pieces_of(column: Gray) -> list[Piece]:
    """The pieces of a column from top to bottom; strokes beside each other are one piece."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        (column < _DARK).astype(np.uint8), connectivity=8
    )
    strokes = sorted(
        (n for n in range(1, count) if stats[n, 4] >= _DUST), key=lambda n: int(stats[n, 1])
    )
    groups: list[list[int]] = []
    spans: list[list[int]] = []
    for number in strokes:
        top, height = int(stats[number, 1]), int(stats[number, 3])
        bottom = top + height
        if spans:
            shared = min(bottom, spans[-1][1]) - top
            if shared > _OVERLAP * min(height, spans[-1][1] - spans[-1][0]):
                spans[-1][1] = max(spans[-1][1], bottom)
                groups[-1].append(number)
                continue
        spans.append([top, bottom])
        groups.append([number])
    return _of_column([_piece(np.isin(labels, numbers)) for numbers in groups])


def _of_column(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces without dust far from all writing, and without specks that stand beside the
    column, as the corner of a box does."""
    if len(pieces) < 3:
        return list(pieces)
    em = em_of(pieces)
    left = float(np.percentile([p.left for p in pieces], 20)) - _BESIDE * em
    right = float(np.percentile([p.right for p in pieces], 80)) + _BESIDE * em
    kept = []
    for number, piece in enumerate(pieces):
        near = [*pieces[max(0, number - 1) : number], *pieces[number + 1 : number + 2]]
        gap = min(max(p.top - piece.bottom, piece.top - p.bottom) for p in near)
        dust = max(piece.height, piece.width) < _DUST_EM * em and gap > _DUST_GAP * em
        beside = _is_stop([piece], em) and (piece.right < left or piece.left > right)
        if not (dust or beside):
            kept.append(piece)
    return kept


def _piece(mask: NDArray[np.bool_]) -> Piece:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    return Piece(int(top), int(bottom), int(left), int(right), mask[top:bottom, left:right].copy())


def em_of(pieces: Sequence[Piece]) -> float:
    """Size of a character in the column, pixels: nine tenths of the ink lie in three quarters of
    it. Digits are narrow, so that the height of pieces counts, too."""
    ink = np.zeros(max(p.right for p in pieces), np.float64)
    for piece in pieces:
        ink[piece.left : piece.right] += piece.mask.sum(axis=0)
    share = np.cumsum(ink) / ink.sum()
    wide = float(np.searchsorted(share, 0.95) - np.searchsorted(share, 0.05)) / 0.75
    high = float(np.percentile([p.height for p in pieces], 75))
    return max(wide, min(high, 1.6 * wide), 4.0)


def ways_of(pieces: Sequence[Piece], em: float, most: int = WAYS) -> list[Way]:
    """The likeliest ways of putting the pieces together to characters, best first; the second time
    with the pitch that the first time found."""
    parts = [part for piece in pieces for part in _parted(piece, em)]
    first = _ways(parts, em, 0.0, 1)
    pitch = _pitch(first[0].groups) if first else 0.0
    return _ways(parts, em, pitch, most)


def _pitch(groups: Sequence[Sequence[Piece]]) -> float:
    """Usual distance from the middle of one character to the next, pixels; 0 for few."""
    middles = [_middle(group) for group in groups]
    steps = [b - a for a, b in pairwise(middles)]
    return float(np.median(steps)) if len(steps) > 1 else 0.0


def _middle(group: Sequence[Piece]) -> float:
    return (group[0].top + max(p.bottom for p in group)) / 2


def _ways(parts: Sequence[Piece], em: float, pitch: float, most: int) -> list[Way]:
    """The best ``most`` ways by dynamic programming over where characters begin."""
    best: list[list[tuple[float, tuple[int, ...]]]] = [[(0.0, ())]]
    for stop in range(1, len(parts) + 1):
        found: list[tuple[float, tuple[int, ...]]] = []
        for start in range(max(0, stop - _RUN), stop):
            log = _shape(parts[start:stop], em) + _gap_before(parts, start, em)
            if log <= _NEVER:
                continue
            middle = _middle(parts[start:stop])
            for before, cuts in best[start]:
                own = log + before
                if cuts and not _is_stop(parts[start:stop], em):
                    last = parts[cuts[-1] : start]
                    own += 0.0 if _is_stop(last, em) else _step(middle - _middle(last), pitch)
                found.append((own, (*cuts, start)))
        found.sort(key=lambda f: -f[0])
        best.append(found[:most])
    return [
        Way(tuple(tuple(parts[a:b]) for a, b in pairwise((*cuts, len(parts)))), log)
        for log, cuts in best[-1]
    ]


_NEVER = -1e9


def _is_stop(group: Sequence[Piece], em: float) -> bool:
    """True for what is as small as 、 or 。, which stand near to what is before them."""
    return len(group) == 1 and max(group[0].height, group[0].width) < _STOP * em


def _ends_in_stop(group: Sequence[Piece], em: float) -> bool:
    """True where the last piece is a small mark below the right half of the others."""
    last, body = group[-1], group[:-1]
    if not body or not _is_stop([last], em):
        return False
    left, right = min(p.left for p in body), max(p.right for p in body)
    below = last.top > max(p.bottom for p in body) - 0.08 * em
    return below and last.left > (left + right) / 2 + 0.05 * em


def _step(step: float, pitch: float) -> float:
    """Natural log of a distance between the middles of two characters; a gap between words may be
    wide."""
    if not step or not pitch:
        return 0.0
    short = max(0.0, 0.85 - step / pitch)
    return -7.0 * short - 0.5 * max(0.0, step / pitch - 1.25)


def _shape(group: Sequence[Piece], em: float) -> float:
    """Natural log of how much a run of pieces looks like one character."""
    high = (max(p.bottom for p in group) - group[0].top) / em
    if len(group) > 1 and high > _TALL:
        return _NEVER
    gaps = [max(0, b.top - a.bottom) / em for a, b in pairwise(group)]
    log = -3.0 if _ends_in_stop(group, em) else 0.0
    log += -6.0 * max(0.0, high - 1.1) - sum(6.0 * max(0.0, gap - 0.12) for gap in gaps)
    return log - 1.2 * max(0.0, 0.45 - high) - 0.5


def _gap_before(pieces: Sequence[Piece], start: int, em: float) -> float:
    """Natural log of a boundary between two characters: they seldom come nearer than a tenth of an
    em."""
    if not start:
        return 0.0
    gap = (pieces[start].top - pieces[start - 1].bottom) / em
    return -3.0 * max(0.0, 0.1 - gap) - 12.0 * max(0.0, -0.04 - gap)


def _parted(piece: Piece, em: float) -> Iterator[Piece]:
    """The piece, or its parts between the thinnest rows where it is so high that characters may
    touch."""
    if piece.height < _TOUCHING * em or piece.width < 0.35 * em:
        yield piece
        return
    count = max(2, round(piece.height / em))
    profile = piece.mask.sum(axis=1).astype(np.float64)
    rows = np.arange(piece.height)
    cuts = [0]
    for number in range(1, count):
        middle = piece.height * number / count
        far = np.abs(rows - middle)
        cost = profile + 0.3 * far + np.where(far > 0.25 * em, 1e6, 0.0)
        cuts.append(int(cost.argmin()))
    for start, stop in pairwise([*cuts, piece.height]):
        mask = np.zeros_like(piece.mask)
        mask[start:stop] = piece.mask[start:stop]
        if mask.sum() >= _DUST:
            part = _piece(mask)
            yield Piece(
                part.top + piece.top,
                part.bottom + piece.top,
                part.left + piece.left,
                part.right + piece.left,
                part.mask,
            )


def lay_down(column: Gray, way: Way, em: float, turn: Collection[int] = (), size: int = EM) -> Gray:
    """The characters of a column side by side, upright, in a line of 48 pixels.

    Args:
        turn: numbers of characters that are turned back: ー, dashes and brackets.
        size: of a character in that line, pixels.
    """
    scale = size / em
    pictures: list[tuple[Gray, int]] = []
    for number, group in enumerate(way.groups):
        picture, low = _character(column, group, em, number in turn)
        shape = (
            max(2, round(picture.shape[1] * scale)),
            max(2, min(HEIGHT - 2, round(picture.shape[0] * scale))),
        )
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        made = np.asarray(cv2.resize(picture, shape, interpolation=how), np.uint8)
        at = (HEIGHT - made.shape[0]) // 2
        if low:
            at = (HEIGHT + size) // 2 - made.shape[0]
        pictures.append((made, at))
    between = max(3, round(BETWEEN * size / EM))
    wide = sum(max(p.shape[1], size // 2) for p, _ in pictures) + between * (len(pictures) + 1)
    line = np.full((HEIGHT, wide), 255, np.uint8)
    x = between
    for picture, y in pictures:
        room = max(picture.shape[1], size // 2)
        left = x + (room - picture.shape[1]) // 2
        y = min(max(0, y), HEIGHT - picture.shape[0])
        line[y : y + picture.shape[0], left : left + picture.shape[1]] = picture
        x += room + between
    return line


def _character(column: Gray, group: Sequence[Piece], em: float, turn: bool) -> tuple[Gray, bool]:
    """The picture of one character on white, and whether it stands at the foot of a line."""
    top, bottom = min(p.top for p in group), max(p.bottom for p in group)
    left, right = min(p.left for p in group), max(p.right for p in group)
    top, bottom = max(0, top - 1), min(column.shape[0], bottom + 1)
    left, right = max(0, left - 1), min(column.shape[1], right + 1)
    mask = np.zeros((bottom - top, right - left), np.uint8)
    for piece in group:
        rows = slice(piece.top - top, piece.bottom - top)
        mask[rows, piece.left - left : piece.right - left] |= piece.mask
    picture = on_white(column[top:bottom, left:right], mask)
    if turn:
        return np.ascontiguousarray(np.rot90(picture)), False
    return picture, max(picture.shape) < 0.62 * em


def stands(group: Sequence[Piece]) -> bool:
    """True for one stroke that may be a ー or a dash of vertical writing."""
    return len(group) == 1 and group[0].width < _UPRIGHT * group[0].height


def turned(column: Gray) -> Gray:
    """The column as it is, turned so that its top is on the left."""
    return np.ascontiguousarray(np.rot90(column))


@dataclass(frozen=True, eq=False)
class Laid:
    """A column laid down in one way.

    Attributes:
        log: natural log of what speaks for that way: the shapes, and the line reader's belief in
            its best text.
        shapes: of the shapes alone.
        dashes: a stroke that stood was laid down.
    """

    image: Gray
    log: float
    shapes: float
    dashes: bool


def laid(
    read: Callable[[Gray], float], column: Gray, kana: bool = False, numeric: bool = False
) -> list[Laid]:
    """The likeliest ways of laying a column down, best first; those far behind are left out.

    Args:
        read: natural log of the belief in the best text of a line.
        kana: the field holds kana alone, so that what stands is ー.
        numeric: the field holds no words, so that what is flat may be a bracket.
    """
    pieces = pieces_of(column)
    if not pieces:
        return []
    em = em_of(pieces)
    ways = ways_of(pieces, em)
    near = [way for way in ways if way.log > ways[0].log - FAR]
    found = [_as_usual(read, column, way, em, kana) for way in near]
    found.sort(key=lambda made: -made[0].log)
    best = found[:TURNED_WAYS]
    least = _HOOKED if kana else 0.0
    made = [_turned_back(read, column, em, numeric, least, *own) for own in best]
    made += [own for own, _, _ in found[len(best) :]]
    made.sort(key=lambda own: -own.log)
    return [own for own in made if own.log > made[0].log - FAR]


def _as_usual(
    read: Callable[[Gray], float], column: Gray, way: Way, em: float, kana: bool
) -> tuple[Laid, Way, frozenset[int]]:
    """The way with what lies in horizontal writing turned back: all that stands where there are no
    digits, else short strokes."""
    turn = frozenset(
        number
        for number, group in enumerate(way.groups)
        if stands(group) and (kana or group[0].height < _SHORT * em)
    )
    image = lay_down(column, way, em, turn)
    return Laid(image, read(image) + way.log, way.log, bool(turn)), way, turn


def _turned_back(
    read: Callable[[Gray], float],
    column: Gray,
    em: float,
    numeric: bool,
    least: float,
    made: Laid,
    way: Way,
    turn: frozenset[int],
) -> Laid:
    """The same with each stroke that stands and is wider than ``least``, of its height, and each
    flat one of a number, as it reads better."""
    doubtful = [
        n
        for n, g in enumerate(way.groups)
        if stands(g) and g[0].height >= _DASH * em and g[0].width > least * g[0].height
    ]
    if numeric:
        doubtful += [n for n, group in enumerate(way.groups) if _is_flat(group)]
    for number in doubtful[:_MOST_TURNED]:
        other = turn ^ {number}
        image = lay_down(column, way, em, other)
        log = read(image) + way.log
        if log > made.log:
            made, turn = Laid(image, log, way.log, bool(other)), other
    return made


def _is_flat(group: Sequence[Piece]) -> bool:
    return len(group) == 1 and group[0].height < _FLAT * group[0].width

"""Vertical writing (縦書き): its columns, and each of them laid down as the line that the line reader
knows.

A column is cut into pieces by the gaps down its ink, and pieces are put together to characters by
the near-square shape of kana and kanji. Where that leaves several ways open, each way is laid down,
its characters side by side and upright, and the line reader's belief decides. What stands in
vertical writing and lies in horizontal writing (ー, dashes, brackets) is turned back; 、。 and small
kana go to the foot of the line.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.blank import PX
from ocr.engines.ppocr import HEIGHT
from ocr.ink import DOT_MM2, RUN_ON_MM, Crop, Ink, cut, cut_strokes, on_white
from ocr.ink import rules_in as rows_ruled
from ocr.seen import Scorer, Seen, shares_of
from records.types import Box, Gray

EM, BETWEEN = 38, 7
"""Size of a character and distance between two in the line that is put together, pixels of 48."""

WAYS = 4
"""Ways of cutting a column apart that are laid down and read."""

RUN_GAP_MM = 3.0
"""Writing that goes on below its box is as near as this to what stands above."""

_LEAN = 0.05
"""Columns lean so far at most, mm a mm."""

_VALLEY, _WIDEST_MM, _LEAST_COLUMN_MM = 0.45, 14.0, 2.0
"""Between columns there is so little ink; what is wider is no character; a column is this wide."""

_LEAST_INK_MM2 = 0.25
"""A column has this much ink."""

_DARK = 200
"""What is darker than this in a crop is ink: around it a crop is pure white."""

_DUST = 5
"""Pixels of the smallest stroke."""

_OVERLAP = 0.4
"""Strokes that share so much of the lower one's height stand beside each other in one character."""

_TALL, _RUN = 1.3, 5
"""A character is no higher than this, in ems, and no more pieces than this."""

_STOP = 0.42
"""、 and 。 are no larger than this, in ems."""

_TOUCHING = 1.35
"""A piece that is higher than this, in ems, is tried as two characters that touch."""

FAR = 8.0
"""Natural log by which a way lies behind the best one that is not followed further."""

LONGEST = 2000
"""Pixels of a line: the line reader squeezes what is longer than 1600."""

_LINES, _TEXTS, _MOST_TURNED = 3, 12, 6
"""Ways that are read in full; texts kept of them; strokes of a column that are tried turned."""

_SHORT = 0.6
"""A stroke that stands and is shorter than this, in ems, is no 1."""

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


def columns_of(
    ink: Ink, box: Box, rules: Sequence[float] = (), others: Sequence[Box] = (), one: bool = False
) -> list[Crop]:
    """The columns of writing in a box, from right to left, upright.

    Args:
        rules: x in mm of vertical rules that the blank prints inside the box; they part the columns
            where there are any.
        one: the box holds one column, whatever its width.
    """
    if cut(ink, box, others) is None:
        return []
    strokes = _running_on(ink, ink.strokes_in(box, others), box, others)
    if one:
        bands = np.zeros(len(strokes), np.int64)
    elif rules:
        bands = np.searchsorted(np.asarray(sorted(rules)) * PX, ink.centres[strokes, 0])
    else:
        bands = _bands(ink.boxes[strokes])
    crops = []
    for band in sorted(set(bands.tolist()), reverse=True):
        part = strokes[bands == band]
        if ink.boxes[part, 4].sum() >= _LEAST_INK_MM2 * PX**2:
            crops.append(_cut(ink, part, box))
    return crops


def _cut(ink: Ink, strokes: NDArray[np.int64], box: Box) -> Crop:
    """One column as a picture, with what goes on below its box."""
    bottom = float((ink.boxes[strokes, 1] + ink.boxes[strokes, 3]).max()) / PX
    reach = max(box.height, min(bottom - box.y, box.height + RUN_ON_MM))
    crop = cut_strokes(ink, strokes, Box(box.x, box.y, box.width, reach))
    return replace(crop, overflow=max(crop.overflow, bottom - box.bottom))


def rules_in(print_mask: NDArray[np.bool_], box: Box) -> list[float]:
    """x in mm of the vertical rules that the blank prints down the inside of ``box``."""
    return rows_ruled(print_mask.T, _transposed(box))


def _transposed(box: Box) -> Box:
    return Box(box.y, box.x, box.height, box.width)


def _running_on(
    ink: Ink, strokes: NDArray[np.int64], box: Box, others: Sequence[Box]
) -> NDArray[np.int64]:
    """``strokes`` of a box with those below it that go on in the same column."""
    found, edge = list(strokes.tolist()), box.bottom * PX
    top, wide, high, area = (ink.boxes[:, n] for n in range(1, 5))
    near = (top > edge - PX) & (top + high < edge + RUN_ON_MM * PX) & (area >= DOT_MM2 * PX**2)
    near &= (ink.centres[:, 0] > (box.x - 1) * PX) & (ink.centres[:, 0] < (box.right + 1) * PX)
    near &= wide < 1.2 * box.width * PX
    bottom = int((top + high)[strokes].max())
    for number in sorted(np.flatnonzero(near).tolist(), key=lambda n: int(top[n])):
        if number == 0 or number in found or _is_of(ink, number, others):
            continue
        if top[number] - bottom < RUN_GAP_MM * PX:
            found.append(number)
            bottom = max(bottom, int(top[number] + high[number]))
    return np.asarray(found, dtype=np.int64)


def _is_of(ink: Ink, number: int, others: Sequence[Box]) -> bool:
    """True where the middle of a stroke lies in one of ``others``."""
    x, y = ink.centres[number] / PX
    return any(o.x - 0.5 <= x <= o.right + 0.5 and o.y - 0.5 <= y <= o.bottom + 0.5 for o in others)


def _bands(stats: NDArray[np.int32]) -> NDArray[np.int64]:
    """Group strokes into columns, numbered from the left, by the gaps and valleys across them (each
    stroke weighs its height). Columns lean: they are stood up so that they part best."""
    middles = stats[:, :2] + stats[:, 2:4] / 2
    best, upright, profile = -1.0, middles[:, 0], np.zeros(1)
    for lean in np.arange(-_LEAN, _LEAN + 0.001, 0.01):
        moved = middles[:, 0] - lean * (middles[:, 1] - middles[:, 1].mean())
        tried = _profile(moved, stats)
        sharp = float(np.square(tried).sum())
        if sharp > best:
            best, upright, profile = sharp, moved, tried
    start = float((upright - stats[:, 2] / 2).min())
    edges = [start + edge for edge in _valleys(profile)]
    while edges:
        bands = np.searchsorted(np.asarray(edges), upright)
        narrow = _too_narrow(stats, upright, bands, len(edges))
        if narrow is None:
            return np.asarray(bands, np.int64)
        edges.pop(narrow)
    return np.zeros(len(stats), np.int64)


def _valleys(profile: NDArray[np.float64]) -> list[float]:
    """Where there is far less than on either side; a last column of two characters is no valley."""
    from scipy.signal import find_peaks

    peaks = [int(p) for p in find_peaks(np.pad(profile, 1), distance=_LEAST_COLUMN_MM * PX)[0] - 1]
    edges: list[float] = []
    at = 0
    while at + 1 < len(peaks):
        left, right = peaks[at], peaks[at + 1]
        between = profile[left : right + 1]
        least = float(between.min())
        if least < _VALLEY * min(profile[left], profile[right]):
            low = np.flatnonzero(between <= least + 0.02 * profile.max())
            edges.append(left + float(low[0] + low[-1]) / 2)
            at += 1
        else:
            peaks.pop(at if profile[left] < profile[right] else at + 1)
    return edges


def _profile(middles: NDArray[np.float64], stats: NDArray[np.int32]) -> NDArray[np.float64]:
    """Height of the strokes above each other in each pixel column, from the leftmost stroke on,
    smoothed."""
    left = np.round(middles - stats[:, 2] / 2).astype(np.int64)
    left -= left.min()
    profile = np.zeros(int((left + stats[:, 2]).max()) + 1)
    for at, (_x, _y, w, h, _area) in zip(left.tolist(), stats.tolist(), strict=True):
        if w < _WIDEST_MM * PX:
            profile[at : at + w] += h
    smooth = cv2.GaussianBlur(profile[:, None], (1, 2 * round(1.2 * PX) + 1), 0.45 * PX)
    return np.asarray(smooth[:, 0], np.float64)


def _too_narrow(
    stats: NDArray[np.int32],
    middles: NDArray[np.float64],
    bands: NDArray[np.int64],
    edges: int,
) -> int | None:
    """The edge between a band that is no column and the nearer of its neighbours: one narrower than
    half the height of what stands in it, as the strokes of 川 are, or than any character, or with a
    full stop alone."""
    high = float(np.percentile(stats[:, 3], 75))
    for band in range(edges + 1):
        part = stats[bands == band]
        if len(part):
            half = part[:, 2] / 2
            wide = float((middles[bands == band] + half).max())
            wide -= float((middles[bands == band] - half).min())
            own = float(np.percentile(part[:, 3], 75))
            if wide >= max(_LEAST_COLUMN_MM * PX, 0.45 * own) and part[:, 3].max() >= 0.5 * high:
                continue
        return min(band, edges - 1)
    return None


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
    return [_piece(np.isin(labels, numbers)) for numbers in groups]


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
    return below and (last.left + last.right) / 2 > (left + right) / 2 + 0.1 * em


def _step(step: float, pitch: float) -> float:
    """Natural log of a distance between the middles of two characters; a gap between words may be
    wide."""
    if not step or not pitch:
        return 0.0
    short = max(0.0, 0.85 - step / pitch)
    return -5.0 * short - 0.5 * max(0.0, step / pitch - 1.25)


def _shape(group: Sequence[Piece], em: float) -> float:
    """Natural log of how much a run of pieces looks like one character."""
    high = (max(p.bottom for p in group) - group[0].top) / em
    if len(group) > 1 and high > _TALL:
        return _NEVER
    gaps = [max(0, b.top - a.bottom) / em for a, b in pairwise(group)]
    log = -3.0 if _ends_in_stop(group, em) else 0.0
    log += -4.0 * max(0.0, high - 1.05) - sum(6.0 * max(0.0, gap - 0.12) for gap in gaps)
    return log - 1.2 * max(0.0, 0.45 - high) - 0.5


def _gap_before(pieces: Sequence[Piece], start: int, em: float) -> float:
    """Natural log of a boundary between two characters: they seldom come nearer than a tenth of an
    em."""
    if not start:
        return 0.0
    gap = (pieces[start].top - pieces[start - 1].bottom) / em
    return -3.0 * max(0.0, 0.1 - gap) if gap > -0.3 else -1.5


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
    found: list[Laid] = []
    for way in ways_of(pieces, em):
        image, belief, dashes = _turned_back(read, column, way, em, kana, numeric)
        found.append(Laid(image, belief + way.log, way.log, dashes))
    found.sort(key=lambda made: -made.log)
    return [made for made in found if made.log > found[0].log - FAR]


def _turned_back(
    read: Callable[[Gray], float], column: Gray, way: Way, em: float, kana: bool, numeric: bool
) -> tuple[Gray, float, bool]:
    """The way with what lies in horizontal writing turned back: all that stands where there are no
    digits, else short strokes, and of the long ones those that read better so."""
    doubtful = [n for n, group in enumerate(way.groups) if stands(group)]
    turn = {n for n in doubtful if kana or way.groups[n][0].height < _SHORT * em}
    if numeric:
        doubtful += [n for n, group in enumerate(way.groups) if _is_flat(group)]
    image = lay_down(column, way, em, turn)
    belief = read(image)
    for number in () if kana else doubtful[:_MOST_TURNED]:
        other = turn ^ {number}
        tried = lay_down(column, way, em, other)
        better = read(tried)
        if better > belief:
            image, belief, turn = tried, better, other
    return image, belief, bool(turn)


def _is_flat(group: Sequence[Piece]) -> bool:
    return len(group) == 1 and group[0].height < _FLAT * group[0].width


def in_one_line(
    columns: Sequence[Crop], ways: Sequence[Sequence[Laid]]
) -> list[tuple[float, Crop]]:
    """The columns of one text as one line, in the likeliest ways: one column at a time is laid down
    otherwise. Empty where the line would be too long for the line reader."""
    best = [own[0] for own in ways]
    combinations = [best]
    for number, own in enumerate(ways):
        combinations += [[*best[:number], other, *best[number + 1 :]] for other in own[1:]]
    combinations.sort(key=lambda made: -sum(part.log for part in made))
    lines = []
    for made in combinations[:_LINES]:
        image = np.ascontiguousarray(np.hstack([part.image for part in made]))
        if image.shape[1] > LONGEST:
            return []
        shapes = sum(part.shapes for part in made)
        lines.append((shapes, _crop(image, columns)))
    return lines


def _crop(image: Gray, columns: Sequence[Crop]) -> Crop:
    place = columns[0].place
    for column in columns[1:]:
        place = place.union(column.place)
    overflow = max(column.overflow for column in columns)
    return Crop(image, place, overflow, sum(column.marks for column in columns))


def line_of(column: Crop, way: Laid) -> Crop:
    """A column of running text as one line."""
    return _crop(way.image, [column])


def together(looks: Sequence[tuple[float, Seen]]) -> Seen:
    """One text read in several ways of taking it apart: a text is believed as far as the way that
    speaks most for it goes.

    Args:
        looks: natural log of what speaks for the way beside what was read, and what was seen; best
            first, all with a scorer.
    """
    first = looks[0][1]
    if len(looks) == 1 or any(seen.scorer is None for _, seen in looks):
        return first
    scorer = functools.partial(_most, [(log, seen.scorer) for log, seen in looks])
    texts = dict.fromkeys(text for _, seen in looks for text, _ in seen.texts)
    scored = scorer(texts)
    if not scored:
        return first
    ranked = tuple(shares_of(scored).items())[:_TEXTS]
    leading = next((seen for _, seen in looks if seen.text == ranked[0][0]), first)

    def again() -> Scorer:
        asked = [(log, seen.again()) for log, seen in looks if seen.again is not None]
        return functools.partial(_most, asked)

    return replace(leading, texts=ranked, scorer=scorer, again=again)


def _most(scorers: Sequence[tuple[float, Scorer | None]], texts: Iterable[str]) -> dict[str, float]:
    wanted = list(texts)
    made: dict[str, float] = {}
    for log, scorer in scorers:
        for text, own in scorer(wanted).items() if scorer is not None else ():
            made[text] = max(made.get(text, -math.inf), log + own)
    return made


NUMERAL_KINDS = ("address", "text", "lines", "date", "month")
"""Kinds in which people write kanji for digits."""

_NUMERALS = "〇一二三四五六七八九十百千"
_LOOK_ALIKE = str.maketrans("ニハミナ○◯。0Oo", "二八三十〇〇〇〇〇〇")
_RUN_OF_NUMERALS = re.compile(f"[{_NUMERALS}ニハミナ○◯。0Ooー]+")
_COUNTED = re.compile("[番号丁階年月日]")


def in_numerals(text: str, dashes: bool = True) -> str:
    """Characters that are written like a kanji numeral are one beside others: 二ハ四番地 is
    二八四番地, ニ0三号 is 二〇三号.

    Args:
        dashes: a stroke of the column was laid down, so that ー may be a dash and not 一.
    """
    table = _LOOK_ALIKE if dashes else _LOOK_ALIKE | {ord("ー"): "一"}

    def numerals(found: re.Match[str]) -> str:
        before, after = text[: found.start()][-1:], text[found.end() :][:1]
        run = found[0]
        head = run[: len(run) - len(run.lstrip("。ー0Oo"))]
        tail = run[len(run.rstrip("。")) :]
        body = run[len(head) : len(run) - len(tail)]
        beside = before + after
        if any((c.isascii() and c.isalnum()) or "ァ" <= c <= "ヶ" or c == "ー" for c in beside):
            return run
        sure = any(c in _NUMERALS for c in body)
        counted = _COUNTED.match(after) and not tail and ("一" <= before <= "鿿" or before == "の")
        return head + body.translate(table) + tail if sure or counted else run

    return _RUN_OF_NUMERALS.sub(numerals, text)


def spelled(seen: Seen, dashes: bool) -> Seen:
    """What was seen, with kanji numerals for what looks like them (:func:`in_numerals`): each such
    text is believed as its source is."""
    sources = {in_numerals(text, dashes): text for text, _ in reversed(seen.texts)}
    if all(text == source for text, source in sources.items()):
        return seen
    shares: dict[str, float] = {}
    for text, share in seen.texts:
        made = in_numerals(text, dashes)
        shares[made] = shares.get(made, 0.0) + share
    texts = tuple(sorted(shares.items(), key=lambda t: -t[1]))
    scorer, again = seen.scorer, seen.again
    return replace(
        seen,
        texts=texts,
        scorer=None if scorer is None else functools.partial(_as_sources, scorer, sources),
        again=None if again is None else lambda: functools.partial(_as_sources, again(), sources),
    )


def _as_sources(
    scorer: Scorer, sources: Mapping[str, str], texts: Iterable[str]
) -> dict[str, float]:
    wanted = list(texts)
    scored = scorer([*wanted, *(sources[text] for text in wanted if text in sources)])
    made = {text: log for text in wanted if (log := scored.get(text)) is not None}
    for text in wanted:
        source = scored.get(sources.get(text, ""), -math.inf)
        if source > made.get(text, -math.inf):
            made[text] = source
    return made


_PHONE_GROUPS = ((4, 2, 4), (3, 4, 4), (2, 4, 4), (3, 3, 4), (5, 1, 4))


def dashed(text: str) -> list[str]:
    """Telephone numbers in which what was read as 1 may be a dash that stands: 0954162112111."""
    found = []
    for groups in _PHONE_GROUPS:
        first, second = groups[0], groups[0] + groups[1] + 1
        if len(text) == sum(groups) + 2 and text[first] in "1-" and text[second] in "1-":
            found.append(f"{text[:first]}-{text[first + 1 : second]}-{text[second + 1 :]}")
    return found


def with_dashes(seen: Seen) -> Seen:
    """What was seen of a telephone number, with its dashes among the texts."""
    known = {text for text, _ in seen.texts}
    more = [made for text, _ in seen.texts[:4] for made in dashed(text) if made not in known]
    return replace(seen, texts=(*seen.texts, *((text, 0.0) for text in dict.fromkeys(more))))

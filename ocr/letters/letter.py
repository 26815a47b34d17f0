"""A letter without a layout (FAX opinion): the page is read whole, in reading order, and fields are
found in its lines."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from rapidfuzz import fuzz

from ocr.decode.alphabets import Alphabets
from ocr.decode.columns import columns_of, ink_of
from ocr.decode.ctc import Alphabet, Decoded, decode, score_texts
from ocr.decode.vertical import em_of, laid, lay_down, pieces_of, ways_of
from ocr.engines.contract import LineEngine, PageEngine, Probabilities
from ocr.ink.crops import Crop
from ocr.place.align import ink_level
from ocr.place.blank import CANVAS_DPI
from ocr.seen import EMPTY, Seen
from ocr.weigh import language
from records.forms import FieldDef, Find, FormDef
from records.types import Box, Gray, Reading

_PATTERNS: Mapping[str, re.Pattern[str]] = {
    "phone": re.compile(r"(?<!\d)\(?0\d{1,4}\)?[-(]?\d{1,4}[-)]?\d{3,4}(?!\d)"),
    "email": re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII),
    "postal_code": re.compile(r"〒?(?<!\d)\d{3}-?\d{4}(?![\d-])"),
    "date": re.compile(
        r"(?:(?:明治|大正|昭和|平成|令和|[MTSHR])(?:元|\d{1,2})|(?<!\d)\d{4})[年./-]\d{1,2}[月./-]\d{1,2}日?|\d{1,2}年\d{1,2}月\d{1,2}日?"
    ),
    "address": re.compile(r"\S*[市町村郡区]\S*\d\S*"),
    "fax_sender": re.compile(
        r"(?:FROM|FAX|TEL|発信|送信)[^0-9+]{0,12}([+\d][\d\s()-]{7,})", re.IGNORECASE
    ),
}
_LABEL_END = "：:＝=・.　 」】]）)"
_HEADER_MM = 14.0


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a letter, with its place on the page in mm and how it was decoded.

    Attributes:
        prose: the text as running Japanese, which a name or an address is not.
    """

    text: str
    box: Box
    decoded: Decoded
    vertical: bool = False
    prose: str = ""


@dataclass(frozen=True, eq=False)
class Letter:
    """A letter's lines in reading order."""

    lines: tuple[Line, ...]
    image: Gray
    dpi: float

    @property
    def score(self) -> float:
        """Mean free score of the engine over the characters, [0, 1]; 0 without lines."""
        weights = [len(line.text) for line in self.lines]
        return (
            float(np.average([line.decoded.free_score for line in self.lines], weights=weights))
            if sum(weights)
            else 0.0
        )


def read_letter(engine: PageEngine, alphabets: Alphabets, image: Gray, dpi: float) -> Letter:
    """Read a page whole: turn it upright, find its lines, read each.

    Args:
        image: gray page, paper evened out; ``dpi`` its resolution.
    """
    upright = _upright(engine, image, dpi)
    boxes = engine.detect(upright)
    vertical = _is_vertical(boxes)
    lines: list[Line] = []
    alphabet = alphabets.plain_writing()
    for picture, place, stands in _pictures(engine, alphabet, upright, boxes, vertical, dpi):
        believed = engine.recognise(picture)
        decoded = decode(believed, alphabet, engine.characters)
        if decoded.text.strip():
            before = lines[-1].prose[-language.REACH :] if lines else ""
            prose = _as_prose(believed, alphabet, decoded, before)
            lines.append(Line(decoded.text.strip(), place, decoded, stands, prose))
    return Letter(tuple(lines), upright, dpi)


def _pictures(
    engine: LineEngine,
    alphabet: Alphabet,
    image: Gray,
    boxes: Sequence[tuple[int, int, int, int]],
    vertical: bool,
    dpi: float,
) -> Iterator[tuple[Gray, Box, bool]]:
    """The lines as they are read, each with its place in mm and whether it stands: lines from the
    top, then columns from the right."""
    mm = 25.4 / dpi
    lying = [b for b in boxes if not vertical or b[3] <= 1.5 * b[2]]
    for x, y, w, h in _in_order(lying):
        crop = image[max(0, y) : y + h, max(0, x) : x + w]
        if crop.size and min(crop.shape) >= 4:
            yield crop, Box(x * mm, y * mm, max(0.1, w * mm), max(0.1, h * mm)), False
    standing = [b for b in boxes if b not in lying]
    if not standing:
        return
    for column in _columns(image, standing, lying, dpi):
        believe = functools.partial(_belief, engine, alphabet)
        ways = laid(believe, column.image)
        if ways:
            yield ways[0].image, column.place, True


def _belief(engine: LineEngine, alphabet: Alphabet, line: Gray) -> float:
    """Natural log of the belief in the best text of a line."""
    return decode(engine.recognise(line), alphabet, engine.characters).best[0].log


def _columns(
    image: Gray,
    standing: Sequence[tuple[int, int, int, int]],
    lying: Sequence[tuple[int, int, int, int]],
    dpi: float,
) -> list[Crop]:
    """The columns of a page, by its ink: the detector, made for lines, runs columns together."""
    scale, mm = CANVAS_DPI / dpi, 25.4 / dpi
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    page = np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=how), np.uint8)
    dark = page < ink_level(page)
    for x, y, w, h in lying:
        dark[int(y * scale) : int((y + h) * scale), int(x * scale) : int((x + w) * scale)] = False
    left, top = min(b[0] for b in standing), min(b[1] for b in standing)
    right = max(b[0] + b[2] for b in standing)
    bottom = max(b[1] + b[3] for b in standing)
    area = Box(max(0.0, left * mm), max(0.0, top * mm), (right - left) * mm, (bottom - top) * mm)
    return columns_of(ink_of(page, dark), area)


def _as_prose(believed: Probabilities, alphabet: Alphabet, decoded: Decoded, before: str) -> str:
    """What the line says where it is running Japanese."""
    score = functools.partial(score_texts, believed, alphabet)
    logs = language.likelier(
        believed, alphabet, score, [h.text for h in decoded.best[:4]], language.Context(before)
    )
    return (max(logs, key=logs.__getitem__) if logs else decoded.text).strip()


def _upright(engine: PageEngine, image: Gray, dpi: float) -> Gray:
    """Take the skew out and turn the page so that its text reads best; 180 degrees is tried where
    it reads badly."""
    straight = _deskew(image)
    boxes = engine.detect(straight)
    if _is_vertical(boxes):
        columns = _columns(straight, boxes, (), dpi)
        longest = sorted(columns, key=lambda c: -c.image.shape[0])[:_SAMPLES]
        sample = [column.image for column in longest]
    else:
        largest = sorted(boxes, key=lambda b: -b[2] * b[3])[:_SAMPLES]
        sample = [straight[max(0, y) : y + h, max(0, x) : x + w] for x, y, w, h in largest]
    if not sample:
        return straight
    here = sum(_peak_score(engine, _line(crop)) for crop in sample)
    there = sum(
        _peak_score(engine, _line(np.ascontiguousarray(crop[::-1, ::-1]))) for crop in sample
    )
    return np.ascontiguousarray(straight[::-1, ::-1]) if there > here * 1.15 else straight


_SAMPLES = 4
"""Lines by which a page is judged to be upside down."""


def _is_vertical(boxes: Sequence[tuple[int, int, int, int]]) -> bool:
    """True where most of the detector's boxes are higher than wide."""
    return sum(h > 1.8 * w for _, _, w, h in boxes) > 0.6 * max(1, len(boxes))


def _line(crop: Gray) -> Gray:
    """The crop, or a column laid down in the likeliest way."""
    pieces = pieces_of(crop) if crop.shape[0] > 1.5 * crop.shape[1] else []
    if not pieces:
        return crop
    em = em_of(pieces)
    return lay_down(crop, ways_of(pieces, em, 1)[0], em)


def _peak_score(engine: LineEngine, crop: Gray) -> float:
    probabilities = engine.recognise(crop)
    best = probabilities.argmax(axis=1)
    inked = best > 0
    return float(probabilities.max(axis=1)[inked].mean()) if inked.any() else 0.0


def _deskew(image: Gray) -> Gray:
    """Rotate by the angle (within 5 degrees) at which the rows of ink stand out most."""
    small = cv2.resize(
        image,
        None,
        fx=400 / max(image.shape),
        fy=400 / max(image.shape),
        interpolation=cv2.INTER_AREA,
    )
    ink = 255 - small
    centre = (small.shape[1] / 2, small.shape[0] / 2)
    best, angle = -1.0, 0.0
    for tried in np.arange(-5, 5.1, 0.5):
        matrix = cv2.getRotationMatrix2D(centre, float(tried), 1.0)
        turned = cv2.warpAffine(ink, matrix, (small.shape[1], small.shape[0]))
        sharp = float(np.square(np.diff(turned.sum(axis=1, dtype=np.float64))).sum())
        if sharp > best:
            best, angle = sharp, float(tried)
    if abs(angle) < 0.4:
        return image
    matrix = cv2.getRotationMatrix2D((image.shape[1] / 2, image.shape[0] / 2), angle, 1.0)
    return np.asarray(
        cv2.warpAffine(image, matrix, (image.shape[1], image.shape[0]), borderValue=(255,)),
        np.uint8,
    )


def _in_order(boxes: Sequence[tuple[int, int, int, int]]) -> list[tuple[int, int, int, int]]:
    """Reading order: rows from the top, each from the left."""
    rows: list[list[tuple[int, int, int, int]]] = []
    for box in sorted(boxes, key=lambda b: b[1] + b[3] / 2):
        middle = box[1] + box[3] / 2
        last = rows[-1][-1] if rows else None
        if last and abs(middle - (last[1] + last[3] / 2)) < 0.45 * min(box[3], last[3]):
            rows[-1].append(box)
        else:
            rows.append([box])
    return [box for row in rows for box in sorted(row)]


def is_letter(letter: Letter, form: FormDef) -> bool:
    """True where the lines say one of the form's keywords, or the form asks for none and the page
    reads well."""
    words = [word for page in form.pages for word in page.keywords]
    if not words:
        return letter.score > 0.6 and sum(len(line.text) for line in letter.lines) >= 20
    whole = _plain("".join(line.text for line in letter.lines))
    return any(fuzz.partial_ratio(_plain(word), whole) >= 80 for word in words)


def letter_fields(form: FormDef, letter: Letter) -> dict[str, dict[str, Seen]]:
    """What is seen for each field of a letter form; lines that other fields took are not part of
    the rest."""
    taken: set[int] = set()
    seen: dict[str, dict[str, Seen]] = {}
    for item in form.fields.values():
        if item.find and not item.find.position:
            seen[item.name] = {"": _find(item, item.find, letter, taken)}
    for item in form.fields.values():
        if item.name not in seen:
            seen[item.name] = {"": _at(item, letter, taken)}
    return seen


def _find(item: FieldDef, find: Find, letter: Letter, taken: set[int]) -> Seen:
    for label in find.label:
        for number, line in enumerate(letter.lines):
            rest = _after_label(line.text, label)
            if rest is None:
                continue
            taken.add(number)
            if rest:
                return _seen(rest, [line])
            neighbour = _beside(number, letter.lines)
            if neighbour is not None and neighbour not in taken:
                taken.add(neighbour)
                return _seen(letter.lines[neighbour].text, [letter.lines[neighbour]])
    if find.pattern:
        machines = set() if find.pattern == "fax_sender" else _headers(letter)
        for number, line in enumerate(letter.lines):
            found = (
                None if number in machines else _PATTERNS[find.pattern].search(_plain(line.text))
            )
            if found:
                if len(found[0]) > 0.5 * len(line.text) or find.pattern == "fax_sender":
                    taken.add(number)
                return _seen(found[found.lastindex or 0], [line])
    return EMPTY


def _after_label(text: str, label: str) -> str | None:
    """What follows ``label`` at the start of a line, one misread character allowed in four; None
    where it is not there."""
    plain, wanted = _plain(text), _plain(label)
    start = plain[: len(wanted) + 3].find(wanted)
    if start >= 0:
        cut = start + len(wanted)
    elif len(wanted) >= 2 and fuzz.ratio(plain[: len(wanted)], wanted) >= (
        75 if len(wanted) > 2 else 100
    ):
        cut = len(wanted)
    else:
        return None
    kept, skipped = "", 0
    for place, character in enumerate(text):
        if skipped >= cut:
            kept = text[place:]
            break
        skipped += len(_plain(character))
    return kept.lstrip(_LABEL_END).strip()


def _beside(number: int, lines: Sequence[Line]) -> int | None:
    """The line right of this one on the same row, else the one below it."""
    here = lines[number].box
    same = [
        n
        for n, line in enumerate(lines)
        if n != number
        and line.box.x >= here.right - 2
        and abs(line.box.y + line.box.height / 2 - here.y - here.height / 2) < 4
    ]
    if same:
        return min(same, key=lambda n: lines[n].box.x)
    return number + 1 if number + 1 < len(lines) else None


def _at(item: FieldDef, letter: Letter, taken: set[int]) -> Seen:
    position = item.find.position if item.find else "rest"
    numbers = range(len(letter.lines))
    header = _headers(letter)
    if position == "header":
        chosen = sorted(header)
    elif position == "first_line":
        chosen = [n for n in numbers if n not in header and n not in taken][:1]
    else:
        chosen = [n for n in numbers if n not in header and n not in taken]
    if position in ("header", "first_line"):
        taken.update(chosen)
    lines = [letter.lines[n] for n in chosen]
    free = item.kind == "lines"
    return (
        _seen("\n".join((line.prose if free else "") or line.text for line in lines), lines)
        if lines
        else EMPTY
    )


def _headers(letter: Letter) -> set[int]:
    """Lines that the sending machine printed at the very top; its number is not the writer's."""
    top = min((line.box.y for line in letter.lines), default=0.0)
    return {
        n
        for n, line in enumerate(letter.lines)
        if line.box.y < min(_HEADER_MM, top + 6) and _is_header(line.text)
    }


def _is_header(text: str) -> bool:
    """A FAX sender line: a page count, a time, FROM, TEL or a long number at the very top."""
    return bool(
        re.search(
            r"FROM|FAX|TEL|P\.?\s?\d|\d{1,2}:\d{2}|発信|送信|枚",
            unicodedata.normalize("NFKC", text),
            re.IGNORECASE,
        )
    )


def _plain(text: str) -> str:
    """NFKC, no blanks, every dash the same: for finding things, never for keeping them."""
    return re.sub(r"[‐-―−ー─]", "-", re.sub(r"\s", "", unicodedata.normalize("NFKC", text)))


def _seen(text: str, lines: Sequence[Line]) -> Seen:
    share = float(np.prod([line.decoded.best[0].share for line in lines]))
    scores = [line.decoded.free_score for line in lines]
    features = {
        "share": share,
        "kept": min(line.decoded.kept for line in lines),
        "weakest": min(line.decoded.weakest for line in lines),
        "second": max(line.decoded.second for line in lines),
        "free_score": float(np.mean(scores)),
        "length": float(len(text)),
        "lines": float(len(lines)),
        "overflow": 0.0,
        "height": float(np.mean([line.box.height for line in lines])),
        "letter": 1.0,
        **({"vertical": 1.0} if any(line.vertical for line in lines) else {}),
    }
    reading = Reading(text, float(np.mean(scores)), "ppocr", (), features)
    return Seen(((text, 1.0),), (reading,), features)

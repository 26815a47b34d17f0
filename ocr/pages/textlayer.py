"""The text layer of a PDF page as PDFium knows it: words with their places, and what of it is
nobody's typing.

The picture of the page is drawn by the same library, so that both views rest on one reading of the
file: PDFium knows characters that other readers give as ``(cid:…)``. Nothing here decides whether a
word can be seen; :mod:`ocr.views.twoviews` compares words with the picture.
"""

from __future__ import annotations

import ctypes
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from records.types import MM_PER_INCH, Box, Word

UNKNOWN = "\ufffd"
"""Stands for a character of which the file does not say what it is."""

_GAP = 2.0
"""Points between two characters from which they are two words."""

_SAME_LINE = 0.5
"""Two characters are of one line where so much of the lower one's height is common."""

_HYPHENS = frozenset((0x02, 0xAD, 0xFFFE))
"""What PDFium gives for a hyphen at the end of a line."""

_FINE = 100
"""Places are asked for in so many parts of a point: PDFium gives whole numbers."""

_DEEP = 6
"""So deep pictures are looked for in form XObjects."""

Matrix = tuple[float, float, float, float, float, float]
Area = tuple[float, float, float, float]
"""Left, top, right, bottom."""


@dataclass(frozen=True, slots=True)
class _Character:
    """One character: its text, and its place in points from the page's top-left corner as shown."""

    text: str
    area: Area
    breaks: bool


def text_words(page: Any, pictures: Iterable[Area] = ()) -> tuple[Word, ...]:
    """The words of a page's text layer, in mm from the top-left corner of what is shown.

    Words outside the page are left out, and so are those that stand on a picture: they are another
    program's reading of that picture, or stand on what a person must look at anyway.

    Args:
        page: a PDFium page.
        pictures: :func:`picture_areas` of it.
    """
    width, height = page.get_size()
    shown = (0.0, 0.0, width, height)
    covered = list(pictures)
    words = []
    for text, area in (*_grouped(_characters(page)), *_notes(page)):
        middle = ((area[0] + area[2]) / 2, (area[1] + area[3]) / 2)
        if not _holds(shown, middle) or any(_holds(p, middle) for p in covered):
            continue
        left, top, right, bottom = (value * MM_PER_INCH / 72 for value in area)
        box = Box(left, top, max(0.01, right - left), max(0.01, bottom - top))
        words.append(Word(text, box))
    return tuple(words)


def _notes(page: Any) -> Iterator[tuple[str, Area]]:
    """What is written in text boxes over the page (FreeText annotations) that have no appearance.

    A viewer may draw them, PDFium does not: as words that are not drawn they reach a person.
    """
    import pypdfium2.raw as raw

    for index in range(raw.FPDFPage_GetAnnotCount(page)):
        note = raw.FPDFPage_GetAnnot(page, index)
        try:
            written = raw.FPDFAnnot_GetSubtype(note) == raw.FPDF_ANNOT_FREETEXT
            edges = raw.FS_RECTF()
            if not written or raw.FPDFAnnot_HasKey(note, b"AP"):
                continue
            text = _contents(note).strip()
            if text and raw.FPDFAnnot_GetRect(note, edges):
                corners = ((edges.left, edges.bottom), (edges.right, edges.top))
                yield text, _around([_on_page(page, *corner) for corner in corners])
        finally:
            raw.FPDFPage_CloseAnnot(note)


def _contents(note: Any) -> str:
    import pypdfium2.raw as raw

    size = raw.FPDFAnnot_GetStringValue(note, b"Contents", None, 0)
    if size <= 2:
        return ""
    text = (ctypes.c_ushort * (size // 2))()
    raw.FPDFAnnot_GetStringValue(note, b"Contents", text, size)
    return bytes(text)[:-2].decode("utf-16-le", "replace")


def picture_areas(page: Any) -> list[Area]:
    """Where pictures stand on a page, those inside form XObjects too: points from the top-left
    corner as shown."""
    import pypdfium2.raw as raw

    areas = []
    for item in page.get_objects(filter=(raw.FPDF_PAGEOBJ_IMAGE,), max_depth=_DEEP):
        left, bottom, right, top = item.get_bounds()
        corners = [(left, bottom), (right, bottom), (right, top), (left, top)]
        holder = item.container
        while holder is not None:
            matrix = holder.get_matrix().get()
            corners = [_moved(matrix, corner) for corner in corners]
            holder = holder.container
        areas.append(_around([_on_page(page, *corner) for corner in corners]))
    return areas


def characters_of(page: Any) -> list[tuple[str, Area]]:
    """The characters of the text layer, each with its place in points from the top-left corner."""
    return [(c.text, c.area) for c in _characters(page) if not c.breaks]


def covered_share(areas: Iterable[Area], width: float, height: float) -> float:
    """Share of a page of ``width`` × ``height`` points that pictures cover, overlaps counted once.

    It is looked at on a grid of 2 % of each side: strips and tiles of one scan leave no gaps there.
    """
    import numpy as np

    steps = 50
    grid = np.zeros((steps, steps), bool)
    xs = (np.arange(steps) + 0.5) * width / steps
    ys = (np.arange(steps) + 0.5) * height / steps
    for left, top, right, bottom in areas:
        columns = (xs >= left) & (xs <= right)
        rows = (ys >= top) & (ys <= bottom)
        grid |= rows[:, None] & columns[None, :]
    return float(grid.mean())


def _characters(page: Any) -> Iterator[_Character]:
    """The characters in the file's order; characters that PDFium adds (spaces, line ends) only
    break words."""
    import pypdfium2.raw as raw

    text = page.get_textpage()
    try:
        sides = [ctypes.c_double() for _ in range(4)]
        loose = raw.FS_RECTF()
        for index in range(raw.FPDFText_CountChars(text)):
            code = raw.FPDFText_GetUnicode(text, index)
            character = _character(code, raw.FPDFText_HasUnicodeMapError(text, index) == 1)
            if raw.FPDFText_IsGenerated(text, index) == 1 or character.isspace():
                yield _Character("", (0.0, 0.0, 0.0, 0.0), True)
                continue
            if raw.FPDFText_GetLooseCharBox(text, index, loose):
                edges = (loose.left, loose.bottom, loose.right, loose.top)
            elif raw.FPDFText_GetCharBox(text, index, *(ctypes.byref(s) for s in sides)):
                left, right, bottom, top = (s.value for s in sides)
                edges = (left, bottom, right, top)
            else:
                continue
            corners = [_on_page(page, edges[0], edges[1]), _on_page(page, edges[2], edges[3])]
            yield _Character(character, _around(corners), False)
    finally:
        text.close()


def _character(code: int, unknown: bool) -> str:
    """The text of one code point; :data:`UNKNOWN` where it says nothing.

    Many programs name common characters by their Kangxi radical (⽥ for 田), which looks the same
    and is another code point: nobody typed it.
    """
    if code in _HYPHENS:
        return "-"
    if unknown or code == 0 or code > 0x10FFFF:
        return UNKNOWN
    character = chr(code)
    if 0x2E80 <= code <= 0x2FDF:
        return unicodedata.normalize("NFKC", character)
    category = unicodedata.category(character)
    if category in ("Co", "Cn", "Cf") or (category == "Cc" and not character.isspace()):
        return UNKNOWN
    return character


def _grouped(characters: Iterable[_Character]) -> Iterator[tuple[str, Area]]:
    """Characters put together to words."""
    text = ""
    area = (0.0, 0.0, 0.0, 0.0)
    for character in characters:
        if text and (character.breaks or _apart(area, character.area)):
            yield _whole(text), area
            text = ""
        if not character.breaks:
            area = _joined(area, character.area) if text else character.area
            text += character.text
    if text:
        yield _whole(text), area


def _apart(word: Area, character: Area) -> bool:
    """True where a character does not go on with a word, whichever way the line runs."""
    common = min(word[3], character[3]) - max(word[1], character[1])
    if common >= _SAME_LINE * (character[3] - character[1]):
        return character[0] - word[2] > _GAP or word[0] - character[2] > _GAP
    beside = min(word[2], character[2]) - max(word[0], character[0])
    if beside >= _SAME_LINE * (character[2] - character[0]):
        return character[1] - word[3] > _GAP or word[1] - character[3] > _GAP
    return True


def _whole(text: str) -> str:
    """Halves of a character beyond the first plane put together, where PDFium gives halves."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _on_page(page: Any, x: float, y: float) -> tuple[float, float]:
    """A point of the PDF's own space in points from the top-left corner of what is shown."""
    import pypdfium2.raw as raw

    width, height = page.get_size()
    right = ctypes.c_int()
    down = ctypes.c_int()
    raw.FPDF_PageToDevice(
        page, 0, 0, round(width * _FINE), round(height * _FINE), 0, x, y, right, down
    )
    return right.value / _FINE, down.value / _FINE


def _moved(matrix: Matrix, point: tuple[float, float]) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    x, y = point
    return a * x + c * y + e, b * x + d * y + f


def _around(points: Iterable[tuple[float, float]]) -> Area:
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _joined(a: Area, b: Area) -> Area:
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])


def _holds(area: Area, point: tuple[float, float]) -> bool:
    return area[0] <= point[0] <= area[2] and area[1] <= point[1] <= area[3]

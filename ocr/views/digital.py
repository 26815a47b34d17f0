"""What a born-digital page states about a field, in its form fields and in its text layer.

Whether that is also what is drawn is asked by :mod:`ocr.views.twoviews`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import cv2
import numpy as np

from ocr.place.align import Aligned
from ocr.place.blank import PX, Blank
from ocr.seen import Seen
from records.forms import FieldDef
from records.types import Box, Problem, Reading, Word

_COMPARED, _KNOWN = 8, 0.5
"""A text layer is believed to be the page's where it has the same words as the blank in so large a
share of the places that both have words in; with fewer places it is not asked."""


def form_names(item: FieldDef) -> tuple[str, ...]:
    """Names that form fields of ``item`` may have."""
    name = item.acroform or item.name
    options = item.place.options if item.place else ()
    ends = (*options, *item.parts, "era")
    return (name, *(f"{name}.{end}" for end in ends))


def form_texts(item: FieldDef, values: Mapping[str, str]) -> dict[str, Seen] | None:
    """What the form fields say.

    Args:
        values: by full name of the form field.

    Returns:
        As :meth:`ocr.fields.FieldReader.read`; None where no form field is this item's.
    """
    name = item.acroform or item.name
    if item.traits.has_options and item.place:
        keys = {option: f"{name}.{option}" for option in item.place.options}
        if any(k in values for k in keys.values()):
            return {"": _seen("\n".join(o for o, k in keys.items() if values.get(k)))}
    parts = {
        part: values[f"{name}.{part}"]
        for part in (*item.parts, "era")
        if f"{name}.{part}" in values
    }
    if parts:
        return {
            part: _seen(parts.get(part, ""))
            for part in (*item.parts, *(["era"] if "era" in parts else []))
        }
    if name not in values:
        return None
    text = values[name]
    if item.traits.is_mark:
        text = "yes" if text else ""
    if item.place and item.place.options and not set(text.split("\n")) <= {"", *item.place.options}:
        message = (
            f"PDFの入力欄の値「{text}」は様式の選択肢にありません。どれを選んだか確認してください"
        )
        return {"": replace(_seen(""), problems=(Problem("unknown_option", message),), empty=False)}
    return {"": _seen(text)}


def _seen(text: str, engine: str = "acroform") -> Seen:
    features = {"textlayer": 1.0}
    return Seen(
        ((text, 1.0),), (Reading(text, None, engine, (), features),), features, empty=not text
    )


def layer_texts(item: FieldDef, words: Sequence[Word]) -> dict[str, Seen]:
    """What the text layer says.

    Args:
        words: those that are not the blank's own print, mm on the blank.
    """
    seen = {}
    if item.place and item.place.box:
        seen[""] = _seen(_inside(words, item.place.box, item.kind == "lines"), "textlayer")
    elif item.place:
        cells = [_inside(words, c.box, False) for c in item.place.cells]
        seen[""] = _seen("".join(cells), "textlayer")
    for name, part in item.parts.items():
        seen[name] = _seen(_inside(words, part.area, False), "textlayer")
    if item.era and item.era.box:
        seen["era"] = _seen(_inside(words, item.era.box, False), "textlayer")
    return seen


def spots_of(item: FieldDef) -> list[Box]:
    """Where words of a field may stand."""
    place = item.place
    spots = []
    if place:
        spots = [*([place.box] if place and place.box else []), *(c.box for c in place.cells)]
    spots += [part.area for part in item.parts.values()]
    return [*spots, *([item.era.box] if item.era and item.era.box else [])]


def words_on(aligned: Aligned, words: Sequence[Word]) -> tuple[Word, ...]:
    """The words of a page where they stand on the blank, mm; without the blank's own print.

    None of them where the layer names the blank's print otherwise than the blank does: what it says
    of the rest is worth nothing either (mojibake, or another program's reading), and the picture is
    read.
    """
    moved = _moved(aligned, words)
    if not _knows(moved, aligned.blank.words):
        return ()
    return tuple(word for word in moved if not on_blank(word, aligned.blank))


def on_blank(word: Word, blank: Blank) -> bool:
    """True where the blank has the same word in the same place: it is print."""
    return any(word.text == p.text and _same_place(word.box, p.box) for p in blank.words)


def _same_place(a: Box, b: Box) -> bool:
    return abs(a.x - b.x) < 1.0 and abs(a.y - b.y) < 1.0


def _knows(words: Sequence[Word], printed: Sequence[Word]) -> bool:
    """True where most words in the places of printed ones are those; also where few can be
    compared."""
    same = other = 0
    for print_ in printed:
        here = [word.text for word in words if _same_place(word.box, print_.box)]
        same += print_.text in here
        other += bool(here) and print_.text not in here
    return same + other < _COMPARED or same >= _KNOWN * (same + other)


def _moved(aligned: Aligned, words: Sequence[Word]) -> list[Word]:
    """The words on the blank: a page may be printed smaller, moved or turned."""
    if not words:
        return []
    corners = np.asarray(
        [
            [(b.x, b.y), (b.right, b.y), (b.right, b.bottom), (b.x, b.bottom)]
            for b in (word.box for word in words)
        ]
    )
    back = np.linalg.inv(aligned.way.matrix)
    there = cv2.perspectiveTransform(corners.reshape(1, -1, 2) * aligned.page_ppm, back) / PX
    quads = there.reshape(-1, 4, 2)
    made = []
    for word, low, high in zip(words, quads.min(axis=1), quads.max(axis=1), strict=True):
        wide, tall = (max(0.01, float(side)) for side in high - low)
        made.append(Word(word.text, Box(float(low[0]), float(low[1]), wide, tall)))
    return made


def _inside(words: Iterable[Word], box: Box, lines: bool) -> str:
    """The words whose middle lies in ``box``, line by line."""
    inside = [
        w
        for w in words
        if box.x - 0.5 <= w.box.x + w.box.width / 2 <= box.right + 0.5
        and box.y - 0.5 <= w.box.y + w.box.height / 2 <= box.bottom + 0.5
    ]
    inside.sort(key=lambda w: (w.box.y + w.box.height / 2, w.box.x))
    rows: list[list[Word]] = []
    for word in inside:
        middle = word.box.y + word.box.height / 2
        if rows and middle < rows[-1][-1].box.bottom:
            rows[-1].append(word)
        else:
            rows.append([word])
    texts = [" ".join(w.text for w in sorted(row, key=lambda w: w.box.x)) for row in rows]
    return ("\n" if lines else " ").join(texts)

"""Born-digital pages: the text layer and the form fields are the readings; nothing is OCRed that is
already text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ocr.blank import Blank
from ocr.seen import Seen
from records.forms import FieldDef
from records.types import Box, Page, Problem, Reading, Word


def read_digital(item: FieldDef, page: Page, blank: Blank) -> dict[str, Seen] | None:
    """The field's texts from AcroForm values or the text layer.

    Args:
        blank: the form's blank; words printed on it are not the person's.

    Returns:
        As :meth:`ocr.fields.FieldReader.read`; None where the page has neither, so that its image
        must be read.
    """
    if page.form_values:
        found = _acroform(item, page.form_values)
        if found is not None:
            return found
    if page.words and item.kind not in ("choice", "choices", "mark", "seal", "signature", "code"):
        return _text_layer(item, page, blank)
    return None


def _acroform(item: FieldDef, values: Mapping[str, str]) -> dict[str, Seen] | None:
    name = item.acroform or item.name
    if item.kind in ("choice", "choices") and item.place:
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
    if item.kind in ("mark", "seal", "signature"):
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


def _text_layer(item: FieldDef, page: Page, blank: Blank) -> dict[str, Seen]:
    printed = set(blank.words)
    mine = [w for w in page.words if not _on_blank(w, printed)]
    seen = {}
    if item.place and item.place.box:
        seen[""] = _seen(_inside(mine, item.place.box, item.kind == "lines"), "textlayer")
    elif item.place:
        seen[""] = _seen(
            "".join(_inside(mine, c.box, False) for c in item.place.cells), "textlayer"
        )
    for name, part in item.parts.items():
        seen[name] = _seen(_inside(mine, part.area, False), "textlayer")
    if item.era and item.era.box:
        seen["era"] = _seen(_inside(mine, item.era.box, False), "textlayer")
    return seen


def _on_blank(word: Word, printed: set[Word]) -> bool:
    return any(
        word.text == p.text and abs(word.box.x - p.box.x) < 1.0 and abs(word.box.y - p.box.y) < 1.0
        for p in printed
    )


def _inside(words: list[Word], box: Box, lines: bool) -> str:
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

"""Where in a letter's lines a form's fields stand: by a label, a pattern or a place."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
from rapidfuzz import fuzz

from ocr.letters.headers import machine_lines
from ocr.letters.lines import Letter, Line, plain
from ocr.seen import EMPTY, Seen
from records.forms import FieldDef, Find, FormDef
from records.types import Reading

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
        machines = set() if find.pattern == "fax_sender" else machine_lines(letter)
        for number, line in enumerate(letter.lines):
            found = None if number in machines else _PATTERNS[find.pattern].search(plain(line.text))
            if found:
                if len(found[0]) > 0.5 * len(line.text) or find.pattern == "fax_sender":
                    taken.add(number)
                return _seen(found[found.lastindex or 0], [line])
    return EMPTY


def _after_label(text: str, label: str) -> str | None:
    """What follows ``label`` at the start of a line, one misread character allowed in four; None
    where it is not there."""
    said, wanted = plain(text), plain(label)
    start = said[: len(wanted) + 3].find(wanted)
    if start >= 0:
        cut = start + len(wanted)
    elif len(wanted) >= 2 and fuzz.ratio(said[: len(wanted)], wanted) >= (
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
        skipped += len(plain(character))
    return kept.lstrip(_LABEL_END).strip()


def _beside(number: int, lines: Sequence[Line]) -> int | None:
    """The line right of this one on the same row, else the one below it."""
    here = lines[number].box
    same = [
        n
        for n, line in enumerate(lines)
        if n != number
        and line.page == lines[number].page
        and line.box.x >= here.right - 2
        and abs(line.box.y + line.box.height / 2 - here.y - here.height / 2) < 4
    ]
    if same:
        return min(same, key=lambda n: lines[n].box.x)
    return number + 1 if number + 1 < len(lines) else None


def _at(item: FieldDef, letter: Letter, taken: set[int]) -> Seen:
    position = item.find.position if item.find else "rest"
    numbers = range(len(letter.lines))
    header = machine_lines(letter)
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

"""Two views of one page: what a PDF says in its text layer and form fields, and what is drawn.

A page is rendered once, for finding its form. Here each value that the file states is held against
the ink in its place: it counts where both agree. Ink without a value is read as a picture. A value
that is not drawn, or says something else than what is drawn, goes to a person. A scan has no
stated values; it is only read.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from ocr.decode.cells import glyphs_of, string_together
from ocr.fields import FieldReader
from ocr.ink.crops import DOT_MM2, cut
from ocr.laid_sheet import Sheet
from ocr.pages.textlayer import UNKNOWN
from ocr.place.blank import PX, pixels
from ocr.seen import Seen
from ocr.views.agreeing import HeardCharacter, agrees, heard_in, is_crossed, pieces_of, rows_of
from ocr.views.digital import form_names, form_texts, layer_texts, spots_of
from records.forms import FieldDef, Part
from records.kinds import kind_of
from records.mynumber import mask_my_number
from records.types import Box, Gray, Problem, Value, Word

_DRAWN_MM2 = 0.08
"""A word with less ink than this for each character is not drawn."""

_BESIDE_MM = 1.0
"""Ink so near to a word is the word's."""

_BESIDE_MM2 = 0.6
"""So much ink beside the words of a place was written by hand."""

_MARKED_MM2, _TIMES = 0.25, 2.5
"""A mark that a PDF program draws has at least so much ink, and so many times that of an option
which is not chosen."""

_UNDONE = ("struck_out", "two_marks")
"""What is seen at a mark that was taken back, whatever the form field says."""

Valued = Callable[[Mapping[str, str]], Value]
"""The value that texts by part make; None where they make none for certain."""


def look(
    item: FieldDef, sheet: Sheet, reader: FieldReader, valued: Valued = lambda texts: None
) -> dict[str, Seen]:
    """What is in a field: what the file states where the picture agrees, else the picture.

    Args:
        valued: says whether two ways to write a number or a date are one value.

    Returns:
        As :meth:`ocr.fields.FieldReader.read`.
    """
    page = sheet.page
    if not page.words and not page.form_values:
        return reader.read(item, sheet)
    views = _Views(item, sheet, reader, valued)
    stated = views.from_form() or views.from_layer()
    return views.picture if stated is None else stated


def problem_of(kind: str, code: str, text: str, why: str) -> Problem:
    """Why a stated value needs eyes.

    Args:
        kind: the field's; a My Number is not shown.
        text: what the file states.
        why: what is wrong with it, as the rest of a Japanese sentence.
    """
    shown = "" if kind_of(kind).is_masked or not text else f"「{mask_my_number(text)}」"
    return Problem(code, f"PDFの中の値{shown}は{why}。用紙を見て確認してください")


class _Views:
    """Both views of one field; the picture is read only where it is asked for."""

    def __init__(self, item: FieldDef, sheet: Sheet, reader: FieldReader, valued: Valued) -> None:
        self._item = item
        self._sheet = sheet
        self._reader = reader
        self._valued = valued
        self._cut: dict[str, tuple[Gray, ...]] = {}

    @functools.cached_property
    def picture(self) -> dict[str, Seen]:
        """The field read as ink."""
        return self._reader.read(self._item, self._sheet)

    @property
    def _picture_is_empty(self) -> bool:
        return all(seen.empty and not seen.problems for seen in self.picture.values())

    # --- form fields ------------------------------------------------------------------------------

    def from_form(self) -> dict[str, Seen] | None:
        """What the form fields say; None where they say nothing, or what is drawn counts instead."""
        page = self._sheet.page
        claims: list[dict[str, Seen]] = []
        for values in _choices(page.form_values, page.other_values):
            claim = form_texts(self._item, values)
            if claim is not None and _texts(claim) not in map(_texts, claims):
                claims.append(claim)
        claims = [c for c in claims if not any(s.problems for s in c.values())] or claims[:1]
        if not claims:
            return None
        if self._item.traits.is_presence:
            if not _said(claims[0]):
                return None
            return claims[0]
        if not _said(claims[0]):
            problems = any(seen.problems for seen in claims[0].values())
            if problems or self._is_empty():
                return claims[0]
            return None
        for claim in claims:
            if any(seen.problems for seen in claim.values()) or self._is_drawn(claim):
                return self._with_era(claim)
        for claim in claims:
            if self._is_same_value(claim):
                return self._with_era(claim)
        return self._not_as_drawn(claims)

    @property
    def _asks_for_mark(self) -> bool:
        """True for a tick or an option: what a seal looks like says nothing more."""
        traits = self._item.traits
        return traits.is_ink and not traits.is_presence

    def _is_same_value(self, claim: Mapping[str, Seen]) -> bool:
        """True where the form's own script draws a number or a date in another way (2025/8/27
        for 2025-08-27), and that is read without trouble."""
        if self._item.traits.has_letters or self._asks_for_mark or not self._has_ink():
            return False
        images = [image for name in self._places() for image in self._images(name)]
        crossed = any(is_crossed(row) for image in images for row in rows_of(image))
        if crossed or any(seen.problems for seen in self.picture.values()):
            return False
        value = self._valued(_texts(claim))
        return value is not None and value == self._valued(_texts(self.picture))

    def _with_era(self, claim: dict[str, Seen]) -> dict[str, Seen]:
        """A date in parts, with the era that is circled where no form field has it."""
        if self._item.era is None or not self._item.parts or {"era", ""} & set(claim):
            return claim
        if "era" in self.picture:
            return {**claim, "era": self.picture["era"]}
        return claim

    def _not_as_drawn(self, claims: Sequence[dict[str, Seen]]) -> dict[str, Seen]:
        """Form fields whose value the picture does not bear out."""
        own_drawing = not set(form_names(self._item)) & self._sheet.page.undrawn
        if not self._has_ink():
            if not own_drawing and len(claims) == 1:
                return claims[0]  # a viewer draws the value itself: it is the only view there is
            code, why = ("not_drawn", "用紙の上に表示されていません")
            if not own_drawing:
                code, why = ("encoding", "文字コードがはっきりしません")
            return _with(claims[0], self._problem(code, _said(claims[0]), why))
        why = "用紙に見えるものと合いません"
        return _with(self.picture, self._problem("differs_from_picture", _said(claims[0]), why))

    def _problem(self, code: str, text: str, why: str) -> Problem:
        return problem_of(self._item.kind, code, text, why)

    def _is_drawn(self, claim: Mapping[str, Seen]) -> bool:
        """True where what is drawn bears a claim out, in each of its places."""
        if self._asks_for_mark:
            return self._is_marked(claim)
        places = self._places()
        if set(claim) - set(places):
            return self._agrees(_said(claim), [image for p in places for image in self._images(p)])
        return all(
            self._agrees(seen.text, self._images(name)) if seen.text else not self._images(name)
            for name, seen in claim.items()
        )

    def _is_marked(self, claim: Mapping[str, Seen]) -> bool:
        """True where the marks that are drawn are those of a claim; programs draw dots and crosses
        of any size."""
        said = set(_said(claim).split("\n"))
        place = self._item.place
        if place is None:
            return False
        if self._picture_says(said):
            return True
        if any(p.code in _UNDONE for seen in self.picture.values() for p in seen.problems):
            return False
        if not place.options:
            return not place.box or self._sheet.ink.amount(place.box, 0.5) >= _MARKED_MM2
        ink = {name: self._sheet.ink.amount(box, 0.3) for name, box in place.options.items()}
        least = min((ink[name] for name in said if name in ink), default=0.0)
        most = max((ink[name] for name in ink if name not in said), default=0.0)
        return least >= _MARKED_MM2 and least >= _TIMES * most

    def _picture_says(self, said: set[str]) -> bool:
        seen = self.picture.get("")
        return seen is not None and not seen.problems and set(seen.text.split("\n")) == said

    def _is_empty(self) -> bool:
        """True where nothing is drawn either, not even faintly."""
        return not self._has_ink() and self._picture_is_empty

    def _has_ink(self) -> bool:
        if self._asks_for_mark:
            return not self._picture_is_empty
        return any(self._images(name) for name in self._places())

    # --- text layer -------------------------------------------------------------------------------

    def from_layer(self) -> dict[str, Seen] | None:
        """What the text layer says, part by part; None where it says nothing."""
        item = self._item
        sheet = self._sheet
        if not sheet.words or item.vertical or not item.traits.is_written:
            return None
        spots = spots_of(item)
        words = [w for w in sheet.words if any(_middle_in(w, box) for box in spots)]
        shown = [w for w in words if _has_ink(w, sheet)]
        hidden = [w for w in words if w not in shown and not _is_print(w, sheet)]
        claim = layer_texts(item, shown)
        if not _said(claim) and not hidden:
            return claim if self._is_empty() else None
        return self._part_by_part(claim, shown, hidden)

    def _part_by_part(
        self, claim: Mapping[str, Seen], shown: Sequence[Word], hidden: Sequence[Word]
    ) -> dict[str, Seen]:
        """Parts that both views agree on as they are stated, the others as they are seen."""
        found: dict[str, Seen] = {}
        differing = []
        for name, stated in claim.items():
            images = self._images(name)
            if stated.text and self._agrees(stated.text, images) and not self._more(name, shown):
                found[name] = stated
            elif stated.text and UNKNOWN not in stated.text:
                differing.append(stated.text)
        if len(found) < len(claim) or (self._item.era and "era" not in claim):
            found = {**self.picture, **found}
        if differing:
            why = "用紙に見えるものと合いません"
            found = _with(found, self._problem("differs_from_picture", " ".join(differing), why))
        if hidden:
            text = " ".join(w.text for w in hidden if UNKNOWN not in w.text)
            found = _with(found, self._problem("not_drawn", text, "用紙の上に見えません"))
        return found

    def _more(self, name: str, words: Sequence[Word]) -> bool:
        """True where there is ink beside the words: somebody wrote there by hand as well."""
        ink = self._sheet.ink
        strokes = [
            number
            for box in boxes(self._places()[name])
            for number in ink.strokes_in(box, self._sheet.near(box)).tolist()
        ]
        beside = 0.0
        for number in strokes:
            x, y = ink.centres[number] / PX
            if not any(_holds(w.box.grown(_BESIDE_MM), x, y) for w in words):
                area = float(ink.boxes[number, 4]) / PX**2
                beside += area if area >= DOT_MM2 else 0.0
        return beside >= _BESIDE_MM2

    # --- the picture ------------------------------------------------------------------------------

    def _places(self) -> dict[str, Part]:
        item = self._item
        places = {}
        if item.place is not None:
            places = {"": item.place}
        places |= item.parts
        if item.era is not None and item.era.box is not None:
            places["era"] = Part(item.era.box)
        return places

    def _images(self, name: str) -> tuple[Gray, ...]:
        """The lines of ink in one place, cut out."""
        if name not in self._cut:
            self._cut[name] = self._lines(name)
        return self._cut[name]

    def _lines(self, name: str) -> tuple[Gray, ...]:
        part = self._places()[name]
        sheet = self._sheet
        if part.cells:
            glyphs = [g for c in part.cells for g in glyphs_of(sheet.ink, c, sheet.near(c.box))[0]]
            if not glyphs:
                return ()
            return (string_together([picture for _, picture in glyphs]),)
        if part.box is None:
            return ()
        crop = cut(sheet.ink, part.box, sheet.near(part.box))
        return (crop.image,) if crop else ()

    def _agrees(self, text: str, images: Sequence[Gray]) -> bool:
        if not images or UNKNOWN in text:
            return False
        rows = [row for image in images for row in rows_of(image)]
        if any(is_crossed(row) for row in rows):
            return False
        pieces = [piece for row in rows for piece in pieces_of(row)]
        return self._says(text, pieces) or (len(rows) > len(images) and self._says(text, images))

    def _says(self, text: str, images: Sequence[Gray]) -> bool:
        engine = self._reader.engine
        item = self._item
        heard: list[HeardCharacter] = []
        for image in images:
            heard += heard_in(engine.recognise(image), engine.characters)
        return agrees(text, heard, engine.index, not item.traits.has_letters)


def _choices(
    values: Mapping[str, str], others: Mapping[str, tuple[str, ...]]
) -> Iterable[Mapping[str, str]]:
    """The values, then what else they may be: all second choices, all third ones…"""
    yield values
    for number in range(max((len(texts) for texts in others.values()), default=0)):
        later = {name: texts[min(number, len(texts) - 1)] for name, texts in others.items()}
        yield {**values, **later}


def _texts(claim: Mapping[str, Seen]) -> dict[str, str]:
    return {name: seen.text for name, seen in claim.items()}


def _said(claim: Mapping[str, Seen]) -> str:
    return " ".join(seen.text for seen in claim.values() if seen.text)


def _with(found: Mapping[str, Seen], problem: Problem) -> dict[str, Seen]:
    """What was found, with a problem on its first part."""
    first = next(iter(found))
    made = replace(found[first], problems=(*found[first].problems, problem))
    return {**found, first: made}


def _has_ink(word: Word, sheet: Sheet) -> bool:
    return sheet.ink.amount(word.box) >= _DRAWN_MM2 * min(len(word.text), 5)


def _is_print(word: Word, sheet: Sheet) -> bool:
    """True where the blank itself has print, and the page has it too: the word is a label."""
    window = pixels(word.box, sheet.aligned.dark)
    return bool((sheet.aligned.matched[window]).mean() >= 0.03)


def _middle_in(word: Word, box: Box) -> bool:
    x = word.box.x + word.box.width / 2
    y = word.box.y + word.box.height / 2
    return _holds(box.grown(0.5), x, y)


def _holds(box: Box, x: float, y: float) -> bool:
    return box.x <= x <= box.right and box.y <= y <= box.bottom


def boxes(part: Part) -> list[Box]:
    return [*([part.box] if part.box else []), *(c.box for c in part.cells)]

"""Ink accounting: writing on a sheet that no field has taken is shown to a person.

Every stroke is print of the blank (taken away by :mod:`ocr.ink.strokes` before), or belongs to a field that
read something there, or lies in a silent place. What is left over is put together stroke by stroke,
and what is more than dust leaves is a stray: a note in the margin, across the header, between two
fields, behind a field's end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocr.ink.crops import OVERFLOW_MM, RUN_ON_MM, running_on
from ocr.ink.dirt import dirt_in, silent_in
from ocr.ink.faint_notes import is_faint_note, is_shadow
from ocr.ink.heaps import box_of, is_thin, together
from ocr.ink.rings import MarkedOption, beside_rings
from ocr.ink.scanlines import on_moved_print
from ocr.ink.strokes import Ink
from ocr.laid_sheet import Sheet
from ocr.place.blank import PX, windows
from ocr.seen import Seen
from records.forms import FieldDef, FormDef, Part
from records.types import Box, Place, Problem

_INSIDE, _REACH, _CLOSE, _NEAR, _SILENT, _BY_OPTION = 1, 2, 4, 8, 16, 32
"""Bits of the map of places: in a place that was read, within the reach of a marked option, close
to either, not far from either, in a silent place, next to a marked option."""

_CLOSE_MM = 2.6
"""What a printed rule has cut off a field's stroke lies so close to the field's place."""

_FRAME_MM = 0.5
"""A place is taken with its frame: its box is drawn on the middle of the rule."""

_LOOSE_MM = {"seal": 3.0, "signature": 2.0, "code": 4.0}
"""Kinds that are set by hand, and how far over the edge of their place."""

_OWN = 0.12
"""A stroke with this share of its ink in a place is the field's, as
:meth:`ocr.ink.strokes.Ink.strokes_in` has it."""

_BEYOND_MM2 = 1.5
"""A field's stroke with more ink than this far out of the field's reach is shown."""

_BY_OPTION_MM, _REACH_SHARE = 2.0, 0.6
"""Ink so near to a marked option is in its place; a piece of a ring has that share of its ink
within the option's reach."""

_REACH_MM = {"circle": 4.5, "check": 3.0, "fill": 3.0, "": 3.0}
"""How far from its option ink belongs to a mark (as :func:`ocr.ink.marks.read_marks` has it)."""

_RING_MM = 8.0
"""A ring may go so far beyond that: people draw large ones round small words."""

_SPECK_MM2, _SPECK_MM = 0.1, 0.6
"""A stroke with less ink that is also shorter is a speck."""

_TOUCH_MM = 2.0
"""So far apart are the halves of a stroke that a printed rule has cut."""

_LEAST_MM2, _LEAST_MM = 1.2, 1.8
"""A note has so much ink, and a stroke so long. A slip of the pen has up to 0.9 mm²; two
characters of 3 mm have 2 and more."""

_SEVERAL_MM2, _SEVERAL_MM = 0.9, 1.6
"""Several strokes have so much ink, and one of them is so long."""

_PIECES, _PIECES_MM = 3, 2.5
"""Of a faint note only pieces are left: so many of them, over so much."""

_SILENT_MM, _SILENT_SHARE = 1.5, 0.3
"""A stroke with this share of its ink in a silent place, or so near to it, belongs there: stamps
are set by hand."""

_PRINTED_SHARE = 0.7
"""A stroke with this share of its ink on print of lines that stand off is that print."""


@dataclass(frozen=True, eq=False)
class _Strokes:
    """What is counted of each stroke; arrays of shape (n,), the background first.

    Attributes:
        area: pixels; ``inside`` those in a place that was read, ``by_option`` those next to a
            marked option, ``reach`` those within its reach, ``close`` and ``near`` those not far
            from either, ``silent`` those in a named silent place.
    """

    area: NDArray[np.int64]
    inside: NDArray[np.int64]
    by_option: NDArray[np.int64]
    reach: NDArray[np.int64]
    close: NDArray[np.int64]
    near: NDArray[np.int64]
    silent: NDArray[np.int64]


def stray_ink(
    form: FormDef, sheets: Mapping[int, Sheet], seen: Mapping[str, Mapping[str, Seen]]
) -> tuple[Problem, ...]:
    """The problem that a sheet has where there is writing that no field has taken; none where there
    is not.

    Args:
        sheets: the pages of the sheet by their number in the form.
        seen: what was seen in each field, by part, as :meth:`ocr.fields.FieldReader.read` gives it.
    """
    places = [
        Place(page, box)
        for page, sheet in sorted(sheets.items())
        for box in find_strays(sheet, form, seen)
    ]
    return stray_problem(places)


def stray_problem(places: Sequence[Place]) -> tuple[Problem, ...]:
    """What is said of a sheet with writing at ``places``; nothing where there are none."""
    if not places:
        return ()
    message = f"余白に書き込みがあります({len(places)}か所)。欄に入っていない内容なので、用紙を見て確認してください"
    return (Problem("stray_ink", message, tuple(places)),)


def find_strays(sheet: Sheet, form: FormDef, seen: Mapping[str, Mapping[str, Seen]]) -> list[Box]:
    """Where on a page there is writing that no field has taken.

    Args:
        sheet: the page, its print taken away.
        seen: what was seen in each field, by part, as :meth:`ocr.fields.FieldReader.read` gives it.

    Returns:
        A box on the form's page for each note, mm, from top to bottom.
    """
    ink, page = sheet.ink, sheet.aligned.blank.page
    fields = [item for item in form.fields.values() if item.page == page]
    silent = [s.box for s in form.silent if s.page == page]
    places = _places(ink, fields, seen, silent)
    strokes = _counted(ink, places)
    beside = beside_rings(ink, _marked(fields, seen))
    unowned = _unowned(ink, strokes, beside)
    left = unowned & ~dirt_in(sheet, unowned)
    left &= ~_cut_off(ink, left, strokes, beside)
    left &= ~_run_on(sheet, fields, left)
    if not ink.faint and _notes(sheet, left):
        left &= ~_of_moved_print(sheet, places, left, beside)
    if _notes(sheet, left):
        left &= ~silent_in(sheet, left, unowned)
    return [box_of(ink, note) for note in _notes(sheet, left)]


def _places(
    ink: Ink,
    fields: Iterable[FieldDef],
    seen: Mapping[str, Mapping[str, Seen]],
    silent: Iterable[Box],
) -> NDArray[np.uint8]:
    """The map of what is accounted for, canvas pixels."""
    owned: list[tuple[int, Box, float]] = []
    for item, part, read in _read_parts(fields, seen):
        loose = _LOOSE_MM.get(item.kind, _FRAME_MM)
        for box, reach in read:
            owned.append((_BY_OPTION, box, _BY_OPTION_MM) if reach else (_INSIDE, box, loose))
            owned.append((_REACH if reach else 0, box, reach))
            owned.append((_CLOSE, box, reach + _CLOSE_MM))
            owned.append((_NEAR, box, reach + _RING_MM if reach else OVERFLOW_MM))
        if item.kind == "mark" and part.box is not None:
            around = _REACH_MM[part.mark]
            owned.append((_REACH, part.box, around))
            owned.append((_NEAR, part.box, around + _RING_MM))
    owned += [(_SILENT, box, _SILENT_MM) for box in silent]
    places = np.zeros(ink.written.shape, np.uint8)
    inside = windows([(box, margin) for _, box, margin in owned], places)
    for (bit, _, _), window in zip(owned, inside, strict=True):
        places[window] |= bit
    return places


def _read_parts(
    fields: Iterable[FieldDef], seen: Mapping[str, Mapping[str, Seen]]
) -> Iterator[tuple[FieldDef, Part, list[tuple[Box, float]]]]:
    """The parts of fields in which something was read, each with its boxes as :func:`_read_boxes`
    gives them."""
    for item in fields:
        parts = seen.get(item.name, {})
        for name, part in _parts(item):
            what = parts.get(name) or parts.get("")  # a text layer gives a field as a whole
            if what is not None and (what.text or what.problems):
                yield item, part, list(_read_boxes(part, what, name not in parts))


def _marked(
    fields: Iterable[FieldDef], seen: Mapping[str, Mapping[str, Seen]]
) -> Iterator[MarkedOption]:
    """The options that are marked, or that a person is asked about."""
    for _, part, read in _read_parts(fields, seen):
        for box, reach in read:
            if reach:
                yield MarkedOption(box, reach, part.mark == "circle")


def _parts(item: FieldDef) -> Iterator[tuple[str, Part]]:
    """The places of a field under the names that they are read by."""
    if item.place is not None:
        yield "", item.place
    yield from item.parts.items()
    if item.era is not None and item.era.circle:
        yield "era", Part(mark="circle", options=item.era.circle)
    elif item.era is not None and item.era.box is not None:
        yield "era", Part(item.era.box)


def _read_boxes(part: Part, what: Seen, as_whole: bool) -> Iterator[tuple[Box, float]]:
    """The boxes of a place in which something was read, and how far about them ink is theirs, mm.

    Of options those that are marked; all of them where a person is asked which ones are, or where
    the field was read ``as_whole``.
    """
    if part.box is not None:
        yield part.box, 0.0
    for row in part.cells:
        yield row.box, 0.0
    marked = set(what.text.split("\n"))
    for name, box in part.options.items():
        if as_whole or what.problems or name in marked:
            yield box, _REACH_MM[part.mark]


def _counted(
    ink: Ink, places: NDArray[np.uint8], printed: NDArray[np.bool_] | None = None
) -> _Strokes:
    """How much of each stroke lies where; ``printed`` ink, as :attr:`ocr.ink.strokes.Ink.inked` has
    it, is not counted."""
    inked, numbers = ink.inked
    if printed is not None:
        inked, numbers = inked[~printed], numbers[~printed]
    at = places.ravel()[inked]
    count = len(ink.boxes)

    def share(bit: int) -> NDArray[np.int64]:
        return np.bincount(numbers[(at & bit) > 0], minlength=count)

    area = np.bincount(numbers, minlength=count)
    return _Strokes(
        area,
        share(_INSIDE),
        share(_BY_OPTION),
        share(_REACH),
        share(_CLOSE),
        share(_NEAR),
        share(_SILENT),
    )


def _unowned(ink: Ink, strokes: _Strokes, beside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Strokes that are no specks and belong to no field and no silent place; to a marked option
    belong none that are ``beside`` its ring."""
    marks = strokes.reach >= _REACH_SHARE * strokes.area
    marks |= strokes.by_option >= _OWN * strokes.area
    own = (strokes.inside >= _OWN * strokes.area) | (marks & ~beside)
    own &= strokes.area - strokes.near < _BEYOND_MM2 * PX**2
    own |= strokes.silent >= _SILENT_SHARE * strokes.area
    large = strokes.area >= (0.0 if ink.faint else _SPECK_MM2) * PX**2
    large |= ink.boxes[:, 2:4].max(axis=1) >= _SPECK_MM * PX
    left = large & ~own & (strokes.area > 0)
    left[0] = False
    return left


def _of_moved_print(
    sheet: Sheet, places: NDArray[np.uint8], left: NDArray[np.bool_], beside: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Strokes that are print on lines of the scan that stand off, but for what is a field's."""
    ink = sheet.ink
    inked, numbers = ink.inked
    own = left[numbers]
    printed = np.zeros(len(inked), bool)
    printed[own] = on_moved_print(sheet.aligned, inked[own])
    rest = _counted(ink, places, printed)
    whole = np.bincount(numbers, minlength=len(left))
    mostly = rest.area <= (1 - _PRINTED_SHARE) * whole
    return np.asarray(left & (mostly | ~_unowned(ink, rest, beside)))


def _cut_off(
    ink: Ink, left: NDArray[np.bool_], strokes: _Strokes, beside: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Ends of a field's strokes that a printed rule has cut off: close to the field's place, and
    next to ink that is the field's. What is ``beside`` a closed ring is no end of it."""
    found = np.zeros(len(left), bool)
    texts = (strokes.inside >= _OWN * strokes.area) & (strokes.area > 0) & ~left
    texts[0] = False
    marks = (strokes.by_option >= _OWN * strokes.area) & (strokes.area > 0) & ~left
    marks[0] = False
    fields = texts | marks
    reach = round(_TOUCH_MM * PX)
    for number in np.flatnonzero(left & (strokes.close == strokes.area)):
        x, y, wide, high, _ = (int(v) for v in ink.boxes[number])
        rows = slice(max(0, y - reach), y + high + reach)
        columns = slice(max(0, x - reach), x + wide + reach)
        whose = texts if beside[number] else fields
        found[number] = whose[ink.labels[rows, columns]].any()
    return found


def _run_on(sheet: Sheet, fields: Iterable[FieldDef], left: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Characters behind a field's end that the field was read with."""
    ink = sheet.ink
    found = np.zeros(len(left), bool)
    numbers = np.flatnonzero(left)
    x, y = ink.boxes[numbers, 0], ink.centres[numbers, 1]
    for item in fields:
        for _, part in _parts(item):
            box = part.box
            if box is None:
                continue
            behind = (x > (box.right - 1) * PX) & (x < (box.right + RUN_ON_MM) * PX)
            behind &= (y > (box.y - 1) * PX) & (y < (box.bottom + 1) * PX)
            if behind.any():
                others = sheet.near(box)
                own = ink.strokes_in(box, others)
                if len(own):
                    found[running_on(ink, own, box, others)] = True
    return found


def _notes(sheet: Sheet, left: NDArray[np.bool_]) -> list[NDArray[np.int64]]:
    """The notes that the strokes ``left`` make, from top to bottom; dust makes none."""
    ink = sheet.ink
    heaps = (n for n in together(ink, left) if _is_note(ink, n) or is_faint_note(sheet, n))
    notes = (heap for heap in heaps if not is_shadow(sheet, heap))
    return sorted(notes, key=lambda note: int(ink.boxes[note, 1].min()))


def _is_note(ink: Ink, note: NDArray[np.int64]) -> bool:
    if is_thin(ink, note):
        return False
    stats = ink.boxes[note]
    area, longest = float(stats[:, 4].sum()) / PX**2, float(stats[:, 2:4].max()) / PX
    if area >= _LEAST_MM2 and longest >= _LEAST_MM:
        return True
    if area < _SEVERAL_MM2:
        return False
    wide = int((stats[:, 0] + stats[:, 2]).max() - stats[:, 0].min())
    several = len(note) > 1 and longest >= _SEVERAL_MM
    return several or (len(note) >= _PIECES and wide >= _PIECES_MM * PX)

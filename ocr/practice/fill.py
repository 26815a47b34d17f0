"""Fill a form's blank: every value as ink in its place, with the slips and liberties of real
people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ocr.practice import drawnmarks
from ocr.practice.blankpaper import Paper, blank_of
from ocr.practice.digitshapes import DIGITS
from ocr.practice.fontglyphs import can_write
from ocr.practice.hands import Hand
from ocr.practice.households import Household, Rng, chance, pick
from ocr.practice.inkpieces import pieces, slip
from ocr.practice.lettering import Writer
from ocr.practice.piecekinds import DrawnCode, Mark, Piece, Stamp, Write, WriteCells
from ocr.practice.tategaki import TURNED, numbered, write_columns
from records.forms import FieldDef, FormDef
from records.types import Box, Gray, Value


@dataclass(frozen=True, slots=True)
class Slips:
    """How often people slip, per field, and how often a sheet bears the office's own stamp. The
    defaults are from looking at filled forms, not from a count."""

    struck_out: float = 0.012
    double_mark: float = 0.006
    stray_mark: float = 0.004
    received: float = 0.4


USUAL = Slips()
NONE = Slips(0, 0, 0)


@dataclass
class Filling:
    """The state of filling one sheet: what was meant, what stands there in the end, and what was
    unusual."""

    writer: Writer
    home: Household
    values: dict[str, Value]
    notes: dict[str, list[str]] = field(default_factory=dict)

    @property
    def hand(self) -> Hand:
        return self.writer.hand

    @property
    def rng(self) -> Rng:
        return self.writer.rng

    def note(self, name: str, what: str) -> None:
        known = self.notes.setdefault(name, [])
        if what not in known:
            known.append(what)

    def note_reach(self, name: str, ink: Box | None, box: Box) -> None:
        """Note ``overflow`` where ink left its box by more than the width of a ruled line."""
        free = box.grown(0.4)
        if ink and (
            ink.x < free.x or ink.y < free.y or ink.right > free.right or ink.bottom > free.bottom
        ):
            self.note(name, "overflow")


def fill(
    form: FormDef,
    values: Mapping[str, Value],
    home: Household,
    hand: Hand,
    rng: Rng,
    dpi: int,
    slips: Slips = USUAL,
) -> tuple[list[Gray], dict[str, Value], dict[str, tuple[str, ...]]]:
    """Write ``values`` into the form's blank.

    Returns:
        One gray image a page at ``dpi``; the truth, which differs from ``values`` where a slip
        changed what stands on the paper (two marks in a single choice make it None); notes by field
        name.
    """
    papers = [Paper(blank_of(page, dpi), dpi) for page in form.pages]
    state = Filling(Writer(hand, rng, float(rng.uniform(0.92, 1.08))), home, dict(values))
    for definition in form.fields.values():
        _fill_field(state, papers[definition.page - 1], definition, slips)
    if chance(rng, slips.received):
        _received(state, papers[0], form)
    darkness = hand.habits.ink * float(rng.uniform(0.94, 1.0))
    images = [paper.finished(darkness, hand.habits.grain, rng) for paper in papers]
    return images, state.values, {name: tuple(notes) for name, notes in state.notes.items()}


def _fill_field(state: Filling, paper: Paper, definition: FieldDef, slips: Slips) -> None:
    name = definition.name
    rng = state.rng
    made = pieces(definition, state.values[name], state.home, rng)
    if not all(can_write(state.hand, p.text) for p in made if isinstance(p, Write | WriteCells)):
        # What the fonts do not draw nobody can write: the field stays empty.
        made, state.values[name] = (
            [],
            None,
        )
    if definition.kind == "choice" and made and chance(rng, slips.double_mark):
        _double(state, name, made)
    struck = bool(made) and chance(rng, slips.struck_out)
    if not made and definition.area and chance(rng, slips.stray_mark):
        drawnmarks.stray(paper, state.hand, definition.area, rng)
        state.note(name, "stray_mark")
    for piece in made:
        struck = _put(state, paper, definition, piece, struck)


def _double(state: Filling, name: str, made: list[Piece]) -> None:
    """Two options of a single choice are marked: no value then, whatever was meant."""
    first = made[0]
    if isinstance(first, Mark) and first.others:
        made.append(Mark(pick(state.rng, first.others), first.how))
        state.values[name] = None
        state.note(name, "double_mark")


def _put(state: Filling, paper: Paper, definition: FieldDef, piece: Piece, struck: bool) -> bool:
    """Draw one piece; returns whether a strike-out is still to come in this field."""
    name = definition.name
    if isinstance(piece, WriteCells):
        return _cells(state, paper, name, piece, struck)
    if isinstance(piece, Write):
        return _write(state, paper, name, piece, struck)
    if isinstance(piece, Mark):
        return _mark(state, paper, name, piece, struck and definition.kind in ("choice", "date"))
    if isinstance(piece, Stamp):
        drawnmarks.stamp(paper, state.hand, piece.box, piece.text, state.rng)
    elif isinstance(piece, DrawnCode):
        _code(paper, piece)
    return struck


def _mark(state: Filling, paper: Paper, name: str, piece: Mark, struck: bool) -> bool:
    how = {"circle": drawnmarks.ring, "check": drawnmarks.check, "fill": drawnmarks.fill}[piece.how]
    if struck and piece.others:
        wrong = pick(state.rng, piece.others)
        how(paper, state.hand, wrong, state.rng)
        drawnmarks.strike(paper, state.hand, wrong.grown(0.6), state.rng)
        state.note(name, "struck_out")
        struck = False
    how(paper, state.hand, piece.box, state.rng)
    return struck


def _cells(state: Filling, paper: Paper, name: str, piece: WriteCells, struck: bool) -> bool:
    """One character in each cell; characters may touch the lines, and a wrong one may be struck
    out."""
    places = [cells.cell(n) for cells in piece.cells for n in range(cells.count)]
    text = piece.text if len(piece.text) <= len(places) else "".join(piece.text.split())
    if len(text) > len(places):  # what finds no cell is not written, so it is not the truth either
        text = text[: len(places)]
        if isinstance(state.values.get(name), str):
            state.values[name] = text
    if piece.cells[0].align == "right":
        places = places[len(places) - len(text) :]
    wrong = -1
    if struck and text:
        wrong = int(state.rng.integers(len(text)))
    drift = float(state.rng.normal(0, 0.05))
    for n, (char, cell) in enumerate(zip(text, places, strict=False)):
        if n == wrong and char in DIGITS:
            _corrected_cell(state, paper, char, cell)
            state.note(name, "struck_out")
        elif not char.isspace():
            turned = piece.cells[0].down and char in TURNED
            ink = state.writer.cell(paper, char, cell, drift, turned)
            state.note_reach(name, ink, cell.grown(0.4))
    return struck and wrong < 0


def _corrected_cell(state: Filling, paper: Paper, char: str, cell: Box) -> None:
    """A wrong digit with two lines through it, the right one small above, and a seal beside."""
    state.writer.cell(paper, slip(char, state.rng), cell, 0.0)
    drawnmarks.strike(paper, state.hand, cell.grown(-0.3), state.rng)
    above = Box(cell.x, cell.y - cell.height * 0.62, cell.width, cell.height * 0.62)
    state.writer.cell(paper, char, above, 0.0)
    _correction_seal(state, paper, cell)


def _write(state: Filling, paper: Paper, name: str, piece: Write, struck: bool) -> bool:
    writer = state.writer
    box = piece.box
    if piece.vertical:
        _columns(state, paper, name, piece)
    elif piece.lines:
        state.values[name] = writer.paragraph(paper, box, piece.text)
    elif struck and len(piece.text) > 1:
        _corrected(state, paper, piece)
        state.note(name, "struck_out")
        return False
    elif writer.width(piece.text) * writer.natural_size(box) > 1.7 * box.width and box.height > 9.5:
        for ink in writer.two_lines(paper, box, piece.text):
            state.note_reach(name, ink, box)
        state.note(name, "two_lines")
    else:
        state.note_reach(
            name, writer.line(paper, box, piece.text, writer.natural_size(box), piece.align), box
        )
    return struck


def _columns(state: Filling, paper: Paper, name: str, piece: Write) -> None:
    """Vertical writing; the truth is what stands there, where that is the text as written."""
    text = piece.text
    if piece.numerals:
        text = numbered(piece.text, state.rng)
    columns, ink = write_columns(state.writer, paper, piece.box, text, piece.lines)
    state.note_reach(name, ink, piece.box)
    if len(columns) > 1:
        state.note(name, "columns")
    if piece.as_written:
        state.values[name] = ("\n" if piece.lines else "").join(columns)


def _corrected(state: Filling, paper: Paper, piece: Write) -> None:
    """A wrong text with two lines through it, often a small seal, and the right text beside it."""
    writer = state.writer
    box = piece.box
    share = float(state.rng.uniform(0.42, 0.5))
    wrong = Box(box.x, box.y, box.width * share, box.height)
    right = Box(box.x + box.width * share + 1, box.y, box.width * (1 - share) - 1, box.height)
    size = writer.natural_size(box)
    text = slip(piece.text, state.rng)
    length = max(2, int(wrong.width / max(size * 0.6, 1))) if len(text) > 6 else len(text)
    ink = writer.line(paper, wrong, text[:length], size, "left") or wrong
    drawnmarks.strike(paper, state.hand, ink, state.rng)
    writer.line(paper, right, piece.text, size, "left")
    if chance(state.rng, 0.7):
        _correction_seal(state, paper, wrong)


def _correction_seal(state: Filling, paper: Paper, where: Box) -> None:
    """訂正印: a seal of 6 mm on or beside the correction."""
    place = where.moved(float(state.rng.uniform(-0.2, 0.6)) * where.width, 0.2 * where.height)
    drawnmarks.stamp(paper, state.hand, place, state.home.applicant.family, state.rng, diameter=6.0)


def _received(state: Filling, paper: Paper, form: FormDef) -> None:
    """受付印: the office's round date stamp, where the form has a place for it; else at the top of
    the first page, where nobody writes."""
    rng = state.rng
    size = float(state.rng.uniform(20, 30))
    width = paper.blank.shape[1] / paper.scale
    taken = []
    for f in form.fields.values():
        if f.page == 1 and f.area:
            taken.append(f.area)
    meant = next((s.box for s in form.silent if s.page == 1 and "受付" in s.reason), None)
    for _ in range(12):
        place = Box(float(rng.uniform(5, width - size - 5)), float(rng.uniform(1, 30)), size, size)
        if not any(_overlap(place, area) for area in taken):
            place = place if meant is None else _in_place(place, meant, width)
            drawnmarks.date_stamp(paper, state.hand, place, state.home.today, rng)
            return


def _in_place(drawn: Box, meant: Box, width: float) -> Box:
    """The square ``drawn`` somewhere at the top of a page so ``width`` mm wide, brought into the
    place that is meant for it: as far along that, and hardly larger than it."""
    size = min(drawn.width, 1.15 * min(meant.width, meant.height))
    along = (drawn.x - 5) / (width - drawn.width - 10)
    x = meant.x + along * (meant.width - size)
    y = meant.y + meant.height / 2 - size / 2 + (drawn.y - 15.5) / 10
    return Box(x, y, size, size)


def _overlap(a: Box, b: Box) -> bool:
    return a.x < b.right and b.x < a.right and a.y < b.bottom and b.y < a.bottom


def _code(paper: Paper, piece: DrawnCode) -> None:
    """A QR code as it would be printed, filling the shorter side of its box."""
    import cv2
    import zxingcpp

    code = zxingcpp.create_barcode(piece.text, zxingcpp.BarcodeFormat.QRCode)
    picture = np.asarray(zxingcpp.write_barcode_to_image(code))
    x, y, width, height = paper.pixels(piece.box)
    side = int(min(width, height))
    drawn = cv2.resize(picture, (side, side), interpolation=cv2.INTER_NEAREST)
    paper.lay(np.asarray(255 - drawn, np.uint8), x + (width - side) / 2, y + (height - side) / 2)

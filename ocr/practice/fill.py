"""Fill a form's blank: every value as ink in its place, with the slips and liberties of real people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ocr.practice import marks
from ocr.practice.glyphs import extent, glyph, inked
from ocr.practice.hands import Hand
from ocr.practice.page import Paper, blank_of
from ocr.practice.people import Household, Rng, chance, pick
from ocr.practice.strokes import DIGITS
from ocr.practice.written import Code, Mark, Piece, Stamp, Write, WriteCells, pieces, slip
from records.forms import FieldDef, FormDef
from records.types import Box, Gray, Value

SMALLEST = 2.1
"""mm: nobody writes smaller than this to make a text fit; beyond it the writing leaves its box."""


@dataclass(frozen=True, slots=True)
class Slips:
    """How often people slip, per field. The defaults are from looking at filled forms, not from a count."""

    struck_out: float = 0.012
    double_mark: float = 0.006
    stray_mark: float = 0.004


@dataclass
class Filling:
    """The state of filling one sheet."""

    form: FormDef
    hand: Hand
    home: Household
    rng: Rng
    papers: list[Paper]
    values: dict[str, Value]
    slips: Slips
    notes: dict[str, list[str]] = field(default_factory=dict)
    size: float = 1.0

    def note(self, name: str, what: str) -> None:
        known = self.notes.setdefault(name, [])
        if what not in known:
            known.append(what)


def fill(
    form: FormDef, values: Mapping[str, Value], home: Household, hand: Hand, rng: Rng, dpi: int,
    slips: Slips = Slips(),
) -> tuple[list[Gray], dict[str, Value], dict[str, tuple[str, ...]]]:
    """Write ``values`` into the form's blank.

    Returns:
        One gray image a page at ``dpi``; the truth, which differs from ``values`` where a slip changed what stands on
        the paper (two marks in a single choice make it None); notes by field name.
    """
    papers = [Paper(blank_of(page, dpi), dpi) for page in form.pages]
    state = Filling(form, hand, home, rng, papers, dict(values), slips, size=float(rng.uniform(0.92, 1.08)))
    for name, definition in form.fields.items():
        paper = papers[definition.page - 1]
        made = pieces(definition, values[name], home, rng)
        _maybe_double(state, definition, made)
        struck = bool(made) and chance(rng, slips.struck_out)
        for piece in made:
            struck = _put(state, paper, definition, piece, struck)
    darkness = hand.habits.ink * float(rng.uniform(0.94, 1.0))
    images = [paper.finished(darkness, hand.habits.grain, rng) for paper in papers]
    return images, state.values, {name: tuple(notes) for name, notes in state.notes.items()}


def _maybe_double(state: Filling, definition: FieldDef, made: list[Piece]) -> None:
    """Now and then two options of a single choice are marked: no value then, whatever was meant."""
    if definition.kind == "choice" and made and chance(state.rng, state.slips.double_mark):
        first = made[0]
        if isinstance(first, Mark) and first.others:
            made.append(Mark(pick(state.rng, first.others), first.how))
            state.values[definition.name] = None
            state.note(definition.name, "double_mark")


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
        marks.stamp(paper, state.hand, piece.box, piece.text, state.rng)
    elif isinstance(piece, Code):
        _code(paper, piece)
    return struck


def _mark(state: Filling, paper: Paper, name: str, piece: Mark, struck: bool) -> bool:
    how = {"circle": marks.ring, "check": marks.check, "fill": marks.fill}[piece.how]
    if struck and piece.others:
        wrong = pick(state.rng, piece.others)
        how(paper, state.hand, wrong, state.rng)
        marks.strike(paper, state.hand, wrong.grown(0.6), state.rng)
        state.note(name, "struck_out")
        struck = False
    how(paper, state.hand, piece.box, state.rng)
    return struck


def _cells(state: Filling, paper: Paper, name: str, piece: WriteCells, struck: bool) -> bool:
    """One character in each cell; characters may touch the lines, and a wrong one may be struck out."""
    places = [cells.cell(n) for cells in piece.cells for n in range(cells.count)]
    text = piece.text[: len(places)]
    if piece.cells[0].align == "right":
        places = places[len(places) - len(text):]
    wrong = int(state.rng.integers(len(text))) if struck and text else -1
    drift = state.rng.normal(0, 0.05)
    for n, (char, cell) in enumerate(zip(text, places, strict=False)):
        if n == wrong:
            _character(state, paper, slip(char, state.rng) if char in DIGITS else char, cell, 0.0)
            marks.strike(paper, state.hand, cell.grown(-0.3), state.rng)
            small = Box(cell.x, cell.y - cell.height * 0.62, cell.width, cell.height * 0.62)
            _character(state, paper, char, small, 0.0)
            _correction_seal(state, paper, cell)
            state.note(name, "struck_out")
        elif not char.isspace():
            _character(state, paper, char, cell, drift)
    return struck and wrong < 0


def _character(state: Filling, paper: Paper, char: str, cell: Box, drift: float) -> None:
    """One character in the middle of its cell, give or take this writer's care."""
    hand, rng = state.hand, state.rng
    x, y, width, height = paper.pixels(cell)
    pen = hand.habits.pen * paper.scale
    tall, wide = extent(hand, char)
    fit = hand.habits.fill * state.size * (1 + rng.normal(0, hand.habits.jitter))
    if chance(rng, hand.habits.reach):
        fit *= float(rng.uniform(1.05, 1.3))
    size = min(fit * height / max(tall, 0.5), 1.05 * fit * width / max(wide, 0.3))
    made = inked(hand, glyph(hand, char, rng, size, pen), size, rng, _weighing(hand, char, pen))
    rows, columns = np.flatnonzero(made.ink.max(1) > 60), np.flatnonzero(made.ink.max(0) > 60)
    if not rows.size:
        return
    middle_x, middle_y = (columns[0] + columns[-1]) / 2, (rows[0] + rows[-1]) / 2
    free = 0.04 + hand.habits.jitter
    cx = x + width / 2 + rng.normal(0, free) * width
    cy = y + height / 2 + (drift + rng.normal(0, free)) * height
    paper.lay(made.ink, cx - middle_x, cy - middle_y)


def _weighing(hand: Hand, char: str, pen: float) -> float:
    """The pen that a glyph still has to be brought to; 0 for what the pen drew or a person wrote."""
    return 0.0 if char in hand.cells or (char in DIGITS and hand.habits.drawn_digits) else pen


def _write(state: Filling, paper: Paper, name: str, piece: Write, struck: bool) -> bool:
    if piece.vertical:
        _vertical(state, paper, piece)
        return struck
    if struck and len(piece.text) > 1:
        _corrected(state, paper, name, piece)
        return False
    if piece.lines:
        state.values[name] = _paragraph(state, paper, piece)
        return struck
    width = _width(state, paper, piece.text)
    natural = _natural_size(state, piece.box)
    if width * natural > 1.7 * piece.box.width and piece.box.height > 9.5:
        _two_lines(state, paper, name, piece)
    else:
        _line(state, paper, name, piece.box, piece.text, natural, piece.align)
    return struck


def _natural_size(state: Filling, box: Box) -> float:
    """Height of this writer's characters in mm: by the box, but not beyond what a pen writes."""
    size = state.hand.habits.size * state.size * min(box.height, 11.0)
    return float(np.clip(size, SMALLEST, 8.0))


def _advance(state: Filling, char: str) -> float:
    """How far ``char`` moves the pen, in ems."""
    hand = state.hand
    if char.isspace():
        return 0.55
    if char in DIGITS and hand.habits.drawn_digits:
        own = 0.62 * 0.78 + 0.12
    else:
        own = glyph(hand, char, np.random.default_rng(0), 60, 4).advance if char not in hand.cells else 0.9
    return own * hand.habits.narrow + hand.habits.spacing * (0.5 if own < 0.7 else 1.0)


def _width(state: Filling, paper: Paper, text: str) -> float:
    """Width of ``text`` in ems."""
    return sum(_advance(state, char) for char in text)


def _line(state: Filling, paper: Paper, name: str, box: Box, text: str, size: float, align: str) -> None:
    """One line of text; made smaller until it fits, or left to run over the edge by a careless writer."""
    rng, habits = state.rng, state.hand.habits
    ems = max(_width(state, paper, text), 0.1)
    room = box.width - 1.2
    loose = chance(rng, habits.reach)
    if loose:
        room *= float(rng.uniform(1.02, 1.12))
    squeeze = 1.0
    if ems * size > room:
        size = max(room / ems, SMALLEST)
        squeeze = min(1.0, room / (ems * size))
    width = ems * size * squeeze
    left = {"left": box.x + 0.6 + abs(rng.normal(0, 0.8)), "center": box.x + (box.width - width) / 2,
            "right": box.right - width - 0.8}[align]
    left = min(left, max(box.x + 0.3, box.right - width - 0.3)) + rng.normal(0, 0.25)
    middle = box.y + box.height / 2 + rng.normal(0, 0.05) * box.height
    if loose and chance(rng, 0.5):
        middle += float(rng.choice([-1, 1])) * float(rng.uniform(0.1, 0.22)) * box.height
    if loose:
        state.note(name, "overflow")
    _run(state, paper, text, left, middle, size, squeeze)


def _run(state: Filling, paper: Paper, text: str, left: float, middle: float, size: float, squeeze: float) -> None:
    """Write characters one after another from ``left`` along ``middle``, mm."""
    rng, habits, scale = state.rng, state.hand.habits, paper.scale
    pixels, pen = size * scale, habits.pen * scale
    x, wander = left * scale, 0.0
    slope = habits.slope + rng.normal(0, 0.004)
    for char in text:
        if not char.isspace():
            wander = 0.6 * wander + rng.normal(0, habits.wander)
            ink = glyph(state.hand, char, rng, pixels, pen)
            made = inked(state.hand, ink, pixels, rng, _weighing(state.hand, char, pen))
            y = middle * scale - slope * (x - left * scale) + wander * pixels
            paper.lay(made.ink, x + made.dx, y + made.dy)
        x += _advance(state, char) * pixels * squeeze * (1 + rng.normal(0, 0.5 * habits.jitter))


def _two_lines(state: Filling, paper: Paper, name: str, piece: Write) -> None:
    """A long text in a high box, broken in the middle."""
    box, cut = piece.box, (len(piece.text) + 1) // 2 + int(state.rng.integers(-1, 3))
    half = Box(box.x, box.y, box.width, box.height / 2)
    for part, where in ((piece.text[:cut], half), (piece.text[cut:], half.moved(0, box.height / 2))):
        _line(state, paper, name, where, part, _natural_size(state, where), "left")
    state.note(name, "two_lines")


def _paragraph(state: Filling, paper: Paper, piece: Write) -> str:
    """Free text over several lines; returns it with the line breaks as written, cut where the box is full."""
    box, rng = piece.box, state.rng
    pitch = 8.0 if box.height > 14 else box.height / max(1, round(box.height / 7))
    size = float(np.clip(state.hand.habits.size * pitch * 0.82, 3.0, 6.2))
    lines, line, used = [], "", 0.0
    for char in piece.text:
        step = _advance(state, char) * size
        if used + step > box.width - 2.5 and line:
            lines.append(line)
            line, used = "", 0.0
        line, used = line + char, used + step
    lines = [*lines, line][: max(1, int(box.height / pitch))]
    indent = float(rng.uniform(0.5, 2.0))
    for n, text in enumerate(lines):
        _run(state, paper, text, box.x + indent + rng.normal(0, 0.2), box.y + (n + 0.5) * pitch, size, 1.0)
    return "\n".join(lines)


def _vertical(state: Filling, paper: Paper, piece: Write) -> None:
    """One column from top to bottom."""
    box, text = piece.box, piece.text
    size = min(_natural_size(state, Box(box.x, box.y, box.width, box.width)), (box.height - 1) / max(len(text), 1))
    for n, char in enumerate(text):
        _run(state, paper, char, box.x + (box.width - size) / 2, box.y + 0.5 + (n + 0.5) * size, size, 1.0)


def _corrected(state: Filling, paper: Paper, name: str, piece: Write) -> None:
    """A wrong text with two lines through it, a small seal, and the right text beside or above."""
    box = piece.box
    share = float(state.rng.uniform(0.42, 0.5))
    wrong = Box(box.x, box.y, box.width * share, box.height)
    right = Box(box.x + box.width * share + 1, box.y, box.width * (1 - share) - 1, box.height)
    size = _natural_size(state, box)
    text = slip(piece.text, state.rng)
    length = max(2, min(len(text), int(wrong.width / max(size * 0.6, 1)))) if len(text) > 6 else len(text)
    _line(state, paper, name, wrong, text[:length], size, "left")
    marks.strike(paper, state.hand, wrong.grown(-min(0.6, wrong.width / 4)), state.rng)
    _line(state, paper, name, right, piece.text, size, "left")
    if chance(state.rng, 0.7):
        _correction_seal(state, paper, wrong)
    state.note(name, "struck_out")


def _correction_seal(state: Filling, paper: Paper, where: Box) -> None:
    """訂正印: a seal of 6 mm on or beside the correction."""
    place = where.moved(float(state.rng.uniform(-0.2, 0.6)) * where.width, 0.2 * where.height)
    marks.stamp(paper, state.hand, place, state.home.applicant.family, state.rng, diameter=6.0)


def _code(paper: Paper, piece: Code) -> None:
    """A QR code as it would be printed, filling the shorter side of its box."""
    import cv2
    import zxingcpp

    picture = np.asarray(zxingcpp.write_barcode(zxingcpp.BarcodeFormat.QRCode, piece.text))
    x, y, width, height = paper.pixels(piece.box)
    side = int(min(width, height))
    drawn = cv2.resize(picture, (side, side), interpolation=cv2.INTER_NEAREST)
    paper.lay(np.asarray(255 - drawn, np.uint8), x + (width - side) / 2, y + (height - side) / 2)

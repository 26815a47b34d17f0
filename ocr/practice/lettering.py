"""Writing: lines, cells and paragraphs of characters, laid out as this writer does."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ocr.practice.blankpaper import Paper
from ocr.practice.digitshapes import DIGITS
from ocr.practice.fontglyphs import Inked, extent, glyph, inked
from ocr.practice.hands import Hand
from ocr.practice.households import Rng, chance
from records.types import Box

SMALLEST = 2.1
"""mm: nobody writes smaller than this to make a text fit; beyond it the writing leaves its box."""

CLOGGED = 0.11
"""Pen width per character height beyond which kanji fill up; people with thick pens write larger or
press less."""


@dataclass(frozen=True, slots=True)
class Writer:
    """One person filling one sheet; ``size`` is how large they write today, about 1. Lengths are
    mm."""

    hand: Hand
    rng: Rng
    size: float = 1.0

    def natural_size(self, box: Box) -> float:
        """Height of this writer's characters in mm: by the box, but not beyond what a pen
        writes."""
        size = self.hand.habits.size * self.size * min(box.height, 11.0)
        return float(np.clip(size, SMALLEST, 8.0))

    def width(self, text: str) -> float:
        """Width of ``text`` in ems."""
        return sum(self._advance(char) for char in text)

    def line(self, paper: Paper, box: Box, text: str, size: float, align: str) -> Box | None:
        """One line of text, made smaller until it fits, or left to run over the edge by a careless
        writer.

        Returns:
            Where the ink is; None where there is none.
        """
        rng = self.rng
        habits = self.hand.habits
        ems = max(self.width(text), 0.1)
        room = box.width - 1.2
        loose = chance(rng, habits.reach)
        if loose:
            room *= float(rng.uniform(1.02, 1.12))
        squeeze = 1.0
        if ems * size > room:
            size = max(room / ems, SMALLEST)
            squeeze = min(1.0, room / (ems * size))
        width = ems * size * squeeze
        left = {
            "left": box.x + 0.6 + abs(rng.normal(0, 0.8)),
            "center": box.x + (box.width - width) / 2,
            "right": box.right - width - 0.8,
        }[align]
        left = min(left, max(box.x + 0.3, box.right - width - 0.3)) + rng.normal(0, 0.25)
        middle = box.y + box.height / 2 + rng.normal(0, 0.05) * box.height
        if loose and chance(rng, 0.5):
            middle += float(rng.choice([-1, 1])) * float(rng.uniform(0.1, 0.22)) * box.height
        return self._run(paper, text, left, middle, size, squeeze)

    def two_lines(self, paper: Paper, box: Box, text: str) -> list[Box | None]:
        """A long text in a high box, broken in the middle; returns where the ink is."""
        cut = (len(text) + 1) // 2 + int(self.rng.integers(-1, 3))
        half = Box(box.x, box.y, box.width, box.height / 2)
        places = ((text[:cut], half), (text[cut:], half.moved(0, box.height / 2)))
        found = []
        for part, where in places:
            found.append(self.line(paper, where, part, self.natural_size(where), "left"))
        return found

    def paragraph(self, paper: Paper, box: Box, text: str) -> str:
        """Free text over several lines; returns it with the line breaks as written, cut where the
        box is full.

        Where the blank is ruled people write on the rules; otherwise at a pitch of about 8 mm.
        """
        edges = _rules(paper, box)
        if len(edges) < 3:
            count = max(1, round(box.height / 8))
            edges = [box.y + n * box.height / count for n in range(count + 1)]
        pitch = min(b - a for a, b in pairwise(edges))
        size = float(np.clip(self.hand.habits.size * pitch * 0.82, 3.0, 6.6))
        lines = self._broken(text, size, box.width - 2.5)[: len(edges) - 1]
        indent = float(self.rng.uniform(0.5, 2.0))
        for line, top, bottom in zip(lines, edges, edges[1:], strict=False):
            left = box.x + indent + self.rng.normal(0, 0.2)
            self._run(paper, line, left, top + 0.53 * (bottom - top), size, 1.0)
        return "\n".join(lines)

    def cell(
        self, paper: Paper, char: str, cell: Box, drift: float, turned: bool = False
    ) -> Box | None:
        """One character in the middle of its cell, give or take this writer's care; returns where
        the ink is.

        Args:
            turned: by a right angle, as ー in vertical writing.
        """
        hand = self.hand
        rng = self.rng
        x, y, width, height = paper.pixels(cell)
        pen = hand.habits.pen * paper.scale
        tall, wide = extent(hand, char)
        fit = hand.habits.fill * self.size * (1 + rng.normal(0, hand.habits.jitter))
        if chance(rng, hand.habits.reach):
            fit *= float(rng.uniform(1.05, 1.3))
        size = min(fit * height / max(tall, 0.5), 1.05 * fit * width / max(wide, 0.3))
        made = inked(
            hand, char, glyph(hand, char, rng, size, pen), size, rng, weighing(hand, char, pen)
        )
        if turned:
            made = Inked(np.ascontiguousarray(np.rot90(made.ink, -1)), made.dx, made.dy)
        ink = made.place(0, 0, 1.0)
        if ink is None:
            return None
        free = 0.04 + hand.habits.jitter
        left = x + width / 2 + rng.normal(0, free) * width - (ink.x + ink.width / 2)
        top = y + height / 2 + (drift + rng.normal(0, free)) * height - (ink.y + ink.height / 2)
        paper.lay(made.ink, left + made.dx, top + made.dy)
        return made.place(left, top, paper.scale)

    def _advance(self, char: str) -> float:
        """How far ``char`` moves the pen, in ems."""
        hand = self.hand
        if char.isspace():
            return 0.55
        if char in hand.cells:
            own = 0.9
        elif char in DIGITS and hand.habits.drawn_digits:
            own = 0.6
        else:
            own = glyph(hand, char, np.random.default_rng(0), 60, 4).advance
        return own * hand.habits.narrow + hand.habits.spacing * (0.5 if own < 0.7 else 1.0)

    def _broken(self, text: str, size: float, room: float) -> list[str]:
        """``text`` in lines of at most ``room`` mm."""
        lines = []
        line = ""
        used = 0.0
        for char in text:
            step = self._advance(char) * size
            if used + step > room and line:
                lines.append(line)
                line, used = "", 0.0
            line = line + char
            used = used + step
        return [*lines, line]

    def _run(
        self, paper: Paper, text: str, left: float, middle: float, size: float, squeeze: float
    ) -> Box | None:
        """Write characters one after another from ``left`` along ``middle``; returns where the ink
        is."""
        rng = self.rng
        habits = self.hand.habits
        scale = paper.scale
        pixels = size * scale
        pen = min(habits.pen * scale, CLOGGED * pixels)
        x = left * scale
        wander = 0.0
        slope = habits.slope + rng.normal(0, 0.004)
        reach: Box | None = None
        for char in text:
            shape = glyph(self.hand, char, rng, pixels, pen)
            if not char.isspace():
                wander = 0.6 * wander + rng.normal(0, habits.wander)
                made = inked(self.hand, char, shape, pixels, rng, weighing(self.hand, char, pen))
                y = middle * scale - slope * (x - left * scale) + wander * pixels
                paper.lay(made.ink, x + made.dx, y + made.dy)
                ink = made.place(x, y, scale)
                if ink is not None:
                    reach = ink if reach is None else reach.union(ink)
            step = self._advance(char)
            if char in self.hand.cells:  # a real character is as wide as its writer made it
                step = max(0.6 * step, shape.advance * 0.96)
            x += step * pixels * squeeze * (1 + rng.normal(0, 0.5 * habits.jitter))
        return reach


def weighing(hand: Hand, char: str, pen: float) -> float:
    """The pen that a glyph still has to be brought to; 0 for what the pen drew or a person
    wrote."""
    drawn = (
        char in hand.cells
        or hand.habits.line != "font"
        or (char in DIGITS and hand.habits.drawn_digits)
    )
    return 0.0 if drawn else pen


def _rules(paper: Paper, box: Box) -> list[float]:
    """Where lines of writing begin and end in a box, mm: its edges and the horizontal rules printed
    in it."""
    x, y, width, height = (round(v) for v in paper.pixels(box))
    dark = (paper.blank[y : y + height, x : x + width] < 160).mean(1) > 0.35
    starts = np.flatnonzero(np.diff(np.concatenate([[0], dark.astype(np.int8)])) == 1)
    inside = [box.y + float(s) / paper.scale for s in starts]
    edges = [box.y, *(at for at in inside if box.y + 4 < at < box.bottom - 4), box.bottom]
    if not all(b - a > 4 for a, b in pairwise(edges)):
        return []
    return edges

"""Fonts of made-up hands, for practice sheets: every character drawn from its strokes
(:mod:`stroke_hands`), each once a font.

Debian and npm have some fifteen fonts of Japanese handwriting that may be fitted on, and a font
never varies its kanji. For developers only, in the environment of :mod:`train_recogniser`; what
comes out is KanjiVG's (CC BY-SA 3.0) and is not shipped.
"""

from __future__ import annotations

import argparse
import multiprocessing
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from tools.glyph_strokes import Ink
from tools.line_texts import writing_characters
from tools.stroke_hands import strokes_of, write_character

EM = 1000
FULL = 880
MIDDLE = 380
"""Units of an em, of a full character's height, of the middle line above the base line."""

NARROW, WIDE = 620, 1000
PEN = 5.0
ZOOM = 4


def _outline(ink: Ink, size: float, drop: float, advance: int) -> Any:
    """The edges of a drawing as a TrueType glyph; None where there is no ink."""
    ys, xs = np.nonzero(ink > 90)
    if not len(ys):
        return None
    close = ink[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
    big = cv2.resize(np.pad(close, 2), None, fx=ZOOM, fy=ZOOM, interpolation=cv2.INTER_CUBIC)
    edges, _ = cv2.findContours((big > 110).astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    unit = size * FULL / max(close.shape) / ZOOM
    left = (advance - big.shape[1] * unit) / 2
    top = MIDDLE - drop * FULL + big.shape[0] * unit / 2
    pen = TTGlyphPen(None)
    drawn = False
    for edge in edges:
        points = []
        for x, y in cv2.approxPolyDP(edge, 0.8, True)[:, 0]:
            points.append((round(left + x * unit), round(top - y * unit)))
        if len(points) > 2:
            pen.moveTo(points[0])
            for point in points[1:]:
                pen.lineTo(point)
            pen.closePath()
            drawn = True
    return pen.glyph() if drawn else None


def make_font(strokes: Path, out: Path, seed: int) -> int:
    """Write one font; returns how many characters it has."""
    rng = np.random.default_rng(seed)
    box = TTGlyphPen(None)
    box.moveTo((0, 0))
    for point in ((0, 700), (500, 700), (500, 0)):
        box.lineTo(point)
    box.closePath()
    glyphs: dict[str, Any] = {".notdef": box.glyph()}
    places = {}
    advances = {".notdef": NARROW}
    for character in writing_characters():
        drawn = strokes_of(strokes, character)
        advance = NARROW if character.isascii() else WIDE
        shape = write_character(drawn, rng, PEN) if drawn else None
        glyph = None
        if shape is not None:
            glyph = _outline(shape.ink, shape.size, shape.drop, advance)
        if glyph is not None:
            name = f"u{ord(character):05X}"
            glyphs[name], places[ord(character)], advances[name] = glyph, name, advance
    made = FontBuilder(EM, isTTF=True)
    made.setupGlyphOrder(list(glyphs))
    made.setupCharacterMap(places)
    made.setupGlyf(glyphs)
    made.setupHorizontalMetrics(
        {
            name: (advance, getattr(glyphs[name], "xMin", 0) or 0)
            for name, advance in advances.items()
        }
    )
    made.setupHorizontalHeader(ascent=FULL, descent=FULL - EM)
    made.setupNameTable({"familyName": f"strokes{seed}", "styleName": "Regular"})
    made.setupOS2(sTypoAscender=FULL, sTypoDescender=FULL - EM)
    made.setupPost()
    made.save(out / f"strokes{seed:02d}.ttf")
    return len(places)


def main() -> None:
    """Write fonts side by side."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--strokes", type=Path, required=True, help="folder of KanjiVG's SVG files")
    parser.add_argument("--count", type=int, default=14)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with multiprocessing.get_context("fork").Pool(2) as workers:
        jobs = [(options.strokes, options.out, seed) for seed in range(1, options.count + 1)]
        print(workers.starmap(make_font, jobs, chunksize=1), "characters")


if __name__ == "__main__":
    main()

"""A letter without a layout (FAX opinion): the page is read whole, in reading order."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence

import numpy as np
from rapidfuzz import fuzz

from ocr.decode.alphabets import Alphabets
from ocr.decode.beam import Hypothesis
from ocr.decode.ctc import Decoded, decode, score_texts
from ocr.engines.contract import Leaning, PageEngine, Probabilities
from ocr.engines.turned import TurnedReader
from ocr.letters.lines import Letter, Line, plain
from ocr.letters.order import in_order
from ocr.letters.regions import Region, crop_of, regions_of, turn_of, turned_back
from ocr.letters.ruledpaper import without_rules
from ocr.letters.tworeadings import Told, read_column
from ocr.weigh import language
from records.forms import FormDef
from records.types import Box, Gray

_SAMPLES, _SAMPLE_LONG = 4, 12.0
"""Lines by which a page is judged to be upside down, and how much of each, in its thicknesses."""

_CLEARLY = 1.15
"""A page is turned round where it reads so many times as well."""


class LetterReader:
    """Reads whole pages; safe to share by threads.

    Args:
        engine: reads lines, and columns with their characters laid side by side.
        alphabets: of the engine.
        turned: reads columns turned by a right angle; one is made where none is given.
    """

    def __init__(
        self, engine: PageEngine, alphabets: Alphabets, turned: TurnedReader | None = None
    ) -> None:
        self._engine = engine
        self._alphabet = alphabets.plain_writing()
        self._turned = turned or TurnedReader()

    def read(self, image: Gray, dpi: float) -> Letter:
        """Read a page whole: turn it upright, find its lines and columns, read each.

        Args:
            image: gray page, paper evened out; ``dpi`` its resolution.
        """
        found = self._engine.detect(image)
        image, found = turned_back(image, found, turn_of(found))
        image = without_rules(image, dpi)
        regions = regions_of(image, found, dpi)
        if self._is_upside_down(image, regions):
            image = np.ascontiguousarray(image[::-1, ::-1])
            found = [_turned_round(one, image) for one in found]
            regions = regions_of(image, found, dpi)
        lines: list[Line] = []
        for region in in_order(regions):
            line = self._line(image, region, dpi, lines)
            if line is not None:
                lines.append(line)
        return Letter(tuple(lines), image, dpi)

    def _line(self, image: Gray, region: Region, dpi: float, before: Sequence[Line]) -> Line | None:
        """What a region says; None where it says nothing."""
        picture = crop_of(image, region)
        if min(picture.shape) < 4:
            return None
        place = _place(region, dpi)
        if region.standing:
            told = read_column(self._engine, self._turned, picture)
            text = told.text.strip()
            return Line(text, place, _decoded(told), True, text) if text else None
        believed = self._engine.recognise(picture)
        decoded = decode(believed, self._alphabet, self._engine.characters)
        if not decoded.text.strip():
            return None
        last = before[-1].prose[-language.REACH :] if before else ""
        prose = self._as_prose(believed, decoded, last)
        return Line(decoded.text.strip(), place, decoded, False, prose)

    def _as_prose(self, believed: Probabilities, decoded: Decoded, before: str) -> str:
        """What the line says where it is running Japanese."""
        score = functools.partial(score_texts, believed, self._alphabet)
        texts = [hypothesis.text for hypothesis in decoded.best[:4]]
        context = language.Context(before)
        logs = language.likelier(believed, self._alphabet, score, texts, context)
        return (max(logs, key=logs.__getitem__) if logs else decoded.text).strip()

    def _is_upside_down(self, image: Gray, regions: Sequence[Region]) -> bool:
        """True where the page's longest lines read better turned round."""
        longest = sorted(regions, key=lambda r: -max(r.width, r.height))[:_SAMPLES]
        here = there = 0.0
        for region in longest:
            sample = _begun(crop_of(image, region), region.standing)
            here += self._clearness(sample, region.standing)
            there += self._clearness(np.ascontiguousarray(sample[::-1, ::-1]), region.standing)
        return there > here * _CLEARLY

    def _clearness(self, picture: Gray, standing: bool) -> float:
        """Mean belief in the characters of a line or column."""
        read = self._turned.read if standing else self._engine.recognise
        probabilities = read(picture)
        inked = probabilities.argmax(axis=1) > 0
        return float(probabilities.max(axis=1)[inked].mean()) if inked.any() else 0.0


def _begun(picture: Gray, standing: bool) -> Gray:
    """The middle of a long line or column."""
    long, thick = (picture.shape[0], picture.shape[1]) if standing else picture.shape[::-1]
    most = max(8, round(_SAMPLE_LONG * thick))
    start = max(0, (long - most) // 2)
    part = slice(start, start + most)
    return np.ascontiguousarray(picture[part] if standing else picture[:, part])


def _turned_round(one: Leaning, image: Gray) -> Leaning:
    height, width = image.shape
    return Leaning(width - one.x, height - one.y, one.width, one.height, one.angle)


def _place(region: Region, dpi: float) -> Box:
    """The region in mm."""
    mm = 25.4 / dpi
    left, top = max(0.0, region.left * mm), max(0.0, region.top * mm)
    return Box(left, top, max(0.1, region.width * mm), max(0.1, region.height * mm))


def _decoded(told: Told) -> Decoded:
    """A column's text with its beliefs, as a decoded line has them: what the readings do not agree
    on is believed half at most."""
    shares = [min(b, 0.5) if n in told.doubtful else b for n, b in enumerate(told.beliefs)]
    share = math.prod(shares)
    hypothesis = Hypothesis(told.text.strip(), share, math.log(max(share, 1e-300)))
    score = float(np.mean(told.beliefs)) if told.beliefs else 0.0
    weakest = min(shares, default=0.0)
    return Decoded((hypothesis,), told.text, score, 1.0, weakest, 1.0 - weakest)


def is_letter(letter: Letter, form: FormDef) -> bool:
    """True where the lines say one of the form's keywords, or the form asks for none and the page
    reads well."""
    words = [word for page in form.pages for word in page.keywords]
    if not words:
        return letter.score > 0.6 and sum(len(line.text) for line in letter.lines) >= 20
    whole = plain("".join(line.text for line in letter.lines))
    return any(fuzz.partial_ratio(plain(word), whole) >= 80 for word in words)

"""One field of an aligned page: find its ink, read it, say what was seen.

Nothing here decides whether a value is right. A :class:`ocr.seen.Seen` carries texts in order of
belief and measured facts; :mod:`ocr.trust.model` turns them into a probability.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from ocr.decode.alphabets import Alphabets
from ocr.decode.beam import Hypothesis
from ocr.decode.cells import read_cells, with_lattice
from ocr.decode.codes import read_code
from ocr.decode.columns import columns_of
from ocr.decode.columns import rules_in as rules_down
from ocr.decode.ctc import Alphabet, Decoded, decode, instead, said, score_texts
from ocr.decode.looks import DIGITS, Look, Looking, installed, is_kana, looked_once
from ocr.decode.pieces import lattice_of_line
from ocr.decode.standing import standing_text
from ocr.engines import tesseract
from ocr.engines.contract import PageEngine, Probabilities
from ocr.engines.ppocr import HEIGHT, STEP
from ocr.fieldmarks import all_marks, one_mark, presence
from ocr.ink.crops import Crop, cut, lines_of, rules_in
from ocr.ink.marks import read_marks
from ocr.ink.small_ink import signs_of
from ocr.ink.strikes import STRUCK, Strike, standing, strike_in
from ocr.laid_sheet import Sheet, boxes_of
from ocr.seen import EMPTY, Scorer, Seen, both_looks, shares_of
from ocr.weigh import language
from ocr.weigh.figures import spellings
from records.forms import FieldDef, Part
from records.types import Box, Gray, Problem, Reading

LINE_WEIGHT = 0.8
"""Weight of the digit network beside the line reader where a line has to be cut apart first."""

KANA_LINE_WEIGHT = 0.8
"""The same for the networks for kana."""

_STOP = re.compile("[0oO○。.]{1,4}")

FAINT_WRITING = Problem(
    "faint_mark", "薄くて読み取りにくい書き込みがあります。用紙を見て確認してください"
)

CLEAR, ROOM = 0.97, 1.5
"""Crossed-out writing is not read with so much belief in each character, one for so many heights of
the line."""

TWO_COLUMNS_MM = 9.0
"""A box of vertical writing that is so wide may hold several columns."""


class FieldReader:
    """Reads the places of fields.

    Args:
        engine: the line reader.
        second_reader: ask Tesseract where it is installed and may decide.
        places: names of places that are written of, see :func:`ocr.weigh.language.places_of`.
    """

    def __init__(
        self, engine: PageEngine, second_reader: bool = False, places: tuple[str, ...] = ()
    ) -> None:
        self.engine = engine
        self._places = places
        self._second = second_reader and tesseract.is_installed()
        self._engines = installed(engine)

    @functools.cached_property
    def alphabets(self) -> Alphabets:
        return Alphabets(self.engine.characters)

    def read(self, item: FieldDef, sheet: Sheet) -> dict[str, Seen]:
        """What is seen in each place of a field: under ``""`` for a simple field, by part (and
        ``era``) otherwise."""
        seen: dict[str, Seen] = {}
        if item.place is not None:
            seen[""] = self._part(item, "", item.place, sheet)
        for name, part in item.parts.items():
            seen[name] = self._part(item, name, part, sheet)
        if item.era is not None:
            if item.era.circle:
                seen["era"] = one_mark(
                    read_marks(sheet.ink, item.era.circle, "circle", sheet.around(item.era.circle)),
                    "元号",
                )
            elif item.era.box is not None:
                seen["era"] = self._line(item, "era", item.era.box, sheet)
        return seen

    def _part(self, item: FieldDef, name: str, part: Part, sheet: Sheet) -> Seen:
        """What is seen in a place; where that is nothing, what is there of a light hand, which a
        person then looks at."""
        seen = self._plainly(item, name, part, sheet)
        several = item.traits.holds_several and not name
        if (
            item.kind == "code"
            or (seen.text and not several)
            or any(p.code != "faint_mark" for p in seen.problems)
        ):
            return seen
        is_line = not (part.options or seen.text or item.traits.is_mark)
        if is_line and sheet.has_crumbled(boxes_of(part)):
            return replace(seen, problems=(FAINT_WRITING,))
        if not sheet.has_faint(
            [*boxes_of(part), *part.options.values()], 2.0 if part.options else -0.3
        ):
            return seen
        other = self._plainly(item, name, part, sheet.fainter)
        if other.text in ("", seen.text) or (
            several and not set(seen.text.split("\n")) - {""} <= set(other.text.split("\n"))
        ):
            return seen
        return replace(other, problems=(FAINT_WRITING,))

    def _plainly(self, item: FieldDef, name: str, part: Part, sheet: Sheet) -> Seen:
        if part.options:
            evidence = read_marks(sheet.ink, part.options, part.mark, sheet.around(part.options))
            return (
                all_marks(evidence)
                if item.traits.holds_several and not name
                else one_mark(evidence, item.title)
            )
        if item.traits.is_mark and not name and part.box is not None:
            return presence(sheet, part.box, item.kind, part.mark)
        if item.kind == "code" and part.box is not None:
            return read_code(item, part.box, sheet.aligned, sheet.ink, sheet.code_places)
        if part.cells:
            spaced = item.kind in ("kana", "name", "text")
            return read_cells(
                self._engines,
                self.alphabets.of(item, name),
                part.cells,
                sheet.ink,
                sheet.near,
                spaced,
            )
        assert part.box is not None
        return self._line(item, name, part.box, sheet)

    def _line(self, item: FieldDef, name: str, box: Box, sheet: Sheet) -> Seen:
        """A box with writing in it: one line, or several where the kind and the box allow it."""
        if item.vertical:
            return self._columns(item, name, box, sheet)
        others = sheet.near(box)
        if item.traits.spans_lines and not name and (item.kind == "lines" or box.height >= 9.0):
            rules = rules_in(sheet.aligned.blank.print_mask, box)
            crops = lines_of(sheet.ink, box, rules, others, points=item.traits.is_prose)
        else:
            crop = cut(sheet.ink, box, others, points=item.traits.is_prose and not item.values)
            crops = [crop] if crop else []
        if not crops:
            return EMPTY
        looking = looked_once(self.engine.look)
        strikes = [_struck(crop, looking) for crop in crops]
        problems = (STRUCK,) if any(strikes) else ()
        crops = [standing(crop, strike) for crop, strike in zip(crops, strikes, strict=True)]
        return self._lines_read(item, name, crops, problems, looking)

    def _columns(self, item: FieldDef, name: str, box: Box, sheet: Sheet) -> Seen:
        """A box with vertical writing: its columns, read as lines are."""
        several = item.traits.spans_lines and not name
        several &= item.kind == "lines" or box.width >= TWO_COLUMNS_MM
        rules = rules_down(sheet.aligned.blank.print_mask, box) if several else ()
        columns = columns_of(sheet.ink, box, rules, sheet.near(box), one=not several)
        alphabet = self.alphabets.of(item, name)

        def best(line: Gray) -> Hypothesis:
            return decode(self.engine.recognise(line), alphabet, self.engine.characters).best[0]

        read = functools.partial(self._lines_read, item, name)
        seen = standing_text(columns, best, read, "" if name else item.kind, alphabet)
        if seen.other is not None:  # the line that was made of a column is no print as it was
            asked = len(columns) == 1 and tesseract.reads_columns()
            other = functools.partial(tesseract.read_column, columns[0].image) if asked else None
            seen = replace(seen, other=other)
        return seen

    def _lines_read(
        self,
        item: FieldDef,
        name: str,
        crops: Sequence[Crop],
        problems: tuple[Problem, ...],
        looking: Looking | None = None,
    ) -> Seen:
        """What is seen in the lines of one place; ``looking``: the engine, where it has looked at
        some of them."""
        alphabet = self.alphabets.of(item, name)
        looking = looking or self.engine.look
        looks = [Look(*looking(crop.image), alphabet) for crop in crops]
        decoded = [decode(look.believed, alphabet, self.engine.characters) for look in looks]
        looks = [
            self._engines.listen(look, line.text) for look, line in zip(looks, decoded, strict=True)
        ]
        if item.traits.is_prose and not item.values:
            looks = [
                replace(look, signs=signs_of(crop.image, look.believed, alphabet), first=line.text)
                for look, crop, line in zip(looks, crops, decoded, strict=True)
            ]
            decoded = [_signed(look, line) for look, line in zip(looks, decoded, strict=True)]
        if len(crops) > 1:
            decoded = [_weighed(look, line) for look, line in zip(looks, decoded, strict=True)]
            gap = 0.0
            if item.traits.is_prose:
                decoded, gap = _as_prose(looks, decoded, self._places)
            joined = _joined(decoded, crops, "\n" if item.kind == "lines" else "")
            doubts = [look.doubts(line.text) for look, line in zip(looks, decoded, strict=True)]
            unsaid = sum(found.get("unsaid", 0.0) for found in doubts)
            features = {**joined.features, "gap": gap} | ({"unsaid": unsaid} if unsaid else {})
            return replace(joined, features=features, problems=problems)
        prose = (
            item.traits.is_prose
            and not item.values
            and not any("@" in h.text for h in decoded[0].best[:4])
        )
        if prose:
            decoded, _ = _as_prose(looks, decoded, self._places)
        seen = replace(_joined(decoded, crops, ""), problems=problems)
        other = functools.partial(tesseract.read_line, crops[0].image) if self._second else None
        again = functools.partial(self._again, crops[0].image, alphabet, seen.text)
        anew = functools.partial(self._anew, crops[0].image, alphabet, seen.text)
        seen = looks[0].weigh(replace(seen, again=again, anew=anew, other=other))
        if is_kana(alphabet):
            return self._with_kana(seen, crops[0].image)
        seen = self._with_digits(seen, crops[0].image, looks[0].believed)
        return _keeping(seen, [h.text for h in decoded[0].best[:3]], item) if prose else seen

    def _with_kana(self, seen: Seen, image: Gray) -> Seen:
        """The line with its kana looked at one by one."""
        net = self._engines.kana(seen.text)
        lattice = None if net is None else lattice_of_line(net, image)
        return (
            seen if lattice is None else with_lattice(seen, lattice, KANA_LINE_WEIGHT, name="laid")
        )

    def _with_digits(self, seen: Seen, image: Gray, believed: Probabilities) -> Seen:
        """The line with its digits looked at one by one, where it has any."""
        net = self._engines.digits
        if net is None or not any(c in DIGITS for t, _ in seen.texts[:3] for c in t):
            return seen
        frames = np.flatnonzero(believed[:, self._digit_classes].sum(axis=1) > 0.2)
        start = (float(frames[0]) * STEP / HEIGHT - 0.45) * image.shape[0] if len(frames) else 0.0
        lattice = lattice_of_line(net, image, start)
        return (
            seen
            if lattice is None
            else with_lattice(seen, lattice, LINE_WEIGHT, _from_digit, "laid")
        )

    @functools.cached_property
    def _digit_classes(self) -> list[int]:
        return [self.engine.index[c] for c in DIGITS]

    def _anew(self, image: Gray, alphabet: Alphabet, text: str) -> Scorer:
        """The same line read again in both sizes."""
        first = self._engines.read(image, alphabet, text).score
        return both_looks(first, self._again(image, alphabet, text))

    def _again(self, image: Gray, alphabet: Alphabet, text: str) -> Scorer:
        """The same writing smaller in its line and a little wider: another sampling for the
        network, other errors."""
        margin = max(3, round(0.14 * image.shape[0]))
        wide = cv2.resize(
            image, (round(image.shape[1] * 1.08), image.shape[0]), interpolation=cv2.INTER_LINEAR
        )
        padded = cv2.copyMakeBorder(
            wide, margin, margin, margin, margin, cv2.BORDER_CONSTANT, value=(255,)
        )
        return self._engines.read(np.asarray(padded, np.uint8), alphabet, text).score


def _struck(crop: Crop, looking: Looking) -> Strike | None:
    """What is crossed out. The level strokes of 鹿 are two lines through writing as well; but
    what is crossed out cannot be read with next to no doubt, character by character (of 89
    crossed-out entries 1, a single 菜 wider than it is)."""
    strike = strike_in(crop.image)
    if strike is None:
        return None
    believed, _ = looking(crop.image)
    frame = crop.image.shape[0] * STEP / HEIGHT
    inside = believed[int(strike.left / frame) : math.ceil(strike.right / frame)]
    clear = inside.max(axis=1)[inside.argmax(axis=1) > 0]
    wide = (strike.right - strike.left) / crop.image.shape[0]
    return None if len(clear) >= max(1.0, wide / ROOM) and clear.min() > CLEAR else strike


def _from_digit(text: str) -> str:
    """The text from its first digit on."""
    return next((text[place:] for place, character in enumerate(text) if character in DIGITS), "")


def _weighed(look: Look, decoded: Decoded) -> Decoded:
    """A line's hypotheses in the order of what the line reader and the heads believe together."""
    seen = look.weigh(Seen(tuple((h.text, h.share) for h in decoded.best), (), {}))
    return replace(
        decoded,
        best=tuple(
            Hypothesis(text, share, math.log(max(share, 1e-300))) for text, share in seen.texts
        ),
    )


def _signed(look: Look, decoded: Decoded) -> Decoded:
    """A line's hypotheses with those that say its small ink, and those that spell its numbers as
    people do."""
    own = [h.text for h in decoded.best]
    made = spellings(own[:3])
    if look.signs is not None:
        made += look.signs.spellings([*own[:3], *made[:3]])
    made = [text for text in dict.fromkeys(made) if text and text not in own]
    logs = score_texts(look.believed, look.alphabet, map(said, made))
    more = [Hypothesis(text, 0.0, logs[said(text)]) for text in made if said(text) in logs]
    return replace(decoded, best=(*decoded.best, *more))


def _as_prose(
    looks: Sequence[Look], decoded: Sequence[Decoded], places: tuple[str, ...] = ()
) -> tuple[list[Decoded], float]:
    """The lines of one text with what they are likelier to say as Japanese, and how far (natural
    log) that lies behind what the readers alone would rather read."""
    lines = [
        (look.believed, look.alphabet, look.score, [h.text for h in line.best])
        for look, line in zip(looks, decoded, strict=True)
    ]
    made, gap = [], 0.0
    for look, line, logs in zip(
        looks, decoded, language.together(lines, places=places), strict=True
    ):
        own = look.score(logs) if logs else {}
        gap += max(own.values()) - own[max(logs, key=logs.__getitem__)] if own else 0.0
        best = (
            [Hypothesis(text, share, logs[text]) for text, share in shares_of(logs).items()][:12]
            if logs
            else line.best
        )
        made.append(instead(line, look.believed, look.alphabet, best))
    return made, gap


def _keeping(seen: Seen, texts: Sequence[str], item: FieldDef) -> Seen:
    """What was seen of a line of one's own words, with ``texts`` among it:
    :mod:`ocr.weigh.weighing` weighs all of them by language once more."""
    known = {text for text, _ in seen.texts}
    more = ((text, 0.0) for text in texts if text not in known)
    free = float(not item.lexicon and not item.charset)
    return replace(seen, texts=(*seen.texts, *more), features={**seen.features, "free": free})


def _joined(decoded: Sequence[Decoded], crops: Sequence[Crop], between: str) -> Seen:
    """One seen text of one or more decoded lines; alternatives change one line at a time."""
    best = [d.text for d in decoded]
    if between and len(best) > 1:  # a full stop alone in a line looks like a nought
        best = [
            "。" if place and _STOP.fullmatch(text) else text for place, text in enumerate(best)
        ]
    share = math.prod(d.best[0].share for d in decoded)
    texts = {between.join(best): share}
    for place, line in enumerate(decoded):
        for other in line.best[1:6]:
            text = between.join([*best[:place], other.text, *best[place + 1 :]])
            texts[text] = share / max(1e-9, line.best[0].share) * other.share
    ranked = sorted(texts.items(), key=lambda t: -t[1])[:8]
    free = between.join(d.free for d in decoded)
    scores = [d.free_score for d in decoded]
    features = {
        "share": share,
        "kept": min(d.kept for d in decoded),
        "weakest": min(d.weakest for d in decoded),
        "second": max(d.second for d in decoded),
        "free_score": float(np.mean(scores)),
        "overflow": max(c.overflow for c in crops),
        "length": float(len(between.join(best))),
        "lines": float(len(crops)),
        "height": float(np.mean([c.place.height for c in crops])),
    }
    reading = Reading(free, float(np.mean(scores)), "ppocr", tuple(ranked), features)
    return Seen(tuple(ranked), (reading,), features)

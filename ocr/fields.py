"""One field of an aligned page: find its ink, read it, say what was seen.

Nothing here decides whether a value is right. A :class:`ocr.seen.Seen` carries texts in order of
belief and measured facts; :mod:`ocr.trust.model` turns them into a probability.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.decode.alphabets import Alphabets
from ocr.decode.cells import DIGITS, Look, installed, is_kana, read_cells, with_lattice
from ocr.decode.codes import read_code
from ocr.decode.columns import columns_of
from ocr.decode.columns import rules_in as rules_down
from ocr.decode.ctc import Alphabet, Decoded, Hypothesis, decode, instead, said, score_texts
from ocr.decode.pieces import lattice_of_line
from ocr.decode.standing import standing_text
from ocr.engines import tesseract
from ocr.engines.ppocr import HEIGHT, STEP, PpOcr, Probabilities
from ocr.ink.marks import FAINT, SURE, MarkEvidence, read_marks
from ocr.ink.small_ink import signs_of
from ocr.ink.strikes import STRUCK, Strike, standing, strike_in
from ocr.ink.strokes import Crop, Ink, cut, find_ink, lines_of, parted, rules_in
from ocr.place.align import Aligned
from ocr.place.blank import PX, Each, pixels
from ocr.seen import EMPTY, Scorer, Seen, both_looks, shares_of
from ocr.views.digital import words_on
from ocr.weigh import language
from ocr.weigh.figures import spellings
from records.forms import FieldDef, Part
from records.types import Box, Gray, Page, Problem, Reading, Word

LINE_WEIGHT = 0.8
"""Weight of the digit network beside the line reader where a line has to be cut apart first."""

SCRIBBLED, FAR_MORE = 1.4, 2.0
"""Of two marks in a single choice the one with so many times the ink of the other is taken for the
one that was struck out."""

CROSSED, CROSSED_MORE = 0.28, 1.08
"""The level line through a crossed-out mark is at least this long, in widths of the option, and so
many times that of the other."""

KANA_LINE_WEIGHT = 0.8
"""The same for the networks for kana."""

_SAME_MM = 0.1
"""Places whose edges differ by no more lie one within the other."""

_STOP = re.compile("[0oO○。.]{1,4}")

UNCLEAR_MM2 = 0.9
"""So much ink at an option that is not marked is shown to a person."""

LIGHT = 224.0
"""What is lighter than this is paper, whatever print and ink are like."""

_FAINT_MM2 = 0.8
"""So much that is darker than paper, without being ink, may be writing."""

_BESIDE_INK = np.ones((2 * round(0.8 * PX) + 1,) * 2, np.uint8)
"""So near to ink it is the edge of a blurred stroke."""

FAINT_WRITING = Problem(
    "faint_mark", "薄くて読み取りにくい書き込みがあります。用紙を見て確認してください"
)

CLEAR, ROOM = 0.97, 1.5
"""Crossed-out writing is not read with so much belief in each character, one for so many heights of
the line."""

TWO_COLUMNS_MM = 9.0
"""A box of vertical writing that is so wide may hold several columns."""


@dataclass(frozen=True, eq=False)
class Sheet:
    """An aligned page with its ink and the places of all fields on it."""

    page: Page
    aligned: Aligned
    ink: Ink
    places: tuple[Box, ...]
    code_places: tuple[Box, ...] = ()

    @functools.cached_property
    def coarse_mm(self) -> float:
        return _coarse(self.page)

    @functools.cached_property
    def words(self) -> tuple[Word, ...]:
        """What the page's text layer says beside the print, where it stands on the blank."""
        return words_on(self.aligned, self.page.words)

    @functools.cached_property
    def fainter(self) -> Sheet:
        """The same sheet with everything for ink that is darker than its paper: for places where a
        light hand left no more."""
        return replace(
            self,
            ink=find_ink(
                replace(self.aligned, dark=self._no_paper(self.aligned.image)), self.coarse_mm
            ),
        )

    def _no_paper(self, image: Gray) -> NDArray[np.bool_]:
        """What is darker than paper, averaged so that grain is none of it."""
        return np.asarray(cv2.blur(image, (3, 3)) < max(LIGHT, self.ink.faint))

    def has_faint(self, boxes: Iterable[Box], margin: float) -> bool:
        """True where something that is no ink for certain, and no print, covers as much as a light
        hand's stroke does."""
        if not self.ink.faint:
            return False
        for box in boxes:
            window = pixels(box, self.ink.written, margin)
            faint = self._no_paper(self.aligned.image[window])
            labels = self.ink.labels[window]
            ink = labels > 0
            if (
                margin < 0
            ):  # the specks in a place that seems empty are what is left of its own strokes
                ink &= ~np.isin(labels, self.ink.strokes_in(box))
            inked = cv2.dilate(ink.astype(np.uint8), _BESIDE_INK) > 0
            if (
                faint & ~inked & ~self.aligned.blank.near_print[window]
            ).sum() >= _FAINT_MM2 * PX**2:
                return True
        return False

    def around(self, options: Mapping[str, Box]) -> list[Box]:
        """The places of other fields near any of ``options``."""
        own = set(options.values())
        return list(dict.fromkeys(b for box in own for b in self.near(box) if b not in own))

    def near(self, box: Box) -> list[Box]:
        """The places of other fields within 6 mm of ``box``."""
        left, top, right, bottom = self._edges
        wide = box.grown(6.0)
        beside = (left < wide.right) & (right > wide.x) & (top < wide.bottom) & (bottom > wide.y)
        outer, inner = box.grown(_SAME_MM), box.grown(-_SAME_MM)
        within = (left >= outer.x) & (top >= outer.y)
        within &= (right <= outer.right) & (bottom <= outer.bottom)
        around = (left <= inner.x) & (top <= inner.y)
        around &= (right >= inner.right) & (bottom >= inner.bottom)
        found = np.flatnonzero(beside & ~within & ~around)
        return [self.places[n] for n in found.tolist()]

    @functools.cached_property
    def _edges(self) -> NDArray[np.float64]:
        """Left, top, right and bottom of :attr:`places`, mm; a row each."""
        corners = [(b.x, b.y, b.right, b.bottom) for b in self.places]
        return np.asarray(corners, np.float64).reshape(-1, 4).T


def _coarse(page: Page) -> float:
    return 25.4 / min(page.source_dpi) if page.source_dpi else 25.4 / page.dpi


def _boxes(part: Part) -> list[Box]:
    """Where something is written in a part: its box, and its rows of cells."""
    return [*([part.box] if part.box else []), *(c.box for c in part.cells)]


def make_sheet(page: Page, aligned: Aligned, fields: Sequence[FieldDef], each: Each = map) -> Sheet:
    """Take the print away and list the places of ``fields`` (those of this page); ``each`` as for
    :func:`ocr.ink.strokes.find_ink`."""
    places: list[Box] = []
    written: list[Box] = []
    for item in fields:
        for part in (*([item.place] if item.place else []), *item.parts.values()):
            boxes = _boxes(part)
            written += boxes if item.kind not in ("mark", "seal", "signature", "code") else []
            places += [*boxes, *part.options.values()]
        if item.era:
            places += [*item.era.circle.values(), *([item.era.box] if item.era.box else [])]
    gray = bool(
        (page.image[::5, ::5] == 255).mean() < 0.8
    )  # of a FAX or a black-and-white scan nearly all is pure white
    codes = [f.place.box for f in fields if f.kind == "code" and f.place and f.place.box]
    ink = parted(find_ink(aligned, _coarse(page), each, gray), written)
    return Sheet(page, aligned, ink, tuple(places), tuple(codes))


class FieldReader:
    """Reads the places of fields.

    Args:
        engine: the line reader.
        second_reader: ask Tesseract where it is installed and may decide.
        places: names of places that are written of, see :func:`ocr.weigh.language.places_of`.
    """

    def __init__(
        self, engine: PpOcr, second_reader: bool = False, places: tuple[str, ...] = ()
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
                seen["era"] = _one_mark(
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
        if not sheet.has_faint(
            [*_boxes(part), *part.options.values()], 2.0 if part.options else -0.3
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
                _all_marks(evidence)
                if item.traits.holds_several and not name
                else _one_mark(evidence, item.title)
            )
        if item.traits.is_mark and not name and part.box is not None:
            return _presence(sheet, part.box, item.kind, part.mark)
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
            crop = cut(sheet.ink, box, others)
            crops = [crop] if crop else []
        if not crops:
            return EMPTY
        strikes = [self._struck(crop) for crop in crops]
        problems = (STRUCK,) if any(strikes) else ()
        crops = [standing(crop, strike) for crop, strike in zip(crops, strikes, strict=True)]
        return self._lines_read(item, name, crops, problems)

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
        self, item: FieldDef, name: str, crops: Sequence[Crop], problems: tuple[Problem, ...]
    ) -> Seen:
        """What is seen in the lines of one place."""
        alphabet = self.alphabets.of(item, name)
        looks = [Look(*self.engine.look(crop.image), alphabet) for crop in crops]
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
        return _keeping(seen, [h.text for h in decoded[0].best[:3]]) if prose else seen

    def _struck(self, crop: Crop) -> Strike | None:
        """What is crossed out. The level strokes of 鹿 are two lines through writing as well; but
        what is crossed out cannot be read with next to no doubt, character by character (of 89
        crossed-out entries 1, a single 菜 wider than it is)."""
        strike = strike_in(crop.image)
        if strike is None:
            return None
        believed = self.engine.recognise(crop.image)
        frame = crop.image.shape[0] * STEP / HEIGHT
        inside = believed[int(strike.left / frame) : math.ceil(strike.right / frame)]
        clear = inside.max(axis=1)[inside.argmax(axis=1) > 0]
        wide = (strike.right - strike.left) / crop.image.shape[0]
        return None if len(clear) >= max(1.0, wide / ROOM) and clear.min() > CLEAR else strike

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


def _keeping(seen: Seen, texts: Sequence[str]) -> Seen:
    """What was seen, with ``texts`` among it: :mod:`ocr.weigh.weighing` weighs all of them by language once
    more."""
    known = {text for text, _ in seen.texts}
    return replace(seen, texts=(*seen.texts, *((text, 0.0) for text in texts if text not in known)))


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


def _one_mark(evidence: Mapping[str, MarkEvidence], title: str) -> Seen:
    """Exactly one option marked: that option; none: empty; more, or a faint or struck one: a person
    decides."""
    sure = [n for n, e in evidence.items() if e.score >= SURE]
    faint = [n for n, e in evidence.items() if FAINT <= e.score < SURE]
    struck = [n for n in sure if evidence[n].struck]
    problems: list[Problem] = []
    if struck:
        problems.append(
            Problem(
                "struck_out",
                f"「{struck[0]}」の印が消されているように見えます。どれを選んだか確認してください",
            )
        )
    if len(sure) > 1:
        problems.append(
            Problem(
                "two_marks",
                f"「{'」「'.join(sure)}」の{len(sure)}か所に印があります。一つだけ選ばれているはずです",
            )
        )
    if not sure:
        faint = faint or _unclear(evidence)
    if faint:
        problems.append(
            Problem(
                "faint_mark", f"「{faint[0]}」に薄い印があります。選ばれているか確認してください"
            )
        )
    kept = [n for n in sure if n not in struck]
    # which one was meant is proposed; a person is asked all the same
    if len(kept) == 2 and not struck:
        kept = _standing(kept, evidence)
    elif (
        len(kept) > 2
    ):  # frames that the print's removal left behind are alike, and less than a mark
        most, next_ = sorted(kept, key=lambda n: -evidence[n].ink)[:2]
        kept = [most] if evidence[most].ink > FAR_MORE * evidence[next_].ink else kept
    if len(kept) == 1 and struck:
        problems = problems[:1]
    return _mark_seen(
        kept[0] if len(kept) == 1 else "",
        evidence,
        problems,
        any(e.ink > 0.2 for e in evidence.values()),
    )


def _standing(two: list[str], evidence: Mapping[str, MarkEvidence]) -> list[str]:
    """The one of two marks that was not crossed out: the other has a level line through it, or far
    more ink. Of one ring that reaches into two options the option that has more of it."""
    less, more = sorted(two, key=lambda n: evidence[n].ink)
    if (
        evidence[less].stroke == evidence[more].stroke
        and evidence[more].ink > FAR_MORE * evidence[less].ink
    ):
        return [more]
    less, more = sorted(two, key=lambda n: evidence[n].level)
    if evidence[more].level > max(CROSSED, CROSSED_MORE * evidence[less].level):
        return [less]
    less, more = sorted(two, key=lambda n: evidence[n].ink)
    return [less] if evidence[more].ink > SCRIBBLED * evidence[less].ink else two


def _unclear(evidence: Mapping[str, MarkEvidence]) -> list[str]:
    """Options with ink that makes no mark: of a ring that was drawn on the printed box, a quarter
    is left when the box is gone."""
    return [n for n, e in evidence.items() if e.score < FAINT and e.ink >= UNCLEAR_MM2]


def _all_marks(evidence: Mapping[str, MarkEvidence]) -> Seen:
    """The marked options, one a line, in the form's order."""
    sure = [n for n, e in evidence.items() if e.score >= SURE]
    unclear = _unclear(evidence)
    problems = [
        Problem("faint_mark", f"「{n}」に薄い印があります。選ばれているか確認してください")
        for n, e in evidence.items()
        if FAINT <= e.score < SURE or n in unclear
    ]
    problems += [
        Problem(
            "struck_out", f"「{n}」の印が消されているように見えます。選ばれているか確認してください"
        )
        for n in sure
        if evidence[n].struck
    ]
    return _mark_seen(
        "\n".join(n for n in sure if not evidence[n].struck), evidence, problems[:1], bool(sure)
    )


def _mark_seen(
    text: str, evidence: Mapping[str, MarkEvidence], problems: Sequence[Problem], inked: bool
) -> Seen:
    """A seen mark with its distance from the undecided score."""
    scores = {n: e.score for n, e in evidence.items()}
    margin = min(abs(s - (SURE + FAINT) / 2) for s in scores.values())
    features = {"mark_margin": margin, "marks": float(sum(s >= SURE for s in scores.values()))}
    ranked = tuple(sorted(scores.items(), key=lambda s: -s[1]))
    best = max(scores.values())
    reading = Reading(text, best, "mark", ranked, features)
    return Seen(
        ((text, 1.0),),
        (reading,),
        features,
        tuple(problems),
        empty=not text and not inked and not problems,
    )


def _presence(sheet: Sheet, box: Box, kind: str, mark: str) -> Seen:
    """A tick box, a seal or a signature: is it there?"""
    if kind == "mark":
        evidence = read_marks(sheet.ink, {"yes": box}, mark or "check", sheet.near(box))
        return _one_mark(evidence, "")
    area = sheet.ink.amount(box, 1.0)
    low, high = (2.0, 9.0) if kind == "seal" else (0.6, 2.0)
    score = float(np.clip((area - low) / (high - low), 0, 1))
    problems = []
    if 0.15 < score < 0.6:
        what = "印影" if kind == "seal" else "署名"
        problems.append(
            Problem("faint_mark", f"{what}があるかどうか、はっきりしません。確認してください")
        )
    features = {"mark_margin": abs(score - 0.4), "ink": area}
    text = "yes" if score >= 0.4 else ""
    return Seen(
        ((text, 1.0),),
        (Reading(text, score, "mark", (), features),),
        features,
        tuple(problems),
        empty=area < 0.3,
    )

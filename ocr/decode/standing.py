"""What vertical writing says: its columns read as lines, in the ways in which they may be taken
apart, with kanji numerals and the dashes of telephone numbers."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from ocr.decode.beam import Hypothesis
from ocr.decode.ctc import Alphabet
from ocr.decode.looks import is_kana
from ocr.decode.vertical import Laid, laid, turned
from ocr.ink.crops import Crop
from ocr.ink.strikes import STRUCK, strike_in
from ocr.seen import EMPTY, Scorer, Seen, shares_of
from records.kinds import kind_of
from records.types import Gray, Problem

LONGEST = 2000
"""Pixels of a line: the line reader squeezes what is longer than 1600."""

_LINES, _TEXTS = 3, 12
"""Ways that are read in full; texts kept of them."""

_STOPPED = 2.5
"""Natural log by which 、 or 。 is unlikely in what is no running text: specks look like them."""


def standing_text(
    columns: Sequence[Crop],
    best: Callable[[Gray], Hypothesis],
    read: Callable[[Sequence[Crop], tuple[Problem, ...]], Seen],
    kind: str,
    alphabet: Alphabet,
) -> Seen:
    """Read the columns of one place. What is no running text is one line however many columns it
    takes.

    Args:
        columns: upright, from right to left.
        best: what a line is likeliest to say.
        read: what is seen in lines; gets the problems that are known already.
        kind: of the field; empty for a part of one.
        alphabet: what the field can hold.
    """
    believe = functools.partial(_belief, best, kind == "lines")
    kana, numeric = is_kana(alphabet), not {"亜", "一"} & set(alphabet.place)
    laid_down = [(column, laid(believe, column.image, kana, numeric)) for column in columns]
    columns = [column for column, ways in laid_down if ways]
    every = [ways for _, ways in laid_down if ways]
    if not laid_down:
        return EMPTY
    if not columns:  # written too lightly to be taken apart, and no empty place
        return Seen((("", 1.0),), (), {"vertical": 1.0})
    struck = any(strike_in(turned(column.image)) for column in columns)
    problems = (STRUCK,) if struck else ()
    lines = in_one_line(columns, every) if kind != "lines" else []
    if lines:
        seen = together([(log, read([crop], problems)) for log, crop in lines])
    else:
        crops = [_crop(ways[0].image, [c]) for c, ways in zip(columns, every, strict=True)]
        seen = read(crops, problems)
    if kind == "phone":
        seen = with_dashes(seen)
    elif kind_of(kind).has_kanji_numerals:
        seen = spelled(seen, any(ways[0].dashes for ways in every))
    facts = {"vertical": 1.0, "lines": float(len(columns))}
    return replace(seen, features={**seen.features, **facts})


def _belief(best: Callable[[Gray], Hypothesis], running: bool, line: Gray) -> float:
    likeliest = best(line)
    return likeliest.log + (0.0 if running else unstopped(likeliest.text))


def in_one_line(
    columns: Sequence[Crop], ways: Sequence[Sequence[Laid]]
) -> list[tuple[float, Crop]]:
    """The columns of one text as one line, in the likeliest ways: one column at a time is laid down
    otherwise. Empty where the line would be too long for the line reader."""
    best = [own[0] for own in ways]
    combinations = [best]
    for number, own in enumerate(ways):
        combinations += [[*best[:number], other, *best[number + 1 :]] for other in own[1:]]
    combinations.sort(key=lambda made: -sum(part.log for part in made))
    lines = []
    for made in combinations[:_LINES]:
        image = np.ascontiguousarray(np.hstack([part.image for part in made]))
        if image.shape[1] > LONGEST:
            return []
        shapes = sum(part.shapes for part in made)
        lines.append((shapes, _crop(image, columns)))
    return lines


def _crop(image: Gray, columns: Sequence[Crop]) -> Crop:
    place = columns[0].place
    for column in columns[1:]:
        place = place.union(column.place)
    overflow = max(column.overflow for column in columns)
    return Crop(image, place, overflow, sum(column.marks for column in columns))


def unstopped(text: str) -> float:
    """Natural log of how likely a text's 、 and 。 are in what is no running text."""
    return -_STOPPED * sum(character in "、。，," for character in text)


def together(looks: Sequence[tuple[float, Seen]]) -> Seen:
    """One text read in several ways of taking it apart: a text is believed as far as the way that
    speaks most for it goes, and less where it has stops.

    Args:
        looks: natural log of what speaks for the way beside what was read, and what was seen; best
            first, all with a scorer.
    """
    first = looks[0][1]
    if len(looks) == 1 or any(seen.scorer is None for _, seen in looks):
        return first
    scorer = functools.partial(_most, [(log, seen.scorer) for log, seen in looks])
    texts = dict.fromkeys(text for _, seen in looks for text, _ in seen.texts)
    scored = scorer(texts)
    if not scored:
        return first
    ranked = tuple(shares_of(scored).items())[:_TEXTS]
    leading = next((seen for _, seen in looks if seen.text == ranked[0][0]), first)

    def again() -> Scorer:
        asked = [(log, seen.again()) for log, seen in looks if seen.again is not None]
        return functools.partial(_most, asked)

    return replace(leading, texts=ranked, scorer=scorer, again=again)


def _most(scorers: Sequence[tuple[float, Scorer | None]], texts: Iterable[str]) -> dict[str, float]:
    wanted = list(texts)
    made: dict[str, float] = {}
    for log, scorer in scorers:
        for text, own in scorer(wanted).items() if scorer is not None else ():
            made[text] = max(made.get(text, -math.inf), log + own + unstopped(text))
    return made


_NUMERALS = "〇一二三四五六七八九十百千"
_LOOK_ALIKE = str.maketrans("ニハミナ○◯。0Oo", "二八三十〇〇〇〇〇〇")
_RUN_OF_NUMERALS = re.compile(f"[{_NUMERALS}ニハミナ○◯。0Ooー]+")
_COUNTED = re.compile("[番号丁階年月日]")


def in_numerals(text: str, dashes: bool = True) -> str:
    """Characters that are written like a kanji numeral are one beside others: 二ハ四番地 is
    二八四番地, ニ0三号 is 二〇三号.

    Args:
        dashes: a stroke of the column was laid down, so that ー may be a dash and not 一.
    """
    table = _LOOK_ALIKE if dashes else _LOOK_ALIKE | {ord("ー"): "一"}

    def numerals(found: re.Match[str]) -> str:
        before, after = text[: found.start()][-1:], text[found.end() :][:1]
        run = found[0]
        head = run[: len(run) - len(run.lstrip("。ー0Oo"))]
        tail = run[len(run.rstrip("。")) :]
        body = run[len(head) : len(run) - len(tail)]
        beside = before + after
        if any((c.isascii() and c.isalnum()) or "ァ" <= c <= "ヶ" or c == "ー" for c in beside):
            return run
        sure = any(c in _NUMERALS for c in body)
        counted = _COUNTED.match(after) and not tail and ("一" <= before <= "鿿" or before == "の")
        return head + body.translate(table) + tail if sure or counted else run

    return _RUN_OF_NUMERALS.sub(numerals, text)


def spelled(seen: Seen, dashes: bool) -> Seen:
    """What was seen, with kanji numerals for what looks like them (:func:`in_numerals`): each such
    text is believed as its source is."""
    sources = {in_numerals(text, dashes): text for text, _ in reversed(seen.texts)}
    if all(text == source for text, source in sources.items()):
        return seen
    shares: dict[str, float] = {}
    for text, share in seen.texts:
        made = in_numerals(text, dashes)
        shares[made] = shares.get(made, 0.0) + share
    texts = tuple(sorted(shares.items(), key=lambda t: -t[1]))
    scorer, again = seen.scorer, seen.again
    return replace(
        seen,
        texts=texts,
        scorer=None if scorer is None else functools.partial(_as_sources, scorer, sources),
        again=None if again is None else lambda: functools.partial(_as_sources, again(), sources),
    )


def _as_sources(
    scorer: Scorer, sources: Mapping[str, str], texts: Iterable[str]
) -> dict[str, float]:
    wanted = list(texts)
    scored = scorer([*wanted, *(sources[text] for text in wanted if text in sources)])
    made = {text: log for text in wanted if (log := scored.get(text)) is not None}
    for text in wanted:
        source = scored.get(sources.get(text, ""), -math.inf)
        if source > made.get(text, -math.inf):
            made[text] = source
    return made


def kanji_number(number: int) -> str:
    """A number from 1 to 99 as it is written from top to bottom: 十二, 二十."""
    tens, ones = divmod(number, 10)
    digits = _NUMERALS[:10]
    head = "" if tens == 0 else "十" if tens == 1 else f"{digits[tens]}十"
    return head + (digits[ones] if ones else "")


_PHONE_GROUPS = ((4, 2, 4), (3, 4, 4), (2, 4, 4), (3, 3, 4), (5, 1, 4))


def dashed(text: str) -> list[str]:
    """Telephone numbers in which what was read as 1 may be a dash that stands: 0954162112111."""
    found = []
    for groups in _PHONE_GROUPS:
        first, second = groups[0], groups[0] + groups[1] + 1
        if len(text) == sum(groups) + 2 and text[first] in "1-" and text[second] in "1-":
            found.append(f"{text[:first]}-{text[first + 1 : second]}-{text[second + 1 :]}")
    return found


def with_dashes(seen: Seen) -> Seen:
    """What was seen of a telephone number, with its dashes among the texts."""
    known = {text for text, _ in seen.texts}
    more = [made for text, _ in seen.texts[:4] for made in dashed(text) if made not in known]
    return replace(seen, texts=(*seen.texts, *((text, 0.0) for text in dict.fromkeys(more))))

"""Marks of a field, as seen: one option, several, a tick, a seal, a signature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ocr.ink.marks import FAINT, SURE, MarkEvidence, read_marks
from ocr.laid_sheet import Sheet
from ocr.seen import Seen
from records.types import Box, Problem, Reading

SCRIBBLED, FAR_MORE = 1.4, 2.0
"""Of two marks in a single choice the one with so many times the ink of the other is taken for the
one that was struck out."""

CROSSED, CROSSED_MORE = 0.28, 1.08
"""The level line through a crossed-out mark is at least this long, in widths of the option, and so
many times that of the other."""

UNCLEAR_MM2 = 0.9
"""So much ink at an option that is not marked is shown to a person."""


def one_mark(evidence: Mapping[str, MarkEvidence], title: str) -> Seen:
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


def all_marks(evidence: Mapping[str, MarkEvidence]) -> Seen:
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


def presence(sheet: Sheet, box: Box, kind: str, mark: str) -> Seen:
    """A tick box, a seal or a signature: is it there?"""
    if kind == "mark":
        evidence = read_marks(sheet.ink, {"yes": box}, mark or "check", sheet.near(box))
        return one_mark(evidence, "")
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

"""Decoding for a purpose: what a field can mean decides among what its ink can be.

Each place of a field comes with texts in order of belief and a scorer that tells what the engine
gives to any other text. Candidates are added that the field makes likely (days of a month, the
office's postal codes, known names) and everything is weighed together: log belief = log CTC + log
prior. A prior lifts what the engine nearly said; it never makes up what it did not see, and how far
the winner lies behind the engine's own best (``gap``) counts against it when trust is computed.
"""

from __future__ import annotations

import functools
import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from ocr.office.taught import NO_CORRECTIONS, Corrections
from ocr.seen import Scorer, Seen, both_looks, shares_of
from ocr.weigh import language
from ocr.weigh.priors.asked import Prior
from ocr.weigh.priors.dates import RANGES
from records.normalise.names import variants_of
from records.types import Problem, Reading

Key = Callable[[str], str]
"""Texts with one key are one value: they share their belief."""


KEPT = 8


PRINTED = 0.97
"""A free score from which a line is as clear as print, so that Tesseract's word counts."""


SURE = 0.9
"""With this belief after the first look the ink is not read a second time. 0.985 asked for half as
many looks again and decided no field of 120 sheets otherwise."""


OVERRULED = 0.7
"""Natural log by which a text must lie behind without what the office taught for its choice to be
shown to a person."""


_WITHOUT = {
    "phone": re.compile(r"[\s()（）\-‐−ー・]"),
    "postal_code": re.compile(r"[\s\-‐−ー〒]"),
    "amount": re.compile(r"[\s,、¥円]"),
    "number": re.compile(r"[\s,]"),
}


_BLANKS = re.compile(r"\s+")


def value_key(kind: str, part: str) -> Key:
    """What two texts of a place have in common that make one value: 辻 愛 and 辻愛, 09 and 9,
    (0123)45-6789 and 0123-45-6789."""
    if part in RANGES or part == "year":
        return lambda text: without_blanks(text).lstrip("0")
    return functools.partial((_BLANKS if part else _WITHOUT.get(kind, _BLANKS)).sub, "")


def without_blanks(text: str) -> str:
    return _BLANKS.sub("", text)


def weigh(
    look: Seen,
    extra: Iterable[str],
    prior: Prior,
    key: Key = without_blanks,
    lift: Prior | None = None,
    corrections: Corrections = NO_CORRECTIONS,
) -> Seen:
    """Score the place's own texts and the extra ones anew and order them by belief, one text a
    value.

    Where the first look leaves a doubt the ink is read once more; the two looks count as one and a
    third, as their errors go together.

    Args:
        key: tells which texts are one value.
        lift: log weight of what the office taught. It may confirm in silence; where it overrules, a
        person is asked.
        corrections: what people of the office put in place of a text that may be read.
    """
    settle = functools.partial(_settled, prior, lift)
    assert look.scorer is not None
    own = look.scorer([*(t for t, _ in look.texts), *extra, *corrections])
    if not own:
        return look
    logs = _corrected(own, corrections)
    order, shares = _shares(settle(logs), key)
    features = dict(look.features)
    if look.again is not None and shares[order[0]] < SURE:
        weighed = settle(logs)
        near = max(weighed.values()) - _FAR
        few = sorted(
            (t for t, weight in weighed.items() if weight > near), key=lambda t: -weighed[t]
        )[:16]
        asked = look.again()
        second = asked([*few, *(corrections[t][0] for t in few if t in corrections)])
        features["second_share"] = (
            _of_value(order[0], _shares(settle(_corrected(second, corrections)), key)[1], key)
            if second
            else 0.0
        )
        own = {t: 0.67 * (own[t] + second[t]) for t in second if t in own} or own
        logs = _corrected(own, corrections)
        order, shares = _shares(settle(logs), key)
        look = replace(look, again=None, scorer=both_looks(look.scorer, asked))
    best = order[0]
    if look.other is not None and shares[best] < SURE and features.get("free_score", 0.0) > PRINTED:
        text = look.other()
        features["agreed"] = 1.5 if _bare(text) == _bare(best) else features.get("agreed", 0.0)
        look = replace(
            look, other=None, readings=(*look.readings, Reading(text, None, "tesseract"))
        )
    same = max((log for t, log in own.items() if key(t) == key(best)), default=NEVER)
    features |= {"share": shares[best], "gap": max(own.values()) - same}
    features["prior"] = prior(best) + (lift(best) if lift else 0.0)
    features |= look.opinion(best) if look.opinion is not None else {}
    if isinstance(prior, language.Speech):
        features["objection"] = prior.objection(logs, best)
    features["variants"] = float(sum(bool(variants_of(c)) for c in best))
    if lift is not None:
        plainly = _settled(prior, None, {best: NEVER} | own)
        first = max(own, key=plainly.__getitem__)
        behind = plainly[first] - plainly[best]
        look, features = taught_by(look, features, best, first, behind, lift(best))
        if corrections and look.scorer is not None:
            look = replace(look, scorer=_correcting(look.scorer, corrections))
    return replace(look, texts=tuple((t, shares[t]) for t in order[:KEPT]), features=features)


NEVER = -30.0
"""Log belief in a text that the engine cannot have meant."""


_FAR = 11.5
"""Natural log by which a text must lie behind the best for a second look to pass it over."""


def _corrected(logs: Mapping[str, float], corrections: Corrections) -> dict[str, float]:
    """``logs``, where a corrected text has at least its odds to the text that it corrects."""
    made = dict(logs)
    for text, (source, odds) in corrections.items():
        if source in logs and odds > -math.inf:
            made[text] = max(made.get(text, NEVER), logs[source] + odds)
    return made


def _correcting(scorer: Scorer, corrections: Corrections) -> Scorer:
    """The engine's scorer, with the corrections in what it says."""

    def score(texts: Iterable[str]) -> dict[str, float]:
        wanted = list(texts)
        logs = _corrected(
            scorer([*wanted, *(corrections[t][0] for t in wanted if t in corrections)]), corrections
        )
        return {t: logs[t] for t in wanted if t in logs}

    return score


def _settled(prior: Prior, lift: Prior | None, logs: Mapping[str, float]) -> dict[str, float]:
    """Log belief of each text with what its field and the office make of it."""
    lifted = dict(logs) if lift is None else {t: log + lift(t) for t, log in logs.items()}
    if isinstance(prior, language.Speech):
        return prior.settled(lifted)
    return {t: log + prior(t) for t, log in lifted.items()}


def taught_by(
    look: Seen,
    features: dict[str, float],
    best: str,
    own: str,
    behind: float,
    lift: float,
) -> tuple[Seen, dict[str, float]]:
    """Say how much what was learned counted; ``behind``: how far ``best`` lies behind ``own``
    without it."""
    if lift > 0:
        features["lift"] = lift
    if _bare(best) == _bare(own) or behind <= 0:
        return look, features
    features["overruled"] = behind
    if behind <= OVERRULED:
        return look, features
    message = (
        f"ここでの訂正、よく書かれる語、一覧から「{best}」と読みました(それ"
        f"がなければ「{own}」)。用紙を見て確認してください"
    )
    return replace(look, problems=(*look.problems, Problem("learned", message))), features


def _bare(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def _shares(logs: Mapping[str, float], key: Key) -> tuple[list[str], dict[str, float]]:
    """The likeliest text of each value by falling belief in the value, and that belief, summing to
    1."""
    likeliest: dict[str, str] = {}
    beliefs: dict[str, float] = {}
    for text, share in shares_of(logs).items():
        value = key(text)
        likeliest.setdefault(value, text)
        beliefs[value] = beliefs.get(value, 0.0) + share
    order = sorted(beliefs, key=lambda v: -beliefs[v])
    return [likeliest[v] for v in order], {likeliest[v]: beliefs[v] for v in order}


def _of_value(text: str, shares: Mapping[str, float], key: Key) -> float:
    """The belief in the value of ``text``, 0 where it is not among them."""
    return next((share for t, share in shares.items() if key(t) == key(text)), 0.0)

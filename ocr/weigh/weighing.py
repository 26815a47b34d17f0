"""Decoding for a purpose: what a field can mean decides among what its ink can be.

Each place of a field comes with texts in order of belief and a scorer that tells what the engine
gives to any other text. Candidates are added that the field makes likely (days of a month, the
office's postal codes, known names) and everything is weighed together: log belief = log CTC + log
prior. A prior lifts what the engine nearly said; it never makes up what it did not see, and how far
the winner lies behind the engine's own best (``gap``) counts against it when trust is computed.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from ocr.office.taught import NO_CORRECTIONS, Corrections
from ocr.seen import Scorer, Seen, both_looks, shares_of
from ocr.weigh import language
from ocr.weigh.mistaken import meant
from ocr.weigh.priors.asked import Prior
from ocr.weigh.priors.dates import RANGES
from records.kinds import kind_of
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

_BLANKS = re.compile(r"\s+")


def value_key(kind: str, part: str) -> Key:
    """What two texts of a place have in common that make one value: 辻 愛 and 辻愛, 09 and 9,
    (0123)45-6789 and 0123-45-6789."""
    if part in RANGES or part == "year":
        return lambda text: without_blanks(text).lstrip("0")
    unsaid = "" if part else kind_of(kind).unsaid
    return lambda text: _without(text, unsaid)


def _without(text: str, unsaid: str) -> str:
    kept = (character for character in without_blanks(text) if character not in unsaid)
    return "".join(kept)


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
    assert look.scorer is not None
    spoken = isinstance(prior, language.Speech)
    slips = meant(t for t, _ in look.texts[:KEPT]) if spoken else {}
    scales = _Scales(prior, key, lift, corrections, slips)
    own = look.scorer([*(t for t, _ in look.texts), *extra, *slips, *corrections])
    if not own:
        return look
    order, shares = scales.shares(own)
    if look.again is not None and shares[order[0]] < SURE:
        look, own = _looked_again(look, own, order[0], scales)
        order, shares = scales.shares(own)
    best = order[0]
    if look.other is not None and shares[best] < SURE:
        look = _asked_other(look, best)
    features = dict(look.features)
    same = max((log for text, log in own.items() if key(text) == key(best)), default=NEVER)
    features |= {"share": shares[best], "gap": max(own.values()) - same}
    features["prior"] = prior(best) + (lift(best) if lift else 0.0)
    features |= look.opinion(best) if look.opinion is not None else {}
    if isinstance(prior, language.Speech):
        features["objection"] = prior.objection(scales.corrected(own), best)
    if best in slips and own[best] < own.get(slips[best][0], NEVER):
        features["meant"] = 1.0
    features["variants"] = float(sum(bool(variants_of(c)) for c in best))
    if lift is not None:
        look, features = scales.with_lesson(look, features, own, best, lift(best))
    return replace(look, texts=tuple((t, shares[t]) for t in order[:KEPT]), features=features)


@dataclass(frozen=True, slots=True)
class _Scales:
    """What the texts of one place are weighed by, see :func:`weigh`."""

    prior: Prior
    key: Key
    lift: Prior | None
    corrections: Corrections
    slips: Corrections

    def corrected(self, own: Mapping[str, float]) -> dict[str, float]:
        """The engine's ``own`` logs, with what people and rules say it takes for something else."""
        return _corrected(_with_meant(own, self.slips), self.corrections)

    def weights(self, own: Mapping[str, float]) -> dict[str, float]:
        """Log belief of each text, from the engine's ``own`` logs."""
        return _settled(self.prior, self.lift, self.corrected(own))

    def shares(self, own: Mapping[str, float]) -> tuple[list[str], dict[str, float]]:
        """The likeliest text of each value by falling belief, and that belief."""
        return _shares(self.weights(own), self.key)

    def with_lesson(
        self,
        look: Seen,
        features: dict[str, float],
        own: Mapping[str, float],
        best: str,
        lift: float,
    ) -> tuple[Seen, dict[str, float]]:
        """Say how much of the choice of ``best`` the office taught."""
        plainly = _settled(self.prior, None, {best: NEVER} | dict(own))
        first = max(own, key=plainly.__getitem__)
        behind = plainly[first] - plainly[best]
        look, features = taught_by(look, features, best, first, behind, lift)
        if self.corrections and look.scorer is not None:
            look = replace(look, scorer=_correcting(look.scorer, self.corrections))
        return look, features


def _looked_again(
    look: Seen, own: Mapping[str, float], first: str, scales: _Scales
) -> tuple[Seen, dict[str, float]]:
    """Read the ink a second time for the texts that may still win; ``first`` is the best so far."""
    assert look.again is not None
    assert look.scorer is not None
    weighed = scales.weights(own)
    near = max(weighed.values()) - _FAR
    likely = [text for text, weight in weighed.items() if weight > near]
    few = sorted(likely, key=lambda text: -weighed[text])[:_ASKED_AGAIN]
    known = {**scales.slips, **scales.corrections}
    sources = [known[text][0] for text in few if text in known]
    asked = look.again()
    second = asked([*few, *sources])
    share = _of_value(first, scales.shares(second)[1], scales.key) if second else 0.0
    both = {text: 0.67 * (own[text] + second[text]) for text in second if text in own}
    features = {**look.features, "second_share": share}
    seen = replace(look, again=None, scorer=both_looks(look.scorer, asked), features=features)
    return seen, both or dict(own)


def _asked_other(look: Seen, best: str) -> Seen:
    """Ask another engine about a line that is as clear as print."""
    if look.other is None or look.features.get("free_score", 0.0) <= PRINTED:
        return look
    text = look.other()
    agreed = 1.5 if _bare(text) == _bare(best) else look.features.get("agreed", 0.0)
    readings = (*look.readings, Reading(text, None, "tesseract"))
    features = {**look.features, "agreed": agreed}
    return replace(look, other=None, readings=readings, features=features)


_ASKED_AGAIN = 16
"""So many texts are weighed in a second look."""

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


def _with_meant(logs: Mapping[str, float], slips: Corrections) -> dict[str, float]:
    """``logs``, where the likeliest of the texts that are meant by one that was seen has its odds
    to that one, and the others theirs to the likeliest."""
    made = dict(logs)
    likeliest: dict[str, float] = {}
    for text, (source, _) in slips.items():
        if text in logs:
            likeliest[source] = max(logs[text], likeliest.get(source, -math.inf))
    for text, (source, odds) in slips.items():
        if source in logs and text in logs:
            behind = logs[text] - likeliest[source]
            made[text] = max(made[text], logs[source] + odds + behind)
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

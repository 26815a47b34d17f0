"""Fields that speak of one person: a name and its furigana, an account's holder."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from ocr.office.taught import NOTHING, Learned
from ocr.seen import Seen
from ocr.weigh.lexicon import Names
from ocr.weigh.nearnames import known_name, names_for, readings_of, reads_as
from ocr.weigh.priors.furigana import kana_spelled
from ocr.weigh.priors.personal import KNOWN_NAME, old_forms
from ocr.weigh.weighing import KEPT, NEVER, taught_by, without_blanks
from records.forms import FieldDef, FormDef
from records.normalise.kana import in_hiragana, to_hiragana, to_katakana


def name_pairs(form: FormDef) -> list[tuple[str, str]]:
    """(furigana, name) fields that speak of one person: ``x_kana`` and ``x`` or ``x_name``, or a
    kana box right above a name."""
    pairs = []
    for item in form.fields.values():
        if item.kind != "kana":
            continue
        stem = item.name.removesuffix("_kana").removesuffix("_furigana")
        partner = next(
            (
                n
                for n in (stem, f"{stem}_name")
                if n != item.name and n in form.fields and form.fields[n].kind == "name"
            ),
            "",
        )
        if not partner:
            partner = _name_below(item, form)
        if partner:
            pairs.append((item.name, partner))
    return pairs


def _name_below(kana: FieldDef, form: FormDef) -> str:
    area = kana.area
    if area is None:
        return ""
    best, nearest = "", 6.0
    for item in form.fields.values():
        other = item.area
        if item.kind != "name" or other is None or item.page != kana.page:
            continue
        shared = min(area.right, other.right) - max(area.x, other.x)
        gap = other.y - area.bottom
        if shared > 0.5 * min(area.width, other.width) and -1.0 <= gap < nearest:
            best, nearest = item.name, gap
    return best


def name_with_kana(
    name: Seen | None, kana: Seen | None, learned: Learned = NOTHING
) -> tuple[Seen, Seen] | None:
    """A name and its furigana, weighed together: a pair that reads as one lifts both."""
    if (
        name is None
        or kana is None
        or name.empty
        or kana.empty
        or name.scorer is None
        or kana.scorer is None
    ):
        return None
    table = learned.names if learned else None
    kana_texts = [t for t, _ in kana.texts]
    script = to_hiragana if in_hiragana(kana_texts[0]) else to_katakana
    kana_texts = _new_values(
        kana_texts, [script(k) for n, _ in name.texts[:4] for k in readings_of(n, table=table)]
    )
    wanted = [
        n
        for k in kana_texts[:4]
        for n in names_for(to_katakana("".join(k.split())), name.text, table=table)
    ]
    names = dict(name.texts)
    name_logs = name.scorer(_new_values([*names], wanted))
    kana_logs = kana.scorer(kana_texts)
    if not name_logs or not kana_logs:
        return None
    pairs = _weighed_pairs(name_logs, kana_logs, table)
    top = max(pairs.values())
    weights = {pair: math.exp(v - top) for pair, v in pairs.items()}
    best = max(weights, key=lambda p: weights[p])
    agreed = float(
        max(reads_as(n, k, table) for (n, k), w in weights.items() if w == weights[best])
    )
    made = (
        _marginal(name, name_logs, weights, 0, agreed),
        _marginal(kana, kana_logs, weights, 1, agreed),
    )
    if not learned:
        return made
    plainly = _weighed_pairs(name_logs, kana_logs, None)
    own = max(plainly, key=lambda p: plainly[p])
    behind, lift = plainly[own] - plainly[best], pairs[best] - plainly[best]
    lifted = []
    for side, look in enumerate(made):
        taught, features = taught_by(look, dict(look.features), look.text, own[side], behind, lift)
        lifted.append(replace(taught, features=features))
    return lifted[0], lifted[1]


def _new_values(texts: Sequence[str], more: Iterable[str]) -> list[str]:
    """``texts``, and of ``more`` those that are not one of them with other blanks: one value is
    weighed once."""
    known = {without_blanks(text) for text in texts}
    return [*texts, *dict.fromkeys(text for text in more if without_blanks(text) not in known)]


READ_AS = 2.2
"""Log by which a name and a furigana are the likelier together for each half that reads so."""

_NO_PAIR = 20.0
"""A pair that lies so far (natural log) behind the best name with the best furigana is out of
question either way."""


def _weighed_pairs(
    name_logs: Mapping[str, float],
    kana_logs: Mapping[str, float],
    table: Names | None,
) -> dict[tuple[str, str], float]:
    """Log belief of every (name, furigana)."""
    kana_prior = kana_spelled([], table=table)[1]
    kana_own = {k: log + kana_prior(k) for k, log in kana_logs.items()}
    name_own = {
        n: log + KNOWN_NAME * known_name(n, table) - 1.5 * old_forms(n)
        for n, log in name_logs.items()
    }
    least = max(name_own.values()) + max(kana_own.values()) - _NO_PAIR
    return {
        (n, k): name + kana + (READ_AS * reads_as(n, k, table) if name + kana > least else 0.0)
        for n, name in name_own.items()
        for k, kana in kana_own.items()
    }


def _marginal(
    look: Seen,
    logs: Mapping[str, float],
    weights: Mapping[tuple[str, str], float],
    side: int,
    agreed: float,
) -> Seen:
    total = sum(weights.values())
    shares: dict[str, float] = {}
    for pair, weight in weights.items():
        shares[pair[side]] = shares.get(pair[side], 0.0) + weight / total
    ranked = sorted(shares.items(), key=lambda t: -t[1])[:KEPT]
    features = {
        **look.features,
        "share": ranked[0][1],
        "gap": max(logs.values()) - logs[ranked[0][0]],
        "agreed": agreed,
    }
    return replace(look, texts=tuple(ranked), features=features)


SAME_PERSON = 4.0
"""Natural log by which a holder and a furigana of the sheet that read alike are likelier than two
that do not: most people give their own account, and two names are seldom one letter apart."""

_TOO_FAR = -9.0
"""With less log belief than this for one name in both places, they are two people."""


def weigh_holders(form: FormDef, made: dict[str, dict[str, Seen]]) -> None:
    """An account's holder is mostly somebody whose furigana stands on the same sheet: two readings
    of one name.

    What neither place reads best may be what both read second best. That they agree makes neither
    surer: when it did, four of 225 furigana above the bar were wrong, two of them with the other
    place agreeing.
    """
    people = [
        name
        for name, parts in made.items()
        if form.fields[name].kind == "kana" and _can_be_asked(parts.get(""))
    ]
    for parts in made.values():
        holder = parts.get("holder")
        if holder is None or not _can_be_asked(holder):
            continue
        pairs = {name: _beliefs(made[name][""], holder) for name in people}
        near = {
            name: max(one[n] + other[n] for n in one.keys() & other.keys())
            for name, (one, other) in pairs.items()
            if one.keys() & other.keys()
        }
        name = max(near, key=lambda n: near[n], default="")
        if name and near[name] > _TOO_FAR:
            made[name][""], parts["holder"] = _as_one(made[name][""], holder, pairs[name])


def _can_be_asked(look: Seen | None) -> bool:
    return look is not None and look.scorer is not None and not look.empty


def _plain_kana(text: str) -> str:
    return to_katakana("".join(text.split()))


def _spelled_as(plain: str, like: str) -> str:
    """A name in the script, and with the blank between its words, that ``like`` is written with."""
    text = to_hiragana(plain) if in_hiragana(like) else plain
    blank = next((place for place, c in enumerate(like) if c.isspace()), 0)
    same = blank and len("".join(like.split())) == len(plain)
    return f"{text[:blank]} {text[blank:]}" if same else text


def _own_beliefs(look: Seen, names: Sequence[str]) -> dict[str, float]:
    """Natural log of what a place believes of each name (plain katakana), against its best text: 0
    for that one."""
    assert look.scorer is not None
    best, share = look.texts[0]
    known: dict[str, float] = {}
    for text, own in look.texts:
        plain = _plain_kana(text)
        known[plain] = max(known.get(plain, NEVER), math.log(max(own, 1e-12) / share))
    spelled_out = {name: _spelled_as(name, best) for name in names}
    logs = look.scorer([best, *spelled_out.values()])
    prior = kana_spelled([])[1]
    for name, text in spelled_out.items():
        if name not in known and text in logs and best in logs:
            known[name] = min(0.0, logs[text] + prior(text) - logs[best] - prior(best))
    return known


Beliefs = tuple[dict[str, float], dict[str, float]]


def _beliefs(one: Seen, other: Seen) -> Beliefs:
    """What each of two places believes of the names that either of them proposes, see
    :func:`_own_beliefs`."""
    names = list(
        dict.fromkeys(_plain_kana(text) for look in (one, other) for text, _ in look.texts if text)
    )
    return _own_beliefs(one, names), _own_beliefs(other, names)


def _as_one(one: Seen, other: Seen, beliefs: Beliefs) -> tuple[Seen, Seen]:
    """Both places, weighed together as two readings of what is probably one name."""
    weights = {
        (a, b): math.exp(x + y + (SAME_PERSON if a == b else 0.0))
        for a, x in beliefs[0].items()
        for b, y in beliefs[1].items()
    }
    made = []
    for side, look in enumerate((one, other)):
        shares: dict[str, float] = {}
        for pair, weight in weights.items():
            shares[pair[side]] = shares.get(pair[side], 0.0) + weight
        total = sum(shares.values())
        written = {_plain_kana(text): text for text, _ in reversed(look.texts)}
        ranked = sorted(shares.items(), key=lambda t: -t[1])[:KEPT]
        texts = tuple(
            (written.get(name) or _spelled_as(name, look.text), share / total)
            for name, share in ranked
        )
        # two places by one hand err alike: which text wins is decided together, how sure it is by
        # each place alone
        own = look.texts[0][1] * math.exp(beliefs[side][ranked[0][0]])
        features = {**look.features, "share": min(texts[0][1], own)}
        if texts[0][0] != look.text:
            features["gap"] = look.features.get("gap", 0.0) - beliefs[side][ranked[0][0]]
            features |= look.opinion(texts[0][0]) if look.opinion is not None else {}
        made.append(replace(look, texts=texts, features=features))
    return made[0], made[1]

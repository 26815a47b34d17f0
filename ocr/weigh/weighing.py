"""Decoding for a purpose: what a field can mean decides among what its ink can be.

Each place of a field comes with texts in order of belief and a scorer that tells what the engine
gives to any other text. Candidates are added that the field makes likely (days of a month, the
office's postal codes, known names, a furigana that goes with the name beside it) and everything is
weighed together: log belief = log CTC + log prior. A prior lifts what the engine nearly said; it
never makes up what it did not see, and how far the winner lies behind the engine's own best
(``gap``) counts against it when trust is computed.
"""

from __future__ import annotations

import functools
import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from rapidfuzz import fuzz, process

from ocr.decode.standing import kanji_number
from ocr.office.taught import NO_CORRECTIONS, NOTHING, Corrections, Learned
from ocr.seen import Scorer, Seen, both_looks, shares_of
from ocr.weigh import language
from ocr.weigh.figures import oddness, spellings
from ocr.weigh.lexicon import (
    Names,
    impossible_kana,
    kana_variants,
    known_kana,
    known_name,
    likely_kana,
    likely_names,
    names_for,
    readings_of,
    reads_as,
    smoothed,
    spelled,
)
from ocr.weigh.likely import likely
from ocr.weigh.mail import mail_prior, mail_spellings
from records.forms import FieldDef, FormDef
from records.normalise import normalise
from records.normalise.kana import in_hiragana, to_hiragana, to_katakana
from records.normalise.names import fold, variants_of
from records.normalise.zengin import banks
from records.site import Office
from records.types import Problem, Reading

Prior = Callable[[str], float]

Key = Callable[[str], str]
"""Texts with one key are one value: they share their belief."""

_RANGES = {"month": (1, 12), "day": (1, 31), "hour": (0, 23), "minute": (0, 59)}
_ERA_YEARS = {"明治": 45, "大正": 15, "昭和": 64, "平成": 31}
_AHEAD = 3
"""A form speaks of years up to so many ahead."""

_YMD = re.compile(r"^(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])$")
_PARTED = re.compile(
    r"^\D{0,2}\s?(\d{1,4}|元)\s?[./\-年・·, ]\s?(\d{1,2})\s?[./\-月・·, ]\s?(\d{1,2})\s?日?$"
)
_HOUR = re.compile(r"^(.{0,2}?)(\d{1,2})\s?[時:]\s?(\d{2})\d{0,2}$")
_ONE_MINUTE = re.compile(r"^(.{0,2}?\d{1,2})時([0-9])[0-9]$")
_NO_COLON = re.compile(r"^([01]?\d|2[0-4])\s?([0-5]\d)$")
_TIME = re.compile(r".{0,2}[0-2]?\d(?:(?:[:：]|時)\s?(?:([0-5]?\d)分?|半)?| ([0-5]\d))")

_DOT = re.compile(r"(?<=[0-9])[.,·・](?=[0-9])")
"""Between the numbers of an address a dot is a dash."""

FOREIGN = -2.5
"""Log prior of a postal code or town that is not the office's own, against one that is."""

KNOWN_KANA, KNOWN_NAME = 3.0, 1.5
"""Log prior of a family or given name that is known, in kana and in kanji."""

WRONG = 4.0
"""Log by which a text that cannot be right (a wrong check digit, no telephone number) is the less
likely: people slip, too."""

KEPT = 8

PRINTED = 0.97
"""A free score from which a line is as clear as print, so that Tesseract's word counts."""

SURE = 0.9
"""With this belief after the first look the ink is not read a second time. 0.985 asked for half as
many looks again and decided no field of 120 sheets otherwise."""

OVERRULED = 0.7
"""Natural log by which a text must lie behind without what the office taught for its choice to be
shown to a person."""


def refine(
    form: FormDef,
    seen: Mapping[str, Mapping[str, Seen]],
    office: Office,
    learned: Learned = NOTHING,
) -> dict[str, dict[str, Seen]]:
    """Weigh every field's texts by what the field, its neighbours and the office make likely.

    Args:
        seen: by field, then by part (``""`` for a simple field).
        learned: what the office's people taught.

    Returns:
        The same, with texts in new order, their posterior shares, and the features ``gap`` and
        ``prior``; where what was learned counts, ``lift`` (log weight that it gave) and
        ``overruled`` (how far the text lies behind without it).
    """
    made = {
        name: alone(form, form.fields[name], parts, office, learned) for name, parts in seen.items()
    }
    return together(form, made, office, learned)


def alone(
    form: FormDef,
    item: FieldDef,
    parts: Mapping[str, Seen],
    office: Office,
    learned: Learned = NOTHING,
) -> dict[str, Seen]:
    """The first half of :func:`refine`: one field by itself. Ink may be read again here, so it pays
    to do fields side by side."""
    return {
        part: _one(form, item, part, look, parts, office, learned) for part, look in parts.items()
    }


def together(
    form: FormDef, made: dict[str, dict[str, Seen]], office: Office, learned: Learned = NOTHING
) -> dict[str, dict[str, Seen]]:
    """The second half of :func:`refine`: fields that speak of one thing are weighed together;
    changes and returns ``made``."""
    for kana, name in name_pairs(form):
        if kana in made and name in made:
            both = _name_with_kana(made[name].get(""), made[kana].get(""), learned)
            if both:
                made[name][""], made[kana][""] = both
    _holders(form, made)
    _postal_with_address(form, made, office)
    return made


def _one(
    form: FormDef,
    item: FieldDef,
    part: str,
    look: Seen,
    parts: Mapping[str, Seen],
    office: Office,
    learned: Learned,
) -> Seen:
    """One place by itself."""
    if look.empty or look.scorer is None or not look.texts[0][0]:
        return _smoothed_only(item, look)
    era = parts["era"].text if "era" in parts else (item.era.fixed if item.era else "")
    read = [t for t, _ in look.texts]
    extra, prior = _expectations(item, part, era, read, office)
    listed = likely(form, item, part, read)
    extra = [*extra, *listed.near]
    key = _value_key(item.kind, part)
    if not learned:
        by_list = listed.lift if listed else None
        return _by_language(item, part, weigh(look, extra, prior, key, by_list))
    more, with_names = _expectations(item, part, era, read, office, learned.names)

    def lift(text: str) -> float:
        taught = learned.lift(form.id, item, part, text)
        return with_names(text) - prior(text) + taught + listed.lift(text)

    corrections = learned.corrections(form.id, item, part, [*read[:3], *extra[:16]])
    return _by_language(item, part, weigh(look, [*extra, *more], prior, key, lift, corrections))


def _by_language(item: FieldDef, part: str, look: Seen) -> Seen:
    """What language gives to a text beside the one that was read is against that one; it does not
    make it surer than any other."""
    if part or not item.traits.is_prose or "@" in look.text:
        return look
    return replace(
        look, features={**look.features, "prior": min(0.0, look.features.get("prior", 0.0))}
    )


def _smoothed_only(item: FieldDef, look: Seen) -> Seen:
    if not item.traits.spans_lines or look.empty or look.features.get("textlayer"):
        return look  # what was typed is not to be respelled
    texts: dict[str, float] = {}
    plainer = fold if item.kind != "name" else str
    for text, share in look.texts:
        made = plainer(smoothed(text))
        if item.kind == "lines":
            made = _GAP.sub("", made)
        texts[made] = texts.get(made, 0.0) + share
    return replace(look, texts=tuple(sorted(texts.items(), key=lambda t: -t[1])))


_GAP = re.compile(r"(?<=[^\x00-\x7f])[ \u3000]+(?=[^\x00-\x7f])")
"""A gap between two Japanese characters of running text: behind a full stop most people leave
one."""


_WITHOUT = {
    "phone": re.compile(r"[\s()（）\-‐−ー・]"),
    "postal_code": re.compile(r"[\s\-‐−ー〒]"),
    "amount": re.compile(r"[\s,、¥円]"),
    "number": re.compile(r"[\s,]"),
}
_BLANKS = re.compile(r"\s+")


def _value_key(kind: str, part: str) -> Key:
    """What two texts of a place have in common that make one value: 辻 愛 and 辻愛, 09 and 9,
    (0123)45-6789 and 0123-45-6789."""
    if part in _RANGES or part == "year":
        return lambda text: _without_blanks(text).lstrip("0")
    return functools.partial((_BLANKS if part else _WITHOUT.get(kind, _BLANKS)).sub, "")


def _without_blanks(text: str) -> str:
    return _BLANKS.sub("", text)


def weigh(
    look: Seen,
    extra: Iterable[str],
    prior: Prior,
    key: Key = _without_blanks,
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
    same = max((log for t, log in own.items() if key(t) == key(best)), default=_NEVER)
    features |= {"share": shares[best], "gap": max(own.values()) - same}
    features["prior"] = prior(best) + (lift(best) if lift else 0.0)
    features |= look.opinion(best) if look.opinion is not None else {}
    if isinstance(prior, language.Speech):
        features["objection"] = prior.objection(logs, best)
    features["variants"] = float(sum(bool(variants_of(c)) for c in best))
    if lift is not None:
        plainly = _settled(prior, None, {best: _NEVER} | own)
        first = max(own, key=plainly.__getitem__)
        behind = plainly[first] - plainly[best]
        look, features = _taught(look, features, best, first, behind, lift(best))
        if corrections and look.scorer is not None:
            look = replace(look, scorer=_correcting(look.scorer, corrections))
    return replace(look, texts=tuple((t, shares[t]) for t in order[:KEPT]), features=features)


_NEVER = -30.0
"""Log belief in a text that the engine cannot have meant."""

_FAR = 11.5
"""Natural log by which a text must lie behind the best for a second look to pass it over."""


def _corrected(logs: Mapping[str, float], corrections: Corrections) -> dict[str, float]:
    """``logs``, where a corrected text has at least its odds to the text that it corrects."""
    made = dict(logs)
    for text, (source, odds) in corrections.items():
        if source in logs and odds > -math.inf:
            made[text] = max(made.get(text, _NEVER), logs[source] + odds)
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


def _taught(
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


def _expectations(
    item: FieldDef,
    part: str,
    era: str,
    read: Sequence[str],
    office: Office,
    table: Names | None = None,
) -> tuple[list[str], Prior]:
    """What a place is likely to hold: further candidates, and the log prior of any text; ``table``
    of names."""
    if part in _RANGES:
        low, high = _RANGES[part]
        numbers = {str(n): 0.0 for n in range(low, high + 1)}
        numbers.update({f"{n:02d}": -1.0 for n in range(low, min(10, high + 1))})
        if item.vertical:
            numbers.update({kanji_number(n): 0.0 for n in range(max(1, low), high + 1)})
        return list(numbers), lambda t: numbers.get(t, -7.0)
    if part == "year":
        this_year = office.today.year
        recent = _recent(item, office)
        most = this_year - 2018 + _AHEAD if era == "令和" else _ERA_YEARS.get(era, 2100)
        years = {str(n): 0.0 for n in range(1, most + 1)} if most < 100 else {}
        years.update({f"{n:02d}": -1.0 for n in range(1, 10)} if years else {})
        if item.vertical and years:
            years.update({kanji_number(n): 0.0 for n in range(1, most + 1)})
        return list(
            years
        ), lambda t: recent(t) + (-3.0 if t == "元" else years.get(t, -7.0) if years else 0.0)
    if item.kind == "date" and not part:
        slashed = [f"{m[1]}/{m[2]}/{m[3]}" for t in read for m in _slashes(t)]
        return slashed, functools.partial(_like_a_date, _recent(item, office))
    if item.kind == "time" and not part:
        return _times_spelled(read), _like_a_time
    if item.kind == "phone":
        return _phone_expected(item, part, read, office)
    if (item.traits.has_check_digit or item.traits.is_quantity) and not part:
        return [], lambda t: -WRONG if normalise(item, t, office, {}).problems else 0.0
    if item.values and not part:
        return list(item.values), lambda t: 0.0 if t in item.values else -6.0
    if item.kind == "kana" or part == "holder":
        return _kana_expected(read, item.label, table)
    if item.kind == "postal_code":
        return _postal_expected(part, read, office)
    if item.kind == "name" and not part:
        extra = [*spelled(read), *map(fold, read[:4]), *_other_forms(read[0])]
        extra += likely_names(read[0], table=table) if known_name(read[0], table) < 2 else ()
        return extra, lambda t: KNOWN_NAME * known_name(smoothed(t), table) - 1.5 * _old_forms(t)
    if item.kind == "address" and not part:
        return _address_expected(read, office)
    if part in ("bank", "branch"):
        return _bank_expected(part, read)
    if item.kind == "text" and not part and any("@" in t for t in read[:4]):
        return mail_spellings(read[:4]), mail_prior
    if item.traits.is_prose and not part:
        extra = [*spelled(read), *(fold(smoothed(t)) for t in read[:4]), *spellings(read[:4])]
        return extra, language.Speech(read[0], _spelling, language.places_of(office))
    return [], lambda t: 0.0


def _spelling(text: str) -> float:
    """Log by which the spelling of running text is the less likely."""
    odd = 0.0 if text == smoothed(text) else -2.0
    return odd - 2.5 * _old_forms(text) + oddness(text)


ODD_MINUTE = -2.0
"""Log prior of a minute that is no multiple of five, in the times that people write on forms."""


def _times_spelled(read: Sequence[str]) -> list[str]:
    """12時04 may be 12時0分, 14時304 14時30分, and 830 is 8:30 with a colon that was too light."""
    made = [f"{m[1]}{m[2]}時{m[3]}分" for t in read if "時" in t and (m := _HOUR.match(t))]
    made += [f"{m[1]}時{m[2]}分" for t in read if (m := _ONE_MINUTE.match(t))]
    return made + [f"{m[1]}:{m[2]}" for t in read if (m := _NO_COLON.match(t))]


def _like_a_time(text: str) -> float:
    """Log prior of a text where a time was written."""
    found = _TIME.fullmatch(text)
    if not found:
        return -4.0
    minute = int(found[1] or found[2] or 0)
    return ODD_MINUTE if minute % 5 else 0.0


_OF_THE_SHEET = re.compile(
    r"(申込|申請|請求|提出|届出?|記入|受付|受理|作成|希望|利用|使用|開始)(希望)?(年月)?[日月]?$"
)
"""Labels of dates that are of the time when the sheet is handed in, or soon after; dates of birth
are not among them."""

_YEARS_AROUND, LONG_AGO = 2, -5.0
"""Such a date is within so many years of the day of receipt, or this much (natural log) the less likely."""


def _recent(item: FieldDef, office: Office) -> Prior:
    """Log prior of a year, Western or of 令和, in a date field: near the day of receipt where the
    label says that it is the sheet's own."""
    if not _OF_THE_SHEET.search(item.label) or (
        item.era and item.era.fixed not in ("", "令和", "西暦")
    ):
        return lambda year: 0.0
    this_year = office.today.year

    def prior(year: str) -> float:
        if not year.isdecimal() and year != "元":
            return 0.0
        number = 1 if year == "元" else int(year)
        western = number if number >= 1000 else 2018 + number
        return 0.0 if abs(western - this_year) <= _YEARS_AROUND else LONG_AGO

    return prior


_MOBILES = ("090", "080", "070", "050", "060")


def _phone_expected(
    item: FieldDef, part: str, read: Sequence[str], office: Office
) -> tuple[list[str], Prior]:
    """Numbers of the numbering plan, the office's own area and mobiles first; strokes like 1 may be
    brackets: 0123(45)6789. Where the office's area is not known, no number is more usual."""
    usual = (office.area_code, *_MOBILES) if office.area_code else ()
    if part == "area":
        return list(
            usual
        ), lambda t: 0.0 if t in usual else FOREIGN if t.startswith("0") else -WRONG
    if part == "subscriber":
        return [], lambda t: 0.0 if len(t) == 4 else -WRONG
    if part:
        return [], lambda t: 0.0 if 1 <= len(t) <= 4 and t[0] not in "01" else -WRONG
    extra = []
    starts = (f"{office.area_code}-", *_MOBILES) if usual else ()
    sizes = [*([(len(office.area_code), 12)] if usual else []), (3, 13)]
    for text in read[:4]:
        for size, total in sizes:
            middle = total - size - 6
            if len(text) == total and text[size] in "1(-" and text[size + middle + 1] in "1)-":
                extra.append(
                    f"{text[:size]}({text[size + 1 : size + 1 + middle]}){text[size + middle + 2 :]}"
                )

    def prior(text: str) -> float:
        made = normalise(item, text, office, {})
        if made.problems or not isinstance(made.value, str):
            return -WRONG
        return 0.0 if made.value.startswith(starts) else FOREIGN

    return extra, prior


def _slashes(text: str) -> list[re.Match[str]]:
    """Ways of taking two strokes of what was read as the slashes of a date: 2025 1 8 1 14, R7 1 2 1
    20."""
    ways = []
    for days in (1, 2):
        for months in (1, 2):
            other = re.match(rf"^(.*\d)[1Il|/](\d{{{months}}})[1Il|/](\d{{{days}}})$", text)
            if other and re.fullmatch(
                r"(?:19|20)\d\d|[RHSTＲＨＳＴ令平昭大][和成治正]?\d{1,2}", other[1]
            ):
                ways.append(other)
    return [m for m in ways if 1 <= int(m[2]) <= 12 and 1 <= int(m[3]) <= 31]


def _like_a_date(recent: Prior, text: str) -> float:
    """Log prior of a date written in one box: parted as people part it, with a year as ``recent``
    has it, eight digits, or neither."""
    parted = _PARTED.match(unicodedata.normalize("NFKC", text))
    if parted:
        return recent(parted[1]) + (
            0.0 if 1 <= int(parted[2]) <= 12 and 1 <= int(parted[3]) <= 31 else -7.0
        )
    return -2.0 if _YMD.match(text) else -4.0 if re.search(r"[./\-年 ]", text) else -7.0


def _other_forms(text: str) -> list[str]:
    """The name with one letter in each of its other forms (渡辺, 渡邉, 渡邊)."""
    return [
        text[:i] + other + text[i + 1 :]
        for i, letter in enumerate(text)
        for other in variants_of(letter)
    ][:16]


_KEPT_FORMS = frozenset(
    "髙﨑𠮷邊邉齋齊澤濱廣眞嶋嶌櫻國惠靜德瀨瀬淵渕榮應學壽桒栁舘冨富島崎吉辺斉斎沢浜広真"
)
"""Old and other forms that people keep in their names often enough to be read so."""


def _old_forms(text: str) -> float:
    """How many characters have a plainer form that Japanese has written since 1946; one that nobody
    keeps in a name counts for three: the engine, which also reads Chinese, says 增 for every second
    増."""
    return sum(
        1.0 if a in _KEPT_FORMS else 3.0 for a, b in zip(text, fold(text), strict=False) if a != b
    )


def _kana_expected(
    read: Sequence[str], label: str = "", table: Names | None = None
) -> tuple[list[str], Prior]:
    """Known names near what was read, and spellings of it; the form's own フリガナ or ふりがな
    favours that script."""
    extra: list[str] = []
    asked = (
        "カ"
        if re.search("フリガナ|カナ", label)
        else "か"
        if re.search("ふりがな|かな", label)
        else ""
    )
    script = to_hiragana if read and in_hiragana(read[0]) else to_katakana
    for text in read[:3]:
        plain = to_katakana("".join(text.split()))
        if len(plain) <= 14:
            extra += [plain, *likely_kana(plain, table=table), *kana_variants(plain)]

    def prior(text: str) -> float:
        mixed = (
            2.0
            if any("ぁ" <= c <= "ゖ" for c in text) and any("ァ" <= c <= "ヶ" for c in text)
            else 0.0
        )
        return (
            KNOWN_KANA * known_kana(text, table)
            - 5.0 * impossible_kana(text)
            - (0.7 if " " in text else 0.0)
            - mixed
            - (3.0 if asked and in_hiragana(text) != (asked == "か") else 0.0)
        )

    scripts = (to_katakana, to_hiragana) if asked else (script,)
    return [s(t) for t in extra for s in scripts], prior


def _postal_expected(part: str, read: Sequence[str], office: Office) -> tuple[list[str], Prior]:
    """The office's own codes; a code from elsewhere is possible but rarer."""
    if not office.towns:
        return [], lambda text: FOREIGN
    codes = [t.postal_code for t in office.towns] + [office.other_postal_code]
    codes = [code for code in codes if code]
    shapes: dict[str, float] = {}
    for code in codes:
        for shape in (
            [code[:3]]
            if part == "first"
            else [code[3:]]
            if part == "second"
            else [code, f"{code[:3]}-{code[3:]}"]
        ):
            shapes[shape] = 0.0

    def prior(text: str) -> float:
        return 0.0 if text in shapes else FOREIGN

    return list(shapes), prior


def _address_expected(read: Sequence[str], office: Office) -> tuple[list[str], Prior]:
    """The text with its town, city and 大字 as the office writes them."""
    extra = [t for text in spelled(read) for t in (_DOT.sub("-", text), text)]
    for text in list(extra[:4]):
        extra += _town_spelled(text, office)
    extra += _stems_spelled(extra, office)

    def prior(text: str) -> float:
        town = any(t.name in text for t in office.towns)
        long = sum(
            len(run) - _LONGEST_NUMBER
            for run in re.findall(r"[0-9]+", text)
            if len(run) > _LONGEST_NUMBER
        )
        odd = (
            2.0 * (text != smoothed(text)) + 3.0 * bool(_DOT.search(text)) + 1.5 * ("大宇" in text)
        )  # 大字 looks like it
        odd += 2.0 * any(text[place - 1] in _NO_STEMS for place in _numbers_of_towns(text, office))
        return (
            (0.0 if town else FOREIGN)
            - odd
            - WRONG * _beheaded(text, office.city)
            - TOO_LONG * long
        )

    return extra, prior


_LONGEST_NUMBER, TOO_LONG = 4, 2.0
"""Digits that a house number has at most as a rule; each further one costs so much (natural log):
丁3083 looks like 73083, and of 4267-10 the dash is easily lost."""

_STEMS = {
    "甲": "申由田市中早里",
    "乙": "2ZzLこてし",
    "丙": "内西両肉而",
    "丁": "17TJ了下フIて",
    "戊": "成戍",
    "己": "已巳2",
}
"""The stems that many towns part their land with, and what the engine takes them for."""


_NO_STEMS = frozenset("".join(_STEMS.values())) - frozenset("0123456789")


def _numbers_of_towns(text: str, office: Office) -> list[int]:
    """Where a number begins that follows a town with one character between."""
    ends = [text.find(t.name) + len(t.name) for t in office.towns if t.name in text]
    return [end + 1 for end in ends if text[end + 1 : end + 2].isdecimal()]


def _stems_spelled(texts: Sequence[str], office: Office) -> list[str]:
    """Between a town and its number a 甲, 乙, 丙, 丁 … in place of what looks like it."""
    made = [
        text[: place - 1] + stem + text[place:]
        for text in texts[:8]
        for place in _numbers_of_towns(text, office)
        for stem, alike in _STEMS.items()
        if text[place - 1] in alike
    ]
    return list(dict.fromkeys(made))


def _town_spelled(text: str, office: Office) -> list[str]:
    """Replace what looks like the city, 大字 and a town by their right spelling."""
    fixed = re.sub(
        r"(?<=[^0-9A-Za-z])T(?=[0-9])", "丁", text.replace("大宇", "大字").replace("大学", "大字")
    )
    scored: list[tuple[float, str]] = []
    for start in range(min(len(fixed), 12)):
        for name in _sharing(fixed[start:], office):
            piece = fixed[start : start + len(name)]
            if piece != name and len(piece) == len(name) and _half_same(piece, name):
                alike = sum(map(str.__eq__, piece, name)) / len(name)
                scored.append((alike, fixed[:start] + name + fixed[start + len(name) :]))
    # of a thousand towns many have one character of two; the nearest come first
    made = [spelt for _, spelt in sorted(scored, key=lambda pair: -pair[0])[:_MOST_TOWNS]]
    city = office.city
    for base in [fixed, *made]:
        head = base[: len(city)]
        if head != city and len(city) >= 3 and fuzz.ratio(head, city) >= 60:
            made += [
                city + base[len(city) :],
                *([city + base[len(city) - 1 :]] if _beheaded(base, city) else []),
            ]
    return [fixed, *made][:10]


def _sharing(text: str, office: Office) -> list[str]:
    """The towns that have a character where the start of ``text`` has it, in the table's order: of
    1,000 towns a few."""
    found: dict[int, str] = {}
    for place, character in enumerate(text[:_LONGEST_TOWN]):
        found |= _towns_by_character(office).get((place, character), {})
    return [found[number] for number in sorted(found)]


_LONGEST_TOWN, _MOST_TOWNS = 20, 10


@functools.lru_cache(maxsize=4)
def _towns_by_character(office: Office) -> Mapping[tuple[int, str], Mapping[int, str]]:
    """Names of two and more characters by place and character, each with its number in the
    table."""
    made: dict[tuple[int, str], dict[int, str]] = {}
    for number, town in enumerate(office.towns):
        for place, character in enumerate(town.name if len(town.name) > 1 else ""):
            made.setdefault((place, character), {})[number] = town.name
    return made


def _beheaded(text: str, city: str) -> bool:
    """The city's first character is missing: 島市大字森."""
    return len(city) >= 3 and text.startswith(city[1:])


def _half_same(a: str, b: str) -> bool:
    return 2 * sum(x == y for x, y in zip(a, b, strict=True)) >= len(b)


def _bank_expected(part: str, read: Sequence[str]) -> tuple[list[str], Prior]:
    """Names from the 全銀 master that look like what was read."""
    known = _bank_names(part)
    extra = [
        str(hit[0])
        for text in read[:2]
        for hit in process.extract(text, known, scorer=fuzz.ratio, limit=6, score_cutoff=45)
    ]
    table = set(known)
    tails = ("銀行", "信用金庫", "信金", "農協", "支店", "本店", "出張所")

    def prior(text: str) -> float:
        plain = "".join(text.split())
        for tail in tails:
            plain = plain.removesuffix(tail)
        return 0.0 if plain in table or text in table else -3.0

    return extra, prior


@functools.cache
def _bank_names(part: str) -> tuple[str, ...]:
    from zengin_code import Bank

    if part == "bank":
        gone = [former.name.removesuffix("銀行") for former in banks().former.values()]
        return tuple(dict.fromkeys((*(bank.name for bank in Bank.all.values()), *gone)))
    return tuple(
        dict.fromkeys(
            branch.name for bank in Bank.all.values() for branch in bank.branches.values()
        )
    )


# --- evidence from the neighbours -----------------------------------------------------------------


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


def _name_with_kana(
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
        taught, features = _taught(look, dict(look.features), look.text, own[side], behind, lift)
        lifted.append(replace(taught, features=features))
    return lifted[0], lifted[1]


def _new_values(texts: Sequence[str], more: Iterable[str]) -> list[str]:
    """``texts``, and of ``more`` those that are not one of them with other blanks: one value is
    weighed once."""
    known = {_without_blanks(text) for text in texts}
    return [*texts, *dict.fromkeys(text for text in more if _without_blanks(text) not in known)]


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
    kana_prior = _kana_expected([], table=table)[1]
    kana_own = {k: log + kana_prior(k) for k, log in kana_logs.items()}
    name_own = {
        n: log + KNOWN_NAME * known_name(n, table) - 1.5 * _old_forms(n)
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


def _holders(form: FormDef, made: dict[str, dict[str, Seen]]) -> None:
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
        known[plain] = max(known.get(plain, _NEVER), math.log(max(own, 1e-12) / share))
    spelled_out = {name: _spelled_as(name, best) for name in names}
    logs = look.scorer([best, *spelled_out.values()])
    prior = _kana_expected([])[1]
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


def _agreeing(shapes: set[str], text: str) -> float:
    return 3.0 if text in shapes else -1.0


def _postal_with_address(form: FormDef, made: dict[str, dict[str, Seen]], office: Office) -> None:
    """A postal code and the address that a check ties to it: the town that was read lifts its code,
    and is lifted by it."""
    for check in form.checks:
        if (
            check.rule != "postal_code_matches_address"
            or len(check.of) != 2
            or any(n not in made for n in check.of)
        ):
            continue
        code, address = made[check.of[0]], made[check.of[1]].get("")
        if address is None or address.empty:
            continue
        named = [t for t in office.towns if t.name in address.text]
        if not named:
            continue
        town = min(
            named, key=lambda t: (address.text.find(t.name), -len(t.name))
        )  # 森ハイツ stands behind its town
        for part, look in code.items():
            if look.scorer is None or look.empty:
                continue
            right = {"first": town.postal_code[:3], "second": town.postal_code[3:]}.get(
                part, town.postal_code
            )
            shapes = {right, f"{right[:3]}-{right[3:]}"} if part == "" else {right}
            code[part] = weigh(
                look, shapes, functools.partial(_agreeing, shapes), _value_key("postal_code", part)
            )
            code[part] = replace(
                code[part],
                features={
                    **code[part].features,
                    "agreed": 2.0 if code[part].text in shapes else 0.0,
                },
            )

"""From what was seen in a field to its value, and how probable it is that the value is right."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from ocr.place.found_sheets import MISFIT
from ocr.seen import Seen
from ocr.trust.ceilings import ceiling
from ocr.trust.inputs import gathered
from ocr.trust.model import Trust, target_of
from ocr.weigh.wholes import other_wholes
from records.forms import FieldDef, FormDef
from records.normalise import Normalised, normalise
from records.site import Office
from records.types import Field, Problem, Reading, Value

_CANDIDATES, _COMBINED, _TRIED = 4, 256, 16
"""Texts of each part that are combined, combinations that are weighed, and those of which the value
is made."""

_NEAR = 0.02
"""A combination with less of the best one's belief is not taken, though the best has a problem."""


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges the fields of one office's sheets.

    Attributes:
        office: gives towns, area code and day of receipt.
        trust: the model that gives p.
    """

    office: Office
    trust: Trust

    def plain_value(self, item: FieldDef, texts: Mapping[str, str]) -> Value:
        """The value of a field's texts by part; None where they make none without a problem."""
        parts = {name: text for name, text in texts.items() if name}
        made = normalise(item, compose(item, texts), self.office, parts)
        return None if made.problems else made.value

    def judged(
        self,
        form: FormDef,
        item: FieldDef,
        seen: Mapping[str, Seen],
        place: Mapping[str, float],
        page: int,
    ) -> Field:
        """Value and probability from what was seen; ``place`` says how well the surroundings fit
        and how coarse the scan is."""
        chosen = self._choose(item, seen)
        parts = list(seen.values())
        # an era without a circle is empty, too
        empty = not item.traits.is_ink and all(part.empty for part in parts)
        kind, asked = _in_doubt(item, seen)
        measured = {"empty": 1.0} if empty else gathered([part.features for part in asked])
        features = {**measured, **place}
        if not item.traits.is_ink and not empty:
            features["share"] = chosen.share
            right_digit = item.traits.has_check_digit and not chosen.made.problems
            features["checked"] = float(right_digit)
        most = ceiling(kind, chosen.text, features)
        p = min(self.trust.probability(kind, features), most)
        problems = [problem for part in parts for problem in part.problems]
        problems += chosen.made.problems
        problems += _doubts(item, chosen.text, empty or bool(problems), place)
        readings = tuple(reading for part in parts for reading in part.readings)
        verdict = Reading(chosen.text, p, "trust", chosen.others, features)
        target = target_of(form, kind, features)
        # of what is capped the facts do not know enough, whatever target an office sets
        above = most == 1.0 and self.trust.needs_no_eyes(kind, features, p, target)
        return Field(
            item.name,
            item.kind,
            chosen.text,
            chosen.made.value,
            p,
            tuple(problems),
            (*readings, verdict),
            item.area,
            page,
            unseen=above and not problems,
        )

    def _choose(self, item: FieldDef, seen: Mapping[str, Seen]) -> _Chosen:
        """The likeliest texts that make a value without problems; else the likeliest."""
        if item.traits.is_ink:
            return _Chosen(seen[""].text, _marked(item, seen[""]), 1.0)
        combinations = _combined(seen)
        total = sum(weight for weight, _ in combinations) or 1.0
        tried: list[_Tried] = []
        agreeing: dict[str, float] = {}
        for weight, texts in combinations[:_TRIED]:
            text = compose(item, texts)
            parts = {name: t for name, t in texts.items() if name}
            made = normalise(item, text, self.office, parts)
            tried.append(_Tried(weight, text, made))
            key = _key(made.value)
            agreeing[key] = agreeing.get(key, 0.0) + weight
        first = tried[0]
        near = (t for t in tried if t.weight > _NEAR * first.weight and not t.made.problems)
        best = next(near, first)
        in_parts = list(seen) != [""]
        pairs = [(t.weight, t.made) for t in tried] if in_parts else []
        others = other_wholes(item.kind, pairs, best.made.value)
        share = min(1.0, agreeing[_key(best.made.value)] / total)
        return _Chosen(best.text, best.made, share, others)


@dataclass(frozen=True, slots=True)
class _Tried:
    """One combination of texts: its belief, and the value that it makes."""

    weight: float
    text: str
    made: Normalised


@dataclass(frozen=True, slots=True)
class _Chosen:
    """What a field is taken to say.

    Attributes:
        share: the belief that goes with the value among the combinations tried.
        others: for a field of several parts, the other whole values.
    """

    text: str
    made: Normalised
    share: float
    others: tuple[tuple[str, float], ...] = ()


def _in_doubt(item: FieldDef, seen: Mapping[str, Seen]) -> tuple[str, list[Seen]]:
    """The kind and the parts that decide how sure a field is: of a date that was typed beside a
    ring round its era, the ring."""
    written = [part for name, part in seen.items() if name != "era"]
    ring = seen.get("era") if item.era is not None and item.era.circle else None
    typed = bool(written) and all(part.features.get("textlayer") for part in written)
    if ring is not None and typed and not ring.features.get("textlayer"):
        return "choice", [ring]
    return item.kind, list(seen.values())


def _combined(seen: Mapping[str, Seen]) -> list[tuple[float, dict[str, str]]]:
    """A text for each part, in all combinations, by falling belief."""
    options = [part.texts[:_CANDIDATES] for part in seen.values()]
    combinations = []
    for texts in itertools.islice(itertools.product(*options), _COMBINED):
        weight = math.prod(share for _, share in texts)
        by_part = {name: text for name, (text, _) in zip(seen, texts, strict=True)}
        combinations.append((weight, by_part))
    return sorted(combinations, key=lambda pair: -pair[0])


def _doubts(
    item: FieldDef, text: str, explained: bool, place: Mapping[str, float]
) -> list[Problem]:
    """What a text alone gives cause to ask; ``explained``: the field is empty, or something else
    speaks against it already."""
    found = []
    if not text and not item.traits.is_ink and not explained:
        message = "何か書かれていますが、読めません。用紙を見て入力してください"
        found.append(Problem("unreadable", message))
    if item.traits.has_letters and text and not any(c.isalnum() for c in text):
        message = f"「{text}」だけが読めました。書き込みがあるか、用紙を見て確認してください"
        found.append(Problem("only_marks", message))
    if place.get("fit", 1.0) < MISFIT:
        message = "この欄の周りの枠が様式と合いません。欄がずれていないか確認してください"
        found.append(Problem("misfit", message))
    return found


def _key(value: Value) -> str:
    """Values that differ in blanks alone are one value as far as belief goes."""
    return (
        "".join(value.split())
        if isinstance(value, str)
        else "".join(repr(value).replace(r"\u3000", " ").split())
    )


def compose(item: FieldDef, texts: Mapping[str, str]) -> str:
    """One text of a composite field's parts, as a person would write it."""
    if item.kind == "date" and "" in texts:
        groups = re.split(r"[\s.\-/・·]+", texts[""].strip())
        if len(groups) == 3 and all(
            g.isdigit() for g in groups
        ):  # dots that were too faint to read
            texts = {**texts, "": ".".join(groups)}
    if "" in texts:
        return texts[""] if "era" not in texts or not texts["era"] else f"{texts['era']}{texts['']}"
    if not any(text for name, text in texts.items()):
        return ""
    get = texts.get
    if item.traits.is_day:
        era = get("era", "") or (item.era.fixed if item.era else "")
        era = "" if era == "西暦" else era
        day = f"{get('day', '')}日" if item.kind == "date" else ""
        if not any(get(n, "") for n in ("year", "month", "day")):
            return ""
        return f"{era}{get('year', '')}年{get('month', '')}月{day}"
    if item.kind == "time":
        return f"{get('hour', '')}時{get('minute', '')}分"
    if item.kind in ("phone", "postal_code"):
        return "-".join(t for t in texts.values() if t)
    return " ".join(t for t in texts.values() if t)


def _marked(item: FieldDef, seen: Seen) -> Normalised:
    """The value of a mark: a bool, one option, or a list of options."""
    if item.traits.is_mark:
        value: Value = bool(seen.text)
    elif item.traits.holds_several:
        value = seen.text.split("\n") if seen.text else []
    else:
        value = seen.text or None
    if item.required and not value and not seen.problems:
        message = f"「{item.title}」に印がありません。必須の項目なので、申請者に確認してください"
        return Normalised(value, (Problem("required", message),))
    return Normalised(value, ())

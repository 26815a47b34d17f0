"""Voice marks that a thick pen or a FAX fills in: ヤマグチ comes out as ヤマクチ, which is a name, too.

Nothing in the ink tells then, so it is told by the names: a reading is doubtful where the same
reading with one voice mark more is about as usual, or more so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from ocr.seen import Seen
from ocr.weigh.kanaforms import katakana
from ocr.weigh.lexicon import Names, names
from ocr.weigh.nearnames import splits
from ocr.weigh.people import name_pairs
from records.forms import FormDef
from records.types import Problem

AS_USUAL = 0.3
"""A twin with this share of the people of a name is about as usual."""

_VOICED = {
    **dict(zip("カキクケコサシスセソタチツテト", "ガギグゲゴザジズゼゾダヂヅデド", strict=True)),
    **dict(zip("ハヒフヘホ", "バビブベボ", strict=True)),
}


def voiced_twin(text: str, name: str = "", table: Names | None = None) -> str:
    """A reading with one voice mark more that may be meant as well; empty where none is.

    Args:
        text: a person's name in kana, with or without a blank.
        name: the same name in kanji, where it was read: a twin must be a reading of it.
    """
    table = table or names()
    kanji = splits(name) if name else []
    for family, given in splits(katakana(text)):
        families = [f for f, g in kanji if given in _given_readings(g, table)]
        readings = {reading for f in families for reading in table.readings(f)}
        for twin in _voiced(family):
            fits = twin in readings if families else table.first_name_kana(given) > 0 or not given
            if fits and _usual_family(twin, family, table):
                return f"{twin} {given}"
        firsts = [g for f, g in kanji if family in table.readings(f)]
        readings = {reading for g in firsts for reading in _given_readings(g, table)}
        for twin in _voiced(given):
            fits = twin in readings if firsts else table.family_kana(family) > 0
            if fits and _usual_given(twin, given, table):
                return f"{family} {twin}"
    return ""


def doubt_voicing(form: FormDef, made: Mapping[str, dict[str, Seen]], table: Names | None) -> None:
    """Note with each reading of a name, an account's holder too, whether a voice mark may be lost;
    changes ``made``."""
    kanji = {kana: _text(made.get(name)) for kana, name in name_pairs(form)}
    of_reading: dict[str, str] = {}
    for field, parts in made.items():
        if form.fields[field].kind == "kana" and "" in parts:
            name = kanji.get(field, "")
            of_reading[_plain(parts[""].text)] = name
            parts[""] = _doubted(parts[""], name, table)
    for parts in made.values():
        if "holder" in parts:
            name = of_reading.get(_plain(parts["holder"].text), "")
            parts["holder"] = _doubted(parts["holder"], name, table)


def _text(parts: Mapping[str, Seen] | None) -> str:
    return parts[""].text if parts and "" in parts else ""


def _plain(text: str) -> str:
    return katakana("".join(text.split()))


def _doubted(look: Seen, name: str, table: Names | None) -> Seen:
    twin = "" if look.features.get("textlayer") else voiced_twin(look.text, name, table)
    if not twin:
        return look
    message = (
        f"「{look.text}」と読みましたが、濁点が写らなかった「{twin.strip()}」かもしれません。"
        "用紙を見て確認してください"
    )
    doubt = Problem("voiceless", message)
    features = {**look.features, "voiceless": 1.0}
    return replace(look, features=features, problems=(*look.problems, doubt))


def _given_readings(kanji: str, table: Names) -> tuple[str, ...]:
    return (*table.given.get(kanji, ()), *table.rare_given.get(kanji, ()))


def _voiced(word: str) -> Iterator[str]:
    """``word`` with one of its characters voiced."""
    for place, character in enumerate(word):
        if character in _VOICED:
            yield word[:place] + _VOICED[character] + word[place + 1 :]


def _usual_family(twin: str, name: str, table: Names) -> bool:
    people = table.common.get(twin, 0.0)
    return people > 0 and people >= AS_USUAL * table.common.get(name, 0.0)


def _usual_given(twin: str, name: str, table: Names) -> bool:
    """Given names have no count of people; in how many ways they are written stands for it."""
    ways = len(table.given_readings.get(twin, ()))
    return ways > 0 and ways >= AS_USUAL * len(table.given_readings.get(name, ()))

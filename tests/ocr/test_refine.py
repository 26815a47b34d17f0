"""What a field can mean decides between readings that the ink leaves open, and never against a
reading that it does not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.seen import EMPTY, Seen
from ocr.weigh.kanaforms import impossible_kana
from ocr.weigh.lexicon import names
from ocr.weigh.nearnames import (
    known_kana,
    known_name,
    likely_kana,
    likely_names,
    names_for,
    reads_as,
)
from ocr.weigh.people import name_pairs
from ocr.weigh.priors.dates import _recent
from ocr.weigh.sheetwide import refine
from ocr.weigh.spelling import smoothed, spelled
from ocr.weigh.weighing import value_key, weigh
from records.forms import CheckDef, Era, FieldDef, FormDef, Part
from records.types import Box
from tests.kashima import KASHIMA

OFFICE = KASHIMA
NEVER = -25.0
"""What the engine gives to a text that it did not see at all; CTC gives every text something."""


def seen(logs: Mapping[str, float], **more: Any) -> Seen:
    """A place of which the engine believes exactly this, natural logs; its own order is by
    belief."""

    def scorer(texts: Iterable[str]) -> dict[str, float]:
        return {text: logs.get(text, NEVER) for text in texts}

    ranked = sorted(logs, key=lambda t: -logs[t])
    return Seen(tuple((text, 0.5) for text in ranked[:3]), scorer=scorer, **more)


def form_of(*fields: FieldDef, checks: tuple[CheckDef, ...] = ()) -> FormDef:
    return FormDef(
        "f", "様式", 1, "EFF-01", Path(), fields={f.name: f for f in fields}, checks=checks
    )


def box(y: float = 0.0) -> Part:
    return Part(Box(10, y, 60, 8))


def one(item: FieldDef, parts: Mapping[str, Seen]) -> dict[str, Seen]:
    return refine(form_of(item), {item.name: parts}, OFFICE)[item.name]


DATE = FieldDef(
    "day_of", "date", parts={"year": box(), "month": box(), "day": box()}, era=Era(fixed="令和")
)


def part(name: str, logs: Mapping[str, float], era: str = "令和") -> Seen:
    return one(DATE, {name: seen(logs), "era": Seen(((era, 1.0),))})[name]


# --- dates ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "read", "possible"),
    [
        ("month", "13", "12"),
        ("month", "17", "11"),
        ("day", "37", "31"),
        ("day", "32", "22"),
        ("day", "0", "8"),
    ],
)
def test_a_day_or_month_that_does_not_exist_gives_way(name: str, read: str, possible: str) -> None:
    """The engine hardly prefers the impossible one; what it gave up stays on record."""
    made = part(name, {read: -0.4, possible: -1.5})
    assert made.text == possible
    assert made.features["gap"] == pytest.approx(1.1)
    assert made.features["prior"] == 0.0


@pytest.mark.parametrize(("name", "read"), [("month", "45"), ("day", "99"), ("month", "00")])
def test_a_clear_impossible_number_stays_for_a_person(name: str, read: str) -> None:
    """People do write a 13th month. Nothing near it was seen: nothing is made up."""
    made = part(name, {read: -0.01})
    assert made.text == read
    assert made.features["prior"] < -5


@given(st.integers(1, 31), st.integers(1, 31))
def test_possible_days_are_told_apart_by_the_ink_alone(a: int, b: int) -> None:
    made = part("day", {str(a): -0.3, str(b): -2.0} if a != b else {str(a): -0.3})
    assert made.text == str(a)


def test_a_leading_zero_that_was_written_stays() -> None:
    assert part("month", {"07": -0.2, "7": -6.0}).text == "07"


def test_years_end_with_their_era() -> None:
    """平成 has 31 years, 令和 as many as have passed and a few to come."""
    assert part("year", {"41": -0.5, "11": -1.4}, "平成").text == "11"
    ahead = OFFICE.today.year - 2018 + 30
    assert part("year", {str(ahead): -0.5, "7": -1.6}, "令和").text == "7"
    assert part("year", {"41": -0.5, "11": -1.4}, "昭和").text == "41"
    assert part("year", {"2019": -0.5, "11": -1.4}, "西暦").text == "2019"


# --- closed lists and codes -----------------------------------------------------------------------


def test_a_closed_list_is_preferred_and_not_forced() -> None:
    item = FieldDef("relation", "text", place=box(), values=("長男", "長女", "二男"))
    assert one(item, {"": seen({"畏男": -0.4, "長男": -2.5})})[""].text == "長男"
    other = one(item, {"": seen({"祖母": -0.01, "長男": -14.0})})[""]
    assert other.text == "祖母"
    assert other.features["share"] > 0.98


POSTAL = FieldDef("postal_code", "postal_code", place=box())
ADDRESS = FieldDef("address", "address", place=box(20))
TIED = form_of(
    POSTAL, ADDRESS, checks=(CheckDef("postal_code_matches_address", ("postal_code", "address")),)
)


def test_the_offices_own_codes_are_likelier_than_others() -> None:
    assert one(POSTAL, {"": seen({"8491371": -0.6, "8491311": -1.9})})[""].text == "8491311"
    assert one(POSTAL, {"": seen({"1000001": -0.02, "8491311": -12.0})})[""].text == "1000001"


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("鹿島市大字古枝123番地", "8491321"),
        ("鹿島市大字音成乙5", "8491323"),
        ("大字納富分2643番地 森ハイツ", "8491312"),
        ("鹿島市大字山浦 中村荘", "8491314"),
    ],
)
def test_the_town_that_was_read_lifts_its_code(address: str, code: str) -> None:
    """Of 849-1321, -1323 and the like the ink often cannot say which; the address beside it can.

    A building may bear another town's name behind the town itself.
    """
    others = [
        c for c in ("8491321", "8491323", "8491312", "8491314", "8491303", "8491304") if c != code
    ]
    logs = {code: -1.8, **{other: -0.9 - 0.1 * n for n, other in enumerate(others)}}
    made = refine(
        TIED, {"postal_code": {"": seen(logs)}, "address": {"": seen({address: -0.1})}}, OFFICE
    )
    assert made["postal_code"][""].text == code
    assert made["postal_code"][""].features["agreed"] == 2.0


def test_a_clear_code_of_another_town_is_not_overruled_by_the_address() -> None:
    """People write wrong codes; the check tells the clerk, the machine does not correct
    citizens."""
    made = refine(
        TIED,
        {
            "postal_code": {"": seen({"8491303": -0.01, "8491321": -11.0})},
            "address": {"": seen({"鹿島市大字古枝123番地": -0.1})},
        },
        OFFICE,
    )["postal_code"][""]
    assert made.text == "8491303"
    assert made.features["agreed"] == 0.0


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("鹿島市古枝73083番地の14", "鹿島市古枝丁3083番地の14"),
        ("鹿島市飯田内21", "鹿島市飯田丙21"),
        ("鹿島市常広z4350番地35", "鹿島市常広乙4350番地35"),
        ("鹿島市飯田丙426710", "鹿島市飯田丙4267-10"),
    ],
)
def test_a_house_number_has_its_stem_and_seldom_five_digits(read: str, meant: str) -> None:
    own = (read, meant) if "-" in meant else (read,)  # what the engine itself proposes
    place = replace(seen({read: -0.8, meant: -1.4}), texts=tuple((text, 0.5) for text in own))
    assert refine(form_of(ADDRESS), {"address": {"": place}}, OFFICE)["address"][""].text == meant


def test_a_stem_needs_the_engines_word() -> None:
    """Nobody writes 丁 where the engine saw a clear 7."""
    made = refine(form_of(ADDRESS), {"address": {"": seen({"鹿島市古枝7083番地": -0.1})}}, OFFICE)
    assert made["address"][""].text == "鹿島市古枝7083番地"


def test_a_postal_code_in_two_groups_is_lifted_group_by_group() -> None:
    item = FieldDef("postal_code", "postal_code", parts={"first": box(), "second": box()})
    form = form_of(
        item, ADDRESS, checks=(CheckDef("postal_code_matches_address", ("postal_code", "address")),)
    )
    made = refine(
        form,
        {
            "postal_code": {
                "first": seen({"844": -0.5, "849": -1.5}),
                "second": seen({"1371": -0.5, "1321": -1.9, "1311": -1.8}),
            },
            "address": {"": seen({"鹿島市大字古枝123番地": -0.1})},
        },
        OFFICE,
    )["postal_code"]
    assert (made["first"].text, made["second"].text) == ("849", "1321")


def test_a_towns_name_is_spelled_as_the_office_spells_it() -> None:
    made = one(
        ADDRESS, {"": seen({"鹿島市大宇納冨分20番地": -0.5, "鹿島市大字納富分20番地": -2.2})}
    )[""]
    assert made.text == "鹿島市大字納富分20番地"
    far = one(
        ADDRESS, {"": seen({"福岡市中央区天神1番地": -0.05, "鹿島市大字納富分20番地": -20.0})}
    )[""]
    assert far.text == "福岡市中央区天神1番地"


def test_a_bank_that_exists_is_preferred() -> None:
    item = FieldDef("account", "bank_account", parts={"bank": box(), "branch": box(10)})
    made = one(
        item,
        {"bank": seen({"佐賃": -0.5, "佐賀": -2.0}), "branch": seen({"庚島": -0.4, "鹿島": -2.2})},
    )
    assert made["bank"].text == "佐賀"
    assert made["branch"].text == "鹿島"


# --- names ----------------------------------------------------------------------------------------

KANA = FieldDef("applicant_kana", "kana", label="フリガナ", place=box())
NAME = FieldDef("applicant", "name", place=box(10))
PERSON = form_of(KANA, NAME)


def person(kana: Mapping[str, float], name: Mapping[str, float]) -> tuple[Seen, Seen]:
    made = refine(
        PERSON, {"applicant_kana": {"": seen(kana)}, "applicant": {"": seen(name)}}, OFFICE
    )
    return made["applicant_kana"][""], made["applicant"][""]


def test_furigana_and_name_lift_each_other() -> None:
    """Each alone is read a little wrong; only one pair of the candidates reads as one person."""
    kana, name = person(
        {"サトワハナコ": -0.5, "サトウハナコ": -1.2}, {"佐滕花子": -0.4, "佐藤花子": -1.6}
    )
    assert kana.text == "サトウハナコ"
    assert name.text == "佐藤花子"
    assert kana.features["agreed"] == name.features["agreed"] == 2.0
    assert name.texts[0][1] > 0.7


def test_a_name_proposes_a_furigana_that_the_engine_did_not_list() -> None:
    """ハセガワ was read as ハセガフ; the scorer is asked about what 長谷川 can be read as."""
    logs = {
        "ハセガフヒトミ": -0.7,
        "ハゼガフヒトミ": -3.0,
        "ハセガブヒトミ": -3.1,
        "ハセガワヒトミ": -3.4,
    }
    kana, _ = person(logs, {"長谷川瞳": -0.05})
    assert kana.text == "ハセガワヒトミ"


@pytest.mark.parametrize(
    ("kana", "name"),
    [("ツジタクヤ", "辻拓海"), ("キムラヨウコ", "田中花子"), ("グエンヴァンアン", "阮文安")],
)
def test_what_was_clearly_read_stays_however_it_reads(kana: str, name: str) -> None:
    """A furigana that does not go with the name is for a person to see, not for a lexicon to
    mend."""
    made = person({kana: -0.01}, {name: -0.01})
    assert ("".join(made[0].text.split()), made[1].text) == (kana, name)
    assert made[0].texts[0][1] > 0.9
    assert made[1].texts[0][1] > 0.9


@pytest.mark.parametrize("name", ["渡邉美咲", "髙田蓮", "齋藤樹", "澤田翔"])
def test_an_old_form_that_was_clearly_written_stays(name: str) -> None:
    """髙 is another letter than 高 to the person who bears it."""
    plain = name.translate(str.maketrans("邉髙齋澤", "辺高斎沢"))
    assert one(NAME, {"": seen({name: -0.05, plain: -7.0})})[""].text == name


def test_the_furigana_that_the_form_asks_for_is_expected() -> None:
    """へ and ヘ, り and リ look the same; the box says フリガナ."""
    assert one(KANA, {"": seen({"へりオ": -0.6, "ヘリオ": -0.9})})[""].text == "ヘリオ"
    hiragana = FieldDef("k", "kana", label="ふりがな", place=box())
    assert one(hiragana, {"": seen({"ヘり": -0.7, "へり": -0.7})})[""].text == "へり"


def test_a_holder_is_mostly_somebody_of_the_sheet() -> None:
    account = FieldDef("account", "bank_account", parts={"holder": box(30)})
    made = refine(
        form_of(KANA, account),
        {
            "applicant_kana": {"": seen({"カモハラケンタ": -0.05})},
            "account": {"holder": seen({"カモハヲケンタ": -0.5, "カモハラケンタ": -1.8})},
        },
        OFFICE,
    )
    assert made["account"]["holder"].text == "カモハラケンタ"
    other = refine(
        form_of(KANA, account),
        {
            "applicant_kana": {"": seen({"カモハラケンタ": -0.05})},
            "account": {"holder": seen({"ヤマグチリョウ": -0.05})},
        },
        OFFICE,
    )
    assert other["account"]["holder"].text == "ヤマグチリョウ"


def test_a_name_in_two_places_is_what_both_read_second_best() -> None:
    """Two bad readings of one name: カタフチ is the best of neither, and of both together."""
    account = FieldDef("account", "bank_account", parts={"holder": box(30)})
    made = refine(
        form_of(FieldDef("payer_kana", "kana", "フリガナ", box(10)), account),
        {
            "payer_kana": {
                "": seen({"カタノチ ミホ": -0.4, "カタフチ ミホ": -1.3, "カタノナ ミホ": -3.0})
            },
            "account": {"holder": seen({"カタフナミホ": -0.4, "カタフチミホ": -1.4})},
        },
        OFFICE,
    )
    assert made["payer_kana"][""].text == "カタフチ ミホ"
    assert made["account"]["holder"].text == "カタフチミホ"
    assert made["account"]["holder"].features["gap"] == pytest.approx(1.0, abs=0.3)
    assert made["account"]["holder"].texts[0][1] > 0.8
    assert made["account"]["holder"].features["share"] < 0.3, (
        "how sure it is, each place says alone"
    )


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("柴田 股", "柴田 駿"),
        ("大野 驂C", "大野 駿"),
        ("林 陽莱", "林 陽菜"),
        ("佐廢 太郎", "佐藤 太郎"),
    ],
)
def test_a_known_name_stands_beside_one_that_nobody_has(read: str, meant: str) -> None:
    assert meant in likely_names(read)


def test_a_name_is_not_bent_to_a_known_one_that_the_ink_is_not() -> None:
    item = FieldDef("n", "name", "氏名", box())
    assert one(item, {"": seen({"柴田 股": -0.2, "柴田 駿": -1.1})})[""].text == "柴田 駿"
    assert one(item, {"": seen({"柴田 股": -0.2, "柴田 駿": -6.0})})[""].text == "柴田 股"


def test_two_people_of_one_family_stay_two_people() -> None:
    account = FieldDef("account", "bank_account", parts={"holder": box(30)})
    made = refine(
        form_of(FieldDef("payer_kana", "kana", "フリガナ", box(10)), account),
        {
            "payer_kana": {"": seen({"ヤマグチ ケンタ": -0.05, "ヤマグチ ケンダ": -3.2})},
            "account": {"holder": seen({"ヤマグチハナコ": -0.05, "ヤマグチハナユ": -3.1})},
        },
        OFFICE,
    )
    assert made["payer_kana"][""].text == "ヤマグチ ケンタ"
    assert made["account"]["holder"].text == "ヤマグチハナコ"
    assert made["account"]["holder"].features["share"] > 0.9


def test_pairs_are_found_by_name_or_by_place() -> None:
    above = FieldDef("reading", "kana", place=Part(Box(10, 10, 50, 6)))
    below = FieldDef("person", "name", place=Part(Box(10, 17, 50, 10)))
    aside = FieldDef("other", "name", place=Part(Box(90, 17, 50, 10)))
    assert name_pairs(form_of(KANA, NAME)) == [("applicant_kana", "applicant")]
    assert name_pairs(form_of(aside, above, below)) == [("reading", "person")]
    assert name_pairs(form_of(above, aside)) == []


# --- weighing -------------------------------------------------------------------------------------


def test_belief_is_shared_among_all_that_was_asked() -> None:
    made = weigh(seen({"a": -1.0, "b": -2.0}), ["c"], lambda t: 0.0)
    assert sum(share for _, share in made.texts) == pytest.approx(1.0)
    assert [text for text, _ in made.texts] == ["a", "b", "c"]
    assert made.features["share"] == made.texts[0][1]
    assert made.features["gap"] == 0.0


def twice(first: Mapping[str, float], second: Mapping[str, float]) -> tuple[Seen, list[list[str]]]:
    """A place that can be read again, and a record of what was asked then."""
    asked: list[list[str]] = []

    def again() -> Callable[[Iterable[str]], dict[str, float]]:
        def scorer(texts: Iterable[str]) -> dict[str, float]:
            asked.append(list(texts))
            return {text: second.get(text, NEVER) for text in asked[-1]}

        return scorer

    return seen(first, again=again), asked


def test_a_sure_reading_is_not_read_twice() -> None:
    look, asked = twice({"12": -0.001, "72": -9.0}, {})
    assert weigh(look, [], lambda t: 0.0).text == "12"
    assert asked == []


def test_a_doubtful_reading_is_read_again_and_both_looks_count() -> None:
    look, asked = twice({"12": -0.6, "72": -0.9}, {"12": -6.0, "72": -0.1})
    made = weigh(look, [], lambda t: 0.0)
    assert made.text == "72"
    assert len(asked) == 1
    assert made.features["second_share"] < 0.1, (
        "what the second look thought of the first one's choice"
    )


def test_texts_of_one_value_share_its_belief_and_leave_no_doubt() -> None:
    look, asked = twice({"辻 愛": -0.72, "辻愛": -0.74, "辻受": -5.0}, {})
    made = weigh(look, [], lambda t: 0.0)
    assert asked == []
    assert [text for text, _ in made.texts] == ["辻 愛", "辻受"]
    assert made.features["share"] > 0.97


def test_a_value_written_in_two_ways_beats_a_likelier_text() -> None:
    look, asked = twice({"(0954)62-1111": -1.2, "0954-62-1111": -1.2, "0954-62-7111": -1.0}, {})
    made = weigh(look, [], lambda t: 0.0, value_key("phone", ""))
    assert made.text in ("(0954)62-1111", "0954-62-1111")
    assert len(asked) == 1, "two values are two values"
    assert 0 < made.features["gap"] <= 0.2


@pytest.mark.parametrize(
    ("kind", "part", "one", "other", "same"),
    [
        ("kana", "", "ツジ タクミ", "ツジタクミ", True),
        ("name", "", "辻 晴", "辻 睛", False),
        ("date", "day", "09", "9", True),
        ("date", "day", "10", "1", False),
        ("postal_code", "", "849-1312", "8491312", True),
        ("phone", "", "0954-63-3400", "0954-63-3408", False),
        ("amount", "", "12,000", "12000", True),
        ("address", "", "森1-2", "森12", False),
        ("text", "", "1.5", "15", False),
    ],
)
def test_what_makes_two_texts_one_value(
    kind: str, part: str, one: str, other: str, same: bool
) -> None:
    key = value_key(kind, part)
    assert (key(one) == key(other)) is same


def test_a_second_engine_is_asked_only_about_clear_print_in_doubt() -> None:
    calls: list[int] = []

    def other() -> str:
        calls.append(1)
        return "1 2"

    doubtful = {"12": -0.5, "l2": -1.0}
    weigh(seen(doubtful, other=other, features={"free_score": 0.5}), [], lambda t: 0.0)
    weigh(seen({"12": -0.0001}, other=other, features={"free_score": 0.99}), [], lambda t: 0.0)
    assert calls == []
    made = weigh(seen(doubtful, other=other, features={"free_score": 0.99}), [], lambda t: 0.0)
    assert calls == [1]
    assert made.features["agreed"] == 1.5
    assert made.readings[-1].engine == "tesseract"
    assert made.readings[-1].score is None, "a score is measured or absent"


def test_an_empty_place_is_left_empty() -> None:
    """No lexicon fills in what nobody wrote."""
    for item in (KANA, NAME, POSTAL, ADDRESS, FieldDef("t", "text", place=box(), values=("甲",))):
        assert one(item, {"": EMPTY})[""] is EMPTY


@given(
    st.sampled_from(
        [KANA, NAME, POSTAL, ADDRESS, FieldDef("t", "text", place=box(), values=("長男", "長女"))]
    ),
    st.text(st.sampled_from("カタナハ山川0123 森"), min_size=1, max_size=6),
)
def test_no_prior_turns_a_clear_reading_into_another(item: FieldDef, text: str) -> None:
    """Whatever a lexicon holds: against 20 nats of ink it must not win, and must not take a visible
    share."""
    if not text.strip():
        return
    made = one(item, {"": seen({text: -0.01})})[""]
    assert made.text == text or made.texts[0][1] < 0.9
    assert dict(made.texts).get(text, 0.0) > 0.5


# --- spelling -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("read", "meant"),
    [("12時04", "12時0分"), ("13時304", "13時30分"), ("830", "8:30"), ("14:32", "14:30")],
)
def test_times_are_mostly_of_five_minutes_and_end_with_their_word(read: str, meant: str) -> None:
    item = FieldDef("from_time", "time", place=box())
    texts = (read, meant) if read == "14:32" else (read,)
    place = replace(seen({read: -0.4, meant: -1.6}), texts=tuple((text, 0.5) for text in texts))
    assert one(item, {"": place})[""].text == meant
    clear = replace(seen({read: -0.1, meant: -9.0}), texts=((read, 1.0),))
    assert one(item, {"": clear})[""].text == read, "what the engine saw clearly stays"


def test_language_does_not_make_a_text_surer() -> None:
    """回書館 was read; that 図書館 is a word is against 回書館, and no proof of 図書館."""
    item = FieldDef("subject", "text", place=box())
    made = one(item, {"": seen({"回書館について": -0.7, "図書館について": -1.0})})[""]
    assert made.text == "図書館について"
    assert made.features["prior"] == 0.0


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("コ一ポ", "コーポ"),
        ("エレベ一タ一", "エレベーター"),
        ("二ュ一タウン", "ニュータウン"),
        ("力フェ", "カフェ"),
        ("工ンジニア", "エンジニア"),
        ("1|2番地", "112番地"),
        ("10O番地", "100番地"),
        ("5O1号", "501号"),
        ("乙1l5番", "乙115番"),
        ("アパ-ト", "アパート"),
        ("3808年地", "3808番地"),
        ("42年地の3", "42番地の3"),
    ],
)
def test_look_alikes_follow_their_neighbours(read: str, meant: str) -> None:
    assert smoothed(read) == meant
    assert spelled([read]) == [meant, read]


@pytest.mark.parametrize(
    "text",
    [
        "一丁目",
        "八百屋",
        "二人",
        "口座",
        "工事",
        "才能",
        "千代田",
        "八ヶ岳",
        "二ノ宮",
        "口ノ津町",
        "千ヶ崎",
        "八ツ橋",
        "一ノ瀬",
        "ビル一階",
        "メゾン一番館",
        "サンハイツ一号棟",
        "第二ハイツ",
        "ハイツ-101",
        "4/1に届いた",
        "nao30@example.jp",
        "No5",
        "A-1",
        "3-2-1",
        "2024年地震のとき",
        "令和7年地域の祭り",
    ],
)
def test_what_is_right_is_left_alone(text: str) -> None:
    """A rule that mends one word must not spoil another: these are places, buildings, days and
    addresses of people."""
    assert smoothed(text) == text


@pytest.mark.parametrize(
    ("kana", "wrong"),
    [
        ("サトウ", 0),
        ("キョウコ", 0),
        ("ケンッタ", 0),
        ("リッカ", 0),
        ("マッモト", 1),
        ("ャマダ", 1),
        ("カャ", 1),
        ("ヤマダッ", 1),
        ("ッダ", 1),
        ("フィリップ", 0),
        ("まっもと", 1),
    ],
)
def test_small_kana_stand_only_where_spelling_has_them(kana: str, wrong: int) -> None:
    assert impossible_kana(kana) == wrong


@pytest.mark.parametrize(
    ("read", "right"), [("マッモト", "マツモト"), ("ヤマダシヨウ", "ヤマダショウ")]
)
def test_the_size_of_kana_follows_names_and_spelling(read: str, right: str) -> None:
    """ヤ and ャ are the same strokes; the engine's preference between them is weak."""
    assert one(KANA, {"": seen({read: -0.5, right: -1.6})})[""].text == right


def test_the_lexicon_knows_people() -> None:
    assert known_kana("サトウ ハナコ") == known_kana("サトウハナコ") == known_name("佐藤花子") == 2
    assert known_kana("サトウヌヌヌ") == 1
    assert known_kana("ヌヌヌヌヌヌ") == 0
    assert reads_as("佐藤花子", "サトウハナコ") == 2
    assert reads_as("佐藤花子", "さとう はなこ") == 2
    assert reads_as("佐藤花子", "タナカハナコ") == 1


def test_a_rare_surname_counts_less_than_a_usual_one_and_more_than_none() -> None:
    """納富 and 光武 are of the region, but not among the 2,000 surnames that most people have."""
    assert len(names().rare) > 9000
    assert known_name("納審花子") == 1 < known_name("納富花子") < known_name("佐藤花子")
    assert known_kana("ヌヌハナコ") == 1 < known_kana("ミツタケハナコ") < 2
    assert reads_as("光武花子", "ミツタケハナコ") == 2
    assert "納富花子" in likely_names("納審花子")
    assert "光武花子" in names_for("ミツタケハナコ", "光式花子")


def test_only_one_half_of_a_furigana_is_corrected_at_a_time() -> None:
    assert "サトウハナコ" in likely_kana("サトワハナコ")
    assert likely_kana("ヌヌワヌヌコ") == []


@pytest.mark.parametrize(
    ("label", "near"),
    [
        ("申請日", True),
        ("使用希望日", True),
        ("提出年月日", True),
        ("振替開始希望", True),
        ("届出日", True),
        ("生年月日", False),
        ("児童生年月日", False),
        ("死亡日", False),
        ("診断日", False),
    ],
)
def test_the_date_of_the_sheet_itself_is_near_today(label: str, near: bool) -> None:
    prior = _recent(FieldDef("a", "date", label), OFFICE)
    this = OFFICE.today.year
    assert prior(str(this)) == prior(str(this - 2018)) == prior("") == 0.0
    assert (prior("1989") < 0) == near
    assert (prior(str(this - 2018 + 40)) < 0) == near

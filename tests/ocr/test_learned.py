"""What an office taught is evidence: bounded, from several documents, never about one person, and
never in silence against the ink."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.office.lessons import FEWEST, Answered, labelled, learn, places_in, split_name
from ocr.office.taught import ODDS, WORD, Corrected, Learned, from_json, near_words, to_json
from ocr.weigh.lexicon import names
from ocr.weigh.nearnames import known_kana, known_name
from ocr.weigh.sheetwide import refine
from records.errors import DefinitionError
from records.forms import FieldDef, FormDef
from records.types import Field, Problem, Reading, Record
from tests.kashima import KASHIMA
from tests.ocr.test_refine import box, form_of, seen

OFFICE = KASHIMA
ADDRESS = FieldDef("address", "address", place=box())
NAME, KANA = (
    FieldDef("applicant", "name", place=box()),
    FieldDef("applicant_kana", "kana", place=box()),
)
WORKPLACE = FieldDef("workplace", "text", place=box())
FORM = form_of(
    ADDRESS,
    NAME,
    KANA,
    WORKPLACE,
    FieldDef("account", "bank_account", place=box()),
    FieldDef("number", "digits", place=box()),
)
TOWN = "鹿島市大字納富分"


def answered(
    document: str,
    form: FormDef = FORM,
    *,
    sampled: bool = False,
    unseen: bool = False,
    **values: tuple[Any, Any],
) -> Answered:
    """A sheet on which a person settled these fields: name → (as read, as it is)."""
    read, now = {}, {}
    for name, (before, after) in values.items():
        kind = form.fields[name].kind
        trust = Reading(str(before), 0.7, "trust", (), {"share": 0.7})
        field = Field(
            name,
            kind,
            str(before),
            before,
            0.7,
            readings=(trust,),
            unseen=sampled or unseen,
            sampled=sampled,
        )
        read[name] = field
        now[name] = Field(
            name,
            kind,
            str(after),
            after,
            0.7,
            readings=(trust, Reading(str(after), None, "person")),
            unseen=True,
        )
    return Answered(
        form,
        *(
            Record(f"{document}-001", document, (1,), form.id, 1, 0.9, fields)
            for fields in (read, now)
        ),
    )


def taught(count: int, **values: tuple[Any, Any]) -> Learned:
    return learn([answered(f"d{n}", **values) for n in range(count)], OFFICE)


# --- words and corrections ------------------------------------------------------------------------


def test_a_street_is_learned_from_three_documents_and_not_from_two() -> None:
    pair = (f"{TOWN}附越12番地", f"{TOWN}鮒越12番地")
    assert not taught(FEWEST - 1, address=pair)
    assert not learn([answered("one", address=pair)] * 5, OFFICE), (
        "five sheets of one document are one document"
    )
    found = taught(FEWEST, address=pair)
    assert found.words == {"place": {"鮒越": 3}}
    assert found.missed["place"]["鮒越"] == Corrected(3, 0)
    assert found.confusions == {"text": {("附", "鮒"): Corrected(3, 0)}}


def test_a_character_that_is_mostly_right_is_no_confusion() -> None:
    sheets = [answered(f"a{n}", address=(f"{TOWN}附越1番地", f"{TOWN}鮒越1番地")) for n in range(3)]
    sheets += [
        answered(f"b{n}", address=(f"{TOWN}附属町1番地", f"{TOWN}附属町1番地")) for n in range(40)
    ]
    found = learn(sheets, OFFICE)
    assert found.confusions == {}
    assert found.words["place"] == {"附属町": 40, "鮒越": 3}


def test_digits_are_never_learned() -> None:
    found = taught(9, number=("1170", "7170"), address=(f"{TOWN}117番地", f"{TOWN}717番地"))
    assert not found


@pytest.mark.parametrize(
    ("address", "places"),
    [
        ("鹿島市大字納富分2643番地1", []),
        ("佐賀県鹿島市浜町乙1234番地5", []),
        ("鹿島市大字納富分西牟田12-3\u3000サンシャイン鹿島101号", ["西牟田", "サンシャイン鹿島"]),
        ("鹿島市古枝甲1488番地の2 山田方", []),
        ("鹿島市高津原末広町3丁目4番5号コーポ桜203号室", ["末広町", "コーポ桜"]),
    ],
)
def test_streets_and_buildings_are_taken_out_of_an_address(address: str, places: list[str]) -> None:
    """Numbers, towns and the name of whoever one lodges with are not."""
    assert places_in(address, OFFICE) == places


def test_branches_and_workplaces_are_learned_for_their_own_places_only() -> None:
    account = {
        "bank_name": "佐賀銀行",
        "branch_name": "鹿島支店",
        "number": "1234567",
        "holder": "カシマ タロウ",
    }
    found = taught(3, account=(account, account), workplace=("有明加工", "有明加工"))
    assert found.words == {
        "bank": {"佐賀": 3},
        "branch": {"鹿島": 3},
        "text:f.workplace": {"有明加工": 3},
    }
    assert "1234567" not in json.dumps(to_json(found), ensure_ascii=False)
    assert "カシマ" not in json.dumps(to_json(found), ensure_ascii=False)


# --- names ----------------------------------------------------------------------------------------


def people(*pairs: tuple[str, str]) -> list[Answered]:
    return [
        answered(f"d{n}", applicant=(name, name), applicant_kana=(kana, kana))
        for n, (name, kana) in enumerate(pairs)
    ]


def test_a_rare_surname_is_learned_as_a_word_with_its_furigana() -> None:
    assert "鮒越" not in names().surnames
    found = learn(
        people(
            ("鮒越\u3000太郎", "フナゴシ\u3000タロウ"),
            ("鮒越花子", "フナゴシハナコ"),
            ("鮒越\u3000健一", "フナゴシ\u3000ケンイチ"),
        ),
        OFFICE,
    )
    assert found.words == {"surname": {"鮒越": 3}}
    assert found.readings["surname"] == {"鮒越": ("フナゴシ",)}
    assert known_name("鮒越太郎", found.names) == known_kana("フナゴシタロウ", found.names) == 2
    assert known_name("鮒越太郎") == known_kana("フナゴシタロウ") == 1, (
        "the table that all offices share is as it was"
    )


def test_what_only_one_person_has_is_not_kept() -> None:
    """Three applications of one person would give away who that is."""
    assert not learn(people(*[("鮒越\u3000騎士衛門", "フナゴシ\u3000ナイトエモン")] * 5), OFFICE)
    two = people(
        *[("鮒越\u3000太郎", "フナゴシ\u3000タロウ")] * 3,
        ("鮒越\u3000花子", "フナゴシ\u3000ハナコ"),
    )
    kept = json.dumps(to_json(learn(two, OFFICE)), ensure_ascii=False)
    assert "鮒越" in kept
    assert "太郎" not in kept
    assert "花子" not in kept


@pytest.mark.parametrize(
    ("name", "kana", "halves"),
    [
        ("鮒越\u3000騎士", "フナゴシ\u3000ナイト", (("鮒越", "フナゴシ"), ("騎士", "ナイト"))),
        ("佐藤騎士", "さとうないと", (("佐藤", "サトウ"), ("騎士", "ナイト"))),
        ("鮒越騎士", "フナゴシナイト", None),
        ("株式会社山田(2)", "", None),
        ("鮒越\u3000太郎", "", (("鮒越", ""), ("太郎", ""))),
    ],
)
def test_a_name_is_split_where_that_is_certain(name: str, kana: str, halves: object) -> None:
    assert split_name(name, kana, names()) == halves


# --- how it weighs --------------------------------------------------------------------------------


def read_address(logs: dict[str, float], learned: Learned) -> Any:
    return refine(FORM, {"address": {"": seen(logs)}}, OFFICE, learned)["address"][""]


def test_a_correction_that_keeps_coming_wins_over_what_the_engine_always_says_and_a_person_is_told() -> (
    None
):
    learned = taught(4, address=(f"{TOWN}附越12番地", f"{TOWN}鮒越12番地"))
    plain = read_address({f"{TOWN}附越34番地": -0.1}, Learned())
    assert plain.text == f"{TOWN}附越34番地"
    look = read_address({f"{TOWN}附越34番地": -0.1}, learned)
    assert look.text == f"{TOWN}鮒越34番地"
    assert look.features["share"] < 0.99
    assert look.features["gap"] > 10, "the engine's own shortfall still counts against it"
    assert [p.code for p in look.problems] == ["learned"]
    assert "附越34番地" in look.problems[0].message


def test_a_word_that_the_engine_nearly_says_is_lifted_without_a_question() -> None:
    learned = taught(20, address=(f"{TOWN}西牟田1番地", f"{TOWN}西牟田1番地"))
    logs = {f"{TOWN}西牟田34番地": -0.9, f"{TOWN}西年田34番地": -0.6}
    before, after = read_address(logs, Learned()), read_address(logs, learned)
    assert before.text == f"{TOWN}西年田34番地"
    assert after.text == f"{TOWN}西牟田34番地"
    assert after.problems == ()
    assert after.features["overruled"] == pytest.approx(0.3, abs=0.05)


def test_what_the_engine_is_sure_of_no_word_turns() -> None:
    learned = taught(500, address=(f"{TOWN}西牟田1番地", f"{TOWN}西牟田1番地"))
    logs = {f"{TOWN}西年田34番地": -0.01, f"{TOWN}西牟田34番地": -6.0}
    assert read_address(logs, learned).text == f"{TOWN}西年田34番地"


def test_what_agrees_with_the_office_is_believed_more() -> None:
    learned = taught(20, address=(f"{TOWN}西牟田1番地", f"{TOWN}西牟田1番地"))
    logs = {f"{TOWN}西牟田34番地": -0.3, f"{TOWN}西年田34番地": -1.5}
    assert (
        read_address(logs, learned).features["share"]
        > read_address(logs, Learned()).features["share"] + 0.05
    )


def test_nothing_learned_changes_nothing() -> None:
    places = {
        "address": {"": seen({f"{TOWN}附越34番地": -0.1, "附属": -2.0})},
        "applicant": {"": seen({"山田太郎": -0.3})},
    }
    without, empty = refine(FORM, places, OFFICE), refine(FORM, places, OFFICE, Learned())
    for name in places:
        assert (without[name][""].texts, without[name][""].features) == (
            empty[name][""].texts,
            empty[name][""].features,
        )


@given(
    st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), min_size=1, max_size=5),
    st.text("鹿島市西牟年田浦母ヶ12番地", max_size=12),
)
def test_every_weight_is_bounded(counts: list[tuple[int, int]], text: str) -> None:
    words = dict(
        zip(("西牟田", "母ヶ浦", "島田", "番田", "市田"), (c for c, _ in counts), strict=False)
    )
    missed = {word: Corrected(*c) for word, c in zip(words, counts, strict=False)}
    learned = Learned(
        {"place": words}, {}, {"place": missed}, {"text": {("年", "牟"): Corrected(*counts[0])}}
    )
    assert 0 <= learned.lift("f", ADDRESS, "", text) <= WORD
    found = learned.corrections("f", ADDRESS, "", [text])
    assert all(source == text and odds <= ODDS for source, odds in found.values())
    assert (
        from_json(json.loads(json.dumps(to_json(learned)))).corrections("f", ADDRESS, "", [text])
        == found
    )


def test_a_piece_that_merely_shares_a_letter_with_its_neighbour_is_not_the_word() -> None:
    assert ("母ヶ浦", f"{TOWN}母ヶ浦84番地") in list(near_words(f"{TOWN}母一浦84番地", ["母ヶ浦"]))
    assert ("母ヶ浦", f"{TOWN}母ヶ浦84番地") in list(near_words(f"{TOWN}母浦84番地", ["母ヶ浦"]))
    assert list(near_words(f"{TOWN}母ヶ浦84番地", ["母ヶ浦"])) == []
    assert list(near_words(f"{TOWN}西牟田84番地", ["母ヶ浦"])) == []


@pytest.mark.parametrize(
    "spoil",
    [
        {},
        {"words": [], "readings": {}, "missed": [], "confusions": []},
        {"words": {"place": {"鮒越": "x"}}, "readings": {}, "missed": [], "confusions": []},
        {"words": {}, "readings": {}, "missed": [[1]], "confusions": []},
    ],
)
def test_damaged_data_is_refused(spoil: dict[str, Any]) -> None:
    with pytest.raises(DefinitionError, match="壊れています"):
        from_json(spoil)


# --- for trust ------------------------------------------------------------------------------------


def test_drawn_values_count_for_those_nobody_saw_and_changes_that_nobody_asked_for_do_not_count() -> (
    None
):
    doubtful = next(labelled(answered("a", workplace=("有明加王", "有明加工")), 90.0))
    assert (doubtful.right, doubtful.weight, doubtful.source, doubtful.target) == (
        False,
        1.0,
        "a",
        FORM.wrong_per_unseen,
    )
    drawn = next(labelled(answered("b", sampled=True, workplace=("有明 加工", "有明加工")), 90.0))
    assert (drawn.right, drawn.weight) == (True, 90.0), "a blank is no error"
    assert (
        list(labelled(answered("c", unseen=True, workplace=("有明加王", "有明加工")), 90.0)) == []
    )
    sheet = answered("d", workplace=("有明加王", "有明加工"))
    field = sheet.as_read.fields["workplace"]
    marked = Field(
        field.name,
        field.kind,
        field.text,
        field.value,
        field.p,
        (Problem("x", "x"),),
        field.readings,
    )
    spoilt = Record("d-001", "d", (1,), "f", 1, 0.9, {"workplace": marked})
    assert next(labelled(Answered(FORM, spoilt, sheet.now), 1.0)).problems

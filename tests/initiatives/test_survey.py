"""業務調査票 and 各課照会: out as Excel, back in with every problem named by its cell."""

from __future__ import annotations

import datetime as dt
import functools
import shutil
import tempfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from initiatives.strategy import load_strategy
from initiatives.survey import (
    Answers,
    append,
    read_answers,
    roll_over,
    to_toml,
    write_inquiry,
    write_survey,
)
from initiatives.survey.answercolumns import ACTUAL, INQUIRY, SURVEY, AnswerColumn
from records.errors import DefinitionError

SAMPLE = Path(__file__).parents[2] / "samples" / "strategy.toml"
STRATEGY = load_strategy(SAMPLE)
DAY = dt.date(2026, 5, 11)
FIRST = 6
GOOD: dict[str, Any] = {
    "title": "軽自動車廃車申告の入力",
    "department": "税務課",
    "kind": "AI-OCR",
    "pii_level": "個人情報",
    "volume": 1095,
    "minutes": 9.5,
    "basis": "申告",
    "fields": 18,
    "handwriting": 60,
}


@pytest.fixture
def strategy_file(tmp_path: Path) -> Path:
    return Path(shutil.copy(SAMPLE, tmp_path / "strategy.toml"))


def fill(
    path: Path,
    sheet: str,
    columns: tuple[AnswerColumn, ...],
    *rows: dict[str, Any],
    first: int = FIRST,
) -> Path:
    """Type rows into a template as a department would."""
    book = openpyxl.load_workbook(path)
    keys = [c.key for c in columns]
    for number, values in enumerate(rows, first):
        for key, value in values.items():
            book[sheet].cell(number, keys.index(key) + 1, value)
    book.save(path)
    return path


@functools.cache
def template() -> bytes:
    """The empty 業務調査票, written once."""
    with tempfile.TemporaryDirectory() as folder:
        write_survey(Path(folder) / "t.xlsx", STRATEGY, DAY)
        return (Path(folder) / "t.xlsx").read_bytes()


def survey(tmp_path: Path, *rows: dict[str, Any], name: str = "調査票 税務課.xlsx") -> Path:
    path = tmp_path / name
    path.write_bytes(template())
    return fill(path, "業務調査票", SURVEY, *rows)


def answers(*paths: Path) -> Answers:
    return read_answers(paths, STRATEGY, DAY)


def test_an_empty_template_says_nothing_and_asks_nothing(tmp_path: Path) -> None:
    found = answers(survey(tmp_path))
    assert found.count == 0
    assert found.misfits == ()


def test_a_filled_survey_becomes_an_initiative(tmp_path: Path, strategy_file: Path) -> None:
    path = survey(
        tmp_path,
        {
            **GOOD,
            "co_departments": "市民課、デジタル推進課",
            "systems": "収納システム",
            "current_issue": '「紙」が多い\n"残業"',
            "minutes": None,
            "basis": "実測",
            "samples": "560、575、600",
        },
    )
    found = answers(path)
    assert found.misfits == ()
    text = to_toml(found, load_strategy(strategy_file), DAY)
    strategy = append(strategy_file, text, DAY)
    made = strategy.initiatives["EFF-07"]  # the next free number
    assert made.title == GOOD["title"]
    assert made.status == "検討"
    assert made.co_departments == ("citizen", "digital")
    assert made.current_issue == '「紙」が多い\n"残業"'
    assert made.baselines[0].samples == (560_000, 575_000, 600_000)
    assert made.baselines[0].valid_from == DAY
    assert "適性の見込み" in made.note
    assert "試算" in made.note
    assert load_strategy(strategy_file) == strategy


def test_what_the_office_wrote_stays_and_a_copy_is_kept(
    tmp_path: Path, strategy_file: Path
) -> None:
    before = strategy_file.read_text(encoding="utf-8")
    text = to_toml(answers(survey(tmp_path, GOOD)), load_strategy(strategy_file), DAY)
    append(strategy_file, text, DAY)
    after = strategy_file.read_text(encoding="utf-8")
    assert after.startswith(before.rstrip())
    assert (tmp_path / "strategy.toml.bak-20260511").read_text(encoding="utf-8") == before
    with pytest.raises(DefinitionError, match="EFF-07"):
        append(strategy_file, text, DAY)  # the same again would be registered twice
    assert strategy_file.read_text(encoding="utf-8") == after
    assert not list(tmp_path.glob(".strategy-*"))


def test_many_departments_come_in_at_once_and_numbers_do_not_clash(
    tmp_path: Path, strategy_file: Path
) -> None:
    """153 rows in several workbooks, one of them with a number of its own."""
    paths = []
    for part in range(3):
        rows = [{**GOOD, "title": f"業務 {part}-{n}"} for n in range(51)]
        if part == 1:
            rows[0]["code"] = "EFF-08"
        paths.append(survey(tmp_path, *rows, name=f"{part}.xlsx"))
    found = answers(*paths)
    assert found.misfits == ()
    strategy = append(strategy_file, to_toml(found, load_strategy(strategy_file), DAY), DAY)
    assert len(strategy.initiatives) == len(load_strategy(SAMPLE).initiatives) + 153
    assert strategy.initiatives["EFF-08"].title == "業務 1-0"


@pytest.mark.parametrize(
    ("change", "cell", "words"),
    [
        ({"title": None}, "B6", "が空です"),
        ({"department": "税無課"}, "C6", "「税務課」のことですか"),
        ({"co_departments": "税務課、ない課"}, "D6", "部署「ない課」"),
        ({"kind": "AI OCR"}, "E6", "「AI-OCR」のことですか"),
        ({"volume": "約1000"}, "N6", "数だけを書いて"),
        ({"volume": 0}, "N6", "1以上の整数"),
        ({"volume": 10.5}, "N6", "1以上の整数"),
        ({"minutes": -3}, "O6", "0より大きい"),
        ({"minutes": None}, "O6", "1件の時間(分)が空です"),
        ({"minutes": dt.time(0, 9)}, "O6", "数で書いて"),
        ({"basis": "推測"}, "P6", "選べません"),
        ({"basis": "実測"}, "Q6", "3件以上"),
        ({"samples": "560、570、580"}, "P6", "「実測」を選んで"),
        (
            {"basis": "実測", "samples": "560、570、580", "minutes": 3},
            "O6",
            "平均(9.5分)と合いません",
        ),
        ({"samples": "9分、10分、x"}, "Q6", "数だけを書いて"),
        ({"handwriting": 130}, "T6", "0から100まで"),
        ({"code": "EFF-01"}, "A6", "もう登録されています"),
        ({"title": "口座振替依頼書 の入力"}, "B6", "EFF-02 として登録"),
        ({"volume": "#REF!"}, "N6", "数式のエラー"),
    ],
)
def test_every_problem_is_named_by_its_cell(
    tmp_path: Path, change: dict[str, Any], cell: str, words: str
) -> None:
    found = answers(survey(tmp_path, {**GOOD, **change}))
    assert found.surveys == ()
    assert [m.cell for m in found.misfits] == [cell]
    assert words in found.misfits[0].reason
    assert str(found.misfits[0]).startswith(f"調査票 税務課.xlsx  業務調査票  {cell}: ")


@pytest.mark.parametrize(
    ("text", "value"), [("1,095件", 1095), ("１０９５", 1095), (" 1095 ", 1095), (1095.0, 1095)]
)
def test_numbers_are_read_as_people_type_them(tmp_path: Path, text: object, value: int) -> None:
    found = answers(survey(tmp_path, {**GOOD, "volume": text}))
    assert found.misfits == ()
    assert found.surveys[0].get("volume") == value


def test_one_bad_row_does_not_stop_the_good_ones(tmp_path: Path) -> None:
    found = answers(
        survey(
            tmp_path,
            GOOD,
            {**GOOD, "title": "別の業務", "volume": "多数"},
            {**GOOD, "title": "もう一つ"},
        )
    )
    assert [row.get("title") for row in found.surveys] == [GOOD["title"], "もう一つ"]
    assert [m.cell for m in found.misfits] == ["N7"]


def test_the_same_task_from_two_departments_is_told(tmp_path: Path) -> None:
    found = answers(survey(tmp_path, GOOD, name="a.xlsx"), survey(tmp_path, GOOD, name="b.xlsx"))
    assert len(found.surveys) == 1
    assert "a.xlsx 業務調査票 6行目と同じ" in found.misfits[0].reason


def test_moved_and_added_columns_do_not_matter(tmp_path: Path) -> None:
    path = survey(tmp_path, GOOD)
    book = openpyxl.load_workbook(path)
    book["業務調査票"].insert_cols(2)
    book["業務調査票"]["B4"] = "課の整理番号"
    book["業務調査票"]["B6"] = "内部用"
    book["業務調査票"].insert_rows(1, 2)
    book.save(path)
    found = answers(path)
    assert found.misfits == ()
    assert found.surveys[0].get("title") == GOOD["title"]
    assert found.surveys[0].cells["title"] == "C8"


def test_a_lost_header_is_told(tmp_path: Path) -> None:
    path = survey(tmp_path, GOOD)
    book = openpyxl.load_workbook(path)
    book["業務調査票"]["N4"] = "件数?"
    book.save(path)
    assert "見出し「年間件数」の列が見つかりません" in answers(path).misfits[0].reason


def test_what_is_no_workbook_is_told(tmp_path: Path) -> None:
    broken = tmp_path / "壊れた.xlsx"
    other = tmp_path / "別の表.xlsx"
    broken.write_bytes(b"PK\x03\x04 not really")
    openpyxl.Workbook().save(other)
    reasons = {m.file: m.reason for m in answers(broken, other).misfits}
    assert "開けません" in reasons["壊れた.xlsx"]
    assert "業務調査票" in reasons["別の表.xlsx"]


# ---- 各課照会 ------------------------------------------------------------------------------------


@pytest.fixture
def inquiry(tmp_path: Path) -> Path:
    path = tmp_path / "照会.xlsx"
    write_inquiry(path, STRATEGY, DAY)
    return path


def test_an_inquiry_that_comes_back_untouched_changes_nothing(inquiry: Path) -> None:
    found = answers(inquiry)
    assert found.misfits == ()
    assert to_toml(found, load_strategy(SAMPLE), DAY) == ""


def test_answers_to_an_inquiry_are_taken_over(inquiry: Path, strategy_file: Path) -> None:
    fill(
        inquiry,
        "各課照会",
        INQUIRY,
        {},
        {},
        {
            "basis": "実測",
            "samples": "350、362、371",
            "preparation": 11,
            "review": "様式を見直した。",
            "verdict": "拡大",
            "grade": "A",
        },
    )
    fill(inquiry, "実績", ACTUAL, {}, {"value": 47.5, "basis": "実測", "source": "電子申請の集計"})
    found = answers(inquiry)
    assert found.misfits == ()
    before = load_strategy(strategy_file)
    strategy = append(strategy_file, to_toml(found, before, DAY), DAY)
    code = found.inquiries[0].get("code")
    made = strategy.initiatives[code]
    was = before.initiatives[code]
    assert made.baseline_on(DAY) != was.baseline_on(DAY)
    assert made.baseline_on(DAY - dt.timedelta(days=1)) == was.baseline_on(
        DAY - dt.timedelta(days=1)
    )
    new = made.handling_on(DAY)
    old = was.handling_on(DAY)
    assert new is not None
    assert old is not None
    assert (new.preparation, new.upkeep, new.exception) == (11_000, old.upkeep, old.exception)
    period = next(p for p in made.periods if p.no == 2)
    assert (period.review, period.verdict, period.grade) == ("様式を見直した。", "拡大", "A")
    assert period.plan == next(p for p in was.periods if p.no == 2).plan
    (actual,) = found.actuals  # what went out filled in is no answer
    kpi = next(
        k for k in strategy.initiatives[actual.get("code")].kpis if k.name == actual.get("kpi")
    )
    assert any(a.value == 47.5 and a.basis == "実測" for a in kpi.actuals)


def test_answers_that_do_not_fit_the_register_are_named(inquiry: Path) -> None:
    fill(
        inquiry,
        "各課照会",
        INQUIRY,
        {"code": "EFF-99", "review": "x"},
        {"grade": "Z"},
        {"minutes": 5},
        {"verdict": "続ける"},
    )
    fill(inquiry, "実績", ACTUAL, {"value": 99, "basis": "実測"}, {"value": 3})
    found = answers(inquiry)
    assert {(m.sheet, m.cell) for m in found.misfits} == {
        ("各課照会", "A6"),
        ("各課照会", "J7"),
        ("各課照会", "E8"),
        ("各課照会", "K9"),
        ("実績", "E6"),
        ("実績", "F7"),
    }


def test_the_workbooks_own_day_counts(inquiry: Path) -> None:
    book = openpyxl.load_workbook(inquiry)
    book["各課照会"]["B3"] = dt.datetime(2026, 6, 1)
    book.save(inquiry)
    fill(inquiry, "各課照会", INQUIRY, {}, {}, {"basis": "申告", "minutes": 5})
    assert "valid_from = 2026-06-01" in to_toml(answers(inquiry), load_strategy(SAMPLE), DAY)


# ---- the next plan period ------------------------------------------------------------------------


def test_open_initiatives_are_carried_over_into_the_next_period_once(strategy_file: Path) -> None:
    before = load_strategy(strategy_file)
    strategy = append(strategy_file, roll_over(before, 2), DAY)
    for made in strategy.initiatives.values():
        new = next(p for p in made.periods if p.no == 3)
        old = next(p for p in made.periods if p.no == 2)
        assert (new.plan, new.continued_from, new.review, new.verdict) == (old.plan, 2, "", "")
    assert roll_over(strategy, 2) == ""


def test_what_was_given_up_is_not_carried_over(strategy_file: Path) -> None:
    text = strategy_file.read_text(encoding="utf-8").replace(
        'verdict = "見直し"', 'verdict = "廃止"'
    )
    strategy_file.write_text(text, encoding="utf-8")
    strategy = append(strategy_file, roll_over(load_strategy(strategy_file), 2), DAY)
    assert [p.no for p in strategy.initiatives["EFF-06"].periods] == [2]


def test_there_must_be_a_next_period() -> None:
    with pytest.raises(DefinitionError, match="第5期"):
        roll_over(STRATEGY, 4)

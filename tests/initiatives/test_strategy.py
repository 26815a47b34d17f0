"""strategy.toml is read strictly; what is wrong is named with its line."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from initiatives.evaluate import Measurement
from initiatives.initiativepage import story
from initiatives.register import KPI, InitiativePeriod
from initiatives.strategy import load_strategy
from initiatives.tables import kpi_table
from records.errors import DefinitionError
from tests.initiatives.madeplans import register

SAMPLE = Path(__file__).parents[2] / "samples" / "strategy.toml"

BASE = """\
[strategy]
name = "試験"
first_year = "R5"
last_year = "R12"

[[pillar]]
id = "eff"
name = "業務の効率化"

[[period]]
no = 1
first_year = "R5"
last_year = "R6"

[[department]]
code = "tax"
name = "税務課"

[[initiative]]
code = "A"
title = "申告書の入力"
pillar = "eff"
department = "tax"
kind = "AI-OCR"
status = "本格"
"""


def load(tmp_path: Path, text: str) -> object:
    path = tmp_path / "strategy.toml"
    path.write_text(text, encoding="utf-8")
    return load_strategy(path)


def refused(tmp_path: Path, text: str) -> DefinitionError:
    with pytest.raises(DefinitionError) as caught:
        load(tmp_path, text)
    assert caught.value.path == tmp_path / "strategy.toml"
    return caught.value


def test_the_sample_office_is_registered() -> None:
    strategy = load_strategy(SAMPLE)
    assert strategy.name == "かしまデジタル変革戦略"
    assert [p.name for p in strategy.pillars] == ["市民の利便性の向上", "業務の効率化", "人財育成"]
    assert [p.span.title for p in strategy.periods] == [
        "令和5〜6年度",
        "令和7〜8年度",
        "令和9〜10年度",
        "令和11〜12年度",
    ]
    assert strategy.codes >= {"EFF-01", "EFF-02", "EFF-03", "EFF-04", "EFF-05"}
    assert not strategy.codes & {"CIT-01", "HUM-01"}


def test_the_sample_never_passes_for_the_real_city() -> None:
    strategy = load_strategy(SAMPLE)
    assert "架空" in strategy.note
    for initiative in strategy.initiatives.values():
        for baseline in initiative.baselines:
            assert baseline.basis in ("申告", "試算")
            assert "見本" in baseline.source


def test_the_smallest_strategy_loads(tmp_path: Path) -> None:
    load(tmp_path, BASE)


@pytest.mark.parametrize(
    ("added", "words", "line"),
    [
        ('titel = "x"', "「titel」というキーはありません。「title」のことですか", "titel ="),
        ('[[initiative]]\ncode = "B"', "「title」がありません", "[[initiative]]"),
        (
            '[[initiative]]\ncode = "A"\ntitle = "x"\npillar = '
            '"eff"\ndepartment = "tax"\nkind = "RPA"\nstatus = "本格"',
            "「A」が二度あります",
            'code = "A"',
        ),
        (
            'co_departments = ["taks"]',
            "部署「taks」が [[department]] にありません",
            "co_departments",
        ),
        (
            '[[initiative.kpi]]\nname = "k"\nunit = "h"\ntargets = { R20 = 3 }',
            "戦略の期間(令和5〜12年度)の外です",
            "targets",
        ),
        (
            '[[initiative.kpi]]\nname = "k"\nunit = "h"\ntargets = { R7 = "3" }',
            "目標「R7」は数で",
            "targets",
        ),
        (
            '[[initiative.kpi]]\nname = "k"\nunit = "h"\nbaseline = 3',
            "baseline_basis",
            "[[initiative.kpi]]",
        ),
        (
            '[[initiative.kpi]]\nname = "k"\nunit = "h"\nformula = '
            '"saved_hours"\n[[initiative.kpi.actual]]\nyear = "R7"\n'
            'value = 1\nbasis = "実測"',
            "actual は書けません",
            "[[initiative.kpi.actual]]",
        ),
        (
            '[[initiative.baseline]]\nvalid_from = 2025-04-01\nbasis = "申告"\nsource = "s"',
            "「minutes」に書いて",
            "[[initiative.baseline]]",
        ),
        (
            '[[initiative.baseline]]\nvalid_from = 2025-04-01\nbasis = "実測"\nsource = "s"\nsamples = [200, 210]',
            "3件以上",
            "samples",
        ),
        (
            '[[initiative.baseline]]\nvalid_from = 2025-04-01\nbasis = "推測"\nminutes = 3\nsource = "s"',
            "「推測」は使えません",
            'basis = "推測"',
        ),
        (
            '[[initiative.baseline]]\nvalid_from = "2025-04-01"\nbasis = "申告"\nminutes = 3\nsource = "s"',
            "日付",
            "valid_from",
        ),
        (
            '[[initiative.baseline]]\nvalid_from = 2025-04-01T08:00:00\nbasis = "申告"\nminutes = 3\nsource = "s"',
            "日付だけ",
            "valid_from",
        ),
        (
            '[[initiative.baseline]]\nvalid_from = 2025-04-01\nbasis = "申告"\nminutes = 3\nsource = " "',
            "「source」が空です",
            'source = " "',
        ),
        (
            '[[initiative.baseline]]\nvalid_from = 2025-04-01\nbasis = "申告"\nminutes = 5\nsource = "s"\n'
            '[[initiative.handling]]\nvalid_from = 2025-04-01\nbasis = "申告"\nsource = "s"\nexception_minutes = 4',
            "基準時間(5分)より短く",
            "exception_minutes",
        ),
        ('[[initiative.period]]\nno = 3\nplan = "x"', "第3期は [[period]] にない", "no = 3"),
        (
            '[[initiative.period]]\nno = 1\nplan = "x"\ngrade = "Z"',
            "「Z」は使えません",
            'grade = "Z"',
        ),
        (
            '[[initiative.milestone]]\ntext = "x"\nyear = "R7"\nquarter = 5',
            "1(4〜6月)から",
            "quarter = 5",
        ),
        ('[[initiative.cost]]\nyear = "R7"\ncategory = "保守"\nyen = -1', "0以上", "yen = -1"),
        (
            '[[department]]\ncode = "old"\nname = "旧税務課"\nvalid_to = 2025-03-31\nsuccessor = "taxx"',
            "引継ぎ先「taxx」",
            'successor = "taxx"',
        ),
        (
            '[[department]]\ncode = "old"\nname = "旧税務課"\nsuccessor = "tax"',
            "「valid_to」(この課の最後の日)",
            "successor",
        ),
        (
            '[[department]]\ncode = "a"\nname = "a"\nvalid_to = '
            '2025-03-31\nsuccessor = "b"\n[[department]]\ncode = "b"\n'
            'name = "b"\nvalid_to = 2025-03-31\nsuccessor = "a"',
            "後まで続いて",
            'successor = "b"',
        ),
        (
            '[[period]]\nno = 2\nfirst_year = "R8"\nlast_year = "R9"',
            "次の年度から",
            'first_year = "R8"',
        ),
        ('[[pillar]]\nid = "x"\nname = "ほか"\nautomation = true', "一つだけ", "[[pillar]]"),
        (
            '[[system_era]]\nname = "1"\nfrom = 2025-04-01\nto = '
            '2026-03-31\n[[system_era]]\nname = "2"\nfrom = 2026-03-31\n'
            "to = 2027-03-31",
            "重ならないように",
            "from = 2026-03-31",
        ),
        (
            '[[rate]]\nname = "時給"\nvalue = 1\nvalid_from = 2025-04-01\nsource = "s"',
            "「時給」は使えません",
            'name = "時給"',
        ),
        (
            '[[rate]]\nname = "時間単価"\nvalue = 0\nvalid_from = 2025-04-01\nsource = "s"',
            "0より大きい",
            "value = 0",
        ),
        (
            '[[grade]]\nletter = "A"\nwords = "よい"\nat_least = '
            '1\n[[grade]]\nletter = "S"\nwords = "とてもよい"\nat_least = '
            "2",
            "高い順",
            "at_least = 2",
        ),
    ],
)
def test_what_contradicts_the_rules_is_named_with_its_line(
    tmp_path: Path, added: str, words: str, line: str
) -> None:
    error = refused(tmp_path, BASE + added + "\n")
    assert words in error.message
    assert error.line is not None
    assert line in (BASE + added).splitlines()[error.line - 1]


def test_lines_of_nested_tables_are_those_of_their_own_initiative(tmp_path: Path) -> None:
    good = '\n[[initiative.cost]]\nyear = "R7"\ncategory = "保守"\nyen = 1\n'
    other = (
        good
        + BASE[BASE.index("[[initiative]]") :].replace('"A"', '"B"')
        + good.replace("保守", "飲食")
    )
    error = refused(tmp_path, BASE + other)
    text = (BASE + other).splitlines()
    assert error.line == 1 + next(n for n, t in enumerate(text) if "飲食" in t)


def test_stopwatch_samples_make_the_baseline(tmp_path: Path) -> None:
    added = (
        "[[initiative.baseline]]\nvalid_from = 2025-04-01\nbasis = "
        '"実測"\nsource = "s"\nsamples = [200, 210.5, 190]\n'
    )
    strategy = load(tmp_path, BASE + added)
    baseline = strategy.initiatives["A"].baselines[0]  # type: ignore[attr-defined]
    assert baseline.samples == (200_000, 210_500, 190_000)
    assert baseline.milliseconds == 200_167
    assert baseline.n == 3


def test_a_renamed_department_answers_for_its_old_work() -> None:
    strategy = register()
    assert strategy.department_on("old", dt.date(2026, 3, 31)).name == "企画課"
    assert strategy.department_on("old", dt.date(2026, 4, 1)).name == "政策課"
    assert strategy.department_code("企画課", dt.date(2025, 5, 1)) == "old"
    assert strategy.department_code("ない課", dt.date(2025, 5, 1)) == ""


def test_a_new_core_system_asks_for_a_new_check_until_it_is_done() -> None:
    strategy = load_strategy(SAMPLE)
    assert strategy.to_recheck("EFF-02", dt.date(2025, 10, 31)) is None
    era = strategy.to_recheck("EFF-02", dt.date(2025, 11, 1))
    assert era is not None
    assert era.name == "第2期基幹系"
    assert strategy.to_recheck("EFF-01", dt.date(2025, 11, 19)) is not None
    assert strategy.to_recheck("EFF-01", dt.date(2025, 11, 20)) is None
    assert strategy.to_recheck("EFF-04", dt.date(2025, 11, 1)) is None  # touches no core system


def test_rates_hold_from_their_day_and_none_is_assumed() -> None:
    strategy = register()
    assert strategy.rate_on("時間単価", dt.date(2024, 3, 31)) is None
    before, after = (strategy.rate_on("時間単価", dt.date(2025, m, 1)) for m in (9, 10))
    assert before is not None
    assert after is not None
    assert (before.value, after.value) == (2000, 2600)
    assert strategy.rate_on("年間時間", dt.date(2025, 10, 1)) is None


def test_every_key_of_the_sample_is_known_and_documented() -> None:
    """The sample is what offices copy from: each table that the loader takes is in it."""
    headers = set(
        re.findall(r"^\[\[?([\w.]+)\]\]?", SAMPLE.read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert headers >= {
        "strategy",
        "pillar",
        "pillar.kpi",
        "period",
        "department",
        "system_era",
        "rate",
        "grade",
        "initiative",
        "initiative.baseline",
        "initiative.handling",
        "initiative.kpi",
        "initiative.kpi.actual",
        "initiative.milestone",
        "initiative.cost",
        "initiative.period",
    }


def test_a_plan_says_from_which_period_it_was_carried_over() -> None:
    initiative = next(iter(load_strategy(SAMPLE).initiatives.values()))
    plan = InitiativePeriod(2, "つづける", continued_from=1)
    sheet = SimpleNamespace(initiative=initiative, plan=plan)
    assert ("この期の計画", "(第1期から継続)つづける") in story(sheet)  # type: ignore[arg-type]


SECOND = '[[period]]\nno = 2\nfirst_year = "R7"\nlast_year = "R8"\n\n'


@pytest.mark.parametrize("earlier", [2, 3, 0])
def test_a_plan_is_carried_over_from_an_earlier_period_only(tmp_path: Path, earlier: int) -> None:
    text = BASE.replace("[[department]]", SECOND + "[[department]]", 1)
    plan = '\n[[initiative.period]]\nno = 2\nplan = "x"\ncontinued_from = {}\n'
    load(tmp_path, text + plan.format(1))
    error = refused(tmp_path, text + plan.format(earlier))
    assert (error.key, error.allowed) == ("continued_from", ("1",))
    assert f"第{earlier}期" in error.message


def test_the_basis_of_a_baseline_is_told() -> None:
    kpi = KPI("処理日数", "日", baseline=12.0, baseline_basis="申告")
    table = kpi_table([("EFF-01", Measurement(kpi, 2025, None, None, 0))])
    assert table.notes == ("「処理日数」の基準は申告です。",)

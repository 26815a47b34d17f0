"""The named checks, on forms read from real form.toml files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from records.checks import run_checks
from records.formloading import RULES
from records.forms import FormDef
from tests.records.conftest import FIELDS, OFFICE, TODAY, Run, as_toml, bad, form_of


def test_a_sum(run: Run) -> None:
    keys = {"rule": "sum", "of": ["a", "b", "c"], "total": "total"}
    assert run(**keys, sheet={"a": 100, "b": 200, "c": 300, "total": 600}) == {}
    assert run(**keys, sheet={"a": 100, "b": 200, "c": 300, "total": 500}) == bad(
        "sum", "a", "b", "c", "total"
    )
    assert run(**keys, sheet={"a": 100, "b": None, "total": 100}) == {}, (
        "an empty line of a form is no amount"
    )
    assert run(**keys, sheet={"a": 100, "b": None, "total": 90}) == bad("sum", "a", "total")
    assert run(**keys, sheet={"a": 100, "b": "1OO", "total": 100}) == {}, (
        "unreadable: it has its own problem"
    )
    assert run(**keys, sheet={"a": 100, "total": None}) == {}
    assert run(**keys, sheet={"total": 100}) == {}
    assert run("sum", ["a", "b"], {"a": 60, "b": 40}, total=100) == {}
    assert run("sum", ["a", "b"], {"a": 60, "b": 41}, total=100) == bad("sum", "a", "b")


def test_a_sum_over_the_rows_of_a_table_and_row_by_row(run: Run) -> None:
    prices = {"rows.1.price": 100, "rows.2.price": 200}
    assert run("sum", ["rows.*.price"], {**prices, "total": 300}, total="total") == {}
    assert run("sum", ["rows.*.price"], {**prices, "total": 400}, total="total") == bad(
        "sum", "rows.1.price", "rows.2.price", "total"
    )
    lines = {**prices, "rows.1.tax": 10, "rows.1.sum": 110, "rows.2.tax": 20, "rows.2.sum": 222}
    assert run("sum", ["rows.*.price", "rows.*.tax"], lines, total="rows.*.sum") == bad(
        "sum", "rows.2.price", "rows.2.tax", "rows.2.sum"
    )


@given(
    st.lists(st.one_of(st.none(), st.integers(-(10**9), 10**9)), min_size=3, max_size=3),
    st.integers(-3, 3),
)
def test_a_sum_holds_exactly_when_it_adds_up(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[int | None], off: int
) -> None:
    form = _sum_form(tmp_path_factory)
    values = dict(zip("abc", numbers, strict=True)) | {"total": sum(n or 0 for n in numbers) + off}
    assert bool(run_checks(form, values, OFFICE, TODAY)) == (
        off != 0 and any(n is not None for n in numbers)
    )


_FORMS: dict[str, FormDef] = {}


def _sum_form(factory: pytest.TempPathFactory) -> FormDef:
    if "sum" not in _FORMS:
        _FORMS["sum"] = form_of(
            factory.mktemp("sum"),
            '[[check]]\nrule = "sum"\nof = ["a", "b", "c"]\ntotal = "total"\n',
        )
    return _FORMS["sum"]


def test_a_difference(run: Run) -> None:
    keys = {"rule": "difference", "of": ["a", "b"], "result": "c"}
    assert run(**keys, sheet={"a": 500, "b": 200, "c": 300}) == {}
    assert run(**keys, sheet={"a": 500, "b": 200, "c": 301}) == bad("difference", "a", "b", "c")
    assert run(**keys, sheet={"a": 500, "b": None, "c": 500}) == {}, "nothing was collected yet"
    assert run(**keys, sheet={"a": 500, "b": None, "c": 400}) == bad("difference", "a", "c")
    assert run(**keys, sheet={"a": None, "b": 200, "c": 300}) == {}
    assert run(**keys, sheet={"a": 500, "b": "2O0", "c": 1}) == {}


def test_equality(run: Run) -> None:
    assert run("equal", ["office", "branch"], {"office": "福祉課", "branch": "福祉 課"}) == {}
    assert run("equal", ["office", "branch"], {"office": "福祉課", "branch": "総務課"}) == bad(
        "equal", "office", "branch"
    )
    assert run("equal", ["office", "branch"], {"office": "福祉課", "branch": None}) == {}
    assert run("equal", ["a", "b"], {"a": 1, "b": 2}) == bad("equal", "a", "b")
    assert run(
        "equal",
        ["rows.*.born", "rows.*.from"],
        {
            "rows.1.born": "2025-01-01",
            "rows.1.from": "2025-01-01",
            "rows.2.born": "2025-01-01",
            "rows.2.from": "2025-02-01",
        },
    ) == bad("equal", "rows.2.born", "rows.2.from")


def test_the_same_person(run: Run) -> None:
    account = {"holder": "カシマ タロウ"}
    assert (
        run("same_person", ["kana", "account"], {"kana": "カシマ　タロウ", "account": account})
        == {}
    )
    assert run(
        "same_person", ["kana", "account"], {"kana": "カシマ　ハナコ", "account": account}
    ) == bad("same_person", "kana", "account")
    assert run("same_person", ["kana", "holder"], {"kana": "きょうこ", "holder": "ｷﾖｳｺ"}) == {}
    assert (
        run("same_person", ["name", "office"], {"name": "髙﨑　一郎", "office": "高崎一郎"}) == {}
    )
    assert run(
        "same_person", ["name", "office"], {"name": "高崎一郎", "office": "高崎二郎"}
    ) == bad("same_person", "name", "office")
    assert run(
        "same_person",
        ["name", "kana", "account"],
        {"name": "鹿島太郎", "kana": "カシマ", "account": {"holder": "サガ"}},
    ) == bad("same_person", "kana", "account"), "a name in kanji cannot be compared with a reading"
    assert (
        run("same_person", ["name", "kana"], {"name": "Nguyen Van A", "kana": "グエン ヴァン アー"})
        == {}
    )
    assert (
        run("same_person", ["kana", "account"], {"kana": "カシマ", "account": {"holder": ""}}) == {}
    )
    assert run("same_person", ["kana", "account"], {"kana": None, "account": account}) == {}


def test_one_of(run: Run) -> None:
    assert run("one_of", ["office"], {"office": "福祉課"}, values=["福祉課", "総務課"]) == {}
    assert run(
        "one_of",
        ["office", "branch"],
        {"office": "税務課", "branch": "総務課"},
        values=["福祉課", "総務課"],
    ) == bad("one_of", "office")
    assert run("one_of", ["count"], {"count": 3}, values=[1, 2]) == bad("one_of", "count")
    assert run("one_of", ["count"], {"count": 2}, values=[1, 2]) == {}
    assert run("one_of", ["office"], {"office": None}, values=["福祉課"]) == {}
    assert run("one_of", ["papers"], {"papers": ["写し", "委任状"]}, values=["写し"]) == bad(
        "one_of", "papers"
    )


def test_all_marked(run: Run) -> None:
    assert run("all_marked", ["yes", "also"], {"yes": True, "also": True}) == {}
    assert run("all_marked", ["yes", "also"], {"yes": True, "also": False}) == bad(
        "all_marked", "also"
    )
    assert run("all_marked", ["yes", "also"], {"yes": True, "also": None}) == {}, (
        "unknown is not unmarked"
    )
    assert run("all_marked", ["papers"], {"papers": ["写し", "委任状"]}) == {}
    assert run("all_marked", ["papers"], {"papers": ["写し"]}) == bad("all_marked", "papers")
    assert run("all_marked", ["papers"], {"papers": None}) == bad("all_marked", "papers")


def test_date_order(run: Run) -> None:
    of = ["born", "moved", "reported"]
    assert (
        run(
            "date_order",
            of,
            {"born": "1990-01-01", "moved": "2025-06-01", "reported": "2025-06-01"},
        )
        == {}
    )
    assert run(
        "date_order", of, {"born": "1990-01-01", "moved": "2025-06-02", "reported": "2025-06-01"}
    ) == bad("date_order", "moved", "reported")
    assert run(
        "date_order", of, {"born": "2026-01-01", "moved": None, "reported": "2025-06-01"}
    ) == bad("date_order", "born", "reported")
    assert (
        run("date_order", of, {"born": "2025", "moved": "2025-06", "reported": "2025-06-30"}) == {}
    ), "it may be in order"
    assert run("date_order", of, {"born": "2026", "moved": "2025-06"}) == bad(
        "date_order", "born", "moved"
    )
    assert run("date_order", of, {"born": "不詳", "moved": "2025-06-01"}) == {}


def test_date_order_of_rows(run: Run) -> None:
    rows = {"rows.1.born": "2020-01-01", "rows.2.born": "2018-01-01"}
    assert (
        run("date_order", ["rows.*.born", "reported"], {**rows, "reported": "2025-06-01"}) == {}
    ), "rows have no order among themselves"
    assert run(
        "date_order", ["rows.*.born", "reported"], {**rows, "reported": "2019-06-01"}
    ) == bad("date_order", "rows.1.born", "reported")
    assert run(
        "date_order",
        ["rows.*.born", "rows.*.from"],
        {
            **rows,
            "rows.1.from": "2020-02-01",
            "rows.2.from": "2017-01-01",
        },
    ) == bad("date_order", "rows.2.born", "rows.2.from"), "each row by itself"


def test_within_days(run: Run) -> None:
    of = ["moved", "reported"]
    assert run("within_days", of, {"moved": "2025-06-01", "reported": "2025-06-15"}, days=14) == {}
    assert run(
        "within_days", of, {"moved": "2025-06-01", "reported": "2025-06-16"}, days=14
    ) == bad("within_days", *of)
    assert run(
        "within_days", of, {"moved": "2025-06-02", "reported": "2025-06-01"}, days=14
    ) == bad("within_days", *of)
    assert run("within_days", of, {"moved": "2025-05", "reported": "2025-06-30"}, days=14) == {}
    assert run("within_days", ["moved"], {"moved": "2025-06-01"}, days=14) == {}
    assert run("within_days", ["moved"], {"moved": "2025-05-01"}, days=14) == bad(
        "within_days", "moved"
    )


def test_ages(run: Run) -> None:
    assert run("age_between", ["born"], {"born": "2010-06-11"}, min=15, max=64) == {}, (
        "15 is reached the day before the birthday"
    )
    assert run("age_between", ["born"], {"born": "2010-06-12"}, min=15, max=64) == bad(
        "age_between", "born"
    )
    assert run("age_between", ["born"], {"born": "1959-06-11"}, max=64) == {"born": ["age_between"]}
    assert run("age_between", ["born"], {"born": "1960-06-12"}, max=64) == {}
    assert run("age_between", ["born"], {"born": "2010"}, min=15) == {}, (
        "some day of that year fits"
    )
    assert run("age_between", ["born"], {"born": "2011"}, min=15) == bad("age_between", "born")
    assert (
        run(
            "age_between",
            ["born"],
            {"born": "2010-06-12", "moved": "2026-01-01"},
            min=15,
            on="moved",
        )
        == {}
    )
    assert (
        run("age_between", ["born"], {"born": "2010-06-12", "moved": None}, min=15, on="moved")
        == {}
    )
    assert run("age_between", ["born"], {"born": "2010-06-12"}, min=15, on="today") == bad(
        "age_between", "born"
    )
    rows = {"rows.1.born": "2020-01-01", "rows.2.born": "2000-01-01"}
    assert run("age_between", ["rows.*.born"], rows, max=18) == bad("age_between", "rows.2.born")


def test_counting_rows(run: Run) -> None:
    rows = {"rows.1.child": "鹿島一", "rows.2.child": "鹿島二", "rows.3.child": None}
    assert run("count_rows", [], {**rows, "count": 2}, table="rows", total="count") == {}
    assert run("count_rows", [], {**rows, "count": 3}, table="rows", total="count") == bad(
        "count_rows", "rows.1.child", "rows.2.child", "count"
    )
    assert run("count_rows", [], {**rows, "count": None}, table="rows", total="count") == {}
    assert (
        run(
            "count_rows",
            [],
            {**rows, "rows.4.born": "2020-01-01", "count": 3},
            table="rows",
            total="count",
        )
        == {}
    )
    assert (
        run(
            "count_rows",
            ["rows.*.child"],
            {**rows, "rows.4.born": "2020-01-01", "count": 2},
            table="rows",
            total="count",
        )
        == {}
    )
    assert run("count_rows", [], {"count": 1}, table="rows", total="count") == bad(
        "count_rows", "count"
    )


def test_the_forms_own_sentence_and_several_checks(tmp_path: Path) -> None:
    form = form_of(
        tmp_path,
        (
            '[[check]]\nrule = "same_person"\nof = ["kana", "holder"]\nmessage = "口座名義は請求者本人に限ります"\n'
            '[[check]]\nrule = "equal"\nof = ["kana", "holder"]\n'
        ),
    )
    values = {"kana": "カシマ", "holder": "サガ"}
    found = run_checks(form, values, OFFICE, TODAY)
    assert [(p.code, p.message) for p in found["holder"]] == [
        ("same_person", "口座名義は請求者本人に限ります"),
        ("equal", "「kana欄」、「holder欄」が一致しません。どちらが正しいか確認してください"),
    ]
    assert values == {"kana": "カシマ", "holder": "サガ"}


KEYS = {
    "sum": 'total = "total"',
    "difference": 'result = "c"',
    "one_of": 'values = ["a"]',
    "within_days": "days = 3",
    "age_between": 'min = 3\non = "moved"',
    "count_rows": 'table = "rows"\ntotal = "count"',
    "lookup": 'file = "l.csv"',
}


def all_rules(folder: Path, of: list[str]) -> FormDef:
    (folder / "l.csv").write_text("a\n1\n", encoding="utf-8")
    return form_of(
        folder,
        "".join(
            f'[[check]]\nrule = "{rule}"\nof = {as_toml([] if rule == "count_rows" else of)}\n{KEYS.get(rule, "")}\n'
            for rule in RULES
        ),
    )


def test_every_rule_of_the_contract_runs_on_an_empty_sheet(tmp_path: Path) -> None:
    assert run_checks(all_rules(tmp_path, ["yes", "also"]), {}, OFFICE, TODAY) == {}


ANY_VALUE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=6),
    st.lists(st.text(max_size=3), max_size=2),
    st.dictionaries(st.just("holder"), st.text(max_size=4)),
    st.sampled_from(["2025-04-01", "2025", "849-1312", "納富分1", "0179", "669"]),
)


@settings(
    suppress_health_check=[HealthCheck.too_slow], deadline=None
)  # a busy machine is no finding
@given(
    st.dictionaries(st.sampled_from([*FIELDS, "papers", "rows.1.born", "rows.2.price"]), ANY_VALUE)
)
def test_no_values_break_any_rule(
    tmp_path_factory: pytest.TempPathFactory, values: dict[str, Any]
) -> None:
    if "all" not in _FORMS:
        _FORMS["all"] = all_rules(tmp_path_factory.mktemp("all"), list(FIELDS))
    for name, problems in run_checks(_FORMS["all"], values, OFFICE, TODAY).items():
        assert name in _FORMS["all"].fields
        assert problems

"""The named checks, on forms read from real form.toml files."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from records.checks import run_checks
from records.errors import DefinitionError
from records.formfiles import read_form
from records.formloading import RULES
from records.forms import FormDef
from records.site import Office, Town
from tests.kashima import KASHIMA

OFFICE = KASHIMA
TODAY = dt.date(2025, 6, 10)
FIELDS = {
    "total": "amount",
    "a": "amount",
    "b": "amount",
    "c": "amount",
    "name": "name",
    "kana": "kana",
    "holder": "kana",
    "account": "bank_account",
    "born": "date",
    "moved": "date",
    "reported": "date",
    "count": "number",
    "zip": "postal_code",
    "address": "address",
    "bank": "text",
    "bank_code": "digits",
    "branch": "text",
    "branch_code": "digits",
    "yes": "mark",
    "also": "mark",
    "office": "text",
    "number": "digits",
}

Run = Callable[..., dict[str, list[str]]]


def form_of(folder: Path, checks: str) -> FormDef:
    """A letter (it needs no blank) with :data:`FIELDS`, one choice of several, and a table of four
    rows."""
    fields = "".join(
        f'[[field]]\nname = "{n}"\nlabel = "{n}欄"\nkind = "{k}"\nbox = [1, 1, 9, 9]\n'
        for n, k in FIELDS.items()
    )
    fields += (
        '[[field]]\nname = "papers"\nkind = "choices"\noptions = { '
        '"写し" = [1, 1, 5, 5], "委任状" = [9, 1, 5, 5] }\n'
    )
    kinds = {
        "child": "name",
        "born": "date",
        "from": "date",
        "price": "amount",
        "tax": "amount",
        "sum": "amount",
    }
    columns = ", ".join(
        f'{{ name = "{n}", kind = "{k}", box = [{10 * i}, 50, 9, 5] }}'
        for i, (n, k) in enumerate(kinds.items())
    )
    table = f'[[table]]\nname = "rows"\nrows = 4\npitch = 9.0\nfields = [{columns}]\n'
    head = 'id = "t"\ntitle = "試験"\ninitiative = "EFF-01"\nkind = "letter"\n'
    (folder / "form.toml").write_text(head + fields + table + checks, encoding="utf-8")
    made = read_form(folder).form  # not load_form: a check must hold over fields of any kind, too
    assert made is not None
    return made


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run one check with its keys over values; gives field → codes."""

    def call(
        rule: str, of: list[str], sheet: Mapping[str, Any], office: Office = OFFICE, **keys: Any
    ) -> dict[str, list[str]]:
        lines = "".join(f"{k} = {_toml(v)}\n" for k, v in {"rule": rule, "of": of, **keys}.items())
        found = run_checks(form_of(tmp_path, f"[[check]]\n{lines}"), sheet, office, TODAY)
        assert all(p.message for problems in found.values() for p in problems)
        return {name: [p.code for p in problems] for name, problems in found.items()}

    return call


def _toml(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, str):
        return f'"{value}"'
    return str(value)


def bad(rule: str, *names: str) -> dict[str, list[str]]:
    return {name: [rule] for name in names}


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


def test_a_postal_code_and_an_address(run: Run) -> None:
    def check(code: str | None, address: str | None, office: Office = OFFICE) -> bool:
        found = run(
            "postal_code_matches_address",
            ["zip", "address"],
            {"zip": code, "address": address},
            office,
        )
        assert found in ({}, bad("postal_code_matches_address", "zip", "address"))
        return not found

    assert check("849-1312", "鹿島市大字納富分2643-1")
    assert check("849-1312", "納富分2643-1")
    assert not check("849-1311", "鹿島市大字納富分2643-1")
    assert not check("100-0001", "鹿島市大字納富分2643-1")
    assert not check("849-1312", "小城市三日月町1")
    assert check("845-0001", "小城市三日月町1")
    assert check("849-1392", "鹿島市大字高津原4306"), "a large receiver has its own number"
    assert check(None, "鹿島市大字納富分1")
    assert check("849-1312", None)
    assert check("849-1312", "鹿島市どこか1")
    two = Office(
        towns=(Town("8491312", "納富分", "ノウドミブン"), Town("8491316", "納富分", "ノウドミブン"))
    )
    assert check("849-1316", "納富分1", two), "a town may have several numbers"


def test_a_branch_and_its_bank(run: Run) -> None:
    def check(**values: str) -> bool:
        names = [n for n in ("bank", "bank_code", "branch", "branch_code") if n in values]
        found = run("branch_matches_bank", names, values)
        assert found in ({}, bad("branch_matches_bank", *names))
        return not found

    assert check(bank="佐賀銀行", branch="鹿島支店")
    assert check(bank_code="0179", branch_code="669")
    assert check(bank_code="0179", branch="鹿島")
    assert check(bank="佐賀銀行", branch_code="669")
    assert check(bank="佐賀銀行", bank_code="0179", branch="鹿島支店", branch_code="669")
    assert not check(bank="佐賀銀行", branch="虎ノ門支店")
    assert not check(bank_code="0179", branch_code="999")
    assert not check(bank="佐賀銀行", bank_code="0179", branch="多久支店", branch_code="669")
    assert not check(bank="佐賀銀行", bank_code="0001", branch="鹿島支店")
    assert not check(bank="どこか銀行", branch="鹿島支店")
    assert not check(bank_code="9999", branch_code="669")
    assert check(bank="佐賀銀行")


def test_the_branch_of_an_account(run: Run) -> None:
    def check(bank: str, branch: str) -> dict[str, list[str]]:
        return run(
            "branch_matches_bank",
            ["account"],
            {"account": {"bank_code": bank, "branch_code": branch}},
        )

    assert check("0179", "669") == {}
    assert check("0179", "999") == bad("branch_matches_bank", "account")
    assert check("9999", "669") == bad("branch_matches_bank", "account")
    assert check("", "669") == {}, "an unknown bank has its own problem"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp932"])
def test_a_lookup_in_a_csv(run: Run, tmp_path: Path, encoding: str) -> None:
    (tmp_path / "list.csv").write_text("番号,課\n0012,福祉課\n0013,総務課\n,\n", encoding=encoding)
    assert run("lookup", ["office"], {"office": "福祉 課"}, file="list.csv", column="課") == {}
    assert run(
        "lookup",
        ["office", "number"],
        {"office": "税務課", "number": None},
        file="list.csv",
        column="課",
    ) == bad("lookup", "office")
    assert run("lookup", ["number"], {"number": "0012"}, file="list.csv") == {}
    assert run("lookup", ["number"], {"number": "12"}, file="list.csv") == bad("lookup", "number")


def test_a_lookup_in_a_workbook(run: Run, tmp_path: Path) -> None:
    book = Workbook()
    assert book.active is not None
    for row in (["番号", "課"], [12, "福祉課"], [13.0, "総務課"], [None, None]):
        book.active.append(row)
    book.save(tmp_path / "list.xlsx")
    assert run("lookup", ["count"], {"count": 13}, file="list.xlsx", column="番号") == {}
    assert run("lookup", ["count"], {"count": 14}, file="list.xlsx", column="番号") == bad(
        "lookup", "count"
    )
    assert run("lookup", ["office"], {"office": "総務課"}, file="list.xlsx", column="課") == {}


def test_a_changed_list_counts_at_once(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("課\n福祉課\n", encoding="utf-8")
    assert run("lookup", ["office"], {"office": "税務課"}, file="list.csv") == bad(
        "lookup", "office"
    )
    path.write_text("課\n税務課\n", encoding="utf-8")
    os.utime(path, ns=(1, 1))
    assert run("lookup", ["office"], {"office": "税務課"}, file="list.csv") == {}


def test_a_list_that_cannot_be_used_is_told_loudly(run: Run, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("課\n福祉課\n", encoding="utf-8")
    (tmp_path / "broken.xlsx").write_bytes(b"no workbook")
    (tmp_path / "bytes.csv").write_bytes(b"\x81\xff\xfe\n")
    (tmp_path / "list.txt").write_text("課\n", encoding="utf-8")
    files = {
        "none.csv": "",
        "list.csv": "番号",
        "broken.xlsx": "",
        "bytes.csv": "",
        "list.txt": "",
        "../list.csv": "",
    }
    for file, column in files.items():
        with pytest.raises(DefinitionError):
            run("lookup", ["office"], {"office": "福祉課"}, file=file, column=column)


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
            f'[[check]]\nrule = "{rule}"\nof = {_toml([] if rule == "count_rows" else of)}\n{KEYS.get(rule, "")}\n'
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

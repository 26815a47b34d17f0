"""Checks against tables: towns by postal code, branches by bank, lists of the office."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from openpyxl import Workbook

from records.errors import DefinitionError
from records.site import Office, Town
from tests.records.conftest import OFFICE, Run, bad


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

"""From a record to a row: columns, formats, masks, paths and zones."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from connectors.sinks import SINKS, RowContext, columns_of, open_sink, path_for, rows_for, target_of
from connectors.sinks.csv import CsvSink
from connectors.sinks.excel import ExcelSink
from connectors.sinks.kindcolumns import ColumnLook
from records.errors import DefinitionError
from records.forms import DeliverDef, FieldDef, FormDef, Part
from records.types import Box, Field, Record

BOX = Box(1, 1, 10, 5)
FIELDS = {
    f.name: f
    for f in (
        FieldDef("name", "name", "氏名"),
        FieldDef("kana", "kana", "フリガナ"),
        FieldDef("birth", "date", "生年月日"),
        FieldDef("month", "month", "診療年月"),
        FieldDef("amount", "amount", "金額"),
        FieldDef("zip", "postal_code", "郵便番号"),
        FieldDef("phone", "phone", "電話"),
        FieldDef("number", "my_number", "個人番号"),
        FieldDef("seal", "seal", "届出印"),
        FieldDef(
            "pension",
            "choice",
            "年金",
            place=Part(mark="circle", options={"厚生年金": BOX, "国民年金": BOX}),
        ),
        FieldDef(
            "wants", "choices", "希望", place=Part(mark="check", options={"窓口": BOX, "郵送": BOX})
        ),
        FieldDef("account", "bank_account", "口座", parts={"bank": Part(BOX), "number": Part(BOX)}),
        FieldDef("children.1.name", "name", "1行目 氏名", table="children", row=1),
        FieldDef("children.2.name", "name", "2行目 氏名", table="children", row=2),
        FieldDef("code", "digits", "氏名"),
    )
}
VALUES: dict[str, Any] = {
    "name": "髙橋 花子",
    "kana": "たかはし",
    "birth": "1985-12-03",
    "month": "2025-04",
    "amount": 12000,
    "zip": "8491312",
    "phone": "0954-63-2111",
    "number": "123456789018",
    "seal": True,
    "pension": "国民年金",
    "wants": ["郵送"],
    "account": {"bank": "佐賀銀行", "number": "0012345"},
    "children.1.name": "一郎",
    "children.2.name": None,
    "code": "007",
}
CONTEXT = RowContext(dt.date(2026, 3, 31), "申請.pdf", "山田", dt.date(2026, 4, 2))


def form(**options: Any) -> FormDef:
    return FormDef(
        "allowance",
        "児童手当 認定請求書",
        1,
        "EFF-01",
        Path("/site/forms/allowance"),
        fields=FIELDS,
        **options,
    )


def record(**changes: Any) -> Record:
    values = VALUES | changes
    fields = {n: Field(n, FIELDS[n].kind, f"raw {n}", v, 0.9) for n, v in values.items()}
    return Record("ab-003", "ab" * 32, (3, 4), "allowance", 1, 0.9, fields)


def cell(source: str, my_number: bool = False, **changes: Any) -> Any:
    delivery = DeliverDef("excel", "a.xlsx", {"列": source}, my_number=my_number)
    return rows_for(record(**changes), form(), delivery, CONTEXT).cells["列"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("name", "髙橋 花子"),
        ("name:raw", "raw name"),
        ("kana:katakana", "タカハシ"),
        ("kana:zengin", "ﾀｶﾊｼ"),
        ("birth", dt.date(1985, 12, 3)),
        ("birth:wareki", "昭和60年12月3日"),
        ("birth:iso", "1985-12-03"),
        ("birth:slash", "1985/12/03"),
        ("birth:compact", "19851203"),
        ("birth:wareki_short", "S60.12.3"),
        ("birth:era_code", "3601203"),
        ("month", "2025-04"),
        ("month:wareki", "令和7年4月"),
        ("amount", 12000),
        ("amount:text", "12000"),
        ("zip:hyphen", "849-1312"),
        ("phone:digits", "0954632111"),
        ("seal", "○"),
        ("pension", "国民年金"),
        ("pension:国民年金", "○"),
        ("pension:厚生年金", None),
        ("wants", "郵送"),
        ("wants:郵送", "○"),
        ("account", "佐賀銀行 0012345"),
        ("account:number", "0012345"),
        ("children.*.name", "一郎"),
        ("code", "007"),
        ("name:masked", "*****"),
        ("zip:masked", "*******"),
        ("phone:masked", "********2111"),
        ("received_on", dt.date(2026, 3, 31)),
        ("received_on:wareki", "令和8年3月31日"),
        ("record_id", "ab-003"),
        ("file", "申請.pdf"),
        ("page", 3),
        ("form", "児童手当 認定請求書"),
        ("checked_by", "山田"),
        ("delivered_on:slash", "2026/04/02"),
    ],
)
def test_every_source_and_format(source: str, expected: Any) -> None:
    assert cell(source) == expected


@pytest.mark.parametrize(
    ("source", "value", "expected"),
    [
        ("birth", "1985-12", "1985-12"),
        ("birth", None, None),
        ("birth:wareki", "1989-01-07", "昭和64年1月7日"),
        ("birth:wareki", "1989-01-08", "平成元年1月8日"),
        ("birth:wareki_short", "2019-05-01", "R1.5.1"),
        ("birth:era_code", "2019-04-30", "4310430"),
        ("birth:era_code", "1985", ""),
        ("birth", "1899-05-01", "1899-05-01"),
        ("birth", "不詳", "不詳"),
        ("birth:wareki", "不詳", "不詳"),
        ("amount", None, None),
        ("amount", "不明", "不明"),
        ("seal", False, None),
        ("zip:hyphen", "849", "849"),
        ("account", None, None),
        ("number", None, ""),
    ],
)
def test_partial_empty_and_unusual_values(source: str, value: Any, expected: Any) -> None:
    assert cell(source, **{source.partition(":")[0]: value}) == expected


def test_a_my_number_is_masked_unless_the_delivery_needs_it() -> None:
    assert cell("number") == "********9018"
    assert cell("number", my_number=True) == "123456789018"
    assert cell("number:masked", my_number=True) == "********9018"
    everything = rows_for(record(), form(), DeliverDef("csv", "a.csv"), CONTEXT)
    assert "123456789018" not in str(everything.cells)


@pytest.mark.parametrize(
    "source", ["name:wareki", "birth:hyphen", "received_on:zengin", "pension:共済", "page:text"]
)
def test_an_unknown_format_is_refused_with_what_is_allowed(source: str) -> None:
    with pytest.raises(DefinitionError, match="書式") as error:
        cell(source)
    assert error.value.path == Path("/site/forms/allowance/form.toml")
    assert source == "page:text" or error.value.allowed


def test_without_columns_every_field_stands_under_its_label() -> None:
    columns = columns_of(form(), DeliverDef("excel", "a.xlsx"))
    assert list(columns.values()) == list(FIELDS)
    assert list(columns)[:2] == ["氏名", "フリガナ"]
    assert list(columns)[-1] == "氏名(code)", "two fields of one label"


def test_a_field_that_an_older_sheet_does_not_have_is_an_empty_cell() -> None:
    old = Record("ab-001", "ab" * 32, (1,), "allowance", 1, 0.9, {})
    assert set(rows_for(old, form(), DeliverDef("excel", "a.xlsx"), CONTEXT).cells.values()) == {
        None
    }


@pytest.mark.parametrize(
    ("path", "day", "name"),
    [
        ("ledgers/{form}_{fiscal_year}.xlsx", dt.date(2026, 3, 31), "ledgers/allowance_R7.xlsx"),
        ("ledgers/{fiscal_year}/{month}.csv", dt.date(2026, 4, 1), "ledgers/R8/2026-04.csv"),
        ("{date}.csv", dt.date(2026, 4, 1), "2026-04-01.csv"),
    ],
)
def test_the_day_of_receipt_chooses_the_file(path: str, day: dt.date, name: str) -> None:
    assert path_for(DeliverDef("excel", path), form(), day, Path("/site")) == Path("/site") / name


@pytest.mark.parametrize(
    "path", ["{year}.xlsx", "{0}.xlsx", "{date", "{date.year}x{fiscal_year.zzz}"]
)
def test_an_unknown_name_in_a_path_is_refused(path: str) -> None:
    with pytest.raises(DefinitionError, match="path") as error:
        path_for(DeliverDef("excel", path), form(), dt.date(2026, 4, 1), Path("/site"))
    assert "{fiscal_year}" in error.value.allowed


def test_a_targets_name_is_the_same_every_year() -> None:
    delivery = DeliverDef("excel", "a_{fiscal_year}.xlsx", options={"sheet": "受付簿"})
    assert target_of(delivery) == "excel:a_{fiscal_year}.xlsx#受付簿"
    assert target_of(DeliverDef("csv", "a.csv")) == "csv:a.csv"


def test_an_unknown_sink_is_refused_loudly() -> None:
    with pytest.raises(DefinitionError, match="「excel」のことですか") as error:
        open_sink(DeliverDef("exel", "a.xlsx"), form(), Path("a.xlsx"))
    assert set(error.value.allowed) == {"excel", "csv", "jsonl"}


@pytest.mark.parametrize("to", ["excel", "csv"])
def test_another_zone_is_refused(to: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{'xlsx' if to == 'excel' else 'csv'}"
    with pytest.raises(DefinitionError, match="mynumber のもので、lgwan にある"):
        open_sink(DeliverDef(to, "a", zone="lgwan"), form(zone="mynumber"), path)
    open_sink(DeliverDef(to, "a", zone="mynumber"), form(zone="mynumber"), path)
    open_sink(DeliverDef(to, "a"), form(zone="mynumber"), path)


def test_options_come_from_the_definition() -> None:
    excel = open_sink(
        DeliverDef("excel", "a", {"氏名": "name"}, options={"sheet": "受付簿", "header_row": 4}),
        form(),
        Path("a.xlsx"),
    )
    name = ColumnLook(18)
    assert excel == ExcelSink(
        Path("a.xlsx"), ("氏名",), "受付簿", 4, "児童手当 認定請求書", looks=(name,)
    )
    plain = open_sink(DeliverDef("csv", "a", {"氏名": "name"}), form(), Path("a.csv"))
    assert plain == CsvSink(Path("a.csv"), ("氏名",), "utf-8-sig", True, ",", False, False, True)
    core = open_sink(
        DeliverDef(
            "csv",
            "a",
            {"氏名": "name"},
            options={
                "encoding": "cp932",
                "header": False,
                "delimiter": "tab",
                "quote": "all",
                "gaiji": "geta",
            },
        ),
        form(),
        Path("a.csv"),
    )
    assert core == CsvSink(Path("a.csv"), ("氏名",), "cp932", False, "\t", True, True, False)


@pytest.mark.parametrize(
    ("to", "options", "key"),
    [
        ("excel", {"sheet": "a/b"}, "sheet"),
        ("excel", {"sheet": "x" * 32}, "sheet"),
        ("excel", {"header_row": 0}, "header_row"),
        ("excel", {"header_row": True}, "header_row"),
        ("csv", {"encoding": "shift_jis"}, "encoding"),
        ("csv", {"header": 1}, "header"),
        ("csv", {"gaiji": "drop"}, "gaiji"),
        ("csv", {"delimiter": "|"}, "delimiter"),
        ("csv", {"quote": True}, "quote"),
        ("csv", {"defuse": "yes"}, "defuse"),
    ],
)
def test_a_wrong_option_is_refused(to: str, options: dict[str, Any], key: str) -> None:
    with pytest.raises(DefinitionError) as error:
        open_sink(DeliverDef(to, "a", options=options), form(), Path("a.xlsx"))
    assert error.value.key == key


@pytest.mark.parametrize("to", sorted(SINKS))
def test_every_key_that_a_sink_does_not_have_is_told(to: str) -> None:
    delivery = DeliverDef(to, "a", options={"colums": ["氏名"], "enconding": "cp932"})
    with pytest.raises(DefinitionError, match="「columns」のことですか") as error:
        open_sink(delivery, form(), Path("a"))
    assert [problem.key for problem in error.value.problems] == ["colums", "enconding"]


@pytest.mark.parametrize(
    "columns", [{"取込番号": "name"}, {"氏名": "name", "氏　名": "kana"}, {" ": "name"}]
)
def test_column_titles_that_cannot_be_told_apart_are_refused(columns: dict[str, str]) -> None:
    with pytest.raises(DefinitionError, match="使えません"):
        open_sink(DeliverDef("excel", "a", columns), form(), Path("a.xlsx"))

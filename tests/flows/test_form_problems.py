"""Everything of a form is checked on load, told together, and closes this form alone."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from click.testing import CliRunner

from flows.commands.form import form as form_command
from flows.commands.init import init
from flows.composition import make_reader, open_site
from flows.definitions import load_definitions
from flows.deskdelivery import DeskDelivery
from flows.gate import closed_forms, refuse_all_closed
from flows.intake import Intake
from records.days import today
from records.errors import DefinitionError
from records.journal import open_journal
from tests.flows.office import FORM, drop, make_office, sheet
from tests.flows.test_gate import read_all, two_forms

FIELDS = """
[[field]]
name = "born"
label = "生年月日"
kind = "date"
box = [20, 60, 60, 10]

[[field]]
name = "zip"
kind = "postal_code"
box = [20, 80, 60, 10]

[[field]]
name = "price"
kind = "amount"
box = [20, 100, 60, 10]

[[field]]
name = "ways"
label = "通勤方法"
kind = "choices"
mark = "check"
options = { "電車" = [20, 120, 5, 5], "バス" = [40, 120, 5, 5] }
"""
GOOD = FORM + FIELDS

CHECK = '\n[[check]]\nrule = "{rule}"\n{keys}\n'


def check(rule: str, keys: str) -> str:
    return GOOD + CHECK.format(rule=rule, keys=keys)


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new, 1)


WRONG: dict[str, tuple[str, tuple[str, ...]]] = {
    "format": (
        changed('"番号" = "number"', '"番号" = "number", "生年月日" = "born:和暦"'),
        ("columns", "「born:和暦」", "和暦", "wareki"),
    ),
    "format of what stands beside the fields": (
        changed('"record_id"', '"received_on:warekki"'),
        ("columns", "warekki", "wareki_short"),
    ),
    "department": (changed("福祉課", "福址課"), ("部署「福址課」", "福祉課", "税務課")),
    "box off the page": (changed("[20, 100, 60, 10]", "[180, 100, 60, 10]"), ("はみ出して", "210")),
    "box below the page": (changed("[20, 100, 60, 10]", "[20, 295, 60, 10]"), ("はみ出して",)),
    "option off the page": (changed('"バス" = [40', '"バス" = [240'), ("バス", "はみ出して")),
    "box over another field's": (
        changed("[20, 100, 60, 10]", "[20, 85, 60, 10]"),
        ("重なって", "zip"),
    ),
    "options over each other": (
        changed('"バス" = [40, 120, 5, 5]', '"バス" = [22, 121, 5, 5]'),
        ("「電車」と「バス」", "重なって"),
    ),
    "column of no field": (changed('"phone",', '"phonne",'), ("phonne", "phone")),
    "sum of dates": (check("sum", 'of = ["born"]\ntotal = "price"'), ("born", "sum", "amount")),
    "total that is a date": (check("sum", 'of = ["price"]\ntotal = "born"'), ("total", "born")),
    "sum without a total": (check("sum", 'of = ["price"]'), ("「total」が要ります",)),
    "age of a price": (check("age_between", 'of = ["price"]\nmin = 3'), ("price", "date")),
    "age that nobody has": (
        check("age_between", 'of = ["born"]\nmin = 15\nmax = 3'),
        ("「min」(15)", "「max」(3)"),
    ),
    "age without a limit": (check("age_between", 'of = ["born"]'), ("「min」か「max」",)),
    "code and address in the wrong kinds": (
        check("postal_code_matches_address", 'of = ["zip", "phone"]'),
        ("postal_code", "address"),
    ),
    "days that are no number": (
        check("within_days", 'of = ["born"]\ndays = "14"'),
        ("「days」", "整数"),
    ),
    "check of no field": (check("equal", 'of = ["born", "borne"]'), ("borne", "born")),
    "list that is not there": (
        check("lookup", 'of = ["number"]\nfile = "list.csv"'),
        ("list.csv", "ありません"),
    ),
    "min over max": (
        changed('kind = "amount"', 'kind = "amount"\nmin = 10\nmax = 1'),
        ("「min」(10)", "「max」(1)"),
    ),
    "values twice": (
        changed('kind = "text"', 'kind = "text"\nvalues = ["Ａ 1", "B", "A1"]'),
        ("values", "Ａ 1", "A1", "同じ値"),
    ),
    "initiative missing": (changed('initiative = "EFF-01"', ""), ("「initiative」がありません",)),
    "initiative not registered": (changed("EFF-01", "EFF-99"), ("取組「EFF-99」", "EFF-01")),
    "key that does nothing on this kind": (
        changed('kind = "date"', 'kind = "date"\nmin = 3'),
        ("「min」", 'kind = "date"', "amount"),
    ),
    "key that nobody knows": (
        changed('kind = "date"', 'kind = "date"\nlable = "x"'),
        ("lable", "label"),
    ),
    "lexicon that is not there": (
        changed('kind = "text"', 'kind = "text"\nlexicon = "likely.csv#名"'),
        ("likely.csv", "ありません"),
    ),
    "path with a name that nobody fills in": (
        changed("ledgers/survey.xlsx", "ledgers/{year}.xlsx"),
        ("{year}", "{fiscal_year}"),
    ),
    "sink in another zone": (
        changed('to = "excel"', 'to = "excel"\nzone = "internet"'),
        ("internet", "lgwan"),
    ),
    "two rows of one record in one table": (
        GOOD + FORM[FORM.index("[[deliver]]") :],
        ("ledgers/survey.xlsx", "二度"),
    ),
    "row of a table off the page": (
        GOOD
        + '[[table]]\nname = "rows"\nrows = 30\npitch = 10\n'
        + 'fields = [{ name = "item", kind = "text", box = [120, 20, 30, 8] }]\n',
        ("29行目", "はみ出して"),
    ),
    "options that read alike": (
        changed('"バス" = [40', '" 電車" = [40'),
        ("「電車」と「 電車」", "同じ値"),
    ),
    "place that is no number": (changed("[20, 100, 60, 10]", "[20, nan, 60, 10]"), ("「box」",)),
    "limit that is no number": (
        changed('kind = "amount"', 'kind = "amount"\nmax = nan'),
        ("「max」", "nan"),
    ),
    "target without end": (
        "wrong_per_unseen = inf\n" + GOOD,
        ("「wrong_per_unseen」", "inf"),
    ),
    "date without its day": (
        changed("box = [20, 60, 60, 10]", "year = [20, 60, 9, 9]\nmonth = [40, 60, 9, 9]"),
        ("「day」の場所も要ります",),
    ),
    "cells in which nobody can write": (
        changed("box = [20, 100, 60, 10]", "cells = { box = [20, 100, 60, 10], count = 70 }"),
        ("70文字", "1.5mm"),
    ),
    "id that is no name of a folder": (
        changed('id = "survey"', 'id = "sur/vey"'),
        ("「sur/vey」は使えません",),
    ),
    "form of nothing": (FORM[: FORM.index("[[field]]")], ("一つもありません",)),
    "one input for two fields": (
        changed('kind = "date"', 'kind = "date"\nacroform = "zip"'),
        ("「zip」", "入力欄"),
    ),
}
"""What may be wrong with a form, and words that the message must have."""


@pytest.mark.parametrize("what", WRONG)
def test_it_is_told_on_load_by_form_show_and_closes_the_form(tmp_path: Path, what: str) -> None:
    text, words = WRONG[what]
    site = make_office(tmp_path, form=text)
    definitions = load_definitions(site)
    assert set(definitions.broken) == {"survey"}
    told = definitions.broken["survey"].message
    assert all(word in told for word in words), told
    assert "form.toml" in told
    for command in ("show", "practice", "check"):
        result = CliRunner().invoke(form_command, [command, "survey", "--site", str(site)])
        assert isinstance(result.exception, DefinitionError), command
        assert result.exception.message == told
    with pytest.raises(DefinitionError, match=r"form\.toml"):
        refuse_all_closed(definitions)


def test_a_good_form_is_not_told_off(tmp_path: Path) -> None:
    good = (
        check("sum", 'of = ["price"]\ntotal = "price"')
        + CHECK.format(rule="age_between", keys='of = ["born"]\nmin = 3\nmax = 15')
        + CHECK.format(rule="all_marked", keys='of = ["ways"]')
    )
    assert load_definitions(make_office(tmp_path, form=good)).broken == {}


def test_all_problems_are_told_together_each_with_its_line(tmp_path: Path) -> None:
    text = GOOD.replace("福祉課", "福址課").replace('kind = "date"', 'kind = "dete"')
    text = text.replace('kind = "amount"', 'kind = "amount"\nmin = 9\nmax = 1\nlable = "x"')
    text = text.replace('"phone",', '"phonne",')
    definitions = load_definitions(make_office(tmp_path, form=text))
    problems = definitions.broken["survey"].problems
    assert {p.key for p in problems} >= {"department", "kind", "lable", "columns"}
    lines = text.splitlines()
    for problem in problems:
        assert problem.line is not None
        assert problem.key in lines[problem.line - 1], problem.message
    assert definitions.broken["survey"].message.count("\n") == len(problems) - 1


def test_a_field_that_is_wrong_is_no_unknown_one(tmp_path: Path) -> None:
    """A follow-up of another problem is no problem."""
    text = check("date_order", 'of = ["born", "born"]').replace('kind = "date"', 'kind = "dete"')
    (problem,) = load_definitions(make_office(tmp_path, form=text)).broken["survey"].problems
    assert problem.key == "kind"


def test_init_tells_of_a_wrong_form(tmp_path: Path) -> None:
    site = make_office(tmp_path, form=WRONG["format"][0])
    told = CliRunner().invoke(init, [str(site)], catch_exceptions=False).output
    assert "「born:和暦」の書式「和暦」は使えません" in told


def test_the_desk_opens_and_writes_no_row_of_a_wrong_form(tmp_path: Path) -> None:
    site = make_office(tmp_path, form=WRONG["format"][0])
    with open_site(site) as office:
        assert set(office.desk.forms) == {"survey"}
        assert set(office.definitions.broken) == {"survey"}
        delivery = DeskDelivery(office.definitions, office.journal)
        assert delivery(threading.Event()) == []


def test_the_desk_does_not_open_without_a_form_that_cannot_be_shown(tmp_path: Path) -> None:
    """Records of it may wait; half a form would show half of them."""
    site = make_office(tmp_path, form=WRONG["key that nobody knows"][0])
    with open_site(site) as office, pytest.raises(DefinitionError, match="lable"):
        _ = office.desk


def test_only_the_wrong_form_is_closed_and_its_sheets_are_kept(tmp_path: Path) -> None:
    site = two_forms(tmp_path)
    path = site / "forms" / "other" / "form.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('= "number",', '= "number:和暦",', 1), encoding="utf-8")
    definitions = load_definitions(site)
    assert set(definitions.broken) == {"other"}
    assert set(closed_forms(definitions, today())) == {"other"}
    drop(site, "a.json", sheet("1"))
    drop(site, "b.json", sheet("2") | {"form": "other"})
    with open_journal(definitions.site.journal) as journal:
        intake = Intake(definitions, journal, make_reader(definitions))
        read = read_all(intake)
    assert read["a.json"] == "read"
    assert "様式「職員アンケート」は、form.toml に誤りがある" in read["b.json"]
    assert "number:和暦" in read["b.json"]
    assert "torikomi retry" in read["b.json"]
    assert [p.name for p in (site / "failed").rglob("b.json")] == ["b.json"]


def test_a_lookup_list_that_is_gone_does_not_stop_other_sheets(tmp_path: Path) -> None:
    """The check cannot be made, so its form is closed before a sheet of it is judged."""
    site = two_forms(tmp_path)
    with (site / "forms" / "other" / "form.toml").open("a", encoding="utf-8") as file:
        file.write(CHECK.format(rule="lookup", keys='of = ["number"]\nfile = "gone.csv"'))
    definitions = load_definitions(site)
    drop(site, "a.json", sheet("1"), sheet("2") | {"form": "other"})
    with open_journal(definitions.site.journal) as journal:
        assert read_all(Intake(definitions, journal, make_reader(definitions)))["a.json"] == "read"

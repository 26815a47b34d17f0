"""Shares in percent: what is written, what it means, and what a person is asked."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from connectors.sinks.kindcolumns import shapes_of
from records.checks import run_checks
from records.errors import DefinitionError
from records.formloading import load_form
from records.forms import FieldDef, FormDef, Part
from records.normalise import normalise
from records.types import Box
from tests.kashima import KASHIMA


def field(**options: object) -> FieldDef:
    return FieldDef("rate", "percent", "割合", place=Part(box=Box(10, 10, 40, 8)), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12.5", 12.5),
        ("12.5 %", 12.5),
        ("12.5 ％", 12.5),
        ("１２．５%", 12.5),
        ("12.5パーセント", 12.5),
        ("12.5㌫", 12.5),
        (" 1 2 . 5 % ", 12.5),
        ("100%", 100),
        ("100.0", 100),
        ("0", 0),
        ("0.125%", 0.125),
        ("十二%", 12),
        ("百", 100),
        ("", None),
    ],
)
def test_a_share_is_read_however_it_is_written(text: str, value: float | None) -> None:
    made = normalise(field(), text, KASHIMA)
    assert (made.value, type(made.value), made.problems) == (value, type(value), ())


@pytest.mark.parametrize(
    "text", ["3割", "約12%", "%", "12..5", "1.2.5", "-5%", "12.5円", "半分", "1/8"]
)
def test_what_is_no_share_stays_as_it_was_written(text: str) -> None:
    made = normalise(field(), text, KASHIMA)
    assert made.value == text
    assert [one.code for one in made.problems] == ["not_a_percentage"]
    assert text in made.problems[0].message
    assert "入力してください" in made.problems[0].message


@pytest.mark.parametrize("text", ["12,5%", "12、5", "12・5%"])
def test_what_only_looks_like_a_decimal_point_is_shown(text: str) -> None:
    made = normalise(field(), text, KASHIMA)
    assert made.value == 12.5
    assert [one.code for one in made.problems] == ["decimal_point"]


def test_a_lost_decimal_point_is_told_by_the_limits() -> None:
    assert [p.code for p in normalise(field(), "125%", KASHIMA).problems] == ["too_large"]
    assert not normalise(field(maximum=200.0), "125%", KASHIMA).problems
    assert [p.code for p in normalise(field(minimum=5.0), "4.9", KASHIMA).problems] == ["too_small"]
    listed = normalise(field(values=("10", "12.5")), "12", KASHIMA)
    assert [p.code for p in listed.problems] == ["not_in_list"]
    assert not normalise(field(values=("10", "12.5")), "12.50%", KASHIMA).problems


@given(st.integers(0, 1000), st.sampled_from(("{}", "{}%", "{} ％", "{}パーセント")))
def test_every_tenth_is_read_and_is_its_own_normal_form(tenths: int, style: str) -> None:
    text = f"{tenths // 10}.{tenths % 10}"
    made = normalise(field(), style.format(text), KASHIMA)
    assert made.value == float(text)
    assert normalise(field(), str(made.value), KASHIMA) == made


@given(st.text(max_size=12))
def test_any_text_is_a_share_within_the_limits_or_goes_to_a_person(text: str) -> None:
    made = normalise(field(), text, KASHIMA)
    is_share = isinstance(made.value, int | float) and 0 <= made.value <= 100
    assert made.value is None or is_share or made.problems


def test_a_ledger_takes_a_number_a_ratio_or_text() -> None:
    shapes = shapes_of(field())
    assert [shapes[name](12.3) for name in ("", "number", "ratio", "text")] == [
        12.3,
        12.3,
        0.123,
        "12.3",
    ]
    assert shapes["ratio"]("3割") == "3割"


FORM = """
id = "rates"
title = "補助率"
initiative = "EFF-01"
[[page]]
blank = "blank.png"
[[field]]
name = "rate"
kind = "percent"
"""


def load(folder: Path, keys: str) -> FormDef:
    Image.new("L", (1240, 1754), 255).save(folder / "blank.png", dpi=(150, 150))
    (folder / "form.toml").write_text(FORM + keys, encoding="utf-8")
    return load_form(folder)


def test_cells_and_units_are_refused_because_they_lose_the_point(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="小数点"):
        load(tmp_path, "cells = { box = [20, 20, 30, 8], count = 3 }")
    with pytest.raises(DefinitionError, match="unit"):
        load(tmp_path, "box = [20, 20, 30, 8]\nunit = 10")
    assert load(tmp_path, "box = [20, 20, 30, 8]\nmin = 1\nmax = 50").fields["rate"].maximum == 50


TABLE = """box = [20, 20, 30, 8]
[[field]]
name = "other"
kind = "percent"
box = [20, 40, 30, 8]
[[field]]
name = "whole"
kind = "percent"
box = [20, 60, 30, 8]
[[check]]
rule = "{rule}"
{keys}
"""


@pytest.mark.parametrize(
    ("rule", "keys", "good"),
    [
        ("sum", 'of = ["rate", "other"]\ntotal = "whole"', (0.1, 0.2, 0.3)),
        ("difference", 'of = ["rate", "other"]\nresult = "whole"', (0.3, 0.1, 0.2)),
    ],
)
def test_shares_add_up_as_people_count(
    tmp_path: Path, rule: str, keys: str, good: tuple[float, ...]
) -> None:
    form = load(tmp_path, TABLE.format(rule=rule, keys=keys))
    names = ("rate", "other", "whole")
    today = dt.date(2026, 4, 1)
    assert run_checks(form, dict(zip(names, good, strict=True)), KASHIMA, today) == {}
    bad = dict(zip(names, (*good[:2], 0.4), strict=True))
    assert set(run_checks(form, bad, KASHIMA, today)) == set(names)

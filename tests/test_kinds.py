"""Every table by kind against the kinds: a new kind fails here until each room knows it, and its
values go from an answer to paper, text, value and row without a loss."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.sinks.kindcolumns import KIND_COLUMNS, shapes_of
from ocr.practice.truths import ANSWERS, answers
from ocr.trust.model import group_of
from ocr.weigh.priors import BY_KIND
from records import normalise as rules
from records.codec import field_from_json, field_to_json
from records.compare import same
from records.forms import FieldDef, FormDef, Part
from records.kinds import KINDS, UNKNOWN, kind_of
from records.normalise import normalise
from records.types import Box, Field, Value
from records.written import written
from tests.kashima import KASHIMA

TABLES: Mapping[str, Mapping[str, object]] = {
    "normalise": {**rules._SIMPLE, **rules._PARTED, **rules._LOCAL},
    "practice answers": ANSWERS,
    "columns": KIND_COLUMNS,
    "priors": BY_KIND,
}


@pytest.mark.parametrize("table", TABLES)
def test_every_table_by_kind_knows_every_kind_and_no_other(table: str) -> None:
    assert set(TABLES[table]) == set(KINDS)


def test_a_kind_is_normalised_in_one_place() -> None:
    tables = (rules._SIMPLE, rules._PARTED, rules._LOCAL)
    assert sum(map(len, tables)) == len(KINDS)


@pytest.mark.parametrize("name", KINDS)
def test_the_facts_of_a_kind_do_not_contradict_each_other(name: str) -> None:
    kind = KINDS[name]
    assert kind.name == name
    assert set(kind.needed) <= set(kind.parts)
    assert not (kind.is_mark and kind.has_options)
    assert kind.editor == "mark" if kind.is_mark else kind.editor != "mark"
    assert kind.holds_several <= kind.has_options
    assert not (kind.is_masked and kind.is_searched), "what is masked must not be found by a search"
    assert not (kind.is_ink and kind.is_numeric)
    assert kind.digits_in_cells <= kind.is_numeric
    assert kind.is_quantity <= (kind.compared == "amount")


def test_a_kind_of_a_later_version_counts_as_text_and_loses_nothing() -> None:
    assert kind_of("of_a_later_version") is UNKNOWN
    assert UNKNOWN.is_written
    assert UNKNOWN.is_searched
    assert group_of("of_a_later_version", {}) == "text"


# --- an answer and back ---------------------------------------------------------------------------


def _form(kind: str) -> FormDef:
    """A form of one field."""
    place = Box(20, 20, 80, 8)
    options = (
        {"甲": Box(20, 20, 5, 5), "乙": Box(30, 20, 5, 5)} if kind_of(kind).has_options else {}
    )
    part = Part(mark="circle", options=options) if options else Part(box=place)
    item = FieldDef("item", kind, "項目", place=part)
    return FormDef("one", "一つの欄", 1, "one", Path(), fields={"item": item})


def _answer(kind: str, seed: int) -> tuple[FieldDef, Value]:
    form = _form(kind)
    made, _ = answers(form, KASHIMA, np.random.default_rng(seed))
    return form.fields["item"], made["item"]


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(KINDS)), st.integers(0, 10_000))
def test_an_answer_survives_being_shown_typed_kept_and_delivered(kind: str, seed: int) -> None:
    item, value = _answer(kind, seed)
    field = Field("item", kind, "", value, 1.0)
    assert field_from_json(field_to_json(field)) == field
    shown = shapes_of(item)[""](value) if value is not None else None
    assert shown is None or isinstance(shown, str | int | float | dt.date)
    if item.traits.holds_several or not value:
        return  # a list is chosen from its options, an empty field has no text
    typed = normalise(item, written(kind, value), KASHIMA).value
    assert same(kind, typed, value)

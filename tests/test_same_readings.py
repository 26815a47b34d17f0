"""What the comparison of readings before and after a change counts as equal."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.same_readings import differences


def reading(p: float = 0.9, value: Any = "09", **more: Any) -> dict[str, Any]:
    field = {"value": value, "p": p, "problems": [], "readings": [{"score": 0.5}]}
    return {"file": "a/b.tif", "record": "r-001", "fields": {"number": field}, **more}


def test_where_a_file_lies_and_the_last_digits_of_p_do_not_count() -> None:
    after = reading(0.9 + 1e-7)
    after["file"] = "elsewhere/b.tif"
    assert list(differences([reading()], [after])) == []


@pytest.mark.parametrize(
    ("after", "told"),
    [
        (reading(0.9 + 1e-5), "fields.number.p"),
        (reading(value=9), "fields.number.value: '09' → 9"),
        (reading(value=None), "fields.number.value"),
        (reading(reasons=["薄い"]), "reasons: None → ['薄い']"),
    ],
)
def test_anything_else_counts(after: dict[str, Any], told: str) -> None:
    [line] = differences([reading()], [after])
    assert line.startswith("b.tif r-001: ")
    assert told in line


def test_lists_of_different_length_and_sheets_that_are_gone_count() -> None:
    after = reading()
    after["fields"]["number"]["readings"] = []
    assert len(list(differences([reading()], [after]))) == 1
    assert list(differences([reading()], [])) == ["b.tif r-001: only before"]
    told = {"told": "x.tif 1ページ: 白紙です"}
    assert list(differences([told], [told, reading()])) == ["b.tif r-001: only after"]

"""docs/read-json.md says of the JSON of ``torikomi read`` what it is."""

from __future__ import annotations

import contextlib
import io
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from flows.cli import main
from records.codec import public_json
from records.types import Box, Field, Place, Problem, Reading, Record

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ROOT / "samples"
PAGE = (ROOT / "docs" / "read-json.md").read_text(encoding="utf-8")
Table = Mapping[str, str]


def table(title: str) -> Table:
    """Key → type, of the table below a title of the page."""
    below = PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \|", below, re.MULTILINE)
    assert rows, title
    return {key: kind.strip() for key, kind in rows}


def is_a(kind: str, value: Any) -> bool:
    """Whether a value is of a type as the page writes it."""
    if " or " in kind and kind != "true or false":
        return any(is_a(one, value) for one in kind.split(" or "))
    if kind.startswith("list of "):
        return isinstance(value, list) and all(is_a(kind[len("list of ") :], v) for v in value)
    match kind:
        case "any":
            return True
        case "null":
            return value is None
        case "text":
            return isinstance(value, str)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "true or false":
            return isinstance(value, bool)
        case "box in mm":
            return is_a("list of number", value) and len(value) == 4
        case "pair":
            return isinstance(value, list) and is_a("text", value[0]) and is_a("number", value[1])
        case "object":
            return isinstance(value, dict)
        case "reading":
            return not faults("A reading", value)
        case "box":
            return not faults("A box of the sheet", value)
    raise AssertionError(f"the page has a type that nobody knows: {kind}")


def faults(title: str, found: Mapping[str, Any]) -> list[str]:
    """Where an object is not as the page says."""
    told = table(title)
    wrong = [f"{title}: {key}" for key in told.keys() ^ found.keys()]
    return wrong + [
        f"{title}: {key} is {found[key]!r}"
        for key, kind in told.items()
        if key in found and not is_a(kind, found[key])
    ]


def all_faults(sheet: Mapping[str, Any]) -> list[str]:
    inside = [fault for field in sheet["fields"].values() for fault in faults("A field", field)]
    return faults("A sheet", sheet) + inside


@pytest.fixture(scope="module")
def printed() -> list[dict[str, Any]]:
    """What the command prints of a born-digital sheet and of a FAX."""
    names = ("online_application_01.pdf", "citizen_opinion_fax_01.tif")
    files = [str(SAMPLES / "scans" / name) for name in names]
    out = io.StringIO()
    with contextlib.redirect_stdout(out), pytest.raises(SystemExit) as stop:
        main(["read", "--json", "--site", str(SAMPLES), *files])
    assert not stop.value.code
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_what_the_command_prints_is_as_the_page_says(printed: list[dict[str, Any]]) -> None:
    assert len(printed) == 2
    assert any(field["readings"] for sheet in printed for field in sheet["fields"].values())
    for sheet in printed:
        assert all_faults(sheet) == []


NUMBER = "123456789018"
FULL = Record(
    "0123456789abcdef-001",
    "0" * 64,
    (1, 2),
    "f",
    1,
    0.9,
    {
        "number": Field(
            "number",
            "my_number",
            NUMBER,
            NUMBER,
            0.5,
            (Problem("check_digit", f"{NUMBER} の検査数字が合いません"),),
            (Reading(NUMBER, None, "ppocr", ((NUMBER, 0.25),)),),
            Box(1, 2, 3, 4),
        ),
        "note": Field("note", "lines", NUMBER, {"a": NUMBER}, 0.5),
    },
    lines=(NUMBER,),
    problems=(Problem("stray_ink", f"余白に {NUMBER}", (Place(1, Box(1, 2, 3, 4)),)),),
)


def test_every_part_of_a_sheet_is_as_the_page_says() -> None:
    shown = public_json(FULL, "a.tif", {}, reveal=True)
    assert all_faults(shown) == []
    assert shown["boxes"]
    assert NUMBER in json.dumps(shown)


def test_no_part_of_a_sheet_holds_a_my_number() -> None:
    assert NUMBER not in json.dumps(public_json(FULL, f"{NUMBER}.tif", {}), ensure_ascii=False)


def test_the_example_of_the_page_is_one() -> None:
    example = re.search(r"```json\n(.+?)```", PAGE, re.DOTALL)
    assert example is not None
    assert all_faults(json.loads(example[1])) == []


def test_a_key_that_is_missing_or_of_another_type_is_found() -> None:
    shown = public_json(replace(FULL, problems=()), "a.tif", {})
    del shown["fit"]
    shown["pages"] = ["1"]
    shown["fields"]["note"]["p"] = "0.5"
    assert len(all_faults(shown)) == 3

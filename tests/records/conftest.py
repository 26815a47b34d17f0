"""A form with a field of each kind that checks compare, and one check run over its values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from records.checks import run_checks
from records.formfiles import read_form
from records.forms import FormDef
from records.site import Office
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
        lines = "".join(
            f"{k} = {as_toml(v)}\n" for k, v in {"rule": rule, "of": of, **keys}.items()
        )
        found = run_checks(form_of(tmp_path, f"[[check]]\n{lines}"), sheet, office, TODAY)
        assert all(p.message for problems in found.values() for p in problems)
        return {name: [p.code for p in problems] for name, problems in found.items()}

    return call


def as_toml(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(as_toml, value)) + "]"
    if isinstance(value, str):
        return f'"{value}"'
    return str(value)


def bad(rule: str, *names: str) -> dict[str, list[str]]:
    return {name: [rule] for name in names}

"""Names of files as people see them: they tell no My Number and act on no screen."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.errors import DocumentError
from records.filenames import plain_line, shown_name
from tests.spellings import SPELLINGS, tells

ACTING = {"Cc", "Zl", "Zp", "Cs"}


@pytest.mark.parametrize("name", SPELLINGS)
def test_a_my_number_in_a_name_is_masked(name: str) -> None:
    assert not tells(shown_name(f"申請 {SPELLINGS[name]}.pdf"))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("児童手当 1枚目.pdf", "児童手当 1枚目.pdf"),
        ("a\x1b[31mb.pdf", "a�[31mb.pdf"),
        ("申請\u202efdp.exe", "申請�fdp.exe"),
        ("一行目\n文書番号: 0.pdf", "一行目�文書番号: 0.pdf"),
        ("\udce3\udc81.tif", "��.tif"),
        ("FAX 20261127.tif", "FAX 20261127.tif"),
    ],
)
def test_what_acts_on_a_screen_is_replaced(name: str, shown: str) -> None:
    assert shown_name(name) == shown


@given(st.text(max_size=40))
def test_nothing_shown_acts(name: str) -> None:
    shown = shown_name(name)
    assert len(shown) == len(name)
    assert not ACTING & {unicodedata.category(char) for char in shown}
    kept = {unicodedata.category(char) for char in plain_line(name) if char not in "\n\t"}
    assert not ACTING & kept


def test_an_error_tells_a_hostile_name_harmlessly() -> None:
    told = str(DocumentError("damaged", "「a\x1b]0;b\x07\u202egpj.exe」は壊れています"))
    assert told == "「a�]0;b��gpj.exe」は壊れています"

"""Pages of one letter are one letter, two letters are two, and what is doubtful is asked: no page is
lost, and none stands in two letters."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.decode.beam import Hypothesis
from ocr.decode.ctc import Decoded
from ocr.letters.joined import LetterPage, LetterStack, is_cover, verdict, whole
from ocr.letters.lines import Letter, Line
from records.errors import DocumentError
from records.refusal import Refusal
from records.types import Box

WHITE = np.full((10, 10), 255, np.uint8)
NO_FORM = Refusal((1,), DocumentError("no_form", "様式がありません"))
BLANK = Refusal((2,), DocumentError("blank", "白紙です"))


def letter(*texts: str) -> Letter:
    lines = []
    for number, text in enumerate(texts):
        decoded = Decoded((Hypothesis(text, 0.9, -0.1),), text, 0.9, 1.0, 0.9, 0.0)
        lines.append(Line(text, Box(20.0, 5.0 + 10 * number, 100.0, 5.0), decoded))
    return Letter(tuple(lines), WHITE, 200.0)


def page(number: int, *texts: str, first: bool = False, document: str = "a" * 64) -> LetterPage:
    form = "opinion" if first else ""
    return LetterPage(form, letter(*texts), document, number, 0.13, first, NO_FORM)


HEAD = ("市政への意見", "氏名 鍋島太郎")
OPEN = "町内会では、毎月第二日曜日に公園の草を"
SHUT = "歩道の段差を直してください。"
ON = "取っています。よろしくお願いします。"


@pytest.mark.parametrize(
    ("one", "two", "wanted"),
    [
        ((*HEAD, OPEN), (ON,), "goes on"),
        ((*HEAD, SHUT, "1/2"), (SHUT, "2/2"), "goes on"),
        ((*HEAD, SHUT), (SHUT,), "doubt"),
        ((*HEAD, SHUT, "敬具"), ("2026-11-22 10:15 P.02/02", ON), "doubt"),
        (("2026-11-22 10:15 P.01/02", *HEAD, SHUT), ("2026-11-22 10:15 P.02/02", ON), "goes on"),
        ((*HEAD, SHUT), ("2026-11-22 11:40 P.01/01", ON), "begins"),
    ],
)
def test_whether_a_page_goes_on(one: Sequence[str], two: Sequence[str], wanted: str) -> None:
    assert verdict([page(1, *one, first=True)], page(2, *two)) == wanted


@pytest.mark.parametrize(("end", "wanted"), [(SHUT, "begins"), ("以上", "begins"), (OPEN, "doubt")])
def test_a_page_with_a_letters_words_begins_one(end: str, wanted: str) -> None:
    before = [page(1, *HEAD, end, first=True)]
    assert verdict(before, page(2, *HEAD, SHUT, first=True)) == wanted


def test_pages_of_two_files_are_two_letters() -> None:
    before = [page(1, *HEAD, OPEN, first=True)]
    assert verdict(before, page(1, ON, document="b" * 64)) == "begins"


def given_out(pages: Sequence[LetterPage | Refusal]) -> list[object]:
    """Numbers of each letter's pages with whether they are in doubt, and the refusals."""

    def made(taken: Sequence[LetterPage], in_doubt: bool) -> object:
        return [one.number for one in taken], in_doubt

    stack: LetterStack[object] = LetterStack(made)
    found = [out for one in pages for out in stack.take(one, one is BLANK)]
    return [*found, *stack.rest()]


def test_a_letter_goes_on_behind_a_blank_back() -> None:
    pages = [page(1, *HEAD, OPEN, first=True), BLANK, page(3, ON)]
    assert given_out(pages) == [BLANK, ([1, 3], False)]


def test_a_page_that_follows_no_letter_is_refused() -> None:
    assert given_out([page(1, SHUT)]) == [NO_FORM]


def test_a_doubt_is_handed_on_and_ends_with_the_letter() -> None:
    pages = [page(1, *HEAD, SHUT, first=True), page(2, SHUT), page(3, *HEAD, SHUT, first=True)]
    assert given_out(pages) == [([1, 2], True), ([3], False)]


KINDS = st.sampled_from(
    [(*HEAD, OPEN), (*HEAD, SHUT), (ON,), (SHUT, "2/2"), (SHUT,), ("以上",), (OPEN, "1")]
)


@given(st.lists(KINDS, max_size=8))
def test_no_page_is_lost_and_none_stands_twice(kinds: Sequence[Sequence[str]]) -> None:
    pages = [
        page(number, *texts, first=texts[0] == HEAD[0]) for number, texts in enumerate(kinds, 1)
    ]
    out = given_out(pages)
    numbers = [n for one in out if isinstance(one, tuple) for n in one[0]]
    refused = sum(one is NO_FORM for one in out)
    assert numbers == sorted(set(numbers))
    assert len(numbers) + refused == len(pages)


def test_lines_keep_the_page_that_they_stand_on() -> None:
    both = whole([page(1, *HEAD, OPEN, first=True), page(2, ON)])
    assert [line.page for line in both.lines] == [1, 1, 1, 2]


@pytest.mark.parametrize(
    ("texts", "wanted"),
    [
        (("FAX送付状", "送信枚数 3枚", "鹿島市企画財政課 御中"), True),
        ((*HEAD, SHUT), False),
        (("FAX送付状について意見があります。" + SHUT * 30,), False),
    ],
)
def test_a_cover_sheet_is_known(texts: Sequence[str], wanted: bool) -> None:
    assert is_cover(letter(*texts)) is wanted

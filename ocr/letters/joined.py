"""Pages of one letter are one letter.

A page goes on with the letter before it where its own printed number or the machine's says so and no
new letter begins on it, or where a sentence runs over. It begins a new letter where it bears the
words of a letter's form, or the number 1. In doubt the pages are put together and a person is asked:
half a letter never becomes a row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Generic, Literal, TypeVar

import numpy as np

from ocr.letters.headers import Header, header_of, machine_lines
from ocr.letters.lines import Letter, Line, plain
from records.refusal import Refusal
from records.types import Problem

Verdict = Literal["goes on", "begins", "doubt"]
T = TypeVar("T")

MOST_PAGES = 20
"""A letter has no more pages than this."""

_NUMBER = re.compile(
    r"(?:-|P\.?|No\.?)?(\d{1,2})(?:/(\d{1,2}))?(?:-|頁|ページ)?(?:目)?", re.IGNORECASE
)
_ENDS = "。．.!?！？」』)）"
_CLOSED = ("敬具", "敬白", "以上", "かしこ", "草々", "早々")
_COVER = ("送付状", "送信状", "送信票", "送付票", "FAX送付", "送信枚数", "送付枚数")
_COVER_CHARACTERS = 300

JOINED_IN_DOUBT = Problem(
    "letter_pages",
    "続きのページかどうか、はっきりしません。1通の手紙としてつないだので、別の手紙が"
    "混ざっていれば「様式違い」にして、1通ずつ入力してください",
)


@dataclass(frozen=True, eq=False, slots=True)
class LetterPage:
    """One page that was read as a letter's.

    Attributes:
        form: the form of letters that takes it; empty for none.
        bears_words: it says one of that form's keywords, as a letter's first page does.
        document, number: sha256, hex, and its page there, from 1.
        coarse: size of the scan's pixels, mm.
        refusal: what becomes of it where it belongs to no letter.
    """

    form: str
    letter: Letter
    document: str
    number: int
    coarse: float
    bears_words: bool = False
    refusal: Refusal | None = None

    @property
    def header(self) -> Header:
        """What the sending machine says of it."""
        return header_of(self.letter)

    @property
    def own_number(self) -> tuple[int, int]:
        """The number that is printed at its head or foot, and of how many; 0 for none."""
        written = _written(self.letter)
        ends = [line for line in (*written[:1], *written[-1:]) if len(line.text) <= 8]
        for line in reversed(ends):
            found = _NUMBER.fullmatch(plain(line.text))
            if found:
                return int(found[1]), int(found[2] or 0)
        return 0, 0


def is_cover(letter: Letter) -> bool:
    """True for the cover sheet of a FAX: little is said, and that it is one."""
    whole = plain("".join(line.text for line in letter.lines))
    said = any(plain(word) in whole for word in _COVER)
    return said and len(whole) <= _COVER_CHARACTERS


def verdict(before: Sequence[LetterPage], page: LetterPage) -> Verdict:
    """Whether a page goes on with the letter of the pages before it."""
    last, number = before[-1], page.own_number[0]
    if page.document != last.document or len(before) >= MOST_PAGES:
        return "begins"
    if number:
        follows = number == len(before) + 1
        return "goes on" if follows else "begins" if number == 1 else "doubt"
    open_sentence = _runs_over(last.letter)
    if page.bears_words:
        return "doubt" if open_sentence else "begins"
    if page.header.page == 1:
        return "begins" if not open_sentence else "doubt"
    closed = _is_closed(last.letter)
    if open_sentence and not closed:
        return "goes on"
    machine = last.header.page and page.header.page == last.header.page + 1
    return "goes on" if machine and not closed else "doubt"


def _written(letter: Letter) -> list[Line]:
    """The lines without the machine's."""
    machines = machine_lines(letter)
    return [line for number, line in enumerate(letter.lines) if number not in machines]


def _runs_over(letter: Letter) -> bool:
    """True where the last sentence does not end on the page."""
    text = [line.text for line in _written(letter) if not _NUMBER.fullmatch(plain(line.text))]
    return bool(text) and text[-1][-1] not in _ENDS and len(text[-1]) >= 8


def _is_closed(letter: Letter) -> bool:
    """True where the page ends as letters end."""
    ends = [plain(line.text) for line in _written(letter)[-6:]]
    return any(text.endswith(word) for text in ends for word in _CLOSED)


def whole(pages: Sequence[LetterPage]) -> Letter:
    """The lines of all pages as one letter."""
    lines = [
        replace(line, page=order)
        for order, page in enumerate(pages, 1)
        for line in page.letter.lines
    ]
    return Letter(tuple(lines), np.full((1, 1), 255, np.uint8), pages[0].letter.dpi)


class LetterStack(Generic[T]):
    """The pages of a document as they come: those of a letter are held until it is whole.

    Args:
        made: what becomes of a letter's pages; True where it is in doubt that they are one letter.
    """

    def __init__(self, made: Callable[[Sequence[LetterPage], bool], T]) -> None:
        self._made = made
        self._pages: list[LetterPage] = []
        self._doubt = False

    def take(self, item: T | LetterPage, between: bool) -> Iterator[T | Refusal]:
        """Take what lies on the next page, and give what is complete with it.

        Args:
            between: a letter may go on behind the item, as behind a blank back.
        """
        if not isinstance(item, LetterPage):
            if not between:
                yield from self.rest()
            yield item
            return
        told = verdict(self._pages, item) if self._pages else "begins"
        if told == "begins":
            yield from self.rest()
        if not self._pages and not item.form:
            if item.refusal is not None:
                yield item.refusal
            return
        self._doubt |= told == "doubt"
        self._pages.append(replace(item, letter=_light(item.letter)))

    def rest(self) -> Iterator[T]:
        """The letter that is not given yet."""
        if self._pages:
            yield self._made(self._pages, self._doubt)
        self._pages, self._doubt = [], False


def _light(letter: Letter) -> Letter:
    """The letter without its picture: one page's is in memory at a time."""
    return replace(letter, image=np.full((1, 1), 255, np.uint8))

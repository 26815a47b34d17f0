"""From the pages of a letter to its record."""

from __future__ import annotations

from collections.abc import Sequence

from ocr.judging import Judge
from ocr.letters.joined import JOINED_IN_DOUBT, LetterPage, whole
from ocr.letters.judged import judged_fields
from ocr.letters.letter import is_letter
from ocr.letters.lines import Letter
from records.forms import FormDef
from records.refusal import Refusal
from records.types import MM_PER_INCH, Page, Record

_FEWEST = 20
"""A page with fewer characters than this is no further page of a letter: a picture, a slip."""


def letter_page(
    forms: Sequence[FormDef], letter: Letter, page: Page, only: str, refusal: Refusal
) -> LetterPage | Refusal:
    """The page as a letter's; ``refusal`` where it says too little to be any.

    Args:
        only: the one form that is asked for; empty for any of ``forms``.
    """
    form = next((form for form in forms if is_letter(letter, form)), None)
    taken = form or (forms[0] if only else None)
    characters = sum(len(line.text) for line in letter.lines)
    if taken is None and characters < _FEWEST:
        return refusal
    return LetterPage(
        taken.id if taken else "",
        letter,
        page.document,
        page.number,
        MM_PER_INCH / page.dpi,
        bears_words=form is not None and any(one.keywords for one in form.pages),
        refusal=refusal,
    )


def letter_record(
    form: FormDef, pages: Sequence[LetterPage], judge: Judge, in_doubt: bool
) -> Record:
    """The record of a letter's pages, not yet checked.

    Args:
        in_doubt: a person is asked whether the pages are one letter.
    """
    letter = whole(pages)
    coarse = max(page.coarse for page in pages)
    first = pages[0]
    return Record(
        Record.id_of(first.document, first.number),
        first.document,
        tuple(page.number for page in pages),
        form.id,
        form.version,
        letter.score,
        judged_fields(form, letter, judge, coarse),
        tuple(line.text for line in letter.lines),
        (JOINED_IN_DOUBT,) if in_doubt else (),
    )

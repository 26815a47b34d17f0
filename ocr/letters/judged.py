"""The values of a letter's fields: a person looks at every one of them.

What p says was fitted on fields of forms. Nothing was fitted on letters yet, where a line may be
lost, stand at a wrong place or belong to no field at all, so no value of a letter goes unseen,
whatever an office allows.
"""

from __future__ import annotations

from dataclasses import replace

from ocr.judging import Judge
from ocr.letters.finding import letter_fields
from ocr.letters.lines import Letter
from records.forms import FormDef
from records.types import Field, Problem

FOUND = Problem(
    "letter_text",
    "手紙から読み取った文字です。自動で確かめられないので、用紙の画像と見比べてください",
)
MISSING = Problem(
    "letter_missing",
    "手紙の中に見つかりませんでした。用紙の画像を見て、書かれていれば入力してください",
)


def judged_fields(form: FormDef, letter: Letter, judge: Judge, coarse: float) -> dict[str, Field]:
    """The fields of a letter in the form's order, each with the reason why it is shown.

    Args:
        coarse: size of the scan's pixels, mm.
    """
    place = {"coarse": coarse, "letter": 1.0}
    seen = letter_fields(form, letter)
    return {
        name: _shown(judge.judged(form, item, seen[name], place, 1))
        for name, item in form.fields.items()
    }


def _shown(field: Field) -> Field:
    """The field with what a person is to do about it."""
    reason = FOUND if field.text else MISSING
    return replace(field, problems=(*field.problems, reason), unseen=False)

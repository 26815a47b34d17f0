"""Letters of names whose other form the recogniser cannot say, or seldom says: it reads the usual
form either way.

Which they are is worked out from ``forms.txt`` and the recogniser's own alphabet: how many people
keep the other form, and how often it is read as such. A letter that next to nobody writes otherwise
is shown to no one.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

PATH = Path(__file__).with_name("forms.txt")

DOUBTFUL = 0.04
"""Share of the people with a letter in their name whose own form is overlooked, from which each of
them is shown. At 0.5 % wrong among unseen values it could not be more than a few of a hundred."""


@dataclass(frozen=True, slots=True)
class Form:
    """Another form of a letter.

    Attributes:
        kept: share of the people with the letter in their name who keep this form.
        said: share of the times that it is read as such when it is written; None where nobody
        knows.
    """

    usual: str
    form: str
    example: str
    kept: float
    said: float | None


@functools.cache
def rows() -> tuple[Form, ...]:
    """The table."""
    found = []
    for line in PATH.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            usual, form, example, kept, said = line.split()
            share = None if said == "-" else float(said)
            found.append(Form(usual, form, example, int(kept) / 1000, share))
    return tuple(found)


def overlooked(characters: Iterable[str], table: Iterable[Form] | None = None) -> dict[str, float]:
    """By letter, the share of the people with it in their name whose own form is read as this one.

    Args:
        characters: the recogniser's alphabet; a form outside it is never said.
    """
    known = frozenset(characters)
    made: dict[str, float] = {}
    for row in rows() if table is None else table:
        said = 0.0 if row.form not in known else 0.5 if row.said is None else row.said
        made[row.usual] = made.get(row.usual, 0.0) + row.kept * (1 - said)
    return made


@functools.cache
def doubtful_letters() -> Mapping[str, float]:
    """Letters of the installed recogniser that are shown, with the share that would be wrong."""
    from ocr.engines.ppocr import PpOcr

    shares = overlooked(PpOcr().characters)
    return {letter: share for letter, share in shares.items() if share >= DOUBTFUL}

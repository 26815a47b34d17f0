"""Names of people: known ones, and the forms of letters that families keep."""

from __future__ import annotations

from ocr.weigh.nearnames import known_name, likely_names
from ocr.weigh.priors.asked import Asked, Expected
from ocr.weigh.spelling import smoothed, spelled
from records.normalise.names import fold, variants_of

KNOWN_NAME = 1.5
"""Log prior of a family or given name that is known."""


def name_expected(asked: Asked) -> Expected:
    """A person's name."""
    read, table = asked.read, asked.table
    extra = [*spelled(read), *map(fold, read[:4]), *_other_forms(read[0])]
    extra += likely_names(read[0], table=table) if known_name(read[0], table) < 2 else ()
    return extra, lambda t: KNOWN_NAME * known_name(smoothed(t), table) - 1.5 * old_forms(t)


def _other_forms(text: str) -> list[str]:
    """The name with one letter in each of its other forms (渡辺, 渡邉, 渡邊)."""
    return [
        text[:i] + other + text[i + 1 :]
        for i, letter in enumerate(text)
        for other in variants_of(letter)
    ][:16]


_KEPT_FORMS = frozenset(
    "髙﨑𠮷邊邉齋齊澤濱廣眞嶋嶌櫻國惠靜德瀨瀬淵渕榮應學壽桒栁舘冨富島崎吉辺斉斎沢浜広真"
)
"""Old and other forms that people keep in their names often enough to be read so."""


def old_forms(text: str) -> float:
    """How many characters have a plainer form that Japanese has written since 1946; one that nobody
    keeps in a name counts for three: the engine, which also reads Chinese, says 增 for every second
    増."""
    return sum(
        1.0 if a in _KEPT_FORMS else 3.0 for a, b in zip(text, fold(text), strict=False) if a != b
    )

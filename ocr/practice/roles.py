"""What a field asks, and of whom: read from its kind, its name and its label.

A form's author names fields freely, in English or Japanese. The hints below cover what city forms
ask; a field without a hint gets a plausible value of its kind.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ocr.practice.households import Household, Person
from records.forms import FieldDef

_ROLES: tuple[tuple[str, str], ...] = (
    ("spouse", r"spouse|husband|wife|配偶者|夫|妻"),
    ("child", r"child|kid|dependent|dependant|児童|子ども|こども|扶養|園児|乳児"),
    ("agent", r"agent|proxy|representative|代理|届出人|取扱者|連絡者"),
    ("parent", r"parent|guardian|head_of|保護者|世帯主|納税管理人"),
)
_ASPECTS: tuple[tuple[str, str], ...] = (
    ("birth", r"birth|born|dob|生年月日|誕生"),
    ("former", r"former|previous|old_|旧|前住所|転出"),
    ("mobile", r"mobile|cell|keitai|携帯"),
    ("fax", r"fax|ファックス|ＦＡＸ"),
    ("future", r"start|from_on|begin|開始|希望|予定"),
    ("past", r"moved|event|incident|treated|異動|発生|受診|診療|購入|事由"),
    ("email", r"mail|メール"),
    ("sex", r"sex|gender|性別"),
    ("age", r"\bage|年齢|年代|歳"),
    ("symbol", r"symbol|記号"),
    ("relation", r"relation|続柄"),
    (
        "organisation",
        r"organi|company|corporat|employer|shop|school|法人|会社|団体|事業所|勤務先|学校|園名|商号",
    ),
)


def role_of(field: FieldDef) -> str:
    """``applicant`` (the default), ``spouse``, ``child``, ``agent`` or ``parent``."""
    return _first(_ROLES, f"{field.table} {field.name} {field.label}".lower(), "applicant")


def aspect_of(field: FieldDef) -> str:
    """What is asked, where the words say it; empty otherwise."""
    return _first(_ASPECTS, f"{field.name} {field.label}".lower(), "")


def _first(hints: tuple[tuple[str, str], ...], text: str, otherwise: str) -> str:
    return next((name for name, pattern in hints if re.search(pattern, text)), otherwise)


@dataclass(frozen=True, slots=True)
class Cast:
    """Which person of the household each field of a form is about; rows of a table that have nobody
    stay empty."""

    home: Household
    filled_rows: dict[str, int]

    def person(self, field: FieldDef) -> Person | None:
        """The person, or None for a row that nobody fills."""
        role = role_of(field)
        if field.table:
            if field.row > self.filled_rows[field.table]:
                return None
            line = (
                self.home.children
                if role == "child"
                else (self.home.applicant, self.home.spouse, *self.home.children)
            )
            everybody = (*line, *self.home.others)
            return everybody[(field.row - 1) % len(everybody)]
        if role == "child":
            return self.home.children[0]
        person: Person = getattr(self.home, role)
        return person

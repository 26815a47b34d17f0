"""How right the readings are, by the truth files beside practice sheets: what ``demo`` and ``form
check`` print."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from records.codec import mask_in, show
from records.compare import is_empty, same
from records.types import Field, Record, Value


@dataclass(frozen=True, slots=True)
class TruthSheet:
    """What one sheet really says."""

    form: str
    pages: tuple[int, ...]
    fields: Mapping[str, Value]
    hand: str = ""
    damage: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """Counts over fields. ``filled`` are those that hold something in truth; ``wrong_unseen`` is
    what nobody would see.

    ``missing`` sheets are in the truth and were not read as their form; ``extra`` ones were read
    and are not in it.
    """

    sheets: int = 0
    missing: int = 0
    extra: int = 0
    fields: int = 0
    right: int = 0
    filled: int = 0
    filled_right: int = 0
    unseen: int = 0
    filled_unseen: int = 0
    wrong_unseen: int = 0

    def plus(self, other: Score) -> Score:
        return replace(
            self, **{n: getattr(self, n) + getattr(other, n) for n in self.__dataclass_fields__}
        )


@dataclass(frozen=True, slots=True)
class Miss:
    """One field that was read wrong."""

    record: str
    field: str
    truth: Value
    read: Value
    unseen: bool


def load_truth(path: Path) -> list[TruthSheet]:
    """The sheets of one truth file."""
    data = json.loads(path.read_text(encoding="utf-8"))
    return [
        TruthSheet(
            s["form"], tuple(s["pages"]), s["fields"], s.get("hand", ""), s.get("damage", "")
        )
        for s in data.get("sheets", [])
    ]


def load_expectation(path: Path) -> str:
    """The code of the error that a truth file expects of a file that cannot be read; empty for one
    that can."""
    state, _, code = (json.loads(path.read_text(encoding="utf-8")).get("expect") or "").partition(
        ":"
    )
    return code if state == "failed" else ""


def score_file(truth: Iterable[TruthSheet], records: Iterable[Record]) -> tuple[Score, list[Miss]]:
    """Compare what was read of one file with its truth, sheet by sheet as the pages say."""
    found = list(records)
    score = Score()
    misses = []
    for sheet in truth:
        # several sheets may lie on one page: they stand in both in reading order
        there = [record for record in found if record.pages == sheet.pages]
        of_form = [record for record in there if record.form == sheet.form]
        record = of_form[0] if of_form else None
        for gone in [record] if record is not None else there[:1]:
            found.remove(gone)
        if record is None:
            score = score.plus(Score(sheets=1, missing=1))
            continue
        made, missed = score_sheet(sheet.fields, record)
        score = score.plus(made)
        misses += missed
    return score.plus(Score(extra=len(found))), misses


def score_sheet(truth: Mapping[str, Value], record: Record) -> tuple[Score, list[Miss]]:
    """Compare one sheet; a field that the truth does not name is not counted."""
    score = Score(sheets=1)
    misses = []
    for name, value in truth.items():
        field = record.fields.get(name)
        right = field is not None and same(field.kind, value, field.value)
        score = score.plus(_one(value, field, right))
        if not right:
            misses.append(
                Miss(
                    record.id,
                    name,
                    value,
                    field and field.value,
                    field is not None and field.unseen,
                )
            )
    return score, misses


def _one(truth: Value, field: Field | None, right: bool) -> Score:
    filled = not is_empty(truth)
    unseen = field is not None and field.unseen
    return Score(
        fields=1,
        right=right,
        filled=filled,
        filled_right=filled and right,
        unseen=unseen,
        filled_unseen=filled and unseen,
        wrong_unseen=unseen and not right,
    )


def difference(miss: Miss, kind: str = "") -> str:
    """Truth and reading of a miss side by side; of a composite value only the parts that differ."""
    truth = miss.truth
    read = miss.read
    if isinstance(truth, Mapping) and isinstance(read, Mapping):
        every = {**truth, **read}
        names = [n for n in every if not same("text", truth.get(n), read.get(n))]
        truth = {name: truth.get(name) for name in names}
        read = {name: read.get(name) for name in names}
    right = show(mask_in(kind, truth)) or "空欄"
    seen = show(mask_in(kind, read)) or "空欄"
    return f"正解「{right}」読み「{seen}」"


def lines(score: Score) -> Iterator[str]:
    """The score for people."""
    found = score.sheets - score.missing
    yield f"用紙 {score.sheets} 枚のうち {found} 枚を正しい様式として読みました。"
    if score.extra:
        yield f"様式ではない {score.extra} 枚を様式として読みました。"
    if score.fields:
        right = f"{score.right}({score.right / score.fields:.1%})"
        filled_right = f"{score.filled_right}({share(score.filled_right, score.filled)})"
        yield (
            f"項目 {score.fields} のうち正しいもの {right}、"
            f"記入のある {score.filled} 項目では {filled_right}。"
        )
        unseen = f"{score.unseen} 項目({score.unseen / score.fields:.1%})"
        filled_unseen = f"{score.filled_unseen}({share(score.filled_unseen, score.filled)})"
        wrong = f"{score.wrong_unseen} 項目({share(score.wrong_unseen, score.unseen)})"
        yield f"目視不要は {unseen}、記入のある項目では {filled_unseen}。そのうち誤り {wrong}。"


def share(part: int, whole: int) -> str:
    if whole:
        return f"{part / whole:.2%}"
    return "—"

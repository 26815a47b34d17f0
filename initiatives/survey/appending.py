"""Answers as TOML at the end of ``strategy.toml``: checked before it is written, with a copy of the
file kept."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from initiatives.fiscal import label, parse_year
from initiatives.register import Strategy
from initiatives.strategy import load_strategy
from initiatives.survey.answersheets import AnswerRow
from initiatives.survey.returned import Answers, suitability
from records.errors import DefinitionError


def to_toml(answers: Answers, strategy: Strategy, day: dt.date) -> str:
    """The answers as tables for ``strategy.toml``; empty where there is nothing to add.

    New initiatives get the next free numbers, the state 検討, and a note with their estimated
    suitability.

    Args:
        day: the reference day of answers whose workbook names none.
    """
    blocks: list[str] = []
    codes = _codes(strategy, [row.get("code") for row in answers.surveys if row.get("code")])
    for row in answers.surveys:
        blocks += _initiative(
            row, row.get("code") or next(codes), strategy, answers.days.get(row.file, day)
        )
    for row in answers.inquiries:
        blocks += _changes(row, strategy, answers.days.get(row.file, day))
    for row in answers.actuals:
        blocks += _actual(row)
    return "\n".join(blocks)


def roll_over(strategy: Strategy, no: int) -> str:
    """The plans of period ``no`` carried over into the next one, as TOML for :func:`append`, for
    the office to edit.

    Carried over is what is neither ended (終了, or decided 廃止) nor planned for the next period
    already.

    Raises:
        DefinitionError: there is no period ``no`` with a next one.
    """
    if {no, no + 1} - {p.no for p in strategy.periods}:
        raise DefinitionError(f"第{no}期と第{no + 1}期の両方が [[period]] に要ります", key="no")
    blocks: list[str] = []
    for made in strategy.initiatives.values():
        old = next((p for p in made.periods if p.no == no), None)
        if (
            old is None
            or made.status == "終了"
            or old.verdict == "廃止"
            or any(p.no == no + 1 for p in made.periods)
        ):
            continue
        blocks += [
            "[[plan]]",
            *_keys(
                {
                    "initiative": made.code,
                    "no": no + 1,
                    "plan": old.plan or made.title,
                    "continued_from": no,
                }
            ),
        ]
    return "\n".join(blocks)


def append(path: Path, text: str, day: dt.date) -> Strategy:
    """Append ``text`` to the strategy file at ``path`` and return the register as it then is.

    The new file is loaded before it takes the old one's place; the old one is kept beside it as
    ``….bak-YYYYMMDD`` (and a number, where there is one already).

    Raises:
        DefinitionError: with the addition the file would not load. Nothing is changed then.
    """
    whole = f"{path.read_text(encoding='utf-8-sig').rstrip()}\n\n# ======== {day:%Y-%m-%d} 取り込み ========\n\n{text}"
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".strategy-", suffix=".toml")
    beside = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(whole)
        shutil.copymode(path, beside)
        strategy = load_strategy(beside)
        shutil.copy2(path, _free(path, day))
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return strategy


def _free(path: Path, day: dt.date) -> Path:
    """A name for the copy that is not taken."""
    first = path.with_name(f"{path.name}.bak-{day:%Y%m%d}")
    made, number = first, 1
    while made.exists():
        number += 1
        made = first.with_name(f"{first.name}-{number}")
    return made


def _codes(strategy: Strategy, taken: list[str]) -> Iterator[str]:
    """Free codes after the highest of the automation pillar: EFF-07, EFF-08…"""
    used = {*strategy.initiatives, *taken}
    numbered = []
    for code in sorted(strategy.codes):
        if found := re.fullmatch(r"(.*?)(\d+)", code):
            numbered.append((found[1], found[2]))
    prefix, last = numbered[-1] if numbered else ("EFF-", "00")
    width = len(last)
    number = max((int(digits) for start, digits in numbered if start == prefix), default=0)
    while True:
        number += 1
        code = f"{prefix}{number:0{width}d}"
        if code not in used:
            yield code


def _initiative(row: AnswerRow, code: str, strategy: Strategy, day: dt.date) -> Iterator[str]:

    def code_of(name: str) -> str:
        known = strategy.department_code(name, day)
        return strategy.department_on(known, day).code

    department = code_of(row.get("department"))
    co = [code_of(name) for name in row.get("co_departments") or ()]
    found = suitability(row)
    note = None
    if found:
        reasons = "。".join(found.reasons)
        note = f"適性の見込み {found.score}点({found.advice}、試算): {reasons}"
    yield "[[initiative]]"
    yield from _keys(
        {
            "code": code,
            "title": row.get("title"),
            "pillar": strategy.automation.id,
            "department": department,
            "co_departments": co or None,
            "kind": row.get("kind"),
            "status": "検討",
            **{key: row.get(key) for key in ("current_issue", "content", "expected_effect")},
            "origin": row.get("origin") or "業務調査票",
            "law_basis": row.get("law_basis"),
            "systems": list(row.get("systems") or ()) or None,
            "pii_level": row.get("pii_level"),
            "retention_years": row.get("retention_years"),
            "volume": row.get("volume"),
            "note": note,
        }
    )
    yield from _baseline(row, "[[initiative.baseline]]", day, None)


def _baseline(row: AnswerRow, header: str, day: dt.date, code: str | None) -> Iterator[str]:
    if not row.get("samples") and row.get("minutes") is None:
        return
    measured = row.get("basis") == "実測"
    yield header
    yield from _keys(
        {
            "initiative": code,
            "valid_from": day,
            "basis": row.get("basis"),
            "minutes": None if measured else row.get("minutes"),
            "samples": list(row.get("samples")) if measured else None,
            "source": f"{row.sheet} {row.file} {row.number}行目",
        }
    )


def _changes(row: AnswerRow, strategy: Strategy, day: dt.date) -> Iterator[str]:
    code = row.get("code")
    yield from _baseline(row, "[[baseline]]", day, code)
    if row.get("preparation") is not None or row.get("upkeep") is not None:
        known = strategy.initiatives[code].handling_on(day)
        kept = {
            "preparation_seconds": known.preparation / 1000 if known else None,
            "upkeep_minutes_per_month": known.upkeep / 60_000 if known else None,
        }
        told = {
            "preparation_seconds": row.get("preparation"),
            "upkeep_minutes_per_month": row.get("upkeep"),
        }
        yield "[[handling]]"
        yield from _keys(
            {
                "initiative": code,
                "valid_from": day,
                "basis": row.get("basis") or "申告",
                "source": f"{row.sheet} {row.file} {row.number}行目",
                **{key: value if value is not None else kept[key] for key, value in told.items()},
                "exception_minutes": known.exception / 60_000
                if known and known.exception is not None
                else None,
            }
        )
    period = strategy.period_on(day)
    if period and any(row.get(key) for key in ("review", "grade", "verdict")):
        yield "[[review]]"
        yield from _keys(
            {
                "initiative": code,
                "no": period.no,
                "review": row.get("review"),
                "grade": row.get("grade"),
                "verdict": row.get("verdict"),
            }
        )


def _actual(row: AnswerRow) -> Iterator[str]:
    yield "[[actual]]"
    yield from _keys(
        {
            "initiative": row.get("code"),
            "kpi": row.get("kpi"),
            "year": label(parse_year(row.get("year"))),
            "value": row.get("value"),
            "basis": row.get("basis"),
            "source": row.get("source") or f"{row.sheet} {row.file} {row.number}行目",
        }
    )


def _keys(values: dict[str, Any]) -> Iterator[str]:
    for key, value in values.items():
        if value is not None and value != "":
            yield f"{key} = {_toml(value)}"
    yield ""


def _toml(value: Any) -> str:
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return repr(value)

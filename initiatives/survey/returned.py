"""What the departments filled in, held against the register: every problem is named by file, sheet,
cell and reason."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from initiatives.fiscal import parse_year
from initiatives.register import MEASURED_SAMPLES, Actual, Strategy
from initiatives.suitability import Case, Estimate, estimate
from initiatives.survey.answercolumns import ACTUAL_SHEET, INQUIRY_SHEET, SHEETS, SURVEY_SHEET
from initiatives.survey.answersheets import Misfit, Row, read_returned

Told = Iterator[tuple[str, str]]
"""Problems of a row: the key of the column concerned, and what to do."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What came back. Rows with a problem are not among the rows, so that the rest can go on.

    Attributes:
        misfits: what could not be taken; ``notes``: what was taken or left, and a person should
        know.
        days: file → the day from which its answers hold, where it names one.
    """

    surveys: tuple[Row, ...] = ()
    inquiries: tuple[Row, ...] = ()
    actuals: tuple[Row, ...] = ()
    misfits: tuple[Misfit, ...] = ()
    notes: tuple[Misfit, ...] = ()
    days: Mapping[str, dt.date] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return len(self.surveys) + len(self.inquiries) + len(self.actuals)


def read_answers(paths: Iterable[Path], strategy: Strategy, day: dt.date) -> Answers:
    """Read filled-in workbooks; all problems of all of them are told together.

    Args:
        paths: any number of files. One that cannot be read is a misfit, the others are taken.
        day: the reference day of answers whose workbook names none; departments are those of this
        day.
    """
    rows: list[Row] = []
    misfits: list[Misfit] = []
    notes: list[Misfit] = []
    days: dict[str, dt.date] = {}
    for path, name in _named(paths):
        if path.name.startswith("~$"):
            notes.append(Misfit(name, "", "", "開いている間だけある印なので読んでいません"))
            continue
        found = read_returned(path, name, SHEETS)
        rows += found.rows
        misfits += found.misfits
        notes += found.notes
        if found.day is not None:
            days[name] = found.day
    kept = _checked(rows, strategy, day, misfits)
    return Answers(
        tuple(kept[SURVEY_SHEET]),
        tuple(kept[INQUIRY_SHEET]),
        tuple(kept[ACTUAL_SHEET]),
        tuple(misfits),
        tuple(notes),
        days,
    )


def _checked(
    rows: Sequence[Row], strategy: Strategy, day: dt.date, misfits: list[Misfit]
) -> dict[str, list[Row]]:
    """The rows without a problem, by sheet. A row whose cell could not be taken is still checked in
    everything else, so that nobody sends a sheet round twice."""
    checks: Mapping[str, Callable[[Row], Told]] = {
        SURVEY_SHEET: _Surveys(strategy, day).check,
        INQUIRY_SHEET: _Inquiries(strategy).check,
        ACTUAL_SHEET: _Actuals(strategy).check,
    }
    kept: dict[str, list[Row]] = {name: [] for name in SHEETS}
    for row in rows:
        is_answer = row.sheet == SURVEY_SHEET or row.wrong or _says_something(row, strategy)
        if row.is_hidden:
            if is_answer:
                misfits.append(row.misfit("", _HIDDEN))
            continue
        told = [(key, reason) for key, reason in checks[row.sheet](row) if key not in row.wrong]
        misfits += [row.misfit(key, reason) for key, reason in told]
        if not told and not row.wrong and is_answer:
            kept[row.sheet].append(row)
    return kept


_HIDDEN = (
    "非表示の行(またはシート)に書き込みがあります。表示して確かめ、要らなければ行を消してください"
)


def _named(paths: Iterable[Path]) -> list[tuple[Path, str]]:
    """Each file under its name, or under its whole path where two departments sent files of one
    name."""
    paths = list(paths)
    names = [p.name for p in paths]
    return [(p, p.name if names.count(p.name) == 1 else str(p)) for p in paths]


def _says_something(row: Row, strategy: Strategy) -> bool:
    """Whether a row tells more than went out with the template."""
    keys = ("minutes", "samples", "preparation", "upkeep", "review", "grade", "verdict", "value")
    if all(row.get(key) in (None, "", ()) for key in keys):
        return False
    if row.get("code") not in strategy.initiatives:
        return True
    return row.sheet != ACTUAL_SHEET or _known_actual(row, strategy) is None


def _known_actual(row: Row, strategy: Strategy) -> Actual | None:
    """What is registered for the row's KPI and year."""
    try:
        year = parse_year(row.get("year"))
    except ValueError:
        return None
    for kpi in strategy.initiatives[row.get("code")].kpis:
        if kpi.name == row.get("kpi"):
            return next((actual for actual in kpi.actuals if actual.year == year), None)
    return None


def _where(row: Row) -> str:
    return f"{row.file} {row.page or row.sheet} {row.number}行目"


def case_of(row: Row) -> Case | None:
    """The row as a case for :func:`initiatives.suitability.estimate`; None where too little was
    filled in."""
    samples: Sequence[float] = row.get("samples") or ()
    minutes = row.get("minutes") or (sum(samples) / len(samples) / 60 if samples else None)
    if not (row.get("volume") and row.get("fields") and minutes):
        return None
    shares = [row.get(key) for key in ("handwriting", "born_digital")]
    return Case(
        row.get("volume"),
        minutes,
        row.get("fields"),
        row.get("layouts") or 1,
        1.0 if shares[0] is None else shares[0] / 100,
        row.get("error_cost") or "中",
        0.0 if shares[1] is None else shares[1] / 100,
    )


def suitability(row: Row) -> Estimate | None:
    """The estimate for a 業務調査票 row."""
    case = case_of(row)
    return None if case is None else estimate(case)


# ---- rows against the register -------------------------------------------------------------------


class _Surveys:
    """Checks 業務調査票 rows, also against one another."""

    def __init__(self, strategy: Strategy, day: dt.date) -> None:
        self.strategy, self.day = strategy, day
        self._seen: dict[tuple[str, str], Row] = {}
        self._titles = {(i.title, i.department): i.code for i in strategy.initiatives.values()}

    def check(self, row: Row) -> Told:
        code = row.get("code")
        if code and code in self.strategy.initiatives:
            yield ("code", f"番号「{code}」はもう登録されています。変更は各課照会で受け付けます")
        name = row.get("department") or ""
        department = self._department(name) if name else ""
        if not department:
            yield ("department", self._unknown(name))
        for other in row.get("co_departments") or ():
            if not self._department(other):
                yield ("co_departments", self._unknown(other))
        if (row.get("title"), department) in self._titles:
            yield (
                "title",
                f"「{row.get('title')}」は {self._titles[row.get('title'), department]} として登録されています",
            )
        yield from _time(row, required=True)
        title = row.get("title") if department else None
        names = {"code": code or "", "title": f"{title} {department}" if title else ""}
        for key in names.items():
            if not key[1]:
                continue
            if key in self._seen:
                yield (key[0], f"{_where(self._seen[key])}と同じです。どちらかを消してください")
            self._seen.setdefault(key, row)

    def _department(self, name: str) -> str:
        code = self.strategy.department_code(name, self.day)
        return self.strategy.department_on(code, self.day).code if code else ""

    def _unknown(self, name: str) -> str:
        names = [d.name for d in self.strategy.departments.values()]
        near = difflib.get_close_matches(name, names, 1)
        hint = f"「{near[0]}」のことですか。" if near else ""
        return (
            f"部署「{name}」は登録されていません。{hint}新しい課なら "
            "strategy.toml の [[department]] に加えてください"
        )


class _Inquiries:
    """Checks 各課照会 rows."""

    def __init__(self, strategy: Strategy) -> None:
        self.strategy = strategy
        self._seen: dict[str, Row] = {}

    def check(self, row: Row) -> Told:
        code = row.get("code")
        if "code" in row.wrong:
            return
        if code not in self.strategy.initiatives:
            yield (
                "code",
                f"番号「{code}」の取組は登録されていません。番号は書き換えないでください",
            )
            return
        letters = [g.letter for g in self.strategy.grades]
        if row.get("grade") and row.get("grade") not in letters:
            yield ("grade", f"評価「{row.get('grade')}」はありません({'、'.join(letters)})")
        yield from _time(row, required=False)
        if _says_something(row, self.strategy):
            if code in self._seen:
                first = _where(self._seen[code])
                yield ("code", f"{code} の回答が {first}にもあります。どちらかを消してください")
            self._seen.setdefault(code, row)


class _Actuals:
    """Checks 実績 rows."""

    def __init__(self, strategy: Strategy) -> None:
        self.strategy = strategy
        self._seen: set[tuple[str, str, int]] = set()

    def check(self, row: Row) -> Told:
        made = self.strategy.initiatives.get(row.get("code"))
        if row.wrong & {"code", "kpi", "year"}:
            return
        if made is None:
            yield ("code", f"番号「{row.get('code')}」の取組は登録されていません")
            return
        kpi = next(
            (k for k in made.kpis if k.name == row.get("kpi") and k.formula == "manual"), None
        )
        if kpi is None:
            yield ("kpi", f"{made.code} に、手で記録する指標「{row.get('kpi')}」はありません")
            return
        try:
            year = parse_year(row.get("year"))
        except ValueError as error:
            yield ("year", str(error))
            return
        if row.get("value") is None and "value" not in row.wrong:
            return
        known = _known_actual(row, self.strategy)
        if known and "value" not in row.wrong and known.value != row.get("value"):
            yield (
                "value",
                f"この年度の実績は {known.value:g} と登録済みです。直すときは strategy.toml を書き換えてください",
            )
        if row.get("basis") is None:
            yield ("basis", "根拠(実測・試算・申告)を選んでください")
        if (made.code, kpi.name, year) in self._seen:
            yield ("value", "同じ指標・同じ年度の実績が二つあります")
        self._seen.add((made.code, kpi.name, year))


def _time(row: Row, *, required: bool) -> Told:
    """Minutes, basis and samples must tell one story."""
    if row.wrong & {"minutes", "basis", "samples"}:
        return
    minutes, basis, samples = row.get("minutes"), row.get("basis"), row.get("samples") or ()
    if basis == "実測":
        if len(samples) < MEASURED_SAMPLES:
            yield (
                "samples",
                f"実測は、計った秒数を{MEASURED_SAMPLES}件以上書いてください(今は{len(samples)}件)",
            )
        elif minutes is not None and abs(minutes - sum(samples) / len(samples) / 60) > 0.5:
            mean = sum(samples) / len(samples) / 60
            yield (
                "minutes",
                f"秒数の平均({mean:.1f}分)と合いません。実測のときは空欄にしてください",
            )
    elif samples:
        yield ("basis", "秒数が書かれています。計ったものなら「実測」を選んでください")
    elif minutes is None and required:
        yield ("minutes", "1件の時間(分)が空です")
    elif minutes is not None and basis is None:
        yield ("basis", "根拠(試算・申告)を選んでください")

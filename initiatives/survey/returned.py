"""What the departments filled in, held against the register: every problem is named by file, sheet,
cell and reason."""

from __future__ import annotations

import datetime as dt
import difflib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from initiatives.fiscal import parse_year
from initiatives.register import MEASURED_SAMPLES, Actual, Strategy
from initiatives.suitability import Estimate, TaskCase, estimate
from initiatives.survey.answercolumns import ACTUAL_SHEET, INQUIRY_SHEET, SHEETS, SURVEY_SHEET
from initiatives.survey.answersheets import AnswerRow, Misfit, read_returned

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

    surveys: tuple[AnswerRow, ...] = ()
    inquiries: tuple[AnswerRow, ...] = ()
    actuals: tuple[AnswerRow, ...] = ()
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
    rows: list[AnswerRow] = []
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
    rows: Sequence[AnswerRow], strategy: Strategy, day: dt.date, misfits: list[Misfit]
) -> dict[str, list[AnswerRow]]:
    """The rows without a problem, by sheet. A row whose cell could not be taken is still checked in
    everything else, so that nobody sends a sheet round twice."""
    checks: Mapping[str, Callable[[AnswerRow], Told]] = {
        SURVEY_SHEET: _Surveys(strategy, day).check,
        INQUIRY_SHEET: _Inquiries(strategy).check,
        ACTUAL_SHEET: _Actuals(strategy).check,
    }
    kept: dict[str, list[AnswerRow]] = {name: [] for name in SHEETS}
    for row in rows:
        is_answer = row.sheet == SURVEY_SHEET or row.wrong or _says_something(row, strategy)
        if row.is_hidden:
            if is_answer:
                misfits.append(row.misfit("", _HIDDEN))
            continue
        check = checks[row.sheet]
        told = []
        for key, reason in check(row):
            if key not in row.wrong:
                told.append(row.misfit(key, reason))
        misfits += told
        is_sound = not told and not row.wrong
        if is_sound and is_answer:
            kept[row.sheet].append(row)
    return kept


_HIDDEN = (
    "非表示の行(またはシート)に書き込みがあります。表示して確かめ、要らなければ行を消してください"
)


def _named(paths: Iterable[Path]) -> list[tuple[Path, str]]:
    """Each file under its name, or under its whole path where two departments sent files of one
    name."""
    paths = list(paths)
    count = Counter(path.name for path in paths)
    named = []
    for path in paths:
        name = path.name
        if count[path.name] != 1:
            name = str(path)
        named.append((path, name))
    return named


def _says_something(row: AnswerRow, strategy: Strategy) -> bool:
    """Whether a row tells more than went out with the template."""
    keys = ("minutes", "samples", "preparation", "upkeep", "review", "grade", "verdict", "value")
    if all(row.get(key) in (None, "", ()) for key in keys):
        return False
    if row.get("code") not in strategy.initiatives:
        return True
    return row.sheet != ACTUAL_SHEET or _known_actual(row, strategy) is None


def _known_actual(row: AnswerRow, strategy: Strategy) -> Actual | None:
    """What is registered for the row's KPI and year."""
    try:
        year = parse_year(row.get("year"))
    except ValueError:
        return None
    initiative = strategy.initiatives[row.get("code")]
    kpi = next((kpi for kpi in initiative.kpis if kpi.name == row.get("kpi")), None)
    if kpi is None:
        return None
    return next((actual for actual in kpi.actuals if actual.year == year), None)


def _where(row: AnswerRow) -> str:
    return f"{row.file} {row.page or row.sheet} {row.number}行目"


def case_of(row: AnswerRow) -> TaskCase | None:
    """The row as a case for :func:`initiatives.suitability.estimate`; None where too little was
    filled in."""
    minutes = row.get("minutes") or _mean_minutes(row.get("samples") or ())
    volume = row.get("volume")
    fields = row.get("fields")
    if not (volume and fields and minutes):
        return None
    handwriting = row.get("handwriting")
    born_digital = row.get("born_digital")
    return TaskCase(
        volume,
        minutes,
        fields,
        row.get("layouts") or 1,
        # Nothing said: paper that is filled in by hand, the harder case.
        1.0 if handwriting is None else handwriting / 100,
        row.get("error_cost") or "中",
        0.0 if born_digital is None else born_digital / 100,
    )


def _mean_minutes(samples: Sequence[float]) -> float | None:
    """The mean of measured seconds, in minutes."""
    if not samples:
        return None
    return sum(samples) / len(samples) / 60


def suitability(row: AnswerRow) -> Estimate | None:
    """The estimate for a 業務調査票 row."""
    case = case_of(row)
    if case is None:
        return None
    return estimate(case)


# ---- rows against the register -------------------------------------------------------------------


class _Surveys:
    """Checks 業務調査票 rows, also against one another."""

    def __init__(self, strategy: Strategy, day: dt.date) -> None:
        self.strategy = strategy
        self.day = day
        self._seen: dict[tuple[str, str], AnswerRow] = {}
        self._titles: dict[tuple[str, str], str] = {}
        for initiative in strategy.initiatives.values():
            self._titles[initiative.title, initiative.department] = initiative.code

    def check(self, row: AnswerRow) -> Told:
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
        title = row.get("title")
        registered = self._titles.get((title, department))
        if registered is not None:
            yield ("title", f"「{title}」は {registered} として登録されています")
        yield from _time(row, required=True)
        if code:
            yield from self._told_twice("code", code, row)
        if title and department:
            yield from self._told_twice("title", f"{title} {department}", row)

    def _told_twice(self, key: str, text: str, row: AnswerRow) -> Told:
        """An earlier row that says the same."""
        first = self._seen.setdefault((key, text), row)
        if first is not row:
            yield (key, f"{_where(first)}と同じです。どちらかを消してください")

    def _department(self, name: str) -> str:
        code = self.strategy.department_code(name, self.day)
        if not code:
            return ""
        return self.strategy.department_on(code, self.day).code

    def _unknown(self, name: str) -> str:
        names = [d.name for d in self.strategy.departments.values()]
        near = difflib.get_close_matches(name, names, 1)
        hint = ""
        if near:
            hint = f"「{near[0]}」のことですか。"
        return (
            f"部署「{name}」は登録されていません。{hint}新しい課なら "
            "strategy.toml の [[department]] に加えてください"
        )


class _Inquiries:
    """Checks 各課照会 rows."""

    def __init__(self, strategy: Strategy) -> None:
        self.strategy = strategy
        self._seen: dict[str, AnswerRow] = {}

    def check(self, row: AnswerRow) -> Told:
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
        grade = row.get("grade")
        if grade and grade not in letters:
            yield ("grade", f"評価「{grade}」はありません({'、'.join(letters)})")
        yield from _time(row, required=False)
        if not _says_something(row, self.strategy):
            return
        first = self._seen.setdefault(code, row)
        if first is not row:
            where = _where(first)
            yield ("code", f"{code} の回答が {where}にもあります。どちらかを消してください")


class _Actuals:
    """Checks 実績 rows."""

    def __init__(self, strategy: Strategy) -> None:
        self.strategy = strategy
        self._seen: set[tuple[str, str, int]] = set()

    def check(self, row: AnswerRow) -> Told:
        made = self.strategy.initiatives.get(row.get("code"))
        if row.wrong & {"code", "kpi", "year"}:
            return
        if made is None:
            yield ("code", f"番号「{row.get('code')}」の取組は登録されていません")
            return
        name = row.get("kpi")
        manual = {kpi.name for kpi in made.kpis if kpi.formula == "manual"}
        if name not in manual:
            yield ("kpi", f"{made.code} に、手で記録する指標「{name}」はありません")
            return
        try:
            year = parse_year(row.get("year"))
        except ValueError as error:
            yield ("year", str(error))
            return
        value = row.get("value")
        is_readable = "value" not in row.wrong
        if value is None and is_readable:
            return
        known = _known_actual(row, self.strategy)
        if known and is_readable and known.value != value:
            stands = f"この年度の実績は {known.value:g} と登録済みです。"
            yield ("value", f"{stands}直すときは strategy.toml を書き換えてください")
        if row.get("basis") is None:
            yield ("basis", "根拠(実測・試算・申告)を選んでください")
        told = made.code, name, year
        if told in self._seen:
            yield ("value", "同じ指標・同じ年度の実績が二つあります")
        self._seen.add(told)


def _measured_time(minutes: float | None, samples: Sequence[float]) -> Told:
    """Enough samples; and minutes, where they are written too, that are the mean of them."""
    count = len(samples)
    mean = _mean_minutes(samples)
    if mean is None or count < MEASURED_SAMPLES:
        enough = f"計った秒数を{MEASURED_SAMPLES}件以上書いてください"
        yield ("samples", f"実測は、{enough}(今は{count}件)")
        return
    # Half a minute is what rounding to whole minutes may change.
    if minutes is not None and abs(minutes - mean) > 0.5:
        reason = f"秒数の平均({mean:.1f}分)と合いません。実測のときは空欄にしてください"
        yield ("minutes", reason)


def _time(row: AnswerRow, *, required: bool) -> Told:
    """Minutes, basis and samples must tell one story."""
    if row.wrong & {"minutes", "basis", "samples"}:
        return
    minutes = row.get("minutes")
    basis = row.get("basis")
    samples = row.get("samples") or ()
    if basis == "実測":
        yield from _measured_time(minutes, samples)
    elif samples:
        yield ("basis", "秒数が書かれています。計ったものなら「実測」を選んでください")
    elif minutes is None and required:
        yield ("minutes", "1件の時間(分)が空です")
    elif minutes is not None and basis is None:
        yield ("basis", "根拠(試算・申告)を選んでください")

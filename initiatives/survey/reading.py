"""What the departments filled in, read strictly: every problem is named by file, sheet, cell and
reason."""

from __future__ import annotations

import datetime as dt
import difflib
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet

from initiatives.fiscal import parse_year
from initiatives.register import MEASURED_SAMPLES, Actual, Strategy
from initiatives.suitability import Case, Estimate, estimate
from initiatives.survey.columns import ACTUAL_SHEET, INQUIRY_SHEET, SHEETS, SURVEY_SHEET, Column

_UNITS = re.compile(r"(?:件|枚|通|分|秒|年|%|時間|項目|種類|種|人|円)(?:/(?:件|月|年))?$")
_HEADER_WITHIN = 15


@dataclass(frozen=True, slots=True)
class Misfit:
    """Something that cannot be taken over: where it is and what to do. ``cell`` is ``D7``, or empty
    for a whole file."""

    file: str
    sheet: str
    cell: str
    reason: str

    def __str__(self) -> str:
        place = "  ".join(part for part in (self.file, self.sheet, self.cell) if part)
        return f"{place}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Row:
    """One filled-in row: values by column key, and where each stands."""

    file: str
    sheet: str
    number: int
    values: Mapping[str, Any]
    cells: Mapping[str, str]

    def get(self, key: str) -> Any:
        return self.values.get(key)

    def misfit(self, key: str, reason: str) -> Misfit:
        return Misfit(self.file, self.sheet, self.cells.get(key, f"{self.number}行目"), reason)


@dataclass(frozen=True, slots=True)
class Answers:
    """What came back. Rows with a problem are not among the rows, so that the rest can go on."""

    surveys: tuple[Row, ...] = ()
    inquiries: tuple[Row, ...] = ()
    actuals: tuple[Row, ...] = ()
    misfits: tuple[Misfit, ...] = ()
    days: Mapping[str, dt.date] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return len(self.surveys) + len(self.inquiries) + len(self.actuals)


def read_answers(paths: Iterable[Path], strategy: Strategy, day: dt.date) -> Answers:
    """Read filled-in workbooks.

    Args:
        paths: any number of .xlsx files; sheets with other names than those of the templates are
        left alone.
        day: the reference day of answers whose workbook names none; departments are those of this
        day.
    """
    rows: dict[str, list[Row]] = {name: [] for name in SHEETS}
    misfits: list[Misfit] = []
    days: dict[str, dt.date] = {}
    for path, name in _named(paths):
        for found in _read(path, name, days):
            if isinstance(found, Misfit):
                misfits.append(found)
            else:
                rows[found.sheet].append(found)
    checks: Mapping[str, Callable[[Row], Iterator[Misfit]]] = {
        SURVEY_SHEET: _Surveys(strategy, day).check,
        INQUIRY_SHEET: _Inquiries(strategy).check,
        ACTUAL_SHEET: _Actuals(strategy).check,
    }
    kept: dict[str, list[Row]] = {name: [] for name in SHEETS}
    for name, check in checks.items():
        for row in rows[name]:
            wrong = list(check(row))
            misfits += wrong
            if not wrong and (name == SURVEY_SHEET or _says_something(row, strategy)):
                kept[name].append(row)
    return Answers(
        tuple(kept[SURVEY_SHEET]),
        tuple(kept[INQUIRY_SHEET]),
        tuple(kept[ACTUAL_SHEET]),
        tuple(misfits),
        days,
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
    return row.sheet != ACTUAL_SHEET or _known_actual(row, strategy) is None


def _known_actual(row: Row, strategy: Strategy) -> Actual | None:
    """What is registered for the row's KPI and year."""
    kpis = strategy.initiatives[row.get("code")].kpis
    return next(
        (
            a
            for k in kpis
            if k.name == row.get("kpi")
            for a in k.actuals
            if a.year == parse_year(row.get("year"))
        ),
        None,
    )


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


# ---- one workbook --------------------------------------------------------------------------------


def _read(path: Path, file: str, days: dict[str, dt.date]) -> Iterator[Row | Misfit]:
    try:
        book = load_workbook(path, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, OSError, ValueError):
        yield Misfit(
            file,
            "",
            "",
            "Excelのブック(.xlsx)として開けません。パスワードを外し、.xlsx で保存し直してください",
        )
        return
    known = [name for name in SHEETS if name in book.sheetnames]
    if not known:
        yield Misfit(
            file,
            "",
            "",
            f"「{'」「'.join(SHEETS)}」というシートがありません。配ったひな形を使ってください",
        )
    for name in known:
        page = book[name]
        if isinstance(page, Worksheet):
            day = next(
                (c.value for c in (page["B3"],) if isinstance(c.value, dt.datetime | dt.date)), None
            )
            if day is not None:
                days[file] = day.date() if isinstance(day, dt.datetime) else day
            yield from _sheet(file, page, SHEETS[name])


def _sheet(file: str, page: Worksheet, columns: Sequence[Column]) -> Iterator[Row | Misfit]:
    header, places = _header(page, columns)
    missing = [c.title for c in columns if c.required and c.key not in places]
    if missing:
        yield Misfit(
            file,
            page.title,
            "",
            f"見出し「{'」「'.join(missing)}」の列が見つかりません。見出しの行を元に戻してください",
        )
        return
    hints = {c.hint for c in columns if c.hint}
    for number in range(header + 1, page.max_row + 1):
        cells = {c.key: page.cell(number, places[c.key]) for c in columns if c.key in places}
        filled = [cell.value for cell in cells.values() if not _blank(cell.value)]
        if not filled or (number == header + 1 and all(value in hints for value in filled)):
            continue
        values: dict[str, Any] = {}
        wrong: list[Misfit] = []
        for column in columns:
            if column.key in cells:
                try:
                    values[column.key] = _value(cells[column.key], column)
                except ValueError as error:
                    where = f"{get_column_letter(places[column.key])}{number}"
                    wrong.append(Misfit(file, page.title, where, f"「{column.title}」{error}"))
        if wrong:
            yield from wrong
        else:
            yield Row(
                file,
                page.title,
                number,
                values,
                {k: f"{get_column_letter(p)}{number}" for k, p in places.items()},
            )


def _header(page: Worksheet, columns: Sequence[Column]) -> tuple[int, dict[str, int]]:
    """The row that has most of the titles, and the column of each; departments move columns and add
    their own."""
    titles = {_plain(c.title): c.key for c in columns}
    best: tuple[int, dict[str, int]] = (0, {})
    for row in page.iter_rows(min_row=1, max_row=_HEADER_WITHIN):
        places: dict[str, int] = {}
        for cell in row:
            key = titles.get(_plain(str(cell.value or "")).rstrip("*"))
            if key and key not in places and cell.column is not None:
                places[key] = int(cell.column)
        if row and len(places) > len(best[1]):
            best = int(row[0].row or 0), places
    return best


def _plain(text: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


def _blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _value(cell: Any, column: Column) -> Any:
    """A cell's typed value; None (or an empty tuple) for a blank one.

    Raises:
        ValueError: what is wrong with it, as the end of a sentence.
    """
    value = cell.value
    if isinstance(value, str) and value.startswith("#") and value.rstrip("!?/A0").isupper():
        raise ValueError(f"が数式のエラー({value})です。値を入れ直してください")
    if _blank(value):
        if column.required:
            raise ValueError("が空です")
        return () if column.form in ("names", "seconds") else None
    if column.form == "text":
        return _as_text(value)
    if column.form == "names":
        return tuple(
            filter(None, (part.strip() for part in re.split(r"[、,;\n]", _as_text(value))))
        )
    if column.form == "choice":
        return _as_choice(_as_text(value), column.choices)
    if column.form == "seconds":
        parts = (
            [value]
            if isinstance(value, int | float)
            else re.split(r"[、,;\s]+", unicodedata.normalize("NFKC", value))
        )
        return tuple(_positive(_as_number(part)) for part in parts if not _blank(part))
    number = _as_number(value)
    if column.form == "percent":
        number = (
            number * 100
            if "%" in (cell.number_format or "") and not isinstance(value, str)
            else number
        )
        if not 0 <= number <= 100:
            raise ValueError(f"は0から100までの数で書いてください(今は {number:g})")
        return number
    if column.form == "count":
        if number < 1 or number != int(number):
            raise ValueError(f"は1以上の整数で書いてください(今は {number:g})")
        return int(number)
    return number if column.key == "value" else _positive(number)


def _as_text(value: Any) -> str:
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value == int(value):
        value = int(value)
    return str(value).strip()


def _as_choice(text: str, choices: tuple[str, ...]) -> str:
    plain = {_plain(c): c for c in choices}
    if _plain(text) in plain:
        return plain[_plain(text)]
    near = difflib.get_close_matches(_plain(text), plain, 1)
    hint = f"「{plain[near[0]]}」のことですか。" if near else ""
    raise ValueError(
        f"の「{text}」は選べません。{hint}{'、'.join(choices)} のどれかを選んでください"
    )


def _as_number(value: Any) -> float:
    if isinstance(value, bool | dt.date | dt.time):
        raise ValueError(f"は数で書いてください(今は「{value}」)")
    if isinstance(value, int | float):
        return float(value)
    text = _UNITS.sub("", unicodedata.normalize("NFKC", str(value)).strip().replace(",", ""))
    try:
        return float(text.strip())
    except ValueError:
        raise ValueError(f"は数だけを書いてください(今は「{value}」)") from None


def _positive(number: float) -> float:
    if not number > 0:
        raise ValueError(f"は0より大きい数で書いてください(今は {number:g})")
    return number


# ---- rows against the register -------------------------------------------------------------------


class _Surveys:
    """Checks 業務調査票 rows, also against one another."""

    def __init__(self, strategy: Strategy, day: dt.date) -> None:
        self.strategy, self.day = strategy, day
        self._seen: dict[tuple[str, str], Row] = {}
        self._titles = {(i.title, i.department): i.code for i in strategy.initiatives.values()}

    def check(self, row: Row) -> Iterator[Misfit]:
        code = row.get("code")
        if code and code in self.strategy.initiatives:
            yield row.misfit(
                "code", f"番号「{code}」はもう登録されています。変更は各課照会で受け付けます"
            )
        department = self._department(row.get("department"))
        if not department:
            yield row.misfit("department", self._unknown(row.get("department")))
        for name in row.get("co_departments") or ():
            if not self._department(name):
                yield row.misfit("co_departments", self._unknown(name))
        if (row.get("title"), department) in self._titles:
            yield row.misfit(
                "title",
                f"「{row.get('title')}」は {self._titles[row.get('title'), department]} として登録されています",
            )
        yield from _time(row, required=True)
        for key in (("code", code or ""), ("title", f"{row.get('title')} {department}")):
            if key[1] and key in self._seen:
                first = self._seen[key]
                yield row.misfit(
                    key[0],
                    f"{first.file} {first.sheet} {first.number}行目と同じです。どちらかを消してください",
                )
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

    def check(self, row: Row) -> Iterator[Misfit]:
        code = row.get("code")
        if code not in self.strategy.initiatives:
            yield row.misfit(
                "code", f"番号「{code}」の取組は登録されていません。番号は書き換えないでください"
            )
            return
        letters = [g.letter for g in self.strategy.grades]
        if row.get("grade") and row.get("grade") not in letters:
            yield row.misfit(
                "grade", f"評価「{row.get('grade')}」はありません({'、'.join(letters)})"
            )
        yield from _time(row, required=False)
        if _says_something(row, self.strategy):
            if code in self._seen:
                first = self._seen[code]
                yield row.misfit(
                    "code",
                    f"{code} の回答が {first.file} {first.number}行目にもあります。どちらかを消してください",
                )
            self._seen.setdefault(code, row)


class _Actuals:
    """Checks 実績 rows."""

    def __init__(self, strategy: Strategy) -> None:
        self.strategy = strategy
        self._seen: set[tuple[str, str, int]] = set()

    def check(self, row: Row) -> Iterator[Misfit]:
        made = self.strategy.initiatives.get(row.get("code"))
        if made is None:
            yield row.misfit("code", f"番号「{row.get('code')}」の取組は登録されていません")
            return
        kpi = next(
            (k for k in made.kpis if k.name == row.get("kpi") and k.formula == "manual"), None
        )
        if kpi is None:
            yield row.misfit(
                "kpi", f"{made.code} に、手で記録する指標「{row.get('kpi')}」はありません"
            )
            return
        try:
            year = parse_year(row.get("year"))
        except ValueError as error:
            yield row.misfit("year", str(error))
            return
        if row.get("value") is None:
            return
        known = _known_actual(row, self.strategy)
        if known and known.value != row.get("value"):
            yield row.misfit(
                "value",
                f"この年度の実績は {known.value:g} と登録済みです。直すときは strategy.toml を書き換えてください",
            )
        if row.get("basis") is None:
            yield row.misfit("basis", "根拠(実測・試算・申告)を選んでください")
        if (made.code, kpi.name, year) in self._seen:
            yield row.misfit("value", "同じ指標・同じ年度の実績が二つあります")
        self._seen.add((made.code, kpi.name, year))


def _time(row: Row, *, required: bool) -> Iterator[Misfit]:
    """Minutes, basis and samples must tell one story."""
    minutes, basis, samples = row.get("minutes"), row.get("basis"), row.get("samples") or ()
    if basis == "実測":
        if len(samples) < MEASURED_SAMPLES:
            yield row.misfit(
                "samples",
                f"実測は、計った秒数を{MEASURED_SAMPLES}件以上書いてください(今は{len(samples)}件)",
            )
        elif minutes is not None and abs(minutes - sum(samples) / len(samples) / 60) > 0.5:
            mean = sum(samples) / len(samples) / 60
            yield row.misfit(
                "minutes", f"秒数の平均({mean:.1f}分)と合いません。実測のときは空欄にしてください"
            )
    elif samples:
        yield row.misfit("basis", "秒数が書かれています。計ったものなら「実測」を選んでください")
    elif minutes is None and required:
        yield row.misfit("minutes", "1件の時間(分)が空です")
    elif minutes is not None and basis is None:
        yield row.misfit("basis", "根拠(試算・申告)を選んでください")

"""The report's tables as typed cells, already rounded: Excel, PDF, HTML and CSV show the same
figures because they all show these.

Hours are rounded half up to a tenth here and nowhere else, so a column may differ from its sum by a
tenth, as in every printed table of a city; a note says so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Literal, Protocol

from initiatives.evaluate import Measurement
from initiatives.fiscal import Span, label, wareki_day
from initiatives.interval import Interval
from initiatives.register import InitiativePeriod
from initiatives.saving import HOUR, Balance
from initiatives.summary import DepartmentLine, PeriodLine, Report, Sheet, YearLine

Kind = Literal["text", "count", "hours", "percent", "yen", "number", "years"]
Cell = str | int | Decimal | None
NONE = "—"
_CENTRED = frozenset(
    ("状況", "95%区間", "目標", "評価", "根拠", "区分", "単位", "判定", "月", "人分", "今後の判断")
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its title, what its cells are, and its share of the width."""

    title: str
    kind: Kind = "text"
    width: float = 10

    @property
    def centred(self) -> bool:
        """True for columns of short words, which stand in the middle."""
        return self.kind == "text" and self.title.split("\n")[0] in _CENTRED


@dataclass(frozen=True, slots=True)
class Table:
    """A table with typed cells; the last row is the sum where ``summed``."""

    name: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    summed: bool = False
    notes: tuple[str, ...] = ()

    def shown(self) -> list[tuple[str, ...]]:
        """The rows as text."""
        return [
            tuple(show(cell, c.kind) for cell, c in zip(row, self.columns, strict=True))
            for row in self.rows
        ]


def show(cell: Cell, kind: Kind) -> str:
    """A cell as people read it: ``▲`` for minus, thousands with commas, ``—`` for nothing."""
    if cell is None or cell == "":
        return NONE if cell is None else ""
    if isinstance(cell, str):
        return cell
    places = {"hours": 1, "percent": 1, "years": 1, "number": 1}.get(kind, 0)
    number = cell * 100 if kind == "percent" else cell
    text = f"{abs(number):,.{places}f}" + ("%" if kind == "percent" else "")
    return f"▲{text}" if number < 0 and any(c in "123456789" for c in text) else text


def rounded(value: Fraction | float | int, places: int) -> Decimal:
    """Half up, away from zero, as people round on paper."""
    exact = Fraction(value)
    scaled = Decimal(abs(exact.numerator)) / Decimal(exact.denominator)
    made = scaled.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return -made if exact < 0 else made


def hours(milliseconds: int | None) -> Decimal | None:
    """Hours to a tenth."""
    return None if milliseconds is None else rounded(Fraction(milliseconds, HOUR), 1)


def share(value: float | Fraction | None) -> Decimal | None:
    """A share to a tenth of a percent."""
    return None if value is None else rounded(value, 3)


def yen(value: Fraction | None) -> Decimal | None:
    return None if value is None else rounded(value, 0)


def before(balance: Balance) -> int | None:
    """Milliseconds that the work would have taken before; None where nothing happened or no
    baseline is known."""
    return balance.baseline.milliseconds if _told(balance) else None


def now(balance: Balance) -> int | None:
    """Milliseconds of all handling."""
    return sum(p.milliseconds for p in balance.costs) if _told(balance) else None


def net(balance: Balance) -> int | None:
    """Milliseconds saved."""
    return balance.net.milliseconds if _told(balance) else None


def _told(balance: Balance) -> bool:
    return balance.known and balance.net.basis is not None


def saved_share(balance: Balance) -> Decimal | None:
    """Saved against before (削減率); None where nothing was there to be saved."""
    if not balance.known or not balance.baseline.milliseconds:
        return None
    return share(Fraction(balance.net.milliseconds, balance.baseline.milliseconds))


def between(interval: Interval | None) -> str | None:
    """``▲1.2〜3.4``; in brackets where the baseline was not measured, so that only the review's
    spread is in it."""
    if interval is None:
        return None
    text = f"{show(rounded(interval.low, 1), 'hours')}〜{show(rounded(interval.high, 1), 'hours')}"
    return text if "基準時間" in interval.covers else f"({text})"


def basis(balance: Balance) -> str:
    """What the figure rests on: ``申告``, or ``実測`` only where all of it was measured."""
    return balance.net.basis or NONE


_ACCOUNT = (
    Column("件数", "count", 8),
    Column("従来\n(時間)", "hours", 9),
    Column("現在\n(時間)", "hours", 9),
    Column("削減\n(時間)", "hours", 9),
    Column("削減率", "percent", 9),
)


def _account(balance: Balance) -> tuple[Cell, ...]:
    return (
        balance.work.accepted,
        hours(before(balance)),
        hours(now(balance)),
        hours(net(balance)),
        saved_share(balance),
    )


def summary_table(report: Report) -> Table:
    """総括表: one row an initiative, and the sum of those whose saving is known."""
    rows: list[tuple[Cell, ...]] = [
        (
            s.initiative.code,
            s.initiative.title,
            s.department.name,
            s.initiative.status,
            *_account(s.balance),
            between(s.interval),
            share(s.balance.unseen_share),
            s.track,
            _grade(s),
            basis(s.balance),
        )
        for s in report.sheets
    ]
    whole = report.balance
    rows.append(
        (
            "計",
            f"{len(report.sheets)}取組",
            "",
            "",
            *_account(whole),
            between(report.interval),
            share(whole.unseen_share),
            "",
            "",
            basis(whole),
        )
    )
    return Table(
        "総括表",
        (
            Column("番号", width=9),
            Column("取組", width=30),
            Column("担当課", width=14),
            Column("状況", width=6),
            *_ACCOUNT,
            Column("95%区間\n(時間)", width=15),
            Column("目視\n不要", "percent", 8),
            Column("目標", width=6),
            Column("評価", width=6),
            Column("根拠", width=6),
        ),
        tuple(rows),
        True,
        tuple(notes(report)),
    )


def _grade(sheet: Sheet) -> str:
    return sheet.grade.letter if sheet.grade else NONE


class Compared(Protocol):
    """What is compared by department, fiscal year and plan period: a report, or
    :class:`initiatives.overview.Comparison`."""

    @property
    def departments(self) -> tuple[DepartmentLine, ...]: ...

    @property
    def years(self) -> tuple[YearLine, ...]: ...

    @property
    def periods(self) -> tuple[PeriodLine, ...]: ...

    @property
    def balance(self) -> Balance: ...

    @property
    def until(self) -> dt.date: ...


def has_course(sheet: Sheet) -> bool:
    """Whether there is anything to draw month by month: an empty chart says nothing."""
    return any(net(balance) is not None for _, balance in sheet.months)


def department_table(report: Compared) -> Table:
    """課別."""
    rows: list[tuple[Cell, ...]] = [
        (
            line.department.division,
            _named(line),
            len(line.codes),
            *_account(line.balance),
            basis(line.balance),
        )
        for line in report.departments
    ]
    count = len({code for line in report.departments for code in line.codes})
    rows.append(("計", "", count, *_account(report.balance), basis(report.balance)))
    return Table(
        "課別",
        (
            Column("部", width=12),
            Column("課", width=30),
            Column("取組数", "count", 8),
            *_ACCOUNT,
            Column("根拠", width=8),
        ),
        tuple(rows),
        True,
    )


def _named(line: DepartmentLine) -> str:
    """A department with what it was called before, or with who answers now for what it did then."""
    said = [f"旧 {'、'.join(line.formerly)}"] * bool(line.formerly) + [
        f"現 {'、'.join(line.now)}"
    ] * bool(line.now)
    return line.department.name + (f"({'・'.join(said)})" if said else "")


def year_table(report: Compared) -> Table:
    """年度別: every fiscal year of the strategy that has begun."""
    rows: list[tuple[Cell, ...]] = [
        (
            line.title
            + (f"({report.until.month}月{report.until.day}日まで)" if line.partial else ""),
            line.active,
            *_account(line.balance),
            basis(line.balance),
        )
        for line in report.years
    ]
    return Table(
        "年度別",
        (
            Column("年度", width=26),
            Column("動いた\n取組数", "count", 9),
            *_ACCOUNT,
            Column("根拠", width=8),
        ),
        tuple(rows),
    )


def period_table(report: Compared) -> Table:
    """期別: every plan period that has begun, with what was decided about its initiatives."""
    rows: list[tuple[Cell, ...]] = [
        (
            f"{line.period.title}({line.period.span.title})" + ("途中" if line.partial else ""),
            line.planned,
            *_account(line.balance),
            "、".join(f"{verdict} {n}" for verdict, n in line.verdicts) or NONE,
            basis(line.balance),
        )
        for line in report.periods
    ]
    return Table(
        "期別",
        (
            Column("アクションプランの期", width=28),
            Column("計画した\n取組数", "count", 9),
            *_ACCOUNT,
            Column("今後の判断", width=20),
            Column("根拠", width=8),
        ),
        tuple(rows),
    )


def month_table(months: Sequence[tuple[Span, Balance]]) -> Table:
    """月別."""
    rows: list[tuple[Cell, ...]] = [(month_name(m), *_account(b)) for m, b in months]
    return Table("月別", (Column("月", width=12), *_ACCOUNT), tuple(rows))


def month_name(month: Span) -> str:
    return f"{label(month.first.year)}.{month.first.month}"


def kpi_table(items: Iterable[tuple[str, Measurement]], name: str = "KPI") -> Table:
    """目標と実績. ``items``: the initiative's code (or the pillar's name) and the measurement."""
    rows: list[tuple[Cell, ...]] = []
    notes: list[str] = []
    for owner, m in items:
        number = None if m.value is None else rounded(m.value, 1)
        if m.kpi.baseline_basis is not None:
            notes.append(f"「{m.kpi.name}」の基準は{m.kpi.baseline_basis}です。")
        rows.append(
            (
                owner,
                m.kpi.name,
                m.kpi.kind,
                m.kpi.unit,
                None if m.kpi.baseline is None else rounded(m.kpi.baseline, 1),
                None if m.target is None else rounded(m.target, 1),
                number,
                achieved(m),
                m.track,
                m.basis or NONE,
                m.n,
            )
        )
    return Table(
        name,
        (
            Column("番号", width=10),
            Column("指標", width=30),
            Column("区分", width=9),
            Column("単位", width=6),
            Column("基準", "number", 9),
            Column("目標", "number", 9),
            Column("実績", "number", 9),
            Column("達成率", "percent", 9),
            Column("判定", width=7),
            Column("根拠", width=7),
            Column("n", "count", 9),
        ),
        tuple(rows),
        notes=tuple(dict.fromkeys(notes)),
    )


def achieved(m: Measurement) -> Decimal | None:
    """Actual against the whole year's target (not what is expected by now, which the verdict
    uses)."""
    if m.value is None or not m.target:
        return None
    if m.kpi.direction == "up":
        return share(m.value / m.target)
    return share(m.target / m.value) if m.value > 0 else None


def money_table(report: Report) -> Table:
    """費用と効果."""
    rows: list[tuple[Cell, ...]] = []
    for s in report.sheets:
        m = s.money
        rows.append(
            (
                s.initiative.code,
                s.initiative.title,
                None if m.annual_hours is None else rounded(m.annual_hours, 1),
                None if m.fte is None else rounded(m.fte, 2),
                yen(m.labour),
                yen(m.running),
                yen(m.build),
                yen(m.net),
                None if m.payback is None else rounded(m.payback, 1),
                basis(s.balance),
            )
        )
    known = [s.money for s in report.sheets if s.money.net is not None]
    rows.append(
        (
            "計",
            f"{len(known)}取組",
            None,
            None,
            *(
                yen(sum(((getattr(m, name) or Fraction(0)) for m in known), Fraction(0)))
                for name in ("labour", "running", "build", "net")
            ),
            None,
            "",
        )
    )
    return Table(
        "費用と効果",
        (
            Column("番号", width=9),
            Column("取組", width=30),
            Column("年換算の\n削減(時間)", "hours", 11),
            Column("人分\n(年換算)", "text", 8),
            Column("人件費\n相当(円)", "yen", 12),
            Column("運用費\n(円)", "yen", 11),
            Column("導入費の\n期間分(円)", "yen", 11),
            Column("差引\n(円)", "yen", 12),
            Column("回収\n(年)", "years", 7),
            Column("根拠", width=7),
        ),
        tuple((*r[:3], None if r[3] is None else f"{r[3]}", *r[4:]) for r in rows),
        True,
        tuple(_money_notes(report)),
    )


def _money_notes(report: Report) -> list[str]:
    lines = [
        "差引 = 人件費相当 − 運用費 − 導入費の期間分。年換算は稼働30日以上の取組だけ、削減時間 × 365 ÷ 稼働日数。"
    ]
    day = min(report.span.last, report.until)
    for name, unit in (("時間単価", "円"), ("年間時間", "時間")):
        rate = report.strategy.rate_on(name, day)
        if rate:
            lines.append(
                f"{name}: {rate.value:,.0f}{unit}({rate.valid_from:%Y-%m-%d} から、出典 {rate.source})"
            )
        else:
            lines.append(f"{name}が strategy.toml の [[rate]] にないため、その換算はしていません。")
    return lines


def facts(sheet: Sheet) -> list[tuple[str, str]]:
    """個票の見出し: label and text, in reading order."""
    i = sheet.initiative
    formerly = f"(旧 {sheet.formerly})" if sheet.formerly else ""
    systems = "、".join(i.systems) or "なし"
    if sheet.recheck:
        systems += f" 【要再検証: {sheet.recheck.name}への更新後、未確認】"
    return [
        ("担当課", sheet.department.name + formerly),
        ("柱", sheet.pillar),
        ("区分", i.kind),
        ("状況", i.status),
        ("きっかけ", i.origin or NONE),
        ("個人情報", i.pii_level),
        ("保存年限", f"{i.retention_years}年"),
        ("根拠法令", i.law_basis or NONE),
        ("関係システム", systems),
        ("基準時間", baseline_of(sheet)),
    ]


def story(sheet: Sheet) -> list[tuple[str, str]]:
    """個票の文章: heading and text, only those that were written."""
    i, plan = sheet.initiative, sheet.plan
    made = [
        ("現状と課題", i.current_issue),
        ("取組内容", i.content),
        ("期待する効果", i.expected_effect),
        ("この期の計画", _continued(plan) if plan else ""),
        ("この期の振り返り", plan.review if plan else ""),
    ]
    return [(heading, text) for heading, text in made if text]


def _continued(plan: InitiativePeriod) -> str:
    """The plan of a period, and from which period it was carried over."""
    if plan.continued_from is None:
        return plan.plan
    return f"(第{plan.continued_from}期から継続){plan.plan}"


def verdict(sheet: Sheet) -> str:
    """The grade with its words, and who gave it; the decision about the future where one was
    taken."""
    if sheet.grade is None:
        words = NONE
    else:
        words = (
            f"{sheet.grade.letter} {sheet.grade.words}("
            f"{'記録された評価' if sheet.grade_recorded else '実績から算定'})"
        )
    decided = sheet.plan.verdict if sheet.plan else ""
    return f"{words}  今後: {decided}" if decided else words


def schedule(sheet: Sheet) -> Table:
    """個票のスケジュール."""
    rows: list[tuple[Cell, ...]] = [
        (
            f"{label(m.year)} 第{m.quarter}四半期",
            m.text,
            f"{m.done:%Y-%m-%d} 済" if m.done else "予定",
        )
        for m in sorted(sheet.initiative.milestones, key=lambda m: (m.year, m.quarter))
    ]
    return Table(
        "スケジュール",
        (Column("時期", width=16), Column("内容", width=44), Column("状況", width=16)),
        tuple(rows),
    )


def money_facts(sheet: Sheet) -> str:
    """個票の費用: one line."""
    m = sheet.money
    parts = []
    if m.labour is not None:
        parts.append(f"人件費相当 {show(yen(m.labour), 'yen')}円")
    parts.append(
        f"運用費 {show(yen(m.running), 'yen')}円、導入費の期間分 {show(yen(m.build), 'yen')}円"
    )
    if m.net is not None:
        parts.append(f"差引 {show(yen(m.net), 'yen')}円")
    if m.annual_hours is not None:
        fte = f"({rounded(m.fte, 2)}人分)" if m.fte is not None else ""
        parts.append(f"年換算 {show(rounded(m.annual_hours, 1), 'hours')}時間{fte}")
    return "、".join(parts)


def terms_table(sheet: Sheet) -> Table:
    """個票の効果: each term of the sum with its basis and n."""
    b = sheet.balance
    names = (
        ("従来の時間", b.baseline, "件数 × 基準時間"),
        ("準備", b.preparation, "そろえる・スキャンする"),
        ("確認", b.review, "画面での確認を計測"),
        ("手直し", b.rework, "転記後の直し"),
        ("例外の手作業", b.exceptions, "読めなかったものの手入力"),
        ("維持管理", b.upkeep, "様式の手入れ・問い合わせ"),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            name if i == 0 else f"− {name}",
            hours(part.milliseconds) if _told(b) else None,
            part.basis or NONE,
            part.n or None,
            note,
        )
        for i, (name, part, note) in enumerate(names)
    ]
    rows.append(
        (
            "正味の削減",
            hours(net(b)),
            b.net.basis or NONE,
            b.net.n or None,
            f"95%区間 {between(sheet.interval)}時間"
            if sheet.interval
            else "区間は出せません(計測が足りません)",
        )
    )
    return Table(
        "効果",
        (
            Column("項目", width=16),
            Column("時間", "hours", 9),
            Column("根拠", width=7),
            Column("n", "count", 9),
            Column("内容", width=34),
        ),
        tuple(rows),
        True,
    )


def quality(sheet: Sheet) -> list[tuple[str, str]]:
    """個票の品質: label and text."""
    b, w = sheet.balance, sheet.balance.work
    wrong = NONE
    if w.sampled and sheet.wrong_unseen:
        low, high = (
            show(share(v), "percent") for v in (sheet.wrong_unseen.low, sheet.wrong_unseen.high)
        )
        wrong = (
            f"{show(share(Fraction(w.sampled_wrong, w.sampled)), 'percent')}("
            f"{w.sampled_wrong}/{w.sampled}、95%区間 {low}〜{high})"
        )
    per_sheet = NONE
    if b.seconds_per_sheet is not None:
        per_sheet = f"{show(rounded(b.seconds_per_sheet, 1), 'number')}秒"
        if sheet.spread is not None:
            per_sheet += f"(日ごとの標準偏差 {show(rounded(sheet.spread, 1), 'number')}秒)"
    return [
        ("目視不要の割合", show(share(b.unseen_share), "percent")),
        ("項目の正読率", show(share(b.field_accuracy), "percent")),
        ("文字の正読率", show(share(b.character_accuracy), "percent")),
        ("目視しなかった値の誤り", wrong),
        ("1件の確認時間", per_sheet),
        ("例外(読めなかったもの)", f"{w.failed:,}件(うち手作業を計測 {w.by_hand:,}件)"),
    ]


def baseline_of(sheet: Sheet) -> str:
    """How the newest baseline came about, in a sentence."""
    made = max(sheet.initiative.baselines, key=lambda b: b.valid_from, default=None)
    if made is None:
        return "基準時間が登録されていません。"
    samples = f"、n={made.n}" if made.n else ""
    return f"1件 {_minutes(made.milliseconds)}({made.basis}{samples}、{made.valid_from:%Y-%m-%d} から、{made.source})"


def _minutes(milliseconds: int) -> str:
    return f"{rounded(Fraction(milliseconds, 60_000), 2).normalize():f}分"


def notes(report: Report) -> list[str]:
    """What must stand under the figures."""
    lines = [
        "削減 = 従来 − 現在。現在 = 準備+確認(実測)+手直し+例外の手作"
        "業+維持管理。機械の稼働時間は含みません。▲は増加。",
        "根拠: 実測=すべて計測、試算=計算による値を含む、申告=担当課の申"
        "告を含む。端数処理のため計が合わないことがあります。",
    ]
    if any(s.interval for s in report.sheets):
        lines.append(
            "95%区間: 計測のばらつきから求めた範囲。かっこ書きは、基準時間を"
            "計測していないため確認時間のばらつきだけの範囲です。"
        )
    if report.unknown:
        lines.append(f"{'、'.join(report.unknown)} は基準時間がないため、計に含めていません。")
    recheck = [s for s in report.sheets if s.recheck]
    if recheck:
        era = recheck[0].recheck
        assert era is not None
        lines.append(
            f"要再検証({era.name}への更新後、未確認): {'、'.join(s.initiative.code for s in recheck)}"
        )
    if report.unassigned:
        lines.append(
            f"様式がわからず取り込めなかった文書が {report.unassigned:,} 件あります(どの取組にも含めていません)。"
        )
    if report.partial:
        lines.append(f"期間の途中の数値です({wareki_day(report.until)}まで)。")
    return lines


def headline(report: Report) -> list[tuple[str, str, str]]:
    """The figures at the top: label, figure, and what stands under it."""
    b = report.balance
    made = [
        (
            "正味の削減時間",
            f"{show(hours(net(b)), 'hours')}時間",
            f"{basis(b)}を含む" if basis(b) not in (NONE, "実測") else basis(b),
        ),
        (
            "取り込んだ件数",
            f"{b.work.accepted:,}件",
            f"ほかに例外 {b.work.failed:,}件",
        ),
        (
            "目視しなくてよかった値",
            show(share(b.unseen_share), "percent"),
            f"{b.work.fields:,}項目のうち",
        ),
    ]
    for m in report.measurements[:1]:
        if m.target is not None:
            value = show(None if m.value is None else rounded(m.value, 1), "number")
            made.append(
                (
                    f"目標({label(m.year)})",
                    f"{show(achieved(m), 'percent')}",
                    f"{value} / {show(rounded(m.target, 1), 'number')}{m.kpi.unit} {m.track}",
                )
            )
    return made

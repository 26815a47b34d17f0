"""What the page of one initiative (個票) says: its facts, its story, its schedule and its account."""

from __future__ import annotations

from fractions import Fraction

from initiatives.fiscal import label
from initiatives.register import InitiativePeriod
from initiatives.reportcells import (
    NONE,
    Cell,
    Column,
    Table,
    between,
    hours,
    net,
    rounded,
    share,
    show,
    told,
    yen,
)
from initiatives.summary import InitiativeSheet
from initiatives.tables import kpi_table


def has_course(sheet: InitiativeSheet) -> bool:
    """Whether there is anything to draw month by month: an empty chart says nothing."""
    return any(net(balance) is not None for _, balance in sheet.months)


def facts(sheet: InitiativeSheet) -> list[tuple[str, str]]:
    """個票の見出し: label and text, in reading order."""
    i = sheet.initiative
    formerly = ""
    if sheet.formerly:
        formerly = f"(旧 {sheet.formerly})"
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


def story(sheet: InitiativeSheet) -> list[tuple[str, str]]:
    """個票の文章: heading and text, only those that were written."""
    i = sheet.initiative
    plan = sheet.plan
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


def verdict(sheet: InitiativeSheet) -> str:
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
    if decided:
        return f"{words}  今後: {decided}"
    return words


def schedule(sheet: InitiativeSheet) -> Table:
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


_KPI_COLUMNS = (1, 3, 5, 6, 7, 8, 9, 10)
"""What a page of one initiative shows of the table of KPIs: not whose they are, nor their kind and
where they began."""


def kpis(sheet: InitiativeSheet) -> Table:
    """個票の目標と実績."""
    whole = kpi_table([(sheet.initiative.code, m) for m in sheet.measurements])
    columns = tuple(whole.columns[number] for number in _KPI_COLUMNS)
    rows = []
    for row in whole.rows:
        rows.append(tuple(row[number] for number in _KPI_COLUMNS))
    return Table(whole.name, columns, tuple(rows))


def money_facts(sheet: InitiativeSheet) -> str:
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
        fte = ""
        if m.fte is not None:
            fte = f"({rounded(m.fte, 2)}人分)"
        parts.append(f"年換算 {show(rounded(m.annual_hours, 1), 'hours')}時間{fte}")
    return "、".join(parts)


def terms_table(sheet: InitiativeSheet) -> Table:
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
    rows: list[tuple[Cell, ...]] = []
    for i, (name, part, note) in enumerate(names):
        rows.append(
            (
                name if i == 0 else f"− {name}",
                hours(part.milliseconds) if told(b) else None,
                part.basis or NONE,
                part.n or None,
                note,
            )
        )
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


def quality(sheet: InitiativeSheet) -> list[tuple[str, str]]:
    """個票の品質: label and text."""
    b = sheet.balance
    w = sheet.balance.work
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


def baseline_of(sheet: InitiativeSheet) -> str:
    """How the newest baseline came about, in a sentence."""
    made = max(sheet.initiative.baselines, key=lambda b: b.valid_from, default=None)
    if made is None:
        return "基準時間が登録されていません。"
    origin: list[str] = [made.basis]
    if made.n:
        origin.append(f"n={made.n}")
    origin += [f"{made.valid_from:%Y-%m-%d} から", made.source]
    return f"1件 {_minutes(made.milliseconds)}({'、'.join(origin)})"


def _minutes(milliseconds: int) -> str:
    return f"{rounded(Fraction(milliseconds, 60_000), 2).normalize():f}分"

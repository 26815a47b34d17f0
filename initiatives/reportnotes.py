"""What stands over and under the tables of a report: the figures at the top, and the notes that they need."""

from __future__ import annotations

from initiatives.fiscal import label, wareki_day
from initiatives.reportcells import NONE, achieved, basis, hours, net, rounded, share, show
from initiatives.summary import Report


def money_notes(report: Report) -> list[str]:
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

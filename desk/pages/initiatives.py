"""取組: the pillar at a glance, one initiative's page, comparisons. Figures hold no personal data:
everybody may see them."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from desk import comparedfigures, monthfigures, overviewfigures, spans
from desk.handwork import own
from desk.logins import Session
from desk.opendesk import Desk
from desk.pages import handworkpage, initiative_rows
from desk.refusals import NotHere
from desk.spans import Choice, choose
from desk.web import Asking, Office, page
from initiatives import initiativepage, reportcells
from initiatives.balance import Balance
from initiatives.fiscal import long_label, wareki_day
from initiatives.overview import Overview, compare, overview
from initiatives.summary import make_sheet, target_year

router = APIRouter()


def shared(desk: Desk, session: Session, choice: Choice) -> dict[str, Any]:
    """What all pages of initiatives show: the choice, the way between them, and what must stand on
    every page."""
    return {
        "choice": choice,
        "options": spans.options(desk.strategy, choice),
        "strategy": desk.strategy,
        "may_tell": bool(own(desk, session.user)),
        "caution": spans.caution(desk.journal, desk.strategy),
    }


@router.get("/initiatives")
def show(
    request: Request, desk: Office, session: Asking, span: str = "", department: str = ""
) -> Response:
    """概況: a fiscal year, a plan period or a month, of all departments or of one."""
    choice = choose(desk.strategy, desk.now().date(), span)
    if department and department not in desk.strategy.departments:
        raise NotHere
    with desk.accounts.on(desk.now().date()) as history:
        seen = overview(history, choice.span, department)
    departments = {line.department.code: line.department.name for line in seen.lines}
    if not department:
        offered = departments
    else:
        with desk.accounts.on(desk.now().date()) as history:
            offered = {
                line.department.code: line.department.name
                for line in overview(history, choice.span).lines
            }
    months = monthfigures.month_rows(
        seen.months, seen.until, seen.planned, "/initiatives", department
    )
    return page(
        request,
        "initiatives.html",
        seen=seen,
        department=department,
        departments=offered,
        headline=overviewfigures.headline(seen),
        charts=overviewfigures.overview_charts(seen),
        lines=overviewfigures.initiative_rows(seen, choice),
        months=months,
        pillars=None if department else overviewfigures.pillar_rows(seen),
        notes=_notes(seen),
        **shared(desk, session, choice),
    )


def _notes(seen: Overview) -> list[str]:
    lines = [
        "削減 = 従来 − 現在。現在 = 準備+確認(実測)+手直し+例外の手作"
        "業+維持管理。機械の稼働時間は含みません。▲は増加。",
        "根拠: 実測=すべて計測、試算=計算による値を含む、申告=担当課の申"
        "告を含む。端数処理のため計が合わないことがあります。",
        "判定は、年度の途中では経過日数に応じた目標と比べたものです(取組は稼働した日から数えます)。",
    ]
    if seen.balance.missing:
        lines.append(
            f"{'、'.join(seen.balance.missing)} は基準時間がないため、計に含めていません。"
        )
    recheck = [line for line in seen.lines if line.recheck]
    if recheck and (era := recheck[0].recheck):
        lines.append(
            f"要再検証({era.name}への更新後、未確認): {'、'.join(line.initiative.code for line in recheck)}"
        )
    return lines


@router.get("/initiatives/compare")
def comparison(request: Request, desk: Office, session: Asking, span: str = "") -> Response:
    """課別・年度別・期別の比較."""
    choice = choose(desk.strategy, desk.now().date(), span)
    with desk.accounts.on(desk.now().date()) as history:
        found = compare(history, choice.span)
    return page(
        request,
        "initiative_compare.html",
        found=comparedfigures.compared(desk.strategy, found, choice),
        until=wareki_day(found.until),
        **shared(desk, session, choice),
    )


router.include_router(handworkpage.router)


@router.get("/initiatives/{code}")
def one(request: Request, desk: Office, session: Asking, code: str, span: str = "") -> Response:
    """個票: what one initiative is for, planned and reached."""
    choice = choose(desk.strategy, desk.now().date(), span)
    if code not in desk.strategy.initiatives:
        raise NotHere
    today = desk.now().date()
    sheet = make_sheet(desk.journal, desk.strategy, code, choice.span, today)
    place = f"{spans.page_of(code)}/breakdown"
    automated = code in desk.strategy.codes
    months = monthfigures.month_rows(sheet.months, today, [None] * len(sheet.months), place)
    titles = [form.title for form in desk.forms.values() if form.initiative == code]
    return page(
        request,
        "initiative.html",
        sheet=sheet,
        automated=automated,
        facts=[*initiativepage.facts(sheet), ("様式", "、".join(titles) or reportcells.NONE)],
        story=initiativepage.story(sheet),
        verdict=initiativepage.verdict(sheet),
        headline=_headline(sheet.balance, sheet) if automated else [],
        terms=monthfigures.Linked(
            initiativepage.terms_table(sheet), {(6, 1): choice.address(place)}
        ),
        months=months,
        kpis=comparedfigures.kpi_rows(sheet),
        kpi_year=long_label(target_year(choice.span, today)),
        quality=initiativepage.quality(sheet),
        schedule=initiativepage.schedule(sheet),
        money=initiativepage.money_facts(sheet),
        grades=desk.strategy.grades,
        chart=comparedfigures.sheet_chart(sheet, choice, today) if automated else None,
        breakdown=choice.address(place),
        **shared(desk, session, choice),
    )


def _headline(balance: Balance, sheet: Any) -> list[tuple[str, str, str]]:
    """The figures at the top of a 個票."""
    basis = reportcells.basis(balance)
    m = sheet.money
    between = reportcells.between(sheet.interval)
    yen = reportcells.yen(m.net)
    people = None if m.fte is None else reportcells.rounded(m.fte, 2)
    payback = ""
    if m.payback is not None:
        years = reportcells.rounded(m.payback, 1)
        payback = f" 回収 {reportcells.show(years, 'years')}年"
    return [
        (
            "正味の削減時間",
            monthfigures.hours_of(balance),
            f"{basis} 95%区間 {between}" if between else basis,
        ),
        ("取り込んだ件数", f"{balance.work.accepted:,}件", f"ほかに例外 {balance.work.failed:,}件"),
        (
            "差引の効果額",
            reportcells.NONE if yen is None else f"{reportcells.show(yen, 'yen')}円",
            f"人件費相当−費用({basis})",
        ),
        ("年換算の人員", reportcells.NONE if people is None else f"{people}人分", f"試算{payback}"),
        (
            "項目の正読率",
            reportcells.show(reportcells.share(balance.field_accuracy), "percent"),
            f"実測 {balance.work.fields:,}項目",
        ),
        (
            "判定と評価",
            f"{sheet.track} / {sheet.grade.letter if sheet.grade else reportcells.NONE}",
            "記録された評価" if sheet.grade_recorded else "実績から算定",
        ),
    ]


router.include_router(initiative_rows.router)

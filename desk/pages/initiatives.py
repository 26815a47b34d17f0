"""取組: what each initiative saved, as measured."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from desk.web import Asking, NotHere, Office, page
from initiatives.fiscal import fiscal_year, year_span
from initiatives.report import HEADER, RIGHT, notes, rows, saving_by_initiative
from initiatives.work import works_of_totals

router = APIRouter()


@router.get("/initiatives")
def overview(request: Request, desk: Office, session: Asking, year: int = 0) -> Response:
    """The fiscal year's account of every initiative; figures hold no personal data, so everybody may see them."""
    today = desk.now().date()
    this = fiscal_year(today)
    chosen = year or this
    first, last = desk.strategy.span.first.year, max(this, desk.strategy.span.first.year)
    if not first <= chosen <= last:
        raise NotHere
    span = year_span(chosen)
    works = works_of_totals(desk.journal.totals(since=span.first, until=span.last))
    savings = saving_by_initiative(desk.strategy, works, span, today, idle=True)
    forms: dict[str, list[str]] = {}
    for form in desk.forms.values():
        forms.setdefault(form.initiative, []).append(form.title)
    return page(request, "initiatives.html", strategy=desk.strategy, span=span, header=HEADER, right=RIGHT, rows=rows(savings),
                notes=notes(desk.strategy, savings, today), forms=forms, year=chosen, years=range(last, first - 1, -1))

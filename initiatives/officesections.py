"""What strategy.toml says about the office: pillars, plan periods, departments, systems, grades, rates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from initiatives.fiscal import Span
from initiatives.planvalues import as_year, basis_in, date_in, each, filled, year_in, years_in
from initiatives.register import (
    DEFAULT_GRADES,
    KPI,
    ActionPlanPeriod,
    Actual,
    Department,
    Grade,
    Pillar,
    Rate,
    SystemEra,
)
from initiatives.vocabulary import BASES, FORMULAS, KPI_KINDS, RATE_NAMES
from records.strict import Section

EFFICIENCY = "業務の効率化"


def pillars_in(top: Section, span: Span) -> tuple[Pillar, ...]:
    made: list[Pillar] = []
    sections = top.subs("pillar")
    for order, section in enumerate(sections, 1):
        name = filled(section, "name")
        pillar = Pillar(
            filled(section, "id"),
            name,
            order,
            section.take("automation", bool, name == EFFICIENCY),
            each(section, "kpi", lambda s: kpi_in(s, span)),
        )
        section.done()
        if pillar.id in [p.id for p in made]:
            raise section.fail(f"柱「{pillar.id}」が二度あります", "id")
        made.append(pillar)
    if sum(p.automation for p in made) != 1:
        raise top.fail(
            f"自動化を置く柱({EFFICIENCY})を一つだけ、automation = true で示してください", "pillar"
        )
    return tuple(made)


def periods_in(top: Section, span: Span) -> tuple[ActionPlanPeriod, ...]:
    made: list[ActionPlanPeriod] = []
    for section in top.subs("period"):
        period = ActionPlanPeriod(
            section.positive("no", kind=int),
            years_in(section, "first_year", "last_year", span),
            section.take("name", str, ""),
        )
        section.done()
        if made and (
            period.no != made[-1].no + 1
            or period.span.first != made[-1].span.last + dt.timedelta(days=1)
        ):
            raise section.fail(
                f"第{made[-1].no}期の次の年度から、番号順に続けて書いてください", "first_year"
            )
        made.append(period)
    return tuple(made)


def departments_in(top: Section) -> dict[str, Department]:
    made: dict[str, Department] = {}
    sections: dict[str, Section] = {}
    for section in top.subs("department"):
        code = filled(section, "code")
        if code in made:
            raise section.fail(f"部署「{code}」が二度あります", "code")
        made[code] = Department(
            code,
            filled(section, "name"),
            section.take("division", str, ""),
            date_in(section, "valid_from", dt.date.min),
            date_in(section, "valid_to", dt.date.max),
            section.take("successor", str, ""),
        )
        section.done()
        sections[code] = section
    for code, department in made.items():
        _succession(sections[code], department, made)
    return made


def _succession(section: Section, department: Department, known: Mapping[str, Department]) -> None:
    if department.valid_to < department.valid_from:
        raise section.fail("「valid_to」が「valid_from」より前です", "valid_to")
    if not department.successor:
        return
    if department.successor not in known:
        raise section.fail(f"引継ぎ先「{department.successor}」がありません", "successor", known)
    if department.valid_to == dt.date.max:
        raise section.fail(
            "「successor」を書くときは「valid_to」(この課の最後の日)も要ります", "successor"
        )
    if known[department.successor].valid_to <= department.valid_to:
        raise section.fail(
            "引継ぎ先の課は、この課より後まで続いていなければなりません", "successor"
        )


def eras_in(top: Section) -> tuple[SystemEra, ...]:
    made: list[SystemEra] = []
    for section in top.subs("system_era"):
        era = SystemEra(filled(section, "name"), date_in(section, "from"), date_in(section, "to"))
        section.done()
        if era.last < era.first or (made and era.first <= made[-1].last):
            raise section.fail("基幹系の期間は、古い順に重ならないように書いてください", "from")
        made.append(era)
    return tuple(made)


def grades_in(top: Section) -> tuple[Grade, ...]:
    made: list[Grade] = []
    for section in top.subs("grade"):
        grade = Grade(
            filled(section, "letter"),
            section.take("words", str),
            section.take("at_least", float, None),
        )
        section.done()
        bars = [g.at_least for g in made if g.at_least is not None]
        if grade.letter in [g.letter for g in made]:
            raise section.fail(f"評価「{grade.letter}」が二度あります", "letter")
        if bars and grade.at_least is not None and grade.at_least >= bars[-1]:
            raise section.fail(
                "評価は「at_least」(目標に対する割合)の高い順に書いてください", "at_least"
            )
        made.append(grade)
    return tuple(made) or DEFAULT_GRADES


def rate_in(section: Section) -> Rate:
    return Rate(
        section.one_of("name", RATE_NAMES),
        section.positive("value"),
        date_in(section, "valid_from"),
        filled(section, "source"),
        section.take("staff_class", str, ""),
    )


def kpi_in(section: Section, span: Span) -> KPI:
    direction = section.one_of("direction", ("up", "down"), "up")
    kpi = KPI(
        name=filled(section, "name"),
        unit=section.take("unit", str),
        kind=section.one_of("kind", KPI_KINDS, "KPI"),
        direction="up" if direction == "up" else "down",
        formula=section.one_of("formula", FORMULAS, "manual"),
        baseline=section.take("baseline", float, None),
        baseline_basis=basis_in(section, "baseline_basis", None),
        targets=MappingProxyType(_targets(section, span)),
        actuals=each(section, "actual", lambda s: actual_in(s, span)),
    )
    if kpi.baseline is not None and kpi.baseline_basis is None:
        raise section.fail(
            "「baseline」には、どう得た値か「baseline_basis」を付けてください",
            "baseline_basis",
            BASES,
        )
    if kpi.actuals and kpi.formula != "manual":
        raise section.fail(f"実績は「{kpi.formula}」で計算されます。actual は書けません", "actual")
    return kpi


def _targets(section: Section, span: Span) -> dict[int, float]:
    values: Mapping[str, Any] = section.take("targets", dict, {})
    made = {}
    for text, value in values.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise section.fail(f"目標「{text}」は数で書いてください(今は {value!r})", "targets")
        made[as_year(section, "targets", text, span)] = float(value)
    return dict(sorted(made.items()))


def actual_in(section: Section, span: Span) -> Actual:
    return Actual(
        year_in(section, "year", span),
        section.take("value", float),
        basis_in(section, "basis"),
        section.take("source", str, ""),
    )

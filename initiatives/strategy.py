"""``strategy.toml`` read strictly into a :class:`~initiatives.register.Strategy`.

Every reference is checked: a pillar, department, plan period or fiscal year that is not there stops
the load with the file, the line, the key and what would be allowed.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from initiatives.costsections import (
    baselines_in,
    cost_in,
    exceptions_cost_no_less,
    handling_in,
    milestone_in,
    with_baseline,
    with_handling,
)
from initiatives.fiscal import Span
from initiatives.officesections import (
    actual_in,
    departments_in,
    eras_in,
    grades_in,
    kpi_in,
    periods_in,
    pillars_in,
    rate_in,
)
from initiatives.planvalues import dates_in, each, filled, years_in
from initiatives.register import Initiative, InitiativePeriod, Strategy
from initiatives.vocabulary import KINDS, ORIGINS, PII_LEVELS, STATUSES, VERDICTS
from records.strict import Section, load_toml


def load_strategy(path: Path) -> Strategy:
    """Read ``strategy.toml``.

    Raises:
        DefinitionError: anything unknown, missing, contradictory or pointing at nothing, with file,
        line and key.
    """
    top = load_toml(path)
    head = top.sub("strategy")
    assert head is not None
    span = years_in(head, "first_year", "last_year")
    plan = _Plan(top, span)
    strategy = Strategy(
        name=head.take("name", str),
        span=span,
        vision=head.take("vision", str, ""),
        note=head.take("note", str, ""),
        approvals=head.strings("approvals", []),
        pillars=plan.pillars,
        periods=plan.periods,
        departments=MappingProxyType(plan.departments),
        initiatives=MappingProxyType(plan.initiatives),
        rates=each(top, "rate", rate_in),
        eras=plan.eras,
        grades=plan.grades,
    )
    head.done()
    top.done()
    return strategy


class _Plan:
    """The parts that refer to one another, read in the order in which they do."""

    def __init__(self, top: Section, span: Span) -> None:
        self.span = span
        self.grades = grades_in(top)
        self.pillars = pillars_in(top, span)
        self.periods = periods_in(top, span)
        self.departments = departments_in(top)
        self.eras = eras_in(top)
        self.initiatives: dict[str, Initiative] = {}
        for section in top.subs("initiative"):
            made = self.initiative(section)
            if made.code in self.initiatives:
                raise section.fail(f"「{made.code}」が二度あります", "code")
            self.initiatives[made.code] = made
        self._added_later(top)

    def _added_later(self, top: Section) -> None:
        """Tables at the end of the file that name their initiative: what imports append without
        touching the rest."""
        for key, read in (
            ("baseline", with_baseline),
            ("handling", with_handling),
            ("actual", self._added_actual),
            ("plan", self._added_plan),
            ("review", self._added_review),
        ):
            for section in top.subs(key):
                made = self.initiatives[section.one_of("initiative", self.initiatives)]
                self.initiatives[made.code] = read(section, made)
                section.done()

    def _added_actual(self, section: Section, made: Initiative) -> Initiative:
        manual = [k.name for k in made.kpis if k.formula == "manual"]
        name = section.one_of("kpi", manual)
        actual = actual_in(section, self.span)
        kpis = []
        for kpi in made.kpis:
            if kpi.name == name:
                if any(a.year == actual.year for a in kpi.actuals):
                    raise section.fail(f"「{name}」のこの年度の実績は、もう書かれています", "year")
                kpi = replace(kpi, actuals=(*kpi.actuals, actual))
            kpis.append(kpi)
        return replace(made, kpis=tuple(kpis))

    def _added_plan(self, section: Section, made: Initiative) -> Initiative:
        no = self._period(section)
        if any(p.no == no for p in made.periods):
            raise section.fail(f"{made.code} には第{no}期の計画がもうあります", "no")
        return replace(
            made,
            periods=(
                *made.periods,
                InitiativePeriod(
                    no,
                    section.take("plan", str),
                    continued_from=self._before(section, no),
                ),
            ),
        )

    def _before(self, section: Section, no: int) -> int | None:
        """The earlier plan period that a plan was carried over from."""
        earlier: int | None = section.take("continued_from", int, None)
        numbers = [p.no for p in self.periods if p.no < no]
        if earlier is not None and earlier not in numbers:
            raise section.fail(
                f"「continued_from」の第{earlier}期は、第{no}期より前の [[period]] にありません",
                "continued_from",
                map(str, numbers),
            )
        return earlier

    def _period(self, section: Section) -> int:
        no: int = section.take("no", int)
        if no not in [p.no for p in self.periods]:
            raise section.fail(
                f"第{no}期は [[period]] にありません", "no", (str(p.no) for p in self.periods)
            )
        return no

    def _added_review(self, section: Section, made: Initiative) -> Initiative:
        """The later words about a plan period replace the earlier ones; its plan stays."""
        no = self._period(section)
        known = next((p for p in made.periods if p.no == no), InitiativePeriod(no, ""))
        changed = replace(
            known,
            review=section.take("review", str, known.review),
            grade=section.one_of("grade", (g.letter for g in self.grades), known.grade),
            verdict=section.one_of("verdict", VERDICTS, known.verdict),
        )
        return replace(made, periods=(*(p for p in made.periods if p.no != no), changed))

    def initiative(self, section: Section) -> Initiative:
        made = Initiative(
            code=filled(section, "code"),
            title=filled(section, "title"),
            pillar=section.one_of("pillar", (p.id for p in self.pillars)),
            department=section.one_of("department", self.departments),
            kind=section.one_of("kind", KINDS),
            status=section.one_of("status", STATUSES),
            co_departments=self._co_departments(section),
            current_issue=section.take("current_issue", str, ""),
            content=section.take("content", str, ""),
            expected_effect=section.take("expected_effect", str, ""),
            origin=section.one_of("origin", ORIGINS, ""),
            law_basis=section.take("law_basis", str, ""),
            systems=section.strings("systems", []),
            pii_level=section.one_of("pii_level", PII_LEVELS, "なし"),
            retention_years=section.positive("retention_years", 5, int),
            note=section.take("note", str, ""),
            volume=section.positive("volume", None, int),
            kpis=each(section, "kpi", lambda s: kpi_in(s, self.span)),
            periods=self._plans(section),
            milestones=each(section, "milestone", lambda s: milestone_in(s, self.span)),
            costs=each(section, "cost", lambda s: cost_in(s, self.span)),
            baselines=baselines_in(section),
            handlings=each(section, "handling", handling_in),
            rechecked=dates_in(section, "rechecked"),
        )
        exceptions_cost_no_less(section, made)
        section.done()
        return made

    def _co_departments(self, section: Section) -> tuple[str, ...]:
        names = section.strings("co_departments", [])
        for name in names:
            if name not in self.departments:
                raise section.fail(
                    f"部署「{name}」が [[department]] にありません",
                    "co_departments",
                    self.departments,
                )
        return names

    def _plans(self, section: Section) -> tuple[InitiativePeriod, ...]:
        numbers = [p.no for p in self.periods]
        made: list[InitiativePeriod] = []
        for part in section.subs("period"):
            no = part.take("no", int)
            if no not in numbers or no in [m.no for m in made]:
                raise part.fail(
                    f"第{no}期は [[period]] にないか、二度書かれています", "no", map(str, numbers)
                )
            made.append(
                InitiativePeriod(
                    no,
                    part.take("plan", str),
                    part.take("review", str, ""),
                    part.one_of("grade", (g.letter for g in self.grades), ""),
                    part.one_of("verdict", VERDICTS, ""),
                    self._before(part, no),
                )
            )
            part.done()
        return tuple(made)

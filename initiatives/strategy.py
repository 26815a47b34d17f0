"""``strategy.toml`` read strictly into a :class:`~initiatives.register.Strategy`.

Every reference is checked: a pillar, department, plan period or fiscal year that is not there stops
the load with the file, the line, the key and what would be allowed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from initiatives.fiscal import Span, parse_year, year_span
from initiatives.register import (
    BASES,
    COST_CATEGORIES,
    DEFAULT_GRADES,
    FORMULAS,
    KINDS,
    KPI,
    KPI_KINDS,
    MEASURED_SAMPLES,
    ORIGINS,
    PII_LEVELS,
    RATE_NAMES,
    STATUSES,
    VERDICTS,
    ActionPlanPeriod,
    Actual,
    Baseline,
    CostItem,
    Department,
    Grade,
    Handling,
    Initiative,
    InitiativePeriod,
    Milestone,
    Pillar,
    Rate,
    Strategy,
    SystemEra,
)
from records.strict import Section, load_toml

EFFICIENCY = "業務の効率化"

_T = TypeVar("_T")


def load_strategy(path: Path) -> Strategy:
    """Read ``strategy.toml``.

    Raises:
        DefinitionError: anything unknown, missing, contradictory or pointing at nothing, with file,
        line and key.
    """
    top = load_toml(path)
    head = top.sub("strategy")
    assert head is not None
    span = _years(head, "first_year", "last_year")
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
        rates=_each(top, "rate", _rate),
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
        self.grades = _grades(top)
        self.pillars = _pillars(top, span)
        self.periods = _periods(top, span)
        self.departments = _departments(top)
        self.eras = _eras(top)
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
            ("baseline", _added_baseline),
            ("handling", _added_handling),
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
        name, actual = section.one_of("kpi", manual), _actual(section, self.span)
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
            code=_filled(section, "code"),
            title=_filled(section, "title"),
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
            kpis=_each(section, "kpi", lambda s: _kpi(s, self.span)),
            periods=self._plans(section),
            milestones=_each(section, "milestone", lambda s: _milestone(s, self.span)),
            costs=_each(section, "cost", lambda s: _cost(s, self.span)),
            baselines=_baselines(section),
            handlings=_each(section, "handling", _handling),
            rechecked=_dates(section, "rechecked"),
        )
        _exceptions_cost_no_less(section, made)
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


def _each(section: Section, key: str, read: Callable[[Section], _T]) -> tuple[_T, ...]:
    made = []
    for part in section.subs(key):
        made.append(read(part))
        part.done()
    return tuple(made)


def _filled(section: Section, key: str) -> str:
    value = str(section.take(key, str)).strip()
    if not value:
        raise section.fail(f"「{key}」が空です", key)
    return value


def _date(section: Section, key: str, default: dt.date | None = None) -> dt.date:
    value = section.take(key, dt.date) if default is None else section.take(key, dt.date, default)
    if isinstance(value, dt.datetime):
        raise section.fail(f"「{key}」は日付だけを書いてください(例 2025-04-01)", key)
    assert isinstance(value, dt.date)
    return value


def _dates(section: Section, key: str) -> tuple[dt.date, ...]:
    values = section.take(key, list, [])
    if any(not isinstance(v, dt.date) or isinstance(v, dt.datetime) for v in values):
        raise section.fail(f"「{key}」は日付の並びで書いてください(例 [2025-11-20])", key)
    return tuple(values)


def _year(section: Section, key: str, span: Span | None = None) -> int:
    return _as_year(section, key, section.take(key, (str, int)), span)


def _as_year(section: Section, key: str, text: Any, span: Span | None) -> int:
    try:
        year = parse_year(text)
    except ValueError as error:
        raise section.fail(str(error), key) from None
    if span is not None and year not in span.years:
        raise section.fail(f"「{key}」の {text} は戦略の期間({span.title})の外です", key)
    return year


def _years(section: Section, first: str, last: str, within: Span | None = None) -> Span:
    begin, end = _year(section, first, within), _year(section, last, within)
    if end < begin:
        raise section.fail(f"「{last}」が「{first}」より前です", last)
    return Span(year_span(begin).first, year_span(end).last)


def _pillars(top: Section, span: Span) -> tuple[Pillar, ...]:
    made: list[Pillar] = []
    sections = top.subs("pillar")
    for order, section in enumerate(sections, 1):
        name = _filled(section, "name")
        pillar = Pillar(
            _filled(section, "id"),
            name,
            order,
            section.take("automation", bool, name == EFFICIENCY),
            _each(section, "kpi", lambda s: _kpi(s, span)),
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


def _periods(top: Section, span: Span) -> tuple[ActionPlanPeriod, ...]:
    made: list[ActionPlanPeriod] = []
    for section in top.subs("period"):
        period = ActionPlanPeriod(
            section.positive("no", kind=int),
            _years(section, "first_year", "last_year", span),
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


def _departments(top: Section) -> dict[str, Department]:
    made: dict[str, Department] = {}
    sections: dict[str, Section] = {}
    for section in top.subs("department"):
        code = _filled(section, "code")
        if code in made:
            raise section.fail(f"部署「{code}」が二度あります", "code")
        made[code] = Department(
            code,
            _filled(section, "name"),
            section.take("division", str, ""),
            _date(section, "valid_from", dt.date.min),
            _date(section, "valid_to", dt.date.max),
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


def _eras(top: Section) -> tuple[SystemEra, ...]:
    made: list[SystemEra] = []
    for section in top.subs("system_era"):
        era = SystemEra(_filled(section, "name"), _date(section, "from"), _date(section, "to"))
        section.done()
        if era.last < era.first or (made and era.first <= made[-1].last):
            raise section.fail("基幹系の期間は、古い順に重ならないように書いてください", "from")
        made.append(era)
    return tuple(made)


def _grades(top: Section) -> tuple[Grade, ...]:
    made: list[Grade] = []
    for section in top.subs("grade"):
        grade = Grade(
            _filled(section, "letter"),
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


def _rate(section: Section) -> Rate:
    return Rate(
        section.one_of("name", RATE_NAMES),
        section.positive("value"),
        _date(section, "valid_from"),
        _filled(section, "source"),
        section.take("staff_class", str, ""),
    )


def _kpi(section: Section, span: Span) -> KPI:
    direction = section.one_of("direction", ("up", "down"), "up")
    kpi = KPI(
        name=_filled(section, "name"),
        unit=section.take("unit", str),
        kind=section.one_of("kind", KPI_KINDS, "KPI"),
        direction="up" if direction == "up" else "down",
        formula=section.one_of("formula", FORMULAS, "manual"),
        baseline=section.take("baseline", float, None),
        baseline_basis=_basis(section, "baseline_basis", None),
        targets=MappingProxyType(_targets(section, span)),
        actuals=_each(section, "actual", lambda s: _actual(s, span)),
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


def _basis(section: Section, key: str, default: Any = ...) -> Any:
    return (
        section.one_of(key, BASES) if default is ... else (section.one_of(key, BASES, "") or None)
    )


def _targets(section: Section, span: Span) -> dict[int, float]:
    values: Mapping[str, Any] = section.take("targets", dict, {})
    made = {}
    for text, value in values.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise section.fail(f"目標「{text}」は数で書いてください(今は {value!r})", "targets")
        made[_as_year(section, "targets", text, span)] = float(value)
    return dict(sorted(made.items()))


def _actual(section: Section, span: Span) -> Actual:
    return Actual(
        _year(section, "year", span),
        section.take("value", float),
        _basis(section, "basis"),
        section.take("source", str, ""),
    )


def _milestone(section: Section, span: Span) -> Milestone:
    quarter = section.take("quarter", int)
    if quarter not in (1, 2, 3, 4):
        raise section.fail("「quarter」は 1(4〜6月)から 4(1〜3月)までです", "quarter")
    done = section.take("done", dt.date, None)
    return Milestone(_filled(section, "text"), _year(section, "year", span), quarter, done)


def _cost(section: Section, span: Span) -> CostItem:
    yen = section.take("yen", int)
    if yen < 0:
        raise section.fail("「yen」は0以上にしてください", "yen")
    once = section.take("once", bool, False)
    years = section.positive("years", 5 if once else 1, int)
    if years > 1 and not once:
        raise section.fail(
            "「years」は一度きりの費用(once = true)にだけ書けます。毎年の費用は年度ごとに書いてください",
            "years",
        )
    return CostItem(
        _year(section, "year", span),
        section.one_of("category", COST_CATEGORIES),
        yen,
        once,
        section.take("note", str, ""),
        years,
    )


def _baselines(section: Section) -> tuple[Baseline, ...]:
    made: list[Baseline] = []
    for part in section.subs("baseline"):
        baseline = _baseline(part)
        part.done()
        if any((b.form, b.valid_from) == (baseline.form, baseline.valid_from) for b in made):
            raise part.fail("同じ様式・同じ日からの基準時間が二つあります", "valid_from")
        made.append(baseline)
    return tuple(made)


def _baseline(section: Section) -> Baseline:
    basis = _basis(section, "basis")
    samples = section.take("samples", list, [])
    if any(isinstance(v, bool) or not isinstance(v, int | float) or v <= 0 for v in samples):
        raise section.fail(
            "「samples」は1件ごとの秒数を並べてください(例 [212, 187.5, 240])", "samples"
        )
    minutes = section.positive("minutes", None)
    if basis == "実測" and (len(samples) < MEASURED_SAMPLES or minutes is not None):
        raise section.fail(
            f"実測の基準時間は、計った秒数を「samples」に{MEASURED_SAMPLES}件以上並べてください"
            "(平均は計算されるので「minutes」は書きません)",
            "samples",
        )
    if basis != "実測" and (samples or minutes is None):
        raise section.fail(
            f"{basis}の基準時間は、1件あたりの分を「minutes」に書いてください", "minutes"
        )
    milliseconds = tuple(round(float(v) * 1000) for v in samples)
    return Baseline(
        _date(section, "valid_from"),
        round(sum(milliseconds) / len(milliseconds)) if milliseconds else round(minutes * 60_000),
        basis,
        _filled(section, "source"),
        section.take("form", str, ""),
        milliseconds,
        section.take("note", str, ""),
    )


def _handling(section: Section) -> Handling:
    def ms(key: str, unit: int) -> int | None:
        value = section.take(key, float, None)
        if value is not None and value < 0:
            raise section.fail(f"「{key}」は0以上にしてください", key)
        return None if value is None else round(value * unit)

    return Handling(
        _date(section, "valid_from"),
        _basis(section, "basis"),
        _filled(section, "source"),
        preparation=ms("preparation_seconds", 1000) or 0,
        exception=ms("exception_minutes", 60_000),
        upkeep=ms("upkeep_minutes_per_month", 60_000) or 0,
    )


def _added_baseline(section: Section, made: Initiative) -> Initiative:
    baseline = _baseline(section)
    if any((b.form, b.valid_from) == (baseline.form, baseline.valid_from) for b in made.baselines):
        raise section.fail(
            f"{made.code} には同じ様式・同じ日からの基準時間がもうあります", "valid_from"
        )
    made = replace(made, baselines=(*made.baselines, baseline))
    _exceptions_cost_no_less(section, made)
    return made


def _added_handling(section: Section, made: Initiative) -> Initiative:
    handling = _handling(section)
    if any(h.valid_from == handling.valid_from for h in made.handlings):
        raise section.fail(
            f"{made.code} には同じ日からの準備・維持管理の時間がもうあります", "valid_from"
        )
    made = replace(made, handlings=(*made.handlings, handling))
    _exceptions_cost_no_less(section, made)
    return made


def _exceptions_cost_no_less(section: Section, made: Initiative) -> None:
    """A sheet that could not be read costs at least what it cost before; otherwise every failure
    would be a saving."""
    for handling in made.handlings:
        for baseline in _in_force(made.baselines, handling.valid_from):
            if handling.exception is not None and handling.exception < baseline.milliseconds:
                raise section.fail(
                    f"例外1件の手作業({handling.exception / 60_000:g}分)が基準時間"
                    f"({baseline.milliseconds / 60_000:g}分)より短くなっています。同じなら書かないでください",
                    "exception_minutes",
                )


def _in_force(baselines: Iterable[Baseline], day: dt.date) -> list[Baseline]:
    newest: dict[str, Baseline] = {}
    for baseline in sorted(baselines, key=lambda b: b.valid_from):
        if baseline.valid_from <= day or baseline.form not in newest:
            newest[baseline.form] = baseline
    return list(newest.values())

"""What strategy.toml says about the cost of one initiative: milestones, money, time before, time now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from initiatives.fiscal import Span
from initiatives.planvalues import basis_in, date_in, filled, year_in
from initiatives.register import (
    MEASURED_SAMPLES,
    Baseline,
    CostItem,
    Handling,
    Initiative,
    Milestone,
)
from initiatives.vocabulary import COST_CATEGORIES
from records.strict import Section


def milestone_in(section: Section, span: Span) -> Milestone:
    quarter = section.take("quarter", int)
    if quarter not in (1, 2, 3, 4):
        raise section.fail("「quarter」は 1(4〜6月)から 4(1〜3月)までです", "quarter")
    done = section.take("done", dt.date, None)
    return Milestone(filled(section, "text"), year_in(section, "year", span), quarter, done)


def cost_in(section: Section, span: Span) -> CostItem:
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
        year_in(section, "year", span),
        section.one_of("category", COST_CATEGORIES),
        yen,
        once,
        section.take("note", str, ""),
        years,
    )


def baselines_in(section: Section) -> tuple[Baseline, ...]:
    made: list[Baseline] = []
    for part in section.subs("baseline"):
        baseline = _baseline(part)
        part.done()
        if any((b.form, b.valid_from) == (baseline.form, baseline.valid_from) for b in made):
            raise part.fail("同じ様式・同じ日からの基準時間が二つあります", "valid_from")
        made.append(baseline)
    return tuple(made)


def _is_duration(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and value > 0


def _baseline(section: Section) -> Baseline:
    basis = basis_in(section, "basis")
    samples = section.take("samples", list, [])
    if not all(map(_is_duration, samples)):
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
        date_in(section, "valid_from"),
        round(sum(milliseconds) / len(milliseconds)) if milliseconds else round(minutes * 60_000),
        basis,
        filled(section, "source"),
        section.take("form", str, ""),
        milliseconds,
        section.take("note", str, ""),
    )


def handling_in(section: Section) -> Handling:
    def ms(key: str, unit: int) -> int | None:
        value = section.take(key, float, None)
        if value is None:
            return None
        if value < 0:
            raise section.fail(f"「{key}」は0以上にしてください", key)
        milliseconds: int = round(value * unit)
        return milliseconds

    return Handling(
        date_in(section, "valid_from"),
        basis_in(section, "basis"),
        filled(section, "source"),
        preparation=ms("preparation_seconds", 1000) or 0,
        exception=ms("exception_minutes", 60_000),
        upkeep=ms("upkeep_minutes_per_month", 60_000) or 0,
    )


def with_baseline(section: Section, made: Initiative) -> Initiative:
    baseline = _baseline(section)
    known = {(other.form, other.valid_from) for other in made.baselines}
    if (baseline.form, baseline.valid_from) in known:
        raise section.fail(
            f"{made.code} には同じ様式・同じ日からの基準時間がもうあります", "valid_from"
        )
    made = replace(made, baselines=(*made.baselines, baseline))
    exceptions_cost_no_less(section, made)
    return made


def with_handling(section: Section, made: Initiative) -> Initiative:
    handling = handling_in(section)
    if any(h.valid_from == handling.valid_from for h in made.handlings):
        raise section.fail(
            f"{made.code} には同じ日からの準備・維持管理の時間がもうあります", "valid_from"
        )
    made = replace(made, handlings=(*made.handlings, handling))
    exceptions_cost_no_less(section, made)
    return made


def exceptions_cost_no_less(section: Section, made: Initiative) -> None:
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

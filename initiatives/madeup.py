"""A year of made-up operation, written through the real journal, so that pages and reports can be
seen full.

Nothing of it is measured. Every document is named ``見本_…``, comes in by the channel ``見本``,
every actor is ``見本…``, and the journal says so in an event ``made_up`` before anything else. It
is only written into an empty journal: made-up work must never stand beside real work.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from initiatives.fiscal import JAPAN, Span
from initiatives.register import Initiative, Strategy
from initiatives.work import staff_receipt
from records.errors import DefinitionError
from records.forms import FieldDef, FormDef
from records.journal import Journal
from records.types import Decision, Field, Problem, Receipt, Record, Value

CHANNEL = "見本"
NOTICE = "見本の架空データです。実在の業務・人・実績ではありません。"
_CLERKS = ("見本 職員A", "見本 職員B", "見本 職員C")
_TARGET = "見本の台帳"

_WORKING_DAYS = 245
"""Of a year in a Japanese office, about."""

_SEASONS: Mapping[str, tuple[float, ...]] = {
    "child_allowance": (1.6, 1.3, 2.2, 0.8, 0.7, 0.8, 0.9, 0.7, 0.6, 0.7, 0.8, 1.5),
    "account_transfer": (1.8, 2.0, 1.3, 0.8, 0.7, 0.8, 0.9, 0.8, 0.6, 0.7, 0.8, 1.0),
    "citizen_opinion": (0.2, 0.3, 0.6, 0.5, 2.5, 2.0, 0.4, 0.5, 2.2, 1.5, 0.6, 0.4),
    "staff_survey": (0.0, 0.0, 0.0, 5.0, 1.0, 0.0, 0.0, 0.0, 5.0, 1.0, 0.0, 0.0),
}
"""Share of the year's sheets by calendar month from April, by form; other forms come in evenly."""

_SAMPLES: Mapping[str, tuple[str, ...]] = {
    "name": ("見本 太郎", "見本 花子", "架空 一郎", "例示 ゆり"),
    "kana": ("ミホン タロウ", "ミホン ハナコ", "カクウ イチロウ"),
    "postal_code": ("9990001", "9990002", "9990003"),
    "address": ("架空市大字中町0番地", "架空市大字本町0番地"),
    "phone": ("0900000000", "0900000001"),
    "lines": ("見本の意見です。",),
    "text": ("見本",),
    "digits": ("0000001", "0000002"),
    "date": ("2025-06-01", "1990-04-01"),
    "month": ("2025-07",),
    "time": ("10:00",),
    "code": ("MIHON-1",),
}


@dataclass(frozen=True, slots=True)
class StaffHabits:
    """How a made-up office works.

    Attributes:
        doubtful: share of the fields that a person looks at, on the first and on the last day: it
        learns.
        wrong: share of looked-at fields that are wrong; ``wrong_unseen`` of those nobody needed to
        look at.
        seconds: median attention on a right field and on a wrong one.
        failing: share of the documents that cannot be read.
        sampled: share of the unseen fields that are shown to measure.
    """

    doubtful: tuple[float, float] = (0.34, 0.17)
    wrong: float = 0.22
    wrong_unseen: float = 0.004
    seconds: tuple[float, float] = (2.2, 6.5)
    failing: float = 0.015
    sampled: float = 0.01


def operate(
    journal: Journal,
    strategy: Strategy,
    forms: Mapping[str, FormDef],
    span: Span,
    *,
    seed: int = 7,
    scale: float = 1.0,
    habits: StaffHabits | None = None,
    told: Callable[[dt.date, int], None] | None = None,
) -> int:
    """Write made-up work for every form whose initiative expects a yearly ``volume``.

    Args:
        journal: an empty one.
        span: the days to fill; weekends and the turn of the year stay empty.
        seed: the same seed writes the same work.
        scale: multiplies the registered volumes.
        told: called after each day with the day and the sheets so far.

    Returns:
        how many sheets were taken in.

    Raises:
        DefinitionError: the journal has documents already, or no form has an initiative with a
        volume.
    """
    if any(journal.tallies.counts().documents.values()):
        raise DefinitionError(
            "台帳に文書が入っています。見本の1年分は、torikomi init で作った新しいサイトにだけ書けます"
        )
    runs = [
        _Run(form, initiative, habits or StaffHabits())
        for form in forms.values()
        if (initiative := strategy.initiatives.get(form.initiative)) and initiative.volume
    ]
    if not runs:
        raise DefinitionError(
            "volume(年間の見込み件数)のある取組の様式がありません。strategy.toml に volume を書いてください"
        )
    rng = np.random.default_rng(seed)
    journal.chain.append(
        "made_up", at=_at(span.first, 8.5), actor=CHANNEL, payload={"note": NOTICE, "seed": seed}
    )
    done = 0
    for day in span.dates():
        if _closed(day):
            continue
        share = (day - span.first).days / max(span.days - 1, 1)
        with journal.batch() as batch:
            for run in runs:
                done += run.day(batch, day, share, scale, rng)
        if told:
            told(day, done)
    return done


def _closed(day: dt.date) -> bool:
    return day.weekday() >= 5 or (day.month, day.day) in (
        (12, 29),
        (12, 30),
        (12, 31),
        (1, 1),
        (1, 2),
        (1, 3),
    )


def _at(day: dt.date, hour: float) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), JAPAN) + dt.timedelta(hours=hour)


@dataclass(frozen=True, slots=True)
class _Run:
    """One form in daily work."""

    form: FormDef
    initiative: Initiative
    habits: StaffHabits

    def day(
        self, journal: Journal, day: dt.date, share: float, scale: float, rng: np.random.Generator
    ) -> int:
        """One working day: sheets come in, are read, looked at and delivered; returns how many."""
        season = _SEASONS.get(self.form.id, (1.0,) * 12)
        of_month = season[(day.month - 4) % 12]
        weight = of_month * 12 / sum(season)
        volume = self.initiative.volume or 0
        came = int(rng.poisson(volume * scale * weight / _WORKING_DAYS))
        kept = []
        for number in range(came):
            name = f"made up {self.form.id} {day} {number}"
            sha = hashlib.sha256(name.encode()).hexdigest()
            journal.documents.receive(
                sha,
                f"見本_{self.form.title}_{day:%Y%m%d}_{number + 1:03d}.pdf",
                1,
                _at(day, 9),
                channel=CHANNEL,
                form=self.form.id,
            )
            if rng.random() < self.habits.failing:
                self._fails(journal, sha, day, rng)
            else:
                kept.append(self._read(journal, sha, day, share, rng))
        self._looked_at(journal, kept, day, rng)
        rows = []
        if kept:
            rows = journal.deliveries.ready(came + 1, self.form.id, _TARGET)
        if rows:
            receipt = Receipt(
                "deliver",
                self.form.id,
                self.initiative.code,
                {"rows": len(rows)},
                0.4 + 0.01 * len(rows),
            )
            journal.deliveries.delivered(rows, _TARGET, receipt, at=_at(day, 16), actor=CHANNEL)
        return came

    def _fails(self, journal: Journal, sha: str, day: dt.date, rng: np.random.Generator) -> None:
        """A damaged sheet: half of them are keyed in by hand with a stopwatch running."""
        journal.documents.fail(
            sha, "見本: 用紙が破れていて読み取れません", "damaged", _at(day, 9.5), CHANNEL
        )
        code = self.initiative.code
        form = self.form.id
        journal.work.add_receipt(
            Receipt("read", form, code, {"sheets": 0, "failed": 1}, 2.0), _at(day, 9.5), CHANNEL
        )
        baseline = self.initiative.baseline_on(day, form)
        if baseline and rng.random() < 0.5:
            seconds = baseline.milliseconds / 1000 * float(rng.lognormal(0.15, 0.2))
            journal.work.add_receipt(
                staff_receipt("exception", code, form, seconds=seconds, sheets=1),
                _at(day, 11),
                CHANNEL,
            )

    def _read(
        self, journal: Journal, sha: str, day: dt.date, share: float, rng: np.random.Generator
    ) -> tuple[Record, dict[str, bool]]:
        """A sheet as the machine would have read it, and which of its looked-at values are
        wrong."""
        first, last = self.habits.doubtful
        part = (first + (last - first) * share) * (
            0.1 if self.form.id == "online_application" else 1.0
        )
        fields, wrong = {}, {}
        for made in self.form.fields.values():
            doubtful = rng.random() < part
            sampled = rng.random() < self.habits.sampled
            fields[made.name] = _field(made, doubtful, sampled, rng)
            if fields[made.name].doubtful:
                wrong[made.name] = bool(
                    rng.random() < (self.habits.wrong if doubtful else self.habits.wrong_unseen)
                )
        record = Record(
            Record.id_of(sha, 1), sha, (1,), self.form.id, self.form.version, 0.95, fields
        )
        shown = sum(f.doubtful for f in fields.values())
        counts = {
            "sheets": 1,
            "fields": len(fields),
            "unseen": len(fields) - shown,
            "waiting": int(shown > 0),
            "failed": 0,
            "characters": sum(len(f.text) for f in fields.values()),
        }
        receipt = Receipt(
            "read", self.form.id, self.initiative.code, counts, float(rng.gamma(9, 0.15))
        )
        journal.readings.store(
            sha, [record], receipts=[receipt], at=_at(day, 9.5), pages=1, actor=CHANNEL
        )
        return record, wrong

    def _looked_at(
        self,
        journal: Journal,
        kept: list[tuple[Record, dict[str, bool]]],
        day: dt.date,
        rng: np.random.Generator,
    ) -> None:
        """One clerk a day looks at what waits; some are quicker than others."""
        clerk = int(rng.integers(len(_CLERKS)))
        pace = (0.9, 1.0, 1.25)[clerk] * float(rng.lognormal(0, 0.15))
        clock = 10.0
        decisions = []
        for record, wrong in kept:
            for name, is_wrong in wrong.items():
                seconds = self.habits.seconds[is_wrong] * pace * float(rng.lognormal(0, 0.45))
                clock += seconds / 3600
                decisions.append(
                    _decision(record, name, is_wrong, _CLERKS[clerk], _at(day, clock), seconds)
                )
        if decisions:
            journal.reviews.decide_many(decisions)


def _decision(
    record: Record, name: str, wrong: bool, who: str, at: dt.datetime, seconds: float
) -> Decision:
    before = record.fields[name].value
    if not wrong:
        return Decision(record.id, name, before, before, "accept", who, at, seconds)
    return Decision(
        record.id,
        name,
        before,
        _other(record.fields[name].kind, before),
        "correct",
        who,
        at,
        seconds,
    )


def _other(kind: str, value: Value) -> Value:
    """The value that the made-up clerk puts in its place."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    return next((v for v in _SAMPLES.get(kind, ()) if v != value), None)


def _field(made: FieldDef, doubtful: bool, sampled: bool, rng: np.random.Generator) -> Field:
    value = _value(made, rng)
    p = float(rng.uniform(0.55, 0.94) if doubtful else rng.uniform(0.985, 1.0))
    problems = (Problem("low_p", "見本: 読み取りに自信がありません"),) if doubtful else ()
    return Field(
        made.name,
        made.kind,
        "" if value is None else str(value),
        value,
        p,
        problems,
        (),
        None,
        made.page,
        unseen=not doubtful,
        sampled=sampled and not doubtful,
    )


def _value(made: FieldDef, rng: np.random.Generator) -> Value:
    if made.traits.is_mark:
        return bool(rng.random() < 0.8)
    if made.traits.is_quantity:
        return int(rng.integers(1, 60))
    if made.traits.has_check_digit or made.kind == "bank_account":
        return None  # no number that could be somebody's
    options = []
    if made.place:
        options = list(made.place.options)
    if made.kind == "choice" and options:
        return str(rng.choice(options))
    if made.traits.holds_several and options:
        return [str(rng.choice(options))]
    return str(rng.choice(_SAMPLES.get(made.kind, _SAMPLES["text"])))


def is_made_up(journal: Journal) -> bool:
    """Whether the journal holds made-up work; every page and report then says so."""
    return any(True for _ in journal.chain.events(kind="made_up", limit=1))

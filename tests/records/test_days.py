"""One day of receipt, passed in: nothing that reads or checks a sheet asks the clock by itself."""

from __future__ import annotations

import ast
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from records import days
from records.errors import DefinitionError
from records.forms import FieldDef
from records.normalise import normalise
from records.site import Office, load_site

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("records", "ocr", "connectors", "initiatives", "desk", "flows")

READING_ROOMS = ("records", "ocr", "connectors", "initiatives")
"""Rooms that are told what day it is; desk and flows, at the edge, ask in the office's zone."""


def clock_calls(path: Path) -> Iterator[str]:
    """Calls of ``….today()``, ``….now(…)`` and ``….utcnow()`` of :mod:`datetime` in a file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        owner = ast.unparse(node.func.value)
        named = node.func.attr in ("today", "now", "utcnow", "fromtimestamp")
        if named and owner.split(".")[-1] in ("date", "datetime"):
            zoned = bool(node.args or node.keywords) and node.func.attr in ("now", "fromtimestamp")
            yield f"{path.relative_to(ROOT)}:{node.lineno} {'zoned' if zoned else 'naked'}"


def all_calls(rooms: tuple[str, ...]) -> list[str]:
    files = [path for room in rooms for path in sorted((ROOT / room).rglob("*.py"))]
    return [call for path in files for call in clock_calls(path)]


def test_no_room_asks_for_the_day_of_the_machine() -> None:
    """A container lives in UTC: there the Japanese day begins at nine in the morning."""
    assert [call for call in all_calls(ROOMS) if call.endswith("naked")] == []


def test_who_reads_and_checks_is_told_the_day() -> None:
    allowed = ("records/days.py",)
    assert [c for c in all_calls(READING_ROOMS) if not c.startswith(allowed)] == []


def test_the_search_finds_what_it_looks_for() -> None:
    """The two tests above cannot pass because nothing is found any more."""
    assert all_calls(("records",)) != []  # records/days.py asks the clock


def test_the_office_is_read_as_of_the_day_of_receipt() -> None:
    then = dt.date(1990, 4, 1)
    assert Office().on(then).today == then
    assert Office().on(None).today == days.today("Asia/Tokyo")
    assert Office().on(then) == Office(), "the day is no part of who the office is"


@pytest.mark.parametrize(
    ("received", "far"), [(dt.date(1990, 4, 1), True), (dt.date(2026, 4, 1), False)]
)
def test_a_far_date_is_far_from_receipt(received: dt.date, far: bool) -> None:
    made = normalise(FieldDef("d", "date"), "2050年4月1日", Office().on(received))
    assert [p.code for p in made.problems] == (["far_date"] if far else [])


def test_the_day_turns_at_the_offices_midnight(monkeypatch: pytest.MonkeyPatch) -> None:
    """At 16:00 UTC it is tomorrow in Japan."""

    class Clock(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> Clock:  # type: ignore[override]
            return cls(2026, 3, 31, 16, 0, tzinfo=dt.UTC).astimezone(tz)  # type: ignore[return-value]

    monkeypatch.setattr(dt, "datetime", Clock)
    assert days.today("Asia/Tokyo") == dt.date(2026, 4, 1)
    assert Office().today == dt.date(2026, 4, 1)
    assert Office(timezone="UTC").today == dt.date(2026, 3, 31)


def test_a_zone_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text('timezone = "Asia/Kashima"\n', encoding="utf-8")
    with pytest.raises(DefinitionError, match=r"site\.toml 1行目.*Asia/Kashima"):
        load_site(tmp_path)

"""Hand work told by people: sheets that no machine could read, preparing, repairing, upkeep. Kept
as receipts that count.

Each entry is two events in one transaction: the receipt, on the day that the work was done, and
``declared``, with who worked, who entered it and a note. The journal forgets nothing, so an entry
is taken back by a receipt of the opposite sign.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from desk import access
from desk.logins import User
from desk.opendesk import Desk
from initiatives.fiscal import year_span
from initiatives.register import Initiative
from initiatives.work import STAFF_STEPS, reversal, staff_receipt
from records.errors import DocumentError
from records.mynumber import mask_my_number
from records.types import Event, Receipt

KINDS: Mapping[str, str] = {
    "exception": "読めなかった用紙の手入力",
    "prepare": "準備(仕分け・スキャン)",
    "rework": "手直し",
    "upkeep": "維持管理(様式・問い合わせ)",
}
"""Steps of :data:`initiatives.work.STAFF_STEPS` in words."""

assert KINDS.keys() == STAFF_STEPS.keys()
_MOST_MINUTES = 60 * 24 * 10
_OLDEST = 92
"""Days that may be entered afterwards: figures that were reported must not change for ever."""


@dataclass(frozen=True, slots=True)
class Told:
    """One entry as the list shows it.

    Attributes:
        event: ``declared``; its payload is what was entered.
        back: it was taken back.
    """

    event: Event
    back: bool

    @property
    def payload(self) -> Mapping[str, Any]:
        return self.event.payload


def own(desk: Desk, user: User) -> list[Initiative]:
    """The initiatives that a person may enter hand work for: under the automation pillar and in
    use."""
    today = desk.now().date()
    found = (desk.strategy.initiatives[code] for code in sorted(desk.strategy.codes))
    return [
        i
        for i in found
        if i.status in ("試行", "本格") and access.may_tell(user, desk.strategy, i, today)
    ]


def new_key() -> str:
    """Names an entry before it is sent, so that sending it twice keeps it once."""
    return f"hand:{secrets.token_hex(8)}"


def keep(desk: Desk, user: User, given: Mapping[str, Any]) -> bool:
    """Keep an entry; False where it is there already.

    Raises:
        DocumentError: what is wrong with it, in words.
    """
    receipt, day, payload = _checked(desk, user, given)
    now = desk.now()
    at = now
    if day != now.date():
        at = dt.datetime.combine(day, dt.time(12), desk.zone)
    with desk.journal.batch() as batch:
        new = batch.work.add_receipt(receipt, at, user.name)
        if new:
            batch.chain.append(
                "declared", at=now, actor=user.name, payload={**payload, "key": receipt.key}
            )
    return new


def take_back(desk: Desk, user: User, key: str) -> None:
    """Take an entry back.

    Raises:
        DocumentError: there is no such entry, or it is another department's.
    """
    found = next(
        (told for told in entries(desk, user) if told.payload["key"] == key and not told.back), None
    )
    if found is None:
        raise DocumentError("unknown", "この記録はないか、もう取り消されています")
    p = found.payload
    receipt = staff_receipt(
        p["step"],
        p["initiative"],
        p["form"],
        seconds=p["milliseconds"] / 1000,
        sheets=p["sheets"],
        key=key,
        declared=not p["measured"],
    )
    day = dt.date.fromisoformat(p["day"])
    now = desk.now()
    with desk.journal.batch() as batch:
        if batch.work.add_receipt(
            reversal(receipt), dt.datetime.combine(day, dt.time(12), desk.zone), user.name
        ):
            batch.chain.append(
                "declared", at=now, actor=user.name, payload={"what": "hand_work_back", "key": key}
            )


def entries(desk: Desk, user: User) -> Iterator[Told]:
    """Entries of the person's initiatives, the latest first."""
    allowed, back = (
        {
            i.code
            for i in desk.strategy.initiatives.values()
            if access.may_tell(user, desk.strategy, i, desk.now().date())
        },
        set(),
    )
    for event in desk.journal.chain.events(kind="declared", newest_first=True):
        if event.payload.get("what") == "hand_work_back":
            back.add(event.payload["key"])
        elif event.payload.get("what") == "hand_work" and event.payload["initiative"] in allowed:
            yield Told(event, event.payload["key"] in back)


def _checked(
    desk: Desk, user: User, given: Mapping[str, Any]
) -> tuple[Receipt, dt.date, dict[str, Any]]:
    names = ("initiative", "step", "form", "day", "minutes", "sheets", "worker", "note", "key")
    text = {name: str(given.get(name, "")).strip() for name in names}
    initiative = next((i for i in own(desk, user) if i.code == text["initiative"]), None)
    if initiative is None:
        raise DocumentError("initiative", "取組を選んでください")
    if text["step"] not in KINDS:
        raise DocumentError("step", "作業の種類を選んでください")
    if text["form"] and (
        text["form"] not in desk.forms or desk.forms[text["form"]].initiative != initiative.code
    ):
        raise DocumentError("form", "この取組の様式を選んでください")
    if not text["key"].startswith("hand:") or len(text["key"]) > 40:
        raise DocumentError("key", "画面を開き直してから、もう一度入れてください")
    day = _day(desk, text["day"])
    minutes = _number(text["minutes"])
    sheets = _number(text["sheets"] or "0")
    if minutes is None or not 0 < minutes <= _MOST_MINUTES:
        raise DocumentError(
            "minutes", "かかった時間を、0より大きい分数で入れてください(例 45、7.5)"
        )
    if sheets is None or sheets != int(sheets) or not 0 <= sheets <= 100_000:
        raise DocumentError("sheets", "枚数を整数で入れてください")
    if text["step"] == "exception":
        _sheets_left(desk, initiative, day, int(sheets))
    elif sheets:
        raise DocumentError("sheets", f"枚数は「{KINDS['exception']}」のときだけ入れてください")
    measured = given.get("basis") == "measured"
    receipt = staff_receipt(
        text["step"],
        initiative.code,
        text["form"],
        seconds=minutes * 60,
        sheets=int(sheets),
        key=text["key"],
        declared=not measured,
    )
    return (
        receipt,
        day,
        {
            "what": "hand_work",
            "step": text["step"],
            "initiative": initiative.code,
            "form": text["form"],
            "day": day.isoformat(),
            "milliseconds": round(minutes * 60_000),
            "sheets": int(sheets),
            "measured": measured,
            "worker": mask_my_number(text["worker"])[:60] or user.shown,
            "note": mask_my_number(text["note"])[:200],
        },
    )


def _day(desk: Desk, text: str) -> dt.date:
    today = desk.now().date()
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        raise DocumentError("day", "作業した日を選んでください") from None
    if day > today:
        raise DocumentError("day", "作業した日が先の日付です")
    if (today - day).days > _OLDEST:
        raise DocumentError(
            "day", f"{_OLDEST}日より前の作業は入れられません。報告した数値が変わるためです"
        )
    return day


def _number(text: str) -> float | None:
    try:
        value = float(text.replace(",", ""))
    except ValueError:
        return None
    if value == value and abs(value) < 1e9:
        return value
    return None


def _sheets_left(desk: Desk, initiative: Initiative, day: dt.date, sheets: int) -> None:
    """By hand can only be done what the machine could not read: else the sheets would count twice.

    Raises:
        DocumentError: more sheets than that.
    """
    if not sheets:
        raise DocumentError("sheets", "手で入力した枚数を入れてください")
    failed, by_hand = failed_and_by_hand(desk, initiative)
    if by_hand + sheets > failed:
        raise DocumentError(
            "sheets",
            f"読めなかった用紙は{failed:,}枚で、{by_hand:,}枚は手入力が記録"
            f"されています。{failed - by_hand:,}枚まで入れられます",
        )


def failed_and_by_hand(desk: Desk, initiative: Initiative) -> tuple[int, int]:
    """Sheets that no machine could read since the initiative began, and those of them that people
    keyed in."""
    with desk.accounts.on(desk.now().date()) as history:
        work = [
            history.balance(initiative.code, year_span(year)).work
            for year in _years(desk, initiative, history.first_day)
        ]
    return sum(w.failed for w in work), sum(w.by_hand for w in work)


def _years(desk: Desk, initiative: Initiative, first_day: Any) -> range:
    began = first_day(initiative.code)
    this = desk.now().date()
    last = this.year if this.month >= 4 else this.year - 1
    if began is None:
        return range(last, last)
    return range(began.year if began.month >= 4 else began.year - 1, last + 1)

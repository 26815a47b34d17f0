"""Documents that no machine could read, brought to their end by people: their pages are looked at,
and they are keyed in by hand or thrown away for a reason. Both go into the figures once.

A sheet counts as failed once (key ``failed:<document>``, written when the reading failed for a form
that was known, else here), and as done by hand once (``byhand:<document>``). What is thrown away
was no case at all: its failure is taken back.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import io
import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from PIL import Image

from connectors.sources import folder
from desk.arriving import read_again
from desk.aside import Aside, set_aside
from desk.handwork import failed_and_by_hand, take_back
from desk.logins import User
from desk.opendesk import Desk
from initiatives.work import failure_key, reversal, staff_receipt, unfailed
from records.errors import DocumentError
from records.forms import FormDef
from records.journal import DocumentRow, Journal
from records.journal.finished import How
from records.mynumber import mask_my_number
from records.types import Receipt

MOST_SHEETS = 1000
"""Sheets of one document that can be finished by hand."""

MOST_PAGES = 30
"""Pages of a document that are shown."""

_MOST_MINUTES = 600.0
_WIDTH = 1240  # pixels: a page to be read, no more


def page_jpeg(desk: Desk, row: DocumentRow, number: int) -> bytes:
    """One page of a document as it lies in its file.

    Raises:
        DocumentError: the original is gone, cannot be opened, or has no such page.
    """
    site = desk.site
    path = folder.find(
        row.sha256, work=site.work, archive_root=site.archive, failed_root=site.failed
    )
    if path is None:
        raise DocumentError("missing", f"「{row.name}」の原本が見つかりません")
    from ocr.pages.opening import open_pages

    for page in open_pages(path, site.intake, row.sha256, (number,)):
        if isinstance(page, DocumentError):
            raise page
        image = Image.fromarray(page.image)
        image.thumbnail((_WIDTH, _WIDTH * 3))
        out = io.BytesIO()
        image.save(out, "JPEG", quality=80)
        return out.getvalue()
    raise DocumentError("missing", f"{number}ページ目はありません")


def pages_of(desk: Desk, row: DocumentRow) -> int:
    """How many pages can be shown; 0 where the file cannot be opened."""
    site = desk.site
    path = folder.find(
        row.sha256, work=site.work, archive_root=site.archive, failed_root=site.failed
    )
    if path is None:
        return 0
    from ocr.pages.opening import open_pages

    try:
        pages = itertools.islice(open_pages(path, site.intake), MOST_PAGES)
        return sum(1 for _ in pages)
    except (DocumentError, OSError):
        return 0


@dataclass(frozen=True, slots=True)
class Counted:
    """A failure that is in the figures already.

    Attributes:
        form: it counts for.
        back: what takes it back, on its own day ``at``, so that no day sinks below nothing.
    """

    form: str
    back: Receipt
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Case:
    """What is finished: a document that has failed, or pages that were set aside of a read one
    (``aside``).

    Attributes:
        nth: how often something of the document was finished before: each time is counted anew,
            since reopening takes back what was counted.
    """

    row: DocumentRow
    aside: Aside | None = None
    nth: int = 0

    @classmethod
    def of(cls, desk: Desk, row: DocumentRow, aside: Aside | None = None) -> Case:
        before = desk.journal.chain.events(kind="finished", document=row.sha256)
        return cls(row, aside, sum(1 for _ in before))

    @property
    def pages(self) -> tuple[int, ...]:
        """Of the document; empty for all of it."""
        if self.aside is not None:
            return self.aside.pages
        return ()

    @property
    def key(self) -> str:
        """Names it in the receipts: what is counted for it is counted once."""
        pages = "-".join(map(str, self.pages))
        key = f"{self.row.sha256}:{pages}"
        if not pages:
            key = self.row.sha256
        return f"{key}#{self.nth}" if self.nth else key

    def counted(self, desk: Desk) -> Counted | None:
        """The failure that counts for it already."""
        if self.aside is not None:
            nearest = self.aside.nearest
            rows = desk.journal.records.of(self.row.sha256)
            read = {row.line.form for row in rows}
            if nearest not in read or nearest not in desk.forms:
                return None
            counts = {"sheets": 0, "failed": -1}
            key = f"back:aside:{self.key}"
            code = desk.forms[nearest].initiative
            return Counted(
                nearest, Receipt("read", nearest, code, counts, 0.0, key=key), self.aside.at
            )
        failed = desk.journal.work.receipt_of(failure_key(self.row.sha256))
        if failed is None:
            return None
        back = unfailed(failed.receipt)
        if desk.journal.work.receipt_of(back.key) is not None:
            return None
        return Counted(failed.receipt.form, back, failed.at)

    def finish(
        self, journal: Journal, how: How, reason: str, user: User, now: dt.datetime, sheets: int = 0
    ) -> None:
        """Raises:
        DocumentError: somebody was faster, or it is being read again.
        """
        if self.pages:
            named = "、".join(map(str, self.pages))
            reason = f"{named}ページ: {reason}"
            sha256 = self.row.sha256
            pages = self.pages
            done = journal.finishing.finish_pages(
                sha256, pages, how, reason, now, user.name, sheets
            )
        else:
            done = journal.finishing.finish(self.row.sha256, how, reason, now, user.name, sheets)
        if not done:
            raise DocumentError("taken", "この文書は、もう処理されたか、読み直しています")


def by_hand(
    desk: Desk, user: User, case: Case, given: Mapping[str, Any], forms: Mapping[str, FormDef]
) -> None:
    """The sheets were keyed in by hand: they count as failed and as done by hand, each once.

    Args:
        given: ``form``, ``sheets``, ``minutes``; ``told`` is ``1`` where the hand work was entered
            with other hand work before.
        forms: those that the person may name.

    Raises:
        DocumentError: what is wrong with it, in words.
    """
    form = forms.get(str(given.get("form", "")))
    if form is None:
        raise DocumentError("form", "どの様式の用紙か選んでください")
    told = str(given.get("told", "")) == "1"
    sheets = _sheets(given)
    minutes = 0.0 if told else _minutes(given)
    counted = case.counted(desk)
    of_form = counted is not None and counted.form == form.id
    missing = sheets - int(of_form)
    if not told:
        _room(desk, form, sheets - missing)
    now = desk.now()
    note = "(時間は手作業の記録に入力済み)" if told else ""
    with desk.journal.batch() as journal:
        reason = f"{form.title} {sheets}枚を手入力しました{note}"
        case.finish(journal, "by_hand", reason, user, now, sheets)
        if counted is not None and not of_form:
            journal.work.add_receipt(counted.back, counted.at, user.name)
        if missing:
            counts = {"sheets": 0, "failed": missing}
            key = f"finished:{case.key}"
            failed = Receipt("read", form.id, form.initiative, counts, 0.0, key=key)
            journal.work.add_receipt(failed, now, user.name)
        if not told:
            _tell(journal, user, case, form, sheets, minutes, now)
    _put_away(desk, case)


def discard(desk: Desk, user: User, case: Case, given: Mapping[str, Any], seconds: float) -> None:
    """Nothing is to be done with it: no case, so no failure either. The time that somebody looked
    at it counts where its form is known.

    Args:
        given: ``reason``.
        seconds: measured attention.

    Raises:
        DocumentError: no reason is given.
    """
    reason = str(given.get("reason", "")).strip()
    reason = mask_my_number(reason)[:200]
    if not reason:
        raise DocumentError("reason", "破棄する理由を入れてください(例 白紙、広告、二重の送信)")
    now = desk.now()
    counted = case.counted(desk)
    with desk.journal.batch() as journal:
        case.finish(journal, "discarded", reason, user, now)
        if counted is not None:
            journal.work.add_receipt(counted.back, counted.at, user.name)
        name = counted.form if counted is not None else case.row.form
        form = desk.forms.get(name)
        if form is not None and seconds:
            key = f"discarded:{case.key}"
            looked = staff_receipt("exception", form.initiative, form.id, seconds=seconds, key=key)
            journal.work.add_receipt(looked, now, user.name)
    _put_away(desk, case)


def reopen(desk: Desk, user: User, row: DocumentRow) -> None:
    """Somebody was mistaken: what was counted is taken back, and the document is read again.

    Raises:
        DocumentError: it is not finished, or its original is nowhere.
        ServiceError: a folder cannot be written.
    """
    if row.state != "finished":
        raise DocumentError("taken", "この文書は、もう取り消されています")
    last = Case.of(desk, row)
    key = dataclasses.replace(last, nth=last.nth - 1).key
    with contextlib.suppress(DocumentError):  # told elsewhere, or taken back there
        take_back(desk, user, f"byhand:{key}")
    with desk.journal.batch() as journal:
        failed = journal.work.receipt_of(f"finished:{key}")
        if failed is not None:
            journal.work.add_receipt(unfailed(failed.receipt), failed.at, user.name)
        looked = journal.work.receipt_of(f"discarded:{key}")
        if looked is not None:
            journal.work.add_receipt(reversal(looked.receipt), looked.at, user.name)
    read_again(desk, row, row.form, user.name)


def _room(desk: Desk, form: FormDef, counted: int) -> None:
    """What counts as failed already may have been told as keyed in already.

    Raises:
        DocumentError: it was: the sheets would count twice.
    """
    initiative = desk.strategy.initiatives[form.initiative]
    failed, keyed = failed_and_by_hand(desk, initiative)
    if counted and keyed + counted > failed:
        raise DocumentError(
            "told",
            "この取組の読めなかった用紙は、すべて手入力として記録されています。この用紙も"
            "「手作業の記録」に入れてあるときは、「入力済み」に印を付けてください",
        )


def _tell(
    journal: Journal,
    user: User,
    case: Case,
    form: FormDef,
    sheets: int,
    minutes: float,
    now: dt.datetime,
) -> None:
    """The hand work as one of the entries that people tell: it can be seen and taken back there."""
    key = f"byhand:{case.key}"
    row = case.row
    done = staff_receipt(
        "exception",
        form.initiative,
        form.id,
        seconds=minutes * 60,
        sheets=sheets,
        key=key,
        declared=True,
    )
    entry = {
        "what": "hand_work",
        "step": "exception",
        "initiative": form.initiative,
        "form": form.id,
        "day": journal.day_of(now),
        "milliseconds": round(minutes * 60_000),
        "sheets": sheets,
        "measured": False,
        "worker": user.shown,
        "note": mask_my_number(f"受付の「{row.name}」")[:200],
        "key": key,
    }
    if journal.work.add_receipt(done, now, user.name):
        journal.chain.append(
            "declared", at=now, document=row.sha256, actor=user.name, payload=entry
        )


def _put_away(desk: Desk, case: Case) -> None:
    """The original into the archive; its copy in failed/ and the reason there go. What a kill
    leaves undone here is only a file that lies in failed/ longer."""
    site = desk.site
    row = case.row
    if case.pages:
        if not set_aside(desk, row):
            folder.clear_failure(row.sha256, site.failed)
        return
    claimed = folder.take_back(
        row.sha256, work=site.work, archive_root=site.archive, failed_root=site.failed
    )
    if claimed is not None:
        folder.archive(claimed, site.archive, desk.now().date())


def _sheets(given: Mapping[str, Any]) -> int:
    text = str(given.get("sheets", "1")).strip()
    sheets = int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else 0
    if not 1 <= sheets <= MOST_SHEETS:
        message = f"手で入力した枚数を、1から{MOST_SHEETS}までの整数で入れてください"
        raise DocumentError("sheets", message)
    return sheets


def _minutes(given: Mapping[str, Any]) -> float:
    try:
        text = str(given.get("minutes", ""))
        value = float(text.replace(",", ""))
    except ValueError:
        value = math.nan
    if not 0 < value <= _MOST_MINUTES:
        raise DocumentError(
            "minutes", "手入力にかかった時間を、0より大きい分数で入れてください(例 5、2.5)"
        )
    return value

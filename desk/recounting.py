"""A document that is read again is counted again, so what was counted of its pages before is taken
back: the failures of those that were set aside, and the hand work on those that people finished.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from initiatives.work import failure_key, reversal, unfailed
from records.forms import FormDef
from records.journal import Journal
from records.types import Event, Receipt


@dataclass(frozen=True, slots=True)
class _Pages:
    """Pages that an earlier reading set aside.

    Attributes:
        key: of what was counted when a person finished them (:attr:`desk.finishing.Case.key`);
            empty where nobody did.
    """

    aside: Event
    key: str = ""


def recount(journal: Journal, document: str, forms: Mapping[str, FormDef], who: str) -> None:
    """Take back what was counted of a document's earlier readings, and of the earlier states of its
    file; repeatable.

    Args:
        document: sha256 of what has just been read.
        forms: by id.
        who: who reads.
    """
    with journal.batch() as batch:
        for state in (document, *journal.documents.earlier_states(document)):
            failure = batch.work.receipt_of(failure_key(state))
            if failure is not None:
                taken_back = unfailed(failure.receipt)
                batch.work.add_receipt(taken_back, failure.at, who)
            for pages in _set_aside_before(journal, state, is_now=state == document):
                _not_failed(batch, pages, forms, who)
                if pages.key:
                    _not_by_hand(batch, pages.key, who)


def _set_aside_before(journal: Journal, state: str, *, is_now: bool) -> Iterator[_Pages]:
    """Pages that were set aside of a state of a file, without those of its last reading where that
    has just been."""
    kinds = ("set_aside", "finished", "retried")
    events = list(journal.chain.events(kind=kinds, document=state))
    again = [event.seq for event in events if event.kind == "retried"]
    end = 0
    if is_now:
        end = again[-1] if again else 0
    elif events:
        end = events[-1].seq + 1
    open_pages: dict[tuple[int, ...], Event] = {}
    finished = 0
    for event in events:
        numbers = event.payload.get("pages", ())
        pages = tuple(map(int, numbers))
        is_before = event.kind == "set_aside" and event.seq < end
        if is_before and event.payload["code"] != "blank":
            open_pages[pages] = event
        elif event.kind == "finished":
            if pages in open_pages:
                named = "-".join(map(str, pages))
                key = f"{state}:{named}"
                if finished:
                    key = f"{key}#{finished}"
                yield _Pages(open_pages.pop(pages), key)
            finished += 1
        elif event.kind == "retried":
            yield from (_Pages(aside) for aside in open_pages.values())
            open_pages.clear()
    yield from (_Pages(aside) for aside in open_pages.values())


def _not_failed(batch: Journal, pages: _Pages, forms: Mapping[str, FormDef], who: str) -> None:
    """The reading counted a failure where it read other sheets of the nearest form."""
    aside = pages.aside
    nearest = str(aside.payload.get("nearest", ""))
    form = forms.get(nearest)
    read = {record.line.form for record in batch.records.of(aside.document)}
    if form is None or form.id not in read:
        return
    is_back = pages.key and batch.work.receipt_of(f"back:aside:{pages.key}") is not None
    if is_back:
        return
    key = f"back:aside:{aside.document}@{aside.seq}"
    counts = {"sheets": 0, "failed": -1}
    back = Receipt("read", form.id, form.initiative, counts, 0.0, key=key)
    batch.work.add_receipt(back, pages.aside.at, who)


def _not_by_hand(batch: Journal, key: str, who: str) -> None:
    """What was counted when a person finished the pages."""
    failed = batch.work.receipt_of(f"finished:{key}")
    if failed is not None:
        batch.work.add_receipt(unfailed(failed.receipt), failed.at, who)
    looked = batch.work.receipt_of(f"discarded:{key}")
    if looked is not None:
        batch.work.add_receipt(reversal(looked.receipt), looked.at, who)
    done = batch.work.receipt_of(f"byhand:{key}")
    is_undone = False
    if done is not None:
        is_undone = batch.work.add_receipt(reversal(done.receipt), done.at, who)
    if done is not None and is_undone:
        entry = {"what": "hand_work_back", "key": f"byhand:{key}"}
        now = dt.datetime.now(dt.UTC)
        batch.chain.append("declared", at=now, actor=who, payload=entry)

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
            if (failure := batch.work.receipt_of(failure_key(state))) is not None:
                batch.work.add_receipt(unfailed(failure.receipt), failure.at, who)
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
    end = (again[-1] if again else 0) if is_now else events[-1].seq + 1 if events else 0
    open_pages: dict[tuple[int, ...], Event] = {}
    finished = 0
    for event in events:
        pages = tuple(int(n) for n in event.payload.get("pages", ()))
        if event.kind == "set_aside" and event.seq < end and event.payload["code"] != "blank":
            open_pages[pages] = event
        elif event.kind == "finished":
            if pages in open_pages:
                key = f"{state}:{'-'.join(map(str, pages))}"
                yield _Pages(open_pages.pop(pages), f"{key}#{finished}" if finished else key)
            finished += 1
        elif event.kind == "retried":
            yield from (_Pages(aside) for aside in open_pages.values())
            open_pages.clear()
    yield from (_Pages(aside) for aside in open_pages.values())


def _not_failed(batch: Journal, pages: _Pages, forms: Mapping[str, FormDef], who: str) -> None:
    """The reading counted a failure where it read other sheets of the nearest form."""
    form = forms.get(str(pages.aside.payload.get("nearest", "")))
    read = {record.line.form for record in batch.records.of(pages.aside.document)}
    if form is None or form.id not in read:
        return
    if pages.key and batch.work.receipt_of(f"back:aside:{pages.key}") is not None:
        return
    key = f"back:aside:{pages.aside.document}@{pages.aside.seq}"
    counts = {"sheets": 0, "failed": -1}
    back = Receipt("read", form.id, form.initiative, counts, 0.0, key=key)
    batch.work.add_receipt(back, pages.aside.at, who)


def _not_by_hand(batch: Journal, key: str, who: str) -> None:
    """What was counted when a person finished the pages."""
    if (failed := batch.work.receipt_of(f"finished:{key}")) is not None:
        batch.work.add_receipt(unfailed(failed.receipt), failed.at, who)
    if (looked := batch.work.receipt_of(f"discarded:{key}")) is not None:
        batch.work.add_receipt(reversal(looked.receipt), looked.at, who)
    done = batch.work.receipt_of(f"byhand:{key}")
    if done is not None and batch.work.add_receipt(reversal(done.receipt), done.at, who):
        entry = {"what": "hand_work_back", "key": f"byhand:{key}"}
        batch.chain.append("declared", at=dt.datetime.now(dt.UTC), actor=who, payload=entry)

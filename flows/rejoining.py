"""What a person joined stays joined when the pages are read again as parts of sheets: because their
file grew, or because somebody had it read again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from records.errors import DocumentError
from records.forms import FormDef
from records.halves import merged
from records.inkbits import same_ink
from records.journal import Journal, RecordRow
from records.site import Office
from records.types import Record, SheetPage

_PREFIX = 16
"""Characters of an id that name the document; the rest is the place in it."""


def joined_again(
    journal: Journal,
    document: str,
    found: Sequence[Record],
    forms: Mapping[str, FormDef],
    office: Office,
    received_on: dt.date,
) -> list[Record]:
    """The sheets of a document, with what a person has joined of it, or of an earlier state of its
    file, as one sheet again.

    A page that moved within the file, or that another one has taken the place of, is not joined:
    each must have the same writing on it as the page that the person saw.
    """
    states = (document, *journal.documents.earlier_states(document))
    by_place = {record.id[_PREFIX:]: record for record in found}
    made = list(found)
    for main, parts in _joins(journal, states).items():
        halves = _halves(journal, states, by_place, main, parts)
        if not halves:
            continue
        try:
            whole = merged(halves, forms[halves[0].form], office, received_on)
        except DocumentError:
            continue  # one of them is of another form now, or has the other's page
        kept = [record for record in made if record not in halves]
        if len(kept) < len(made):
            made = [*kept, whole]
    return sorted(made, key=lambda record: record.id)


def _joins(journal: Journal, states: Sequence[str]) -> dict[str, list[str]]:
    """Ids of the parts that a person joined to a sheet of these documents, by its id."""
    made: dict[str, list[str]] = {}
    for state in states:
        for event in journal.chain.events(kind=("joined", "parted"), document=state):
            if event.kind == "joined":
                made.setdefault(event.record, []).extend(event.payload["parts"])
            else:
                made.pop(event.record, None)
    return made


def _halves(
    journal: Journal,
    states: Sequence[str],
    by_place: Mapping[str, Record],
    main: str,
    parts: Sequence[str],
) -> list[Record]:
    """The parts of a joined sheet as they are read now; empty where one is not there any more, is
    no part now, or has other writing on it."""
    before = journal.records.get(main)
    if before is None or before.as_read.is_half:
        return []
    prefixes = {state[:_PREFIX] for state in states}
    halves = []
    for name in (main, *parts):
        is_here = name[:_PREFIX] in prefixes
        now = by_place.get(name[_PREFIX:]) if is_here else _elsewhere(journal, name, main)
        if now is None or not now.is_half or not _is_of(now, before):
            return []
        halves.append(now)
    return halves


def _elsewhere(journal: Journal, name: str, main: str) -> Record | None:
    """A part that came in another file, where it still belongs to the sheet."""
    row = journal.records.get(name)
    is_part = row is not None and journal.joins.link_of(name) == ("joined", main)
    if row is not None and is_part:
        return row.as_read
    return None


def _is_of(now: Record, before: RecordRow) -> bool:
    """True where all pages of a part are pages of the sheet, by their writing."""
    seen = {leaf.face: leaf for leaf in before.as_read.leaves}
    return all(
        leaf.face in seen and _is_same(now, leaf, before.as_read, seen[leaf.face])
        for leaf in now.leaves
    )


def _is_same(now: Record, leaf: SheetPage, before: Record, seen: SheetPage) -> bool:
    if leaf.ink and seen.ink:
        return same_ink(leaf.ink, seen.ink)
    fields = [name for name, item in now.fields.items() if item.page == leaf.face]
    return all(
        name in before.fields and now.fields[name].text == before.fields[name].text
        for name in fields
    )

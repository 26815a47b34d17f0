"""Records that are parts of one sheet, or one sheet twice: joined, parted, dropped and taken back by
a person.

Which record belongs to which stands in ``links``. A dropped record keeps its reading, so that every
step can be undone; only the step itself is in the chain.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from records.errors import DocumentError
from records.journal.linksteps import OPEN, Kind, drop, restore, unlink
from records.journal.loading import load, load_one, queue, row_of
from records.journal.receipts import MILLISECONDS, N, milliseconds
from records.journal.recordwriting import Origin, write_record
from records.journal.rows import RecordRow
from records.journal.schema import LINK, RECORD, links, records
from records.journal.storable import plain
from records.journal.store import Store, Writer, stamp
from records.types import PAGE_MISSING, Record

_HALVES = 60


class Joins:
    """Parts of sheets, and sheets that came twice."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def link_of(self, record_id: str) -> tuple[Kind, str] | None:
        """What this record is to which other one; None where it stands for itself."""
        query = sa.select(links).where(LINK.record == record_id)
        with self._store.read() as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        return (row.kind, row.other)

    def lone(
        self, forms: Iterable[str] | None = None, limit: int = 50, offset: int = 0
    ) -> list[RecordRow]:
        """Sheets that wait for their missing page, in the order they came in; of all forms, or of
        these."""
        page = _lone(forms).limit(limit).offset(offset)
        with self._store.read() as connection:
            return load(connection, page)

    def lone_count(self, forms: Iterable[str] | None = None) -> int:
        """How many :meth:`lone` there are."""
        lone = _lone(forms).order_by(None).subquery()
        counted = sa.select(sa.func.count()).select_from(lone)
        with self._store.read() as connection:
            return connection.execute(counted).scalar_one()

    def halves(self, record_id: str, limit: int = _HALVES) -> list[RecordRow]:
        """Sheets of the same form of which a page is missing, that wait or were returned: those of
        the same document first, then the latest. The record itself is not among them."""
        with self._store.read() as connection:
            asked = row_of(connection, record_id)
            if asked is None:
                return []
            query = sa.select(records).where(
                RECORD.form == asked.form,
                RECORD.version == asked.version,
                RECORD.state.in_(OPEN),
                RECORD.open.startswith('[""'),
                RECORD.id != record_id,
            )
            is_beside = RECORD.document == asked.document
            own = query.where(is_beside)
            others = query.where(sa.not_(is_beside))
            found = load(connection, own.order_by(RECORD.seq).limit(limit))
            latest = others.order_by(RECORD.seq.desc())
            found += load(connection, latest.limit(limit))
        halves = [row for row in found if row.as_read.is_half]
        return halves[:limit]

    def join(
        self,
        whole: Record,
        parts: Sequence[RecordRow],
        *,
        at: dt.datetime,
        who: str,
        seconds: float = 0.0,
    ) -> RecordRow:
        """Keep ``whole`` as the sheet that ``parts`` are (:func:`records.halves.merged`).

        It is a new reading of the part whose id it has; the other parts are dropped. Events
        ``joined`` and ``dropped``.

        Args:
            parts: as they were when the person looked at them.

        Raises:
            DocumentError: one of them was decided, read anew or taken by somebody else meanwhile.
        """
        with self._store.write() as writer:
            standing = [_still(writer, part, who, at) for part in parts]
            main = next(row for row in standing if row.id == whole.id)
            others = [row for row in standing if row.id != whole.id]
            _count_attention(writer, main, seconds, at)
            for row in others:
                drop(writer, row, "joined", whole.id, at, who)
            told = {
                "parts": [row.id for row in others],
                "milliseconds": milliseconds(seconds),
            }
            _tell(writer, "joined", main, told, at, who)
            write_record(writer, main, whole, Origin.of_row(main), at, who)
            return _written(writer, whole.id)

    def part(
        self,
        row: RecordRow,
        pages: Sequence[Record],
        *,
        at: dt.datetime,
        who: str,
        seconds: float = 0.0,
    ) -> list[RecordRow]:
        """Keep the pages of a sheet as sheets of their own (:func:`records.halves.parted`): they
        belong to different people. Event ``parted``.

        Raises:
            DocumentError: it was decided, read anew or taken by somebody else meanwhile.
        """
        with self._store.write() as writer:
            main = _still(writer, row, who, at)
            _count_attention(writer, main, seconds, at)
            told = {
                "pages": [page.id for page in pages],
                "milliseconds": milliseconds(seconds),
            }
            _tell(writer, "parted", main, told, at, who)
            for page in pages:
                old = row_of(writer.connection, page.id)
                is_other = old is not None and old.id != main.id
                if is_other and old.state != "dropped":
                    raise _changed()
                unlink(writer, page.id)
                kin = main if old is None else old
                write_record(writer, old, page, Origin.of_row(kin), at, who)
            return [_written(writer, page.id) for page in pages]

    def drop_same(
        self, row: RecordRow, other: str, *, at: dt.datetime, who: str, seconds: float = 0.0
    ) -> RecordRow:
        """A person says that this sheet is ``other`` scanned again: it is not delivered. Event
        ``dropped``.

        Raises:
            DocumentError: it was decided, read anew or taken by somebody else meanwhile.
        """
        with self._store.write() as writer:
            main = _still(writer, row, who, at)
            _count_attention(writer, main, seconds, at)
            drop(writer, main, "same", other, at, who, seconds)
            return _written(writer, main.id)

    def take_back(self, record_id: str, *, at: dt.datetime, who: str) -> RecordRow:
        """Undo a drop: the record waits again as it was read. Event ``restored``.

        Raises:
            DocumentError: it is not dropped.
        """
        with self._store.write() as writer:
            row = row_of(writer.connection, record_id)
            if row is None or row.state != "dropped":
                raise _changed()
            restore(writer, row, at, who)
            return _written(writer, record_id)


def _lone(forms: Iterable[str] | None) -> sa.Select[Any]:
    query = queue("waiting", None, forms)
    return query.where(RECORD.code == PAGE_MISSING)


def _still(writer: Writer, seen: RecordRow, who: str, at: dt.datetime) -> Any:
    """The row as it is now, where it is as the person saw it and theirs to change."""
    row = row_of(writer.connection, seen.id)
    if row is None or row.state not in OPEN:
        raise _changed()
    if row.reading != seen.line.reading:
        raise _changed()
    is_anothers = row.reviewer not in ("", plain(who))
    if is_anothers and (row.review_until or "") > stamp(at):
        raise DocumentError("taken", "この用紙は別の人が確認しています。少し待ってください")
    return row


def _count_attention(writer: Writer, row: Any, seconds: float, at: dt.datetime) -> None:
    """Attention is staff time, whatever it was given to."""
    if seconds > 0:
        sums = {N: 1, MILLISECONDS: milliseconds(seconds)}
        day = writer.day_of(at)
        writer.total(day, row.initiative, row.form, "review", sums)


def _tell(
    writer: Writer, kind: str, row: Any, payload: Mapping[str, Any], at: dt.datetime, who: str
) -> None:
    writer.append(kind, at, document=row.document, record=row.id, actor=who, payload=payload)


def _written(writer: Writer, record_id: str) -> RecordRow:
    """A record that this transaction has changed, as it is now."""
    writer.flush()
    found = load_one(writer.connection, record_id)
    assert found is not None
    return found


def _changed() -> DocumentError:
    return DocumentError(
        "changed", "この用紙は、ほかの人が処理したか、読み直されました。開き直してください"
    )

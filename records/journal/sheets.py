"""Records that are parts of one sheet, or one sheet twice: joined, parted, dropped and taken back by
a person.

Which record belongs to which stands in ``links``. A dropped record keeps its reading, so that every
step can be undone; only the step itself is in the chain.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from records.errors import DocumentError
from records.halves import ELSEWHERE, LIKELY, is_twin
from records.journal.inks import Inks
from records.journal.measures import MILLISECONDS, N, milliseconds
from records.journal.review import Kind, Reviews, queue
from records.journal.rows import RecordRow
from records.journal.schema import links, records
from records.journal.store import Writer, plain, stamp
from records.types import PAGE_MISSING, Problem, Record

_OPEN = ("waiting", "returned")
_COUNTED = ("waiting", "ready", "delivered")
_TWINS = 20
_UNLIKE = 512
"""Bits that differ as a rule on pages that have nothing to do with each other."""
_HALVES = 60


class Sheets(Reviews):
    """What the journal does with parts of sheets, and with sheets that came twice."""

    def __init__(self, engine: sa.Engine, zone: str = "Asia/Tokyo", attempts: int = 3) -> None:
        super().__init__(engine, zone, attempts)
        self._inks = Inks()

    def link_of(self, record_id: str) -> tuple[Kind, str] | None:
        """What this record is to which other one; None where it stands for itself."""
        with self._read() as connection:
            row = connection.execute(sa.select(links).where(links.c.record == record_id)).first()
        return None if row is None else (row.kind, row.other)

    def lone(
        self, forms: Iterable[str] | None = None, limit: int = 50, offset: int = 0
    ) -> list[RecordRow]:
        """Sheets that wait for their missing page, in the order they came in; of all forms, or of
        these."""
        query = queue("waiting", None, forms).where(records.c.code == PAGE_MISSING)
        with self._read() as connection:
            return self._load(connection, query.limit(limit).offset(offset))

    def lone_count(self, forms: Iterable[str] | None = None) -> int:
        """How many :meth:`lone` there are."""
        query = queue("waiting", None, forms).where(records.c.code == PAGE_MISSING)
        with self._read() as connection:
            counted = sa.select(sa.func.count()).select_from(query.order_by(None).subquery())
            return connection.execute(counted).scalar_one()

    def halves(self, record_id: str, limit: int = _HALVES) -> list[RecordRow]:
        """Sheets of the same form of which a page is missing, that wait or were returned: those of
        the same document first, then the latest. The record itself is not among them."""
        with self._read() as connection:
            asked = connection.execute(sa.select(records).where(records.c.id == record_id)).first()
            if asked is None:
                return []
            query = sa.select(records).where(
                records.c.form == asked.form,
                records.c.version == asked.version,
                records.c.state.in_(_OPEN),
                records.c.open.startswith('[""'),
                records.c.id != record_id,
            )
            same = records.c.document == asked.document
            own = self._load(connection, query.where(same).order_by(records.c.seq).limit(limit))
            later = query.where(sa.not_(same)).order_by(records.c.seq.desc()).limit(limit)
            found = [*own, *self._load(connection, later)]
        return [row for row in found if row.as_read.is_half][:limit]

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
        with self._write() as writer:
            standing = [self._still(writer, part, who, at) for part in parts]
            main = next(row for row in standing if row.id == whole.id)
            others = [row for row in standing if row.id != whole.id]
            self._spent(writer, main, seconds, at)
            for row in others:
                self._drop(writer, row, "joined", whole.id, at, who)
            writer.append(
                "joined",
                at,
                document=main.document,
                record=main.id,
                actor=who,
                payload={"parts": [row.id for row in others], "milliseconds": _ms(seconds)},
            )
            self._anew(writer, main, whole, at, who)
            return self._one(writer, whole.id)

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
        with self._write() as writer:
            main = self._still(writer, row, who, at)
            self._spent(writer, main, seconds, at)
            writer.append(
                "parted",
                at,
                document=main.document,
                record=main.id,
                actor=who,
                payload={"pages": [page.id for page in pages], "milliseconds": _ms(seconds)},
            )
            for page in pages:
                old = writer.connection.execute(
                    sa.select(records).where(records.c.id == page.id)
                ).first()
                if old is not None and old.id != main.id and old.state != "dropped":
                    raise _changed()
                writer.connection.execute(links.delete().where(links.c.record == page.id))
                self._anew(writer, old, page, at, who, like=main)
            return [self._one(writer, page.id) for page in pages]

    def drop_same(
        self, row: RecordRow, other: str, *, at: dt.datetime, who: str, seconds: float = 0.0
    ) -> RecordRow:
        """A person says that this sheet is ``other`` scanned again: it is not delivered. Event
        ``dropped``.

        Raises:
            DocumentError: it was decided, read anew or taken by somebody else meanwhile.
        """
        with self._write() as writer:
            main = self._still(writer, row, who, at)
            self._spent(writer, main, seconds, at)
            self._drop(writer, main, "same", other, at, who)
            return self._one(writer, main.id)

    def take_back(self, record_id: str, *, at: dt.datetime, who: str) -> RecordRow:
        """Undo a drop: the record waits again as it was read. Event ``restored``.

        Raises:
            DocumentError: it is not dropped.
        """
        with self._write() as writer:
            row = writer.connection.execute(
                sa.select(records).where(records.c.id == record_id)
            ).first()
            if row is None or row.state != "dropped":
                raise _changed()
            self._restore(writer, row, at, who)
            return self._one(writer, record_id)

    # --- inside -----------------------------------------------------------------------------------

    def _let_go(
        self,
        writer: Writer,
        record_id: str,
        at: dt.datetime,
        actor: str,
        *,
        is_changed: bool = False,
        kept: Sequence[str] = (),
    ) -> None:
        kinds = ("joined", "same") if is_changed else ("joined",)
        dropped = (
            sa.select(records)
            .join(links, links.c.record == records.c.id)
            .where(
                links.c.other == record_id, links.c.kind.in_(kinds), records.c.state == "dropped"
            )
            .where(records.c.id.not_in(kept))
        )
        for row in writer.connection.execute(dropped).all():
            self._restore(writer, row, at, actor)
        writer.connection.execute(links.delete().where(links.c.record == record_id))

    def _with_elsewhere(self, writer: Writer, record: Record, states: Sequence[str]) -> Record:
        places = {
            Record.id_of(document, number): number for document in states for number in record.pages
        }
        query = (
            sa.select(records.c.id, links.c.other)
            .join(links, links.c.record == records.c.id)
            .where(
                records.c.id.in_(places),
                records.c.state == "dropped",
                links.c.kind == "joined",
                links.c.other != record.id,
            )
            .order_by(records.c.id)
        )
        joined = writer.connection.execute(query).all()
        told = [Problem(ELSEWHERE, _joined_to(places[row.id], row.other)) for row in joined]
        return dataclasses.replace(record, problems=(*record.problems, *told)) if told else record

    def _with_twin(
        self, writer: Writer, record: Record, old: Any, at: dt.datetime
    ) -> tuple[Record, str]:
        """The record with the problem that it is probably another one scanned again, and that one's
        id; as it is, and an empty id, where there is none."""
        inks = [leaf for leaf in record.leaves if leaf.ink]
        if not inks:
            return record, ""
        near: list[dict[str, int]] = [
            self._inks.like(writer.connection, record.form, leaf.face, leaf.ink, writer.committed)
            for leaf in inks
        ]
        bits: dict[str, int] = {}
        for name in set().union(*near) - {record.id}:
            bits[name] = sum(found.get(name, _UNLIKE) for found in near)
        nearest = sorted(bits, key=lambda name: bits[name])[:_TWINS]
        if not nearest:
            return record, ""
        query = sa.select(records).where(records.c.id.in_(nearest), records.c.state.in_(_COUNTED))
        query = query if old is None else query.where(records.c.seq < old.seq)
        rows = self._load(writer.connection, query.order_by(records.c.seq))
        fitting = [row for row in rows if is_twin(record, row.as_read)]
        if not fitting:
            return record, ""
        first = min(fitting, key=lambda row: bits[row.id])
        told = Problem(LIKELY, _said_of(first))
        return dataclasses.replace(record, problems=(*record.problems, told)), first.id

    def _covered_by(
        self,
        writer: Writer,
        states: Sequence[str],
        found: Sequence[Record],
        stored: Sequence[Record],
        at: dt.datetime,
        actor: str,
    ) -> None:
        known = {record.id for record in found}
        owner = {
            Record.id_of(document, number): record.id
            for document in states
            for record in stored
            for number in record.pages
            if Record.id_of(document, number) not in known
        }
        # what is of an earlier state yet is given back, with what to do with its row
        query = sa.select(records).where(
            records.c.id.in_(owner),
            records.c.document == states[0],
            records.c.state.in_(_OPEN),
        )
        for row in writer.connection.execute(query).all():
            self._drop(writer, row, "joined", owner[row.id], at, actor)

    def _restore(self, writer: Writer, row: Any, at: dt.datetime, who: str) -> None:
        writer.connection.execute(links.delete().where(links.c.record == row.id))
        writer.append("restored", at, document=row.document, record=row.id, actor=who)
        writer.tally("record", row.form, "dropped", "waiting")
        writer.connection.execute(
            records.update()
            .where(records.c.id == row.id)
            .values(
                state="waiting",
                code=PAGE_MISSING if self._one(writer, row.id).as_read.is_half else "",
                reason="",
                changed_at=stamp(at),
            )
        )

    def _drop(
        self, writer: Writer, row: Any, kind: Kind, other: str, at: dt.datetime, who: str
    ) -> None:
        reason = (
            f"受付番号 {other} の用紙の続きのページとしてつなぎました"
            if kind == "joined"
            else f"受付番号 {other} と同じ用紙なので、転記しません"
        )
        writer.append(
            "dropped",
            at,
            document=row.document,
            record=row.id,
            actor=who,
            payload={"kind": kind, "other": other},
        )
        writer.tally("record", row.form, row.state, "dropped")
        writer.connection.execute(
            records.update()
            .where(records.c.id == row.id)
            .values(
                state="dropped",
                code=kind,
                reason=reason,
                reviewer="",
                review_until=None,
                checked_by=plain(who),
                changed_at=stamp(at),
            )
        )
        self._link(writer, row.id, other, kind, at)

    def _anew(
        self, writer: Writer, old: Any, record: Record, at: dt.datetime, who: str, like: Any = None
    ) -> None:
        """A new reading of a record, or a new record beside ``like``."""
        kin = old if old is not None else like
        self._write_record(
            writer,
            old,
            record,
            kin.file,
            kin.received_on,
            kin.initiative,
            bool(kin.verify),
            at,
            who,
        )

    def _still(self, writer: Writer, seen: RecordRow, who: str, at: dt.datetime) -> Any:
        """The row as it is now, where it is as the person saw it and theirs to change."""
        row = writer.connection.execute(sa.select(records).where(records.c.id == seen.id)).first()
        if row is None or row.state not in _OPEN or row.reading != seen.line.reading:
            raise _changed()
        taken = row.reviewer not in ("", plain(who)) and (row.review_until or "") > stamp(at)
        if taken:
            raise DocumentError("taken", "この用紙は別の人が確認しています。少し待ってください")
        return row

    def _spent(self, writer: Writer, row: Any, seconds: float, at: dt.datetime) -> None:
        """Attention is staff time, whatever it was given to."""
        if seconds > 0:
            sums: Mapping[str, int] = {N: 1, MILLISECONDS: _ms(seconds)}
            writer.total(self.day_of(at), row.initiative, row.form, "review", sums)

    def _one(self, writer: Writer, record_id: str) -> RecordRow:
        writer.flush()
        query = sa.select(records).where(records.c.id == record_id)
        return self._load(writer.connection, query)[0]


def _joined_to(number: int, other: str) -> str:
    return (
        f"{number}ページ目は、前に受付番号 {other} の用紙とつないであります。今回の読み取りと違うので、"
        "どちらの用紙のページか確かめ、もう一方の用紙の値も直してください"
    )


def _said_of(row: RecordRow) -> str:
    line = row.line
    day = f"{line.received_on.month}月{line.received_on.day}日"
    pages = "、".join(map(str, line.pages))
    return (
        f"{day}に届いた「{line.file}」{pages}ページ(受付番号 {line.id})と同じ用紙のようです。"
        "同じなら転記の対象から外してください。別の用紙なら、両方を転記すると答えてください"
    )


def _ms(seconds: float) -> int:
    return milliseconds(seconds)


def _changed() -> DocumentError:
    return DocumentError(
        "changed", "この用紙は、ほかの人が処理したか、読み直されました。開き直してください"
    )

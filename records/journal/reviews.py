"""Records that wait for a person: given to one at a time, and given back."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from records.codec import canonical
from records.journal.decisionsteps import Deciding, given_back, standing, tell_return
from records.journal.loading import line_of, load, queue, row_of, unknown_record, wanted_forms
from records.journal.rowchanges import set_record
from records.journal.rows import RecordRow
from records.journal.schema import DECISION, RECORD, records
from records.journal.storable import plain
from records.journal.store import Store, stamp
from records.journal.verdicts import GIVES_BACK
from records.types import PAGE_MISSING, Decision

_PAGE = 200


class Reviews:
    """Records until they are ready: waiting, reserved, decided, returned."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def waiting_problems(self) -> Counter[str]:
        """How many waiting sheets have each problem of their own, apart from any field, that nobody
        has answered: a note in the margin, pages in the wrong order."""
        told: Counter[str] = Counter()
        query = sa.select(RECORD.id).where(
            RECORD.state == "waiting",
            RECORD.open.startswith('[""'),
        )
        query = query.order_by(RECORD.id)
        with self._store.read() as connection:
            ids = list(connection.execute(query).scalars())
        for start in range(0, len(ids), _PAGE):
            page = ids[start : start + _PAGE]
            with self._store.read() as connection:
                part = sa.select(records).where(RECORD.id.in_(page))
                rows = load(connection, part)
            for row in rows:
                codes = {problem.code for problem in row.as_read.problems}
                told.update(codes)
        return told

    def waiting(
        self,
        form: str | None = None,
        limit: int = 50,
        *,
        forms: Iterable[str] | None = None,
        after: int = 0,
    ) -> list[RecordRow]:
        """Records that wait for a person, in the order they came in.

        Args:
            form: one form; ``forms``: any of these (what a department may see). None of both: all.
            after: leave out this many (reads only; :meth:`reserve` gives each record to one
            person).
        """
        query = queue("waiting", form, forms).limit(limit).offset(after)
        with self._store.read() as connection:
            return load(connection, query)

    def reserve(
        self,
        who: str,
        limit: int,
        seconds: float,
        now: dt.datetime,
        *,
        form: str | None = None,
        forms: Iterable[str] | None = None,
        field: str | None = None,
        only: str | None = None,
    ) -> list[RecordRow]:
        """Give waiting records to one person: nobody else gets them for ``seconds``, or until they
        are decided.

        With two-person checking, a person does not get a record on which nothing is left that they
        may answer. Calling again prolongs what the person holds, and fills up to ``limit``.

        Args:
            field: only records in which this field is open.
            only: this record and no other. Without it, sheets of which a page is missing are left
                out (:meth:`records.journal.joins.Joins.lone`): nobody can answer them by looking.
        """
        wanted = wanted_forms(form, forms)
        offered = _offered(who, field, only).limit(limit)
        until = stamp(now + dt.timedelta(seconds=seconds))
        with self._store.write() as writer:
            own = _held_by(who, offered, wanted)
            held = writer.connection.execute(own).all()
            left = limit - len(held)
            free: list[Any] = []
            for part in _free_for(who, offered, wanted, now):
                free += writer.connection.execute(part.limit(left))
            free.sort(key=lambda row: (row.seq, row.id))
            chosen = [*held, *free][:limit]
            ids = [row.id for row in chosen]
            is_taken = RECORD.id.in_(ids)
            taken = records.update().where(is_taken)
            writer.connection.execute(taken.values(reviewer=plain(who), review_until=until))
            query = sa.select(records).where(is_taken)
            return load(writer.connection, query.order_by(RECORD.seq))

    def unreserve(self, who: str, record_ids: Sequence[str]) -> None:
        """Give reserved records back undecided."""
        held = records.update().where(
            RECORD.id.in_(record_ids),
            RECORD.reviewer == who,
        )
        with self._store.write() as writer:
            writer.connection.execute(held.values(reviewer="", review_until=None))

    def decide(self, decision: Decision) -> RecordRow:
        """Keep a person's verdict on one field; see :meth:`decide_many`."""
        return self.decide_many([decision])[0]

    def decide_many(self, made: Sequence[Decision]) -> list[RecordRow]:
        """Keep verdicts in one transaction, with an event ``decided`` for each, and say how the
        records stand now.

        * ``accept``, ``correct``: the field is settled with ``after`` (with two-person checking,
          once two people agree or a third has spoken). When no field is open, the record becomes
          ``ready`` (event).
        * ``unreadable``, ``wrong_form``: the record becomes ``returned`` (event) at once. A later
          ``accept`` or ``correct`` (the applicant has answered) brings it back.
        * A value that changes after delivery makes the record ``ready`` again with a new revision,
          so that the sinks update their row.

        The value is taken as it is: normalising and checking it is the caller's work. The same
        decision again (record, field, person, time) is written once. The seconds are kept to the
        millisecond.

        Returns:
            one row a decision, in order.

        Raises:
            DocumentError: there is no such record.
            ValueError: the record has no such field.
        """
        ids = {decision.record for decision in made}
        with self._store.write() as writer:
            deciding = Deciding(writer, ids)
            for decision in made:
                deciding.decide(decision)
                for further in deciding.for_stack(decision):
                    deciding.decide(further)
            deciding.write()
        return [deciding.rows[decision.record] for decision in made]

    def return_record(
        self, record_id: str, code: str, reason: str, at: dt.datetime, actor: str = ""
    ) -> bool:
        """Give a whole record back with a reason (event ``returned``); False where it is returned
        already."""
        with self._store.write() as writer:
            row = row_of(writer.connection, record_id)
            if row is None:
                raise unknown_record(record_id)
            line = line_of(row)
            if line.state in ("returned", "dropped"):
                return False
            returned = given_back(line, code, reason, at, actor)
            set_record(writer, line.id, **standing(returned))
            tell_return(writer, line, code, at, actor)
        return True


def _offered(who: str, field: str | None, only: str | None) -> sa.Select[Any]:
    """Waiting records that a person may be asked about, in the order they came in."""
    query = queue("waiting", None, None)
    if field is not None:
        name = canonical(field)
        query = query.where(RECORD.open.contains(name, autoescape=True))
    is_offered = RECORD.code != PAGE_MISSING if only is None else RECORD.id == only
    return query.where(is_offered, _answerable(who))


def _held_by(who: str, offered: sa.Select[Any], wanted: list[str] | None) -> sa.Select[Any]:
    """Those that the person holds already."""
    if wanted is not None:
        offered = offered.where(RECORD.form.in_(wanted))
    nobody: sa.ColumnElement[str] = sa.literal_column("''")
    return offered.where(RECORD.reviewer == who, RECORD.reviewer != nobody)


def _free_for(
    who: str, offered: sa.Select[Any], wanted: list[str] | None, now: dt.datetime
) -> list[sa.Select[Any]]:
    """Those that nobody else holds; one query a form, each by its index."""
    is_free = sa.or_(RECORD.reviewer == "", RECORD.review_until <= stamp(now))
    others = offered.where(RECORD.reviewer != who, is_free)
    if wanted is None:
        return [others]
    return [others.where(RECORD.form == one) for one in wanted]


def _answerable(who: str) -> sa.ColumnElement[bool]:
    """Without two-person checking, any record; with it, one that has an open field which ``who``
    has not answered."""
    quoted = sa.literal('"') + DECISION.field + '"'
    own = sa.select(sa.func.count(sa.distinct(DECISION.field))).where(
        DECISION.record == RECORD.id,
        DECISION.reading == RECORD.reading,
        DECISION.who == who,
        DECISION.verdict.not_in(GIVES_BACK),
        sa.func.replace(RECORD.open, quoted, "") != RECORD.open,
    )
    answered = own.scalar_subquery()
    # what is open is a JSON list, so it has one separator of three letters less than names
    without = sa.func.replace(RECORD.open, '","', "")
    separators = sa.func.length(RECORD.open) - sa.func.length(without)
    is_left = answered * 3 < separators + 3
    return sa.or_(sa.not_(RECORD.verify), is_left)

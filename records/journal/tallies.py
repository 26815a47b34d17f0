"""How many documents and records are in which state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from records.journal.rows import Counts
from records.journal.schema import DOCUMENT, RECORD, tallies
from records.journal.store import Store

_DOCUMENT_STATES = ("received", "reading", "read", "failed", "finished")
_RECORD_STATES = ("waiting", "ready", "delivered", "returned", "dropped")


class Tallies:
    """How many documents and records are in which state, from running tallies."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def counts(self) -> Counts:
        """How many documents and records are in which state, from running tallies: no row is
        counted for it."""
        with self._store.read() as connection:
            rows = connection.execute(sa.select(tallies)).all()
        documents = dict.fromkeys(_DOCUMENT_STATES, 0)
        forms: dict[str, Counter[str]] = {}
        of_all: Counter[str] = Counter()
        duplicates = 0
        for row in rows:
            if row.scope == "document":
                documents[row.state] = row.n
            elif row.scope == "arrival":
                duplicates = row.n
            else:
                of_form = forms.setdefault(row.form, Counter())
                of_form[row.state] = row.n
                of_all[row.state] += row.n
        states = list(_RECORD_STATES)
        if not of_all["dropped"]:
            states.remove("dropped")
        by_form = {form: _in_order(forms[form], states) for form in sorted(forms)}
        return Counts(documents, _in_order(of_all, states), duplicates, by_form)

    def agree(self) -> bool:
        """Whether the running tallies of documents and records are what a count of the rows
        gives."""
        told = self.counts()
        with self._store.read() as connection:
            of_documents = _counted(connection, DOCUMENT.state)
            of_records = _counted(connection, RECORD.state)
        if _without_zeros(told.documents) != of_documents:
            return False
        return _without_zeros(told.records) == of_records


def _in_order(counted: Counter[str], states: Sequence[str]) -> dict[str, int]:
    return {state: counted[state] for state in states}


def _counted(connection: sa.Connection, state: sa.ColumnElement[str]) -> dict[str, int]:
    """How many rows are in each state, one by one."""
    query = sa.select(state, sa.func.count()).group_by(state)
    rows = connection.execute(query).all()
    return {row[0]: row[1] for row in rows}


def _without_zeros(tally: Mapping[str, int]) -> dict[str, int]:
    return {state: n for state, n in tally.items() if n}

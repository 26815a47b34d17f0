"""How many documents and records are in which state."""

from __future__ import annotations

import sqlalchemy as sa

from records.journal.rows import Counts
from records.journal.schema import documents, records, tallies
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
        found: dict[str, dict[str, dict[str, int]]] = {"document": {}, "record": {}, "arrival": {}}
        with self._store.read() as connection:
            for row in connection.execute(sa.select(tallies)):
                found[row.scope].setdefault(row.form, {})[row.state] = row.n
        of_records: dict[str, int] = dict.fromkeys(_RECORD_STATES, 0)
        for states in found["record"].values():
            for state, n in states.items():
                of_records[state] += n
        if not of_records["dropped"]:
            del of_records["dropped"]
        return Counts(
            documents={s: found["document"].get("", {}).get(s, 0) for s in _DOCUMENT_STATES},
            records=of_records,
            duplicates=found["arrival"].get("", {}).get("duplicate", 0),
            forms={
                form: {s: states.get(s, 0) for s in _RECORD_STATES if s in of_records}
                for form, states in sorted(found["record"].items())
            },
        )

    def agree(self) -> bool:
        """Whether the running tallies of documents and records are what a count of the rows
        gives."""
        told = self.counts()
        with self._store.read() as connection:
            of_documents = connection.execute(
                sa.select(documents.c.state, sa.func.count()).group_by(documents.c.state)
            ).all()
            of_records = connection.execute(
                sa.select(records.c.state, sa.func.count()).group_by(records.c.state)
            ).all()
        pairs = ((told.documents, of_documents), (told.records, of_records))
        return all(
            {state: n for state, n in tally.items() if n} == {row[0]: row[1] for row in counted}
            for tally, counted in pairs
        )

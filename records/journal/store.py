"""One writer at a time, one transaction a step: how the journal opens, locks, appends and fails.

Every write goes through :meth:`Store.write`, which takes the one write lock first (``BEGIN
IMMEDIATE`` on SQLite, an advisory lock on PostgreSQL). So the hash chain has one end, no step sees
half of another, and nothing can deadlock.

SQLite runs in WAL mode with ``synchronous=FULL``: a commit is on the disk before the caller goes
on. NORMAL would survive kill -9, but after a power cut the last commits may be gone while the files
they speak of have been moved already; a sheet could then lie in the archive that no table knows.
One fsync a transaction is the price, shared by a batch.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import sqlite3
import time
import zoneinfo
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from records.codec import canonical
from records.errors import DefinitionError, ServiceError
from records.journal import schema
from records.journal.storable import plain
from records.mynumber import mask_my_number

# "torikomi": the advisory lock that all writers of one PostgreSQL database share
_LOCK = 0x746F72696B6F6D69
_BUSY_SECONDS = 30.0


def _without_my_numbers(told: Any) -> Any:
    """What an event tells, its My Numbers masked: events outlive every value, and are never
    changed."""
    if isinstance(told, str):
        return mask_my_number(told)
    if isinstance(told, Mapping):
        return {key: _without_my_numbers(part) for key, part in told.items()}
    if isinstance(told, list | tuple):
        return [_without_my_numbers(part) for part in told]
    return told


def stamp(at: dt.datetime) -> str:
    """An aware time as UTC text of fixed width, so that text order is time order.

    Raises:
        ValueError: ``at`` is naive.
    """
    if at.tzinfo is None:
        raise ValueError("the journal takes aware times only")
    return at.astimezone(dt.UTC).isoformat(timespec="microseconds")


def time_of(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def line_hash(line: Mapping[str, Any]) -> str:
    """sha256, hex, over the canonical JSON of a line without its own hash but with the hash of the
    line before."""
    covered = {
        key: line[key]
        for key in ("seq", "at", "kind", "document", "record", "actor", "payload", "previous")
    }
    return hashlib.sha256(canonical(covered).encode()).hexdigest()


def open_engine(url: str) -> sa.Engine:
    """An engine for ``url`` with the settings that the journal relies on.

    Raises:
        DefinitionError: the address is none that the journal can use, or its driver is not
        installed.
    """
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError:
        raise DefinitionError(
            "[journal] url を読めません。例 sqlite:////data/torikomi.db", key="url"
        ) from None
    name = parsed.get_backend_name()
    if name == "sqlite":
        return _open_sqlite(parsed)
    if name != "postgresql":
        raise DefinitionError(
            f"台帳のデータベース「{name}」は使えません", key="url", allowed=("sqlite", "postgresql")
        )
    try:
        return sa.create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    except ModuleNotFoundError:
        raise DefinitionError(
            "PostgreSQLに接続する部品がありません。pip install 'torikomi[postgresql]' を実行してください",
            key="url",
        ) from None


def _open_sqlite(url: sa.URL) -> sa.Engine:
    if not url.database or url.database == ":memory:":
        raise DefinitionError(
            "台帳はファイルに置いてください。例 sqlite:////data/torikomi.db", key="url"
        )
    Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(url, connect_args={"timeout": _BUSY_SECONDS})

    @sa.event.listens_for(engine, "connect")
    def _connected(connection: Any, _: Any) -> None:
        connection.isolation_level = (
            None  # transactions begin where we say, not where sqlite3 guesses
        )
        connection.execute("PRAGMA synchronous=FULL")
        _use_wal(connection)

    @sa.event.listens_for(engine, "begin")
    def _begun(connection: sa.Connection) -> None:
        writing = connection.get_execution_options().get("torikomi_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch to WAL once. The switch does not honour the busy timeout, so several first openers
    take turns here."""
    for attempt in range(100):
        try:
            if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or attempt == 99:
                raise
            time.sleep(0.05)


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Turn what a database says when it is not available into a :class:`ServiceError`; a bug stays
    a bug."""
    try:
        yield
    except IntegrityError:
        raise
    except OperationalError as error:
        raise _unavailable(str(error.orig)) from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise _unavailable(str(error.orig)) from error
        raise


def _unavailable(cause: str) -> ServiceError:
    if "locked" in cause or "busy" in cause:
        return ServiceError(
            "database",
            "台帳を別の処理が使っています。しばらくしてもう一度実行してください",
            retry_after=10,
        )
    if "full" in cause or "No space" in cause:
        return ServiceError(
            "database",
            "台帳のあるディスクがいっぱいです。空きを作ってからもう一度実行してください",
            retry_after=300,
        )
    if "readonly" in cause or "read-only" in cause:
        return ServiceError(
            "database",
            "台帳に書き込めません。フォルダーの書き込み権限を確かめてください",
            retry_after=300,
        )
    if "unable to open" in cause:
        return ServiceError(
            "database",
            "台帳のファイルを開けません。フォルダーがあるか、権限があるかを確かめてください",
            retry_after=60,
        )
    first = cause.partition("\n")[0]
    return ServiceError(
        "database", f"台帳のデータベースに接続できません。動いているか確かめてください({first})"
    )


class Writer:
    """One write transaction: events are chained as they come and written together at its end.

    Attributes:
        connection: for the projections, changed in the same transaction.
    """

    def __init__(self, connection: sa.Connection, zone: zoneinfo.ZoneInfo) -> None:
        self.connection = connection
        self._zone = zone
        last = sa.select(schema.HEAD.seq, schema.HEAD.hash)
        row = connection.execute(last).one()
        self._seq = int(row.seq)
        self._hash = str(row.hash)
        self.committed = self._seq
        self._events: list[dict[str, Any]] = []
        self._tallies: Counter[tuple[str, str, str]] = Counter()
        self._totals: Counter[tuple[str, str, str, str, str]] = Counter()

    def day_of(self, at: dt.datetime) -> str:
        """The office's calendar day of ``at``, ISO."""
        return at.astimezone(self._zone).date().isoformat()

    def append(
        self,
        kind: str,
        at: dt.datetime,
        *,
        document: str = "",
        record: str = "",
        actor: str = "",
        payload: Mapping[str, Any] | None = None,
    ) -> int:
        """Chain one event and return its number."""
        line: dict[str, Any] = {
            "seq": self._seq + 1,
            "at": stamp(at),
            "kind": kind,
            "document": document,
            "record": record,
            "actor": plain(actor),
            "payload": _without_my_numbers(dict(payload or {})),
            "previous": self._hash,
        }
        line["hash"] = line_hash(line)
        self._seq = line["seq"]
        self._hash = line["hash"]
        self._events.append({**line, "payload": canonical(line["payload"])})
        return self._seq

    def tally(self, scope: str, form: str, before: str, after: str) -> None:
        """One document or record moved from state ``before`` to ``after``; either may be empty."""
        if before:
            self._tallies[scope, form, before] -= 1
        if after:
            self._tallies[scope, form, after] += 1

    def total(
        self, day: str, initiative: str, form: str, step: str, values: Mapping[str, int]
    ) -> None:
        """Add to the running sums of one day."""
        for name, value in values.items():
            self._totals[day, initiative, form, step, name] += value

    def insert(self, table: sa.Table, **values: Any) -> bool:
        """Insert a row unless its key is there already; True where it was not."""
        statement = self._insert(table).values(**values).on_conflict_do_nothing()
        return self.connection.execute(statement).rowcount > 0

    def flush(self) -> None:
        """Write what has been gathered."""
        if self._events:
            self.connection.execute(schema.events.insert(), self._events)
            head = schema.head.update()
            self.connection.execute(head.values(seq=self._seq, hash=self._hash))
            self._events.clear()
        self._add(schema.tallies, ("scope", "form", "state"), "n", self._tallies)
        months: Counter[tuple[str, ...]] = Counter()
        for (day, *rest), value in self._totals.items():
            months[day[:7], *rest] += value
        self._add(schema.months, ("month", "initiative", "form", "step", "name"), "value", months)
        self._add(
            schema.totals, ("day", "initiative", "form", "step", "name"), "value", self._totals
        )

    def _add(self, table: sa.Table, keys: tuple[str, ...], column: str, sums: Counter[Any]) -> None:
        rows = []
        for key, n in sums.items():
            if n:
                row = dict(zip(keys, key, strict=True))
                rows.append({**row, column: n})
        sums.clear()
        if rows:
            insert = self._insert(table)
            updated = {column: table.c[column] + insert.excluded[column]}
            self.connection.execute(
                insert.on_conflict_do_update(index_elements=list(keys), set_=updated), rows
            )

    def _insert(self, table: sa.Table) -> Any:
        if self.connection.dialect.name == "sqlite":
            return sqlite.insert(table)
        return postgresql.insert(table)


class Store:
    """The database behind the journal: transactions in, :class:`ServiceError` out.

    Attributes:
        zone: the office's time zone; attempts: how often a document is given out for reading.
    """

    def __init__(self, engine: sa.Engine, zone: str = "Asia/Tokyo", attempts: int = 3) -> None:
        self.engine = engine
        self.zone = zoneinfo.ZoneInfo(zone)
        self.attempts = attempts

    def day_of(self, at: dt.datetime) -> str:
        """The office's calendar day of ``at``, ISO."""
        return at.astimezone(self.zone).date().isoformat()

    @contextlib.contextmanager
    def _locked(self) -> Iterator[sa.Connection]:
        """A transaction that holds the one write lock from its first statement on."""
        with (
            translated(),
            self.engine.connect().execution_options(torikomi_write=True) as connection,
            connection.begin(),
        ):
            if connection.dialect.name == "postgresql":
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
            yield connection

    @contextlib.contextmanager
    def write(self) -> Iterator[Writer]:
        """One step: all of it holds, or nothing. Nobody else writes meanwhile."""
        with self._locked() as connection:
            writer = Writer(connection, self.zone)
            yield writer
            writer.flush()

    @contextlib.contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A consistent view over several queries."""
        with translated(), self.engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    def create(self) -> None:
        """Make the tables where there are none."""
        with self._locked() as connection:
            schema.create(connection)

    def close(self) -> None:
        """Give up the connections; the store may not be used any more."""
        self.engine.dispose()


class OpenStore(Store):
    """A store whose every step is part of one transaction that is open already.

    Attributes:
        is_spoiled: a step failed, and half of it may have been written.
    """

    def __init__(self, store: Store, writer: Writer) -> None:
        super().__init__(store.engine, str(store.zone), store.attempts)
        self._writer = writer
        self.is_spoiled = False

    @contextlib.contextmanager
    def write(self) -> Iterator[Writer]:
        try:
            yield self._writer
        except BaseException:
            self.is_spoiled = True
            raise

    @contextlib.contextmanager
    def read(self) -> Iterator[sa.Connection]:
        self._writer.flush()
        yield self._writer.connection

    def close(self) -> None:
        """It ends with its transaction."""

"""The journal's tables, the same on SQLite and PostgreSQL, and the triggers that keep ``events``
append-only."""

from __future__ import annotations

import sqlite3

import sqlalchemy as sa

from records.errors import DefinitionError
from records.journal.storable import StorableText

VERSION = 2
"""Raised with every change of the tables; a journal of a newer version is refused."""

metadata = sa.MetaData()

_Seq = sa.BigInteger().with_variant(sa.Integer, "sqlite")  # SQLite: the rowid itself
_Text = StorableText


def _text(name: str, **options: object) -> sa.Column[str]:
    return sa.Column(name, _Text, nullable=False, server_default="", **options)  # type: ignore[arg-type]


events = sa.Table(
    "events",
    metadata,
    sa.Column("seq", _Seq, primary_key=True, autoincrement=False),
    sa.Column("at", _Text, nullable=False),
    sa.Column("kind", _Text, nullable=False),
    _text("document"),
    _text("record"),
    _text("actor"),
    sa.Column("payload", _Text, nullable=False),
    sa.Column("previous", _Text, nullable=False),
    sa.Column("hash", _Text, nullable=False),
    sa.Index("events_kind", "kind", "seq"),
    sa.Index("events_at", "at", "seq"),
    sa.Index("events_actor", "actor", "seq"),
)
for _column in (events.c.document, events.c.record):
    sa.Index(
        f"events_{_column.name}",
        _column,
        events.c.seq,
        sqlite_where=_column != "",
        postgresql_where=_column != "",
    )

head = sa.Table(
    "head",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("seq", _Seq, nullable=False),
    sa.Column("hash", _Text, nullable=False),
    sa.Column("schema", sa.Integer, nullable=False),
)
"""One row: the last event, so that a cut-off tail is seen, and the version of the tables."""

arrivals = sa.Table(
    "arrivals",
    metadata,
    sa.Column("token", _Text, primary_key=True),
    sa.Column("document", _Text, nullable=False, index=True),
    _text("name"),
    sa.Column("at", _Text, nullable=False),
    sa.Column("verdict", _Text, nullable=False),
)

documents = sa.Table(
    "documents",
    metadata,
    sa.Column("sha256", _Text, primary_key=True),
    _text("name"),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("state", _Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    _text("lease_owner"),
    sa.Column("lease_until", _Text),
    sa.Column("pages", sa.Integer),
    _text("code"),
    _text("reason"),
    _text("channel"),
    _text("form"),
    sa.Column("received_at", _Text, nullable=False),
    sa.Column("received_on", _Text, nullable=False),
    sa.Column("changed_at", _Text, nullable=False),
    sa.Index("documents_received", "received_at", "sha256"),
    sa.Index("documents_name", "name"),
    sa.Index("documents_state", "state", "received_at", "sha256"),
)

records = sa.Table(
    "records",
    metadata,
    sa.Column("id", _Text, primary_key=True),
    sa.Column("document", _Text, nullable=False, index=True),
    _text("file"),
    sa.Column("pages", _Text, nullable=False),
    sa.Column("form", _Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("state", _Text, nullable=False),
    _text("initiative"),
    sa.Column("verify", sa.Boolean, nullable=False),
    sa.Column("received_on", _Text, nullable=False),
    sa.Column("seq", _Seq, nullable=False),
    sa.Column("open", _Text, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("reading", sa.Integer, nullable=False),
    _text("checked_by"),
    _text("reviewer"),
    sa.Column("review_until", _Text),
    _text("code"),
    _text("reason"),
    sa.Column("changed_at", _Text, nullable=False),
    _text("search"),
    sa.Index("records_queue", "state", "form", "seq"),
    sa.Index("records_order", "state", "seq"),
    sa.Index("records_form_order", "form", "seq"),
    sa.Index("records_form_day", "form", "received_on", "seq"),
    sa.Index("records_day", "received_on", "seq"),
    sa.Index("records_seq", "seq"),
)
sa.Index(
    "records_reviewer",
    records.c.reviewer,
    records.c.seq,
    sqlite_where=records.c.reviewer != "",
    postgresql_where=records.c.reviewer != "",
)

bodies = sa.Table(
    "bodies",
    metadata,
    sa.Column("record", _Text, primary_key=True),
    sa.Column("seq", _Seq, nullable=False),
    sa.Column("salt", _Text, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
"""A record as it was read: its canonical JSON, compressed, apart from ``records`` so that lists
stay small."""

decisions = sa.Table(
    "decisions",
    metadata,
    sa.Column("seq", _Seq, primary_key=True, autoincrement=False),
    sa.Column("at", _Text, nullable=False),
    sa.Column("day", _Text, nullable=False),
    sa.Column("record", _Text, nullable=False),
    sa.Column("reading", sa.Integer, nullable=False),
    sa.Column("field", _Text, nullable=False),
    _text("kind"),
    sa.Column("verdict", _Text, nullable=False),
    _text("who"),
    sa.Column("milliseconds", sa.BigInteger, nullable=False),
    sa.Column("p", sa.Float, nullable=False),
    sa.Column("sampled", sa.Boolean, nullable=False),
    _text("form"),
    _text("initiative"),
    sa.Column("salt", _Text, nullable=False),
    sa.Column("body", _Text, nullable=False),
    sa.UniqueConstraint("record", "reading", "field", "who", "at"),
    sa.Index("decisions_form", "form", "day"),
    sa.Index("decisions_initiative", "initiative", "day"),
)

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("record", _Text, primary_key=True),
    sa.Column("target", _Text, primary_key=True),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("at", _Text, nullable=False),
)

receipts = sa.Table(
    "receipts",
    metadata,
    sa.Column("seq", _Seq, primary_key=True, autoincrement=False),
    sa.Column("at", _Text, nullable=False),
    sa.Column("day", _Text, nullable=False),
    sa.Column("step", _Text, nullable=False),
    _text("form"),
    _text("initiative"),
    _text("target"),
    _text("key"),
    sa.Column("milliseconds", sa.BigInteger, nullable=False),
    sa.Column("counts", _Text, nullable=False),
    sa.Index("receipts_initiative", "initiative", "day"),
    sa.Index("receipts_form", "form", "day"),
    sa.Index("receipts_day", "day"),
)
sa.Index(
    "receipts_key",
    receipts.c.key,
    unique=True,
    sqlite_where=receipts.c.key != "",
    postgresql_where=receipts.c.key != "",
)

totals = sa.Table(
    "totals",
    metadata,
    *(
        sa.Column(name, _Text, primary_key=True)
        for name in ("day", "initiative", "form", "step", "name")
    ),
    sa.Column("value", sa.BigInteger, nullable=False),
    sa.Index("totals_initiative", "initiative", "day"),
)

months = sa.Table(
    "months",
    metadata,
    *(
        sa.Column(name, _Text, primary_key=True)
        for name in ("month", "initiative", "form", "step", "name")
    ),
    sa.Column("value", sa.BigInteger, nullable=False),
)
"""The same sums by calendar month (``2025-10``): a year of 300 initiatives is then some ten
thousand rows, not a million."""

tallies = sa.Table(
    "tallies",
    metadata,
    *(sa.Column(name, _Text, primary_key=True) for name in ("scope", "form", "state")),
    sa.Column("n", sa.BigInteger, nullable=False),
)
"""How many documents and records are in which state: counting 100,000 rows for each status line
would not do."""

links = sa.Table(
    "links",
    metadata,
    sa.Column("record", _Text, primary_key=True),
    sa.Column("other", _Text, nullable=False, index=True),
    sa.Column("kind", _Text, nullable=False),
    sa.Column("at", _Text, nullable=False),
)
"""What one record is to another: ``joined`` a part of it, ``like`` probably the same sheet,
``same`` the same sheet as a person says."""

prints = sa.Table(
    "prints",
    metadata,
    sa.Column("record", _Text, primary_key=True),
    sa.Column("face", sa.Integer, primary_key=True),
    sa.Column("form", _Text, nullable=False),
    sa.Column("seq", _Seq, nullable=False),
    sa.Column("ink", sa.LargeBinary, nullable=False),
    sa.Index("prints_form", "form", "seq"),
)
"""What is written on each page, as bits (:class:`records.types.SheetPage`): the same sheet scanned
again has nearly the same."""

# Columns, as queries name them.
ARRIVAL = arrivals.c
BODY = bodies.c
DECISION = decisions.c
DELIVERY = deliveries.c
DOCUMENT = documents.c
EVENT = events.c
HEAD = head.c
LINK = links.c
MONTH = months.c
PRINT = prints.c
RECEIPT = receipts.c
RECORD = records.c
TOTAL = totals.c

_SQLITE_TRIGGERS = tuple(
    f"CREATE TRIGGER IF NOT EXISTS events_no_{verb.lower()} BEFORE {verb} ON events "
    "BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END"
    for verb in ("UPDATE", "DELETE")
)
_POSTGRESQL_TRIGGERS = (
    "CREATE OR REPLACE FUNCTION torikomi_append_only() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'the journal is append-only'; END $$",
    "DROP TRIGGER IF EXISTS events_no_change ON events",
    "CREATE TRIGGER events_no_change BEFORE UPDATE OR DELETE ON events "
    "FOR EACH ROW EXECUTE FUNCTION torikomi_append_only()",
    "DROP TRIGGER IF EXISTS events_no_truncate ON events",
    "CREATE TRIGGER events_no_truncate BEFORE TRUNCATE ON events "
    "FOR EACH STATEMENT EXECUTE FUNCTION torikomi_append_only()",
)

_WORDS = (
    "CREATE VIRTUAL TABLE words USING fts5(search, tokenize='trigram', columnsize=0)",
    "CREATE TRIGGER words_insert AFTER INSERT ON records BEGIN "
    "INSERT INTO words (rowid, search) VALUES (new.seq, new.search); END",
    "CREATE TRIGGER words_update AFTER UPDATE OF search ON records WHEN old.search <> new.search BEGIN "
    "UPDATE words SET search = new.search WHERE rowid = old.seq; END",
    "CREATE TRIGGER words_delete AFTER DELETE ON records BEGIN DELETE FROM words WHERE rowid = old.seq; END",
    "INSERT INTO words (rowid, search) SELECT seq, search FROM records",
)
"""SQLite: any three letters in a row of ``records.search`` are found without reading 100,000
texts."""

_PAIRS = (
    "CREATE TABLE words (seq bigint PRIMARY KEY, search text NOT NULL)",
    "CREATE OR REPLACE FUNCTION torikomi_pairs(text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT AS "
    "$$ SELECT coalesce(array_agg(DISTINCT pair), '{}') FROM (SELECT letter || lead(letter) OVER (ORDER BY n) AS pair "
    "FROM unnest(string_to_array($1, NULL)) WITH ORDINALITY AS letters (letter, n)) AS pairs WHERE pair IS NOT NULL $$",
    "CREATE OR REPLACE FUNCTION torikomi_words() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "IF TG_OP = 'DELETE' THEN DELETE FROM words WHERE seq = OLD.seq; "
    "ELSE INSERT INTO words VALUES (NEW.seq, NEW.search) ON CONFLICT "
    "(seq) DO UPDATE SET search = excluded.search; END IF; "
    "RETURN NULL; END $$",
    "CREATE TRIGGER words_rows AFTER INSERT OR DELETE ON records FOR EACH ROW EXECUTE FUNCTION torikomi_words()",
    "CREATE TRIGGER words_update AFTER UPDATE OF search ON records FOR EACH ROW "
    "WHEN (OLD.search IS DISTINCT FROM NEW.search) EXECUTE FUNCTION torikomi_words()",
    "INSERT INTO words SELECT seq, search FROM records",
    "CREATE INDEX words_pairs ON words USING gin (torikomi_pairs(search))",
    "ANALYZE words",
)
"""PostgreSQL: the same by pairs of letters. A table of its own, so that reserving a sheet touches
no index of its words."""

GENESIS = "0" * 64
"""What the first event has for the hash of the line before."""


def create(connection: sa.Connection) -> None:
    """Make what is missing. The caller holds the write lock, so two processes may open a new
    journal at once.

    Raises:
        DefinitionError: a newer program made this journal.
    """
    if sa.inspect(connection).has_table("head"):
        found = connection.execute(sa.select(head.c.schema)).scalar_one()
        if found > VERSION:
            raise DefinitionError(
                f"この台帳は新しい版の取込で作られています(形式 {found}、この"
                f"版は {VERSION} まで)。プログラムを更新してください"
            )
        if found < VERSION:
            metadata.create_all(connection)  # tables that were added since; none was changed
            connection.execute(head.update().values(schema=VERSION))
        _add_words(connection)
        return
    metadata.create_all(connection)
    for statement in (
        _SQLITE_TRIGGERS if connection.dialect.name == "sqlite" else _POSTGRESQL_TRIGGERS
    ):
        connection.exec_driver_sql(statement)
    _add_words(connection)
    connection.execute(head.insert().values(id=1, seq=0, hash=GENESIS, schema=VERSION))


def has_words(connection: sa.Connection) -> bool:
    """True where there is an index of the letters in ``records.search``."""
    if connection.dialect.name != "sqlite":
        return connection.exec_driver_sql("SELECT to_regclass('words')").scalar() is not None
    return connection.exec_driver_sql("PRAGMA table_info(words)").first() is not None


def _add_words(connection: sa.Connection) -> None:
    """The index of words, also for a journal of before.

    A SQLite without FTS5 and trigrams, and a PostgreSQL that does not keep UTF-8, read the texts
    instead.
    """
    if has_words(connection):
        return
    if connection.dialect.name != "sqlite":
        if connection.exec_driver_sql("SHOW server_encoding").scalar() == "UTF8":
            for statement in _PAIRS:
                connection.exec_driver_sql(statement)
        return
    options = set(connection.exec_driver_sql("PRAGMA compile_options").scalars())
    if "ENABLE_FTS5" in options and sqlite3.sqlite_version_info >= (3, 34):
        for statement in _WORDS:
            connection.exec_driver_sql(statement)

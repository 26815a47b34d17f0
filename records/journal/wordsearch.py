"""Searching 100,000 sheets for words without reading them all: by three letters in a row on SQLite,
by two on PostgreSQL.

PostgreSQL's own trigrams would need an extension and a locale that knows Japanese letters; pairs of
letters in an array need neither, and find surnames of two letters as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from records.journal.schema import has_words, records

_MOST = 1000  # a word on more sheets than this is soon found by reading them in order

# in this transaction
_SWITCH = "SELECT set_config('enable_seqscan', %s, true), set_config('enable_indexscan', %s, true)"

_sqlite = sa.table("words", sa.column("rowid"), sa.column("words"))
_pairs = sa.table("words", sa.column("seq"), sa.column("search"))


def with_words(
    connection: sa.Connection, query: sa.Select[Any], words: Sequence[str]
) -> tuple[sa.Select[Any], bool]:
    """Only records in whose text all ``words`` occur.

    Returns:
        the query, and whether an index leads to the few records it can find.
    """
    indexed = bool(words) and has_words(connection)
    led = False
    if indexed and connection.dialect.name == "sqlite":
        query, led = _by_threes(query, words)
    elif indexed:
        query, led = _by_pairs(connection, query, words)
    for word in words:
        query = query.where(records.c.search.contains(word, autoescape=True))
    return query, led


def _by_threes(query: sa.Select[Any], words: Sequence[str]) -> tuple[sa.Select[Any], bool]:
    long = [word for word in words if len(word) >= 3]
    if not long:
        return query, False
    phrases = " AND ".join('"' + word.replace('"', '""') + '"' for word in long)
    found = sa.select(_sqlite.c.rowid).where(_sqlite.c.words.op("MATCH")(phrases))
    return query.where(records.c.seq.in_(found)), len(long) == len(words)


def _by_pairs(
    connection: sa.Connection, query: sa.Select[Any], words: Sequence[str]
) -> tuple[sa.Select[Any], bool]:
    """The few that have all pairs are named; where there are many, reading in order finds enough of
    them sooner."""
    pairs = sorted({word[i : i + 2] for word in words for i in range(len(word) - 1)})
    if not pairs:
        return query, False
    texts = postgresql.ARRAY(sa.Text)
    wanted = sa.cast(sa.literal(pairs, texts), texts)
    found = sa.select(_pairs.c.seq).where(sa.func.torikomi_pairs(_pairs.c.search).op("@>")(wanted))
    for word in words:
        found = found.where(_pairs.c.search.contains(word, autoescape=True))
    # With a limit the planner takes reading in order for cheaper, but cutting each text into pairs
    # is not.
    connection.exec_driver_sql(_SWITCH, ("off", "off"))
    hits = connection.execute(found.limit(_MOST + 1)).scalars().all()
    connection.exec_driver_sql(_SWITCH, ("on", "on"))
    return (query, False) if len(hits) > _MOST else (query.where(records.c.seq.in_(hits)), True)

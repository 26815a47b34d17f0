"""Searching 100,000 sheets for words without reading them all: by three letters in a row on SQLite,
by two on PostgreSQL.

PostgreSQL's own trigrams would need an extension and a locale that knows Japanese letters; pairs of
letters in an array need neither, and find surnames of two letters as well.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from records.journal.schema import RECORD, has_words

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
        query = query.where(RECORD.search.contains(word, autoescape=True))
    return query, led


def _by_threes(query: sa.Select[Any], words: Sequence[str]) -> tuple[sa.Select[Any], bool]:
    long = [word for word in words if len(word) >= 3]
    if not long:
        return query, False
    phrases = [_quoted(word) for word in long]
    matches = _sqlite.c.words.op("MATCH")(" AND ".join(phrases))
    found = sa.select(_sqlite.c.rowid).where(matches)
    is_led = len(long) == len(words)
    return query.where(RECORD.seq.in_(found)), is_led


def _quoted(word: str) -> str:
    """A word as a phrase of FTS5."""
    inside = word.replace('"', '""')
    return f'"{inside}"'


def _by_pairs(
    connection: sa.Connection, query: sa.Select[Any], words: Sequence[str]
) -> tuple[sa.Select[Any], bool]:
    """The few that have all pairs are named; where there are many, reading in order finds enough of
    them sooner."""
    pairs: set[str] = set()
    for word in words:
        pairs.update(map("".join, itertools.pairwise(word)))
    if not pairs:
        return query, False
    texts = postgresql.ARRAY(sa.Text)
    wanted = sa.cast(sa.literal(sorted(pairs), texts), texts)
    has_pairs = sa.func.torikomi_pairs(_pairs.c.search).op("@>")(wanted)
    found = sa.select(_pairs.c.seq).where(has_pairs)
    for word in words:
        found = found.where(_pairs.c.search.contains(word, autoescape=True))
    # With a limit the planner takes reading in order for cheaper, but cutting each text into pairs
    # is not.
    connection.exec_driver_sql(_SWITCH, ("off", "off"))
    few = found.limit(_MOST + 1)
    hits = connection.execute(few).scalars().all()
    connection.exec_driver_sql(_SWITCH, ("on", "on"))
    if len(hits) > _MOST:
        return query, False
    return query.where(RECORD.seq.in_(hits)), True

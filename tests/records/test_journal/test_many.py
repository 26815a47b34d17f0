"""Decisions kept many at once are decisions kept one by one."""

from __future__ import annotations

import contextlib
import itertools
import tempfile
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from records.journal import Journal, open_journal, schema
from tests.records.test_journal.made import decision, deliver, field, read


def _dump(journal: Journal) -> dict[str, list[Any]]:
    """Every table, row by row, but for the arrivals, whose numbers are drawn, and states that
    nothing is in."""
    with journal.store.engine.connect() as connection:
        asked = {
            t.name: sa.select(t) for t in schema.metadata.sorted_tables if t.name != "arrivals"
        }
        asked["tallies"] = asked["tallies"].where(schema.tallies.c.n != 0)
        return {
            name: sorted(map(repr, connection.execute(query).all()))
            for name, query in asked.items()
        }


@given(
    wishes=st.lists(
        st.tuples(
            st.integers(0, 3),
            st.sampled_from(["a", "b", ""]),
            st.sampled_from("ABC"),
            st.sampled_from(["鹿島", "x", "y"]),
            st.sampled_from(["accept", "correct", "correct", "unreadable", "wrong_form"]),
            st.integers(0, 6),
        ),
        max_size=14,
    ),
    cuts=st.sets(st.integers(1, 13), max_size=3),
)
@settings(
    max_examples=25, deadline=None, phases=[Phase.reuse, Phase.generate]
)  # shrinking would take minutes
def test_many_decisions_at_once_leave_what_one_by_one_leaves(
    wishes: list[tuple[Any, ...]], cuts: set[int]
) -> None:
    """Event for event and hash for hash; among them decisions twice, on a drawn value, after a
    return, after delivery."""
    made: list[Any] = []
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as kept:
        for how in ("one", "many"):
            salts = itertools.count()
            kept.enter_context(pytest.MonkeyPatch.context()).setattr(
                "secrets.token_hex", lambda n, s=salts: f"{next(s):0{2 * n}x}"
            )
            journal = kept.enter_context(open_journal(f"sqlite:///{Path(folder) / how}.db"))
            sheets = [
                read(
                    journal,
                    n,
                    field("a"),
                    field("b", unseen=True, sampled=n != 1),
                    form="plain" if n else "checked",
                    verify=frozenset({"checked"}),
                    minutes=n,
                )
                for n in range(4)
            ]
            journal.reviews.decide(decision(sheets[3], "a", minutes=5))
            journal.reviews.decide(decision(sheets[3], "b", minutes=5))
            deliver(journal, minutes=6)
            wanted = [
                decision(
                    sheets[n],
                    name,
                    sheets[n].fields[name].value if name and verdict == "accept" else after,
                    who=who,
                    verdict="accept" if name == "" and verdict == "correct" else verdict,
                    minutes=10 + minute,
                )
                for n, name, who, after, verdict, minute in wishes
            ]
            if how == "one":
                rows = [journal.reviews.decide(d) for d in wanted]
            else:
                ends = sorted({0, len(wanted), *(c for c in cuts if c < len(wanted))})
                rows = [
                    row
                    for first, end in itertools.pairwise(ends)
                    for row in journal.reviews.decide_many(wanted[first:end])
                ]
            last = {row.id: row for row in rows}
            assert all(row == journal.records.get(row.id) for row in last.values())
            made.append((list(journal.chain.events()), _dump(journal), last))
            assert journal.chain.verify() is None
            assert journal.chain.verify_contents() is None
    (one, one_tables, one_rows), (many, many_tables, many_rows) = made
    assert many == one
    for name, rows in one_tables.items():
        assert many_tables[name] == rows, name
    assert many_rows == one_rows

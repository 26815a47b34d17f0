"""Joining and parting the pages of a sheet in the terminal, as the desk's page does it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from flows.definitions import Definitions
from records.codec import show
from records.halves import LIKELY, fits_together, merged, parted
from records.journal import Journal, RecordRow

_MOST = 9


@dataclass(frozen=True, slots=True)
class Pages:
    """What a person can do with the pages of one sheet.

    Attributes:
        others: what may be the missing page, by the digit that chooses it.
        twin: the id of the sheet that this one is probably the same as; empty for none.
        can_part: its pages can be made sheets of their own.
    """

    definitions: Definitions
    journal: Journal
    row: RecordRow
    who: str
    others: tuple[RecordRow, ...] = ()
    twin: str = ""
    can_part: bool = False

    @classmethod
    def of(cls, definitions: Definitions, journal: Journal, row: RecordRow, who: str) -> Pages:
        """What there is to do for ``row``."""
        rows = journal.joins.halves(row.id) if row.as_read.is_half else []
        fitting = [other for other in rows if fits_together(row.record, other.record)]
        link = journal.joins.link_of(row.id)
        is_like = any(problem.code == LIKELY for problem in row.as_read.problems)
        places = {(leaf.document, leaf.number) for leaf in row.record.leaves}
        return cls(
            definitions,
            journal,
            row,
            who,
            tuple(fitting[:_MOST]),
            link[1] if link and is_like else "",
            len(places) > 1,
        )

    @property
    def keys(self) -> frozenset[str]:
        """What :meth:`act` takes."""
        numbers = range(1, len(self.others) + 1)
        digits = {str(number) for number in numbers}
        parts = {"/", "／"} if self.can_part else set()
        same = {"=", "＝"} if self.twin else set()
        return frozenset(digits | parts | same)

    def lines(self) -> Iterator[str]:
        """What to type, for the person."""
        for number, other in enumerate(self.others, 1):
            pages = "、".join(map(str, other.line.pages))
            told = f"{other.line.file} {pages}ページ {_first(other)}"
            yield f"      {number}) つなぐ: {told}"
        if self.can_part:
            yield "      / を打つと、別の人のページとして分けます"
        if self.twin:
            yield f"      = を打つと、受付番号 {self.twin} と同じ用紙として転記しません"

    def act(self, typed: str, at: dt.datetime, seconds: float) -> RecordRow | None:
        """Do what was typed; None where it means nothing here.

        Raises:
            DocumentError: somebody else was faster.
        """
        if typed not in self.keys:
            return None
        row = self.row
        form = self.definitions.forms[row.line.form]
        if typed.isdigit():
            other = self.others[int(typed) - 1]
            office = self.definitions.site.office
            day = row.line.received_on
            whole = merged([row.record, other.record], form, office, day)
            return self.journal.joins.join(
                whole, [row, other], at=at, who=self.who, seconds=seconds
            )
        if typed in ("/", "／"):
            pages = parted(row.record, form)
            made = self.journal.joins.part(row, pages, at=at, who=self.who, seconds=seconds)
            return made[0]
        return self.journal.joins.drop_same(row, self.twin, at=at, who=self.who, seconds=seconds)


def _first(row: RecordRow) -> str:
    """The first thing that is written on the sheet, to know it by."""
    fields = row.record.fields.values()
    shown = [show(field.value) for field in fields if not field.is_secret]
    return next((text[:30] for text in shown if text), "")

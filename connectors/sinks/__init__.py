"""Sinks: where finished rows go. A small contract, a lazy table, and one test suite over all of
them.

A sink is idempotent by record id: the same row again changes nothing, a changed row replaces the
old one, and a row that the staff deleted does not come back. So whoever calls may repeat a delivery
after any failure.
"""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from connectors.sinks.holding import Holding
from connectors.sinks.kindcolumns import Cell
from connectors.sinks.recordrows import Row, RowContext, columns_of, path_for, rows_for, target_of
from records.errors import DefinitionError
from records.forms import DeliverDef, FormDef
from records.types import Receipt

__all__ = [
    "SINKS",
    "Capabilities",
    "Cell",
    "Delivered",
    "Holding",
    "Row",
    "RowContext",
    "Sink",
    "columns_of",
    "open_sink",
    "path_for",
    "rows_for",
    "target_of",
]


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a kind of sink can do, as data.

    Attributes:
        accepts_my_number: it may be given unmasked My Numbers, where the delivery asks for them.
        zone: the one network zone that it lives in; empty where it is a file in the site's own
        zone.
        updates: a corrected row replaces the old one.
    """

    accepts_my_number: bool
    zone: str = ""
    updates: bool = True


@dataclass(frozen=True, slots=True)
class Delivered:
    """What one delivery did, by record id.

    Attributes:
        added, updated, unchanged: rows that are new, replaced, or there already as they are.
        withheld: rows that the staff deleted; they stay away.
        refused: rows that this target can never take as they are, each with a Japanese reason (a
            character that its encoding does not have); a person must act, so give the record back
            (``Journal.return_record``).
        target: the file or the system.
        seconds: wall time.
        notes: Japanese lines for the staff (columns missing in the workbook, replaced characters).
        altered: rows that another program saved with other values than were written.
    """

    added: tuple[str, ...]
    updated: tuple[str, ...]
    unchanged: tuple[str, ...]
    withheld: tuple[str, ...]
    target: str
    seconds: float
    notes: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    altered: tuple[str, ...] = ()

    def receipt(self, form: FormDef, key: str = "") -> Receipt:
        """As a receipt of step ``deliver`` with counts ``rows`` (added), ``updated``,
        ``unchanged``, ``withheld``, ``refused``."""
        counts = {
            "rows": len(self.added),
            "updated": len(self.updated),
            "unchanged": len(self.unchanged),
            "withheld": len(self.withheld),
            "refused": len(self.refused),
        }
        return Receipt("deliver", form.id, form.initiative, counts, self.seconds, self.target, key)


class Sink(Protocol):
    """Where rows go."""

    capabilities: Capabilities

    def deliver(self, rows: Sequence[Row]) -> Delivered:
        """Write all rows at one cost, or none of them.

        Guarantees: when it returns, the rows are on disk. When it raises, the target is as it was.
        When the process dies inside, the target is as it was or as it shall be, and the same call
        again completes it.

        Raises:
            ServiceError: the target cannot be written now (open in Excel, disk full, share away);
            try again later.
            DefinitionError: the target does not fit the form (no such sheet, no such column).
        """
        ...

    def recorded(self) -> frozenset[str]:
        """The ids of all records that were ever written here, as the target itself keeps them;
        rows that staff deleted among them. Only reads.

        Raises:
            ServiceError: the target cannot be read now.
        """
        ...

    def held(self, of: Collection[str] = ()) -> Holding:
        """What the target holds now of what was delivered to it. Only reads.

        Args:
            of: records whose marks are wanted.

        Raises:
            ServiceError: the target cannot be read now.
        """
        ...

    def marks(self, row: Row) -> Mapping[str, str]:
        """Column title → mark of what :meth:`deliver` would write, to compare with
        ``Holding.marks``."""
        ...


SINKS: Mapping[str, str] = {
    "excel": "connectors.sinks.excel:ExcelSink",
    "csv": "connectors.sinks.csv:CsvSink",
    "jsonl": "connectors.sinks.jsonl:JsonlSink",
}
"""Kinds of sinks and where they live; imported when first used."""


def once_each(rows: Sequence[Row]) -> list[Row]:
    """Each record once: its last row, in the place of its first."""
    return list({row.record: row for row in rows}.values())


def open_sink(delivery: DeliverDef, form: FormDef, path: Path) -> Sink:
    """The sink of a delivery.

    Args:
        path: as :func:`path_for` gives it.

    Raises:
        DefinitionError: the kind is unknown, it lives in another zone than the form, it must not
            see My Numbers that the delivery would give it, or an option is wrong.
    """
    where = form.folder / "form.toml"
    if delivery.to not in SINKS:
        near = difflib.get_close_matches(delivery.to, SINKS, 1)
        hint = f"。「{near[0]}」のことですか" if near else ""
        raise DefinitionError(
            f"届け先「{delivery.to}」はありません{hint}", path=where, key="to", allowed=tuple(SINKS)
        )
    module, _, name = SINKS[delivery.to].partition(":")
    kind = getattr(importlib.import_module(module), name)
    able: Capabilities = kind.capabilities
    zone = delivery.zone or able.zone
    if (zone and zone != form.zone) or (able.zone and delivery.zone and able.zone != delivery.zone):
        raise DefinitionError(
            f"様式「{form.title}」は {form.zone} のもので、{zone} にある届け先「{delivery.to}」へは出せません。"
            "同じ区分の届け先にしてください",
            path=where,
            key="zone",
            allowed=(form.zone,),
        )
    if delivery.my_number and not able.accepts_my_number:
        raise DefinitionError(
            f"届け先「{delivery.to}」はマイナンバーを扱えません。my_number を外してください",
            path=where,
            key="my_number",
        )
    sink: Sink = kind.from_definition(path, delivery, form)
    return sink

"""Sinks: where finished rows go. A small contract, a lazy table, and one test suite over all of
them.

A sink is idempotent by record id: the same row again changes nothing, a changed row replaces the
old one, and a row that the staff deleted does not come back. So whoever calls may repeat a delivery
after any failure.
"""

from __future__ import annotations

import importlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Protocol, cast

from connectors.sinks.holding import Holding
from connectors.sinks.kindcolumns import Cell
from connectors.sinks.recordrows import Row, RowContext, columns_of, path_for, rows_for, target_of
from records.errors import DefinitionError
from records.formloading import DELIVERY_KEYS
from records.forms import DeliverDef, FormDef
from records.strict import no_such_key, perhaps
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
    "SinkKind",
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
        options: the keys that its ``[[deliver]]`` takes beside those of every sink.
    """

    accepts_my_number: bool
    zone: str = ""
    updates: bool = True
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Delivered:
    """What one delivery did, by record id.

    Attributes:
        added, updated, unchanged: rows that are new, replaced, or there already as they are.
        withheld: rows that the staff deleted; they stay away.
        refused: rows that this target can never take as they are, each with a Japanese reason (a
            character that its encoding does not have); a person must act, so give the record back
            (``journal.reviews.return_record``).
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


class SinkKind(Protocol):
    """A kind of sink: what ``to`` in form.toml names. A class with the methods of :class:`Sink`."""

    capabilities: Capabilities

    def from_definition(self, path: Path, delivery: DeliverDef, form: FormDef) -> Sink:
        """The sink of one ``[[deliver]]``; a classmethod.

        Args:
            delivery: its ``options`` are among ``capabilities.options``; their values are unchecked.

        Raises:
            DefinitionError: an option has a value that it cannot have.
        """
        ...


SINKS: Mapping[str, str] = {
    "excel": "connectors.sinks.excel:ExcelSink",
    "csv": "connectors.sinks.csv:CsvSink",
    "jsonl": "connectors.sinks.jsonl:JsonlSink",
}
"""Kinds of sinks that ship, and where they live; imported when first used."""

GROUP = "torikomi.sinks"
"""Entry points of installed packages that bring a kind of sink: ``name = "module:Class"``."""


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
    kind = _kind(delivery.to, where)
    able = kind.capabilities
    _refuse_unknown_options(delivery, able, where)
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
    return kind.from_definition(path, delivery, form)


def _kind(name: str, where: Path) -> SinkKind:
    """The kind of sink that ``to`` names: one that ships, or one of an installed package.

    Raises:
        DefinitionError: there is none, or the package that brings it cannot be used.
    """
    if name in SINKS:
        module, _, attribute = SINKS[name].partition(":")
        return cast(SinkKind, getattr(importlib.import_module(module), attribute))
    brought = {point.name: point for point in entry_points(group=GROUP)}
    names = (*SINKS, *brought)
    if name not in brought:
        message = f"届け先「{name}」はありません{perhaps(name, names)}"
        raise DefinitionError(message, path=where, key="to", allowed=names)
    return _loaded(brought[name], where)


def _loaded(point: EntryPoint, where: Path) -> SinkKind:
    """A kind of sink out of somebody else's package.

    Raises:
        DefinitionError: it cannot be imported, or is no kind of sink.
    """
    try:
        kind = point.load()
        is_sink = isinstance(kind.capabilities, Capabilities) and callable(kind.from_definition)
    except Exception as error:  # foreign code may raise anything while it is imported
        raise _unusable(point, where, f"{type(error).__name__}: {error}") from error
    if not is_sink:
        raise _unusable(point, where, "capabilities が Capabilities ではありません")
    return cast(SinkKind, kind)


def _unusable(point: EntryPoint, where: Path, reason: str) -> DefinitionError:
    message = (
        f"届け先「{point.name}」の部品({point.value})を使えません({reason})。"
        "部品を作った人に知らせるか、別の届け先にしてください"
    )
    return DefinitionError(message, path=where, key="to")


def _refuse_unknown_options(delivery: DeliverDef, able: Capabilities, where: Path) -> None:
    """
    Raises:
        DefinitionError: keys of the delivery that its sink does not have, all of them.
    """
    known = (*DELIVERY_KEYS, *able.options)
    unknown = []
    for key in delivery.options:
        if key not in able.options:
            unknown.append(
                DefinitionError(no_such_key(key, known), path=where, key=key, allowed=known)
            )
    if unknown:
        raise DefinitionError.of_all(unknown)

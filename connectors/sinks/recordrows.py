"""From a record to the row that a sink writes: column by column, as ``[[deliver]]`` in form.toml
says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from connectors.sinks.kindcolumns import DATES, Cell, shapes_of
from records.codec import mask, mask_in, show
from records.errors import DefinitionError
from records.forms import DeliverDef, FieldDef, FormDef
from records.mynumber import mask_my_number
from records.normalise.eras import fiscal_year
from records.types import Field, Record


@dataclass(frozen=True, slots=True)
class RowContext:
    """What a row may say beside the fields.

    Attributes:
        received_on: the office's day of receipt (``RecordLine.received_on``).
        file: name of the document's file.
        checked_by: the last person who decided; empty where nobody had to.
        delivered_on: the office's day of delivery.
    """

    received_on: dt.date
    file: str = ""
    checked_by: str = ""
    delivered_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One row for a sink: which record it is, and its cells by column title, in order.

    Attributes:
        again: a person wants it back: it is written even where the staff deleted it.
    """

    record: str
    cells: Mapping[str, Cell]
    again: bool = False


def target_of(delivery: DeliverDef) -> str:
    """The stable name of a delivery, for ``journal.deliveries``: the same in
    every run and year."""
    return f"{delivery.to}:{delivery.path}" + (
        f"#{delivery.options['sheet']}" if "sheet" in delivery.options else ""
    )


def path_for(delivery: DeliverDef, form: FormDef, received_on: dt.date, folder: Path) -> Path:
    """The file of a delivery: the path with ``{fiscal_year}`` (R7), ``{date}`` (2025-04-01),
    ``{month}`` (2025-04) and ``{form}`` (its id) filled in from the day of *receipt*, so that a
    later correction finds the same file.

    Args:
        folder: the site's folder.

    Raises:
        DefinitionError: another name stands in braces.
    """
    names = {
        "fiscal_year": _fiscal(received_on),
        "date": received_on.isoformat(),
        "month": received_on.isoformat()[:7],
        "form": form.id,
    }
    try:
        return folder / delivery.path.format_map(names)
    except (KeyError, ValueError, IndexError, AttributeError):
        raise DefinitionError(
            f"「path」の「{delivery.path}」を解釈できません",
            path=form.folder / "form.toml",
            key="path",
            allowed=tuple(f"{{{name}}}" for name in names),
        ) from None


def columns_of(form: FormDef, delivery: DeliverDef) -> dict[str, str]:
    """Column title → source (``field`` or ``field:format``); without ``columns`` every field under
    its label.

    Two fields of one label are told apart by their names.
    """
    if delivery.columns:
        return dict(delivery.columns)
    columns: dict[str, str] = {}
    for name, made in form.fields.items():
        columns[made.title if made.title not in columns else f"{made.title}({name})"] = name
    return columns


def rows_for(record: Record, form: FormDef, delivery: DeliverDef, context: RowContext) -> Row:
    """The row of ``record`` in the columns of ``delivery``.

    A field that the record does not have (an older version of the form) gives an empty cell. A My
    Number is masked unless the delivery has ``my_number = true``. ``table.*.field`` joins all rows
    by 、.

    Raises:
        DefinitionError: a format is unknown or does not fit the field's kind.
    """
    cells = {}
    for title, source in columns_of(form, delivery).items():
        cells[title] = _cell(record, form, delivery, context, source)
    return Row(record.id, cells)


def _cell(
    record: Record, form: FormDef, delivery: DeliverDef, context: RowContext, source: str
) -> Cell:
    name, _, shape = source.partition(":")
    if name in _CONTEXT:
        return _of_context(_CONTEXT[name](record, form, context), shape, form, source)
    if ".*." in name:
        table, _, column = name.partition(".*.")
        names = [
            n for n, f in form.fields.items() if f.table == table and n.rsplit(".", 1)[1] == column
        ]
        made = [
            _of_field(record.fields.get(n), form.fields[n], delivery, shape, form, source)
            for n in names
        ]
        return "、".join(_plain(cell) for cell in made if cell not in (None, ""))
    return _of_field(record.fields.get(name), form.fields[name], delivery, shape, form, source)


_CONTEXT: Mapping[str, Callable[[Record, FormDef, RowContext], Cell]] = {
    "received_on": lambda record, form, context: context.received_on,
    "delivered_on": lambda record, form, context: context.delivered_on,
    "record_id": lambda record, form, context: record.id,
    "file": lambda record, form, context: mask_my_number(context.file),
    "page": lambda record, form, context: record.pages[0] if record.pages else None,
    "form": lambda record, form, context: form.title,
    "checked_by": lambda record, form, context: context.checked_by,
}


def unknown_formats(
    form: FormDef, delivery: DeliverDef
) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """What ``columns`` asks for and cannot have: source, format, and the formats that there are."""
    for source in columns_of(form, delivery).values():
        name, _, shape = source.partition(":")
        if not shape:
            continue
        if name in _CONTEXT:
            allowed: Collection[str] = DATES if name in _CONTEXT_DATES else ()
        else:
            table, _, column = name.partition(".*.")
            fields = []
            for made in form.fields.values():
                if made.name == name or (
                    made.table == table and made.name.rsplit(".", 1)[1] == column
                ):
                    fields.append(made)
            allowed = shapes_of(fields[0]) if fields else (shape,)
        if shape not in allowed:
            yield source, shape, tuple(known for known in allowed if known)


_CONTEXT_DATES = ("received_on", "delivered_on")


def _of_context(cell: Cell, shape: str, form: FormDef, source: str) -> Cell:
    if not shape or cell is None:
        return cell
    if isinstance(cell, dt.date) and shape in DATES:
        return DATES[shape](cell.isoformat())
    raise _unknown(shape, form, source, DATES if isinstance(cell, dt.date) else ())


def _of_field(
    field: Field | None,
    made: FieldDef,
    delivery: DeliverDef,
    shape: str,
    form: FormDef,
    source: str,
) -> Cell:
    shapes = shapes_of(made)
    if shape and shape not in shapes:
        raise _unknown(shape, form, source, shapes)
    if field is None:
        return None
    if made.traits.is_masked:
        clear = delivery.my_number and shape != "masked"
        if clear:
            return show(field.value)
        return show(mask(field.value))
    hidden = not (delivery.my_number or made.takes_twelve_digits)
    if shape == "raw":
        raw: str = mask_in(made.kind, field.text) if hidden else field.text
        return raw
    value = field.value
    if hidden:
        value = mask_in(made.kind, field.value)
    if value is None:
        return None
    return shapes[shape](value)


def _plain(cell: Cell) -> str:
    if isinstance(cell, dt.date):
        return cell.isoformat()
    return str(cell)


def _fiscal(day: dt.date) -> str:
    if day >= dt.date(2019, 4, 1):
        return f"R{fiscal_year(day) - 2018}"
    return str(fiscal_year(day))


def _unknown(
    shape: str, form: FormDef, source: str, allowed: Mapping[str, object] | Sequence[str]
) -> DefinitionError:
    return DefinitionError(
        f"「columns」の「{source}」の書式「{shape}」は使えません",
        path=form.folder / "form.toml",
        key="columns",
        allowed=tuple(name for name in allowed if name),
    )

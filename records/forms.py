"""Form definitions: ``forms/<id>/form.toml`` read strictly into frozen values.

The keys are a contract (docs/forms.md): they are extended, never renamed. All lengths are mm from
the page's top-left corner. A definition that contradicts itself does not load; the message names
file, line, key and what is allowed.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from records.kinds import Kind, kind_of
from records.mynumber import MY_NUMBER_DIGITS
from records.pageties import JoiningDef
from records.types import Box


@dataclass(frozen=True, slots=True)
class Cells:
    """A row of boxes for one character each (枠); ``down`` for a column of them, from the top."""

    box: Box
    count: int
    align: str = "left"
    down: bool = False

    def cell(self, index: int) -> Box:
        """The box of the cell at 0-based ``index``."""
        if self.down:
            height = self.box.height / self.count
            return Box(self.box.x, self.box.y + index * height, self.box.width, height)
        width = self.box.width / self.count
        return Box(self.box.x + index * width, self.box.y, width, self.box.height)


@dataclass(frozen=True, slots=True)
class Era:
    """Where a date's era is: printed words to circle, a place where it is written, or fixed by the
    form."""

    circle: Mapping[str, Box] = field(default_factory=dict)
    box: Box | None = None
    fixed: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One place of a composite field: a box, character cells, or options to mark; ``area`` is the
    smallest box around all that belongs to it."""

    box: Box | None = None
    cells: tuple[Cells, ...] = ()
    mark: str = ""
    options: Mapping[str, Box] = field(default_factory=dict)
    area: Box = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        boxes = [
            *([self.box] if self.box else []),
            *(c.box for c in self.cells),
            *self.options.values(),
        ]
        if boxes:
            object.__setattr__(self, "area", functools.reduce(Box.union, boxes))

    def standing(self) -> Part:
        """The same part with its cells one below the other."""
        return dataclasses.replace(
            self, cells=tuple(dataclasses.replace(c, down=True) for c in self.cells)
        )

    def moved(self, dx: float, dy: float) -> Part:
        return Part(
            self.box.moved(dx, dy) if self.box else None,
            tuple(dataclasses.replace(c, box=c.box.moved(dx, dy)) for c in self.cells),
            self.mark,
            {k: b.moved(dx, dy) for k, b in self.options.items()},
        )


@dataclass(frozen=True, slots=True)
class Find:
    """How a field of a letter is found: by a printed label, a pattern (``phone``, ``email``…), or a
    position."""

    label: tuple[str, ...] = ()
    pattern: str = ""
    position: str = ""


@dataclass(frozen=True, slots=True)
class FieldDef:
    """One field of a form. Exactly one way of finding it: box, cells, parts, options, or find.

    Attributes:
        place: box, cells, mark and options of a simple field.
        parts: places of a composite field (:attr:`records.kinds.Kind.parts`), empty for a simple one.
        values: the only values allowed, where the form limits them.
        lexicon: a CSV file of likely values, ``file.csv`` or ``file.csv#column``, relative to the
        form's folder.
        length: how many characters a code has; 0 where that is not known.
        table, row: the table and 1-based row that the field was made from.
        acroform: the name of the field in a born-digital PDF, where it differs from ``name``.
        traits: what is known of the field's kind.
        area: the smallest box around all places; None for a field found in free text.
    """

    name: str
    kind: str
    label: str = ""
    page: int = 1
    required: bool = False
    place: Part | None = None
    parts: Mapping[str, Part] = field(default_factory=dict)
    era: Era | None = None
    find: Find | None = None
    values: tuple[str, ...] = ()
    lexicon: str = ""
    vertical: bool = False
    charset: str = ""
    minimum: float | None = None
    maximum: float | None = None
    unit: int = 1
    length: int = 0
    table: str = ""
    row: int = 0
    acroform: str = ""
    traits: Kind = field(init=False, repr=False, compare=False)
    area: Box | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "traits", kind_of(self.kind))
        boxes = self._boxes()
        area = None
        if boxes:
            area = functools.reduce(Box.union, boxes)
        object.__setattr__(self, "area", area)

    @property
    def title(self) -> str:
        """What people call the field."""
        return self.label or self.name

    @property
    def takes_twelve_digits(self) -> bool:
        """True for a plain number that has as many digits as a My Number, by the form's own word."""
        cells = sum(cell.count for cell in self.place.cells) if self.place else 0
        return self.traits.holds_plain_number and MY_NUMBER_DIGITS in (self.length, cells)

    def _boxes(self) -> list[Box]:
        places = list(self.parts.values())
        if self.place:
            places.insert(0, self.place)
        boxes = [place.area for place in places]
        if self.era:
            boxes += self.era.circle.values()
        if self.era and self.era.box:
            boxes.append(self.era.box)
        return boxes

    def in_row(self, table: str, row: int, dx: float, dy: float) -> FieldDef:
        """This field as it stands in 1-based ``row`` of a table, moved by (dx, dy) mm."""
        era = self.era and Era(
            {k: b.moved(dx, dy) for k, b in self.era.circle.items()},
            self.era.box.moved(dx, dy) if self.era.box else None,
            self.era.fixed,
        )
        return dataclasses.replace(
            self,
            name=f"{table}.{row}.{self.name}",
            label=f"{row}行目 {self.title}",
            place=self.place.moved(dx, dy) if self.place else None,
            parts={k: p.moved(dx, dy) for k, p in self.parts.items()},
            era=era,
            table=table,
            row=row,
        )


@dataclass(frozen=True, slots=True)
class PageDef:
    """One page of the form: its blank (a PDF or an image, absolute path) and words that tell it
    from others."""

    blank: Path | None
    keywords: tuple[str, ...] = ()
    blank_page: int = 1


@dataclass(frozen=True, slots=True)
class CheckDef:
    """One named check over fields; ``params`` are the rule's own keys (:data:`RULES`)."""

    rule: str
    of: tuple[str, ...]
    message: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DeliverDef:
    """Where a finished record goes.

    Attributes:
        columns: column title → ``field`` or ``field:format``; empty means every field under its
            label. Beside fields: ``received_on``, ``record_id``, ``file``, ``page``, ``form``,
            ``checked_by``, ``delivered_on``.
        path: relative to the site; ``{fiscal_year}``, ``{date}``, ``{month}``, ``{form}`` are
        filled in.
        my_number: True where the sink needs the unmasked My Number.
    """

    to: str
    path: str
    columns: Mapping[str, str] = field(default_factory=dict)
    zone: str = ""
    my_number: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SilentDef:
    """A place where ink is none of the applicant's: a receipt stamp's (受付印), the office's own
    (市処理欄). ``reason`` says which."""

    page: int
    box: Box
    reason: str


@dataclass(frozen=True, slots=True)
class FormDef:
    """A form as an office defines it. ``kind`` is ``form`` or ``letter`` (no layout, read
    whole)."""

    id: str
    title: str
    version: int
    initiative: str
    folder: Path
    kind: str = "form"
    department: str = ""
    retention_years: int = 5
    zone: str = "lgwan"
    wrong_per_unseen: float = 0.005
    verify: bool = False
    pages: tuple[PageDef, ...] = ()
    fields: Mapping[str, FieldDef] = field(default_factory=dict)
    checks: tuple[CheckDef, ...] = ()
    deliveries: tuple[DeliverDef, ...] = ()
    silent: tuple[SilentDef, ...] = ()
    joining: JoiningDef = field(default_factory=JoiningDef)

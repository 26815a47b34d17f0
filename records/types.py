"""The values that travel through Torikomi: frozen, self-checking, in mm from the top-left
corner."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from records.kinds import Kind, kind_of
from records.mynumber import holds_my_number, holds_valid_number

Gray = NDArray[np.uint8]
"""A gray image, shape (height, width), dtype uint8, 0 black to 255 white."""

Value = Any
"""A typed field value that survives JSON: str, int, bool, None, list[str], or dict[str, str]
(bank_account).

Dates are ISO strings (``2025-04-01``), as much as is known of them (``2025-04``, ``2025``)."""

MM_PER_INCH = 25.4


def tells_my_number(kind: str, value: Value) -> bool:
    """True where a value of a kind that is not made for it holds an individual number.

    Of plain numbers (``digits``, ``code``), which may have twelve digits of their own, only one
    with the right check digit counts.
    """
    if isinstance(value, str):
        plain = kind_of(kind).holds_plain_number
        return holds_valid_number(value) if plain else holds_my_number(value)
    if isinstance(value, int):  # an amount of a hundred thousand million yen is none
        return holds_valid_number(str(value))
    if isinstance(value, Mapping):
        return any(tells_my_number(kind, part) for part in value.values())
    if isinstance(value, list | tuple):
        return any(tells_my_number(kind, part) for part in value)
    return False


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in mm from the page's top-left corner.

    ``right`` and ``bottom`` are kept, as reading asks for them thousands of times a sheet.
    """

    x: float
    y: float
    width: float
    height: float
    right: float = field(init=False, repr=False, compare=False)
    bottom: float = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not (self.width > 0 and self.height > 0):
            raise ValueError(
                f"a box needs a positive width and height, got {self.width} x {self.height}"
            )
        object.__setattr__(self, "right", self.x + self.width)
        object.__setattr__(self, "bottom", self.y + self.height)

    def moved(self, dx: float, dy: float) -> Box:
        """The same box, dx mm to the right and dy mm down."""
        return Box(self.x + dx, self.y + dy, self.width, self.height)

    def grown(self, by: float) -> Box:
        """The same box with ``by`` mm added on each side."""
        width = self.width + 2 * by
        height = self.height + 2 * by
        return Box(self.x - by, self.y - by, width, height)

    def union(self, other: Box) -> Box:
        """The smallest box that holds both."""
        x = min(self.x, other.x)
        y = min(self.y, other.y)
        right = max(self.right, other.right)
        bottom = max(self.bottom, other.bottom)
        return Box(x, y, right - x, bottom - y)

    def as_list(self) -> list[float]:
        return [round(v, 3) for v in (self.x, self.y, self.width, self.height)]


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a born-digital text layer, with its place on the page."""

    text: str
    box: Box


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """One page of a document.

    Attributes:
        document: sha256 of the document's bytes, hex.
        number: 1-based page number in the document.
        image: uint8 gray, square pixels.
        dpi: pixels per inch of ``image``; for a photo, an estimate.
        words: the born-digital text layer, empty for a scan.
        form_values: AcroForm values by field name, empty for a scan.
        other_values: what else such a value may be, where the file leaves it open; likeliest first.
        undrawn: names of form fields with a value that the file itself does not draw.
        source_dpi: (horizontal, vertical) as the file said it, or None where it did not.
        before: the page before in the document, small, None for the first one: a back is known by
            what shines through.
    """

    document: str
    number: int
    image: Gray
    dpi: float
    words: tuple[Word, ...] = ()
    form_values: Mapping[str, str] = field(default_factory=dict)
    source_dpi: tuple[float, float] | None = None
    other_values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    undrawn: frozenset[str] = frozenset()
    before: Gray | None = None

    def __post_init__(self) -> None:
        if self.image.ndim != 2 or self.image.dtype != np.uint8:
            raise ValueError("a page image is a 2-D uint8 array")
        if self.number < 1 or self.dpi <= 0:
            raise ValueError("a page has a 1-based number and a positive dpi")

    @property
    def pixels_per_mm(self) -> float:
        return self.dpi / MM_PER_INCH


@dataclass(frozen=True, slots=True)
class Place:
    """A box on one page of the form; ``page`` is 1-based within the sheet."""

    page: int
    box: Box


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a value or a sheet needs eyes: a stable code for programs, a Japanese sentence for
    people, and where to look, where that is not the field's own box."""

    code: str
    message: str
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What one engine saw in one crop.

    Attributes:
        text: the text as read, before any normalisation.
        score: the engine's own score in [0, 1], or None where it gives none. Never invented.
        engine: ``ppocr``, ``tesseract``, ``mark``, ``textlayer``, ``person``…
        alternatives: other texts with their scores, best first.
        features: measured facts that calibration uses (margin, thrown_away, …).
    """

    text: str
    score: float | None
    engine: str
    alternatives: tuple[tuple[str, float], ...] = ()
    features: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of one sheet: raw readings beside the clean value.

    Attributes:
        name: as in form.toml; a table cell is ``table.row.field`` with a 1-based row.
        kind: as in form.toml.
        text: the text the value was made from.
        value: typed (see :data:`Value`); None for an empty field.
        p: probability that ``value`` is right, in [0, 1].
        problems: why a person must look, empty where nothing speaks against the value.
        readings: what the engines saw.
        box: where on the blank, mm; None for fields found in free letters without a place.
        page: page number within the sheet (1-based).
        unseen: True where no person needs to look.
        sampled: True where an otherwise unseen value goes to a person to measure the real error
        rate.
    """

    name: str
    kind: str
    text: str
    value: Value
    p: float
    problems: tuple[Problem, ...] = ()
    readings: tuple[Reading, ...] = ()
    box: Box | None = None
    page: int = 1
    unseen: bool = False
    sampled: bool = False

    def __post_init__(self) -> None:
        if not 0.0 <= self.p <= 1.0:
            raise ValueError(f"p must lie in [0, 1], got {self.p}")
        if self.unseen and self.problems:
            raise ValueError(f"{self.name}: a field with problems cannot be unseen")

    @property
    def traits(self) -> Kind:
        """What is known of the field's kind."""
        return kind_of(self.kind)

    @property
    def is_secret(self) -> bool:
        """True where the field is shown only to whoever asks for it: its kind says so, or what was
        read there holds an individual number."""
        if self.traits.is_masked:
            return True
        seen = [self.text, *(reading.text for reading in self.readings)]
        return any(tells_my_number(self.kind, text) for text in (self.value, *seen))

    @property
    def doubtful(self) -> bool:
        """True where a person must look before the sheet is ready."""
        return not self.unseen or self.sampled


PAGE_MISSING = "page_missing"
"""The code of the problem that a sheet has, and each field of it, where a page was not found."""


@dataclass(frozen=True, slots=True)
class SheetPage:
    """Where one page of a sheet is.

    Attributes:
        document: sha256, hex; ``number`` its page there, from 1.
        face: its page in the form, from 1.
        ink: what is written in its fields as bits, hex (:mod:`ocr.ink.inkprint`); empty where that was
            not taken.
        strokes: where it is written (:mod:`records.inkmap`); empty as ``ink``, and in journals of
            before.
    """

    document: str
    number: int
    face: int
    ink: str = ""
    strokes: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """One sheet as read: the unit that is reviewed and delivered.

    Attributes:
        id: ``<first 16 hex of the document>-<first page, 3 digits>``, and ``-<xxyy>`` for a sheet
            that does not lie alone on its page: stable, so every sink can be idempotent by it.
        document: sha256 of the document, hex.
        pages: 1-based page numbers in the document.
        form: form id; ``version`` its version.
        fit: how well the sheet fits the blank, [0, 1].
        fields: by name, in the form's order.
        lines: for a letter, the text lines in reading order.
        leaves: the pages of the form that were found, by their number in the form; a person may
            have joined them from several documents. Empty for a letter.
    """

    id: str
    document: str
    pages: tuple[int, ...]
    form: str
    version: int
    fit: float
    fields: Mapping[str, Field]
    lines: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    leaves: tuple[SheetPage, ...] = ()

    @property
    def is_half(self) -> bool:
        """True where a page of the form is missing: such a sheet is never delivered."""
        return any(problem.code == PAGE_MISSING for problem in self.problems)

    @property
    def doubtful(self) -> tuple[str, ...]:
        """Names of the fields that a person must look at, in order."""
        return tuple(n for n, f in self.fields.items() if f.doubtful)

    @property
    def places(self) -> tuple[Place, ...]:
        """Where on the sheet its own problems are, apart from any field."""
        return tuple(place for problem in self.problems for place in problem.places)

    @staticmethod
    def id_of(document: str, first_page: int, middle: tuple[float, float] | None = None) -> str:
        """The id of a sheet.

        Args:
            middle: where other things lie on the same page, the middle of the sheet in shares of
                the page's width and height. Its place tells it from the others, and does not
                depend on what else is found there.
        """
        start = f"{document[:16]}-{first_page:03d}"
        if middle is None:
            return start
        x, y = (min(99, max(0, round(100 * share))) for share in middle)
        return f"{start}-{x:02d}{y:02d}"

    @staticmethod
    def middle_of(record: str) -> tuple[float, float] | None:
        """Where a sheet's middle lies on its page by its id; None where it lies there alone."""
        pieces = record.split("-")
        if len(pieces) != 3:
            return None
        place = pieces[2]
        if len(place) != 4 or not place.isdigit():
            return None
        return int(place[:2]) / 100, int(place[2:]) / 100


@dataclass(frozen=True, slots=True)
class Decision:
    """A person's verdict on one field.

    Attributes:
        seconds: active attention in seconds, measured.
        verdict: ``accept`` (value was right), ``correct`` (replaced by ``after``), ``unreadable``,
        ``wrong_form``.
    """

    record: str
    field: str
    before: Value
    after: Value
    verdict: Literal["accept", "correct", "unreadable", "wrong_form"]
    who: str
    at: dt.datetime
    seconds: float

    def __post_init__(self) -> None:
        if self.seconds < 0 or self.at.tzinfo is None:
            raise ValueError("a decision has non-negative seconds and an aware time")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a step did. Metrics come from receipts and decisions, never from estimates.

    Attributes:
        step: ``read``, ``deliver``, ``review``…
        form: form id the work belongs to; ``initiative`` its initiative.
        counts: what was done (``sheets``, ``fields``, ``unseen``, ``rows``, ``skipped``…).
        seconds: wall time of the robot. Never counted as staff time.
        target: where the work went (a workbook path, a database), empty for reading.
        key: idempotency key.
    """

    step: str
    form: str
    initiative: str
    counts: Mapping[str, int]
    seconds: float
    target: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the append-only journal; ``hash`` covers the line and the hash of the line
    before."""

    seq: int
    at: dt.datetime
    kind: str
    document: str
    record: str
    actor: str
    payload: Mapping[str, Any]
    previous: str
    hash: str

"""Sheets of which a page is missing, and what a person makes of them: two parts become one sheet,
one becomes its pages again. Values only; nothing is read anew.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace

from rapidfuzz import fuzz

from records.checks import run_checks
from records.compare import bare, is_empty, same
from records.errors import DocumentError
from records.forms import FieldDef, FormDef
from records.inkbits import NEARLY, differing, is_one_sheet
from records.inkmap import cells_in, is_left_of, is_mostly, lies_on, unpacked
from records.pageties import FOUND
from records.site import Office
from records.textbits import same_text, text_bits
from records.types import PAGE_MISSING, Field, Problem, Record, SheetPage

ELSEWHERE = "joined_elsewhere"
"""The code of the problem that a sheet has of which a page is joined to another one."""

ABOUT_JOINING = (
    PAGE_MISSING,
    "stack_by_order",
    "joined_by_order",
    "joined_in_doubt",
    "page_order",
    ELSEWHERE,
)
"""Problems that a person answers by joining or parting pages."""

LIKELY = "likely_duplicate"
"""The code of the problem that a sheet has which is probably another one, scanned again."""


_CERTAIN, _BELIEVED = 0.97, 0.5
"""Two values that differ are two values where each is right with this probability; where little
else speaks for one sheet, with the second one."""

_TOLD_CELLS = 10
"""With fewer inked cells (:mod:`records.inkmap`) in a field nothing is said of its ink."""

_ONE_NAME = 50.0
"""Two readings of one name are at least so much alike, 0 to 100."""

_TELLING = (*FOUND, "phone", "address", "bank_account")
_LEAST_TELLING = 2
"""Kinds that tell people apart, and how many of their values must be equal."""


def not_there(item: FieldDef) -> Field:
    """A field on a page that was not found. It is not empty: nobody has seen it."""
    problem = Problem(PAGE_MISSING, "このページがないので読めません")
    return Field(item.name, item.kind, "", None, 0.0, (problem,), (), item.area, item.page)


def missing_pages(
    form: FormDef, faces: Sequence[int], near: Sequence[int] = ()
) -> tuple[Problem, ...]:
    """The problem of each page of the form that is not among ``faces``.

    Args:
        near: pages of the document that may be the missing ones.
    """
    where = "続きのページが別のファイルになっていないか確認してください"
    if near:
        listed = "、".join(map(str, near[:6]))
        if len(near) > 6:
            listed += " ほか"
        where = f"同じファイルの{listed}ページ目のどれかが続きなら、つないでください"
    found = []
    for face in range(1, len(form.pages) + 1):
        if face not in faces:
            found.append(Problem("page_missing", f"{face}ページ目がありません。{where}"))
    return tuple(found)


def contradicts(one: Record, other: Record) -> bool:
    """True where two sheets with the same ink say different things for certain: two applications
    that were typed, or printed beforehand, differ in a name only.

    A value that is missing on one of them contradicts nothing: somebody may have filled it in since.
    Nor do values that differ where the ink is the same, unless both are what a file states: one of
    them was misread.
    """
    for name, item in one.fields.items():
        twin = other.fields.get(name)
        if twin is None or min(item.p, twin.p) < _CERTAIN:
            continue
        if same(item.kind, item.value, twin.value) or _is_completed(item, twin):
            continue
        if (_is_stated(item) and _is_stated(twin)) or not _same_ink(item, one, other):
            return True
    return False


def _is_completed(item: Field, twin: Field) -> bool:
    return not item.traits.is_ink and is_empty(item.value) != is_empty(twin.value)


def _is_stated(item: Field) -> bool:
    """True for a value that a file holds, and that nobody had to read."""
    return any(reading.features.get("textlayer") for reading in item.readings)


def _same_ink(item: Field, one: Record, other: Record) -> bool:
    """True where the ink in a field's place is that of one sheet, scanned twice."""
    leaves = [
        leaf
        for record in (one, other)
        for leaf in record.leaves
        if leaf.face == item.page and leaf.strokes
    ]
    if len(leaves) < 2 or item.box is None:
        return False
    first, second = (cells_in(unpacked(leaf.strokes), item.box) for leaf in leaves)
    cells, lying = lies_on(first, second)
    return cells >= _TOLD_CELLS and is_mostly(cells, lying)


def _agrees(one: Record, other: Record) -> bool:
    """True where two sheets say the same of one person as far as they were read: values that tell
    people apart are equal, and none that is believed on both differs."""
    telling = 0
    for name, item in one.fields.items():
        twin = other.fields.get(name)
        if twin is None or (is_empty(item.value) and is_empty(twin.value)):
            continue
        if same(item.kind, item.value, twin.value):
            telling += int(item.kind in _TELLING)
        elif min(item.p, twin.p) >= _BELIEVED:
            return False
    return telling >= _LEAST_TELLING


def known_by(record: Record) -> dict[int, str]:
    """The bits, hex, by which a sheet is known when it comes again: by page of the form its ink; of
    a letter, which has no places, what stands in it, as page 0."""
    if record.lines:
        bits = text_bits(record.lines)
        return {0: bits} if bits else {}
    return {leaf.face: leaf.ink for leaf in record.leaves if leaf.ink}


def is_twin(record: Record, other: Record) -> bool:
    """True for two scans of one sheet: the ink of each page that was found of both is the same.
    Where a scan has lost strokes, what is left must lie on the other's, or the ink must be nearly
    the same and the values, too."""
    if record.lines and other.lines:
        return _is_one_letter(record, other)
    of_other = {leaf.face: leaf for leaf in other.leaves if leaf.ink}
    pairs = [(leaf, of_other[leaf.face]) for leaf in record.leaves if leaf.face in of_other]
    pairs = [(one, two) for one, two in pairs if one.ink]
    if not pairs or contradicts(record, other):
        return False
    if same_writing(pairs):
        return True
    bits = [differing(one.ink, two.ink) for one, two in pairs]
    return max(bits) <= NEARLY and _agrees(record, other)


def _is_one_letter(one: Record, other: Record) -> bool:
    """True where two letters say the same, and no two names under them are those of two people."""
    for name, item in one.fields.items():
        twin = other.fields.get(name)
        if twin is None or item.kind != "name" or not item.text or not twin.text:
            continue
        if fuzz.ratio(bare(item.text), bare(twin.text)) < _ONE_NAME:
            return False
    return same_text(one.lines, other.lines) and not contradicts(one, other)


def same_writing(pairs: Sequence[tuple[SheetPage, SheetPage]]) -> bool:
    """True where the ink alone says that two sheets are one.

    Args:
        pairs: the pages that were found of both, with their ink.
    """
    bits = [differing(one.ink, two.ink) for one, two in pairs]
    return is_one_sheet(bits) or _is_left_of(pairs)


def _is_left_of(pairs: Sequence[tuple[SheetPage, SheetPage]]) -> bool:
    """True where on each page the ink of the scan that has less of it lies on that of the other."""
    total = lying = 0
    for one, two in pairs:
        if not one.strokes or not two.strokes:
            return False
        cells, own = lies_on(unpacked(one.strokes), unpacked(two.strokes))
        if not is_mostly(cells, own):
            return False
        total = total + cells
        lying = lying + own
    return is_left_of(total, lying)


def fits_together(one: Record, other: Record) -> bool:
    """True where two records may be parts of one sheet: of one form, no page twice."""
    faces = [leaf.face for record in (one, other) for leaf in record.leaves]
    of_one_form = (one.form, one.version) == (other.form, other.version)
    known = bool(one.leaves and other.leaves)
    return of_one_form and known and one.id != other.id and len(faces) == len(set(faces))


def merged(parts: Sequence[Record], form: FormDef, office: Office, received_on: dt.date) -> Record:
    """One sheet of its parts, as a person says that they belong together.

    Its id is that of the part with the form's first page. Fields stay as they are in each part; the
    form's checks are run anew over all of them.

    Raises:
        DocumentError: the parts are of different forms, or both have the same page.
    """
    first, *others = sorted(parts, key=lambda part: min((x.face for x in part.leaves), default=0))
    if not others or not all(fits_together(first, other) for other in others):
        raise DocumentError(
            "no_fit", "この2枚は一つの用紙になりません(様式が違うか、同じページどうしです)"
        )
    leaves = tuple(sorted((x for part in parts for x in part.leaves), key=lambda x: x.face))
    owner = {leaf.face: part for part in parts for leaf in part.leaves}
    fields = {}
    for name, item in form.fields.items():
        part = owner.get(item.page)
        fields[name] = not_there(item) if part is None else part.fields[name]
    kept = [p for part in parts for p in part.problems if p.code not in ABOUT_JOINING]
    return replace(
        first,
        pages=_pages(first, leaves),
        fit=min(part.fit for part in parts),
        fields=_checked(form, fields, office, received_on),
        problems=(*missing_pages(form, [leaf.face for leaf in leaves]), *kept),
        leaves=leaves,
    )


def parted(record: Record, form: FormDef) -> list[Record]:
    """The pages of a sheet, each as a sheet of which the others are missing.

    The first has the sheet's own id, and is its first page in the record's document.

    Raises:
        DocumentError: the sheet has one page only.
    """
    if len({(leaf.document, leaf.number) for leaf in record.leaves}) < 2:
        raise DocumentError("one_page", "この用紙は1枚の画像に載っているので、分けられません")
    own = [leaf for leaf in record.leaves if leaf.document == record.document]
    head = min(own, key=lambda leaf: leaf.number)
    leaves = [head, *(leaf for leaf in record.leaves if leaf is not head)]
    return [_alone(record, form, leaf, leaf is head) for leaf in leaves]


def _alone(record: Record, form: FormDef, leaf: SheetPage, is_head: bool) -> Record:
    fields = {}
    for name, item in form.fields.items():
        fields[name] = record.fields[name] if item.page == leaf.face else not_there(item)
    strays = []
    for p in record.problems:
        if p.code not in ABOUT_JOINING and p.places:
            strays.append(
                replace(p, places=tuple(place for place in p.places if place.page == leaf.face))
            )
    problems = [problem for problem in strays if problem.places]
    return replace(
        record,
        id=record.id if is_head else Record.id_of(leaf.document, leaf.number),
        document=leaf.document,
        pages=(leaf.number,),
        fields=fields,
        problems=(*missing_pages(form, [leaf.face]), *problems),
        leaves=(leaf,),
    )


def _pages(record: Record, leaves: Sequence[SheetPage]) -> tuple[int, ...]:
    numbers = sorted({leaf.number for leaf in leaves if leaf.document == record.document})
    return tuple(numbers)


def _checked(
    form: FormDef, fields: Mapping[str, Field], office: Office, received_on: dt.date
) -> dict[str, Field]:
    """The fields with what the form's checks say of them together."""
    values = {name: item.value for name, item in fields.items()}
    found = run_checks(form, values, office.on(received_on), received_on)
    return {
        name: replace(item, problems=(*item.problems, *found[name]), unseen=False)
        if found.get(name) and not any(p.code == PAGE_MISSING for p in item.problems)
        else item
        for name, item in fields.items()
    }

"""Pages that were read, and how they become sheets: what is kept of a page until the last page of
its document is there.

A sheet of several pages cannot be put together before: whose back this is may only be told by the
front that comes fifty pages later. So what was read is kept, and the page's image is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from ocr.ink.stray import stray_problem
from ocr.place.otherprint import other_problem
from ocr.stacks.pairing import Doubt, Group, joined
from ocr.stacks.stated import AskedInk, Leaf, Stated, stated_on
from records.forms import FormDef
from records.halves import missing_pages, not_there
from records.inkbits import same_ink
from records.types import Field, Place, Problem, Record, SheetPage

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class ReadPage:
    """One page of a form as it was read.

    Attributes:
        number: its page in the document, from 1; ``face`` its page in the form.
        middle: where it lies on a page with other things; None where it lies alone.
        fields: those of this page.
        strays: writing that no field has taken.
        others: where its print is another form's.
        ink, strokes: see :class:`records.types.SheetPage`.
        asked: the ink of fields that stand on several pages, by name.
    """

    document: str
    number: int
    form: str
    face: int
    fit: float
    middle: tuple[float, float] | None = None
    fields: Mapping[str, Field] = field(default_factory=dict)
    strays: tuple[Place, ...] = ()
    others: tuple[Place, ...] = ()
    ink: str = ""
    strokes: str = ""
    asked: Mapping[str, AskedInk] = field(default_factory=dict)

    @property
    def leaf(self) -> SheetPage:
        return SheetPage(self.document, self.number, self.face, self.ink, self.strokes)


@dataclass(frozen=True, slots=True)
class PutTogether:
    """Pages that are one sheet, as they lay in the document, and what is to be said of that."""

    pages: tuple[ReadPage, ...]
    problems: tuple[Problem, ...] = ()


class Stack(Generic[_Item]):
    """The pages of one document on their way to sheets.

    Until the first page of a form of several pages comes, everything goes straight through. From
    there on all is kept, so that what is found comes out in the document's order.

    Args:
        forms: by id.
    """

    def __init__(self, forms: Mapping[str, FormDef]) -> None:
        self._forms = forms
        self._at = 0
        self._items: list[tuple[int, _Item | PutTogether]] = []
        self._pages: dict[int, ReadPage] = {}
        self._spreads: set[str] = set()

    def other(self, item: _Item, *, between: bool = True) -> Iterator[_Item | PutTogether]:
        """Something that is no page of such a form.

        Args:
            between: pages before and after it are no neighbours.
        """
        self._at += int(between)
        yield from self._through(item)

    def sheet(self, pages: Sequence[ReadPage], *, crowded: bool) -> Iterator[_Item | PutTogether]:
        """Pages of one form that lie on one page of the document.

        Args:
            crowded: other things lie there, too: what comes next says nothing about them.
        """
        self._at += 2 if crowded else 1
        first = pages[0]
        expected = len(self._forms[first.form].pages)
        if len(pages) == 1 and expected > 1:
            self._pages[self._at] = first
        else:
            self._spreads.add(first.form)
            missing = missing_pages(self._forms[first.form], [p.face for p in pages])
            yield from self._through(PutTogether(tuple(pages), missing))
        self._at += int(crowded)

    def rest(self) -> Iterator[_Item | PutTogether]:
        """What was kept, in order, when the document is at its end."""
        kept = list(self._items)
        for form in dict.fromkeys(page.form for page in self._pages.values()):
            kept += self._of_form(self._forms[form])
        yield from (item for _, item in sorted(kept, key=lambda pair: pair[0]))

    def _through(self, item: _Item | PutTogether) -> Iterator[_Item | PutTogether]:
        if self._pages:
            self._items.append((self._at, item))
        else:
            yield item

    def _of_form(self, form: FormDef) -> Iterator[tuple[int, PutTogether]]:
        own = {at: page for at, page in self._pages.items() if page.form == form.id}
        again = _scanned_again(own)
        yield from ((at, self._alone(form, own[at])) for at in again)
        leaves = [
            Leaf(at - sum(other < at for other in again), page.face, _stated(form, page))
            for at, page in own.items()
            if at not in again
        ]
        place_of = {
            leaf.at: at for leaf, at in zip(leaves, sorted(own.keys() - again), strict=True)
        }
        order = form.joining.order
        if order == "file" and form.id in self._spreads:
            order = "none"
        groups = joined(leaves, len(form.pages), order)
        for group in groups:
            places = sorted(place_of[leaf.at] for leaf in group.leaves)
            pages = tuple(own[place] for place in places)
            yield places[0], PutTogether(pages, self._problems(form, group, groups, place_of))

    @staticmethod
    def _alone(form: FormDef, page: ReadPage) -> PutTogether:
        return PutTogether((page,), missing_pages(form, [page.face]))

    def _problems(
        self,
        form: FormDef,
        group: Group,
        groups: Sequence[Group],
        place_of: Mapping[int, int],
    ) -> tuple[Problem, ...]:
        faces = [leaf.page for leaf in group.leaves]
        alone = [leaf for other in groups if other is not group for leaf in other.leaves]
        parts = [leaf for leaf in alone if leaf.page not in faces and _is_part(leaf, groups, form)]
        near = sorted(self._pages[place_of[leaf.at]].number for leaf in parts)
        missing = missing_pages(form, faces, near)
        return (*missing, *said_of(group.doubt, len(groups)))


def _stated(form: FormDef, page: ReadPage) -> dict[int, Stated]:
    return stated_on(form, page.face, page.fields, page.asked)


def _scanned_again(pages: Mapping[int, ReadPage]) -> set[int]:
    """Places of pages that are another page of the stack scanned twice: that one is joined, this
    one is told of by itself."""
    seen: list[ReadPage] = []
    again = set()
    for place, page in sorted(pages.items()):
        if any(page.face == other.face and same_ink(page.ink, other.ink) for other in seen):
            again.add(place)
        else:
            seen.append(page)
    return again


def _is_part(leaf: Leaf, groups: Sequence[Group], form: FormDef) -> bool:
    own = next(group for group in groups if leaf in group.leaves)
    return len(own.leaves) < len(form.pages)


def said_of(doubt: Doubt, sheets: int) -> tuple[Problem, ...]:
    """What a person is asked about pages that were put together; ``sheets`` of the stack."""
    told: Mapping[Doubt, tuple[str, str]] = {
        "stack": (
            "stack_by_order",
            f"この束({sheets}枚)は、並び順だけでページを組み合わせました。"
            f"紙の枚数が{sheets}枚と合い、ほかの人のページが混じっていないか確かめてください。"
            "「よい」と答えると、この束の残りの用紙にも同じ答えが入ります",
        ),
        "order": (
            "joined_by_order",
            "並び順だけでページを組み合わせました。同じ人の用紙かどうか確認してください",
        ),
        "reversed": (
            "page_order",
            "ページが逆の順に入っています。同じ人の用紙かどうか確認してください",
        ),
        "values": (
            "joined_in_doubt",
            "ページどうしで同じはずの値が、同じに読めません。同じ人の用紙かどうか確認してください",
        ),
    }
    if not doubt:
        return ()
    return (Problem(*told[doubt]),)


def put_together(
    form: FormDef,
    sheet: PutTogether,
    check: Callable[[Mapping[str, Field]], dict[str, Field]],
) -> Record:
    """The record of pages that are one sheet.

    Args:
        check: runs the form's checks over all fields.
    """
    pages = sheet.pages
    faces = {page.face for page in pages}
    read = {name: item for page in pages for name, item in page.fields.items()}
    fields = {
        name: read[name] if name in read else not_there(form.fields[name])
        for name in form.fields
        if name in read or form.fields[name].page not in faces
    }
    strays = sorted((place for page in pages for place in page.strays), key=lambda p: p.page)
    others = sorted((place for page in pages for place in page.others), key=lambda p: p.page)
    numbers = tuple(dict.fromkeys(page.number for page in pages))
    first = pages[0]
    return Record(
        Record.id_of(first.document, numbers[0], first.middle),
        first.document,
        numbers,
        form.id,
        form.version,
        min(page.fit for page in pages),
        check(fields),
        (),
        (*sheet.problems, *other_problem(form, others), *stray_problem(strays)),
        tuple(sorted((page.leaf for page in pages), key=lambda leaf: leaf.face)),
    )

"""What tells that pages are one sheet: ``[joining]`` of a form.toml with several pages.

::

    [joining]
    same = [["applicant", "applicant_back"], ["number", "number_back"]]
    order = "file"

``same`` lists fields that hold one value on every page. Without it they are found: fields of an
identifying kind (:data:`FOUND`) that have one label on two pages. ``order`` says how far the order
of the pages alone is to be trusted.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from records.errors import DefinitionError
from records.strict import Section

if TYPE_CHECKING:
    from records.forms import FieldDef, FormDef

ORDERS = ("none", "file", "stack")
"""What order alone may join: nothing; the pages of a file that holds one sheet of the form; pages
that alternate without a gap, in a whole stack."""

FOUND = ("code", "digits", "my_number", "corporate_number", "name", "kana")
"""Kinds that tell people or sheets apart: of these, one label on two pages is one value."""

ALLOWED = (*FOUND, "text", "address", "phone", "bank_account", "date")
"""Kinds that ``same`` may name. What many sheets share (a choice, a count) joins nothing."""


@dataclass(frozen=True, slots=True)
class JoiningDef:
    """``[joining]``; ``same`` is None where the fields are to be found."""

    same: tuple[tuple[str, ...], ...] | None = None
    order: str = "file"


def read_joining(top: Section) -> JoiningDef:
    """The table of a form.toml; without it, what holds for every form."""
    section = top.sub("joining", None)
    if section is None:
        return JoiningDef()
    listed = section.take("same", list, None)
    order = section.one_of("order", ORDERS, "file")
    section.done()
    for names in listed or ():
        is_names = isinstance(names, list) and all(isinstance(name, str) for name in names)
        if not is_names or len(names) < 2:
            raise section.fail(
                '「same」は [["表の項目", "裏の項目"], …] の形で、項目を二つ以上ずつ書いてください',
                "same",
            )
    return JoiningDef(None if listed is None else tuple(map(tuple, listed)), order)


def wrong_in_joining(form: FormDef, top: Section) -> Iterator[DefinitionError]:
    """What ``[joining]`` says that the form's fields contradict."""
    written = top.data.get("joining")
    if not isinstance(written, dict):
        return
    section = Section(written, top.path, top.source, top.line_of("joining"), "joining")
    if len(form.pages) < 2:
        yield section.fail("「joining」は、2ページ以上の様式にだけ書けます", "joining")
        return
    for names in form.joining.same or ():
        yield from _wrong_in(form, names, section)


def _wrong_in(form: FormDef, names: tuple[str, ...], section: Section) -> Iterator[DefinitionError]:
    unknown = [name for name in names if name not in form.fields]
    for name in unknown:
        yield section.fail(
            f"「same」の「{name}」という項目はありません", "same", sorted(form.fields)
        )
    if unknown:
        return
    fields = [form.fields[name] for name in names]
    for item in fields:
        if item.kind not in ALLOWED:
            message = (
                f"「same」の「{item.name}」({item.kind})は、ページをつなぐ値に使えません。"
                "番号・コード・氏名など、用紙ごとに違う値の項目を書いてください"
            )
            yield section.fail(message, "same", ALLOWED)
    if len({item.page for item in fields}) < len(fields):
        message = f"「same」の{'・'.join(names)}は、それぞれ別のページの項目にしてください"
        yield section.fail(message, "same")
    if len({item.kind for item in fields}) > 1:
        message = f"「same」の{'・'.join(names)}は、種類(kind)が同じ項目にしてください"
        yield section.fail(message, "same")


def ties_of(form: FormDef) -> tuple[Mapping[int, str], ...]:
    """Fields that hold one value on several pages: for each such value, field by page."""
    if len(form.pages) < 2:
        return ()
    if form.joining.same is not None:
        return tuple({form.fields[n].page: n for n in names} for names in form.joining.same)
    alike: dict[tuple[str, str], dict[int, str]] = {}
    for item in form.fields.values():
        if item.kind in FOUND and not item.table and item.label:
            alike.setdefault((item.kind, _folded(item)), {}).setdefault(item.page, item.name)
    return tuple(tie for tie in alike.values() if len(tie) > 1)


def _folded(item: FieldDef) -> str:
    return "".join(unicodedata.normalize("NFKC", item.label).split())

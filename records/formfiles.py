"""``form.toml`` read to its end: the form as far as it can be made, and every problem in it.

:func:`records.formloading.load_form` refuses a form with any problem. A service goes on without it: its
sheets are still recognised, and kept until it is put right.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from records.errors import DefinitionError
from records.formloading import (
    ZONES,
    _add,
    _agree,
    _check,
    _deliver,
    _field,
    _page,
    _silent,
    _table,
)
from records.forms import FieldDef, FormDef, SilentDef
from records.gathering import Problems
from records.pageties import JoiningDef, read_joining
from records.sound import contradictions
from records.strict import Section, load_toml

_Made = TypeVar("_Made")


class FormFile(NamedTuple):
    """What is in one form.toml.

    Attributes:
        form: without the fields, checks and deliveries that are wrong in themselves; None where not
            even its sheets could be recognised.
        problems: everything that is wrong with it.
        whole: nothing was left out.
    """

    form: FormDef | None
    problems: list[DefinitionError]
    whole: bool


def read_form(folder: Path) -> FormFile:
    """Read ``folder/form.toml`` as far as it can be read."""
    problems = Problems()
    with problems.gathered():
        top = load_toml(folder / "form.toml")
        read = _Read(top, folder, problems)
        form = read.form()
        whole = not problems
        if form is not None:
            for error in contradictions(form, read.sections):
                problems.add(error)
        return FormFile(form, problems.found, whole)
    return FormFile(None, problems.found, False)


_ID = re.compile(r"[^\s./\\:*?\"<>|{}][^\s/\\:*?\"<>|{}]*")
"""Folders and files are called after it."""


def _id(top: Section) -> str:
    id = str(top.take("id", str))
    if not _ID.fullmatch(id):
        raise top.fail(
            f"「id」の「{id}」は使えません。空白や記号(/ \\ : * ? < > |)のない名にしてください",
            "id",
        )
    return id


class _Read:
    """The tables of one form.toml, each with the section that it was read from."""

    def __init__(self, top: Section, folder: Path, problems: Problems) -> None:
        self._top = top
        self._folder = folder
        self._problems = problems
        self.sections: dict[object, Section] = {"": top}
        self._fields: dict[str, FieldDef] = {}
        self._broken: dict[str, FieldDef] = {}

    def form(self) -> FormDef | None:
        """The form, made of all that could be read; None without its pages and its id."""
        top = self._top
        got = self._problems.got
        before = len(self._problems.found)
        kind = got(lambda: top.one_of("kind", ("form", "letter"), "form"), "form")
        pages = [
            self._problems.read(s, lambda s: _page(s, self._folder, kind == "letter"))
            for s in top.subs("page")
        ]
        id = got(lambda: _id(top), "")
        title = got(lambda: top.take("title", str), "")
        recognised = len(self._problems.found) == before
        self._read_fields(kind == "letter")
        form = FormDef(
            id=id,
            title=title,
            version=got(lambda: top.positive("version", 1, int), 1),
            initiative=got(lambda: top.take("initiative", str), ""),
            folder=self._folder,
            kind=kind,
            department=got(lambda: top.take("department", str, ""), ""),
            retention_years=got(lambda: top.positive("retention_years", 5, int), 5),
            zone=got(lambda: top.one_of("zone", ZONES, "lgwan"), "lgwan"),
            wrong_per_unseen=got(lambda: top.positive("wrong_per_unseen", 0.005), 0.005),
            verify=got(lambda: top.take("verify", bool, False), False),
            pages=tuple(page for page in pages if page is not None),
            fields=MappingProxyType(self._fields),
            checks=tuple(self._each("check", _check)),
            deliveries=tuple(self._each("deliver", _deliver)),
            silent=self._silent_places(len(pages)),
            joining=got(lambda: read_joining(top), JoiningDef()),
        )
        with self._problems.gathered():
            top.done()
        if recognised:
            with self._problems.gathered():
                _agree(top, form)
        return form if recognised else None

    def _silent_places(self, pages: int) -> tuple[SilentDef, ...]:
        read = [
            self._problems.read(section, lambda s: _silent(s, pages))
            for section in self._top.subs("silent")
        ]
        return tuple(place for place in read if place is not None)

    def _read_fields(self, letter: bool) -> None:
        for section in self._top.subs("field"):
            made = self._problems.read(section, lambda s: _field(s, letter))
            if made is None:
                self._know_name(section.data.get("name"))
                continue
            with self._problems.gathered():
                _add(self._fields, made, section)
                self.sections[made.name] = section
        for section in self._top.subs("table"):
            rows = self._problems.read(section, _table)
            for made in rows or ():
                with self._problems.gathered():
                    _add(self._fields, made, section)
                    self.sections[made.name] = section
            if rows is None:
                self._know_table(section)

    def _know_name(self, name: Any) -> None:
        """A field that is wrong in itself is no unknown one to a check that names it."""
        if isinstance(name, str):
            table, _, rest = name.partition(".")
            self._broken[name] = FieldDef(name, "text", table=table if rest else "")

    def _know_table(self, section: Section) -> None:
        columns = section.data.get("fields")
        rows = section.data.get("rows")
        for column in columns if isinstance(columns, list) else ():
            name = None
            if isinstance(column, dict):
                name = column.get("name")
            for row in range(1, (rows if isinstance(rows, int) else 1) + 1):
                self._know_name(f"{section.data.get('name')}.{row}.{name}")

    def _each(
        self, key: str, make: Callable[[Section, Mapping[str, FieldDef]], _Made]
    ) -> Iterator[_Made]:
        known = {**self._broken, **self._fields}
        for section in self._top.subs(key):
            made = self._problems.read(section, lambda s: make(s, known))
            if made is not None:
                self.sections[id(made)] = section
                yield made


def read_forms(
    folder: Path, initiatives: frozenset[str] | None = None, *, partial: bool = True
) -> tuple[dict[str, FormDef], dict[str, DefinitionError]]:
    """As :func:`records.formloading.load_forms`, without stopping at a form that is wrong.

    Args:
        partial: give forms, too, of which something had to be left out, to recognise their sheets.

    Returns:
        The forms, and what is wrong by id (by the folder's name, where the form is not given or
        another one has its id).
    """
    forms: dict[str, FormDef] = {}
    broken: dict[str, DefinitionError] = {}
    for path in sorted(folder.glob("*/form.toml")):
        form, problems, whole = read_form(path.parent)
        if form is not None:
            problems += _among(form, forms, initiatives)
        taken = form is None or form.id in forms or not (whole or partial)
        if form is not None and not taken:
            forms[form.id] = form
        if problems:
            broken[path.parent.name if form is None or taken else form.id] = DefinitionError.of_all(
                problems
            )
    return forms, broken


def _among(
    form: FormDef, forms: Mapping[str, FormDef], initiatives: frozenset[str] | None
) -> list[DefinitionError]:
    """What is wrong with a form among the office's other files."""
    top = load_toml(form.folder / "form.toml")
    found = []
    if form.id in forms:
        other = forms[form.id].folder
        found.append(top.fail(f"「{form.id}」は {other} と重なっています", "id"))
    if initiatives is not None and form.initiative and form.initiative not in initiatives:
        found.append(
            top.fail(
                f"取組「{form.initiative}」が strategy.toml にありません。先に登録してください",
                "initiative",
                sorted(initiatives),
            )
        )
    return found

"""What no room alone can know of a form: formats of its columns, its sinks, its department, and
whether its places lie on its pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from connectors.sinks import open_sink, path_for, target_of
from connectors.sinks.recordrows import unknown_formats
from initiatives.register import Strategy
from records import days
from records.errors import DefinitionError
from records.formfiles import read_forms
from records.forms import DeliverDef, FormDef
from records.soundplaces import boxes_of
from records.strict import Section, load_toml

EDGE = 1.0
"""mm by which a place may stand over the edge of its page: that is how people measure."""


def read_all_forms(
    folder: Path, strategy: Strategy
) -> tuple[dict[str, FormDef], dict[str, DefinitionError]]:
    """All forms of a site, and what is wrong with some, by id.

    A form that is wrong is among the forms, too, where its sheets can be recognised: they must not
    be taken for another form's.
    """
    forms, broken = read_forms(folder, strategy.codes)
    for form in forms.values():
        found = list(_problems(form, strategy))
        if found:
            before = broken.get(form.id)
            problems = list(before.problems) if before else []
            broken[form.id] = DefinitionError.of_all([*problems, *found])
    return forms, broken


def _problems(form: FormDef, strategy: Strategy) -> Iterator[DefinitionError]:
    top = load_toml(form.folder / "form.toml")
    yield from _department(form, strategy, top)
    sections = top.subs("deliver")
    targets: list[str] = []
    for delivery in form.deliveries:
        own = [one for one in sections if one.data.get("path") == delivery.path]
        section = own[0] if own else top
        yield from _delivery(form, delivery, section)
        if target_of(delivery) in targets:
            yield section.fail(f"届け先「{delivery.path}」が二度あります", "path")
        targets.append(target_of(delivery))
    yield from _off_the_page(form, top)


def _department(form: FormDef, strategy: Strategy, top: Section) -> Iterator[DefinitionError]:
    """Who may see the sheets goes by this name, so a misspelt one hides them from everybody."""
    names = [department.name for department in strategy.departments.values()]
    if form.department and names and form.department not in names:
        yield top.fail(
            f"部署「{form.department}」が strategy.toml の [[department]] にありません",
            "department",
            names,
        )


def _delivery(form: FormDef, delivery: DeliverDef, section: Section) -> Iterator[DefinitionError]:
    for source, shape, allowed in unknown_formats(form, delivery):
        yield section.fail(
            f"「columns」の「{source}」の書式「{shape}」は使えません", "columns", allowed
        )
    try:
        path = path_for(delivery, form, days.today(), form.folder)
        open_sink(delivery, form, path)
    except DefinitionError as error:
        for problem in error.problems:
            told = problem.message.partition(": ")[2] or problem.message
            line = section.line_of(problem.key)
            yield DefinitionError(told, path=section.path, line=line, key=problem.key)


def _off_the_page(form: FormDef, top: Section) -> Iterator[DefinitionError]:
    """Places that a blank page does not have. A blank that cannot be opened has its own error."""
    from ocr.place.blanksize import page_sizes

    sizes: Mapping[int, tuple[float, float]] = page_sizes(form)
    sections = (*top.subs("field"), *top.subs("table"))
    lines = {str(section.data.get("name")): section for section in sections}
    told: set[str] = set()
    for made in form.fields.values():
        column = made.name
        if made.table:
            column = f"{made.table}.{made.name.rpartition('.')[2]}"
        if column in told:  # of a table's rows the first that does not fit
            continue
        width, height = sizes.get(made.page, (float("inf"), float("inf")))
        for key, box in boxes_of(made):
            is_wide = box.right > width + EDGE
            if is_wide or box.bottom > height + EDGE:
                told.add(column)
                section = lines.get(made.table or made.name, top)
                yield section.fail(
                    f"{made.title}: 「{key}」が用紙({width:.0f}×{height:.0f}mm)からはみ出しています"
                    f"(右端 {box.right:.0f}mm、下端 {box.bottom:.0f}mm)",
                    key,
                )
                break

"""``torikomi read`` and ``torikomi explain``: pure reading, no journal, nothing stored, no
Prefect."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from flows.composition import open_site
from flows.console import JapaneseCommand, say, site_option
from flows.definitions import Definitions
from flows.gate import broken_forms
from flows.readers import SheetReader
from flows.terminalreview import where_at
from records.codec import mask_in, public_json, show
from records.errors import DefinitionError, DocumentError
from records.filenames import plain_line, shown_name
from records.forms import FormDef
from records.mynumber import mask_my_number
from records.types import Field, Record


@click.command(cls=JapaneseCommand)
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="ファイル…"
)
@click.option(
    "--json", "as_json", is_flag=True, help="一枚につき一行のJSONで出力します(ほかのプログラム用)"
)
@click.option("--form", default="", metavar="様式ID", help="この様式としてだけ読みます")
@click.option("--my-number", is_flag=True, help="マイナンバーを伏せずに出力します(必要なときだけ)")
@site_option
def read(files: tuple[Path, ...], as_json: bool, form: str, my_number: bool, site: Path) -> int:
    """ファイルを読み、項目ごとの値と、人が見る必要があるかどうかを表示します。何も保存しません。"""
    office = open_site(site)
    definitions = office.definitions
    for reason in broken_forms(definitions).values():
        say(reason)
    only = _known_form(definitions, form)
    failures = 0
    for path, record in read_files(office.reader, files, only):
        if record is None:
            failures += 1
        elif as_json:
            line = public_json(record, str(path), definitions.forms, reveal=my_number)
            click.echo(json.dumps(line, ensure_ascii=False))
            sys.stdout.flush()
        else:
            click.echo("\n".join(describe(record, path, definitions.forms, my_number)))
    return 1 if failures else 0


@click.command(cls=JapaneseCommand)
@click.argument("file", type=click.Path(path_type=Path), metavar="ファイル")
@site_option
def explain(file: Path, site: Path) -> None:
    """ファイルがなぜそう読まれたか、または読まれなかったかを説明します。"""
    for line in open_site(site).reader.explain(file):
        click.echo(mask_my_number(line))


def read_files(
    reader: SheetReader,
    files: Sequence[Path],
    only: str = "",
    *,
    quiet: bool = False,
) -> Iterator[tuple[Path, Record | None]]:
    """Every sheet of every file with its path; None for a file of which nothing could be read.

    What could not be read is said on stderr; one bad file does not stop the others.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True)
    with Progress(
        *columns, console=console, transient=True, disable=quiet or not console.is_terminal
    ) as progress:
        task = progress.add_task("読み取り中", total=len(files))
        for path in files:
            found = 0
            try:
                for item in reader.read(path, only=only):
                    if isinstance(item, Record):
                        found += 1
                        yield path, item
                    else:
                        pages = "、".join(map(str, item.pages))
                        name = shown_name(path.name)
                        say(f"{name} {pages}ページ: {item.error.message}")
            except DocumentError as error:
                say(f"{shown_name(path.name)}: {error.message}")
            if not found:
                yield path, None
            progress.advance(task)


def describe(
    record: Record,
    path: Path,
    forms: Mapping[str, FormDef],
    reveal: bool = False,
) -> Iterable[str]:
    """One sheet as lines for a person; My Numbers masked unless ``reveal``."""
    form = forms.get(record.form)
    pages = "、".join(map(str, record.pages))
    name = plain_line(path.name) if reveal else shown_name(path.name)
    title = form.title if form else record.form
    yield f"■ {name} {pages}ページ  {title}(合い具合 {record.fit:.2f})"
    for name, field in record.fields.items():
        title = name
        if form and name in form.fields:
            title = form.fields[name].title
        yield f"  {'●' if field.doubtful else ' '} {title}: {_shown(field, reveal)}  [{field.p:.1%}]{_reasons(field)}"
    for line in record.lines:
        yield f"    {line if reveal else mask_my_number(line)}"
    for problem in record.problems:
        places = "、".join(where_at(place) for place in problem.places)
        yield f"  ● {mask_my_number(problem.message)}{f'({places})' if places else ''}"
    yield f"  → {_verdict(record)}"


def _shown(field: Field, reveal: bool) -> str:
    if field.value is None:
        text = field.text if reveal else mask_in(field.kind, field.text)
        return f"({text})" if text else "(空欄)"
    value = field.value if reveal else mask_in(field.kind, field.value)
    return show(value)


def _reasons(field: Field) -> str:
    return "".join(f" ※{mask_my_number(p.message)}" for p in field.problems)


def _verdict(record: Record) -> str:
    count = len(record.doubtful)
    if record.problems and not count:
        return "用紙を見て確認してください"
    if count:
        return f"● の付いた {count} 項目を確認してください"
    return "確認の必要な項目はありません"


def _known_form(definitions: Definitions, form: str) -> str:
    if form and form not in definitions.forms:
        raise DefinitionError(
            f"様式「{form}」はありません", key="form", allowed=tuple(definitions.forms)
        )
    return form
